"""Facts from other tables: the row whose key equals the ticket's, where need be at the time of the submission."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from supportpolicy.engines.reference.columns import read_column, text_of
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import FieldPlan, LookedUp, Nowhere, Reading
from supportpolicy.model.cell import NEVER, Cell, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.text import token
from supportpolicy.model.ticket import FIELDS, FieldType
from supportpolicy.plugin import Row


@dataclass(frozen=True, slots=True)
class Table:
    """A lookup table: for each match column and type of key, the rows by key."""

    rows: Mapping[tuple[str, FieldType], Mapping[str, Sequence[Row]]]
    columns: Sequence[str] | None


def key_type(origin: LookedUp) -> FieldType:
    """How the key is read: a field of every ticket as what it is, another as text."""
    return FIELDS.get(origin.key, FieldType.TEXT)


def index_table(plan: Plan, table: str, columns: Sequence[str] | None, rows: Iterable[Row]) -> Table:
    """The rows of a table by each key that the plan asks for. A row without the key is never found."""
    origins = [f.origin for f in plan.fields if isinstance(f.origin, LookedUp) and f.origin.table == table]
    wanted = dict.fromkeys((origin.match, key_type(origin)) for origin in origins)
    readers = [(kind, text_of(columns, match), (match, kind)) for match, kind in wanted]
    indexed: dict[tuple[str, FieldType], dict[str, list[Row]]] = {key: defaultdict(list) for key in wanted}
    for row in rows:
        for kind, read, name in readers:
            key = read(row)
            if key:
                indexed[name][token(key) if kind is FieldType.TOKEN else key].append(row)
    return Table(indexed, columns)


def look_up(
    field: FieldPlan, tables: Mapping[str, Table], slots: Mapping[tuple[str, FieldType], int]
) -> Callable[[Sequence[Cell]], Cell]:
    """Reads the field for the cells of a ticket; `slots` gives the places of the fields without a vocabulary."""
    origin = field.origin
    assert isinstance(origin, LookedUp)
    table = tables[origin.table]
    by_key = table.rows[origin.match, key_type(origin)]
    read = read_column(field, origin.value, table.columns)
    key_slot = slots[origin.key, key_type(origin)]
    among = _any_time(read) if origin.valid is None else _in_time(field, origin.valid, table, read, slots)

    def look(cells: Sequence[Cell]) -> Cell:
        key = cells[key_slot]
        if isinstance(key, Unknown):
            return key
        if not isinstance(key, str):
            return Unknown(Reason.NO_SUCH_KEY, field.name, "no key")
        return settled(field, key, among(by_key.get(key, ()), cells))

    return look


def settled(field: FieldPlan, key: str, found: Sequence[Cell] | Unknown) -> Cell:
    """The cell that the distinct cells found under a key amount to."""
    if isinstance(found, Unknown):
        return found
    if len(found) == 1:
        return found[0]
    return Unknown(Reason.CONTRADICTORY if found else Reason.NO_SUCH_KEY, field.name, key)


_Among: TypeAlias = Callable[[Sequence[Row], Sequence[Cell]], Sequence[Cell] | Unknown]
"""The distinct cells of the rows that count for a ticket, or why that cannot be said."""


def _any_time(read: Callable[[Row], Cell]) -> _Among:
    return lambda rows, _: list(dict.fromkeys(read(row) for row in rows))


@dataclass(frozen=True, slots=True)
class Bounded:
    """A row's cell and the half-open span for which it holds; `never` is no bound."""

    cell: Cell
    since: Cell
    until: Cell

    def holds(self, at: int) -> bool | Reason:
        """Whether it holds at an instant, or why that cannot be said."""
        begun, ended = _reached(self.since, at, True), _reached(self.until, at, False)
        if begun is False or ended is True:
            return False
        doubts = [told for told in (begun, ended) if isinstance(told, Reason)]
        return doubts[0] if doubts else True


def _reached(bound: Cell, at: int, unbounded: bool) -> bool | Reason:
    if isinstance(bound, Instant):
        return at >= bound.hi or (Reason.TOO_COARSE if at >= bound.lo else False)
    return unbounded if bound is NEVER else Reason.INVALID


def _in_time(
    field: FieldPlan,
    valid: tuple[str, str],
    table: Table,
    read: Callable[[Row], Cell],
    slots: Mapping[tuple[str, FieldType], int],
) -> _Among:
    bounded = bounding(field, valid, table, read)
    submitted = slots["submitted", FieldType.INSTANT]

    def among(rows: Sequence[Row], cells: Sequence[Cell]) -> Sequence[Cell] | Unknown:
        spans = [bounded(row) for row in rows]
        at = cells[submitted]
        if all(span.since is NEVER and span.until is NEVER for span in spans):
            return list(dict.fromkeys(span.cell for span in spans))
        if not isinstance(at, Instant):
            return at if isinstance(at, Unknown) else Unknown(Reason.MISSING, "submitted")
        answers = [holding(spans, instant, field.name) for instant in _instants(spans, at)]
        if all(answer == answers[0] for answer in answers):
            return answers[0]
        return Unknown(Reason.TOO_COARSE, "submitted")

    return among


def bounding(
    field: FieldPlan, valid: tuple[str, str], table: Table, read: Callable[[Row], Cell]
) -> Callable[[Row], Bounded]:
    """Reads what a row gives and for which span."""
    bound = FieldPlan(field.name, Nowhere(False), _bound_reading(field))
    since, until = (read_column(bound, name, table.columns) for name in valid)
    return lambda row: Bounded(read(row), since(row), until(row))


def _instants(spans: Sequence[Bounded], at: Instant) -> list[int]:
    """The ends of the interval and every bound within it: between them nothing changes."""
    bounds = [us for s in spans for b in (s.since, s.until) if isinstance(b, Instant) for us in (b.lo, b.hi)]
    return sorted({at.lo, at.hi, *(us for us in bounds if at.lo < us < at.hi)})


def holding(spans: Sequence[Bounded], at: int, name: str) -> Sequence[Cell] | Unknown:
    """The distinct cells of the rows that count at an instant, or why that cannot be said."""
    told = [(span.holds(at), span.cell) for span in spans]
    doubt = next((holds for holds, _ in told if isinstance(holds, Reason)), None)
    return list(dict.fromkeys(cell for holds, cell in told if holds)) if doubt is None else Unknown(doubt, name)


def _bound_reading(field: FieldPlan) -> Reading:
    """How the bounds are read: as instants of the entry's format and zone; empty is unbounded."""
    return replace(field.reading, type=FieldType.INSTANT, empty="never", vocabulary=None, never_when=None)
