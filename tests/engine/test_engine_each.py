"""Clocks that start again and again against an imagined ticket of which everything is known: where all tickets that a record
may stand for have one verdict it is the record's, else that is unknown."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from supportpolicy.engines.reference.cells import Frame
from supportpolicy.engines.reference.each_clock import compile_clocks
from supportpolicy.expr.nodes import At, EachWithin, Events, FirstFit, Member, Pause, Promise
from supportpolicy.model.cell import NEVER, Cell, Event, Never, Timeline
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS, OpenTime

FRAME: Final = Frame({"events": 2, "submitted": 3, "created_by_role": 4, "resolved": 5})
MESSAGES: Final = st.lists(
    st.tuples(st.integers(1, 14), st.sampled_from(["customer", "staff", "staff", "perhaps"])), max_size=6
)
UNTIL: Final = st.one_of(st.none(), st.none(), st.integers(1, 16))
WEIGHTS: Final = ("not_applicable", "pass", "open", "fail")

Told = tuple[int, str]


def readings(messages: Sequence[Told]) -> Iterator[list[Told]]:
    """The messages as they may have been: each that may be a response is one, or is none."""
    ways = [[("staff",), ("none",)] if who == "perhaps" else [(who,)] for _, who in messages]
    for chosen in product(*ways):
        yield [(at, who) for (at, _), (who,) in zip(messages, chosen, strict=True) if who != "none"]


def imagined(messages: Sequence[Told], starts: str, until: int | None, audit: int, limit: int) -> str:
    worst, running = "not_applicable", None
    for at, who in messages:
        if at > audit or (until is not None and at >= until):
            break
        if who == "staff" and running is not None:
            worst = max(worst, "pass" if at - running <= limit else "fail", key=WEIGHTS.index)
            running = None
        if who == starts and running is None:
            running = at
    if running is None:
        return worst
    if until is not None and until <= audit:
        return max(worst, "pass" if until - running <= limit else "fail", key=WEIGHTS.index)
    return max(worst, "fail" if audit - running >= limit else "open", key=WEIGHTS.index)


def event(at: int, who: str) -> Event:
    customer = who == "customer"
    return Event(
        Instant.at(at),
        "customer_message" if customer else "staff_message",
        "customer" if customer else "staff",
        None if who == "perhaps" else True,
        False,
        NEVER,
        NEVER,
        NEVER,
        NEVER,
    )


@settings(max_examples=600, deadline=None)
@example([(1, "perhaps"), (6, "perhaps"), (11, "staff")], "staff", 16, 16, 5)  # late if only the first is one
@example(
    [(1, "perhaps"), (10, "staff"), (13, "perhaps"), (14, "staff")], "staff", 14, 16, 3
)  # in time if only the second is
@given(MESSAGES, st.sampled_from(["customer", "staff"]), UNTIL, st.integers(8, 16), st.integers(1, 6))
def test_a_verdict_is_the_one_on_which_all_readings_agree(
    messages: list[Told], starts: str, until: int | None, audit: int, limit: int
) -> None:
    messages = sorted(messages, key=lambda message: message[0])
    kind = "customer_message" if starts == "customer" else "staff_message"
    promise = Promise(OpenTime(limit, ALWAYS), "a limit")
    node = EachWithin(Events(kind), Events("staff_message"), At("resolved"), promise)
    resolved: Instant | Never = NEVER if until is None else Instant.at(until)
    timeline = Timeline(True, tuple(event(at, who) for at, who in messages))
    cells: list[Cell] = [audit, audit, timeline, Instant.at(0), "customer", resolved]
    found = compile_clocks(node, FRAME)(cells).outcome.verdict.value
    past = until if until is not None and until <= audit else None
    exact = {imagined(reading, starts, past, audit, limit) for reading in readings(messages)}
    assert found == (exact.pop() if len(exact) == 1 else "unknown")


def test_a_ticket_of_many_clocks_is_judged_in_one_pass() -> None:
    """Ten times the events take no more than some thirty times the steps, pauses and facts of then included."""
    facts = Frame({"events": 2, "submitted": 3, "created_by_role": 4, "resolved": 5, "status": 6, "plan": 7})
    limit = FirstFit(((Member("plan", ("a",)), Promise(OpenTime(2, ALWAYS), "a")),), Promise(OpenTime(3, ALWAYS), "b"))
    pause = Pause("status", ("pending",), True)
    node = EachWithin(
        Events("customer_message"), Events("staff_message"), None, limit, pause, (("plan", "start"), ("status", "stop"))
    )
    read = compile_clocks(node, facts)

    def steps(count: int) -> int:
        events: list[Event] = []
        for n in range(count):
            told = [event(10 * n, "customer"), event(10 * n + 5, "staff")]
            changes = (("status", "pending", 1), ("status", "open", 2), ("plan", "ab"[n % 2], 3))
            told += [
                Event(Instant.at(10 * n + after), kind, None, None, None, NEVER, NEVER, value, NEVER)
                for kind, value, after in changes
            ]
            events += sorted(told, key=lambda one: one.at.lo)
        cells: list[Cell] = [
            20 * count,
            20 * count,
            Timeline(True, tuple(events)),
            Instant.at(-1),
            "customer",
            NEVER,
            "open",
            "a",
        ]
        seen = 0

        def count_calls(_frame: object, what: str, _arg: object) -> None:
            nonlocal seen
            seen += what in ("call", "c_call")

        sys.setprofile(count_calls)
        try:
            found = read(cells)
        finally:
            sys.setprofile(None)
        assert len(found.clocks) == count
        return seen

    assert steps(300) < 30 * steps(30)
