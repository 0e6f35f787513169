"""The rulers by which SQL knows a calendar say what its step table says, to the microsecond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from calendar_strategies import as_calendar, plain_calendars
from hypothesis import given, settings
from hypothesis import strategies as st
from minute_walk import Plain

from supportpolicy.engines.duckdb import ruler
from supportpolicy.engines.duckdb.ruler import Ruler, Span
from supportpolicy.model.calendar import Calendar, Window
from supportpolicy.model.instant import DAY_US, HOUR_US, civil_us
from supportpolicy.model.opening import expand
from supportpolicy.model.step_table import StepTable

EXAMPLES = settings(max_examples=150, deadline=None)
Asked = tuple[Ruler, Callable[[int], int | None]]


EVER = Span(civil_us(1, 1, 1), civil_us(9999, 1, 1))


def rulers(table: StepTable, span: Span = EVER) -> dict[str, Asked]:
    """Every ruler of a table, and what the table itself says."""
    told: dict[str, Asked] = {
        "accrued": (ruler.accrued(table, span), table.accrued),
        "next opening": (ruler.next_opening(table, span), table.next_opening),
    }
    for n in (0, 1, 3):
        told[f"{n} business days"] = ruler.business_days_later(table, span, n), partial(_later, table, n)
        told[f"end of business day {n}"] = ruler.end_of_business_day(table, span, n), partial(_end, table, n)
    return told


def _later(table: StepTable, count: int, us: int) -> int | None:
    return table.business_days_later(us, count)


def _end(table: StepTable, count: int, us: int) -> int | None:
    return table.end_of_business_day(us, count)


def critical(table: StepTable, *of: Ruler) -> list[int]:
    """Every instant at which something may change, and the microseconds beside it."""
    marks = {table.first, table.last, *table.opens, *table.closes, *table.day_opens, *table.offsets.changes}
    marks |= {mark + days * DAY_US for mark in tuple(marks) for days in (-3, -1, 1)}
    marks |= {start for one in of for start in one.starts}
    return sorted({mark + beside for mark in marks for beside in (-1, 0, 1)})


def require_same(table: StepTable, more: list[int], span: Span = EVER) -> None:
    for name, (made, asked) in rulers(table, span).items():
        for us in critical(table, made) + more:
            assert made.at(us) == (asked(us) if span.first <= us <= span.last else None), (name, us)


@EXAMPLES
@given(plain_calendars(), st.data())
def test_a_ruler_says_what_the_table_says(plain: Plain, data: st.DataObject) -> None:
    table = expand(as_calendar(plain))
    drawn = st.lists(st.integers(table.first - 1, table.last + 1), min_size=20, max_size=20)
    require_same(table, data.draw(drawn))


@EXAMPLES
@given(plain_calendars(), st.data())
def test_a_ruler_knows_of_the_instants_that_are_asked_about(plain: Plain, data: st.DataObject) -> None:
    table = expand(as_calendar(plain))
    around = st.sampled_from(critical(table))
    first, last = data.draw(around), data.draw(around)
    require_same(table, [first - 1, first, last, last + 1], Span(first, last))


@EXAMPLES
@given(plain_calendars(), st.data())
def test_an_amount_runs_out_where_the_table_says(plain: Plain, data: st.DataObject) -> None:
    table = expand(as_calendar(plain))
    due, last = ruler.due(table, EVER), ruler.last_in_time(table, EVER)
    total = table.accrued(table.last)
    assert total is not None
    marks = {*table.before, total, *data.draw(st.lists(st.integers(0, total + 1), max_size=20))}
    for amount in sorted({max(0, mark + beside) for mark in marks for beside in (-1, 0, 1)}):
        if amount:
            assert due.at(amount) == table.due(table.first, amount), amount
        assert last.at(amount) == table.last_in_time(table.first, amount), amount


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "UTC"])
def test_years_of_an_office_with_short_fridays(zone: str) -> None:
    usual, friday = ((Window(opens * HOUR_US, 17 * HOUR_US),) for opens in (9, 11))
    week = (usual, usual, usual, usual, friday, (), ())
    table = expand(Calendar("office", zone, week, since=date(2019, 1, 1), until=date(2021, 1, 1)))
    require_same(table, [])
    assert all(len(made.starts) < 4 * len(table.opens) for made, _ in rulers(table).values())
