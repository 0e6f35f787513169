"""A business calendar minute by minute, for tests. Shares no code with the package: it looks at a wall clock and counts.

Times of day are minutes since midnight, weekdays count from Monday, instants are minutes since 1970-01-01T00:00Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE, LENGTH = 18, 80
"""The days that are looked at: from so many before the month of the first, and how many."""

DAY = 1440

Hours = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Plain:
    """A calendar in plain values. A stretch is (weekday, minute, zone) to (weekday, minute, zone)."""

    zone: str
    since: date
    until: date
    week: tuple[Hours, ...] = ((),) * 7
    stretches: tuple[tuple[tuple[int, int, str], tuple[int, int, str]], ...] = ()
    dates: dict[date, Hours] = field(default_factory=dict)
    week_breaks: tuple[Hours, ...] = ((),) * 7
    breaks: dict[date, Hours] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()


@cache
def rules(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


class Wall:
    """What a wall clock shows at each minute of a span."""

    def __init__(self, zone: str, month: date) -> None:
        begin = datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(BEFORE)
        self.begin = (begin - EPOCH) // timedelta(minutes=1)
        self.shows: list[int] = []
        for minute in range(LENGTH * DAY):
            local = (begin + timedelta(minutes=minute)).astimezone(rules(zone)).replace(tzinfo=UTC)
            self.shows.append((local - EPOCH) // timedelta(minutes=1))
        self.first: dict[int, int] = {}
        for minute, shown in enumerate(self.shows):
            self.first.setdefault(shown, self.begin + minute)

    def at(self, instant: int) -> int:
        return self.shows[instant - self.begin]

    def moment(self, reading: int) -> int:
        """When the wall first shows a reading; if it jumps over it, when it shows it as much later as it jumps."""
        if reading in self.first:
            return self.first[reading]
        for before, after in zip(self.shows, self.shows[1:], strict=False):
            if before < reading < after:
                return self.first[reading + after - before - 1]
        raise AssertionError("looked too far")

    def midnight(self, day: date) -> int:
        return self.moment(number(day) * DAY)


@cache
def _wall(zone: str, month: date) -> Wall:
    return Wall(zone, month)


def wall(zone: str, since: date) -> Wall:
    return _wall(zone, since.replace(day=1))


def number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


class Walk:
    """Which minutes are open, found by marking them one by one."""

    def __init__(self, plain: Plain) -> None:
        self.wall = wall(plain.zone, plain.since)
        self.first, self.last = self.wall.midnight(plain.since), self.wall.midnight(plain.until)
        self.open: set[int] = set()
        self.of_day: dict[date, set[int]] = {}
        for day in self._days(plain):
            minutes = self._minutes_of(plain, day) if day not in plain.holidays and self._exists(day) else set()
            self.of_day[day] = minutes
        closed: set[int] = set()
        for day in self._days(plain):
            for hours in (plain.week_breaks[day.weekday()], plain.breaks.get(day, ())):
                closed |= self._marked(day, hours)
        for minutes in self.of_day.values():
            minutes -= closed
            self.open |= minutes
        self.open &= set(range(self.first, self.last))
        self.days = sorted(day for day, minutes in self.of_day.items() if minutes)

    @staticmethod
    def _days(plain: Plain) -> Iterator[date]:
        day = plain.since - timedelta(2)
        while day < plain.until:
            yield day
            day += timedelta(1)

    def _exists(self, day: date) -> bool:
        return self.wall.midnight(day) < self.wall.midnight(day + timedelta(1))

    def _marked(self, day: date, hours: Hours) -> set[int]:
        marked: set[int] = set()
        for opens, closes in hours:
            midnight = number(day) * DAY
            marked |= set(range(self.wall.moment(midnight + opens), self.wall.moment(midnight + closes)))
        return marked

    def _minutes_of(self, plain: Plain, day: date) -> set[int]:
        if day in plain.dates:
            return self._marked(day, plain.dates[day])
        own = set(range(self.wall.midnight(day), self.wall.midnight(day + timedelta(1))))
        minutes = self._marked(day, plain.week[day.weekday()])
        for opens, closes in plain.stretches:
            for back in range(-1, 10):
                begin = day - timedelta(back)
                if begin.weekday() != opens[0]:
                    continue
                days = (closes[0] - opens[0]) % 7
                if days == 0 and opens[2] == closes[2] and closes[1] <= opens[1]:
                    days = 7
                zones = [wall(bound[2], plain.since) for bound in (opens, closes)]
                start = zones[0].moment(number(begin) * DAY + opens[1])
                stop = zones[1].moment((number(begin) + days) * DAY + closes[1])
                minutes |= own & set(range(start, stop))
        return minutes

    # --- what follows, by walking ---
    def accrued(self, start: int, stop: int) -> int:
        return sum(minute in self.open for minute in range(start, stop))

    def due(self, start: int, amount: int) -> int | None:
        at = start
        while amount:
            if at >= self.last:
                return None
            amount -= at in self.open
            at += 1
        return at

    def last_in_time(self, start: int, amount: int) -> int | None:
        """The first minute whose being open would be too much: at its beginning nothing more has accrued."""
        for at in range(start, self.last):
            if at in self.open:
                if amount == 0:
                    return at
                amount -= 1
        return None

    def next_opening(self, start: int) -> int | None:
        return next((at for at in range(start, self.last) if at in self.open), None)

    def business_day(self, opening: int) -> date:
        """The latest business day that has begun."""
        return max(day for day in self.days if min(self.of_day[day]) <= opening)

    def business_days_later(self, start: int, count: int) -> int | None:
        opening = self.next_opening(start)
        if opening is None:
            return None
        day = self.business_day(opening)
        after = self.days[self.days.index(day) :]
        if len(after) <= count:
            return None
        time = self.wall.at(opening) - number(day) * DAY
        return self.next_opening(self.wall.moment(number(after[count]) * DAY + time))

    def end_of_business_day(self, start: int, count: int) -> int | None:
        opening = self.next_opening(start)
        if opening is None:
            return None
        after = self.days[self.days.index(self.business_day(opening)) :]
        if len(after) <= count:
            return None
        end = max(self.of_day[after[count]]) + 1
        return end if end <= self.last else None
