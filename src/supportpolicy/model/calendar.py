"""Business calendars, as values: when a clock runs. What follows from them is reckoned in `opening`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, TypeAlias

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

DEFAULT_SPAN: Final = (date(2010, 1, 1), date(2040, 1, 1))
"""The span of a calendar that states none. It is fixed, so that a calendar is the same whenever it is expanded."""


@dataclass(frozen=True, slots=True, order=True)
class YearDay:
    """A date of every year; 29 February is one of leap years only."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02d}-{self.day:02d}"


Dated: TypeAlias = date | YearDay


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `opens` to before `closes`, both in microseconds of the wall clock since the midnight that begins its day.

    `closes` is more than a day where the window runs over midnight; it belongs to the day on which it opens.
    """

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class WeekBound:
    """A moment of the week: the weekday (0 is Monday), the microseconds since its midnight, and whose wall clock."""

    weekday: int
    time: int
    zone: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Open without a break from one moment of the week to the next one like `closes`.

    What lies on each local date of the calendar belongs to that date, so that a holiday closes it.
    """

    opens: WeekBound
    closes: WeekBound


Hours: TypeAlias = tuple[Window, ...]
"""The windows of one day; none is closed."""

CLOSED_WEEK: Final[tuple[Hours, ...]] = ((),) * 7


@dataclass(frozen=True, slots=True)
class Calendar:
    """The zone, the week and what differs from it.

    `week` holds the windows of Monday to Sunday, `stretches` what is open beside them. `dates` replaces both on its
    dates, where the one with a year goes before the one of every year. `week_breaks` and `breaks` are closed whatever
    else is said, and so is every local date in `holidays`, with what it is called. The calendar speaks of the local
    dates from `since` to before `until`; of others nothing is known.
    """

    name: str
    zone: str
    week: Sequence[Hours] = CLOSED_WEEK
    stretches: tuple[Stretch, ...] = ()
    dates: Mapping[Dated, Hours] = field(default_factory=lambda: MappingProxyType({}))
    week_breaks: Sequence[Hours] = CLOSED_WEEK
    breaks: Mapping[Dated, Hours] = field(default_factory=lambda: MappingProxyType({}))
    holidays: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    since: date = DEFAULT_SPAN[0]
    until: date = DEFAULT_SPAN[1]
