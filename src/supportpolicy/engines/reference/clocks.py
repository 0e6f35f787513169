"""Deadlines: when a clock started and stopped, and what follows from it (docs/semantics.md, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from supportpolicy.engines.reference.limits import Calendars, compile_limit
from supportpolicy.engines.reference.measures import ByInstant, Judged, Measure
from supportpolicy.engines.reference.moments import Found, Perhaps, audit_instant, compile_start, compile_stop
from supportpolicy.engines.reference.truths import AS_OF, Cells
from supportpolicy.expr.nodes import Submission, Within, moment_field
from supportpolicy.model.cell import Elapsed, Never, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.verdict import NOT_APPLICABLE, Basis, Outcome, unknown


class Clock(NamedTuple):
    """A clock as it was found: its start and stop, by what it is judged, and what follows. `measure` is None where the clock
    never started, or nothing is promised."""

    outcome: Outcome
    start: Found
    stop: Found | None
    measure: Measure | None
    basis: Basis | None
    from_submission: bool = True


def compile_clock(node: Within, slots: Mapping[str, int], calendars: Calendars) -> Callable[[Cells], Clock]:
    """The closure that reads the clock of a ticket."""
    find_start, find_stop = compile_start(node.start, slots), compile_stop(node.stop, slots)
    find_measure, stop_name = compile_limit(node.limit, slots, calendars), moment_field(node.stop)
    vendor_start = slots.get("submitted")
    from_field = not isinstance(node.start, Submission)

    def read(cells: Cells) -> Clock:
        start, start_basis = find_start(cells)
        if not isinstance(start, Instant):
            return Clock(_not_started(start, moment_field(node.start)), start, None, None, start_basis)
        stop, basis = find_stop(cells, start)
        from_submission = vendor_start is not None and start is cells[vendor_start]
        measure = find_measure(cells)
        if isinstance(measure, Outcome):
            return Clock(measure, start, stop, None, basis, from_submission or from_field)
        outcome = _outcome(cells, start, stop, measure, stop_name, from_submission)
        return Clock(outcome, start, stop, measure, basis, from_submission or from_field)

    return read


def _not_started(start: Elapsed | Perhaps | Never | Unknown, name: str) -> Outcome:
    match start:
        case Unknown(reason, field):
            return unknown(reason, field)
        case Never():
            return NOT_APPLICABLE
        case Perhaps():
            return unknown(start.doubt.reason, start.doubt.field)
        case Elapsed():
            return unknown(Reason.OTHER_CLOCK, name)


def _outcome(cells: Cells, start: Instant, stop: Found, measure: Measure, name: str, from_submission: bool) -> Outcome:
    match stop:
        case Instant():
            stopped = measure.stopped(start, stop.lo, stop.hi, name)
            if stop.hi <= audit_instant(cells):
                return stopped
            return _agreed(stopped, measure.running(start, _instants(cells), name), name)
        case Elapsed(lo, hi, clock):
            if isinstance(measure, ByInstant) or clock != measure.calendar or not from_submission:
                return unknown(Reason.OTHER_CLOCK, name)
            measured = measure.accrued(lo, hi, name)
            if clock != ALWAYS or start.hi + hi <= audit_instant(cells):
                return measured
            return _agreed(measured, measure.running(start, _instants(cells), name), name)
        case Perhaps(lo, hi, doubt):
            early = measure.stopped(start, max(lo, start.lo), max(lo, start.lo), name)
            late = (
                measure.running(start, _instants(cells), name) if hi is None else measure.stopped(start, hi, hi, name)
            )
            return early if early == late else unknown(doubt.reason, doubt.field)
        case Unknown(reason, field):
            return unknown(reason, field)
        case Never():
            return measure.running(start, _instants(cells), name)


def _instants(cells: Cells) -> Judged:
    as_of = cells[AS_OF]
    assert isinstance(as_of, int)
    return Judged(audit_instant(cells), as_of)


def compile_lateness(node: Within, slots: Mapping[str, int], calendars: Calendars) -> Callable[[Cells], int]:
    """The closure that says by how much the limit was certainly exceeded up to T, in microseconds, of a ticket that failed,
    be it that the clock stopped or that it ran on to T."""
    read = compile_clock(node, slots, calendars)

    def late(cells: Cells) -> int:
        clock = read(cells)
        start, measure = clock.start, clock.measure
        assert isinstance(start, Instant)
        assert measure is not None
        audit = audit_instant(cells)
        match clock.stop:
            case Instant(lo, _):
                return measure.late(start, min(lo, audit))
            case Elapsed(lo, hi, calendar):
                least = measure.late(start, start.hi) + lo
                runs_on = calendar == ALWAYS and start.hi + hi > audit
                return min(least, measure.late(start, audit)) if runs_on else least
            case Perhaps(lo, _, _):
                return measure.late(start, min(max(lo, start.lo), audit))
            case _:
                return measure.late(start, audit)

    return late


def _agreed(one: Outcome, other: Outcome, name: str) -> Outcome:
    return one if one == other else unknown(Reason.TOO_COARSE, name)
