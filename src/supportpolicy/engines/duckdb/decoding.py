"""From held texts to cells: the view `staged` over `narrow`.

What a text means is decided by the one decoder that every engine has: over the spellings that have numbers, over the
distinct texts of the rest, and never over each row. DuckDB joins the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.batch import Batch
from supportpolicy.engines.duckdb.cells import Encoding, columns_of
from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.local_times import LocalTimes
from supportpolicy.engines.duckdb.texts import EMPTY, LEFT, Held, Holding
from supportpolicy.expr.decode import BLANK, decoder
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, FieldPlan
from supportpolicy.model.cell import Reason
from supportpolicy.model.instant import DAY_US, Instant
from supportpolicy.model.ticket import FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_CELL: Final = -1
"""The state of an empty cell, whose meaning is the field's; null is that of a text which stands apart."""


@dataclass(slots=True)
class Decoding:
    """Writes the columns of fields that are read from columns of `table`. `apart` gives the places of texts in its `x`."""

    connection: DuckDBPyConnection
    plan: Plan
    encoding: Encoding
    table: str
    held: Mapping[str, Held]
    apart: Mapping[str, int]
    joins: list[str] = field(default_factory=list, init=False)
    _fixed: dict[str, str] = field(default_factory=dict, init=False)
    """The columns of `fixed`, the cells of texts that stand apart, as expressions."""
    _fixing: list[str] = field(default_factory=list, init=False)

    def write(self, i: int) -> list[str]:
        """The columns of the field of index `i` as expressions with names; what they need is joined by `source`."""
        plan = self.plan.fields[i]
        assert isinstance(plan.origin, Column)
        held = self.held[plan.origin.name]
        column = f"{self.table}.{held.column}"
        columns = columns_of(i, plan)
        state, *values = columns
        match held.holding:
            case Holding.CODE:
                self._spelled(i, plan, held)
                self._joined(i, plan)
                told = {name: f"coalesce(spelled{i}.{name}, fixed.{name})" for name in values}
                told[state] = f"coalesce(spelled{i}.{state}, fixed.{state})"
            case Holding.INSTANT:
                self._joined(i, plan)
                widened = plan.reading.precision.widen(Instant.at(0)) if plan.reading.precision else Instant.at(0)
                at = column if held.local is None else self._local(i, held.local, column)
                told = {
                    f"lo{i}": f"coalesce({at} + {widened.lo}, fixed.lo{i})",
                    f"hi{i}": f"coalesce({at} + {widened.hi}, fixed.hi{i})",
                    f"d{i}": f"fixed.d{i}",
                    state: f"CASE WHEN {column} IS NOT NULL THEN {VALUE} ELSE fixed.{state} END",
                }
            case Holding.WHOLE:
                self._joined(i, plan)
                told = {
                    f"v{i}": f"coalesce({column}::VARCHAR, fixed.v{i})",
                    f"d{i}": f"fixed.d{i}",
                    state: f"CASE WHEN {column} IS NOT NULL THEN {VALUE} ELSE fixed.{state} END",
                }
            case Holding.TEXT if plan.reading.type is FieldType.TEXT:
                nulls = ", ".join(map(quoted, sorted(plan.reading.nulls)))
                blank = f"trim(coalesce({column}, ''), {quoted(BLANK)}) IN ({nulls})"
                told = {
                    f"v{i}": f"coalesce({column}, '')",
                    f"d{i}": "NULL::VARCHAR",
                    state: f"CASE WHEN {blank} THEN {_NO_CELL} ELSE {VALUE} END",
                }
            case Holding.TEXT:
                self._distinct(f"meant{i}", i, plan, f"SELECT DISTINCT {column} FROM {self.table}")
                self.joins.append(f"LEFT JOIN meant{i} ON meant{i}.text = {column}")
                told = {name: f"meant{i}.{name}" for name in columns}
        return self._finished(i, plan, told)

    def source(self) -> str:
        """What the columns are taken from; to be asked for once all are written."""
        if not self._fixed:
            return " ".join([self.table, *self.joins])
        texts = ", ".join(f"{expression} AS {name}" for name, expression in self._fixed.items())
        self.connection.execute(f"CREATE TABLE fixed AS SELECT lefts.told, {texts} FROM lefts {' '.join(self._fixing)}")
        self.connection.execute("DROP TABLE lefts")
        return " ".join([self.table, *self.joins, f"LEFT JOIN fixed ON fixed.told = {self.table}.rowid"])

    def _finished(self, i: int, plan: FieldPlan, told: Mapping[str, str]) -> list[str]:
        """The columns, empty cells taken for what they mean."""
        reading = plan.reading
        missing = self.encoding.causes.number(Reason.MISSING, plan.name)
        empty = str(NEVER if reading.empty == "never" else missing)
        if reading.never_when is not None:
            empty = f"CASE WHEN {self.table}.w{i} THEN {NEVER} ELSE {missing} END"
        states = f"coalesce({told[f's{i}']}, {_NO_CELL})"
        state = f"CASE WHEN {states} = {_NO_CELL} THEN {empty} ELSE {states} END"
        columns = []
        for name, kind in columns_of(i, plan).items():
            if name == f"s{i}":
                columns.append(f"({state})::{kind} AS {name}")
            elif name == f"d{i}":
                columns.append(f"{told[name]} AS {name}")
            elif plan.reading.type is FieldType.TEXT:
                columns.append(f"CASE WHEN {states} = {VALUE} THEN {told[name]} END AS {name}")
            else:
                columns.append(f"{told[name]} AS {name}")
        return columns

    # --- what texts mean ---
    def _spelled(self, i: int, plan: FieldPlan, held: Held) -> None:
        """The table `spelledI`: the cell of each spelling by its number."""
        columns = columns_of(i, plan)
        batch = Batch(self.connection, f"spelled{i}", {"code": "UTINYINT", **columns})
        batch.create()
        blank = [None] * (len(columns) - 1)
        for code, row in enumerate(self._cells(plan, held.spellings)):
            batch.add([code, *row])
        [of_nothing] = self._cells(plan, [""])
        batch.add([EMPTY, *of_nothing])
        batch.add([LEFT, None, *blank])
        batch.flush()
        self.joins.append(f"JOIN spelled{i} ON spelled{i}.code = {self.table}.{held.column}")

    def _local(self, i: int, times: LocalTimes, column: str) -> str:
        """The instant of a local time."""
        batch = Batch(self.connection, f"days{i}", {"day": "BIGINT", "behind": "BIGINT"})
        batch.create()
        for told in times.offsets():
            batch.add(told)
        batch.flush()
        self.joins.append(f"LEFT JOIN days{i} ON days{i}.day = {column} // {DAY_US}")
        return f"{column} - days{i}.behind"

    def _cells(self, plan: FieldPlan, texts: Iterator[str] | list[str] | tuple[str, ...]) -> Iterator[list[object]]:
        decode = decoder(plan)
        nothing = [None] * (len(columns_of(0, plan)) - 1)
        for text in texts:
            cell = decode(text)
            yield [_NO_CELL, *nothing] if cell is None else list(self.encoding.encoded(plan, cell))

    def _joined(self, i: int, plan: FieldPlan) -> None:
        """The cells of texts of the field that stand apart, for `fixed`."""
        assert isinstance(plan.origin, Column)
        if not self._fixed:
            query = f"SELECT rowid AS told, x FROM {self.table} WHERE x IS NOT NULL"
            self.connection.execute(f"CREATE TABLE lefts AS {query}")
            self.connection.execute(f"ALTER TABLE {self.table} DROP COLUMN x")
        text = f"lefts.x[{self.apart[plan.origin.name]}]"
        self._distinct(f"apart{i}", i, plan, f"SELECT DISTINCT {text} FROM lefts WHERE {text} IS NOT NULL")
        self._fixing.append(f"LEFT JOIN apart{i} ON apart{i}.text = {text}")
        self._fixed.update({name: f"apart{i}.{name}" for name in columns_of(i, plan)})

    def _distinct(self, table: str, i: int, plan: FieldPlan, texts: str) -> None:
        """The table of what distinct texts mean."""
        batch = Batch(self.connection, table, {"text": "VARCHAR", **columns_of(i, plan)})
        batch.create()
        cursor = self.connection.cursor().execute(texts)
        while found := cursor.fetchmany(2_000):
            told = [text for (text,) in found if text is not None]
            for text, row in zip(told, self._cells(plan, told), strict=True):
                batch.add([text, *row])
            batch.flush()
