"""In which format a column writes its times, tried on all of its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.model.instant import DAY_US, MINUTE_US, InstantError, ParsedTime, parse_time
from supportpolicy.model.time_format import TimeFormat

CANONICAL: Final = ""
"""The format of a column that needs none."""

_DATES: Final = (
    "D/M/YYYY", "M/D/YYYY", "D.M.YYYY", "D-M-YYYY", "M-D-YYYY", "YYYY/M/D", "YYYY-MM-DD", "D MMM YYYY", "D-MMM-YYYY",
    "D/MMM/YYYY", "MMM D, YYYY", "MMMM D, YYYY", "D MMMM YYYY",
)  # fmt: skip
_CLOCKS: Final = ("hh:mm", "hh:mm:ss", "h:mm", "h:mm A", "h:mm:ss A", "hh:mm:ss Z", "hh:mm:ss.f")
_FORMATS: Final = (
    *(
        f"{date}{sep}{clock}"
        for date in _DATES
        for sep in (" ", ", ")
        for clock in _CLOCKS
        if sep == " " or "M" in date
    ),
    *_DATES,
)
EPOCHS: Final = ("epoch-seconds", "epoch-milliseconds")
_TWINS: Final = {"D/M/YYYY": "M/D/YYYY", "D-M-YYYY": "M-D-YYYY"}
_PLAUSIBLE: Final = (DAY_US * 365 * 20, DAY_US * 365 * 130)
"""1990 to 2100: an integer read as an epoch outside these is no time."""

_FEW: Final = 20
_HOPELESS: Final = 10
_ENOUGH: Final = 0.95
_MOST: Final = 0.5
_SHOWN: Final = 3
_LEAST_ROUND: Final = 5
"""So many distinct times must all show no seconds before that is taken for a habit."""

_DIGITS: Final = re.compile("[0-9]")


def twin(format_: str) -> str | None:
    """The same format with day and month the other way round, None where that cannot be."""
    for one, other in (*_TWINS.items(), *((b, a) for a, b in _TWINS.items())):
        if format_.startswith(one):
            return other + format_.removeprefix(one)
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """How often a format fits a column's distinct values, and how coarse and how placed they are by it."""

    format: str
    hits: int
    zoned: int
    subminute: bool

    @property
    def is_date(self) -> bool:
        return self.format in _DATES

    @property
    def shows_seconds(self) -> bool:
        return self.format == CANONICAL or "ss" in self.format or self.format in EPOCHS


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times. `either` is the format that fits as well with day and month exchanged, if there is one; `missed`
    are the first values that are not so written."""

    reading: Reading
    either: Reading | None
    tried: int
    missed: tuple[str, ...] = ()

    @property
    def misses(self) -> int:
        return self.tried - self.reading.hits

    @property
    def sure(self) -> bool:
        """Whether nearly all values are so written, so that they alone tell of a column that it holds times."""
        return self.reading.hits >= _ENOUGH * self.tried

    @property
    def naive(self) -> bool:
        return self.reading.zoned < self.reading.hits and self.reading.format not in EPOCHS

    @property
    def unit(self) -> str | None:
        """The unit of what is written: `1d` for bare dates, `1m` where no second is ever shown."""
        if self.reading.is_date:
            return "1d"
        if self.reading.subminute or (self.reading.shows_seconds and self.reading.hits < _LEAST_ROUND):
            return None
        return "1m"

    def turned(self) -> Times:
        """The same column with day and month exchanged."""
        assert self.either is not None
        return Times(self.either, self.reading, self.tried, self.missed)


@dataclass(slots=True)
class TimeTrial:
    """Tries every format on one value after another; a format that fails too often is given up."""

    epochs: bool = False
    tried: int = 0
    _alive: list[str] = field(default_factory=list)
    _started: bool = False
    _hits: Counter[str] = field(default_factory=Counter)
    _zoned: Counter[str] = field(default_factory=Counter)
    _fine: set[str] = field(default_factory=set)
    _missed: dict[str, list[str]] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Try one more distinct value."""
        self.tried += 1
        if not self._started:
            self._alive = [CANONICAL, *_FORMATS, *(EPOCHS if self.epochs else ())]
            self._started = True
        if not self._alive:
            return
        like_time = len(text) <= 40 and _DIGITS.search(text) is not None
        for name in self._alive:
            if not (like_time and self._fits(name, text)):
                missed = self._missed.setdefault(name, [])
                if len(missed) < _SHOWN:
                    missed.append(text)
        if self.tried >= _FEW or (self.tried >= _HOPELESS and not self._hits):
            self._alive = [name for name in self._alive if self._hits[name] >= _MOST * self.tried * 0.9]

    def _fits(self, name: str, text: str) -> bool:
        try:
            parsed = _parser(name)(text)
        except InstantError:
            return False
        if name in EPOCHS and not _PLAUSIBLE[0] <= parsed.naive_us <= _PLAUSIBLE[1]:
            return False
        self._hits[name] += 1
        self._zoned[name] += parsed.offset_us is not None
        if parsed.naive_us % MINUTE_US:
            self._fine.add(name)
        return True

    def times(self) -> Times | None:
        """The format that fits best; None where none fits more than half of the values."""
        readings = [self._reading(name) for name in self._alive if self._hits[name] > _MOST * self.tried]
        if not readings or not self.tried:
            return None
        best = max(readings, key=lambda reading: reading.hits)
        other = twin(best.format)
        either = next((r for r in readings if r.format == other and r.hits == best.hits), None)
        return Times(best, either, self.tried, tuple(self._missed.get(best.format, ())))

    def _reading(self, name: str) -> Reading:
        return Reading(name, self._hits[name], self._zoned[name], name in self._fine)


def two_digit_years(text: str) -> bool:
    """Whether the text looks like a time whose year has two digits, which no format reads."""
    return re.match(r"[0-9]{1,2}[/.-](?:[0-9]{1,2}|[A-Za-z]{3})[/.-][0-9]{2}(?![0-9])", text) is not None


_PARSERS: Final[dict[str, Callable[[str], ParsedTime]]] = {CANONICAL: parse_time}


def _parser(name: str) -> Callable[[str], ParsedTime]:
    if name not in _PARSERS:
        _PARSERS[name] = TimeFormat.compile(name).parse
    return _PARSERS[name]
