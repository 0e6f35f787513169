"""Clocks that start again and again: each later response, each update."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from supportpolicy.engines.reference.cells import Cells, Frame
from supportpolicy.engines.reference.clocks import Clock, compile_measure, judged, late_by
from supportpolicy.engines.reference.happenings import NOT_ALL, Happening, History, compile_history
from supportpolicy.engines.reference.kleene import Undecided
from supportpolicy.engines.reference.moments import compile_start
from supportpolicy.engines.reference.outermost import Found, Perhaps
from supportpolicy.engines.reference.placing import lies_after
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
    them. `clear`: it is certain that there were these and no others."""

    outcome: Outcome
    clocks: tuple[Clock, ...]
    clear: bool = False

    @property
    def counted(self) -> Counter[Verdict]:
        """How many clocks have which verdict."""
        return Counter(clock.outcome.verdict for clock in self.clocks)

    @property
    def worst(self) -> int | None:
        """The number of the clock that decided, the first of equals; None where none started."""
        return max(range(len(self.clocks)), key=lambda n: (_weight(self.clocks[n]), -n), default=None)


def compile_clocks(node: EachWithin, frame: Frame) -> Callable[[Cells], Clocks]:
    """The closure that reads the clocks of a ticket, for all that ask for them once."""
    return frame.shared(node, lambda: _compile_clocks(node, frame))


def _compile_clocks(node: EachWithin, frame: Frame) -> Callable[[Cells], Clocks]:
    find_starts, find_stops = compile_history(node.start, frame), compile_history(node.stop, frame)
    find_until = compile_start(node.until, frame) if node.until is not None else None
    until_name = moment_field(node.until) if node.until is not None else ""
    find_after = compile_start(node.after, frame) if node.after is not None else None
    after_name = moment_field(node.after) if node.after is not None else ""
    find_measure, name = compile_measure(node, frame), node.stop.name

    def judge(cells: Cells, ran: Ran) -> Clock:
        stop = ran.stop if isinstance(ran.stop, Instant) else None
        measure, then = find_measure(cells, ran.start, stop)
        if isinstance(measure, Outcome):
            return Clock(measure, ran.start, ran.stop, None, Basis.EVENTS, then, node.start.name, ran.stopped_by)
        outcome = judged(cells, ran.start, ran.stop, measure, name, False)
        return Clock(
            outcome, ran.start, ran.stop, measure, Basis.EVENTS, then, node.start.name, ran.stopped_by, ran.start
        )

    def run(cells: Cells, steps: Sequence[_Step], until: Instant | None, beside: Sequence[Ran] = ()) -> Clocks:
        ran = [*_run(steps, until, name, until_name), *beside]
        clocks = tuple(judge(cells, one) for one in ran)
        worst = max(clocks, key=_weight, default=None)
        outcome = NOT_APPLICABLE if worst is None else worst.outcome
        return Clocks(outcome, clocks)

    def read(cells: Cells) -> Clocks:
        starts, stops = find_starts(cells), find_stops(cells)
        if isinstance(starts, Unknown) or isinstance(stops, Unknown):
            lack = starts if isinstance(starts, Unknown) else stops
            assert isinstance(lack, Unknown)
            return Clocks(unknown(lack.reason, lack.field), ())
        if not starts.complete:
            return Clocks(unknown(NOT_ALL.reason, NOT_ALL.field), ())
        begun = tuple(starts.happenings)
        if find_after is not None:
            begun = tuple(_later(begun, find_after(cells)[0], after_name))
        line = _Line(begun, _placed(stops, begun), node.start == node.stop)
        until = find_until(cells)[0] if find_until is not None else NEVER
        ends = until if isinstance(until, Instant) else None
        found = run(cells, line.certain(None if ends is None else ends.lo), ends)
        if found.outcome is NOT_APPLICABLE and line.doubt is None:
            return replace(found, clear=True)
        if not isinstance(until, Instant) and until is not NEVER:
            return Clocks(_until_unknown(until, until_name), found.clocks)
        cuts = {None} if ends is None else {ends.lo, ends.hi}
        if line.doubt is not None:
            for cut in cuts:
                best = run(cells, line.best(cut), ends)
                worst = run(cells, line.worst(cut), ends, line.beside(cut, ends, name, until_name))
                if best.outcome != found.outcome or worst.outcome != found.outcome:
                    return Clocks(unknown(line.doubt.reason, line.doubt.field), found.clocks)
        later = [run(cells, line.certain(cut), ends) for cut in cuts if ends and cut != ends.lo]
        if any(one.outcome != found.outcome for one in later):
            return Clocks(unknown(Reason.TOO_COARSE, until_name), found.clocks)
        return replace(found, clear=line.doubt is None and all(one.counted == found.counted for one in later))

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
    """An event that starts a clock, stops one, or both; `links`: it starts one only where it has stopped one."""

    event: Event
    starts: bool
    stops: bool
    links: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """The events that start clocks and those that stop them. `same`: they are the same events."""

    starts: tuple[Happening, ...]
    stops: tuple[Happening, ...]
    same: bool

    @property
    def doubt(self) -> Unknown | None:
        """The first of what is in doubt."""
        doubtful = (h for h in (*self.starts, *self.stops) if h.doubt is not None)
        first = min(doubtful, key=lambda h: h.order, default=None)
        return None if first is None else first.doubt

    def certain(self, cut: int | None) -> Sequence[_Step]:
        """The steps if nothing counts that is in doubt."""
        return _steps(_sure(self.starts), _sure(self.stops), {}, cut)

    def best(self, cut: int | None) -> Sequence[_Step]:
        """The steps by which each clock is as short as it may be: all stops count, and of the starts those that are certain.
        What would be both only links two clocks, so that none starts with it before the first that is certain."""
        links = _unsure(self.starts).keys() & _unsure(self.stops).keys() if self.same else frozenset[int]()
        return _steps(_sure(self.starts), {h.order: h.event for h in self.stops}, links, cut)

    def worst(self, cut: int | None) -> Sequence[_Step]:
        """The steps by which each clock is as long as it may be: all starts count, and of the stops those that are certain.
        What may be both stands `beside` them."""
        both = _unsure(self.stops)
        starts = {h.order: h.event for h in self.starts if h.doubt is None or h.order not in both}
        return _steps(starts, _sure(self.stops), {}, cut)

    def beside(self, cut: int | None, until: Instant | None, stop_name: str, until_name: str) -> Sequence[Ran]:
        """A clock from each event that may be both a start and a stop, if no other such event is one."""
        both, certain = _unsure(self.stops), _sure(self.stops)
        orders = sorted(order for order, event in certain.items() if cut is None or event.at.lo < cut)
        found: list[Ran] = []
        for order, event in _unsure(self.starts).items():
            if order in both and (cut is None or event.at.lo < cut):
                place = bisect_right(orders, order)
                if place < len(orders):
                    found.append(Ran(event.at, certain[orders[place]].at, stop_name))
                else:
                    found.append(_unstopped(event.at, until, stop_name, until_name))
        return found


def _sure(happenings: Sequence[Happening]) -> dict[int, Event]:
    return {h.order: h.event for h in happenings if h.doubt is None}


def _unsure(happenings: Sequence[Happening]) -> dict[int, Event]:
    return {h.order: h.event for h in happenings if h.doubt is not None}


def _later(starts: Iterable[Happening], moment: Found, name: str) -> Iterator[Happening]:
    """The starts after a moment; one of which that is not known may be none."""
    for event, doubt, order in starts:
        later = lies_after(event.at, moment, name)
        if isinstance(later, Undecided):
            assert later.reason is not None  # no moment is waited for
            yield Happening(event, doubt or Unknown(later.reason, later.field), order)
        elif later:
            yield Happening(event, doubt, order)


def _placed(stops: History, begun: Sequence[Happening]) -> tuple[Happening, ...]:
    """The stops; one whose order with a start is not known, since the two are not exact, may be none."""
    told = tuple(stops.happenings)
    if all(event.at.exact for event, _, _ in (*told, *begun)):
        return told
    return tuple(Happening(event, doubt or _order(event, begun), order) for event, doubt, order in told)


def _order(event: Event, starts: Sequence[Happening]) -> Unknown | None:
    for other, _, _ in starts:
        coarse = not (event.at.exact and other.at.exact)
        if other is not event and coarse and event.at.lo <= other.at.hi and other.at.lo <= event.at.hi:
            return Unknown(Reason.TOO_COARSE, "events")
    return None


def _steps(
    starting: Mapping[int, Event], stopping: Mapping[int, Event], links: Collection[int], cut: int | None
) -> Sequence[_Step]:
    """The events in their order up to `cut`, each stop after the starts with which it may be simultaneous."""
    known = {**starting, **stopping}

    def place(n: int) -> tuple[int, int, int]:
        at = known[n].at
        if n in starting or at.exact:
            return at.lo, 0, n
        simultaneous = [other.at.lo for other in starting.values() if other.at.lo <= at.hi and at.lo <= other.at.hi]
        return max([at.lo, *simultaneous]), 1, n

    return [
        _Step(known[n], n in starting, n in stopping, n in links)
        for n in sorted(known, key=place)
        if cut is None or known[n].at.lo < cut
    ]


def _run(steps: Sequence[_Step], until: Instant | None, stop_name: str, until_name: str) -> Iterator[Ran]:
    """The clocks, one after the other. An event that is both stops one clock and starts the next."""
    running: Instant | None = None
    for event, starts, stops, links in steps:
        if stops and running is not None:
            yield Ran(running, event.at, stop_name)
            running = event.at if links else None
        if starts and running is None:
            running = event.at
    if running is not None:
        yield _unstopped(running, until, stop_name, until_name)


def _unstopped(start: Instant, until: Instant | None, stop_name: str, until_name: str) -> Ran:
    return Ran(start, NEVER, stop_name) if until is None else Ran(start, until, until_name)
