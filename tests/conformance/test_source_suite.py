"""The suite for sources: the built-ins pass it, and sources that break their contract do not."""

from __future__ import annotations

import gzip

from supportpolicy.sources import delimited, jsonl
from supportpolicy.testing.conformance import SourceSample, check_source

CSV = b"""\
number,opened,subject
1,2021-03-01 08:00,"Cannot ""log"" in"

2,2021-03-01 09:30,"Two
lines"
3,2021-03-01 09:45,a "stray quote
4,2021-03-01 10:00
5,2021-03-01 11:00,caf\xc3\xa9
6,2021-03-01 11:00,caf\xe9
"""

JSON_LINES = b"""\
{"id": "1", "submitted": "2021-03-01T08:00:00Z"}

{"id": 2, "submitted": null, "events": {"complete": true, "items": []}}
{"id": "3", "id": "4"}
{"id": "5", "subject": "caf\xc3\xa9"}\r
{"id": "6", "subject": "caf\xe9"}
["7"]
"""


def test_csv() -> None:
    check_source(
        delimited.SOURCE,
        SourceSample("tickets.csv", CSV, read=6, rejected=3),
        SourceSample("export.txt", CSV.replace(b",", b";"), 6, 3, {"delimiter": ";"}),
        SourceSample("tickets.csv.gz", gzip.compress(CSV, mtime=0), read=6, rejected=3),
        SourceSample("latin.csv", b"number;name\n1;caf\xe9", 1, 0, {"encoding": "latin-1", "delimiter": ";"}),
        SourceSample("doubled.csv", b"a,a\n1,2\n", 1, 0, {"columns": "by_position", "headers": ["a", "a"]}),
    )


def test_json_lines() -> None:
    check_source(
        jsonl.SOURCE,
        SourceSample("tickets.jsonl", JSON_LINES, read=6, rejected=3),
        SourceSample("tickets.jsonl.gz", gzip.compress(JSON_LINES, mtime=0), read=6, rejected=3),
    )
