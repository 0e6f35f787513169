"""Instants: whole microseconds since 1970-01-01T00:00:00Z, known exactly or only to lie between two of them.

The integers are not bounded: a local date of year 1 or 9999 may lie in the year before or after once its offset is
taken off, and nothing here needs it not to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from supportpolicy.model.remembered import Remembered

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAYS_OF_400_YEARS = 146_097
_MAX_OFFSET_US = 14 * HOUR_US


class InstantError(ValueError):
    """A text that is not an instant, or two bounds that are none. The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Instant:
    """The instant lies at `lo`, at `hi` or between; both in microseconds since the epoch, UTC."""

    lo: int
    hi: int

    def __init__(self, lo: int, hi: int) -> None:
        # Every ticket has several. The initialiser that a frozen dataclass writes looks up each attribute by its name.
        if lo > hi:
            raise InstantError(f"an instant cannot end ({hi}) before it begins ({lo})")
        _set_lo(self, lo)
        _set_hi(self, hi)

    @property
    def exact(self) -> bool:
        """Whether it is known to the microsecond."""
        return self.lo == self.hi

    @classmethod
    def at(cls, us: int) -> Instant:
        """The exact instant `us` microseconds after the epoch."""
        return cls(us, us)

    def __str__(self) -> str:
        return format_instant(self)


_new_instant = object.__new__
_set_lo = Instant.__dict__["lo"].__set__
_set_hi = Instant.__dict__["hi"].__set__


class ParsedTime(NamedTuple):
    """A time as it was written: the wall clock's reading, and its offset if one stood there.

    `naive_us` is the reading in microseconds since 1970-01-01T00:00:00 on the same wall; `offset_us` is positive east
    of Greenwich, None if the text has no offset.
    """

    naive_us: int
    offset_us: int | None


_HOUR = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2})")
_REST = re.compile(r"([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?")


def parse_instant(text: str) -> Instant:
    """The exact instant that a text with an offset names, such as `2021-03-01T08:00:00Z`.

    The shape: `YYYY-MM-DD`, then `T`, `t` or one space, `HH:MM`, optionally `:SS`, after seconds optionally `.` and 1
    to 9 digits (those beyond the sixth are dropped), then `Z`, `z`, `+HH:MM`, `-HH:MM`, `+HHMM` or `-HHMM`. ASCII
    digits, real dates of the years 0001 to 9999, no 24:00, no second 60, an offset of at most 14:00, nothing before
    or after. Raises InstantError.
    """
    hour, _, rest = text.partition(":")
    try:
        us = _hours[hour] + _ends[rest]
    except InstantError:
        _read(text)
        raise InstantError(
            f"{shown(text)} has no offset from UTC; write Z or +HH:MM after it, or name its time zone"
        ) from None
    instant = _new_instant(Instant)  # most instants are made here, and these two bounds need no look
    _set_lo(instant, us)
    _set_hi(instant, us)
    return instant


def parse_naive(text: str) -> int:
    """The wall clock's reading, in microseconds since 1970-01-01T00:00:00 on that wall, of a text without an offset.

    The shape is that of `parse_instant` without the offset, which is refused. Raises InstantError.
    """
    naive_us, offset = _read(text)
    if offset is not None:
        raise InstantError(f"{shown(text)} has an offset from UTC where only a local time is expected")
    return naive_us


def parse_time(text: str) -> ParsedTime:
    """The reading of a text of the shape of `parse_instant` whose offset may be missing. Raises InstantError."""
    return ParsedTime(*_read(text))


def format_instant(instant: Instant) -> str:
    """`2021-03-01T08:00:00Z`, or `LO..HI` where it is not exact; see `format_us`."""
    if instant.exact:
        return format_us(instant.lo)
    return f"{format_us(instant.lo)}..{format_us(instant.hi)}"


def format_us(us: int) -> str:
    """Microseconds since the epoch as `YYYY-MM-DDTHH:MM:SSZ`, with 3 or 6 digits of a fraction if it is not zero.

    A year outside 0001..9999 is written as ISO 8601 extends it: `0000`, `-0001`, `+10000`; `parse_instant` refuses it.
    """
    days, rest = divmod(us, DAY_US)
    cycles, day_of_cycle = divmod(days + _EPOCH_DAY - 1, _DAYS_OF_400_YEARS)
    in_cycle = date.fromordinal(day_of_cycle + 1)
    seconds, micros = divmod(rest, SECOND_US)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{micros:06d}".removesuffix("000") if micros else ""
    return (
        f"{_year(in_cycle.year + 400 * cycles)}-{in_cycle.month:02d}-{in_cycle.day:02d}"
        f"T{hour:02d}:{minute:02d}:{second:02d}{fraction}Z"
    )


def month_of(us: int) -> int:
    """The month in UTC that an instant lies in, as the number of months since the beginning of the year 0."""
    return _month_of_day(us // DAY_US)


def format_month(month: int) -> str:
    """`2021-03`, by the number that `month_of` gives."""
    year, index = divmod(month, 12)
    return f"{_year(year)}-{index + 1:02d}"


@lru_cache(maxsize=4096)
def _month_of_day(day: int) -> int:
    cycles, day_of_cycle = divmod(day + _EPOCH_DAY - 1, _DAYS_OF_400_YEARS)
    in_cycle = date.fromordinal(day_of_cycle + 1)
    return 12 * (in_cycle.year + 400 * cycles) + in_cycle.month - 1


def fraction_us(digits: str) -> int:
    """The digits after the point of a second as microseconds; those beyond the sixth are dropped."""
    return int(digits[:6].ljust(6, "0"))


def civil_us(year: int, month: int, day: int) -> int:
    """The start of a date on the wall, in microseconds since 1970-01-01T00:00:00. Raises InstantError if not real."""
    try:
        return (date(year, month, day).toordinal() - _EPOCH_DAY) * DAY_US
    except ValueError:
        raise InstantError(f"there is no date {year:04d}-{month:02d}-{day:02d}") from None


def clock_us(hour: int, minute: int, second: int) -> int:
    """Microseconds since midnight of a reading of the clock. Raises InstantError above 23:59:59."""
    if hour > 23:
        raise InstantError(f"there is no hour {hour:02d}; hours run from 00 to 23, and midnight is 00:00")
    if minute > 59:
        raise InstantError(f"there is no minute {minute:02d}; minutes run from 00 to 59")
    if second > 59:
        raise InstantError(f"there is no second {second:02d}; seconds run from 00 to 59 and leap seconds are not read")
    return ((hour * 60 + minute) * 60 + second) * SECOND_US


def offset_us(text: str) -> int:
    """The offset that `Z`, `z`, `+HH:MM` or `+HHMM` (or with `-`) names, in microseconds, positive east.

    The shape is the caller's to check. Raises InstantError above 14:00 and for minutes above 59.
    """
    if text in ("Z", "z"):
        return 0
    minutes = int(text[-2:])
    us = int(text[1:3]) * HOUR_US + minutes * MINUTE_US
    if minutes > 59 or us > _MAX_OFFSET_US:
        raise InstantError(f"there is no offset {text}; offsets run from -14:00 to +14:00, their minutes to 59")
    return us if text[0] == "+" else -us


def shown(text: str) -> str:
    """A text quoted for a message: control characters escaped, cut where it is long."""
    return repr(text) if len(text) <= 60 else f"{text[:50]!r}... ({len(text)} characters)"


def _read(text: str) -> tuple[int, int | None]:
    """The reading of the wall clock, and the offset that stands behind it."""
    hour, _, rest = text.partition(":")
    try:
        begun = _hours[hour]
        since, offset = _rests[rest]
    except InstantError:
        if _HOUR.fullmatch(hour) and _REST.fullmatch(rest):
            raise
        raise InstantError(_why_not(text)) from None
    return begun + since, offset


def _read_hour(text: str) -> int:
    found = _HOUR.fullmatch(text)
    if found is None:
        raise InstantError
    year, month, day, hour = map(int, found.groups())
    return civil_us(year, month, day) + clock_us(hour, 0, 0)


def _read_rest(text: str) -> tuple[int, int | None]:
    found = _REST.fullmatch(text)
    if found is None:
        raise InstantError
    minute, second, fraction, offset = found.groups()
    us = clock_us(0, int(minute), int(second or 0)) + fraction_us(fraction or "")
    return us, None if offset is None else offset_us(offset)


def _read_end(text: str) -> int:
    since, offset = _rests[text]
    if offset is None:
        raise InstantError
    return since - offset


# Texts of times repeat their hours, and what stands behind these: there are few of either, and of instants very many.
_hours = Remembered(_read_hour, most=20_000)
_rests = Remembered(_read_rest, most=20_000)
_ends = Remembered(_read_end, most=20_000)
"""What stands behind the hour of a text with an offset, as microseconds to be added to it."""


def _year(year: int) -> str:
    if 0 <= year <= 9999:
        return f"{year:04d}"
    return f"+{year}" if year > 0 else f"-{-year:04d}"


_STEPS = tuple(
    (re.compile(pattern), wanted)
    for pattern, wanted in (
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date as YYYY-MM-DD"),
        (r"[Tt ]", "T or one space between date and time"),
        (r"[0-9]{2}:[0-9]{2}", "a time of day as HH:MM or HH:MM:SS"),
        (r"(?::[0-9]{2}(?:\.[0-9]{1,9}(?![0-9]))?)?", ""),
        (r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?", ""),
    )
)


def _why_not(text: str) -> str:
    """Which step of the shape a text that does not have it fails first."""
    if not text:
        return "an empty text is not a time; expected a shape such as 2021-03-01T08:00:00Z"
    if text != text.strip():
        return f"{shown(text)} has white space around it"
    if any(char.isdigit() and not char.isascii() for char in text[:40]):
        return f"{shown(text)} has digits other than 0 to 9"
    at = 0
    wanted = "seconds, a fraction of them of 1 to 9 digits, an offset such as Z or +01:00, or the end"
    for pattern, step in _STEPS:
        match = pattern.match(text, at)
        if match is None:
            wanted = step
            break
        at = match.end()
    found = shown(text[at : at + 12]) if at < len(text) else "the end"
    return f"{shown(text)} is not a time: expected {wanted} at character {at + 1}, found {found}"
