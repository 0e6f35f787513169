"""Cells as columns: which columns a field has, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from supportpolicy.engines.duckdb.codes import NEVER, VALUE, Causes
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.expr.reading import FieldPlan
from supportpolicy.model.cell import NEVER as NEVER_CELL
from supportpolicy.model.cell import Cell, Elapsed, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.ticket import FieldType

_SINGLE: Final = frozenset({str, int, bool})
_TYPES: Final = {FieldType.INTEGER: "BIGINT", FieldType.BOOLEAN: "BOOLEAN", FieldType.TAGS: "VARCHAR[]"}

EVENT_COLUMNS: Final = {
    "rec": "BIGINT",
    "seq": "BIGINT",
    "lo": "BIGINT",
    "hi": "BIGINT",
    "kind": "VARCHAR",
    "role": "VARCHAR",
    "public": "BOOLEAN",
    "automatic": "BOOLEAN",
    "sc": "INTEGER",
    "vc": "VARCHAR",
    "dc": "VARCHAR",
    "sl": "INTEGER",
    "vl": "VARCHAR",
    "dl": "VARCHAR",
    "sv": "INTEGER",
    "vv": "VARCHAR",
    "dv": "VARCHAR",
    "sf": "INTEGER",
    "vf": "VARCHAR",
}
"""The columns of a table of events (see `staged`)."""

MENDED_COLUMNS: Final = {"rec": "BIGINT", "repeated": "INTEGER", "sorted": "BOOLEAN"}
"""The columns of a table of lists of events that were no such lists as they stood (see `staged`)."""


def columns_of(i: int, field: FieldPlan) -> dict[str, str]:
    """The columns of the field of index `i`, with their types: first its state, last its detail."""
    match field.reading.type:
        case FieldType.EVENTS:
            told = {f"complete{i}": "BOOLEAN", f"n{i}": "INTEGER"}
        case FieldType.INSTANT:
            told = {f"lo{i}": "BIGINT", f"hi{i}": "BIGINT"}
        case kind:
            told = {f"v{i}": _TYPES.get(kind, "VARCHAR")}
    return {f"s{i}": "INTEGER", **told, f"d{i}": "VARCHAR"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """Writes cells as the values of their columns; `causes` takes up the reasons met."""

    causes: Causes

    def encoded(self, field: FieldPlan, cell: Cell) -> tuple[Any, ...]:
        """The values of the field's columns."""
        if type(cell) in _SINGLE:  # most cells are such, or the next
            return VALUE, cell, None
        if type(cell) is Instant:
            return VALUE, cell.lo, cell.hi, None
        wide = field.reading.type in (FieldType.INSTANT, FieldType.EVENTS)
        if cell is NEVER_CELL:
            return (NEVER, None, None, None) if wide else (NEVER, None, None)
        match cell:
            case Unknown():
                state, _, detail = self.single(cell)
                return (state, None, None, detail) if wide else (state, None, detail)
            case Instant(lo, hi) | Elapsed(lo, hi):
                return VALUE, lo, hi, None
            case Timeline(complete, events):
                return VALUE, complete, len(events), None
            case tuple():
                return VALUE, list(cell), None
            case _:
                return VALUE, cell, None

    def single(self, cell: Cell) -> tuple[int, Any, str | None]:
        """State, value and detail of a cell that has one value."""
        if cell is NEVER_CELL:
            return NEVER, None, None
        if isinstance(cell, Unknown):
            told = cell.detail or cell.reason is Reason.UNRECOGNISED
            return self.causes.of(cell), None, cell.detail if told else None
        return VALUE, cell, None

    def constant(self, i: int, field: FieldPlan, cell: Cell) -> list[str]:
        """The field's columns as expressions where its cell is the same everywhere."""
        told = zip(columns_of(i, field).items(), self.encoded(field, cell), strict=True)
        return [f"{literal(value)}::{kind} AS {column}" for (column, kind), value in told]

    def events(self, rec: int, timeline: Timeline) -> Iterable[tuple[Any, ...]]:
        """The events of a ticket as rows of `EVENT_COLUMNS`."""
        for seq, event in enumerate(timeline.events):
            yield (
                rec,
                seq,
                event.at.lo,
                event.at.hi,
                event.kind,
                event.role,
                event.public,
                event.automatic,
                *self.single(event.channel),
                *self.single(event.language),
                *self.single(event.value),
                *self.single(event.former)[:2],
            )


def literal(value: str | int | bool | Sequence[str] | None) -> str:
    """A value as an SQL literal."""
    match value:
        case None:
            return "NULL"
        case str():
            return quoted(value)
        case int():
            return str(value)
        case _:
            return f"[{', '.join(map(quoted, value))}]"
