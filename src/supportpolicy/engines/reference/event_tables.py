"""Events from a table of their own: the rows that name a ticket are its timeline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Final

from supportpolicy.engines.reference.columns import constant_cell, read_column
from supportpolicy.expr.decode import MESSAGE_ROLE
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, FieldPlan, Listed, Reading
from supportpolicy.model.cell import NEVER, Cell, Event, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import Row

MESSAGE: Final = "message"
"""A kind that is one of two, by whose message it is."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The timelines of the tickets that a table names; `silent` is what it says of any other. `rows` says how many name
    each ticket, or none."""

    timelines: Mapping[str, Cell]
    silent: Cell
    field: str
    rows: Mapping[str | None, int]

    def strays(self, tickets: Collection[str | None]) -> int:
        """How many rows belong to none of these tickets."""
        return sum(number for ticket, number in self.rows.items() if ticket is None or ticket not in tickets)

    def of(self, ticket: Cell) -> Cell:
        """The events of the ticket of this id."""
        if not isinstance(ticket, str):
            return Unknown(Reason.MISSING, self.field)
        return self.timelines.get(ticket, self.silent)


def ticket_field(listed: Listed) -> FieldPlan:
    """How the id of the ticket is read from a row."""
    return FieldPlan("events.ticket", Column(listed.ticket), Reading(FieldType.TEXT))


def list_events(
    plan: Plan, table: str, columns: Sequence[str] | None, rows: Iterable[Row], whole: Callable[[], bool]
) -> dict[int, Listing]:
    """The events fields that come from the table, by their places in the plan. `whole` says, once the rows are read, that
    none was rejected: one that was might be anybody's."""
    fields = {i: f for i, f in enumerate(plan.fields) if isinstance(f.origin, Listed) and f.origin.table == table}
    readers = {i: _Reader(field, columns) for i, field in fields.items()}
    for row in rows:
        for reader in readers.values():
            reader.read(row)
    complete = whole()
    return {i: reader.listing(complete) for i, reader in readers.items()}


class _Reader:
    def __init__(self, field: FieldPlan, columns: Sequence[str] | None) -> None:
        assert isinstance(field.origin, Listed)
        self.field, self.listed = field, field.origin
        key = ticket_field(field.origin)
        self.ticket = read_column(key, field.origin.ticket, columns)
        self.parts: dict[str, Callable[[Row], Cell]] = {}
        self.constants: dict[str, Cell] = {}
        for part in field.origin.parts:
            name = part.name.removeprefix("events.")
            if isinstance(part.origin, Column):
                self.parts[name] = read_column(part, part.origin.name, columns)
            else:
                self.constants[name] = constant_cell(part)
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.wrong: dict[str, Unknown] = {}
        self.rows: Counter[str | None] = Counter()

    def read(self, row: Row) -> None:
        ticket = self.ticket(row)
        self.rows[ticket if isinstance(ticket, str) else None] += 1
        if not isinstance(ticket, str) or ticket in self.wrong:
            return
        event = event_of({**self.constants, **{name: read(row) for name, read in self.parts.items()}})
        if isinstance(event, str):
            self.wrong[ticket] = Unknown(Reason.INVALID, self.field.name, event)
        else:
            self.events[ticket].append(event)

    def listing(self, whole: bool) -> Listing:
        complete = self.listed.complete and whole
        timelines: dict[str, Cell] = {ticket: _timeline(complete, events) for ticket, events in self.events.items()}
        timelines.update(self.wrong)
        return Listing(timelines, NEVER if complete else Timeline(False, ()), self.field.name, self.rows)


def _timeline(complete: bool, events: Sequence[Event]) -> Timeline:
    ordered = sorted(events, key=lambda event: (event.at.lo, event.at.hi))
    return Timeline(complete, tuple(ordered), in_order=all(map(is_, ordered, events)))


def event_of(cells: Mapping[str, Cell]) -> Event | str:
    """The event that the parts of a row make, or what is wrong with it."""
    at, kind = cells["at"], cells["kind"]
    if not isinstance(at, Instant):
        return wrong_part("at", at)
    if not isinstance(kind, str):
        return wrong_part("kind", kind)
    said: dict[str, Cell] = {}
    for name in ("role", "public", "automatic"):
        cell = cells.get(name, NEVER)
        if isinstance(cell, Unknown) and cell.reason is not Reason.MISSING:
            return wrong_part(name, cell)
        said[name] = cell
    role = said["role"] if isinstance(said["role"], str) else MESSAGE_ROLE.get(kind)
    if kind == MESSAGE:
        if role is None:
            return "an event whose kind is message and whose role is missing"
        kind = "customer_message" if role == "customer" else "staff_message"
    public, automatic = said["public"], said["automatic"]
    return Event(
        at,
        kind,
        role,
        public if isinstance(public, bool) else None,
        automatic if isinstance(automatic, bool) else None,
        *(
            cells.get(name, Unknown(Reason.MISSING, f"events.{name}"))
            for name in ("channel", "language", "value", "from")
        ),
    )


def wrong_part(name: str, cell: Cell) -> str:
    """What is wrong with an event of which this part cannot be read."""
    why = cell.reason.value if isinstance(cell, Unknown) else "missing"
    return f"an event whose {name} is {why}"
