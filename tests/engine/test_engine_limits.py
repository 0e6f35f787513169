"""Limits on calendars against an imagined clock that counts tick by tick, and shares no code with the engine."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.engines.reference.cells import Frame
from supportpolicy.engines.reference.clocks import compile_clock
from supportpolicy.expr.nodes import At, Promise, Within
from supportpolicy.model.cell import NEVER, Never
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import OpenTime
from supportpolicy.model.offsets import Offsets
from supportpolicy.model.step_table import StepTable, step_table

LAST: Final = 24
"""The span of the calendars, in ticks from 0; a tick is a microsecond."""

OPEN_TICKS: Final = st.sets(st.integers(0, LAST - 1), min_size=1)
INSTANTS: Final = st.tuples(st.integers(0, 9), st.integers(0, 3)).map(lambda span: Instant(span[0], span[0] + span[1]))
STOPS: Final = st.one_of(INSTANTS, INSTANTS, st.just(NEVER))


def table_of(ticks: set[int]) -> StepTable:
    return step_table(0, LAST, [(tick, tick + 1) for tick in ticks], [], Offsets([0], [0], []))


def counted(ticks: set[int], start: int, stop: int) -> int:
    return sum(start <= tick < stop for tick in ticks)


def imagined(ticks: set[int], start: int, stop: int | None, audit: int, limit: int) -> str:
    """The verdict on a clock of which everything is known: it counts each open tick, and a later stop counts one more."""
    if stop is not None and stop <= audit:
        return "pass" if counted(ticks, start, stop) <= limit else "fail"
    return "fail" if counted(ticks, start, audit + 1) > limit else "open"


def judged(ticks: set[int], start: Instant, stop: Instant | Never, at: tuple[int, int], limit: int) -> Any:
    node = Within(At("start"), At("stop"), Promise(OpenTime(limit, "office"), "a limit"))
    read = compile_clock(node, Frame({"start": 2, "stop": 3}, {"office": table_of(ticks)}))
    return read([*at, start, stop]).outcome


@settings(max_examples=600, deadline=None)
@given(OPEN_TICKS, INSTANTS, STOPS, st.integers(12, LAST - 1), st.integers(1, 6))
def test_an_interval_has_the_verdict_on_which_all_its_instants_agree(
    ticks: set[int], start: Instant, stop: Instant | Never, audit: int, limit: int
) -> None:
    starts = range(start.lo, start.hi + 1)
    stops: list[int | None] = [None] if isinstance(stop, Never) else [*range(stop.lo, stop.hi + 1)]
    exact = {imagined(ticks, s, e, audit, limit) for s in starts for e in stops if e is None or s <= e}
    found = judged(ticks, start, stop, (audit, audit), limit).verdict.value
    assert found == (exact.pop() if len(exact) == 1 else "unknown")


@settings(max_examples=250, deadline=None)
@given(OPEN_TICKS, st.integers(0, 9), st.integers(9, LAST - 2), st.integers(1, 6), st.data())
def test_an_export_is_too_old_where_the_limit_runs_out_after_it(
    ticks: set[int], start: int, audit: int, limit: int, data: st.DataObject
) -> None:
    as_of = data.draw(st.integers(audit, LAST - 1))
    then, now = (imagined(ticks, start, None, at, limit) for at in (audit, as_of))
    found = judged(ticks, Instant.at(start), NEVER, (audit, as_of), limit)
    assert found.verdict.value == ("unknown" if (then, now) == ("open", "fail") else then)


@settings(max_examples=250, deadline=None)
@given(OPEN_TICKS, st.integers(0, 9), st.integers(10, LAST - 1), st.integers(1, 6), st.integers(0, LAST - 1))
def test_opening_more_never_makes_a_stop_timely(ticks: set[int], start: int, stop: int, limit: int, more: int) -> None:
    closed = judged(ticks, Instant.at(start), Instant.at(stop), (LAST, LAST), limit).verdict.value
    opened = judged(ticks | {more}, Instant.at(start), Instant.at(stop), (LAST, LAST), limit).verdict.value
    assert (closed, opened) != ("fail", "pass")
