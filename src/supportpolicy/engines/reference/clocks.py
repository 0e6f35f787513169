"""Deadlines: how much accrued, and what follows from it (docs/semantics.md, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from supportpolicy.engines.reference.moments import Found, Perhaps, audit_instant, compile_start, compile_stop
from supportpolicy.engines.reference.truths import AS_OF, Cells
from supportpolicy.expr.evidence import cell_text, span_text
from supportpolicy.expr.nodes import Limit, Submission, Within, moment_field
from supportpolicy.model.cell import Elapsed, Never, Reason, Unknown
from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import Evidence
from supportpolicy.model.instant import Instant, format_instant, format_us
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Basis, Outcome, Verdict, unknown


class Clock(NamedTuple):
    """A clock as it was found: its start and stop, and what they mean for the limit."""

    outcome: Outcome
    start: Found
    stop: Found | None
    basis: Basis | None
    from_submission: bool = True


def compile_clock(node: Within, slots: Mapping[str, int]) -> Callable[[Cells], Clock]:
    """The closure that reads the clock of a ticket."""
    find_start, find_stop = compile_start(node.start, slots), compile_stop(node.stop, slots)
    limit, stop_name = node.limit, moment_field(node.stop)
    vendor_start = slots.get("submitted")

    from_field = not isinstance(node.start, Submission)

    def read(cells: Cells) -> Clock:
        start, start_basis = find_start(cells)
        if not isinstance(start, Instant):
            return Clock(_not_started(start, moment_field(node.start)), start, None, start_basis)
        stop, basis = find_stop(cells, start)
        from_submission = vendor_start is not None and start is cells[vendor_start]
        outcome = _outcome(cells, start, stop, limit, stop_name, from_submission)
        return Clock(outcome, start, stop, basis, from_submission or from_field)

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


def _outcome(cells: Cells, start: Instant, stop: Found, limit: Limit, name: str, from_submission: bool) -> Outcome:
    match stop:
        case Instant():
            stopped = _stopped(start, stop.lo, stop.hi, limit, name)
            return (
                stopped
                if stop.hi <= audit_instant(cells)
                else _agreed(stopped, _running(cells, start, limit, name), name)
            )
        case Elapsed(lo, hi, clock):
            if clock != limit.calendar or not from_submission:
                return unknown(Reason.OTHER_CLOCK, name)
            measured = _accrued(lo, hi, limit, name)
            if start.hi + hi <= audit_instant(cells):
                return measured
            return _agreed(measured, _running(cells, start, limit, name), name)
        case Perhaps(lo, hi, doubt):
            early = _stopped(start, max(lo, start.lo), max(lo, start.lo), limit, name)
            late = _running(cells, start, limit, name) if hi is None else _stopped(start, hi, hi, limit, name)
            return early if early == late else unknown(doubt.reason, doubt.field)
        case Unknown(reason, field):
            return unknown(reason, field)
        case Never():
            return _running(cells, start, limit, name)


def _stopped(start: Instant, lo: int, hi: int, limit: Limit, name: str) -> Outcome:
    if hi < start.lo:
        return unknown(Reason.CONTRADICTORY, name)
    return _accrued(max(0, lo - start.hi), hi - start.lo, limit, name)


def _accrued(least: int, greatest: int, limit: Limit, name: str) -> Outcome:
    """No later than is inclusive."""
    if greatest <= limit.amount:
        return PASS
    return FAIL if least > limit.amount else unknown(Reason.TOO_COARSE, name)


def _running(cells: Cells, start: Instant, limit: Limit, name: str) -> Outcome:
    """A clock that has not stopped up to T fails when every later instant would exceed the limit."""
    audit, as_of = audit_instant(cells), cells[AS_OF]
    assert isinstance(as_of, int)
    if audit >= start.hi + limit.amount:
        return FAIL
    if as_of >= start.lo + limit.amount > audit:
        return unknown(Reason.STALE_EXPORT, name)
    return OPEN if audit < start.lo + limit.amount else unknown(Reason.TOO_COARSE, name)


def compile_lateness(node: Within, slots: Mapping[str, int]) -> Callable[[Cells], int]:
    """The closure that says by how much the limit was certainly exceeded up to T, in microseconds, of a ticket that failed:
    what accrued at the least, be it that the clock stopped or that it ran on to T, beyond the limit."""
    read, limit = compile_clock(node, slots), node.limit.amount

    def late(cells: Cells) -> int:
        clock = read(cells)
        assert isinstance(clock.start, Instant)
        waited = audit_instant(cells) - clock.start.hi
        match clock.stop:
            case Instant(lo, _):
                least = min(lo - clock.start.hi, waited)
            case Elapsed(lo, _, _):
                least = min(lo, waited) if clock.start.hi + clock.stop.hi > audit_instant(cells) else lo
            case Perhaps(lo, _, _):
                least = min(max(lo, clock.start.lo) - clock.start.hi, waited)
            case _:
                least = waited
        return least - limit

    return late


def _agreed(one: Outcome, other: Outcome, name: str) -> Outcome:
    return one if one == other else unknown(Reason.TOO_COARSE, name)


def clock_evidence(clock: Clock, node: Within, cells: Cells) -> Evidence:
    """What a person needs to add the clock up."""
    limit = node.limit
    evidence: dict[str, str | int | None] = {
        "start_field": moment_field(node.start) if clock.from_submission else "first customer message",
        "stop_field": moment_field(node.stop),
        "start": _found_text(clock.start),
        "stop": None if clock.stop is None else _found_text(clock.stop),
        "limit": limit.text,
        "calendar": limit.calendar,
        "as_of": format_us(audit_instant(cells)),
    }
    if clock.basis is not None:
        evidence["basis"] = clock.basis.value
    start = clock.start
    if isinstance(start, Instant):
        due = Instant(start.lo + limit.amount, start.hi + limit.amount)
        evidence["due"] = evidence["last_in_time"] = format_instant(due)
        span = _accrued_span(start, clock.stop)
        if span is not None:
            evidence["accrued"] = span_text(*span)
        elif isinstance(clock.stop, Never):
            waited = audit_instant(cells)
            evidence["accrued"] = span_text(max(0, waited - start.hi), max(0, waited - start.lo))
            if clock.outcome.verdict is Verdict.OPEN:
                evidence["left"] = format_duration(due.lo - waited)
    return evidence


def _accrued_span(start: Instant, stop: Found | None) -> tuple[int, int] | None:
    match stop:
        case Instant(lo, hi) if hi >= start.lo:
            return max(0, lo - start.hi), hi - start.lo
        case Elapsed(lo, hi, _):
            return lo, hi
        case _:
            return None


def _found_text(found: Found) -> str | None:
    if isinstance(found, Perhaps):
        last = "never" if found.hi is None else format_us(found.hi)
        return f"{format_us(found.lo)}..{last} (unknown: {found.doubt.reason.value} {found.doubt.field})"
    return cell_text(found)
