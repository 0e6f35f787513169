"""A month of a business calendar, as a person reads one: weeks, open hours, holidays by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from supportpolicy.model.calendar import WEEKDAYS, Calendar
from supportpolicy.model.duration import format_duration
from supportpolicy.model.instant import DAY_US, MINUTE_US
from supportpolicy.model.limit import format_open_time
from supportpolicy.model.opening import date_of, day_number
from supportpolicy.model.step_table import StepTable

_MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 - read as one
)
_ALL_DAY: Final = "all day"


def month(calendar: Calendar, table: StepTable, first: date, width: int | None) -> Iterator[str]:
    """The lines of the month that begins with `first`; hours are written short where the width does not hold them."""
    numbers = range(day_number(first), day_number(_next_month(first)))
    cells = {number: _cell(calendar, table, number, short=False) for number in numbers}
    if width is not None and 7 * (_widest(cells.values()) + 3) + 1 > width:
        cells = {number: _cell(calendar, table, number, short=True) for number in numbers}
    widest = max(5, _widest(cells.values()))
    yield f"{calendar.name}, {_MONTHS[first.month - 1]} {first.year}, {calendar.zone}"
    rule = "+".join(["", *["-" * (widest + 2)] * 7, ""])
    yield rule
    yield _row([name.capitalize() for name in WEEKDAYS], widest)
    yield rule
    for monday in range(numbers[0] - (numbers[0] + 3) % 7, numbers[-1] + 1, 7):
        week = [cells.get(number, []) for number in range(monday, monday + 7)]
        for line in range(max(map(len, week))):
            yield _row([cell[line] if line < len(cell) else "" for cell in week], widest)
        yield rule
    yield from _remarks(calendar, table, numbers)


def local(table: StepTable, us: int) -> str:
    """An instant as the calendar's wall shows it: `Tue 23 Dec 2025 16:30`."""
    number, time = divmod(table.offsets.to_local(us), DAY_US)
    day = date_of(number)
    minutes, rest = divmod(time, MINUTE_US)
    seconds = f":{rest / 1_000_000:09.6f}".removesuffix(".000000") if rest else ""
    return (
        f"{WEEKDAYS[day.weekday()].capitalize()} {day.day:2} {_MONTHS[day.month - 1][:3]} {day.year} "
        f"{minutes // 60:02}:{minutes % 60:02}{seconds}"
    )


def _remarks(calendar: Calendar, table: StepTable, numbers: Sequence[int]) -> Iterator[str]:
    """Below the weeks: the holidays by name, the changes of the clocks, and the sum."""
    first, last = (table.offsets.first_reading(number * DAY_US) for number in (numbers[0], numbers[-1] + 1))
    for day, name in sorted(calendar.holidays.items()):
        if numbers[0] <= day_number(day) <= numbers[-1]:
            yield f"{day.day:2} {WEEKDAYS[day.weekday()].capitalize()}  {name}"
    for change in table.offsets.changes:
        if first <= change < last:
            moved = table.offsets.to_local(change) - table.offsets.to_local(change - 1) - 1
            number = table.offsets.to_local(change) // DAY_US
            day = date_of(number)
            way = "forward" if moved > 0 else "back"
            yield f"{day.day:2} {WEEKDAYS[day.weekday()].capitalize()}  the clocks go {way} by {format_duration(abs(moved))}"
    if first < table.first or last > table.last:
        yield f"The calendar speaks of {calendar.since} to before {calendar.until}; of other dates nothing is known."
    open_time = table.between(max(first, table.first), min(last, table.last)) or 0
    days = sum(number in set(table.days) for number in numbers)
    yield f"open {format_open_time(open_time)} in {days} business day{'' if days == 1 else 's'}"


def _cell(calendar: Calendar, table: StepTable, number: int, *, short: bool) -> list[str]:
    """What stands in the place of a date: its day of the month, whether it is a holiday, its hours."""
    day = date_of(number)
    holiday = (" hol." if short else " holiday") if day in calendar.holidays else ""
    return [f"{day.day:2}{holiday}", *_hours(table, number, short=short)]


def _hours(table: StepTable, number: int, *, short: bool) -> list[str]:
    """The open hours of a local date, those of a window from the day before included."""
    start, stop = (table.offsets.first_reading(day * DAY_US) for day in (number, number + 1))
    found = []
    for opens, closes in table.intervals(start, stop):
        if (opens, closes) == (start, stop):
            return [_ALL_DAY]
        end = "24:00" if closes == stop else _clock(table.offsets.to_local(closes))
        text = f"{_clock(table.offsets.to_local(opens))}-{end}"
        found.append(text.replace(":00", "") if short else text)
    return found


def _clock(naive_us: int) -> str:
    minutes = naive_us % DAY_US // MINUTE_US
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _row(cells: Sequence[str], width: int) -> str:
    return "|".join(["", *(f" {cell:<{width}} " for cell in cells), ""])


def _widest(cells: Iterable[Sequence[str]]) -> int:
    return max((len(text) for cell in cells for text in cell), default=0)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(4)).replace(day=1)
