"""What one cell of a table of limits makes of a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame
from supportpolicy.engines.reference.measures import Always, ByInstant, Measure, OnCalendar
from supportpolicy.expr.nodes import Promise
from supportpolicy.model.cell import NEVER, Elapsed, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import (
    ALWAYS,
    AsAgreed,
    BestEffort,
    BusinessDays,
    EndOfBusinessDay,
    NotOffered,
    NotStated,
    OpenTime,
)
from supportpolicy.model.verdict import NOT_APPLICABLE, Outcome, unknown

Measured: TypeAlias = Measure | Outcome
"""How the clock of a ticket is judged, or the verdict where there is nothing to judge by."""


def compile_promise(promise: Promise, frame: Frame) -> Callable[[Cells], Measured]:
    """The closure that gives what the clock of a ticket is judged by, for one cell."""
    found: Measured
    match promise.cell:
        case OpenTime(us, calendar):
            found = Always(us) if calendar == ALWAYS else OnCalendar(us, calendar, frame.calendars[calendar])
        case BusinessDays(count, calendar):
            found = _days(calendar, count, frame.calendars[calendar].business_days_later)
        case EndOfBusinessDay(count, calendar):
            found = _days(calendar, count, frame.calendars[calendar].end_of_business_day)
        case NotOffered() | BestEffort() | NotStated():
            found = NOT_APPLICABLE
        case AsAgreed(field):
            return _agreed(frame.slots[field], field)
    return lambda _: found


def _days(calendar: str, count: int, later: Callable[[int, int], int | None]) -> ByInstant:
    def due(start: Instant) -> Instant | None:
        one, other = later(start.lo, count), later(start.hi, count)
        # Of an hour that the clocks showed twice the later instant may be due before the earlier one.
        return None if one is None or other is None else Instant(min(one, other), max(one, other))

    return ByInstant(calendar, due)


def _agreed(slot: int, field: str) -> Callable[[Cells], Measured]:
    def find(cells: Cells) -> Measured:
        match cells[slot]:
            case Instant() as due:
                return ByInstant("", lambda _: due)
            case Unknown(reason, name):
                return unknown(reason, name)
            case Elapsed():
                return unknown(Reason.OTHER_CLOCK, field)
            case cell:
                assert cell is NEVER
                return NOT_APPLICABLE

    return find
