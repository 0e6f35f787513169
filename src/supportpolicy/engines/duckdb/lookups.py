"""Fields from other tables in SQL: the answer for each key, and where rows count for a time only, for each span of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.batch import Batch
from supportpolicy.engines.duckdb.cells import Encoding, columns_of
from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.reference.columns import read_column
from supportpolicy.engines.reference.lookups import Bounded, Table, bounding, holding, key_type, settled
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import FieldPlan, LookedUp
from supportpolicy.model.cell import NEVER as NEVER_CELL
from supportpolicy.model.cell import Cell, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BEFORE_ALL: Final = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Lookups:
    """Adds fields from other tables to a query that has those they hang on."""

    connection: DuckDBPyConnection
    plan: Plan
    encoding: Encoding
    tables: Mapping[str, Table]

    def place(self, name: str, kind: FieldType) -> int:
        """The index of the field of that name and type without a vocabulary."""
        fields = enumerate(self.plan.fields)
        return next(i for i, f in fields if (f.name, f.reading.type, f.reading.vocabulary) == (name, kind, None))

    def dependencies(self, wanted: frozenset[int]) -> frozenset[int]:
        """The fields that are needed for those wanted, themselves included."""
        found = set(wanted)
        for i in sorted(found, reverse=True):  # a field stands behind those that it hangs on
            self._depend(i, found)
        return frozenset(found)

    def _depend(self, i: int, found: set[int]) -> None:
        origin = self.plan.fields[i].origin
        found.add(i)
        if isinstance(origin, LookedUp):
            self._depend(self.place(origin.key, key_type(origin)), found)
            if origin.valid is not None:
                self._depend(self.place("submitted", FieldType.INSTANT), found)

    def in_time(self, fields: Iterable[int]) -> bool:
        """Whether one of the fields hangs on when the ticket was submitted."""
        origins = (self.plan.fields[i].origin for i in fields)
        return any(isinstance(origin, LookedUp) and origin.valid is not None for origin in origins)

    def join(self, i: int, query: str) -> str:
        """The query with the columns of the field of index `i` besides."""
        field = self.plan.fields[i]
        origin = field.origin
        assert isinstance(origin, LookedUp)
        kind = key_type(origin)
        k = self.place(origin.key, kind)
        if kind not in (FieldType.TEXT, FieldType.TOKEN, FieldType.LANGUAGE):  # which no text equals
            return f"SELECT told.*, {self._columns(i, k, None, {})} FROM ({query}) AS told"
        if origin.valid is None:
            self._fill(i, self._answers(field, origin))
            found = {c: f"looked{i}.{c}" for c in columns_of(i, field)}
            joined = f"LEFT JOIN looked{i} ON told.s{k} = {VALUE} AND looked{i}.key = told.v{k}"
            return f"SELECT told.*, {self._columns(i, k, f'looked{i}.key', found)} FROM ({query}) AS told {joined}"
        return self._in_time(i, k, query)

    def _columns(self, i: int, k: int, key: str | None, found: Mapping[str, str]) -> str:
        """The columns of the field, once its key is known: what was found, or that there is none."""
        field = self.plan.fields[i]
        state, *values, detail = columns_of(i, field)
        cause = self.encoding.causes.number(Reason.NO_SUCH_KEY, field.name)
        if key is None:
            told = {state: str(cause), detail: "'no key'", **dict.fromkeys(values, "NULL")}
        else:
            told = {
                state: f"CASE WHEN {key} IS NULL THEN {cause} ELSE {found[state]} END",
                detail: f"CASE WHEN {key} IS NULL THEN told.v{k} ELSE {found[detail]} END",
                **{value: found[value] for value in values},
            }
        with_key = f"told.s{k} = {VALUE}"
        columns = {
            state: f"CASE WHEN {with_key} THEN {told[state]} WHEN told.s{k} = {NEVER} THEN {cause} ELSE told.s{k} END",
            detail: f"CASE WHEN {with_key} THEN {told[detail]} WHEN told.s{k} = {NEVER} THEN 'no key' ELSE told.d{k} END",
            **{value: f"CASE WHEN {with_key} THEN {told[value]} END" for value in values},
        }
        kinds = columns_of(i, field)
        return ", ".join(f"({columns[name]})::{kinds[name]} AS {name}" for name in kinds)

    def _fill(self, i: int, answers: Iterator[tuple[str, Cell]]) -> None:
        field = self.plan.fields[i]
        batch = Batch(self.connection, f"looked{i}", {"key": "VARCHAR", **columns_of(i, field)})
        batch.create()
        for key, cell in answers:
            batch.add([key, *self.encoding.encoded(field, cell)])
        batch.flush()

    def _answers(self, field: FieldPlan, origin: LookedUp) -> Iterator[tuple[str, Cell]]:
        read = read_column(field, origin.value, self.tables[origin.table].columns)
        for key, rows in self._keyed(origin).items():
            yield key, settled(field, key, list(dict.fromkeys(read(row) for row in rows)))

    def _keyed(self, origin: LookedUp) -> Mapping[str, Sequence[Row]]:
        return self.tables[origin.table].rows[origin.match, key_type(origin)]

    # --- rows that count for a time ---
    def _in_time(self, i: int, k: int, query: str) -> str:
        """Between two bounds of a key's rows its answer is the same, so that an instant finds it by the bound before. An
        interval is answered if both its ends find one answer."""
        field = self.plan.fields[i]
        origin = field.origin
        assert isinstance(origin, LookedUp)
        assert origin.valid is not None
        m = self.place("submitted", FieldType.INSTANT)
        columns = columns_of(i, field)
        table = self.tables[origin.table]
        bounded = bounding(field, origin.valid, table, read_column(field, origin.value, table.columns))
        kinds = {"key": "VARCHAR", "since": "BIGINT", "part": "INTEGER", "timeless": "BOOLEAN", **columns}
        batch = Batch(self.connection, f"looked{i}", kinds)
        batch.create()
        for key, rows in self._keyed(origin).items():
            spans = [bounded(row) for row in rows]
            timeless = all(span.since is NEVER_CELL and span.until is NEVER_CELL for span in spans)
            for part, (since, answer) in enumerate(_parts(spans, field.name)):
                cell = settled(field, key, answer)
                batch.add([key, since, part, timeless, *self.encoding.encoded(field, cell)])
        batch.flush()
        causes = self.encoding.causes
        coarse = causes.of(Unknown(Reason.TOO_COARSE, "submitted"))
        missing = causes.of(Unknown(Reason.MISSING, "submitted"))
        measured = self.plan.fields[m].reading.measured is not None
        at = {end: "NULL::BIGINT" if measured else f"told.{end}{m}" for end in ("lo", "hi")}
        known = f"{at['lo']} IS NOT NULL"
        same = "begun.part = ended.part"
        state, *values, detail = columns
        found = {
            state: f"CASE WHEN first.timeless THEN first.{state} WHEN {known} THEN CASE WHEN {same} THEN begun.{state} "
            f"ELSE {coarse} END WHEN told.s{m} IN ({VALUE}, {NEVER}) THEN {missing} ELSE told.s{m} END",
            detail: f"CASE WHEN first.timeless THEN first.{detail} WHEN {known} THEN "
            f"CASE WHEN {same} THEN begun.{detail} END ELSE told.d{m} END",
            **{
                value: f"CASE WHEN first.timeless THEN first.{value} WHEN {same} THEN begun.{value} END"
                for value in values
            },
        }
        asked = f"CASE WHEN told.s{k} = {VALUE} THEN told.v{k} END"
        return (
            f"SELECT told.*, {self._columns(i, k, 'first.key', found)} FROM ({query}) AS told "
            f"LEFT JOIN (SELECT * FROM looked{i} WHERE part = 0) AS first ON first.key = {asked} "
            f"ASOF LEFT JOIN looked{i} AS begun ON begun.key = {asked} AND begun.since <= {at['lo']} "
            f"ASOF LEFT JOIN looked{i} AS ended ON ended.key = {asked} AND ended.since <= {at['hi']}"
        )


def _parts(spans: Sequence[Bounded], name: str) -> Iterator[tuple[int, Sequence[Cell] | Unknown]]:
    """From when on which cells are found, where that is not what was found before."""
    bounds = {us for span in spans for b in (span.since, span.until) if isinstance(b, Instant) for us in (b.lo, b.hi)}
    before: Sequence[Cell] | Unknown | None = None
    for at in sorted({_BEFORE_ALL, *bounds}):
        answer = holding(spans, at, name)
        if before is None or answer != before:
            yield at, answer
            before = answer
