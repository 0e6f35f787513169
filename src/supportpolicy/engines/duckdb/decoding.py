"""From held texts to cells: the view `staged` over `narrow`.

What a text means is decided by the one decoder that every engine has: over the spellings that have numbers, over the
distinct texts of the rest, and never over each row. DuckDB joins the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.batch import Batch
from supportpolicy.engines.duckdb.cells import Encoding, columns_of
from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.local_times import LocalTimes
from supportpolicy.engines.duckdb.marked import is_marked, marked_decoder
from supportpolicy.engines.duckdb.texts import EMPTY, Held, Holding
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
APART: Final = 256
"""The numbers of cells of texts that stand apart begin here."""


@dataclass(slots=True)
class Decoding:
    """Writes the columns of fields that are read from columns of `table`. `apart` gives the places of texts in its `x`.

    Most rows have no text that stands apart; they are `odd` if they have, and are a query of their own, for it takes the
    table `fixed` of what such texts mean.
    """

    connection: DuckDBPyConnection
    plan: Plan
    encoding: Encoding
    table: str
    held: Mapping[str, Held]
    apart: Mapping[str, int]
    marked: bool = False
    """Whether some texts stand for what is no text (see `marked`)."""
    coded: set[int] = field(default_factory=set, init=False)
    """The fields of which `cellsI` has each cell that there is, and the tickets its number as `kI`."""
    _usual: list[str] = field(default_factory=list, init=False)
    _odd: list[str] = field(default_factory=list, init=False)
    """The columns of the rows without and with such texts."""
    _joins: list[str] = field(default_factory=list, init=False)
    _usual_joins: list[str] = field(default_factory=list, init=False)
    _odd_joins: list[str] = field(default_factory=list, init=False)
    _fixed: dict[str, str] = field(default_factory=dict, init=False)
    """The columns of `fixed` as expressions."""
    _fixing: list[str] = field(default_factory=list, init=False)

    def write(self, i: int) -> None:
        """Add the columns of the field of index `i`."""
        plan = self.plan.fields[i]
        assert isinstance(plan.origin, Column)
        held = self.held[plan.origin.name]
        column = f"{self.table}.{held.column}"
        state, *_, detail = columns_of(i, plan)
        match held.holding:
            case Holding.CODE:
                self._coded(i, plan, held)
            case Holding.INSTANT:
                widened = plan.reading.precision.widen(Instant.at(0)) if plan.reading.precision else Instant.at(0)
                at = column if held.local is None else self._local(i, held.local, column)
                bounds = {f"lo{i}": widened.lo, f"hi{i}": widened.hi}
                self._direct(i, plan, column, {name: f"{at} + {by}" if by else at for name, by in bounds.items()})
            case Holding.WHOLE:
                self._direct(i, plan, column, {f"v{i}": f"{column}::VARCHAR"})
                self.take([f"{column} AS whole{i}"])
            case Holding.TEXT if plan.reading.type is FieldType.TEXT:
                nulls = ", ".join(map(quoted, sorted(plan.reading.nulls)))
                blank = f"trim(coalesce({column}, ''), {quoted(BLANK)}) IN ({nulls})"
                states = f"CASE WHEN {blank} THEN {_NO_CELL} ELSE {VALUE} END"
                told = {f"v{i}": f"coalesce({column}, '')", detail: "NULL::VARCHAR", state: states}
                self._add(i, plan, self._marked(i, plan, column, told) if self.marked else told)
            case Holding.TEXT:
                self._distinct(f"meant{i}", i, plan, f"SELECT DISTINCT {column} FROM {self.table}")
                self._joins.append(f"LEFT JOIN meant{i} ON meant{i}.text = {column}")
                self._add(i, plan, {name: f"meant{i}.{name}" for name in columns_of(i, plan)})

    def take(self, columns: Iterable[str]) -> None:
        """Add columns that are the same for every row."""
        for column in columns:
            self._usual.append(column)
            self._odd.append(column)

    def query(self) -> str:
        """The query for all columns; to be asked for once these are written."""
        source = " ".join([self.table, *self._joins])
        usual = f"SELECT {self.table}.rowid AS rec, {', '.join(self._usual)} FROM {source}"
        if not self._fixed:  # no text ever stands apart
            return usual
        texts = ", ".join(f"{expression} AS {name}" for name, expression in self._fixed.items())
        self.connection.execute(f"CREATE TABLE fixed AS SELECT lefts.told, {texts} FROM lefts {' '.join(self._fixing)}")
        self.connection.execute("DROP TABLE lefts")
        usual = " ".join([usual, *self._usual_joins, f"WHERE NOT {self.table}.odd"])
        odd = f"SELECT {self.table}.rowid AS rec, {', '.join(self._odd)} FROM {source}"
        fixed = f"JOIN fixed ON fixed.told = {self.table}.rowid"
        return f"{usual} UNION ALL {' '.join([odd, fixed, *self._odd_joins])}"

    def _direct(self, i: int, plan: FieldPlan, column: str, values: Mapping[str, str]) -> None:
        """A field whose values stand in `column` itself, which is null where the text is empty or stands apart."""
        state, *_, detail = columns_of(i, plan)
        self._leave(i, plan)
        there = f"WHEN {column} IS NOT NULL THEN {VALUE}"
        usual = {**values, detail: "NULL::VARCHAR", state: f"CASE {there} ELSE {self._empty(i, plan)} END"}
        self._usual += [f"({usual[name]})::{kind} AS {name}" for name, kind in columns_of(i, plan).items()]
        odd = {name: f"coalesce({value}, fixed.{name})" for name, value in values.items()}
        odd |= {detail: f"fixed.{detail}", state: f"CASE {there} ELSE fixed.{state} END"}
        self._odd += self._finished(i, plan, odd)

    def _add(self, i: int, plan: FieldPlan, told: Mapping[str, str]) -> None:
        columns = self._finished(i, plan, told)
        self._usual += columns
        self._odd += columns

    def _finished(self, i: int, plan: FieldPlan, told: Mapping[str, str]) -> list[str]:
        """The columns, empty cells taken for what they mean."""
        states, empty = told[f"s{i}"], self._empty(i, plan)
        state = f"CASE WHEN coalesce({states}, {_NO_CELL}) = {_NO_CELL} THEN {empty} ELSE {states} END"
        columns = []
        for name, kind in columns_of(i, plan).items():
            text = told[name]
            if name == f"s{i}":
                text = f"({state})::{kind}"
            elif name != f"d{i}" and plan.reading.type is FieldType.TEXT:
                text = f"CASE WHEN {states} = {VALUE} THEN {text} END"
            columns.append(f"{text} AS {name}")
        return columns

    def _empty(self, i: int, plan: FieldPlan) -> str:
        """The state that an empty cell means."""
        missing = self.encoding.causes.number(Reason.MISSING, plan.name)
        if plan.reading.never_when is not None:
            return f"CASE WHEN {self.table}.w{i} THEN {NEVER} ELSE {missing} END"
        return str(NEVER if plan.reading.empty == "never" else missing)

    # --- what texts mean ---
    def _coded(self, i: int, plan: FieldPlan, held: Held) -> None:
        """Create `cellsI`: the cells of a field by their numbers, which are those of spellings, and from `APART` on those of
        texts that stand apart."""
        columns = columns_of(i, plan)
        alike = plan.reading.never_when is None  # whether empty cells mean the same in every row
        batch = Batch(self.connection, f"cells{i}", {"code": "INTEGER", "text": "VARCHAR", **columns})
        batch.create()

        def add(code: int, text: str | None, cell: Sequence[object]) -> None:
            state, *rest = cell
            batch.add([code, text, int(self._empty(i, plan)) if state == _NO_CELL and alike else state, *rest])

        numbers = (EMPTY, *range(len(held.spellings)))
        for code, cell in zip(numbers, self._cells(plan, ["", *held.spellings]), strict=True):
            add(code, None, cell)
        for code, (text, cell) in enumerate(self._told(plan, self._left(plan)), APART):
            add(code, text, cell)
        batch.flush()
        self._fixing.append(f"LEFT JOIN cells{i} ON cells{i}.text = {self._text(plan)}")
        self._fixed[f"k{i}"] = f"cells{i}.code"
        usual, odd = f"{self.table}.{held.column}", f"coalesce(fixed.k{i}, {self.table}.{held.column})"
        self._usual_joins.append(f"JOIN cells{i} ON cells{i}.code = {usual}")
        self._odd_joins.append(f"JOIN cells{i} ON cells{i}.code = {odd}")
        told = {name: f"cells{i}.{name}" for name in columns}
        if not alike:
            self._add(i, plan, told)
            return
        self.take(f"{text} AS {name}" for name, text in told.items())
        self._usual.append(f"{usual}::INTEGER AS k{i}")
        self._odd.append(f"{odd}::INTEGER AS k{i}")
        self.coded.add(i)

    def _marked(self, i: int, plan: FieldPlan, column: str, told: Mapping[str, str]) -> Mapping[str, str]:
        """The columns of a field whose texts are its values, but for those with a mark."""
        marked = f"FROM {self.table} WHERE {is_marked(column)}"
        if self.connection.execute(f"SELECT 1 {marked} LIMIT 1").fetchone() is None:
            return told
        self._distinct(f"meant{i}", i, plan, f"SELECT DISTINCT {column} {marked}")
        self._joins.append(f"LEFT JOIN meant{i} ON meant{i}.text = {column}")
        known = f"meant{i}.text IS NOT NULL"
        return {name: f"CASE WHEN {known} THEN meant{i}.{name} ELSE {text} END" for name, text in told.items()}

    def _local(self, i: int, times: LocalTimes, column: str) -> str:
        """The instant of a local time."""
        batch = Batch(self.connection, f"days{i}", {"day": "BIGINT", "behind": "BIGINT"})
        batch.create()
        for told in times.offsets():
            batch.add(told)
        batch.flush()
        self._joins.append(f"LEFT JOIN days{i} ON days{i}.day = {column} // {DAY_US}")
        return f"{column} - days{i}.behind"

    def _leave(self, i: int, plan: FieldPlan) -> None:
        """The cells of texts of the field that stand apart, for `fixed`."""
        self._distinct(f"apart{i}", i, plan, self._left(plan))
        self._fixing.append(f"LEFT JOIN apart{i} ON apart{i}.text = {self._text(plan)}")
        self._fixed.update({name: f"apart{i}.{name}" for name in columns_of(i, plan)})

    def _left(self, plan: FieldPlan) -> str:
        """A query for the distinct texts of the field that stand apart."""
        if not self._fixed:
            query = f"SELECT rowid AS told, x FROM {self.table} WHERE x IS NOT NULL"
            self.connection.execute(f"CREATE TABLE lefts AS {query}")
            self.connection.execute(f"ALTER TABLE {self.table} DROP COLUMN x")
        text = self._text(plan)
        return f"SELECT DISTINCT {text} FROM lefts WHERE {text} IS NOT NULL"

    def _text(self, plan: FieldPlan) -> str:
        """The field's text in `lefts`."""
        assert isinstance(plan.origin, Column)
        return f"lefts.x[{self.apart[plan.origin.name]}]"

    def _distinct(self, table: str, i: int, plan: FieldPlan, texts: str) -> None:
        """The table of what distinct texts mean."""
        batch = Batch(self.connection, table, {"text": "VARCHAR", **columns_of(i, plan)})
        batch.create()
        for text, row in self._told(plan, texts):
            batch.add([text, *row])
        batch.flush()

    def _told(self, plan: FieldPlan, texts: str) -> Iterator[tuple[str, list[object]]]:
        """The texts of a query with their cells."""
        cursor = self.connection.cursor().execute(texts)
        while found := cursor.fetchmany(2_000):
            told = [text for (text,) in found if text is not None]
            yield from zip(told, self._cells(plan, told), strict=True)

    def _cells(self, plan: FieldPlan, texts: Sequence[str]) -> Iterator[list[object]]:
        decode = marked_decoder(plan) if self.marked else decoder(plan)
        nothing = [None] * (len(columns_of(0, plan)) - 1)
        for text in texts:
            cell = decode(text)
            yield [_NO_CELL, *nothing] if cell is None else list(self.encoding.encoded(plan, cell))
