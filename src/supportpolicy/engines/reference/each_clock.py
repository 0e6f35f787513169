"""Clocks that start again and again: each later response, each update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from supportpolicy.engines.reference.cells import Cells, Frame
from supportpolicy.engines.reference.clocks import Clock, compile_measure, judged, late_by
from supportpolicy.engines.reference.happenings import NOT_ALL, Happening, History, compile_history
from supportpolicy.engines.reference.moments import Found, Perhaps, compile_start
from supportpolicy.expr.nodes import EachWithin, moment_field
from supportpolicy.model.cell import NEVER, Elapsed, Event, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import NOT_APPLICABLE, Basis, Outcome, Verdict, unknown

_WEIGHTS: Final = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.OPEN, Verdict.UNKNOWN, Verdict.FAIL)


class Ran(NamedTuple):
    """One clock: its start, its stop, and what stopped it."""

    start: Instant
    stop: Found
    stopped_by: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """All clocks of a ticket in their order, and the verdict on them together; no clocks where the record does not show
    them."""

    outcome: Outcome
    clocks: tuple[Clock, ...]
    stopped_by: tuple[str, ...] = ()

    @property
    def worst(self) -> int | None:
        """The number of the clock that decided, the first of equals; None where none started."""
        return max(range(len(self.clocks)), key=lambda n: (_weight(self.clocks[n]), -n), default=None)


def compile_clocks(node: EachWithin, frame: Frame) -> Callable[[Cells], Clocks]:
    """The closure that reads the clocks of a ticket."""
    find_starts, find_stops = compile_history(node.start, frame), compile_history(node.stop, frame)
    find_until = compile_start(node.until, frame) if node.until is not None else None
    until_name = moment_field(node.until) if node.until is not None else ""
    find_measure, name = compile_measure(node, frame), node.stop.kind

    def judge(cells: Cells, ran: Ran) -> Clock:
        stop = ran.stop if isinstance(ran.stop, Instant) else None
        measure, then = find_measure(cells, ran.start, stop)
        if isinstance(measure, Outcome):
            return Clock(measure, ran.start, ran.stop, None, Basis.EVENTS, then)
        outcome = judged(cells, ran.start, ran.stop, measure, name, False)
        return Clock(outcome, ran.start, ran.stop, measure, Basis.EVENTS, then, True, ran.start)

    def all_of(
        cells: Cells, starts: History, stops: History, until: Instant | None, cut: int | None, sure: bool
    ) -> Clocks:
        steps = _steps(starts, stops, sure, cut)
        ran = list(_run(steps, until, name, until_name))
        clocks = tuple(judge(cells, one) for one in ran)
        outcome = max((clock for clock in clocks), key=_weight, default=None)
        told = NOT_APPLICABLE if outcome is None else outcome.outcome
        return Clocks(told, clocks, tuple(one.stopped_by for one in ran))

    def read(cells: Cells) -> Clocks:
        starts, stops = find_starts(cells), find_stops(cells)
        if isinstance(starts, Unknown) or isinstance(stops, Unknown):
            lack = starts if isinstance(starts, Unknown) else stops
            assert isinstance(lack, Unknown)
            return Clocks(unknown(lack.reason, lack.field), ())
        if not starts.complete:
            return Clocks(unknown(NOT_ALL.reason, NOT_ALL.field), ())
        starts, stops = History(True, tuple(starts.happenings)), History(True, _placed(stops, starts))
        until = find_until(cells)[0] if find_until is not None else NEVER
        ends = until if isinstance(until, Instant) else None
        found = all_of(cells, starts, stops, ends, None if ends is None else ends.lo, True)
        if found.outcome is NOT_APPLICABLE and not any(h.doubt for h in (*starts.happenings, *stops.happenings)):
            return found
        if not isinstance(until, Instant) and until is not NEVER:
            return Clocks(_until_unknown(until, until_name), found.clocks, found.stopped_by)
        doubt = next((h.doubt for h in (*starts.happenings, *stops.happenings) if h.doubt is not None), None)
        if (
            doubt is not None
            and all_of(cells, starts, stops, ends, None if ends is None else ends.lo, False).outcome != found.outcome
        ):
            return Clocks(unknown(doubt.reason, doubt.field), found.clocks, found.stopped_by)
        if (
            ends is not None
            and not ends.exact
            and all_of(cells, starts, stops, ends, ends.hi, True).outcome != found.outcome
        ):
            return Clocks(unknown(Reason.TOO_COARSE, until_name), found.clocks, found.stopped_by)
        return found

    return read


def compile_latest(node: EachWithin, frame: Frame) -> Callable[[Cells], int]:
    """The closure that says how late a ticket was that failed: of its clocks the latest counts."""
    read = compile_clocks(node, frame)

    def late(cells: Cells) -> int:
        return max(late_by(c, cells) for c in read(cells).clocks if c.outcome.verdict is Verdict.FAIL)

    return late


def _weight(clock: Clock) -> int:
    return _WEIGHTS.index(clock.outcome.verdict)


def _until_unknown(until: Elapsed | Perhaps | Unknown, name: str) -> Outcome:
    match until:
        case Unknown(reason, field):
            return unknown(reason, field)
        case Perhaps():
            return unknown(until.doubt.reason, until.doubt.field)
        case Elapsed():
            return unknown(Reason.OTHER_CLOCK, name)


# --- in the order of time ---------------------------------------------------------------------------------------------
class _Step(NamedTuple):
    """An event that starts a clock, stops one, or both."""

    event: Event
    starts: bool
    stops: bool


def _placed(stops: History, starts: History) -> tuple[Happening, ...]:
    """The stops; one whose order with a start is not known, since neither is exact, may be none."""
    return tuple(
        Happening(event, doubt if doubt is not None else _order(event, starts), order)
        for event, doubt, order in stops.happenings
    )


def _order(event: Event, starts: History) -> Unknown | None:
    for other, _, _ in starts.happenings:
        coarse = not (event.at.exact and other.at.exact)
        if other is not event and coarse and event.at.lo <= other.at.hi and other.at.lo <= event.at.hi:
            return Unknown(Reason.TOO_COARSE, "events")
    return None


def _steps(starts: History, stops: History, sure: bool, cut: int | None) -> Sequence[_Step]:
    """The events in their order up to `cut`: those that are certain, or all, and then each stop after the starts with which
    it may be simultaneous."""
    starting = {n: event for event, doubt, n in starts.happenings if doubt is None or not sure}
    stopping = {n: event for event, doubt, n in stops.happenings if doubt is None or not sure}
    known = {**starting, **stopping}

    def place(n: int) -> tuple[int, int, int]:
        at = known[n].at
        if n in starting or at.exact:
            return at.lo, 0, n
        simultaneous = [other.at.lo for other in starting.values() if other.at.lo <= at.hi and at.lo <= other.at.hi]
        return max([at.lo, *simultaneous]), 1, n

    return [
        _Step(known[n], n in starting, n in stopping)
        for n in sorted(known, key=place)
        if cut is None or known[n].at.lo < cut
    ]


def _run(steps: Sequence[_Step], until: Instant | None, stop_name: str, until_name: str) -> Iterator[Ran]:
    """The clocks, one after the other. An event that is both stops one clock and starts the next."""
    running: Instant | None = None
    for event, starts, stops in steps:
        if stops and running is not None:
            yield Ran(running, event.at, stop_name)
            running = None
        if starts and running is None:
            running = event.at
    if running is not None:
        yield Ran(running, NEVER, stop_name) if until is None else Ran(running, until, until_name)
