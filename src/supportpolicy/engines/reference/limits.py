"""Which limit a ticket has, out of a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from supportpolicy.engines.reference.measures import Always, ByInstant, Measure, OnCalendar
from supportpolicy.engines.reference.truths import Cells, Judge, Undecided, compile_truth
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import Limit, Target, reads
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
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.verdict import NOT_APPLICABLE, OPEN, Outcome, unknown

Calendars: TypeAlias = Mapping[str, StepTable]
Chosen: TypeAlias = Target | Undecided | None
"""The limit of a ticket: the cell of its table, a doubt about which it is, or None where the table has none for it."""
Measured: TypeAlias = Measure | Outcome
"""How the clock of a ticket is judged, or the verdict where there is nothing to judge by."""


def compile_limit(limit: Limit, slots: Mapping[str, int], calendars: Calendars) -> Callable[[Cells], Measured]:
    """The closure that gives what the clock of a ticket is judged by."""
    if isinstance(limit, Target):
        return _promise(limit, slots, calendars)
    promises: dict[Target, Callable[[Cells], Measured]] = {}
    choose = compile_choice(limit, slots)

    def find(cells: Cells) -> Measured:
        chosen = choose(cells)
        if chosen is None:
            return NOT_APPLICABLE
        if isinstance(chosen, Undecided):
            return OPEN if chosen.reason is None else unknown(chosen.reason, chosen.field)
        promise = promises.get(chosen)
        if promise is None:
            promise = promises[chosen] = _promise(chosen, slots, calendars)
        return promise(cells)

    return find


def compile_choice(limit: Limit, slots: Mapping[str, int]) -> Callable[[Cells], Chosen]:
    """The closure that finds the cell of a table that holds for a ticket: that of the first arm whose condition is true."""
    if isinstance(limit, Target):
        return lambda _: limit
    arms: list[tuple[Judge, Callable[[Cells], Chosen]]] = [
        (compile_truth(when, slots), compile_choice(arm, slots)) for when, arm in limit.arms
    ]
    otherwise = compile_choice(limit.otherwise, slots) if limit.otherwise is not None else None

    def choose(cells: Cells) -> Chosen:
        for when, arm in arms:
            fits = when(cells)
            if fits is True:
                return arm(cells)
            if fits is not False:
                return fits
        return None if otherwise is None else otherwise(cells)

    return choose


def compile_asked(limit: Limit, slots: Mapping[str, int]) -> Callable[[Cells], str]:
    """The closure that says of which values it hung which limit a ticket has; empty where there is but one."""
    if isinstance(limit, Target):
        return lambda _: ""
    find = _asked(limit, slots)

    def ask(cells: Cells) -> str:
        names = dict.fromkeys(find(cells))
        return ", ".join(f"{name} {_value(cells, slots[name])}" for name in names)

    return ask


def _asked(limit: Limit, slots: Mapping[str, int]) -> Callable[[Cells], Iterator[str]]:
    """The fields that were looked at until an arm was found, as often as they were."""
    if isinstance(limit, Target):
        return lambda _: iter(())
    arms = [(reads(when), compile_truth(when, slots), _asked(arm, slots)) for when, arm in limit.arms]
    otherwise = _asked(limit.otherwise, slots) if limit.otherwise is not None else None

    def ask(cells: Cells) -> Iterator[str]:
        for names, when, arm in arms:
            yield from names
            fits = when(cells)
            if fits is True:
                yield from arm(cells)
            if fits is not False:
                return
        if otherwise is not None:
            yield from otherwise(cells)

    return ask


def _value(cells: Cells, slot: int) -> str:
    text = cell_text(cells[slot])
    return "never" if text is None else text


def _promise(target: Target, slots: Mapping[str, int], calendars: Calendars) -> Callable[[Cells], Measured]:
    """What one cell of a table makes of a clock."""
    found: Measured
    match target.cell:
        case OpenTime(us, calendar):
            found = Always(us) if calendar == ALWAYS else OnCalendar(us, calendar, calendars[calendar])
        case BusinessDays(count, calendar):
            found = _days(calendar, count, calendars[calendar].business_days_later)
        case EndOfBusinessDay(count, calendar):
            found = _days(calendar, count, calendars[calendar].end_of_business_day)
        case NotOffered() | BestEffort() | NotStated():
            found = NOT_APPLICABLE
        case AsAgreed(field):
            return _agreed(slots[field], field)
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
