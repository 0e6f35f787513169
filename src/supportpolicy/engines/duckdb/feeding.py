"""Rows that Python reads, row by row and decoded by the reference engine, fed into tables in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from supportpolicy.engines.duckdb.batch import Batch
from supportpolicy.engines.duckdb.cells import EVENT_COLUMNS, MENDED_COLUMNS, Encoding, columns_of
from supportpolicy.engines.duckdb.places import digest
from supportpolicy.engines.duckdb.spool import Spool
from supportpolicy.engines.reference.columns import text_of
from supportpolicy.engines.reference.forming import BEFORE, RowReader
from supportpolicy.engines.reference.lookups import Table
from supportpolicy.expr.decode import BLANK
from supportpolicy.expr.plan import Plan, Reduce
from supportpolicy.expr.reading import Constant, FieldPlan, Listed, Nowhere
from supportpolicy.model.cell import Cell, Timeline
from supportpolicy.model.finding import Rejected
from supportpolicy.model.text import integer
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import Progress, Row, Scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BYTES: Final = 8 << 20
"""How many bytes of rows are held before they go to the database."""

PLACE_COLUMNS: Final = {"file": "INTEGER", "record": "BIGINT", "line": "BIGINT", "digest": "BLOB"}
KEY_COLUMNS: Final = {"key": "VARCHAR", "readable": "BOOLEAN", "number": "BIGINT", "ordered": "VARCHAR"}


@dataclass(slots=True)
class Feeding:
    """Feeds the rows of a scan into the table `fed`: rec, the columns of each needed field that is not constant, and where
    the row stands; with `reduce:` its key and order beside. Events go to `eventsI`, and what was wrong with lists of them
    to `mendedI`."""

    connection: DuckDBPyConnection
    plan: Plan
    needed: frozenset[int]
    encoding: Encoding
    files: dict[str, int] = field(default_factory=dict)

    def feed(self, scan: Scan, lookups: Mapping[str, Table], rows: Iterable[Row]) -> int:
        """Feed all rows; how many there were."""
        varying = [
            (i, f)
            for i, f in enumerate(self.plan.fields)
            if i in self.needed and not isinstance(f.origin, Nowhere | Constant | Listed)
        ]
        columns = {c: kind for i, f in varying for c, kind in columns_of(i, f).items()}
        ordered = _ordering(self.plan.reduce, scan.columns)
        keys = {} if ordered is None else KEY_COLUMNS
        tickets = Batch(self.connection, "fed", {"rec": "BIGINT", **columns, **PLACE_COLUMNS, **keys})
        timelines = {i: Batch(self.connection, f"events{i}", EVENT_COLUMNS) for i, f in varying if _is_events(f)}
        mended = {i: Batch(self.connection, f"mended{i}", MENDED_COLUMNS) for i in timelines}
        for batch in (tickets, *timelines.values(), *mended.values()):
            batch.create()
        reader = RowReader(self.plan, scan.columns, lookups)
        slots = [(i, BEFORE + i, f) for i, f in varying]
        encoded = self.encoding.encoded
        number = held = 0
        for row in rows:
            cells = reader.cells(row)
            told: list[Any] = [number]
            for _, slot, f in slots:
                told += encoded(f, cells[slot])
            for i, batch in timelines.items():
                self._add_events(batch, mended[i], number, cells[BEFORE + i])
            told += self._place(row)
            if ordered is not None:
                told += ordered(row)
            tickets.add(told)
            number, held = number + 1, held + len(row.raw)
            if held > _BYTES:
                tickets.flush()
                held = 0
        for batch in (tickets, *timelines.values(), *mended.values()):
            batch.flush()
        return number

    def _add_events(self, batch: Batch, mended: Batch, number: int, cell: Cell) -> None:
        if isinstance(cell, Timeline):
            if cell.repeated or not cell.in_order:
                mended.add([number, cell.repeated, not cell.in_order])
            for event in self.encoding.events(number, cell):
                batch.add(event)

    def _place(self, row: Row) -> tuple[int, int, int, bytes]:
        place = row.place
        file = self.files.setdefault(place.file, len(self.files))
        return file, place.record, place.line, digest(row.raw)


def used(scan: Scan, spool: Spool, progress: Progress) -> Iterator[Row]:
    """The rows of a table that can be read; the others are spooled."""
    for number, row in enumerate(scan.rows(), 1):
        if number % 10_000 == 0:
            progress(number)
        if isinstance(row, Rejected):
            spool.add(row)
        else:
            yield row


def _is_events(field_plan: FieldPlan) -> bool:
    return field_plan.reading.type is FieldType.EVENTS


_Ordering = Callable[[Row], tuple[str | None, bool, int, str]]


def _ordering(reduce: Reduce | None, columns: Sequence[str] | None) -> _Ordering | None:
    """What tells rows of one ticket apart: their key, null where they have none, and their order as the columns
    `readable`, `number` and `ordered`."""
    if reduce is None:
        return None
    key_of, order_of = text_of(columns, reduce.key), text_of(columns, reduce.order_by)
    nulls, numeric = reduce.nulls, reduce.numeric

    def ordered(row: Row) -> tuple[str | None, bool, int, str]:
        text = key_of(row)
        key = None if text is None or text.strip(BLANK) in nulls else text
        order = order_of(row) or ""
        if not numeric:
            return key, bool(order), 0, order
        number = integer(order.strip(BLANK))
        return key, number is not None, number or 0, ""

    return ordered
