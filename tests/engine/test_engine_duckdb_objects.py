"""JSON lines as hostile as they come, read by DuckDB: every cell, name, place, rejected row and total is what the strict
reader makes of them, whether they can be read in place or a copy is needed."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staged_tickets import by_duckdb, by_reference, same
from test_engine_duckdb_files import POLICY

from supportpolicy.audit import AuditRequest, Prepared, prepare
from supportpolicy.engines.duckdb import object_loading
from supportpolicy.engines.duckdb.reading import stage
from supportpolicy.plugin import RunOptions
from supportpolicy.plugin.registry import installed

MAPPING: Final = """
supportpolicy-mapping: 1
source: {name: jsonl}
nulls: ["NULL", "7"]
fields:
  id: id
  submitted: {column: submitted, precision: {unit: 1s, by: floor}}
  first_response: {column: answered.at, empty: {never_when: {column: language, in: [de]}}}
  resolved: {column: resolved, empty: never}
  edition: edition
  language: language
  reopens: reopens
  subject: {column: subject, empty: never}
  tags: {column: tags, separator: " ", empty: never}
"""
INSTANT: Final = "2024-05-01T10:00:00Z"
GOOD: Final = {
    "id": "1",
    "submitted": INSTANT,
    "answered": {"at": "2024-05-01T10:00:01Z", "by": ["x"]},
    "resolved": None,
    "edition": "team",
    "language": "en",
    "reopens": 0,
    "subject": "plain",
    "tags": ["a", "b"],
    "unasked": {"n": [1.5, {"x": None}]},
}
VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "id": ("1", "2", 3, "3", "007", "7", 7, "\x01", "\x01l[]", "a\0", [], True, 12345678901234567890),
    "submitted": (INSTANT, INSTANT, "2024-05-01T10:00:00.5+02:00", "9999-12-31T23:59:59Z", 1714557600, None),
    "answered": (GOOD["answered"], {"at": None}, {}, {"at": [INSTANT]}, "x", None, [{"at": INSTANT}], {"at": "NULL"}),
    "resolved": (None, INSTANT, "", {"a": 1.10}, "NULL"),
    "edition": ("team", "Team ", "free", "teem", " ", "team\x01", "[team]", ["team"]),
    "language": ("en", "en_GB", "de", "", None, "\x01", "klingon", {"in": "de"}),
    "reopens": (0, 3, "4", 1.0, " 2", -5, 10**18 - 1, 10**18, False, "1e2"),
    "subject": ("plain", "é\u00a0ß", "two\nlines", 'a "b" \\c', "\u2028\x7f😀", " ", "\r", "[1]", "{", [1], ["x"], {}),
    "tags": (["a", "b"], [], ["a b", "VIP"], "vip x", [1, "a"], ["é\0"], {"a": "b"}, "NULL", None, ['"']),
    "unasked": (GOOD["unasked"], 1.5, 1e300, [[[]]], "\0", {"n": {"n": {"n": 1}}}),
}
FAULTS: Final = (
    b"",
    b" \t",
    b"\r",
    b"[]",
    b'["1", null, "x"]',
    b'"x"',
    b"null",
    b"{",
    b'{"id": "1", "id": "2"}',
    b'{"id": "1", "\\u0069d": "2"}',
    b'{"unasked": {"n": 1, "n": 1}}',
    b'{"id": "\\ud800"}',
    b'{"id": "\\ude00\\ud83d"}',
    b'{"id": NaN}',
    b'{"unasked": [-Infinity]}',
    b'{"id": 01}',
    b'{"id": -0}',
    b'{"id": 1.}',
    b'{"id": +1}',
    b'{"id": 0x1}',
    b'{"id": "1",}',
    b'{"tags": ["a",]}',
    b'{"id": "1"} {}',
    b'{"id": "1"},',
    b"{'id': 1}",
    b'{"id": /* 1 */ 1}',
    b'{"id": "1"} // x',
    b'{"id": "a\tb"}',
    b'{"id": "a\0b"}',
    b'{"id": "1"}\0',
    b'{"id": "\xff"}',
    b'{"id": "\xed\xa0\x80"}',
    b'{"id": "\xc0\xaf"}',
    b'{"id": "\\x41"}',
    b'{"id": "\\u12"}',
    b'{"x": ' + b"[" * 70 + b"]" * 70 + b"}",
    b"\xef\xbb\xbf{}",
    b"{}",
    b'{"id": "1" , "tags" :[ ]} ',
    b'{"ID": "1", "answered.at": "2024-05-01T10:00:01Z", "answered": {"at": 5}}',
    b'{"answered": {"at.": 1, "": 2}, "tags": "\\/\\b\\f\\u00e9\\ud83d\\ude00"}',
    b'{"id": true, "id2": tru}',
)
"""Lines that are no rows, or rows that not every reader of JSON reads as they are meant."""


def line(row: dict[str, Any], ascii_only: bool, compact: bool) -> bytes:
    separators = (",", ":") if compact else None
    return json.dumps(row, ensure_ascii=ascii_only, separators=separators).encode()


@st.composite
def rows(draw: st.DrawFn) -> list[bytes]:
    """Lines of one writer: mostly with the same keys in the same order."""
    ascii_only, compact, oddly = (draw(st.booleans()) for _ in range(3))
    found = []
    for _ in range(draw(st.integers(0, 12))):
        if draw(st.integers(0, 5 if oddly else 40)) == 0:
            found.append(draw(st.sampled_from(FAULTS)))
            continue
        row = dict(GOOD)
        for key in draw(st.sets(st.sampled_from(tuple(VALUES)), max_size=4 if oddly else 2)):
            row[key] = draw(st.sampled_from(VALUES[key] if oddly else VALUES[key][:2]))
        for key in draw(st.sets(st.sampled_from(tuple(VALUES)), max_size=2)):
            del row[key]
        if draw(st.integers(0, 9)) == 9:
            row = dict(draw(st.permutations(tuple(row.items()))))
        found.append(line(row, ascii_only, compact))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("objects")
    (folder / "policy.yaml").write_text(POLICY)
    return folder


def prepared(folder: Path, *contents: bytes, mapping: str = MAPPING) -> Prepared:
    (folder / "mapping.yaml").write_text(mapping)
    names = []
    for number, content in enumerate(contents):
        (folder / f"{number}.jsonl").write_bytes(content)
        names.append(str(folder / f"{number}.jsonl"))
    return prepare(
        AuditRequest(str(folder / "policy.yaml"), tuple(names), mapping=str(folder / "mapping.yaml")), installed()
    )


def compared(plan: Prepared, settings: str = "") -> None:
    options = RunOptions()
    same(by_duckdb(plan.plan, plan.tables, options, settings), by_reference(plan.plan, plan.tables, options))


def copied(plan: Prepared) -> list[str]:
    """Why files were not read in place."""
    with tempfile.TemporaryDirectory() as private, duckdb.connect() as connection:
        staged = stage(connection, Path(private), plan.plan, plan.tables, RunOptions(), lambda _: None)
        assert not list(Path(private).glob("copy*"))
        return list(staged.copied.values())


@settings(max_examples=80, deadline=None)
@given(
    lines=rows(),
    more=st.one_of(st.none(), rows()),
    line_end=st.sampled_from([b"\n", b"\n", b"\r\n"]),
    last=st.booleans(),
    bom=st.booleans(),
)
def test_hostile_lines(
    folder: Path, lines: list[bytes], more: list[bytes] | None, line_end: bytes, last: bool, bom: bool
) -> None:
    first = line(GOOD, True, True)  # or it might not be taken for JSON lines
    contents = [
        b"\xef\xbb\xbf" * bom + line_end.join([first, *told]) + (line_end if last else b"")
        for told in ((lines, more) if more is not None else (lines,))
    ]
    compared(prepared(folder, *contents))


@settings(max_examples=25, deadline=None)
@given(
    lines=rows(),
    keep=st.sampled_from(["first", "last"]),
    ties=st.sampled_from(["first_in_file", "last_in_file"]),
    order=st.sampled_from(["{column: reopens, as: integer}", "{column: subject, as: text}", "{column: id, as: text}"]),
    key=st.sampled_from(["id", "language"]),
)
def test_several_rows_for_one_ticket(
    folder: Path, lines: list[bytes], keep: str, ties: str, order: str, key: str
) -> None:
    reduce = f"rows: {{one_ticket_per: {key}, keep: {keep}, order_by: {order}, ties: {ties}}}\n"
    content = b"\n".join([line(GOOD, True, True), *lines])
    compared(prepared(folder, content, mapping=MAPPING.replace("fields:", reduce + "fields:")))


PLAIN: Final = line(GOOD, False, False)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([PLAIN], ""),
        ([PLAIN, line(GOOD, True, True), PLAIN.replace(b"plain", b'a \\"b\\" \\u00e9 \\ud83d\\ude00')], ""),
        ([PLAIN, b'{"id": "2", "more": {"of": ["it"]}}', b"{}"], ""),
        ([PLAIN, PLAIN.replace(b'"team"', b"null"), PLAIN.replace(b'"plain"', b'["a"]')], ""),
        ([PLAIN, PLAIN.replace(b"1.5", b"-0.25"), PLAIN.replace(b"1.5", b"0")], ""),
        ([PLAIN, "größer 項目".join(PLAIN.decode().split("plain")).encode()], ""),
        ([PLAIN, b"", PLAIN], "it has blank lines"),
        ([b"\xef\xbb\xbf" + PLAIN], "it begins with a byte order mark"),
        *(
            ([PLAIN, odd, PLAIN], "line 2 is none that every reader reads alike")
            for odd in (
                b"{",
                PLAIN.replace(b'"reopens": 0', b'"reopens": 0.5'),
                PLAIN.replace(b'"reopens": 0', b'"reopens": 1234567890123456789'),
                PLAIN.replace(b'"team"', b'{"is": "team"}'),
                PLAIN.replace(b"plain", b"\\u0000"),
                PLAIN.replace(b"plain", b"\\u0001"),
                b'{"tags": [], "id": "2"}',
                b'{"answered.at": "x"}',
                PLAIN + b" ",
            )
        ),
    ],
)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_which_files_are_read_in_place(folder: Path, lines: list[bytes], reason: str, line_end: bytes) -> None:
    plan = prepared(folder, line_end.join(lines) + line_end)
    assert copied(plan) == ([reason] if reason else [])
    compared(plan)


def test_what_is_compressed_is_copied(folder: Path) -> None:
    plan = prepared(folder, gzip.compress(PLAIN + b"\n{bad\n" + PLAIN))
    assert copied(plan) == ["it is compressed"]
    compared(plan)


def test_a_name_that_is_no_plain_path_is_read_all_the_same(folder: Path) -> None:
    mapping = MAPPING.replace("edition: edition", "edition: 'of \"it\".*'")
    plan = prepared(folder, b'{"id": "1", "of \\"it\\"": {"*": "team"}}\n' + PLAIN, mapping=mapping)
    assert copied(plan) == ["a column of it has a name that is no plain path"]
    compared(plan)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{\n{bad\n", b"{}", b"{}\n{}"])
def test_files_in_which_little_or_nothing_stands(folder: Path, content: bytes) -> None:
    compared(prepared(folder, content))
    compared(prepared(folder, content, PLAIN))
    compared(prepared(folder, PLAIN, content))


def test_long_lines_among_others(folder: Path) -> None:
    lines = [PLAIN, *(PLAIN.replace(b"plain", b"x" * size) for size in (100_000, 1_500_000, 18_000_000)), PLAIN]
    compared(prepared(folder, b"\n".join(lines)))


def test_plain_lines_after_many_that_are_not(folder: Path) -> None:
    odd = PLAIN.replace(b'"reopens": 0', b'"reopens": 0.5')
    compared(prepared(folder, b"\n".join([*[odd] * 150, *[PLAIN] * 90, b'{"new": "key"}', PLAIN, odd, PLAIN])))


@pytest.mark.long
def test_many_lines_by_several_threads(folder: Path) -> None:
    lines = [line({**GOOD, "id": n, "subject": "x" * (n % 700)}, False, True) for n in range(60_000)]
    plan = prepared(
        folder, b"\n".join(lines), b"\n".join([*lines[:9_000], b"{bad", *lines[9_000:20_000], b"", lines[0]])
    )
    compared(plan, "SET threads = 4")


def test_a_byte_that_is_no_text_costs_its_record_alone(folder: Path) -> None:
    lines = [PLAIN] * 3_000
    for n in range(1_000, 2_000, 2):
        lines[n] = PLAIN.replace(b"plain", b"pl\xffin")
    compared(prepared(folder, b"\n".join(lines)))


def test_a_reader_that_loses_a_row_is_not_believed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = object_loading.ObjectLoading.script
    monkeypatch.setattr(
        object_loading.ObjectLoading, "script", lambda self, path, copied: f"({script(self, path, copied)} LIMIT 1)"
    )
    plan = prepared(folder, b"\n".join([PLAIN] * 3))
    assert copied(plan) == ["DuckDB has no reader for it"]
    compared(plan)
