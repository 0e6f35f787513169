"""When a limit on a calendar runs out."""

from __future__ import annotations

from dataclasses import dataclass

from supportpolicy.model.limit import BusinessDays, CalendarLimit, EndOfBusinessDay, NextOpening, OpenTime
from supportpolicy.model.step_table import StepTable


@dataclass(frozen=True, slots=True)
class Reckoned:
    """`due` is when the limit runs out, `last_in_time` the last instant in time; None beyond what the calendar knows.

    They differ where open time runs out at a closing: up to the next opening nothing more accrues. Business days are
    judged by instants, so there they are one.
    """

    due: int | None
    last_in_time: int | None


def reckon(limit: CalendarLimit, table: StepTable, start: int) -> Reckoned:
    """When the limit runs out for a clock that starts at an instant."""
    match limit:
        case OpenTime(us):
            return Reckoned(table.due(start, us), table.last_in_time(start, us))
        case BusinessDays(count):
            due = table.business_days_later(start, count)
        case EndOfBusinessDay(count):
            due = table.end_of_business_day(start, count)
        case NextOpening():
            due = table.next_opening(start)
    return Reckoned(due, due)
