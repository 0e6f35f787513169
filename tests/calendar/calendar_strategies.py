"""Calendars drawn for tests: around the days on which clocks change, in plain values and as the package's own."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from minute_walk import Hours, Plain

from supportpolicy.model.calendar import Calendar, Stretch, WeekBound, Window
from supportpolicy.model.instant import MINUTE_US

CHANGES = [
    ("UTC", date(2021, 3, 1)),
    ("America/Los_Angeles", date(2014, 3, 9)),
    ("America/Los_Angeles", date(2014, 11, 2)),
    ("America/St_Johns", date(2010, 3, 14)),  # at one minute past midnight
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/Sao_Paulo", date(2015, 10, 18)),  # midnight is left out
    ("America/Sao_Paulo", date(2016, 2, 21)),  # the hour before midnight comes twice
    ("Asia/Tehran", date(2016, 3, 21)),
    ("Australia/Lord_Howe", date(2021, 4, 4)),  # half an hour
    ("Australia/Lord_Howe", date(2021, 10, 3)),
    ("Pacific/Apia", date(2011, 12, 30)),  # the whole day is left out
    ("Asia/Kathmandu", date(2021, 6, 1)),
]


def minutes() -> st.SearchStrategy[int]:
    return st.one_of(
        st.integers(0, 95).map(lambda n: 15 * n), st.integers(0, 1439), st.sampled_from([90, 120, 150, 180])
    )


@st.composite
def windows(draw: st.DrawFn) -> tuple[int, int]:
    """A window as a calendar states it: it closes after it opens, or on the next day."""
    opens, closes = draw(minutes()), draw(st.one_of(minutes(), st.just(1440)))
    if closes == opens:
        closes += 1
    return opens, closes if closes > opens else closes + 1440


def hours(most: int = 2) -> st.SearchStrategy[Hours]:
    return st.lists(windows(), max_size=most).map(tuple)


@st.composite
def plain_calendars(draw: st.DrawFn) -> Plain:
    zone, change = draw(st.sampled_from(CHANGES))
    since = change - timedelta(draw(st.integers(0, 4)))
    until = since + timedelta(draw(st.integers(2, 9)))
    around = st.integers(-2, 9).map(lambda n: since + timedelta(n))
    bounds = st.tuples(st.integers(0, 6), minutes(), st.sampled_from([zone, zone, "UTC", "Pacific/Auckland"]))
    stretched = draw(st.booleans())
    return Plain(
        zone,
        since,
        until,
        week=((),) * 7 if stretched else tuple(draw(hours()) for _ in range(7)),
        stretches=tuple(draw(st.lists(st.tuples(bounds, bounds), min_size=1, max_size=2))) if stretched else (),
        dates=draw(st.dictionaries(around, hours(), max_size=2)),
        week_breaks=tuple(draw(hours(1)) for _ in range(7)) if draw(st.booleans()) else ((),) * 7,
        breaks=draw(st.dictionaries(around, hours(), max_size=2)),
        holidays=frozenset(draw(st.sets(around, max_size=2))),
    )


def as_calendar(plain: Plain) -> Calendar:
    def own(stated: Hours) -> tuple[Window, ...]:
        return tuple(Window(opens * MINUTE_US, closes * MINUTE_US) for opens, closes in stated)

    def bound(stated: tuple[int, int, str]) -> WeekBound:
        return WeekBound(stated[0], stated[1] * MINUTE_US, stated[2])

    return Calendar(
        "drawn",
        plain.zone,
        tuple(map(own, plain.week)),
        tuple(Stretch(bound(opens), bound(closes)) for opens, closes in plain.stretches),
        {day: own(stated) for day, stated in plain.dates.items()},
        tuple(map(own, plain.week_breaks)),
        {day: own(stated) for day, stated in plain.breaks.items()},
        dict.fromkeys(plain.holidays, "holiday"),
        plain.since,
        plain.until,
    )
