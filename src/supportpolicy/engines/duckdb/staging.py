"""From texts to cells: the table `staged` with a state and a value for each field of each record.

What a text means is decided by the one decoder that every engine has, over the distinct texts of a column; DuckDB joins the
answers. Only instants in the commonest shape, of which there are as many as there are tickets, are read in SQL, and only
where a pattern over the whole text leaves no doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from supportpolicy.engines.duckdb.codes import NEVER, VALUE, Causes
from supportpolicy.engines.duckdb.truths import named, quoted
from supportpolicy.engines.reference.forming import BEFORE
from supportpolicy.engines.reference.lookups import Table, look_up
from supportpolicy.expr.decode import BLANK, decoder
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, Constant, FieldPlan, LookedUp
from supportpolicy.model.cell import NEVER as NEVER_CELL
from supportpolicy.model.cell import Cell, Elapsed, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.ticket import FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COMMON: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_TYPES: Final = {
    FieldType.INTEGER: "BIGINT",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.TAGS: "VARCHAR[]",
}


@dataclass(slots=True)
class Staging:
    """Fills `staged` from `source`.

    `source` has for each column that the plan reads its text, empty as null, and for each instant in the common shape nI,
    the microseconds where SQL could read them, and xI, the text where it could not.
    """

    connection: DuckDBPyConnection
    plan: Plan
    causes: Causes
    lookups: Mapping[str, Table]

    def write(self) -> None:
        """Create `staged`: rec, the number of the record from 0, then s0, v0 or lo0 and hi0, s1 ..."""
        direct = [(i, f) for i, f in enumerate(self.plan.fields) if not isinstance(f.origin, LookedUp)]
        joined = [(i, f) for i, f in enumerate(self.plan.fields) if isinstance(f.origin, LookedUp)]
        columns, joins = self._all(direct)
        self.connection.execute(
            f"CREATE TABLE staged AS SELECT source.rowid AS rec, {', '.join(columns)} FROM source {' '.join(joins)}"
        )
        for i, field in joined:
            self._join_lookup(i, field)

    def _all(self, fields: Iterable[tuple[int, FieldPlan]]) -> tuple[list[str], list[str]]:
        columns: list[str] = []
        joins: list[str] = []
        for i, field in fields:
            match field.origin:
                case Column(name):
                    told, join = self._column(i, field, f"source.{named(name)}")
                    columns += told
                    joins += join
                case Constant(text):
                    cell = decoder(field)(text)
                    columns += self._constant(
                        i, field, Unknown(Reason.INVALID, field.name, text) if cell is None else cell
                    )
                case _:
                    columns += self._constant(i, field, Unknown(Reason.MISSING, field.name))
        return columns, joins

    def _constant(self, i: int, field: FieldPlan, cell: Cell) -> list[str]:
        state, *values = self._encoded(field, cell)
        return [
            f"{state} AS s{i}",
            *(f"{_literal(v)} AS {c}" for v, c in zip(values, _value_columns(i, field), strict=True)),
        ]

    def _encoded(self, field: FieldPlan, cell: Cell) -> list[Any]:
        """State and values of a cell, as the columns hold them."""
        blank: list[Any] = [None] * len(_value_columns(0, field))
        if cell is NEVER_CELL:
            return [NEVER, *blank]
        if isinstance(cell, Unknown):
            if spelled(field):
                blank[-1] = cell.detail if cell.reason is Reason.UNRECOGNISED else None
            return [self.causes.of(cell), *blank]
        if isinstance(cell, Instant | Elapsed):
            return [VALUE, cell.lo, cell.hi]
        value = list(cell) if isinstance(cell, tuple) else cell
        return [VALUE, value, None] if spelled(field) else [VALUE, value]

    def _column(self, i: int, field: FieldPlan, text: str) -> tuple[list[str], list[str]]:
        empty = self._empty(field)
        if field.reading.type is FieldType.TEXT:
            nulls = ", ".join(map(quoted, sorted(field.reading.nulls)))
            blank = f"{text} IS NULL OR trim({text}, {quoted(BLANK)}) IN ({nulls})"
            return [f"CASE WHEN {blank} THEN {empty} ELSE {VALUE} END AS s{i}", f"{text} AS v{i}"], []
        shaped = common(field)
        text = f"source.x{i}" if shaped else text
        self._decode(i, field, text)
        join = f"LEFT JOIN decoded{i} ON decoded{i}.text = {text}"
        values = _value_columns(i, field)
        state = f"coalesce(decoded{i}.s, {empty})"
        if not shaped:
            return [f"{state} AS s{i}", *(f"decoded{i}.{v} AS {v}" for v in values)], [join]
        widen = field.reading.precision.widen(Instant.at(0)) if field.reading.precision else Instant.at(0)
        return [
            f"CASE WHEN source.n{i} IS NOT NULL THEN {VALUE} ELSE {state} END AS s{i}",
            f"coalesce(source.n{i} + {widen.lo}, decoded{i}.lo{i}) AS lo{i}",
            f"coalesce(source.n{i} + {widen.hi}, decoded{i}.hi{i}) AS hi{i}",
        ], [join]

    def _decode(self, i: int, field: FieldPlan, text: str) -> None:
        """The table `decodedI` of what each distinct text means, but those that are empty cells."""
        found = self.connection.execute(f"SELECT DISTINCT {text} FROM source WHERE {text} IS NOT NULL").fetchall()
        texts = [told for (told,) in found]
        decode = decoder(field)
        told = [(t, cell) for t in texts if (cell := decode(t)) is not None]
        self._fill(f"decoded{i}", "text VARCHAR", i, field, [t for t, _ in told], [cell for _, cell in told])

    def _fill(self, table: str, key: str, i: int, field: FieldPlan, keys: list[str], cells: Sequence[Cell]) -> None:
        columns = [f"{c} {_type(field, c)}" for c in _value_columns(i, field)]
        self.connection.execute(f"CREATE TABLE {table} ({key}, s INTEGER, {', '.join(columns)})")
        if not keys:
            return
        encoded = [self._encoded(field, cell) for cell in cells]
        lists = [keys, *([row[n] for row in encoded] for n in range(len(columns) + 1))]
        types = ["VARCHAR", "INTEGER", *(_type(field, c) for c in _value_columns(i, field))]
        unnested = ", ".join(f"unnest(?::{kind}[])" for kind in types)
        self.connection.execute(f"INSERT INTO {table} SELECT {unnested}", lists)

    def _empty(self, field: FieldPlan) -> str:
        reading = field.reading
        missing = self.causes.number(Reason.MISSING, field.name)
        if reading.never_when is not None:
            column, telling = reading.never_when
            listed = ", ".join(map(quoted, sorted(telling)))
            told = f"trim(coalesce(source.{named(column)}, ''), {quoted(BLANK)}) IN ({listed})"
            return f"CASE WHEN {told} THEN {NEVER} ELSE {missing} END"
        return str(NEVER if reading.empty == "never" else missing)

    def _join_lookup(self, i: int, field: FieldPlan) -> None:
        origin = field.origin
        assert isinstance(origin, LookedUp)
        k = next(n for n, f in enumerate(self.plan.fields) if f.name == origin.key and f.reading.vocabulary is None)
        places = list(enumerate(self.plan.fields, BEFORE))
        look = look_up(
            field, self.lookups, {(f.name, f.reading.type): p for p, f in places if f.reading.vocabulary is None}
        )
        keys = [
            t for (t,) in self.connection.execute(f"SELECT DISTINCT v{k} FROM staged WHERE s{k} = {VALUE}").fetchall()
        ]
        cells: list[Cell] = [0] * (BEFORE + len(self.plan.fields))

        def found(key: Cell) -> Cell:
            cells[BEFORE + k] = key
            return look(cells)

        self._fill(f"decoded{i}", "text VARCHAR", i, field, keys, [found(key) for key in keys])
        none = self._encoded(field, found(NEVER_CELL))[0]
        values = _value_columns(i, field)
        self.connection.execute(f"ALTER TABLE staged ADD COLUMN s{i} INTEGER")
        for column in values:
            self.connection.execute(f"ALTER TABLE staged ADD COLUMN {column} {_type(field, column)}")
        self.connection.execute(
            f"CREATE TABLE widened AS SELECT staged.* EXCLUDE (s{i}, {', '.join(values)}), "
            f"CASE staged.s{k} WHEN {VALUE} THEN d.s WHEN {NEVER} THEN {none} ELSE staged.s{k} END AS s{i}, "
            f"{', '.join(f'd.{v} AS {v}' for v in values)} "
            f"FROM staged LEFT JOIN decoded{i} d ON staged.s{k} = {VALUE} AND d.text = staged.v{k}"
        )
        self.connection.execute("DROP TABLE staged")
        self.connection.execute("ALTER TABLE widened RENAME TO staged")


def common(field: FieldPlan) -> bool:
    """Whether the field's texts may have the common shape of instants, which SQL reads itself."""
    reading = field.reading
    return (
        isinstance(field.origin, Column)
        and reading.type is FieldType.INSTANT
        and reading.format is None
        and reading.measured is None
    )


def common_instant(text: str) -> str:
    """The microseconds of a text in the common shape, as SQL; null for any other."""
    return (
        f"CASE WHEN regexp_full_match({text}, '{_COMMON}') AND {text} >= '0001' "
        f"THEN epoch_us(try_strptime({text}, '%Y-%m-%dT%H:%M:%SZ')) END"
    )


def spelled(field: FieldPlan) -> bool:
    """Whether a text of the field can be one that its vocabulary does not hold; its column dI then keeps that text."""
    return field.reading.type in (FieldType.TOKEN, FieldType.LANGUAGE, FieldType.TAGS, FieldType.BOOLEAN)


def _value_columns(i: int, field: FieldPlan) -> list[str]:
    if field.reading.type is FieldType.INSTANT:
        return [f"lo{i}", f"hi{i}"]
    return [f"v{i}", f"d{i}"] if spelled(field) else [f"v{i}"]


def _type(field: FieldPlan, column: str) -> str:
    if column.startswith("d"):
        return "VARCHAR"
    return "BIGINT" if field.reading.type is FieldType.INSTANT else _TYPES.get(field.reading.type, "VARCHAR")


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    return quoted(value) if isinstance(value, str) else str(value)
