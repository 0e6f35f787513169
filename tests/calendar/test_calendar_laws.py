"""What holds of every calendar, to the microsecond."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from calendar_strategies import CHANGES, as_calendar, plain_calendars
from hypothesis import given, settings
from hypothesis import strategies as st
from minute_walk import Plain

from supportpolicy.model.calendar import Calendar, Window
from supportpolicy.model.instant import DAY_US
from supportpolicy.model.limit import BusinessDays, CalendarLimit, EndOfBusinessDay, NextOpening, OpenTime
from supportpolicy.model.opening import expand
from supportpolicy.model.reckoning import reckon
from supportpolicy.model.running import running
from supportpolicy.model.step_table import StepTable

EXAMPLES = settings(max_examples=150, deadline=None)
AMOUNTS = st.one_of(st.integers(0, 4 * DAY_US), st.sampled_from([1, DAY_US // 24, DAY_US // 3]))


def instants(table: StepTable) -> st.SearchStrategy[int]:
    """Instants of the span, the very bounds of windows often among them."""
    anywhere = st.integers(table.first, table.last)
    bounds = [*table.opens, *table.closes]
    near = st.sampled_from(bounds).flatmap(lambda bound: st.integers(bound - 1, bound + 1)) if bounds else anywhere
    return st.one_of(anywhere, near.filter(table.covers))


def limits() -> st.SearchStrategy[CalendarLimit]:
    return st.one_of(
        AMOUNTS.map(lambda us: OpenTime(us, "drawn")),
        st.integers(0, 4).map(lambda count: BusinessDays(count, "drawn")),
        st.integers(0, 4).map(lambda count: EndOfBusinessDay(count, "drawn")),
        st.just(NextOpening("drawn")),
    )


@EXAMPLES
@given(plain_calendars(), st.data())
def test_what_accrues_never_falls_and_adds_up(plain: Plain, data: st.DataObject) -> None:
    table = expand(as_calendar(plain))
    a, b, c = sorted(data.draw(instants(table)) for _ in range(3))
    whole, before, after = table.between(a, c), table.between(a, b), table.between(b, c)
    assert whole is not None
    assert before is not None
    assert after is not None
    assert whole == before + after
    assert 0 <= before <= b - a
    assert whole == sum(closes - opens for opens, closes in table.intervals(a, c))
    assert all(closes < opens for (_, closes), (opens, _) in pairwise(table.intervals(a, c)))


@EXAMPLES
@given(plain_calendars(), AMOUNTS, st.data())
def test_a_limit_has_accrued_when_it_is_due(plain: Plain, amount: int, data: st.DataObject) -> None:
    table = expand(as_calendar(plain))
    start = data.draw(instants(table))
    due, last = table.due(start, amount), table.last_in_time(start, amount)
    left = table.between(start, table.last)
    assert left is not None
    assert (due is None) == (left < amount)
    assert (last is None) == (left <= amount)
    if due is not None:
        assert table.between(start, due) == amount
        assert due == start or table.between(start, due - 1) == amount - 1
    if due is not None and last is not None:
        assert due <= last
        assert table.between(start, last) == amount
        assert table.between(start, last + 1) == amount + 1
        assert last == table.next_opening(due)


@EXAMPLES
@given(plain_calendars(), limits(), st.data())
def test_another_holiday_never_makes_anything_late(plain: Plain, limit: CalendarLimit, data: st.DataObject) -> None:
    day = plain.since + timedelta(data.draw(st.integers(-1, 9)))
    table = expand(as_calendar(plain))
    with_holiday = expand(as_calendar(replace(plain, holidays=plain.holidays | {day})))
    start, stop = sorted((data.draw(instants(table)), data.draw(instants(table))))
    before, after = reckon(limit, table, start), reckon(limit, with_holiday, start)
    for earlier, later in ((before.due, after.due), (before.last_in_time, after.last_in_time)):
        assert later is None or (earlier is not None and later >= earlier)
    less, more = with_holiday.between(start, stop), table.between(start, stop)
    assert less is not None
    assert more is not None
    assert less <= more


@EXAMPLES
@given(plain_calendars(), AMOUNTS, st.data())
def test_a_pause_never_makes_a_limit_run_out_earlier(plain: Plain, amount: int, data: st.DataObject) -> None:
    table = expand(as_calendar(plain))
    start = data.draw(instants(table))
    pauses = data.draw(
        st.lists(st.tuples(instants(table), instants(table)).map(lambda ab: (min(ab), max(ab))), max_size=3)
    )
    clock = running(table, pauses)
    for bare, paused in (
        (table.due(start, amount), clock.due(start, amount)),
        (table.last_in_time(start, amount), clock.last_in_time(start, amount)),
    ):
        assert paused is None or (bare is not None and paused >= bare)
    assert running(table).due(start, amount) == table.due(start, amount)


@EXAMPLES
@given(st.sampled_from(CHANGES), st.data())
def test_open_all_day_is_all_time_whatever_the_clocks_do(change: tuple[str, object], data: st.DataObject) -> None:
    zone, day = change
    all_day = (Window(0, DAY_US),)
    table = expand(Calendar("all", zone, (all_day,) * 7, since=day - timedelta(4), until=day + timedelta(5)))  # type: ignore[operator]
    start, stop = sorted((data.draw(instants(table)), data.draw(instants(table))))
    assert table.between(start, stop) == stop - start
    assert table.due(start, stop - start) == stop


@EXAMPLES
@given(plain_calendars())
def test_the_digest_is_of_what_is_open(plain: Plain) -> None:
    calendar = as_calendar(plain)
    table = expand(calendar)
    assert expand(replace(calendar, name="another")).sha256 == table.sha256
    shorter = expand(replace(calendar, until=plain.until - timedelta(1)))
    assert (shorter.sha256 == table.sha256) == (shorter.last == table.last)  # Samoa left out a whole day
