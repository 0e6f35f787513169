"""Parquet: what each type is read as, which files are one table, and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from supportpolicy.errors import InputError
from supportpolicy.model.finding import Rejected, Tally
from supportpolicy.model.json_value import Number
from supportpolicy.plugin import Row
from supportpolicy.plugin.records import Detected, Probe
from supportpolicy.sources import delimited, jsonl
from supportpolicy.sources import parquet as source
from supportpolicy.sources.parquet import ParquetScan, detect, open_parquet

Write = Callable[..., str]

READ_AS = {
    "'café'": "café",
    "''": "",
    "'x'::ENUM('x', 'y')": "x",
    "'6ff7d8bd-e919-4cdb-ae78-3d75d424b1c2'::UUID": "6ff7d8bd-e919-4cdb-ae78-3d75d424b1c2",
    "5::TINYINT": 5,
    "-5::INTEGER": -5,
    "999999999999999999::BIGINT": 999_999_999_999_999_999,
    "1000000000000000000::BIGINT": Number("1000000000000000000"),
    "18446744073709551615::UBIGINT": Number("18446744073709551615"),
    "99999999999999999999999999999999999999::DECIMAL(38, 0)": Number("99999999999999999999999999999999999999"),
    "1.10::DECIMAL(10, 2)": Number("1.10"),
    "0.1::FLOAT": Number("0.1"),
    "0.1::DOUBLE": Number("0.1"),
    "5::DOUBLE": Number("5.0"),
    "1e300::DOUBLE": Number("1e+300"),
    "'nan'::DOUBLE": Number("nan"),
    "true": True,
    "false": False,
    "DATE '2021-03-01'": "2021-03-01",
    "TIME '09:00:00.5'": "09:00:00.5",
    "TIMESTAMP '2021-03-01 08:00:00'": "2021-03-01T08:00:00",
    "TIMESTAMP '2021-03-01 08:00:00.123456'": "2021-03-01T08:00:00.123456",
    "TIMESTAMP_MS '2021-03-01 08:00:00.120'": "2021-03-01T08:00:00.12",
    "TIMESTAMP_NS '2021-03-01 08:00:00.123456789'": "2021-03-01T08:00:00.123456789",
    "TIMESTAMPTZ '2021-03-01 08:00:00+02'": "2021-03-01T06:00:00Z",
    "TIMESTAMPTZ '0001-01-01 00:00:00+00'": "0001-01-01T00:00:00Z",
    "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'": "9999-12-31T23:59:59.999999Z",
    "TIMESTAMPTZ '10000-01-01 00:00:00+00'": "10000-01-01T00:00:00Z",
    "TIMESTAMPTZ 'infinity'": "infinityZ",
    "INTERVAL 26 HOURS": "26:00:00",
    "'caf\\xC3\\xA9'::BLOB": "café",
    "[1, NULL, 3]": [1, None, 3],
    "[]::VARCHAR[]": [],
    "[['a'], NULL]": [["a"], None],
    "[1, 2]::INTEGER[2]": [1, 2],
    "{'a': 1, 'b': NULL::INTEGER, 'c d': {'e': 1.10::DECIMAL(3, 2)}}": {"a": 1, "c d": {"e": Number("1.10")}},
    "[{'at': TIMESTAMPTZ '2021-03-01 08:00:00+00', 'public': true}]": [{"at": "2021-03-01T08:00:00Z", "public": True}],
    "MAP {'a': 1, 'b': NULL}": {"a": 1, "b": None},
    "MAP {7: ['x']}": {"7": ["x"]},
    '\'{"a": null, "b": 1.10}\'::JSON': {"a": None, "b": Number("1.10")},
    "'null'::JSON": None,
    "NULL": None,
    "NULL::INTEGER[]": None,
    "NULL::STRUCT(a INTEGER)": None,
}
READ_AS["{'it''s \"a\"': 'x;'}"] = {'it\'s "a"': "x;"}


def opened(*names: str, leave_out: tuple[str, ...] = ()) -> ParquetScan:
    scan = open_parquet(names, {"leave_out": list(leave_out)} if leave_out else {}).tables["tickets"]
    assert isinstance(scan, ParquetScan)
    return scan


def cells(scan: ParquetScan) -> list[dict[str, object]]:
    found = []
    for row in scan.rows():
        assert isinstance(row, Row)
        found.append(dict(zip(scan.columns, row.values, strict=True)))
    return found


@pytest.mark.parametrize(("expression", "expected"), READ_AS.items())
def test_values(parquet: Write, expression: str, expected: object) -> None:
    (row,) = cells(opened(parquet(f"SELECT {expression} AS cell")))
    assert row["cell"] == expected
    assert type(row["cell"]) is type(expected)


def test_fields_of_objects_are_columns_too(parquet: Write) -> None:
    """Those of objects within lists are not, and a column of the file goes before a field of the same name."""
    query = (
        "SELECT 'own' AS \"a.b\", {'b': 1, 'c': {'d': 'x'}} AS a, [{'e': 1}] AS many UNION ALL SELECT NULL, NULL, NULL"
    )
    scan = opened(parquet(query))
    assert scan.columns == ("a.b", "a", "a.c", "a.c.d", "many")
    first, second = cells(scan)
    assert first == {"a.b": "own", "a": {"b": 1, "c": {"d": "x"}}, "a.c": {"d": "x"}, "a.c.d": "x", "many": [{"e": 1}]}
    assert set(second.values()) == {None}


def test_places_and_tallies(parquet: Write) -> None:
    one = parquet("SELECT i AS id FROM range(3) t(i)", "one.parquet")
    other = parquet("SELECT i AS id FROM range(2) t(i)", "other.parquet")
    scan = opened(one, other)
    found = [(row.place.file, row.place.record, row.place.line) for row in scan.rows()]
    assert found == [(one, 1, 1), (one, 2, 2), (one, 3, 3), (other, 1, 1), (other, 2, 2)]
    assert scan.tallies() == (
        Tally(one, "tickets", None, read=3, stated=3),
        Tally(other, "tickets", None, read=2, stated=2),
    )
    assert all(tally.adds_up for tally in scan.tallies())


def test_a_file_with_fewer_rows_than_it_states_does_not_add_up() -> None:
    assert not Tally("export.parquet", "tickets", None, read=2, stated=3).adds_up


def test_no_rows(parquet: Write) -> None:
    scan = opened(parquet("SELECT 1 AS id WHERE false"))
    assert (scan.columns, list(scan.rows())) == (("id",), [])


def test_rows_are_equal_byte_for_byte_if_all_is_equal_in_them(parquet: Write) -> None:
    query = "SELECT unnest(['a', 'a', '', NULL]) AS text, unnest(['[1]', '[1]', '[ 1]', '[1]'])::JSON AS list"
    raws = [row.raw for row in opened(parquet(query)).rows()]
    assert raws[0] == raws[1] == b'{"text": "a", "list": "[1]"}'
    assert len(set(raws)) == 3


@pytest.mark.parametrize("column", ["id", "file_row_number"])
def test_long_rows_are_fetched_some_at_a_time(parquet: Write, monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    """They are the same rows, in the same order, and each once."""
    query = f"SELECT i AS {column}, repeat('x', i % 300) AS text, ['y', NULL] AS list FROM range(3000) t(i)"
    scan = opened(parquet(query, options="ROW_GROUP_SIZE 2048"))
    whole = list(scan.rows())
    for at_once in (200_000, 20_000):
        monkeypatch.setattr(source, "LARGE", at_once)
        assert scan.files[0]._step() == at_once // 316
        assert list(scan.rows()) == whole
    monkeypatch.setattr(source, "LARGE", 1)
    short = opened(parquet(f"SELECT i AS {column}, 'abc' AS text FROM range(20) t(i)"))
    assert short.files[0]._step() == 1
    assert [row.place.record for row in short.rows()] == list(range(1, 21))


# --- rows that cannot be read -----------------------------------------------------------------------------------------
def test_a_string_that_is_not_utf8_costs_its_row(parquet: Write) -> None:
    """Wherever it stands, and whatever was read before it was found."""
    name = parquet(
        "SELECT i AS id, 'text ' || i AS word, ['tag ' || i] AS tags FROM range(30000) t(i)",
        options="COMPRESSION uncompressed, ROW_GROUP_SIZE 4096",
    )
    content = Path(name).read_bytes()
    assert content.count(b"text 17000") == content.count(b"tag 29000") == 1
    Path(name).write_bytes(content.replace(b"text 17000", b"text\xff17000").replace(b"tag 29000", b"tag\xff29000"))
    rows = list(opened(name).rows())
    faults = [(row.place.record, row.reason, row.raw) for row in rows if isinstance(row, Rejected)]
    assert faults == [
        (
            17_001,
            "column 'word' holds a string that is not UTF-8",
            b'{"id": 17000, "word": "text?17000", "tags": ["tag 17000"]}',
        ),
        (
            29_001,
            "column 'tags' holds a string that is not UTF-8",
            b'{"id": 29000, "word": "text 29000", "tags": ["tag?29000"]}',
        ),
    ]
    assert [row.place.record for row in rows] == list(range(1, 30_001))
    assert [row.values[0] for row in rows if isinstance(row, Row)] == [
        n for n in range(30_000) if n not in (17_000, 29_000)
    ]


FAULTY = {
    "'caf\\xE9'::BLOB": "column 'cell' holds bytes that are not UTF-8: 0xE9 at byte 4",
    "['\\x00', 'a\\xFF']::BLOB[]": "column 'cell' holds bytes that are not UTF-8: 0xFF at byte 2",
    '\'[1, {"a": 1, "a": 2}]\'::JSON': "column 'cell' does not hold JSON: the key 'a' stands twice in one object, "
    "again at character 14",
}


@pytest.mark.parametrize(("expression", "reason"), FAULTY.items())
def test_rejected(parquet: Write, expression: str, reason: str) -> None:
    scan = opened(parquet(f"SELECT 1 AS id, {expression} AS cell UNION ALL SELECT 2, NULL"))
    bad, good = scan.rows()
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert json.loads(bad.raw)["id"] == 1
    assert isinstance(good, Row)
    assert opened(scan.files[0].survey.location.name, leave_out=("cell",)).columns == ("id",)


# --- names of columns -------------------------------------------------------------------------------------------------
def renamed(name: str, old: bytes, new: bytes) -> str:
    """The file with another name of a column, as long as the old one."""
    content = Path(name).read_bytes()
    assert content.count(old) >= 2
    Path(name).write_bytes(content.replace(old, new))
    return name


def test_names_differ_in_every_letter(parquet: Write) -> None:
    name = renamed(parquet("SELECT 'one' AS word_a, 'two' AS word_b, 'three' AS WORD_A_1"), b"word_b", b"WORD_A")
    assert cells(opened(name)) == [{"word_a": "one", "WORD_A": "two", "WORD_A_1": "three"}]


@pytest.mark.parametrize(
    ("new", "message"), [(b"word_a", "the file has the column 'word_a' twice"), (b"      ", "a column has no name")]
)
def test_names_that_could_mean_two_columns_or_none(parquet: Write, new: bytes, message: str) -> None:
    name = renamed(parquet("SELECT 'one' AS word_a, 'two' AS word_b"), b"word_b", new)
    with pytest.raises(InputError) as caught:
        opened(name)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_files_of_one_table_have_the_same_columns(parquet: Write, said: Callable[[InputError], list[str]]) -> None:
    one = parquet("SELECT 1 AS id, 'a' AS word", "one.parquet")
    other = parquet("SELECT 1 AS id, 'a' AS Word", "other.parquet")
    more = parquet("SELECT 1 AS id, 'a' AS word, 'b' AS next", "more.parquet")
    with pytest.raises(InputError) as caught:
        opened(one, other, more)
    first, second = said(caught.value)
    assert first.startswith(f"the columns differ from those of {one}: column 2 is 'Word' | 'word' | ")
    assert second.startswith(f"the columns differ from those of {one}: column 3 is 'next' | not there | ")


def test_a_column_to_leave_out_must_be_there(parquet: Write) -> None:
    name = parquet("SELECT 1 AS id, 'x' AS photo")
    with pytest.raises(InputError, match="there is no column 'phota' to leave out") as caught:
        opened(name, leave_out=("phota",))
    assert "photo" in caught.value.problems[0].hint
    with pytest.raises(InputError, match="the file has no column"):
        opened(name, leave_out=("id", "photo"))


def test_types_that_are_not_read(parquet: Write) -> None:
    name = parquet("SELECT 1 AS id, 42::VARIANT AS any")
    with pytest.raises(InputError, match="the column 'any' holds 'VARIANT', which is not read") as caught:
        opened(name)
    assert caught.value.problems[0].hint == """say in the mapping's `source:` leave_out: ["any"]"""
    assert opened(name, leave_out=("any",)).columns == ("id",)


# --- recognising ------------------------------------------------------------------------------------------------------
def test_detect(parquet: Write) -> None:
    content = Path(parquet("SELECT 1 AS id")).read_bytes()
    assert detect(Probe("export", content)) == Detected(95, "it begins as Parquet files do")
    assert detect(Probe("export.csv", content)) == Detected(95, "it begins as Parquet files do")
    assert detect(Probe("export.csv", b"PAR1,PAR2\n")) is None
    assert detect(Probe("export.parquet", b"junk")) is not None
    assert delimited.detect(Probe("export", content)) is None
    assert jsonl.detect(Probe("export.jsonl", content)) is None


def test_other_sources_say_how_to_read_it(parquet: Write) -> None:
    name = parquet("SELECT 1 AS id")
    for open_as in (delimited.open_csv, jsonl.open_jsonl):
        with pytest.raises(InputError, match="this is a Parquet file") as caught:
            open_as([name], {})
        assert "--source parquet" in caught.value.problems[0].hint


def test_standard_input(parquet: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    content = Path(parquet("SELECT 7 AS id")).read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    scan = opened("-")
    assert scan.native is None
    assert cells(scan) == cells(scan) == [{"id": 7}]
