"""Rows that are no tickets, and tickets that are not one row: torn, repeated, conflicting, excluded, without an id."""

from __future__ import annotations

import gzip
from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines

_POLICY: Final = """\
supportpolicy: 1
id: records
title: Records
facts:
  edition: {one_of: [trial, team]}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  answered: {kind: deadline, clause: all, needs: [paid], start: submitted, stop: first_response, within: 12h in 24x7}
  same: {kind: unique, clause: all, field: reference}
  same-edition: {kind: unique, clause: all, on_fail: note, field: edition}
exclude:
  - {reason: test, when: {tags: [test]}}
  - {reason: tested by staff, when: {tags: {like: "test*"}}}
"""

_JSON: Final = b"""\
{"id": "1", "submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "A", "first_response": null}
{"id": "2", "submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "a", "first_response": null}
{"id": "1", "submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "A", "first_response": null}
{"id":"1", "submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "A", "first_response": null}

{"id": "3", "submitted": "2021-03-01T08:00:00Z", "edition": "teem", "reference": "B", "tags": ["TEST"]}
{"id": "4", "submitted": "2021-03-01T08:00:00Z", "edition": "Teem ", "reference": "B", "tags": ["tester"]}
{"id": "5", "submitted": "2021-03-01T08:00:00Z", "edition": "teem", "reference": "C", "tags": null}
{"id": "6", "submitted": "2021-03-01T08:00:00Z", "edition": "caf\xc3\xa9", "reference": "C"}
{"id": "6", "edition": "caf\xe9"}
{"id": 7, "submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": null, "first_response": null}\r
{"id": 7.0, "submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "A"}
{"id": "8", "id": "8"}
["9"]
{"submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "D"}
{"submitted": "2021-03-01T08:00:00Z", "edition": "team", "reference": "D"}
{"id": null, "submitted": "2021-03-09T08:00:00Z", "edition": "trial", "reference": ""}
{"id": "10", "submitted": "2021-04-09T08:00:00Z", "edition": "team", "reference": "\\u202e"}
{"id": "11", "submitted": "2021-03-01T08:00:00Z", "reference": {"x": 1.10}}
{"id": "12"
 """

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv, delimiter: ;}
nulls: ["?"]
fields:
  id: Number
  submitted: {column: Opened}
  first_response: {column: Answered, empty: never}
  edition: {column: Edition, values: {Gold plan: team}}
  reference: {column: Ref, empty: never}
  tags: {column: Tags, separator: " "}
  status: {constant: Solved}
exclude:
  - {reason: merged, when: {tags: [merged, closed_by_merge]}}
  - {reason: spam, when: {any: [{status: deleted}, {tags: {like: "spam*"}}]}}
"""

_ROWS: Final = (
    "1;2021-03-01T08:00:00Z;;team;A;",
    "2;2021-03-01T08:00:00Z;;GOLD  PLAN;A;merged x",
    '3;2021-03-01T08:00:00Z;;"te""am";;spammer',
    "4;2021-03-01T08:00:00Z",
    '5;2021-03-01T08:00:00Z;;a "stray" quote;A;',
    "",
    '"6";"2021-03-01T08:00:00Z";;team;"two\nlines";test merged',
    "1;2021-03-01T08:00:00Z;;team;A;",
    "1;2021-03-01T08:00:00Z;;team;A; ",
    "?;2021-03-01T08:00:00Z;;team;?;;;",
    ";2021-03-01T08:00:00Z;2021-03-01T09:00:00Z;team;E;;x",
    "7;2021-03-01T08:00:00Z;2021-03-01T09:00:00Z;team;F;",
    '8;"never closed;team;F;',
)
_HEADER: Final = "Number;Opened;Answered;Edition;Ref;Tags"

TRIALS: Final = (
    Trial(
        "records of JSON lines",
        (_POLICY,),
        {"tickets.jsonl": _JSON, "more.jsonl": _JSON[:400]},
        as_of=("", "2021-03-05T00:00:00Z"),
        asked="1#2",
    ),
    Trial(
        "records of CSV",
        (_POLICY,),
        {
            "a.csv": csv_lines(_HEADER, _ROWS),
            "b.csv.gz": gzip.compress(b"\n" + csv_lines(_HEADER, reversed(_ROWS)).replace(b"\n", b"\r\n"), mtime=0),
        },
        _MAPPING,
        as_of=("", "2021-03-05T00:00:00Z"),
        asked="1",
    ),
    Trial("no ticket", (_POLICY,), {"tickets.jsonl": b""}, as_of=("", "2021-03-05T00:00:00Z")),
    Trial("no ticket but torn rows", (_POLICY,), {"tickets.jsonl": b"[]\n\n{\n"}, as_of=("", "2021-03-05T00:00:00Z")),
    Trial("no row", (_POLICY,), {"tickets.csv": csv_lines(_HEADER, ())}, _MAPPING, as_of=("", "2021-03-05T00:00:00Z")),
    Trial(
        "all excluded",
        (_POLICY,),
        {"tickets.csv": csv_lines(_HEADER, ("2;2021-03-01T08:00:00Z;;team;A;merged",))},
        _MAPPING,
    ),
    *(
        Trial(
            f"an instant {how}",
            (_POLICY,),
            {
                "tickets.csv": csv_lines(
                    _HEADER,
                    (f"{n};2021-03-01T08:00:{n % 60:02}Z;{late if n == 99 else '2021-03-02'}T08:00:00Z;team;{n};"
                     for n in range(500)),
                )
            },
            _MAPPING,
        )
        for how, late in (("that may be so late", "2021-04-01"), ("that must be a slip", "2051-04-01"))
    ),
)  # fmt: skip
