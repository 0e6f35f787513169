"""Delimited files as hostile as they come, read by DuckDB: every cell, name, place, rejected row and total is what the
strict reader makes of them, whether their bytes can be read in place or a copy is needed."""

from __future__ import annotations

import gzip
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staged_tickets import by_duckdb, by_reference, same

from supportpolicy.audit import AuditRequest, Prepared, prepare
from supportpolicy.engines.duckdb.reading import stage
from supportpolicy.plugin import RunOptions
from supportpolicy.plugin.records import DelimitedScan, InPlace
from supportpolicy.plugin.registry import installed

POLICY: Final = """
supportpolicy: 1
id: files
title: Files
facts:
  edition: {one_of: [free, team]}
  reopens: {type: integer}
clauses:
  all: {section: S, says: All of it.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  english: {kind: language, clause: all, languages: [en]}
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  few: {kind: duty, clause: all, require: {reopens: {at_most: 3}}}
  tagged: {kind: duty, clause: all, require: {any: [{tags: vip}, {subject: {present: true}}]}}
"""
MAPPING: Final = """
supportpolicy-mapping: 1
source: {name: csv}
nulls: ["NULL", "7"]
fields:
  id: id
  submitted: {column: submitted, precision: {unit: 1s, by: floor}}
  first_response: {column: answered, empty: {never_when: {column: language, in: [de]}}}
  edition: edition
  language: language
  reopens: reopens
  subject: {column: subject, empty: never}
  tags: {column: tags, separator: " ", empty: never}
"""
COLUMNS: Final = ("id", "submitted", "answered", "edition", "language", "reopens", "subject", "tags")
VALUES: Final = {
    "id": ("1", "2", "3", "007", "7", "-1", "x", "12345678901234567890"),
    "submitted": ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00.5+02:00", "2024-05-01 10:00", "9999-12-31T23:59:59Z"),
    "answered": ("2024-05-01T10:00:01Z", "0000-05-01T10:00:00Z", "2024-5-01T10:00:00Z ", "NULL"),
    "edition": ("team", "Team ", "free", "teem", " "),
    "language": ("en", "en_GB", "de", "klingon"),
    "reopens": ("0", "3", "4", "1.0", " 2"),
    "subject": (
        "plain",
        "é\u00a0ß",
        "two\nlines",
        'a "b" c',
        "c,d\r\ne",
        "=1+1",
        " ",
        "\n",
        ",",
        "a,,,,,,,\nb,c,d,e,f,g,h,i\nz",
    ),
    "tags": ("a b", "vip", "VIP x", "NULL"),
}
FAULTS: Final = (
    'x,a"b',
    "a,b",
    "",
    "\r",
    '"open',
    'a"b,,,,,,,',
    ",,,,,,,,z",
    ",,,,,,,,",
    ',,,,,,,,"",',
    "\0,,,,,,,",
    "a,b\r,,,,,,",
    '" x" ,,,,,,,',
    '"a\nb,c",d',
    '"1\n2\n",x',
    "'a',,,,,,,",
)


def written(value: str, quote: bool) -> str:
    if quote or any(c in value for c in '",\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


ROW: Final = st.tuples(
    *(st.tuples(st.sampled_from((*VALUES[c], "", VALUES[c][0])), st.booleans()) for c in COLUMNS)
).map(lambda row: ",".join(written(*cell) for cell in row))
ROWS: Final = st.lists(st.one_of(ROW, ROW, ROW, ROW, st.sampled_from(FAULTS)), max_size=25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "mapping.yaml").write_text(MAPPING)
    return folder


def prepared(folder: Path, *contents: bytes, mapping: str = MAPPING) -> Prepared:
    (folder / "mapping.yaml").write_text(mapping)
    names = []
    for number, content in enumerate(contents):
        (folder / f"{number}.csv").write_bytes(content)
        names.append(str(folder / f"{number}.csv"))
    return prepare(
        AuditRequest(str(folder / "policy.yaml"), tuple(names), mapping=str(folder / "mapping.yaml")), installed()
    )


def compared(plan: Prepared, settings: str = "") -> None:
    options = RunOptions()
    same(by_duckdb(plan.plan, plan.tables, options, settings), by_reference(plan.plan, plan.tables, options))


def in_place(plan: Prepared) -> list[bool]:
    scan = plan.tables["tickets"]
    assert isinstance(scan, DelimitedScan)
    return [isinstance(file.in_place, InPlace) for file in scan.delimited.files]


@settings(max_examples=40, deadline=None)
@given(
    rows=ROWS,
    more=st.one_of(st.none(), ROWS),
    line_end=st.sampled_from(["\n", "\n", "\n", "\r\n"]),
    last=st.booleans(),
    bom=st.booleans(),
)
def test_hostile_files(
    folder: Path, rows: list[str], more: list[str] | None, line_end: str, last: bool, bom: bool
) -> None:
    contents = []
    for lines in (rows, more) if more is not None else (rows,):
        text = line_end.join([",".join(COLUMNS), *lines]) + (line_end if last else "")
        contents.append(b"\xef\xbb\xbf" * bom + text.encode())
    compared(prepared(folder, *contents))


@settings(max_examples=20, deadline=None)
@given(
    rows=ROWS,
    keep=st.sampled_from(["first", "last"]),
    ties=st.sampled_from(["first_in_file", "last_in_file"]),
    order=st.sampled_from(["{column: reopens, as: integer}", "{column: tags, as: text}"]),
)
def test_several_rows_for_one_ticket(folder: Path, rows: list[str], keep: str, ties: str, order: str) -> None:
    reduce = f"rows: {{one_ticket_per: id, keep: {keep}, order_by: {order}, ties: {ties}}}\n"
    compared(
        prepared(
            folder,
            "\n".join([",".join(COLUMNS), *rows]).encode(),
            mapping=MAPPING.replace("fields:", reduce + "fields:"),
        )
    )


GOOD: Final = "1,2024-05-01T10:00:00Z,2024-05-01T10:00:01Z,team,en,0,plain,a b"


@pytest.mark.parametrize(
    ("lines", "line_end", "copied"),
    [
        ([GOOD], "\n", False),
        ([GOOD, GOOD], "\r\n", False),
        ([GOOD.replace("plain", '"two\nlines"')], "\n", False),
        ([GOOD.replace("plain", '"a ""b"" c\r\n"')], "\n", False),
        ([GOOD.replace("plain", '"a ""b""\nc"')], "\r\n", False),
        ([GOOD, "short,row", GOOD, GOOD + ",more", GOOD], "\n", False),
        ([GOOD, "short,row", GOOD, '"x\ny",z', GOOD + ",more", GOOD], "\r\n", False),
        ([GOOD, "", GOOD, "", ""], "\n", False),
        ([GOOD + ",,,", GOOD], "\n", False),
        ([GOOD, GOOD.replace("plain", 'a "stray" quote'), GOOD], "\n", False),
        ([GOOD, GOOD.replace("plain", '5" wide'), GOOD.replace("team", 't"eam"'), 'x"y",a', GOOD], "\r\n", False),
        (['"2"' + GOOD[1:].replace("plain", '5" wide'), "2" + GOOD[1:].replace("plain", '"5"" wide"')], "\n", True),
        ([GOOD, GOOD.replace("plain", ' "x"'), GOOD], "\n", True),
        ([GOOD, GOOD.replace("plain", "a\rb"), GOOD], "\n", True),
        ([GOOD, GOOD + "\r", GOOD], "\n", True),
        ([GOOD, '"' + GOOD], "\n", True),
        ([GOOD, f'"x\n{GOOD}\ny",z', GOOD], "\n", True),  # a line within a faulty record is a record
    ],
)
def test_which_files_are_read_in_place(folder: Path, lines: list[str], line_end: str, copied: bool) -> None:
    plan = prepared(folder, (line_end.join([",".join(COLUMNS), *lines]) + line_end).encode())
    with tempfile.TemporaryDirectory() as private, duckdb.connect() as connection:
        staged = stage(connection, Path(private), plan.plan, plan.tables, RunOptions(), lambda _: None)
        assert bool(staged.copied) == copied
        assert not list(Path(private).glob("copy*"))
    compared(plan)


def test_lines_in_quotes_that_look_like_records_are_never_taken_for_some(folder: Path) -> None:
    """DuckDB divides a long file among its threads, each of which guesses where a record begins."""
    text = "\n".join(f"no,{n},,,,,,z" for n in range(30_000))
    hidden = GOOD.replace("plain", f'"{text}"')
    plan = prepared(folder, "\n".join([",".join(COLUMNS), *[hidden, GOOD] * 40]).encode())
    assert in_place(plan) == [True]
    options = RunOptions()
    told = by_duckdb(plan.plan, plan.tables, options, "SET threads = 4")
    assert len(told.tickets) == 80
    same(told, by_reference(plan.plan, plan.tables, options))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-be"])
def test_other_encodings(folder: Path, encoding: str) -> None:
    mapping = MAPPING.replace("{name: csv}", f"{{name: csv, encoding: {encoding}}}")
    lines = [
        GOOD.replace("plain", "café"),
        'x,"a\nb',
        GOOD,
        "short,ß",
        GOOD.replace("plain", '"ü\r\n""x"""'),
        GOOD + ",,",
    ]
    compared(prepared(folder, "\r\n".join([",".join(COLUMNS), *lines]).encode(encoding), mapping=mapping))


def test_a_byte_that_is_no_text_costs_its_record_alone(folder: Path) -> None:
    lines = [GOOD.encode()] * 3_000
    lines[1_500] = lines[1_500].replace(b"plain", b"pl\xffin")
    lines[2_000] = lines[2_000].replace(b"plain", b'"pl\xc3\nin"')
    compared(prepared(folder, b"\n".join([",".join(COLUMNS).encode(), *lines])))


def test_standard_input_and_gzip_are_copied(folder: Path) -> None:
    content = "\n".join([",".join(COLUMNS), GOOD, "short", GOOD.replace("plain", '"two\nlines"')]).encode()
    compared(prepared(folder, gzip.compress(content)))


TIMES: Final = st.one_of(
    st.datetimes(min_value=datetime(2023, 10, 28), max_value=datetime(2023, 10, 30)),
    st.datetimes(min_value=datetime(2024, 3, 30), max_value=datetime(2024, 4, 1)),
    st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)),
)
ODD_TIMES: Final = (
    "2024-02-30 10:00:00",
    "2024-03-01 24:00:00",
    "2024-03-01 10:00:60",
    "2024-3-01 10:00:00",
    " 2024-03-01 10:00:00",
    "2024-03-01 10:00:00Z",
    "2024-03-01 10:00:00.5",
    "0000-03-01 10:00:00",
    "31/2/2024 10:00",
    "1/02/2024 9:00",
    "01/13/2024 10:00",
    "1/2/2024  10:00",
    "\uff12024-03-01 10:00:00",
)


@settings(max_examples=15, deadline=None)
@given(
    times=st.lists(TIMES, min_size=1, max_size=30),
    odd=st.lists(st.sampled_from(ODD_TIMES), max_size=6),
    shape=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "D/M/YYYY hh:mm", "MM/DD/YYYY, hh:mm:ss"]
    ),
    zone=st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "UTC", "Australia/Lord_Howe"]),
)
def test_local_times(folder: Path, times: list[datetime], odd: list[str], shape: str, zone: str) -> None:
    said = "" if shape.startswith("%") else f', format: "{shape}"'
    python = {"D/M/YYYY hh:mm": "%-d/%-m/%Y %H:%M", "MM/DD/YYYY, hh:mm:ss": "%m/%d/%Y, %H:%M:%S"}.get(shape, shape)
    texts = [time.strftime(python) for time in times] * 2 + odd
    rows = [f'{n},"{text}",,team,en,0,,' for n, text in enumerate(texts)]
    mapping = MAPPING.replace("submitted, precision:", f"submitted{said}, timezone: {zone}, precision:")
    compared(prepared(folder, "\n".join([",".join(COLUMNS), *rows]).encode(), mapping=mapping))


def test_an_instant_may_be_a_text_that_means_nothing(folder: Path) -> None:
    mapping = MAPPING.replace('"NULL", "7"', '"1970-01-01T00:00:00Z"')
    rows = [GOOD, GOOD.replace("2024-05-01T10:00:00Z", "1970-01-01T00:00:00Z"), GOOD]
    compared(prepared(folder, "\n".join([",".join(COLUMNS), *rows]).encode(), mapping=mapping))


@pytest.mark.parametrize("null", ["-1", "00"])
def test_a_number_may_be_a_text_that_means_nothing(folder: Path, null: str) -> None:
    mapping = MAPPING.replace('"NULL", "7"', f'"{null}"')
    rows = [f"{n}{GOOD.removeprefix('1')}" for n in ("-1", "00", *range(30))]
    compared(prepared(folder, "\n".join([",".join(COLUMNS), *rows]).encode(), mapping=mapping))
