"""Formats of times that are not in the canonical shape, such as `D/M/YYYY hh:mm`, in a language of few directives.

Nothing here depends on the machine or its locale, and what a directive matches is exactly what its row says.

    YYYY        the year, four digits
    MM, M       the month, two digits, one or two
    MMM, MMMM   the month's English name, three letters or in full, in any case
    DD, D       the day, two digits, one or two
    hh, h       the hour, two digits, one or two; 00 to 23, or with A 1 to 12
    A           AM or PM in any case; 12 AM is midnight
    mm, ss      minutes, seconds, two digits
    f           a fraction of a second, 1 to 9 digits; those beyond the sixth are dropped
    Z           the offset from UTC: Z, z, +HH:MM or +HHMM (or with -)

`T` and everything that is not a letter stands for itself; a letter in any other place is an error. The words
`epoch-seconds` and `epoch-milliseconds` are formats too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from supportpolicy.errors import did_you_mean
from supportpolicy.model.instant import (
    HOUR_US,
    InstantError,
    ParsedTime,
    civil_us,
    clock_us,
    format_us,
    fraction_us,
    offset_us,
    shown,
)

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_NUMBERS = {name: n for n, full in enumerate(_MONTHS, 1) for name in (full, full[:3])}

_Part = Literal["year", "month", "day", "hour", "half", "minute", "second", "fraction", "offset"]
_Width = Literal["fixed digits", "some digits", "no digits"]


@dataclass(frozen=True, slots=True)
class _Directive:
    part: _Part
    pattern: str
    width: _Width


_DIRECTIVES = {
    "YYYY": _Directive("year", "[0-9]{4}", "fixed digits"),
    "MM": _Directive("month", "[0-9]{2}", "fixed digits"),
    "M": _Directive("month", "[0-9]{1,2}", "some digits"),
    "MMM": _Directive("month", f"(?i:{'|'.join(m[:3] for m in _MONTHS)})", "no digits"),
    "MMMM": _Directive("month", f"(?i:{'|'.join(_MONTHS)})", "no digits"),
    "DD": _Directive("day", "[0-9]{2}", "fixed digits"),
    "D": _Directive("day", "[0-9]{1,2}", "some digits"),
    "hh": _Directive("hour", "[0-9]{2}", "fixed digits"),
    "h": _Directive("hour", "[0-9]{1,2}", "some digits"),
    "A": _Directive("half", "(?i:AM|PM)", "no digits"),
    "mm": _Directive("minute", "[0-9]{2}", "fixed digits"),
    "ss": _Directive("second", "[0-9]{2}", "fixed digits"),
    "f": _Directive("fraction", "[0-9]{1,9}", "some digits"),
    "Z": _Directive("offset", "[Zz]|[+-][0-9]{2}:?[0-9]{2}", "no digits"),
}
_SUPPORTED = f"one of {', '.join(_DIRECTIVES)}"

# A part makes no sense without the larger one, and is never made up if a smaller one stands there.
_NEEDS: dict[_Part, _Part] = {"half": "hour", "minute": "hour", "second": "minute", "fraction": "second"}

_NO_CENTURY = "two digits of a year leave its century open; the export must be made with four (YYYY)"
_NO_WEEKDAY = "names of week days are not read; only the date is"

# What other libraries, and strptime after its %, call our directives.
_ELSEWHERE = {
    other: ours
    for ours, others in {
        "YYYY": "yyyy Y y",
        "MMM": "mmm",
        "MMMM": "mmmm",
        "DD": "dd",
        "D": "d",
        "hh": "HH KK kk",
        "h": "H K k G",
        "A": "a aa AA t tt",
        "mm": "m i",
        "ss": "s SS",
        "f": "S SSS SSSSSS ff fff ffffff F FFF FFFFFF",
        "Z": "z zz zzz ZZ ZZZ X XX XXX x xx xxx",
    }.items()
    for other in others.split()
}
_STRPTIME = {
    "Y": "YYYY",
    "m": "MM",
    "b": "MMM",
    "h": "MMM",
    "B": "MMMM",
    "d": "DD",
    "e": "D",
    "H": "hh",
    "I": "hh",
    "p": "A",
    "M": "mm",
    "S": "ss",
    "f": "f",
    "z": "Z",
}
_WEEKDAYS = frozenset({"E", "EE", "EEE", "EEEE", "ddd", "dddd", "DDD", "DDDD"})

_EPOCH_UNITS_US = {"epoch-seconds": 1_000_000, "epoch-milliseconds": 1_000}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_FIRST_US = civil_us(1, 1, 1)
_LAST_US = civil_us(9999, 12, 31) + 24 * HOUR_US - 1


class FormatError(ValueError):
    """A text that is not a format.

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
class TimeFormat:
    """A compiled format; get one from `TimeFormat.compile`. Equal if the texts are."""

    text: str
    _pattern: re.Pattern[str] = field(repr=False, compare=False)
    _parts: Mapping[_Part, int] = field(repr=False, compare=False)
    """Which group of the pattern each part of the time is."""
    _epoch_unit_us: int = field(repr=False, compare=False, default=0)

    @classmethod
    def compile(cls, text: str) -> TimeFormat:
        """The format that a text of directives describes; the module's head lists them.

        Year, month and day must be there, each part at most once, and none without the next larger one. Where digits
        meet without a separator only one of them may be of variable width, or the text could be read in two ways.
        Raises FormatError.
        """
        unit = _EPOCH_UNITS_US.get(text)
        if unit is not None:
            return cls(text, _INTEGER, {}, unit)
        if text[:5].lower().startswith(("epoch", "unix")):
            raise FormatError(
                f"there is no format {shown(text)}",
                0,
                expected=" or ".join(_EPOCH_UNITS_US),
                hint=did_you_mean(text[:40], _EPOCH_UNITS_US),
            )
        patterns: list[str] = []
        at: dict[_Part, int] = {}
        variable = ""
        for position, token in _tokens(text):
            directive = _DIRECTIVES.get(token)
            if directive is None:
                _check_literal(text, position, token)
                patterns.append(re.escape(token))
                variable = variable if token in "0123456789" else ""
                continue
            if directive.part in at:
                raise FormatError(f"the {directive.part} stands twice", position, hint=f"{token!r} is the second")
            at[directive.part] = position
            patterns.append(f"({directive.pattern})")
            if directive.width == "no digits":
                variable = ""
            elif directive.width == "some digits":
                if variable:
                    raise FormatError(
                        f"{variable!r} and {token!r} both vary in width with only digits between them, "
                        "so a text could be read in two ways",
                        position,
                        expected="a separator between them, or two-digit directives",
                    )
                variable = token
        _check_whole(text, at)
        return cls(text, re.compile("".join(patterns), re.ASCII), {part: group for group, part in enumerate(at)})

    def parse(self, text: str) -> ParsedTime:
        """The wall clock's reading and the offset, if the format has one, of a text that matches the format whole.

        Parts of the time of day that the format leaves out are zero. An epoch format gives UTC, offset zero. Raises
        InstantError for another shape, a date or time that does not exist and years outside 0001 to 9999.
        """
        match = self._pattern.fullmatch(text)
        if match is None:
            if self._epoch_unit_us:
                raise InstantError(f"{shown(text)} is not an integer of at most 18 digits, as {self.text} are")
            raise InstantError(f"{shown(text)} does not have the shape {shown(self.text)}")
        if self._epoch_unit_us:
            return ParsedTime(self._epoch_us(text), 0)
        parts, texts = self._parts, match.groups()
        month = texts[parts["month"]]
        number = int(month) if month.isdigit() else _MONTH_NUMBERS[month.lower()]
        us = civil_us(int(texts[parts["year"]]), number, int(texts[parts["day"]]))
        if "hour" in parts:
            hour = int(texts[parts["hour"]])
            if "half" in parts:
                hour = _hour_of_day(hour, texts[parts["half"]])
            minute = int(texts[parts["minute"]]) if "minute" in parts else 0
            us += clock_us(hour, minute, int(texts[parts["second"]]) if "second" in parts else 0)
        if "fraction" in parts:
            us += fraction_us(texts[parts["fraction"]])
        return ParsedTime(us, offset_us(texts[parts["offset"]]) if "offset" in parts else None)

    def _epoch_us(self, text: str) -> int:
        us = int(text) * self._epoch_unit_us
        if _FIRST_US <= us <= _LAST_US:
            return us
        hint = ""
        if self.text == "epoch-seconds" and _FIRST_US <= int(text) * 1_000 <= _LAST_US:
            hint = f"; read as epoch-milliseconds it would be {format_us(int(text) * 1_000)}"
        raise InstantError(f"{text} read as {self.text} lies outside the years 0001 to 9999{hint}")


def _tokens(text: str) -> list[tuple[int, str]]:
    """Runs of one and the same letter, and single other characters, with their positions."""
    tokens = []
    position = 0
    for char, run in groupby(text):
        length = len(list(run))
        if char.isalpha():
            tokens.append((position, char * length))
        else:
            tokens.extend((position + n, char) for n in range(length))
        position += length
    return tokens


def _check_literal(text: str, position: int, token: str) -> None:
    """Raise unless the token stands for itself."""
    following = text[position + 1 : position + 2]
    if token == "%" and following.isalpha():
        hint = _NO_CENTURY if following == "y" else ""
        if following in _STRPTIME:
            hint = f"strptime's %{following} is written {_STRPTIME[following]} here"
        raise FormatError(f"%{following} is no directive", position, expected=_SUPPORTED, hint=hint)
    if not token[0].isalpha() or token == "T":
        return
    if token.lower() == "yy":
        raise FormatError(f"{token!r} is refused", position, hint=_NO_CENTURY)
    hint = ""
    if token in _WEEKDAYS:
        hint = _NO_WEEKDAY
    elif token == "m" and "M" not in text:
        hint = "the month is written M, minutes are written mm"
    elif token in _ELSEWHERE:
        hint = f"did you mean {_ELSEWHERE[token]!r}?"
    elif len(token) <= 20:
        hint = did_you_mean(token, _DIRECTIVES)
    raise FormatError(f"{shown(token)} is no directive", position, expected=_SUPPORTED, hint=hint)


def _check_whole(text: str, at: dict[_Part, int]) -> None:
    """Raise unless a date is there and no part without the next larger one."""
    dates: tuple[_Part, ...] = ("year", "month", "day")
    missing = [part for part in dates if part not in at]
    if missing:
        raise FormatError(
            f"the format has no {' and no '.join(missing)}", len(text), expected="at least YYYY, a month and a day"
        )
    for part, larger in _NEEDS.items():
        if part in at and larger not in at:
            name = "AM or PM" if part == "half" else f"{part}s" if part != "fraction" else "a fraction"
            raise FormatError(f"the format has {name} but no {larger}", at[part], expected=f"the {larger} too")


def _hour_of_day(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise InstantError(f"there is no hour {hour:02d} {half}; hours with AM or PM run from 1 to 12")
    return hour % 12 + (12 if half.upper() == "PM" else 0)
