"""What a person needs to add a clock up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from supportpolicy.engines.reference.clocks import Clock, compile_clock
from supportpolicy.engines.reference.limits import Calendars, compile_asked, compile_choice
from supportpolicy.engines.reference.measures import Always, ByInstant, Measure, OnCalendar
from supportpolicy.engines.reference.moments import Found, Perhaps, audit_instant
from supportpolicy.engines.reference.truths import Cells
from supportpolicy.expr.evidence import cell_text, open_span_text, span_text, stretches_text
from supportpolicy.expr.nodes import Target, Within, moment_field
from supportpolicy.model.cell import NEVER, Elapsed, Never
from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import Evidence
from supportpolicy.model.instant import Instant, format_instant, format_us
from supportpolicy.model.limit import AsAgreed, BusinessDays, EndOfBusinessDay, OpenTime
from supportpolicy.model.verdict import Verdict

_Told: TypeAlias = Iterator[tuple[str, str | int | None]]


def compile_clock_evidence(node: Within, slots: Mapping[str, int], calendars: Calendars) -> Callable[[Cells], Evidence]:
    """The closure that tells start, stop, the limit and what chose it, when it ran out, what accrued and when."""
    read = compile_clock(node, slots, calendars)
    choose, ask = compile_choice(node.limit, slots), compile_asked(node.limit, slots)

    def show(cells: Cells) -> Evidence:
        clock, chosen = read(cells), choose(cells)
        told = dict(_found(clock, node))
        if isinstance(chosen, Target):
            told.update(_promised(chosen))
        if asked := ask(cells):
            told["chosen"] = asked
        told["as_of"] = format_us(audit_instant(cells))
        if clock.basis is not None:
            told["basis"] = clock.basis.value
        if isinstance(chosen, Target) and isinstance(chosen.cell, AsAgreed):
            told["due"] = cell_text(cells[slots[chosen.cell.field]])
        if clock.measure is not None and isinstance(clock.start, Instant):
            told.update(_measured(clock, clock.measure, clock.start, audit_instant(cells)))
        return told

    return show


def _found(clock: Clock, node: Within) -> _Told:
    yield "start_field", moment_field(node.start) if clock.from_submission else "first customer message"
    yield "stop_field", moment_field(node.stop)
    yield "start", _found_text(clock.start)
    yield "stop", None if clock.stop is None else _found_text(clock.stop)


def _promised(target: Target) -> _Told:
    yield "limit", target.text
    match target.cell:
        case OpenTime(_, calendar) | BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar):
            yield "calendar", calendar
        case _:
            pass


def _measured(clock: Clock, measure: Measure, start: Instant, audit: int) -> _Told:
    due, last_in_time = measure.runs_out(start)
    if due is not None:
        yield "due", format_instant(due)
    if last_in_time is not None:
        yield "last_in_time", format_instant(last_in_time)
    left = measure.left(start, audit) if clock.outcome.verdict is Verdict.OPEN and clock.stop is NEVER else None
    if isinstance(measure, ByInstant):
        if left is not None:
            yield "left", format_duration(left)
        return
    words = span_text if isinstance(measure, Always) else open_span_text
    match clock.stop:
        case Instant(lo, hi) if hi >= start.lo:
            yield from _accrued(measure, start, lo, hi)
        case Elapsed(lo, hi, _):
            yield "accrued", words(lo, hi)
        case Never():
            yield from _accrued(measure, start, audit, audit)
        case _:
            pass
    if left is not None:
        yield "left", words(left, left)


def _accrued(measure: Always | OnCalendar, start: Instant, lo: int, hi: int) -> _Told:
    """What accrued up to a stop between two instants, and the stretches of open time in which it did."""
    span = measure.between(start, lo, hi)
    if span is None:
        return
    if isinstance(measure, Always):
        yield "accrued", span_text(*span)
        return
    yield "accrued", open_span_text(*span)
    if stretches := tuple(measure.table.intervals(start.lo, hi)):
        yield "intervals", stretches_text(stretches)


def _found_text(found: Found) -> str | None:
    if isinstance(found, Perhaps):
        last = "never" if found.hi is None else format_us(found.hi)
        return f"{format_us(found.lo)}..{last} (unknown: {found.doubt.reason.value} {found.doubt.field})"
    return cell_text(found)
