"""Instants: whole microseconds since 1970-01-01T00:00:00Z, known exactly or only to lie between two of them.

The integers are not bounded: a local date of year 1 or 9999 may lie in the year before or after once its offset is
taken off, and nothing here needs it not to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

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


_set_lo = Instant.__dict__["lo"].__set__
_set_hi = Instant.__dict__["hi"].__set__


class ParsedTime(NamedTuple):
    """A time as it was written: the wall clock's reading, and its offset if one stood there.

    `naive_us` is the reading in microseconds since 1970-01-01T00:00:00 on the same wall; `offset_us` is positive east
    of Greenwich, None if the text has no offset.
    """

    naive_us: int
    offset_us: int | None


_SHAPE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?")
"""The shape that most texts have. Of this one `datetime` knows no other reading, and it is three times as fast."""
_EPOCH = datetime(1970, 1, 1)  # on the wall


def parse_instant(text: str) -> Instant:
    """The exact instant that a text with an offset names, such as `2021-03-01T08:00:00Z`.

    The shape: `YYYY-MM-DD`, then `T`, `t` or one space, `HH:MM`, optionally `:SS`, after seconds optionally `.` and 1
    to 9 digits (those beyond the sixth are dropped), then `Z`, `z`, `+HH:MM`, `-HH:MM`, `+HHMM` or `-HHMM`. ASCII
    digits, real dates of the years 0001 to 9999, no 24:00, no second 60, an offset of at most 14:00, nothing before
    or after. Raises InstantError.
    """
    if _USUAL.fullmatch(text) and text[-1] == "Z":  # as below; most texts are such, and a ticket has many
        try:
            since = datetime.fromisoformat(text[:19]) - _EPOCH
        except ValueError:
            pass
        else:
            us = (since.days * 86_400 + since.seconds) * SECOND_US
            return Instant(us, us)
    naive_us, offset = _read(text)
    if offset is None:
        raise InstantError(f"{shown(text)} has no offset from UTC; write Z or +HH:MM after it, or name its time zone")
    us = naive_us - offset
    return Instant(us, us)


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
    if _USUAL.fullmatch(text):
        try:
            since = datetime.fromisoformat(text[:19]) - _EPOCH
        except ValueError:  # there is no such date; below it is said which
            pass
        else:
            return (since.days * 86_400 + since.seconds) * SECOND_US, 0 if len(text) == 20 else None
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise InstantError(_why_not(text))
    day, clock, seconds, fraction, offset = match.groups()
    us = _day_us(day) + _minute_us(clock)
    if seconds is not None:
        us += _second_us(seconds)
        if fraction is not None:
            us += fraction_us(fraction)
    return us, None if offset is None else _offset_us(offset)


# A file repeats its days, minutes of the day and offsets; remembering them takes away most of the cost of a parse.
@lru_cache(maxsize=8192)
def _day_us(text: str) -> int:
    return civil_us(int(text[:4]), int(text[5:7]), int(text[8:]))


@lru_cache(maxsize=2048)
def _minute_us(text: str) -> int:
    return clock_us(int(text[:2]), int(text[3:]), 0)


@lru_cache(maxsize=128)
def _second_us(text: str) -> int:
    return clock_us(0, 0, int(text))


_offset_us = lru_cache(maxsize=4096)(offset_us)


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
