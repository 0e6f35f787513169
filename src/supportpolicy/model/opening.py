"""From a calendar to its step table: every window of every date of its span, as instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Final

from supportpolicy.model.calendar import Calendar, Dated, Hours, Stretch, WeekBound, YearDay
from supportpolicy.model.instant import DAY_US
from supportpolicy.model.offsets import Offsets, zone_offsets
from supportpolicy.model.step_table import StepTable, step_table

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_MARGIN_DAYS: Final = 10
"""How far beyond the span is looked: over the longest stretch and the widest offset."""
_NEAR: Final = range(-3, 2)
"""The dates, counted from that of a change of the clocks, whose windows may meet it: one over midnight ends the next day."""

Pieces = list[tuple[int, int]]
"""Open intervals as instants."""


def day_number(day: date) -> int:
    """The number of a date, counted from 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def date_of(number: int) -> date:
    """The date that has this number."""
    return date.fromordinal(number + _EPOCH_DAY)


def expand(calendar: Calendar) -> StepTable:
    """The step table of a calendar.

    A bound of a window that lies in a gap of the clocks moves forward by the gap, one that lies in a fold is its first
    reading; a window that becomes empty is empty that day. A date that the zone left out has no hours. Windows that
    overlap are open once.
    """
    return _Expansion(calendar).table()


def ever_opens(calendar: Calendar) -> bool:
    """Whether the calendar is open at any time of its span; found without expanding all of it."""
    return _Expansion(calendar).opens()


class _Expansion:
    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.since, self.until = day_number(calendar.since), day_number(calendar.until)
        self.offsets = self._offsets(calendar.zone)
        self.holidays = {day_number(day) for day in calendar.holidays}
        self.dates = self._numbered(calendar.dates)
        self.breaks = self._numbered(calendar.breaks)
        self.broken = bool(self.breaks) or any(calendar.week_breaks)
        self.turning = {turn // DAY_US + near for turn in self.offsets.turns for near in _NEAR}
        self.stretches: dict[int, Pieces] = {}
        for stretch in calendar.stretches:
            self._stretch(stretch)

    def table(self) -> StepTable:
        first, last = self._midnight(self.since), self._midnight(self.until)
        intervals: Pieces = []
        days: list[tuple[int, int, int]] = []
        for number in range(self.since - 2, self.until):
            pieces = self._pieces(number)
            if pieces and (closes := max([b for _, b in pieces])) > first:
                intervals += pieces
                days.append((number, min(pieces)[0], closes))
        # Where a gap of the clocks spans midnight, windows of two dates may change their order.
        openings = accumulate((opens for _, opens, _ in days), max)
        ordered = [(number, opens, closes) for (number, _, closes), opens in zip(days, openings, strict=True)]
        return step_table(first, last, intervals, ordered, self.offsets)

    def opens(self) -> bool:
        return any(self._pieces(number) for number in range(self.since, self.until))

    def _pieces(self, number: int) -> Pieces:
        """When the calendar is open in the windows that belong to a date."""
        if number in self.holidays or (number in self.turning and self._left_out(number)):
            return []
        if number in self.dates:
            pieces = self._instants(number, self.dates[number])
        else:
            pieces = self._instants(number, self.calendar.week[(number + 3) % 7]) + self.stretches.get(number, [])
        if pieces and self.broken and (closed := self._closed_around(number)):  # most have no breaks to look for
            pieces = _without(pieces, closed)
        return pieces

    def _closed_around(self, number: int) -> Pieces:
        """The breaks that windows of a date may meet: its own and those of the dates around it, of which the zone may
        have left out one."""
        closed: Pieces = []
        for day in range(number - 2, number + 3):
            hours = (*self.calendar.week_breaks[(day + 3) % 7], *self.breaks.get(day, ()))
            closed += self._instants(day, hours)
        return sorted(closed)

    def _left_out(self, number: int) -> bool:
        """Whether the zone has no such date."""
        return self._midnight(number) >= self._midnight(number + 1)

    def _instants(self, number: int, hours: Hours) -> Pieces:
        if not hours:
            return []
        if number not in self.turning:  # as most are: all windows of the date are read by one offset
            start = self._midnight(number)
            return [(start + w.opens, start + w.closes) for w in hours if w.opens < w.closes]
        midnight, reading = number * DAY_US, self.offsets.first_reading
        found = ((reading(midnight + window.opens), reading(midnight + window.closes)) for window in hours)
        return [(a, b) for a, b in found if a < b]

    def _stretch(self, stretch: Stretch) -> None:
        """Cut a stretch at the midnights of the calendar's zone, and give each piece to its date."""
        opens, closes = stretch.opens, stretch.closes
        days = (closes.weekday - opens.weekday) % 7
        if days == 0 and closes.time <= opens.time and closes.zone == opens.zone:
            days = 7
        opening_day = self.since - _MARGIN_DAYS
        opening_day += (opens.weekday - (opening_day + 3)) % 7
        for number in range(opening_day, self.until + 1, 7):
            start, stop = self._bound(number, opens), self._bound(number + days, closes)
            day = self.offsets.to_local(start) // DAY_US
            while start < stop:
                end = min(stop, self._midnight(day + 1))
                if start < end:
                    self.stretches.setdefault(day, []).append((start, end))
                    start = end
                day += 1

    def _bound(self, number: int, bound: WeekBound) -> int:
        offsets = self.offsets if bound.zone == self.calendar.zone else self._offsets(bound.zone)
        return offsets.first_reading(number * DAY_US + bound.time)

    def _midnight(self, number: int) -> int:
        return self.offsets.first_reading(number * DAY_US)

    def _offsets(self, zone: str) -> Offsets:
        return zone_offsets(zone, (self.since - _MARGIN_DAYS) * DAY_US, (self.until + _MARGIN_DAYS) * DAY_US)

    def _numbered(self, dated: Mapping[Dated, Hours]) -> dict[int, Hours]:
        """What is said of dates, by their numbers; the one with a year goes before the one of every year."""
        years = range(self.calendar.since.year - 1, self.calendar.until.year + 1)
        found = {
            day_number(day): hours
            for recurring, hours in dated.items()
            if isinstance(recurring, YearDay)
            for day in in_years(recurring, years)
        }
        return found | {day_number(day): hours for day, hours in dated.items() if isinstance(day, date)}


def in_years(day: YearDay, years: Iterable[int]) -> Iterable[date]:
    """The dates of a day of the year, in those of these years that have it."""
    for year in years:
        try:
            yield date(year, day.month, day.day)
        except ValueError:
            continue


def _without(pieces: Sequence[tuple[int, int]], closed: Sequence[tuple[int, int]]) -> Pieces:
    """The intervals without what is closed, which is given in order."""
    left: Pieces = []
    for start, stop in pieces:
        at = start
        for opens, closes in closed:
            if closes > at and opens < stop:
                if opens > at:
                    left.append((at, opens))
                at = closes
        if at < stop:
            left.append((at, stop))
    return left
