"""Step tables against a walk from minute to minute that shares no code with them."""

from __future__ import annotations

from calendar_strategies import as_calendar, plain_calendars
from hypothesis import given, settings
from hypothesis import strategies as st
from minute_walk import DAY, Plain, Walk

from supportpolicy.model.instant import MINUTE_US
from supportpolicy.model.opening import expand
from supportpolicy.model.running import running
from supportpolicy.model.step_table import StepTable

EXAMPLES = settings(max_examples=60, deadline=None)


def in_us(minute: int | None) -> int | None:
    return None if minute is None else minute * MINUTE_US


def both(plain: Plain) -> tuple[Walk, StepTable]:
    return Walk(plain), expand(as_calendar(plain))


@EXAMPLES
@given(plain_calendars())
def test_what_is_open_at_every_minute(plain: Plain) -> None:
    walk, table = both(plain)
    assert (table.first, table.last) == (in_us(walk.first), in_us(walk.last))
    count = 0
    for minute in range(walk.first, walk.last):
        assert table.accrued(minute * MINUTE_US) == count * MINUTE_US
        assert table.is_open(minute * MINUTE_US) == (minute in walk.open)
        count += minute in walk.open
    assert table.accrued(table.last) == count * MINUTE_US
    assert table.accrued(table.first - 1) is None
    assert table.accrued(table.last + 1) is None


@EXAMPLES
@given(plain_calendars(), st.data())
def test_when_a_limit_runs_out(plain: Plain, data: st.DataObject) -> None:
    walk, table = both(plain)
    for _ in range(8):
        start = data.draw(st.integers(walk.first, walk.last))
        amount = data.draw(st.one_of(st.integers(0, 3 * DAY), st.just(walk.accrued(start, walk.last))))
        assert table.due(start * MINUTE_US, amount * MINUTE_US) == in_us(walk.due(start, amount))
        assert table.last_in_time(start * MINUTE_US, amount * MINUTE_US) == in_us(walk.last_in_time(start, amount))
        assert table.next_opening(start * MINUTE_US) == in_us(walk.next_opening(start))


@EXAMPLES
@given(plain_calendars(), st.data())
def test_business_days(plain: Plain, data: st.DataObject) -> None:
    walk, table = both(plain)
    for _ in range(8):
        start, count = data.draw(st.integers(walk.first, walk.last)), data.draw(st.integers(0, 4))
        later = in_us(walk.business_days_later(start, count))
        assert table.business_days_later(start * MINUTE_US, count) == later
        assert table.end_of_business_day(start * MINUTE_US, count) == in_us(walk.end_of_business_day(start, count))


@EXAMPLES
@given(plain_calendars(), st.data())
def test_a_clock_that_pauses(plain: Plain, data: st.DataObject) -> None:
    """Paused minutes are as good as closed ones."""
    walk, table = both(plain)
    instants = st.integers(walk.first, walk.last)
    pauses = data.draw(
        st.lists(st.tuples(instants, st.integers(0, DAY)).map(lambda p: (p[0], p[0] + p[1])), max_size=4)
    )
    clock = running(table, [(paused * MINUTE_US, resumed * MINUTE_US) for paused, resumed in pauses])
    for paused, resumed in pauses:
        walk.open -= set(range(paused, resumed))
    for _ in range(4):
        start, stop = sorted((data.draw(instants), data.draw(instants)))
        amount = data.draw(st.one_of(st.integers(0, 2 * DAY), st.just(walk.accrued(start, walk.last))))
        assert clock.between(start * MINUTE_US, stop * MINUTE_US) == walk.accrued(start, stop) * MINUTE_US
        assert clock.due(start * MINUTE_US, amount * MINUTE_US) == in_us(walk.due(start, amount))
        assert clock.last_in_time(start * MINUTE_US, amount * MINUTE_US) == in_us(walk.last_in_time(start, amount))
