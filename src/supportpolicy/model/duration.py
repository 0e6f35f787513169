"""Durations as people write them in a policy: `12h`, `1h30m`, `2 days`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from supportpolicy.errors import did_you_mean
from supportpolicy.model.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, shown

MAX_DURATION_US = 36_525 * DAY_US
"""One hundred years, the longest duration."""

_UNITS = {
    "w": 7 * DAY_US,
    "d": DAY_US,
    "h": HOUR_US,
    "m": MINUTE_US,
    "s": SECOND_US,
}
_WORDS = {
    word: symbol
    for symbol, name in {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}.items()
    for word in (symbol, name, f"{name}s")
}
_NO_FIXED_LENGTH = frozenset({"month", "months", "mo", "quarter", "quarters", "year", "years", "y", "yr"})
_EXPECTED = "whole numbers with units, such as 12h, 90m, 1h30m or 2 days"
_EXPECTED_UNIT = "one of w, d, h, m, s, or week, day, hour, minute, second and their plurals"

_NUMBER = re.compile(r"[0-9]+")
_FRACTION = re.compile(r"([0-9]{1,9})[.,]([0-9]{1,9}) *([^\W\d_]+)$")
_WORD = re.compile(r"[^\W\d_]+")
_BLANKS = re.compile(r" *")


class DurationError(ValueError):
    """A text that is not a duration.

    `position` is the character where it goes wrong, from 0; `expected` and `hint` are empty where there is nothing to
    say.
    """

    def __init__(self, message: str, position: int, *, expected: str = "", hint: str = "") -> None:
        super().__init__(message + (f"; expected {expected}" if expected else "") + (f"; {hint}" if hint else ""))
        self.message = message
        self.position = position
        self.expected = expected
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in microseconds; `has_days` if it was written with days or weeks.

    A day is 24 hours here. On a calendar with closed hours that is seldom what was meant, so `has_days` lets the reader
    of a limit refuse it there.
    """

    us: int
    has_days: bool


def parse_duration(text: str) -> Duration:
    """The duration of one or more whole numbers with units, from the largest unit to the smallest, each at most once.

    Units are w, d, h, m, s or the words week, day, hour, minute, second and their plurals, in lower case; a number, its
    unit and the next number may have spaces between them. More than nothing, at most 100 years (36,525 days). Raises
    DurationError.
    """
    if not text:
        raise DurationError("the duration is empty", 0, expected=_EXPECTED)
    at = us = 0
    least: int | None = None
    has_days = False
    while at < len(text):
        number = _NUMBER.match(text, at)
        if number is None:
            raise _not_a_number(text, at)
        unit_at = _end_of_blanks(text, number.end())
        symbol, end = _unit(text, at, unit_at)
        size = _UNITS[symbol]
        if least is not None and size >= least:
            again = size == least
            raise DurationError(
                f"the unit {text[unit_at:end]!r} {'stands twice' if again else 'follows a smaller one'}",
                unit_at,
                expected="each unit once, from the largest to the smallest",
            )
        least = size
        has_days = has_days or symbol in ("w", "d")
        # Counting the digits first keeps a hostile number from becoming a huge integer.
        digits = number.group().lstrip("0")
        us += int(digits or 0) * size if len(digits) <= 18 else MAX_DURATION_US + 1
        if us > MAX_DURATION_US:
            raise DurationError("the duration is longer than 100 years", at, expected="at most 36525 days")
        at = end
        following = _end_of_blanks(text, end)
        if following < len(text):
            at = following
    if us == 0:
        raise DurationError("a limit of nothing cannot be kept", 0, expected="more than 0")
    return Duration(us, has_days)


def format_duration(us: int) -> str:
    """Microseconds as `1h 30m`: the units that are not zero, from the largest to the smallest, exactly.

    Below 48 hours there are no days, since limits are spoken of in hours: `24h`, `36h`, but `2d 2h`. Seconds carry
    what is left as a fraction: `12h 0.000001s`. A minus stands once, before everything: `-1h 30m`. Nothing is `0s`.
    """
    if us == 0:
        return "0s"
    rest = abs(us)
    parts = []
    for symbol in ("d", "h", "m"):
        if symbol == "d" and rest < 2 * DAY_US:
            continue
        count, rest = divmod(rest, _UNITS[symbol])
        if count:
            parts.append(f"{count}{symbol}")
    if rest:
        seconds, micros = divmod(rest, SECOND_US)
        fraction = f".{micros:06d}".rstrip("0") if micros else ""
        parts.append(f"{seconds}{fraction}s")
    return ("-" if us < 0 else "") + " ".join(parts)


def _end_of_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return at if match is None else match.end()


def _unit(text: str, number_at: int, at: int) -> tuple[str, int]:
    """The symbol of the unit at `at` and where it ends."""
    if at >= len(text):
        raise DurationError("a number without a unit", at, expected=_EXPECTED_UNIT)
    match = _WORD.match(text, at)
    if match is None:
        raise _not_a_unit(text, number_at, at)
    word = match.group()
    symbol = _WORDS.get(word)
    if symbol is not None:
        return symbol, match.end()
    if word.lower() in _NO_FIXED_LENGTH:
        raise DurationError(f"{word.lower()!r} has no fixed length", at, expected=_EXPECTED_UNIT)
    lowered = _WORDS.get(word.lower())
    if lowered is not None:
        hint = f"units are in lower case: {word.lower()!r}"
    else:
        hint = did_you_mean(word, (w for w in _WORDS if len(w) > 1)) if len(word) <= 20 else ""
    raise DurationError(f"unknown unit {shown(word)}", at, expected=_EXPECTED_UNIT, hint=hint)


def _not_a_number(text: str, at: int) -> DurationError:
    found = text[at]
    if found in "+-":
        return DurationError("a duration has no sign", at, expected=_EXPECTED)
    if found.isspace():
        message = "white space before the duration" if at == 0 else "white space other than a space in the duration"
        if not text[at:].strip():
            message = "white space after the duration"
        return DurationError(message, at, expected=_EXPECTED)
    return DurationError(f"a duration cannot go on with {found!r}", at, expected=_EXPECTED)


def _not_a_unit(text: str, number_at: int, at: int) -> DurationError:
    if text[at] in ".,":
        return DurationError(
            "a duration has no fractions", at, expected="whole numbers", hint=_whole(text, number_at) or ""
        )
    return DurationError(f"{text[at]!r} where a unit should be", at, expected=_EXPECTED_UNIT)


def _whole(text: str, at: int) -> str | None:
    """How to write a fraction without one: `1.5h` is `90m`."""
    match = _FRACTION.match(text, at)
    if match is None or match.group(3) not in _WORDS:
        return None
    scale = 10 ** len(match.group(2))
    own_size = _UNITS[_WORDS[match.group(3)]]
    scaled = int(match.group(1) + match.group(2)) * own_size
    for symbol, size in _UNITS.items():
        if scaled and size <= own_size and scaled % (scale * size) == 0:
            return f"write {text[:at]}{scaled // (scale * size)}{symbol}"
    return None
