"""Periods that follow one another: their bounds against a walk over local dates, and their names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.model.instant import DAY_US, format_us, parse_instant
from supportpolicy.model.recurrence import UNITS, Recurrence, Unit
from supportpolicy.model.zone import load_zone, zone_names

_ZONES: Final = (
    *("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "America/Havana", "America/St_Johns"),
    *("Pacific/Apia", "America/Asuncion", "Asia/Beirut", "Africa/Cairo", "Antarctica/Troll"),
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def _us(text: str) -> int:
    return parse_instant(text).lo


def _recurrence(unit: Unit, zone: str, first: int = 0) -> Recurrence:
    return Recurrence(unit, load_zone(zone), first if unit in ("quarter", "year") else 0)


_ANY: Final = st.builds(_recurrence, st.sampled_from(UNITS), st.sampled_from(_ZONES), st.integers(0, 11))
_NEAR: Final = st.integers(_us("1970-01-01T00:00:00Z"), _us("2037-01-01T00:00:00Z"))
_FAR: Final = st.integers(_us("0001-01-01T00:00:00Z") - DAY_US, _us("9999-12-31T23:59:59Z") + DAY_US)


@given(_ANY, st.one_of(_NEAR, _FAR))
@settings(max_examples=300)
def test_an_instant_lies_in_its_period(recurrence: Recurrence, us: int) -> None:
    number = recurrence.number(us)
    assert recurrence.start(number) <= us < recurrence.end(number)
    assert recurrence.number(recurrence.end(number)) >= number + 1


@given(_ANY, _NEAR)
@settings(max_examples=300)
def test_a_period_begins_with_the_local_date_by_which_it_is_named(recurrence: Recurrence, us: int) -> None:
    """By another implementation of zones; where the clocks change over midnight the date shown may be one day off."""
    number = recurrence.number(us)
    local = (_EPOCH + us * _MICROSECOND).astimezone(ZoneInfo(recurrence.zone.name))
    name = recurrence.name(number)
    near = {local.date(), (local + timedelta(hours=3)).date(), (local - timedelta(hours=3)).date()}
    match recurrence.unit:
        case "day":
            assert name in {str(date) for date in near}
        case "week":
            assert name in {"{:04d}-W{:02d}".format(*date.isocalendar()) for date in near}
        case "month":
            assert name in {f"{date:%Y-%m}" for date in near}
        case _:
            months = 3 if recurrence.unit == "quarter" else 12
            spans = {(12 * date.year + date.month - 1 - recurrence.first) // months for date in near}
            assert number in spans


@pytest.mark.parametrize(
    ("unit", "first", "at", "name", "since", "until"),
    [
        ("day", 0, "2021-03-28T12:00:00Z", "2021-03-28", "2021-03-27T23:00:00Z", "2021-03-28T22:00:00Z"),
        ("week", 0, "2021-01-03T12:00:00Z", "2020-W53", "2020-12-27T23:00:00Z", "2021-01-03T23:00:00Z"),
        ("month", 0, "2021-03-31T22:00:00Z", "2021-04", "2021-03-31T22:00:00Z", "2021-04-30T22:00:00Z"),
        ("quarter", 0, "2021-03-31T21:59:59Z", "2021-Q1", "2020-12-31T23:00:00Z", "2021-03-31T22:00:00Z"),
        ("quarter", 1, "2021-01-31T12:00:00Z", "2020-11 to 2021-01", "2020-10-31T23:00:00Z", "2021-01-31T23:00:00Z"),
        ("year", 0, "2021-06-01T00:00:00Z", "2021", "2020-12-31T23:00:00Z", "2021-12-31T23:00:00Z"),
        ("year", 9, "2021-06-01T00:00:00Z", "2020-10 to 2021-09", "2020-09-30T22:00:00Z", "2021-09-30T22:00:00Z"),
    ],
)
def test_names_and_bounds(unit: Unit, first: int, at: str, name: str, since: str, until: str) -> None:
    recurrence = _recurrence(unit, "Europe/Berlin", first)
    number = recurrence.number(_us(at))
    assert recurrence.name(number) == name
    assert (format_us(recurrence.start(number)), format_us(recurrence.end(number))) == (since, until)


def test_a_date_that_the_zone_left_out_has_no_instant() -> None:
    days = _recurrence("day", "Pacific/Apia")
    before, after = days.number(_us("2011-12-30T09:59:59.999999Z")), days.number(_us("2011-12-30T10:00:00Z"))
    assert (days.name(before), days.name(after), after - before) == ("2011-12-29", "2011-12-31", 2)


def test_it_says_what_it_is() -> None:
    assert str(_recurrence("quarter", "America/Los_Angeles", 1)) == "quarter from Feb in America/Los_Angeles"
    assert str(_recurrence("month", "UTC")) == "month in UTC"


def test_every_zone_has_days_one_after_the_other() -> None:
    for name in sorted(zone_names()):
        days = _recurrence("day", name)
        first = days.number(_us("1995-01-01T12:00:00Z"))
        starts = [days.start(number) for number in range(first, first + 800, 3)]
        assert starts == sorted(starts)
