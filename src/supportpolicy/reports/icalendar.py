"""Open hours and holidays as iCalendar (RFC 5545), for the calendars that people keep.

Hours are written as instants in UTC, one event for each open interval: no reader needs our time zones or repeats a rule
in its own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from supportpolicy.model.calendar import Calendar
from supportpolicy.model.instant import DAY_US, SECOND_US, format_us
from supportpolicy.model.opening import day_number
from supportpolicy.model.step_table import StepTable

_LINE: Final = 75
"""The most octets of a line before it is folded."""


def icalendar(calendar: Calendar, table: StepTable, since: date, until: date) -> Iterator[str]:
    """The lines, without their ends, of the dates from `since` to before `until`.

    No time of making is in them: stamps say the beginning of the span, so that the same calendar gives the same bytes.
    """
    first, last = (table.offsets.first_reading(day_number(day) * DAY_US) for day in (since, until))
    stamp = _instant(first)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//supportpolicy//calendar//EN",
        f"X-WR-CALNAME:{_text(calendar.name)}",
        f"X-WR-TIMEZONE:{calendar.zone}",
    ]
    for opens, closes in table.intervals(first, last):
        lines += _event(
            f"open-{_instant(opens)}-{table.sha256[:16]}",
            stamp,
            [f"DTSTART:{_instant(opens)}", f"DTEND:{_instant(closes)}", f"SUMMARY:{_text(calendar.name)} open"],
            "OPAQUE",
        )
    for day, name in sorted(calendar.holidays.items()):
        if since <= day < until:
            lines += _event(
                f"holiday-{_date(day)}-{table.sha256[:16]}",
                stamp,
                [
                    f"DTSTART;VALUE=DATE:{_date(day)}",
                    f"DTEND;VALUE=DATE:{_date(day + timedelta(1))}",
                    f"SUMMARY:{_text(name)}",
                ],
                "TRANSPARENT",
            )
    for line in [*lines, "END:VCALENDAR"]:
        yield from _folded(line)


def _event(uid: str, stamp: str, properties: list[str], transparency: str) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@supportpolicy",
        f"DTSTAMP:{stamp}",
        *properties,
        f"TRANSP:{transparency}",
        "END:VEVENT",
    ]


def _instant(us: int) -> str:
    whole = format_us(us // SECOND_US * SECOND_US)
    return whole.replace("-", "").replace(":", "")


def _date(day: date) -> str:
    return f"{day:%Y%m%d}" if day.year >= 1000 else f"{day.year:04}{day.month:02}{day.day:02}"


def _text(text: str) -> str:
    """A text as a value: what would end it is escaped, and other control characters are left out."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(char for char in escaped if char.isprintable())


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, none of which cuts a character."""
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + char, size + octets
    yield piece
