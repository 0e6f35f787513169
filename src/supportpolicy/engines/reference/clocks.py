"""Clocks: when one started and stopped, and what follows from it (docs/semantics.md, section 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, asked_instant, audit_instant
from supportpolicy.engines.reference.facts_then import compile_then
from supportpolicy.engines.reference.limits import compile_limit
from supportpolicy.engines.reference.measures import Always, ByInstant, Judged, Measure, OnCalendar, WithPauses, beyond
from supportpolicy.engines.reference.moments import compile_start, compile_stop
from supportpolicy.engines.reference.not_before import Sooner
from supportpolicy.engines.reference.only_in import Closing, compile_only_in
from supportpolicy.engines.reference.outermost import Found, Perhaps
from supportpolicy.engines.reference.promises import Measured
from supportpolicy.expr.nodes import Clock as ClockNode
from supportpolicy.expr.nodes import NotBefore, OnlyIn, Within, moment_field
from supportpolicy.model.cell import NEVER, Elapsed, Never, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.verdict import NOT_APPLICABLE, Basis, Outcome, unknown


class Clock(NamedTuple):
    """A clock as it was found: its start and stop, by what it is judged, and what follows.

    `measure` is None where the clock never started, or nothing is promised. `begun` is the start, moved to an opening where
    the rule asks for that. `then` are the cells with the values that chose the limit. `start_name` and `stop_name` are the
    moments that started and stopped it.
    """

    outcome: Outcome
    start: Found
    stop: Found | None
    measure: Measure | None
    basis: Basis | None
    then: Cells
    start_name: str
    stop_name: str
    begun: Instant | None = None


_Read: TypeAlias = tuple[Outcome, Found, Found | None, Measure | None, Basis | None, Cells, str, str, Instant | None]
"""What makes a clock; most are asked for their outcome alone."""

Finding: TypeAlias = Callable[[Cells, Instant, Instant | None], tuple[Measured, Cells]]
"""What the clock is judged by that started and stopped then, and the cells that chose it."""


def compile_clock(node: Within | NotBefore, frame: Frame) -> Callable[[Cells], Clock]:
    """The closure that reads the clock of a ticket."""
    find = _compile(node, frame)
    return lambda cells: Clock(*find(cells))


def compile_outcome(node: Within | NotBefore, frame: Frame) -> Callable[[Cells], Outcome]:
    """The closure that says what follows from the clock of a ticket, whatever else there is to tell of it."""
    find = _compile(node, frame)
    return lambda cells: find(cells)[0]


def _compile(node: Within | NotBefore, frame: Frame) -> Callable[[Cells], _Read]:
    find_start, find_stop = compile_start(node.start, frame, node.stop), compile_stop(node.stop, frame)
    find_measure, name = compile_measure(node, frame), moment_field(node.stop)
    vendor_start = frame.slots.get("submitted")
    sooner, opening = isinstance(node, NotBefore), node.opening if isinstance(node, Within) else ""
    opens = frame.calendars[opening].next_opening if opening else None

    def read(cells: Cells) -> _Read:
        start, start_basis, start_name = find_start(cells)
        if not isinstance(start, Instant):
            return _not_started(start, start_name), start, None, None, start_basis, cells, start_name, name, None
        stop, basis, stop_name = find_stop(cells, start)
        own = vendor_start is not None and start is cells[vendor_start]
        stopped = stop if isinstance(stop, Instant) else None
        measure, then = find_measure(cells, start, stopped)
        begun = start if opens is None else _opening(start, opens)
        if isinstance(measure, Outcome) or begun is None:
            outcome = measure if isinstance(measure, Outcome) else beyond(opening)
            return outcome, start, stop, None, basis, then, start_name, stop_name, None
        if stopped is not None and stopped.hi < start.lo:  # it certainly precedes its start
            outcome = unknown(Reason.CONTRADICTORY, name)
        else:
            asked: Asked = Sooner(measure) if sooner else measure
            outcome = judged(cells, begun, stop if begun is start else _since(begun, stop), asked, name, own)
        return outcome, start, stop, measure, basis, then, start_name, stop_name, begun

    return read


def compile_measure(node: ClockNode, frame: Frame) -> Finding:
    """The closure that finds by what a clock is judged."""
    if isinstance(node.pause, OnlyIn):
        return _closing(compile_measure(replace(node, pause=None), frame), compile_only_in(node.pause, frame))
    find_measure = compile_limit(node.limit, frame, node.pause)
    if not any(when != "export" for _, when in node.as_of):
        return lambda cells, _start, _stop: (find_measure(cells), cells)
    put = compile_then(node.as_of, frame)

    def find(cells: Cells, start: Instant, stop: Instant | None) -> tuple[Measured, Cells]:
        then = put(cells, start, stop)
        return find_measure(then), then

    return find


def _closing(find_measure: Finding, close: Closing) -> Finding:
    def find(cells: Cells, start: Instant, stop: Instant | None) -> tuple[Measured, Cells]:
        measure, then = find_measure(cells, start, stop)
        return close(measure, cells, start), then

    return find


def _opening(start: Instant, opens: Callable[[int], int | None]) -> Instant | None:
    lo, hi = opens(start.lo), opens(start.hi)
    return None if lo is None or hi is None else Instant(lo, hi)


def _not_started(start: Elapsed | Perhaps | Never | Unknown, name: str) -> Outcome:
    if start is NEVER:
        return NOT_APPLICABLE
    if isinstance(start, Elapsed):
        return unknown(Reason.OTHER_CLOCK, name)
    doubt = start.doubt if isinstance(start, Perhaps) else start
    return unknown(doubt.reason, doubt.field)


def _since(begun: Instant, stop: Found) -> Found:
    """A stop before the opening to which the start was moved takes no time."""
    return Instant(max(stop.lo, begun.lo), max(stop.hi, begun.lo)) if isinstance(stop, Instant) else stop


Asked: TypeAlias = Measure | Sooner
"""A limit that is asked whether the stop came in time, or whether it came too soon."""


def judged(cells: Cells, start: Instant, stop: Found, asked: Asked, name: str, from_submission: bool) -> Outcome:
    """What follows from a start and a stop."""
    if isinstance(stop, Instant):
        stopped = asked.stopped(start, stop.lo, stop.hi, name)
        if stop.hi <= audit_instant(cells):
            return stopped
        return _agreed(stopped, asked.running(start, instants(cells), name), name)
    if stop is NEVER:
        return asked.running(start, instants(cells), name)
    if isinstance(stop, Unknown):
        return unknown(stop.reason, stop.field)
    if isinstance(stop, Perhaps):
        first = max(stop.lo, start.lo)
        early = asked.stopped(start, first, first, name)
        if stop.hi is None:
            late = asked.running(start, instants(cells), name)
        else:
            last = max(stop.hi, start.lo)
            late = asked.stopped(start, last, last, name)
        return early if early == late else unknown(stop.doubt.reason, stop.doubt.field)
    measure = asked.measure if isinstance(asked, Sooner) else asked
    if isinstance(measure, ByInstant | WithPauses) or stop.clock != measure.calendar or not from_submission:
        return unknown(Reason.OTHER_CLOCK, name)
    measured = (Sooner(measure) if isinstance(asked, Sooner) else measure).accrued(stop.lo, stop.hi, name)
    if stop.clock != ALWAYS or start.hi + stop.hi <= audit_instant(cells):
        return measured
    return _agreed(measured, asked.running(start, instants(cells), name), name)


def instants(cells: Cells) -> Judged:
    """The instants at which a running clock is judged."""
    return Judged(audit_instant(cells), asked_instant(cells))


def late_by(clock: Clock, cells: Cells) -> int:
    """By how much the limit was certainly exceeded up to T, in microseconds, on a clock that failed: it stopped late, or ran
    on to T."""
    start, measure = clock.begun, clock.measure
    assert start is not None
    assert measure is not None
    audit = audit_instant(cells)
    match clock.stop:
        case Instant(lo, _):
            return measure.late(start, min(lo, audit))
        case Elapsed(lo, hi, calendar):
            assert isinstance(measure, Always | OnCalendar)  # with any other it was measured on another clock
            least = lo - measure.us  # wherever the start lies, be it beyond what the calendar knows
            runs_on = calendar == ALWAYS and start.hi + hi > audit
            return min(least, measure.late(start, audit)) if runs_on else least
        case Perhaps(lo, _, _):
            return measure.late(start, min(max(lo, start.lo), audit))
        case _:
            return measure.late(start, audit)


def compile_lateness(node: Within, frame: Frame) -> Callable[[Cells], int]:
    """The closure that says how late a ticket was that failed."""
    read = compile_clock(node, frame)
    return lambda cells: late_by(read(cells), cells)


def _agreed(one: Outcome, other: Outcome, name: str) -> Outcome:
    return one if one == other else unknown(Reason.TOO_COARSE, name)
