"""Clocks that pause against an imagined clock that counts tick by tick, and knows of every doubt each way it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.engines.reference.cells import Frame
from supportpolicy.engines.reference.clocks import compile_clock
from supportpolicy.expr.nodes import At, NotBefore, Pause, Promise, Within
from supportpolicy.model.cell import NEVER, Cell, Event, Never, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS, OpenTime
from supportpolicy.model.offsets import Offsets
from supportpolicy.model.step_table import step_table

LAST: Final = 24
"""The span of the calendars, in ticks from 0; a tick is a microsecond."""

TICKS: Final = frozenset(range(LAST))
OPEN: Final = st.one_of(st.just(TICKS), st.frozensets(st.integers(0, LAST - 1), min_size=1))
INSTANTS: Final = st.tuples(st.integers(0, 9), st.integers(0, 3)).map(lambda span: Instant(span[0], span[0] + span[1]))
STOPS: Final = st.one_of(INSTANTS, INSTANTS, st.just(NEVER))
STATES: Final = st.sampled_from(["open", "open", "pending", "pending", None])
CHANGES: Final = st.lists(st.tuples(st.integers(0, 14), STATES), max_size=3, unique_by=lambda change: change[0])
FRAME: Final = {"start": 2, "stop": 3, "status": 4, "events": 5}
UNKNOWN: Final = Unknown(Reason.MISSING, "events.value")

Changes = Sequence[tuple[int, str | None]]


def timeline(at_first: str | None, changes: Changes) -> Timeline:
    """A complete list of changes of the status; None is a status that nobody knows."""
    events, former = [], at_first
    for at, state in sorted(changes):
        value, before = (UNKNOWN if word is None else word for word in (state, former))
        events.append(Event(Instant.at(at), "status", None, None, None, NEVER, NEVER, value, before))
        former = state
    return Timeline(True, tuple(events))


def readings(at_first: str | None, changes: Changes) -> Iterator[list[tuple[int, bool]]]:
    """From which tick on the clock stands or runs, each way in which that may be."""
    told = [(-1, at_first), *sorted(changes)]
    ways = [(True, False) if state is None else (state == "pending",) for _, state in told]
    for stands in product(*ways):
        yield [(at, stood) for (at, _), stood in zip(told, stands, strict=True)]


def stands_at(reading: list[tuple[int, bool]], tick: int) -> bool:
    return [stood for at, stood in reading if at <= tick][-1]


def counted(ticks: frozenset[int], reading: list[tuple[int, bool]], start: int, stop: int) -> int:
    return sum(start <= tick < stop and not stands_at(reading, tick) for tick in ticks)


def judged(
    ticks: frozenset[int],
    start: Instant,
    stop: Instant | Never,
    events: Timeline,
    status: Cell,
    audit: int,
    demand: Any,
) -> str:
    office = step_table(0, LAST, [(tick, tick + 1) for tick in ticks], [], Offsets([0], [0], []))
    read = compile_clock(demand, Frame(FRAME, {"office": office}))
    return read([audit, audit, start, stop, status, events]).outcome.verdict.value


def limit(us: int, ticks: frozenset[int]) -> Promise:
    return Promise(OpenTime(us, ALWAYS if ticks == TICKS else "office"), "a limit")


PAUSE: Final = Pause("status", ("pending",), True)


@settings(max_examples=500, deadline=None)
@given(OPEN, INSTANTS, STOPS, STATES, CHANGES, st.integers(12, LAST - 1), st.integers(1, 6))
def test_a_verdict_is_the_one_on_which_all_readings_agree(
    ticks: frozenset[int],
    start: Instant,
    stop: Instant | Never,
    at_first: str | None,
    changes: Changes,
    audit: int,
    us: int,
) -> None:
    def imagined(reading: list[tuple[int, bool]], begin: int, end: int | None) -> str:
        if end is not None:
            return "pass" if counted(ticks, reading, begin, end) <= us else "fail"
        return "fail" if counted(ticks, reading, begin, audit + 1) > us else "open"

    past = [change for change in changes if change[0] <= audit]
    starts = range(start.lo, start.hi + 1)
    stops: list[int | None] = [None] if isinstance(stop, Never) else [*range(stop.lo, stop.hi + 1)]
    exact = {
        imagined(reading, s, e)
        for reading in readings(at_first, past)
        for s in starts
        for e in stops
        if e is None or s <= e
    }
    status: Cell = at_first if at_first is not None else Unknown(Reason.MISSING, "status")
    demand = Within(At("start"), At("stop"), limit(us, ticks), PAUSE)
    found = judged(ticks, start, stop, timeline(at_first, changes), status, audit, demand)
    assert found == (exact.pop() if len(exact) == 1 else "unknown")


@settings(max_examples=300, deadline=None)
@given(OPEN, INSTANTS, STOPS, STATES, CHANGES, st.integers(12, LAST - 1), st.integers(1, 6))
def test_what_is_to_be_waited_for_is_judged_alike(
    ticks: frozenset[int],
    start: Instant,
    stop: Instant | Never,
    at_first: str | None,
    changes: Changes,
    audit: int,
    us: int,
) -> None:
    def imagined(reading: list[tuple[int, bool]], begin: int, end: int | None) -> str:
        if end is not None:
            return "pass" if counted(ticks, reading, begin, end) >= us else "fail"
        return "pass" if counted(ticks, reading, begin, audit) >= us else "open"

    starts = range(start.lo, start.hi + 1)
    stops: list[int | None] = [None] if isinstance(stop, Never) else [*range(stop.lo, stop.hi + 1)]
    exact = {
        imagined(reading, s, e)
        for reading in readings(at_first, [change for change in changes if change[0] <= audit])
        for s in starts
        for e in stops
        if e is None or s <= e
    }
    status: Cell = at_first if at_first is not None else Unknown(Reason.MISSING, "status")
    demand = NotBefore(At("start"), At("stop"), limit(us, ticks), PAUSE)
    found = judged(ticks, start, stop, timeline(at_first, changes), status, audit, demand)
    undecided = "open" if isinstance(stop, Never) else "unknown"
    assert found == (exact.pop() if len(exact) == 1 else undecided)


@settings(max_examples=300, deadline=None)
@given(OPEN, st.integers(0, 9), st.integers(10, 15), CHANGES, st.integers(1, 6), st.integers(0, 14))
def test_a_pause_more_never_makes_a_stop_late(
    ticks: frozenset[int], start: int, stop: int, changes: Changes, us: int, more: int
) -> None:
    told = [(at, state) for at, state in changes if state is not None]
    paused = [*[change for change in told if change[0] not in (more, more + 1)], (more, "pending")]
    after = [state for at, state in sorted([(-1, "open"), *told]) if at <= more + 1][-1]
    demand = Within(At("start"), At("stop"), limit(us, ticks), PAUSE)
    less, greater = (
        judged(ticks, Instant.at(start), Instant.at(stop), timeline("open", some), "open", LAST - 1, demand)
        for some in (told, [*paused, (more + 1, after)])
    )
    assert (less, greater) != ("pass", "fail")


@settings(max_examples=300, deadline=None)
@given(
    OPEN,
    INSTANTS,
    STOPS,
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.sampled_from(["open", "pending"])), max_size=3),
    st.integers(16, LAST - 1),
    st.integers(1, 6),
)
def test_changes_known_as_spans_never_give_a_verdict_that_some_reading_denies(
    ticks: frozenset[int],
    start: Instant,
    stop: Instant | Never,
    spans: list[tuple[int, int, str]],
    audit: int,
    us: int,
) -> None:
    told = sorted((lo, lo + width, state) for lo, width, state in spans)
    former, events = "open", []
    for lo, hi, state in told:
        events.append(Event(Instant(lo, hi), "status", None, None, None, NEVER, NEVER, state, former))
        former = state
    states = [state for _, _, state in told]
    ends: list[int | None] = [None] if isinstance(stop, Never) else [*range(stop.lo, stop.hi + 1)]
    exact = set()
    for instants in product(*(range(lo, hi + 1) for lo, hi, _ in told)):
        if list(instants) != sorted(instants):
            continue  # events are taken in the order in which they begin
        reading = [(-1, False), *((at, state == "pending") for at, state in zip(instants, states, strict=True))]
        for begin, end in product(range(start.lo, start.hi + 1), ends):
            if end is None:
                exact.add("fail" if counted(ticks, reading, begin, audit + 1) > us else "open")
            elif begin <= end:
                exact.add("pass" if counted(ticks, reading, begin, end) <= us else "fail")
    demand = Within(At("start"), At("stop"), limit(us, ticks), PAUSE)
    found = judged(ticks, start, stop, Timeline(True, tuple(events)), "open", audit, demand)
    assert found == "unknown" or {found} == exact
