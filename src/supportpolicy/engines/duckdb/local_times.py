"""Local times that SQL reads: of one shape, in a span of days on most of which the zone has one offset.

A pattern says which texts have the shape, so narrowly that DuckDB's reading of them cannot differ from the grammar's. Texts
of other days, and of days on which the clocks are changed, are left to the decoder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.expr.reading import Reading
from supportpolicy.model.instant import DAY_US, InstantError, parse_naive
from supportpolicy.model.zone import Zone

_DIRECTIVES: Final = {
    "YYYY": ("[0-9]{4}", "%Y"),
    "MM": ("(?:0[1-9]|1[0-2])", "%m"),
    "M": ("(?:0?[1-9]|1[0-2])", "%m"),
    "DD": ("(?:0[1-9]|[12][0-9]|3[01])", "%d"),
    "D": ("(?:0?[1-9]|[12][0-9]|3[01])", "%d"),
    "hh": ("(?:[01][0-9]|2[0-3])", "%H"),
    "h": ("(?:[01]?[0-9]|2[0-3])", "%H"),
    "mm": ("[0-5][0-9]", "%M"),
    "ss": ("[0-5][0-9]", "%S"),
}
_TOKEN: Final = re.compile("|".join(_DIRECTIVES) + "|.", re.DOTALL)
_USUAL: Final = ("YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm:ss", "YYYY-MM-DD hh:mm", "YYYY-MM-DDThh:mm")
_MARGIN: Final = 1_000
"""Days before and after those of the sample that are expected as well."""


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """Times of one shape, on the days from `first` to `last` but those in `odd`."""

    pattern: str
    reading: str
    zone: Zone
    first: int
    last: int
    odd: tuple[int, ...]

    def naive(self, text: str) -> str:
        """The reading of the wall clock in microseconds, as SQL; null for texts that are left to the decoder."""
        us = f"epoch_us(try_strptime({text}, {quoted(self.reading)}))"
        days = f"{us} >= {self.first * DAY_US} AND {us} < {(self.last + 1) * DAY_US}"
        even = f" AND {us} // {DAY_US} NOT IN ({', '.join(map(str, self.odd))})" if self.odd else ""
        return (
            f"CASE WHEN regexp_full_match({text}, {quoted(self.pattern)}) THEN CASE WHEN {days}{even} THEN {us} END END"
        )

    def offsets(self) -> list[tuple[int, int]]:
        """The zone's offset on each day."""
        return [
            (day, offset) for day in range(self.first, self.last + 1) if (offset := _offset(self.zone, day)) is not None
        ]


def local_times(reading: Reading, texts: Sequence[str]) -> LocalTimes | None:
    """What most of some texts are, if they are local times whose zone the mapping names."""
    if reading.zone is None or reading.measured is not None or not texts:
        return None
    for shape in _USUAL if reading.format is None else (reading.format.text,):
        found = _shape(shape)
        if found is None:
            continue
        pattern, told = found
        parts = [
            part for part in (_day(reading, text) for text in texts if re.fullmatch(pattern, text)) if part is not None
        ]
        if len(parts) >= 0.5 * len(texts):
            first, last = max(0, min(parts) - _MARGIN), max(parts) + _MARGIN
            if last - first >= _LONGEST:
                return None
            odd = tuple(day for day in range(first, last + 1) if _offset(reading.zone, day) is None)
            return LocalTimes(pattern, told, reading.zone, first, last, odd)
    return None


_LONGEST: Final = 40_000
"""More days than a century has."""


def _shape(shape: str) -> tuple[str, str] | None:
    """A format as a pattern and as DuckDB writes it; None if it has parts that are not read here."""
    patterns, told, before = [], [], False
    for token in _TOKEN.findall(shape):
        directive = _DIRECTIVES.get(token)
        if directive is not None and not before:
            patterns.append(directive[0])
            told.append(directive[1])
        elif directive is None and (token in "T/-.: ,"):
            patterns.append(re.escape(token) if token != " " else " ")
            told.append(token)
        else:
            return None
        before = directive is not None
    if not {"%Y", "%m", "%d", "%H", "%M"} <= set(told):
        return None
    return "".join(patterns), "".join(told)


def _day(reading: Reading, text: str) -> int | None:
    try:
        naive = reading.format.parse(text).naive_us if reading.format is not None else parse_naive(text)
    except InstantError:
        return None
    return naive // DAY_US if naive >= 0 else None


@lru_cache(maxsize=_LONGEST)  # the columns of a file have one zone and much the same days
def _offset(zone: Zone, day: int) -> int | None:
    """The offset of a whole day, None if it changes on it. It does not change twice and end as before."""
    ends = [zone.local_to_utc(us) for us in (day * DAY_US, day * DAY_US + DAY_US - 1)]
    begun, ended = ends
    if begun is None or ended is None or not (begun.exact and ended.exact):
        return None
    offset = day * DAY_US - begun.lo
    return offset if day * DAY_US + DAY_US - 1 - ended.lo == offset else None
