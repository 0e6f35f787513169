"""The texts of a calendar: `mon-fri`, `09:00-17:00`, `mon 08:00 - fri 18:00`, `12-28/01-03`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.errors import did_you_mean
from supportpolicy.model.calendar import WEEKDAYS, Dated, Stretch, WeekBound, Window, YearDay
from supportpolicy.model.instant import DAY_US, HOUR_US, MINUTE_US, shown
from supportpolicy.model.rails_zones import zone_named
from supportpolicy.model.zone import ZoneError

CLOSED: Final = "closed"
"""Instead of windows: a day without any."""

_DAYS_EXPECTED: Final = "mon, tue, wed, thu, fri, sat or sun, or from one to another: mon-fri"
_TIME_EXPECTED: Final = "a time as HH:MM, from 00:00 to 24:00"
_WINDOW_EXPECTED: Final = "from an opening to a closing, such as 09:00-17:00"
_STRETCH_EXPECTED: Final = "from one moment of the week to another, such as mon 08:00 - fri 18:00"
_DATE_EXPECTED: Final = "a date as YYYY-MM-DD, one of every year as MM-DD, or from one to another: 12-28/01-03"

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?")
_DASH = re.compile(r" *[-\u2013] *")
_WORD = re.compile(r"[^\W\d_]+")
_ZONE = re.compile(r" +([A-Z][A-Za-z0-9_+/-]*)")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YEAR_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_MAX_DAYS: Final = 366


def parse_days(text: str) -> tuple[int, ...] | TextFault:
    """The weekdays (0 is Monday) that a key such as `mon` or `sat-sun` names; `fri-mon` goes over the weekend."""
    found: list[int] = []
    at = 0
    for word in text.split("-"):
        bare = word.strip()
        if bare not in WEEKDAYS:
            hint = did_you_mean(bare[:3].lower(), WEEKDAYS) if len(bare) <= 20 else ""
            if bare[:3].lower() in WEEKDAYS and len(bare) <= 20:
                hint = f"did you mean {bare[:3].lower()!r}?"
            return TextFault(at, f"there is no weekday {shown(bare)}", _DAYS_EXPECTED, hint)
        found.append(WEEKDAYS.index(bare))
        at += len(word) + 1
    if len(found) > 2:
        return TextFault(text.index("-", text.index("-") + 1), "a span of days has two ends", _DAYS_EXPECTED)
    first, last = found[0], found[-1]
    return tuple((first + n) % 7 for n in range((last - first) % 7 + 1))


def parse_window(text: str) -> Window | TextFault:
    """The window that `09:00-17:00` states; where it closes at or before its opening, it closes the next day."""
    opens = _time(text, 0, _WINDOW_EXPECTED)
    if isinstance(opens, TextFault):
        return opens
    dash = _DASH.match(text, opens[1])
    if dash is None or dash.end() == dash.start():
        return TextFault(opens[1], f"{shown(text)} has no closing", _WINDOW_EXPECTED)
    closes = _time(text, dash.end(), _WINDOW_EXPECTED)
    if isinstance(closes, TextFault):
        return closes
    if closes[1] < len(text):
        hint = "several windows are a list: [09:00-12:00, 13:00-17:00]"
        if _ZONE.match(text, closes[1]):
            hint = "ends in two zones need their weekdays: mon 09:00 Europe/Berlin - mon 17:00 America/New_York"
        return TextFault(closes[1], f"{shown(text[closes[1] :])} follows the closing", _WINDOW_EXPECTED, hint)
    if opens[0] == DAY_US:
        return TextFault(0, "a window opens at 00:00, and only closes at 24:00", _WINDOW_EXPECTED)
    if opens[0] == closes[0]:
        return TextFault(dash.end(), "the window closes when it opens", _WINDOW_EXPECTED, "open all day is 00:00-24:00")
    return Window(opens[0], closes[0] if closes[0] > opens[0] else closes[0] + DAY_US)


def parse_stretch(text: str, zone: str) -> Stretch | TextFault:
    """The stretch that `mon 08:00 - fri 18:00` states; after each time its own zone may stand."""
    opens = _bound(text, 0, zone)
    if isinstance(opens, TextFault):
        return opens
    dash = _DASH.match(text, opens[1])
    if dash is None or dash.end() == dash.start():
        return TextFault(opens[1], f"{shown(text)} has no closing", _STRETCH_EXPECTED)
    closes = _bound(text, dash.end(), zone)
    if isinstance(closes, TextFault):
        return closes
    if closes[1] < len(text):
        return TextFault(closes[1], f"{shown(text[closes[1] :])} follows the closing", _STRETCH_EXPECTED)
    if opens[0] == closes[0]:
        return TextFault(dash.end(), "the stretch closes when it opens", _STRETCH_EXPECTED)
    return Stretch(opens[0], closes[0])


def parse_dates(text: str) -> tuple[Dated, ...] | TextFault:
    """The dates that a text names: one, one of every year, or all from one to another, both included."""
    first_text, slash, last_text = text.partition("/")
    first = _dated(first_text, 0)
    if isinstance(first, TextFault) or not slash:
        return first if isinstance(first, TextFault) else (first,)
    at = len(first_text) + 1
    last = _dated(last_text, at)
    if isinstance(last, TextFault):
        return last
    if isinstance(first, YearDay) != isinstance(last, YearDay):
        return TextFault(at, "one end has a year and the other has none", _DATE_EXPECTED)
    if isinstance(first, YearDay) and isinstance(last, YearDay):
        return _of_every_year(first, last)
    assert isinstance(first, date) and isinstance(last, date)  # noqa: PT018 - what is left of the two types
    if last < first:
        return TextFault(at, "the dates end before they begin", _DATE_EXPECTED)
    if (last - first).days >= _MAX_DAYS:
        return TextFault(at, "the dates are more than a year", "at most 366 days")
    return tuple(first + timedelta(n) for n in range((last - first).days + 1))


def overlapping(windows: Sequence[Window]) -> int | None:
    """The index of the first window that overlaps one before it, None if none does."""
    order = sorted(range(len(windows)), key=lambda index: windows[index])
    return next(
        (max(a, b) for a, b in pairwise(order) if windows[b].opens < windows[a].closes),
        None,
    )


def _bound(text: str, at: int, zone: str) -> tuple[WeekBound, int] | TextFault:
    word = _WORD.match(text, at)
    name = word.group() if word else ""
    if name not in WEEKDAYS:
        short = name[:3].lower()
        hint = f"did you mean {short!r}?" if short in WEEKDAYS else ""
        return TextFault(at, f"{shown(name or text[at:])} is no weekday", _STRETCH_EXPECTED, hint)
    time = _time(text, at + len(name) + 1, _STRETCH_EXPECTED)
    if text[at + len(name) : at + len(name) + 1] != " ":
        return TextFault(at + len(name), "a weekday without a time", _STRETCH_EXPECTED)
    if isinstance(time, TextFault):
        return time
    us, end = time
    named = _ZONE.match(text, end)
    if named is not None:
        try:
            zone = zone_named(named.group(1))
        except ZoneError as error:
            return TextFault(named.start(1), str(error))
        end = named.end()
    return WeekBound(WEEKDAYS.index(name), us, zone), end


def _time(text: str, at: int, expected: str) -> tuple[int, int] | TextFault:
    """The microseconds since midnight of the time at `at`, and where it ends."""
    match = _TIME.match(text, at)
    if match is None:
        found = shown(text[at:]) if text[at:] else "the end"
        return TextFault(min(at, len(text)), f"{found} where a time should be", expected)
    hour, minute = int(match.group(1)), int(match.group(2))
    if len(match.group(1)) == 1:
        return TextFault(at, f"{match.group()} has one digit for the hour", _TIME_EXPECTED, f"write 0{match.group()}")
    if match.end() - match.start() > 5:
        return TextFault(at + 5, "times of calendars have no seconds", _TIME_EXPECTED)
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return TextFault(at, f"there is no time {match.group()}", _TIME_EXPECTED)
    return hour * HOUR_US + minute * MINUTE_US, match.end()


def _dated(text: str, at: int) -> Dated | TextFault:
    if (full := _DATE.fullmatch(text)) is not None:
        year, month, day = map(int, full.groups())
    elif (recurring := _YEAR_DAY.fullmatch(text)) is not None:
        year, (month, day) = 2000, map(int, recurring.groups())
    else:
        return TextFault(at, f"{shown(text)} is not a date", _DATE_EXPECTED)
    try:
        found = date(year, month, day)
    except ValueError:
        return TextFault(at, f"there is no date {text}", _DATE_EXPECTED)
    return found if full is not None else YearDay(month, day)


def _of_every_year(first: YearDay, last: YearDay) -> tuple[YearDay, ...]:
    """All days of the year from one to another, over the new year if the last comes before the first."""
    begin = date(2000, first.month, first.day)
    days = (date(2000, last.month, last.day) - begin).days % 366
    found = (begin + timedelta(n) for n in range(days + 1))
    return tuple(YearDay(day.month, day.day) for day in found)
