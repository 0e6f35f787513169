"""Periods that follow one another without a gap: the days, weeks, months, quarters or years of a time zone."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from supportpolicy.model.instant import DAY_US, format_month
from supportpolicy.model.zone import Zone

Unit: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
UNITS: Final[tuple[Unit, ...]] = ("day", "week", "month", "quarter", "year")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LENGTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_TO_MONDAY: Final = 3
"""1970-01-01 is a Thursday."""
_CYCLE_DAYS: Final = 146_097
_CYCLE_MONTHS: Final = 4_800
_DAYS: Final = 65_536


@dataclass(frozen=True, slots=True)
class Recurrence:
    """All days, ISO weeks, months, quarters or years of a zone, numbered one after the other; quarters and years begin with
    the month `first` (0 is January). Each is from its first midnight until before that of the next: a midnight that the
    clocks left out moves forward by the gap, of one that they showed twice the first counts.
    """

    unit: Unit
    zone: Zone
    first: int = 0

    def number(self, us: int) -> int:
        """The number of the period in which an instant lies."""
        number, starts = self.of_day(us // DAY_US)
        return number + bisect_right(starts, us)

    def of_day(self, day: int) -> tuple[int, tuple[int, ...]]:
        """The number of the period in which the last microsecond before a day in UTC (counted from 1970) lies, and when in
        this day others begin. So the number at an instant of the day is greater by as many as have begun by then."""
        return _of_day(self, day)

    def start(self, number: int) -> int:
        """The first instant of a period."""
        return self.zone.first_reading(self._first_day(number) * DAY_US)

    def end(self, number: int) -> int:
        """The first instant after a period."""
        return self.start(number + 1)

    def name(self, number: int) -> str:
        """`2021-03-01`, `2021-W09`, `2021-03`, `2021-Q1`, `2021`; `2021-02 to 2021-04` where quarters or years do not begin
        with January."""
        day = self._first_day(number)
        match self.unit:
            case "day":
                return f"{format_month(_month_of(day))}-{_civil(day)[1].day:02d}"
            case "week":
                cycles, monday = _civil(day)
                year, week, _ = monday.isocalendar()
                return f"{format_month(12 * (year + 400 * cycles))[:-3]}-W{week:02d}"
        month = _month_of(day)
        last = month + _LENGTHS[self.unit] - 1
        if self.unit == "month":
            return format_month(month)
        if self.first:
            return f"{format_month(month)} to {format_month(last)}"
        year_of = format_month(month)[:-3]
        return year_of if self.unit == "year" else f"{year_of}-Q{month % 12 // 3 + 1}"

    def __str__(self) -> str:
        since = f" from {MONTHS[self.first]}" if self.first else ""
        return f"{self.unit}{since} in {self.zone.name}"

    def _first_day(self, number: int) -> int:
        """The local day, counted from 1970, with which a period begins."""
        match self.unit:
            case "day":
                return number
            case "week":
                return number * 7 - _TO_MONDAY
        return _first_of(number * _LENGTHS[self.unit] + self.first)

    def _of_local_day(self, day: int) -> int:
        match self.unit:
            case "day":
                return day
            case "week":
                return (day + _TO_MONDAY) // 7
        return (_month_of(day) - self.first) // _LENGTHS[self.unit]


@lru_cache(maxsize=_DAYS)
def _of_day(recurrence: Recurrence, day: int) -> tuple[int, tuple[int, ...]]:
    begin = day * DAY_US
    number = recurrence._of_local_day(recurrence.zone.utc_to_local(begin - 1) // DAY_US)
    while recurrence.start(number) >= begin:
        number -= 1
    while recurrence.start(number + 1) < begin:  # the clocks may have been put back over midnight
        number += 1
    starts: list[int] = []
    while (start := recurrence.start(number + len(starts) + 1)) < begin + DAY_US:
        starts.append(start)
    return number, tuple(starts)


def _civil(day: int) -> tuple[int, date]:
    """The date of a day counted from 1970, less as many cycles of 400 years as bring it between the years 1 and 400."""
    cycles, rest = divmod(day + _EPOCH_DAY - 1, _CYCLE_DAYS)
    return cycles, date.fromordinal(rest + 1)


def _month_of(day: int) -> int:
    """The month of a day, counted as `month_of` counts."""
    cycles, on = _civil(day)
    return 12 * (on.year + 400 * cycles) + on.month - 1


def _first_of(month: int) -> int:
    """The first day of a month, both counted as above."""
    cycles, rest = divmod(month - 12, _CYCLE_MONTHS)
    return date(rest // 12 + 1, rest % 12 + 1, 1).toordinal() - _EPOCH_DAY + cycles * _CYCLE_DAYS
