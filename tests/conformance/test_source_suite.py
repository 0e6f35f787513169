"""The suite for sources: the built-ins pass it, and sources that break their contract do not."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import duckdb
import pytest

from supportpolicy.model.finding import Rejected, Tally
from supportpolicy.plugin import Detected, Row, Scan, Snapshot
from supportpolicy.sources import delimited, jsonl, parquet
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


def test_parquet(tmp_path: Path) -> None:
    check_source(
        parquet.SOURCE,
        SourceSample("tickets.parquet", written(tmp_path, CANONICAL), read=3, lines=False),
        SourceSample("small.pq", written(tmp_path, CANONICAL, "ROW_GROUP_SIZE 1"), read=3, lines=False),
        SourceSample("bytes.parquet", written(tmp_path, BYTES), read=3, rejected=1, lines=False),
        SourceSample(
            "tickets.parquet", written(tmp_path, BYTES), read=3, options={"leave_out": ["subject"]}, lines=False
        ),
    )


CANONICAL = """
SELECT unnest(['1', '2', NULL]) AS id, TIMESTAMPTZ '2021-03-01 08:00:00+00' AS submitted, 2 AS number,
    {'complete': true, 'items': [{'at': '2021-03-01T09:00:00Z', 'kind': 'staff_message'}]} AS events
"""
BYTES = "SELECT unnest([1, 2, 3]) AS id, unnest(['caf\\xC3\\xA9', 'caf\\xE9', NULL]::BLOB[]) AS subject"


def written(folder: Path, query: str, *options: str) -> bytes:
    """A Parquet file that holds what a query gives."""
    path = folder / "written.parquet"
    with duckdb.connect() as database:
        database.execute(f"COPY ({query}) TO '{path}' ({', '.join(['FORMAT parquet', *options])})")
    return path.read_bytes()


# --- sources that break their contract --------------------------------------------------------------------------------
SAMPLE = SourceSample("tickets.csv", CSV, read=6, rejected=3)
Rows: TypeAlias = Iterator[Row | Rejected]


@dataclass
class ChangedScan:
    """A scan of CSV with something done to its rows or tallies."""

    inner: Scan
    rows_changed: Callable[[list[Row | Rejected]], list[Row | Rejected]] = list
    tally: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...] | None:
        return self.inner.columns

    def rows(self) -> Rows:
        yield from self.rows_changed(list(self.inner.rows()))

    def tallies(self) -> tuple[Tally, ...]:
        return tuple(replace(tally, **self.tally) for tally in self.inner.tallies())


def scanning(
    rows_changed: Callable[[list[Row | Rejected]], list[Row | Rejected]] = list, **tally: Any
) -> Callable[..., Snapshot]:
    """`open` of CSV whose scans are changed."""

    def opened(locations: Sequence[str], options: Mapping[str, Any], table: str) -> Snapshot:
        snapshot = delimited.open_csv(locations, options, table)
        tables = {name: ChangedScan(scan, rows_changed, tally) for name, scan in snapshot.tables.items()}
        return replace(snapshot, tables=tables)

    return opened


def each_rejected(**values: Any) -> Callable[[list[Row | Rejected]], list[Row | Rejected]]:
    return lambda rows: [replace(row, **values) if isinstance(row, Rejected) else row for row in rows]


def each_placed(**values: Any) -> Callable[[list[Row | Rejected]], list[Row | Rejected]]:
    return lambda rows: [replace(row, place=replace(row.place, **values)) for row in rows]


def raising(error: Exception) -> Callable[..., Any]:
    def raise_(*_: object) -> NoReturn:
        raise error

    return raise_


class OnceScan(ChangedScan):
    """Gives its rows once."""

    def rows(self) -> Rows:
        rows, self.rows_changed = self.rows_changed(list(self.inner.rows())), lambda _: []
        yield from rows


def once(locations: Sequence[str], options: Mapping[str, Any], table: str) -> Snapshot:
    snapshot = delimited.open_csv(locations, options, table)
    return replace(snapshot, tables={name: OnceScan(scan) for name, scan in snapshot.tables.items()})


def careless(locations: Sequence[str], options: Mapping[str, Any], table: str) -> Snapshot:
    """Trips over a file that is not there."""
    for name in locations:
        Path(name).read_bytes()
    return delimited.open_csv(locations, options, table)


def trusting(locations: Sequence[str], options: Mapping[str, Any], table: str) -> Snapshot:
    """Trips over bytes that are not UTF-8."""
    for name in locations:
        if Path(name).is_file() and Path(name).read_bytes().startswith(b"\xff"):
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    return delimited.open_csv(locations, options, table)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"summary": ""}, "the summary of source 'csv' is ''; expected one line of text"),
        ({"schema": {"type": "objct"}}, "the schema of source 'csv'"),
        ({"schema": {"properties": {"name": {}}}}, "names keys that are not its own: name"),
        ({"schema": {"additionalProperties": True}}, "takes keys that it does not name"),
        ({"schema": {"required": ["x"]}}, "requires keys that it does not name: x"),
        (
            {"schema": {"properties": {"x": {"type": "object", "properties": {"y": {}}}}}},
            "is open at properties.x: ",
        ),
        ({"detect": lambda _: None}, "sample 'tickets.csv': it is not recognised"),
        ({"detect": lambda _: Detected(1, "it is a file")}, "with certainty 1, which is no input at all"),
        (
            {"detect": lambda probe: Detected(99, "text") if probe.head.strip(b"\0\r\n")[:1] in b'{n"1' else None},
            "it is jsonl's, which claims it with 60",
        ),
        ({"detect": raising(IndexError("no first line"))}, "raised IndexError: no first line"),
        ({"open": careless}, "opening a file that is not there raised FileNotFoundError"),
        ({"open": trusting}, "with bytes that are not UTF-8 at byte 0: opening it raised UnicodeDecodeError"),
        ({"open": once}, "the rows at the second reading: expected [Row("),
        ({"open": lambda *_: None}, "`open` gave None; expected a Snapshot"),
        (
            {"open": lambda names, options, _: delimited.open_csv(names, options)},
            "the tables opened as 'organizations'",
        ),
        ({"open": scanning(lambda rows: rows[1:])}, "`read` of the tally, by the rows given: expected 5, found 6"),
        ({"open": scanning(rejected=2)}, "`rejected` of the tally, by the rows given: expected 3, found 2"),
        ({"open": scanning(line_feeds=8)}, "`line_feeds` of the tally, by the bytes of the file: expected 9, found 8"),
        ({"open": scanning(inner=0)}, "the tally does not add up"),
        ({"open": scanning(file="x")}, "the files of the tallies"),
        ({"open": scanning(table="x")}, "the table of the tally"),
        ({"open": scanning(each_rejected(raw=b""))}, "is rejected, and its bytes are not kept"),
        ({"open": scanning(each_rejected(raw=b"x"))}, "the raw bytes of RowPlace("),
        ({"open": scanning(each_rejected(reason=""))}, "is rejected is ''; expected one line of text"),
        ({"open": scanning(each_rejected(table="x"))}, "the table of the rejected row"),
        ({"open": scanning(each_placed(record=1))}, "the number of the record after 1 others: expected 2, found 1"),
        ({"open": scanning(each_placed(line=1))}, "the raw bytes of RowPlace("),
        ({"open": scanning(each_placed(line=99))}, "lies on no line of the file"),
        ({"open": scanning(lambda rows: [rows[1], rows[0], *rows[2:]])}, "the number of the record after 0 others"),
        ({"open": scanning(each_rejected(offset=22))}, "does not lie behind the record before it"),
        ({"open": scanning(each_rejected(offset=999))}, "byte 999 is not on the line of RowPlace("),
        (
            {"open": scanning(lambda rows: [replace(r, values=["x"]) if isinstance(r, Row) else r for r in rows])},
            "not a cell for each of ('number', 'opened', 'subject')",
        ),
        (
            {"mapping": lambda: "supportpolicy-mapping: 1\nsource: {name: jsonl}\n"},
            "the mapping that the source brings was",
        ),
        (
            {"mapping": lambda: "supportpolicy-mapping: 1\nsource: {name: csv}\nfields: {id: ticket}\n"},
            "judging its tickets was refused: mapping.yaml:3:",
        ),
        (
            {
                "mapping": lambda: (
                    "supportpolicy-mapping: 1\nsource: {name: csv}\n"
                    'fields: {id: {column: subject, nulls: [\'Cannot "log" in\', "Two\\nlines", café]}}\n'
                )
            },
            "of 3 tickets judged none has an id",
        ),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_source(replace(delimited.SOURCE, **values), SAMPLE)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (replace(SAMPLE, read=5), "records read: expected 5, found 6"),
        (replace(SAMPLE, rejected=0), "records rejected: expected 0, found 3"),
        (replace(SAMPLE, options={"delimeter": ";"}), "do not conform to the schema"),
        (replace(SAMPLE, read=3), "give a sample with a record that can be read"),
    ],
)
def test_a_sample_that_is_not_what_it_says_is_named(sample: SourceSample, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_source(delimited.SOURCE, sample)
    assert message in str(caught.value)
