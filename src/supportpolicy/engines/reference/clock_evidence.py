"""What a person needs to add a clock up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.clocks import Clock, compile_clock
from supportpolicy.engines.reference.each_clock import compile_clocks
from supportpolicy.engines.reference.limits import compile_asked, compile_choice
from supportpolicy.engines.reference.measures import Always, ByInstant, Measure, OnCalendar, WithPauses
from supportpolicy.engines.reference.moments import Found, Perhaps
from supportpolicy.expr.evidence import cell_text, open_span_text, span_text, stretches_text
from supportpolicy.expr.nodes import Clock as ClockNode
from supportpolicy.expr.nodes import EachWithin, NotBefore, Promise, Within, moment_field
from supportpolicy.model.cell import NEVER, Elapsed, Never, Reason, Unknown
from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import Evidence
from supportpolicy.model.instant import Instant, format_instant, format_us
from supportpolicy.model.limit import ALWAYS, AsAgreed, BusinessDays, EndOfBusinessDay, OpenTime
from supportpolicy.model.running import Running
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.verdict import Verdict

_Told: TypeAlias = Iterator[tuple[str, str | int | None]]


def compile_clock_evidence(node: Within | NotBefore, frame: Frame) -> Callable[[Cells], Evidence]:
    """The closure that tells start, stop, the limit and what chose it, when it ran out, what accrued and when."""
    read, tell = compile_clock(node, frame), _compile_telling(node, frame)
    start_name, stop_name = moment_field(node.start), moment_field(node.stop)

    def show(cells: Cells) -> Evidence:
        clock = read(cells)
        return dict(tell(clock, start_name if clock.from_submission else "first customer message", stop_name, cells))

    return show


def compile_clocks_evidence(node: EachWithin, frame: Frame) -> Callable[[Cells], Evidence]:
    """The closure that tells of the clock that decided, how many there were, and how many were late."""
    read, tell, events = compile_clocks(node, frame), _compile_telling(node, frame), frame.slots["events"]

    def show(cells: Cells) -> Evidence:
        found = read(cells)
        told: dict[str, str | int | None]
        if (worst := found.worst) is None:
            told = {"start_field": node.start.kind, "stop_field": node.stop.kind, "start": None, "stop": None}
            lack = found.outcome.reason is not None and not isinstance(cells[events], Unknown)
            told["start"] = f"unknown: {found.outcome.reason}" if lack else cell_text(cells[events])
            if found.outcome.reason is None:
                told["start"] = None
            told["as_of"] = format_us(audit_instant(cells))
        else:
            told = dict(tell(found.clocks[worst], node.start.kind, found.stopped_by[worst], cells))
        late = sum(clock.outcome.verdict is Verdict.FAIL for clock in found.clocks)
        return {**told, "clocks": len(found.clocks), "late": late}

    return show


def _compile_telling(node: ClockNode, frame: Frame) -> Callable[[Clock, str, str, Cells], _Told]:
    choose, ask = compile_choice(node.limit, frame), compile_asked(node.limit, frame, node.as_of)
    sooner = isinstance(node, NotBefore)

    def tell(clock: Clock, start_name: str, stop_name: str, cells: Cells) -> _Told:
        chosen = choose(clock.then)
        yield "start_field", start_name
        yield "stop_field", stop_name
        yield "start", _found_text(clock.start)
        yield "stop", None if clock.stop is None else _found_text(clock.stop)
        if clock.begun is not None and clock.begun is not clock.start:
            yield "counted_from", format_instant(clock.begun)
        if isinstance(chosen, Promise):
            yield from _promised(chosen)
        if asked := ask(clock.then):
            yield "chosen", asked
        yield "as_of", format_us(audit_instant(cells))
        if clock.basis is not None:
            yield "basis", clock.basis.value
        if isinstance(chosen, Promise) and isinstance(chosen.cell, AsAgreed):
            yield "due", cell_text(cells[frame.slots[chosen.cell.field]])
        if clock.measure is not None and clock.begun is not None:
            yield from _measured(clock, clock.measure, clock.begun, audit_instant(cells), sooner)

    return tell


def _promised(promise: Promise) -> _Told:
    yield "limit", promise.text
    match promise.cell:
        case OpenTime(_, calendar) | BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar):
            yield "calendar", calendar
        case _:
            pass


def _measured(clock: Clock, measure: Measure, start: Instant, audit: int, sooner: bool) -> _Told:
    due, last_in_time = measure.runs_out(start)
    if due is not None:
        yield "due", format_instant(due)
    if last_in_time is not None and not sooner:
        yield "last_in_time", format_instant(last_in_time)
    is_open = clock.outcome.verdict is Verdict.OPEN and clock.stop is NEVER
    if isinstance(measure, ByInstant):
        if is_open and due is not None:
            yield "left", format_duration((due.hi if sooner else due.lo) - audit)
        return
    words = span_text if measure.calendar == ALWAYS else open_span_text
    match clock.stop:
        case Instant(lo, hi) if hi >= start.lo:
            yield from _accrued(measure, start, lo, hi)
        case Instant() if (
            clock.outcome.reason is not Reason.CONTRADICTORY
        ):  # before the opening to which the start moved
            yield "accrued", words(0, 0)
        case Elapsed(lo, hi, _):
            yield "accrued", words(lo, hi)
        case Never():
            yield from _accrued(measure, start, audit, audit)
        case _:
            pass
    span = measure.between(start, audit, audit) if is_open else None
    if span is not None:
        left = measure.us - span[0 if sooner else 1]
        yield "left", words(left, left)


def _accrued(measure: Always | OnCalendar | WithPauses, start: Instant, lo: int, hi: int) -> _Told:
    """What accrued up to a stop between two instants, how long the clock stood, and the stretches that count."""
    span = measure.between(start, lo, hi)
    if span is None:
        return
    if isinstance(measure, Always):
        yield "accrued", span_text(*span)
        return
    words = span_text if measure.calendar == ALWAYS else open_span_text
    yield "accrued", words(*span)
    clock: StepTable | Running = measure.table if isinstance(measure, OnCalendar) else measure.fewest
    if isinstance(measure, WithPauses) and (paused := measure.paused(start, lo, hi)) is not None:
        yield "paused", words(*paused)
    if stretches := tuple(clock.intervals(start.lo, hi)):
        yield "intervals", stretches_text(stretches)


def _found_text(found: Found) -> str | None:
    if isinstance(found, Perhaps):
        last = "never" if found.hi is None else format_us(found.hi)
        return f"{format_us(found.lo)}..{last} (unknown: {found.doubt.reason.value} {found.doubt.field})"
    return cell_text(found)
