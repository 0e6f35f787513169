"""What the columns of a Parquet file hold: each type as the text, number, truth, list or object that a mapping reads.

DuckDB writes every value as text, in expressions that depend on no setting of the session; lists and objects come as JSON
whose leaves are such texts. So a value has one text, whoever asks for it: the rows of a scan, and an engine that reads the
file by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from supportpolicy.model.json_value import JsonValue, Number
from supportpolicy.model.text import quoted
from supportpolicy.sources.jsonl import DEPTH, NotJsonError, json_value

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

Told: TypeAlias = Any
"""A value as DuckDB told it: None, a text, or a list of them for what is nested."""


class UnreadableError(Exception):
    """A value that is no text, number, truth, list or object; the message says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A type. `text` makes of an SQL expression of this type one that is text, or for a nested type one whose leaves are;
    `value` makes the value of what came of it. `sure` says that it never finds any unreadable. `size` is about how many
    bytes it takes, in SQL, where that may be many. `fields` are those of an object."""

    text: Callable[[str], str]
    value: Callable[[Told], JsonValue]
    kind: Literal["scalar", "instant", "bytes", "json", "nested"] = "scalar"
    sure: bool = True
    size: Callable[[str], str] | None = None
    fields: tuple[tuple[str, Shape], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether every value is a scalar whose text is what `text` gives."""
        return self.kind in ("scalar", "instant")


@dataclass(frozen=True, slots=True)
class UnknownTypeError(Exception):
    """The type is none of those that are read."""

    type: str


def shape(kind: DuckDBPyType, depth: int = 1) -> Shape:
    """How a type is read; raises UnknownTypeError where it is not."""
    name = str(kind)
    if depth > DEPTH:
        raise UnknownTypeError(f"more than {DEPTH} lists and objects in one another")
    if name == "JSON":
        return Shape(_cast, _from_json, "json", sure=False, size=_length)
    if name == "VARCHAR":
        return Shape(_cast, str, size=_length)
    if name in _TEXTS or kind.id == "enum":
        return Shape(_cast, str)
    if name in _INTEGERS:
        return Shape(_cast, _integer)
    if name in _NUMBERS or kind.id == "decimal":
        return Shape(_cast, Number)
    if name in _LOCAL_TIMES:
        return Shape(lambda value: f"replace({_cast(value)}, ' ', 'T')", str)
    if name in _INSTANTS:
        return Shape(
            lambda value: f"replace(CAST({value} AT TIME ZONE 'UTC' AS VARCHAR), ' ', 'T') || 'Z'",
            str,
            "instant" if name == "TIMESTAMP WITH TIME ZONE" else "scalar",
        )
    match kind.id:
        case "boolean":
            return Shape(_cast, lambda told: bool(told == "true"))
        case "blob":
            return Shape(lambda value: f"hex({value})", _from_bytes, "bytes", sure=False, size=_octets)
        case "list" | "array":
            return _list(shape(_child(kind, "child"), depth + 1), depth)
        case "struct":
            return _struct([(name, shape(_child(kind, name), depth + 1)) for name, _ in kind.children])
        case "map":
            return _map(shape(_child(kind, "key"), depth + 1), shape(_child(kind, "value"), depth + 1), depth)
        case _:
            raise UnknownTypeError(name)


_TEXTS: Final = {"UUID", "DATE", "TIME", "TIME_NS", "TIME WITH TIME ZONE", "INTERVAL", "BIT", '"NULL"'}
_INTEGERS: Final = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")} | {
    "INTEGER",
    "UINTEGER",
    "BIGNUM",
}
_NUMBERS: Final = {"FLOAT", "DOUBLE"}
_LOCAL_TIMES: Final = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_INSTANTS: Final = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}


def _cast(value: str) -> str:
    return f"CAST({value} AS VARCHAR)"


def _length(value: str) -> str:
    return f"coalesce(strlen(CAST({value} AS VARCHAR)), 0)"


def _octets(value: str) -> str:
    return f"coalesce(2 * octet_length({value}), 0)"


def _child(kind: DuckDBPyType, name: str) -> DuckDBPyType:
    found = dict(kind.children)[name]
    assert not isinstance(found, int | list)
    return found


def _integer(told: Told) -> JsonValue:
    return int(told) if len(told.removeprefix("-")) <= 18 else Number(told)


def _from_bytes(told: Told) -> JsonValue:
    content = bytes.fromhex(told)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"holds bytes that are not UTF-8: 0x{content[error.start]:02X} at byte {error.start + 1}"
        ) from error


def _from_json(told: Told) -> JsonValue:
    try:
        return json_value(told)
    except NotJsonError as error:
        raise UnreadableError(f"does not hold JSON: {error}") from error


# --- what is nested ---------------------------------------------------------------------------------------------------
def _list(item: Shape, depth: int) -> Shape:
    one = f"x{depth}"

    def value(told: Told) -> JsonValue:
        return [None if inner is None else item.value(inner) for inner in told]

    def size(it: str) -> str:
        inner = item.size
        items = "0" if inner is None else f"list_sum(list_transform({it}, lambda {one}: {inner(one)}))"
        return f"(coalesce({items}, 0) + 8 * coalesce(len({it}), 0))"

    return Shape(lambda it: f"list_transform({it}, lambda {one}: {item.text(one)})", value, "nested", item.sure, size)


def _struct(fields: Sequence[tuple[str, Shape]]) -> Shape:
    """An object. A field without a value is left out of it: the file does not tell null from absent."""

    def text(it: str) -> str:
        packed = (f"{named(name)} := {inner.text(member(it, name))}" for name, inner in fields)
        return f"CASE WHEN {it} IS NOT NULL THEN struct_pack({', '.join(packed)}) END"

    def value(told: Told) -> JsonValue:
        return {name: inner.value(found) for name, inner in fields if (found := told[name]) is not None}

    def size(it: str) -> str:
        return "(" + " + ".join(["0", *(inner.size(member(it, name)) for name, inner in fields if inner.size)]) + ")"

    return Shape(text, value, "nested", all(inner.sure for _, inner in fields), size, tuple(fields))


def _map(key: Shape, item: Shape, depth: int) -> Shape:
    """An object, too, but one whose keys are there: a key with null is a key with null."""
    entry = f"x{depth}"

    def text(it: str) -> str:
        packed = f"struct_pack(key := {key.text(f'{entry}.key')}, value := {item.text(f'{entry}.value')})"
        return f"list_transform(map_entries({it}), lambda {entry}: {packed})"

    def value(told: Told) -> JsonValue:
        found: dict[str, JsonValue] = {}
        for pair in told:
            name = pair["key"] if isinstance(pair["key"], str) else json.dumps(pair["key"], ensure_ascii=False)
            if name in found:
                raise UnreadableError(f"holds a map with the key {quoted(name)} twice")
            found[name] = None if pair["value"] is None else item.value(pair["value"])
        return found

    entries = _list(_struct([("key", key), ("value", item)]), depth).size
    assert entries is not None
    return Shape(text, value, "nested", sure=False, size=lambda it: entries(f"map_entries({it})"))


def member(value: str, name: str) -> str:
    """The field of an object, in SQL."""
    return f"struct_extract({value}, {literal(name)})"


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


# --- columns ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: a column of the file, or under a dotted path a field of an object in one.

    `top` is the column of the file that it stands in, `path` leads into that one's objects; `sql` is the value in SQL.
    """

    name: str
    top: int
    path: tuple[str, ...]
    sql: str
    shape: Shape


def columns_of(names: Sequence[str], in_sql: Sequence[str], shapes: Sequence[Shape]) -> tuple[Column, ...]:
    """The columns of a file, each followed by the fields of its objects. A column of the file goes before a path of the same
    name."""
    found: list[Column] = []
    taken = set(names)
    for top, (name, sql, kind) in enumerate(zip(names, in_sql, shapes, strict=True)):
        found.append(Column(name, top, (), named(sql), kind))
        for column in _within(found[-1]):
            if column.name not in taken:
                taken.add(column.name)
                found.append(column)
    return tuple(found)


def _within(column: Column) -> Iterator[Column]:
    for name, inner in column.shape.fields:
        field = Column(f"{column.name}.{name}", column.top, (*column.path, name), member(column.sql, name), inner)
        yield field
        yield from _within(field)


def at_path(value: JsonValue, path: Sequence[str]) -> JsonValue:
    """The value under a path of keys; None where it does not lead to one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
