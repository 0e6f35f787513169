"""Files as helpdesks and hasty hands write them: the same rows as CSV, JSON lines or Parquet, whole and torn."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, str]

TORN: Final = (
    "",
    " ",
    'x,"a",b',
    'x,a"b',
    "x",
    "x,y\0z",
    "x,\ry",
    'y," quoted"',
    '"open, and never closed',
    '"a" ,b',
    '"a"b,c',
    "x" + "," * 60,
    "x" + "," * 60 + "y",
    "\udcff,y",
    '"two\nlines',
    "\ufeffx",
    "\x1a",
)
"""Lines that are no records of the table, or records that only a strict reader reads as they are meant."""
_ENCODINGS: Final = ("utf-8", "utf-8", "utf-8", "utf-8", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")


# --- CSV --------------------------------------------------------------------------------------------------------------
@st.composite
def csv_options(draw: st.DrawFn) -> dict[str, str]:
    """Of the source `csv`, as a mapping states them."""
    options: dict[str, str] = {}
    delimiter = draw(st.sampled_from((None, None, None, ";", "tab", "|")))
    if delimiter:
        options["delimiter"] = delimiter
    encoding = draw(st.sampled_from(_ENCODINGS))
    if encoding != "utf-8":
        options["encoding"] = encoding
    if draw(st.integers(0, 9)) == 9:
        options["columns"] = "by_name_any_case"
    return options


@st.composite
def csv_file(draw: st.DrawFn, columns: Sequence[str], rows: Sequence[Row | str], options: dict[str, str]) -> bytes:
    """Rows that are dictionaries are quoted where they must be; texts are lines as they stand."""
    delimiter = {"tab": "\t"}.get(options.get("delimiter", ","), options.get("delimiter", ","))
    all_quoted = draw(st.integers(0, 5)) == 5
    ends = draw(st.sampled_from((("\n",), ("\n",), ("\r\n",), ("\n", "\r\n"))))
    lines = [delimiter.join(_quoted(name, delimiter, False) for name in columns)]
    for row in rows:
        cells = row if isinstance(row, str) else delimiter.join(_quoted(row[c], delimiter, all_quoted) for c in columns)
        lines.append(cells)
    text = "".join(line + ends[n % len(ends)] for n, line in enumerate(lines))
    if draw(st.integers(0, 3)) == 3:
        text = text.removesuffix(ends[(len(lines) - 1) % len(ends)])
    encoding = options.get("encoding", "utf-8")
    if encoding == "utf-8":
        mark = b"\xef\xbb\xbf" if draw(st.integers(0, 7)) == 7 else b""
        return mark + text.encode("utf-8", "surrogateescape")
    return text.encode(encoding, "replace")


def _quoted(text: str, delimiter: str, always: bool) -> str:
    if always or any(c in text for c in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


# --- JSON lines -------------------------------------------------------------------------------------------------------
TORN_JSON: Final = (
    "",
    "  \t",
    "[]",
    "null",
    '"x"',
    "17",
    "{",
    '{"number": "1"',
    '{"number": "1", "number": "2"}',
    '{"number": "1", "by": {"a": 1, "a": 1}}',
    '{"number": "\\ud800"}',
    '{"number": NaN}',
    '{"number": -Infinity}',
    '{"number": 01}',
    '{"number": "1"} {}',
    '{"number": "1",}',
    "{'number': 1}",
    '{"number": "a\tb"}',
    '{"number": "\udcff"}',
    '{"x": ' + "[" * 70 + "]" * 70 + "}",
    "\ufeff{}",
    "{}",
    '{"number": "1"}\r',
)


@st.composite
def json_file(draw: st.DrawFn, rows: Sequence[dict[str, Any] | str]) -> bytes:
    """Texts are lines as they stand; a value of a dictionary that is `Raw` is a piece of JSON as it stands."""
    lines = [row if isinstance(row, str) else json_object(row) for row in rows]
    end = draw(st.sampled_from(("\n", "\n", "\r\n")))
    text = "".join(line + end for line in lines)
    if draw(st.integers(0, 3)) == 3:
        text = text.removesuffix(end)
    mark = b"\xef\xbb\xbf" if draw(st.integers(0, 7)) == 7 else b""
    return mark + text.encode("utf-8", "surrogateescape")


class Raw(str):
    """A piece of JSON as it stands, such as `1.10`, which Python would write as 1.1."""

    __slots__ = ()


def json_object(value: Any) -> str:
    match value:
        case Raw():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {json_object(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(json_object(inner) for inner in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def nested(row: dict[str, Any]) -> dict[str, Any]:
    """The row with what stands under a dotted name put into inner objects."""
    made: dict[str, Any] = {}
    for name, value in row.items():
        outer, dot, inner = name.partition(".")
        if dot and not name.endswith("."):
            made.setdefault(outer, {})[inner] = value
        else:
            made[name] = value
    return made


def json_cells(text: str) -> tuple[Any, ...]:
    """The ways in which the text of a cell may stand in JSON: as a text, as the value that it writes, as none."""
    ways: list[Any] = [text, text, text, text]
    if text.strip().lstrip("-").isdigit() and text.isascii() and not text.strip().lstrip("-").startswith("0"):
        ways += [Raw(text.strip()), Raw(text.strip())]
    if text in ("true", "false"):
        ways += [Raw(text)] * 2
    if text == "":
        ways += [Raw("null")] * 4
    return (*ways, Raw("null"), *_ODD[: 2 + len(text) % 5])


_ODD: Final = (
    Raw('["vip", "spam"]'),
    Raw("1.10"),
    Raw('{"a": 1}'),
    Raw("12345678901234567890"),
    Raw("[1]"),
    Raw("[]"),
    Raw("1e2"),
)


# --- Parquet ----------------------------------------------------------------------------------------------------------
_TYPES: Final = {
    "instant": ("TIMESTAMP", "TIMESTAMPTZ", "DATE", "TIMESTAMP_NS", "TIMESTAMP_S", "BIGINT"),
    "integer": ("BIGINT", "DOUBLE", "DECIMAL(18,2)", "HUGEINT", "UTINYINT", "FLOAT"),
    "boolean": ("BOOLEAN", "TINYINT"),
    "tags": ("VARCHAR[]", "JSON"),
    "text": ("BLOB", "INTEGER", "JSON"),
}
"""The types that a column of texts may also have, by the type of the field that it is for."""


@st.composite
def parquet_types(draw: st.DrawFn, columns: Mapping[str, str]) -> dict[str, str]:
    """A type for each column, whose field's type is given; most are texts."""
    return {
        name: draw(st.sampled_from(("VARCHAR", "VARCHAR", *_TYPES.get(kind, ("BLOB",)))))
        if draw(st.booleans())
        else "VARCHAR"
        for name, kind in columns.items()
    }


def parquet_file(rows: Sequence[Mapping[str, str | None]], types: Mapping[str, str]) -> bytes:
    """The rows as a Parquet file; what is no value of the column's type, and what a row does not have, is null."""
    database = _database()
    texts = [[row.get(name) for row in rows] for name in types]
    numbered = ", ".join(f"unnest(?::VARCHAR[]) AS c{n}" for n in range(len(types)))
    named = ['"' + name.replace('"', '""') + '"' for name in types]
    told = ", ".join(f"{_typed(f'c{n}', kind)} AS {named[n]}" for n, kind in enumerate(types.values()))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "rows.parquet"
        database.execute(f"CREATE OR REPLACE TABLE texts AS SELECT {numbered}", texts)
        database.execute(f"COPY (SELECT {told} FROM texts) TO '{place}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
        return place.read_bytes()


def _typed(text: str, kind: str) -> str:
    match kind:
        case "VARCHAR":
            return text
        case "BLOB":
            return f"encode({text})"
        case "VARCHAR[]":
            return f"CASE WHEN {text} <> '' THEN string_split({text}, ',') END"
        case "JSON":
            return f"CASE WHEN json_valid({text}) THEN {text}::JSON ELSE to_json({text}) END"
        case _:
            return f"TRY_CAST({text} AS {kind})"


@cache
def _database() -> DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config={"threads": 1})


# --- packing ----------------------------------------------------------------------------------------------------------
def packed(content: bytes) -> bytes:
    """With gzip, the same bytes each time."""
    return gzip.compress(content, mtime=0)
