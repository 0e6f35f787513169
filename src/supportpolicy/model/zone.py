"""Time zones, read from the `tzdata` package alone, so that a result does not depend on the machine it was made on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from supportpolicy.errors import did_you_mean
from supportpolicy.model.instant import DAY_US, Instant, shown

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)

# Rules of zones repeat with the calendar, every 400 years: before the first rule nothing changes, and after the last
# the same rule holds for ever. So a time near the ends of `datetime` is looked up 400 years further in.
_CYCLE_US = 146_097 * DAY_US
_FIRST_US = (datetime(2, 1, 1) - _EPOCH) // _MICROSECOND
_LAST_US = (datetime(9999, 1, 1) - _EPOCH) // _MICROSECOND

_MAX_CACHED_DAYS = 100_000


class ZoneError(ValueError):
    """A name that is no time zone of the `tzdata` package. The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its IANA name; get one from `load_zone`. Equal if the names are."""

    name: str
    _rules: ZoneInfo = field(repr=False, compare=False)
    _day_offsets: dict[int, int | None] = field(repr=False, compare=False, default_factory=dict)

    def local_to_utc(self, naive_us: int) -> Instant | None:
        """The instant at which the wall clock shows `naive_us` (microseconds since 1970-01-01T00:00:00 on that wall).

        None if it never does, because the clock was put forward over it; the two readings as lo and hi if it did so
        twice, because the clock was put back.
        """
        offset = self._day_offset(naive_us)
        if offset is not None:
            return Instant(naive_us - offset, naive_us - offset)
        first, second = self._offsets(naive_us)
        return None if first < second else Instant(naive_us - first, naive_us - second)

    def first_reading(self, naive_us: int) -> int:
        """The instant of a local bound: in a fold the first reading, in a gap moved forward by the gap."""
        return naive_us - self._offsets(naive_us)[0]

    def utc_to_local(self, us: int) -> int:
        """What the wall clock shows, in microseconds since 1970-01-01T00:00:00 on that wall, at an instant."""
        at = _within(us)
        utc = (_EPOCH + timedelta(microseconds=at)).replace(tzinfo=self._rules)
        local = self._rules.fromutc(utc).replace(tzinfo=None)
        return us - at + (local - _EPOCH) // _MICROSECOND

    def _day_offset(self, naive_us: int) -> int | None:
        """The offset of the whole local day, None if it changes. No zone changes twice within a day and ends as before,
        so the day's two ends tell; a test holds the zones to that."""
        day = naive_us // DAY_US
        try:
            return self._day_offsets[day]
        except KeyError:
            offsets = {*self._offsets(day * DAY_US), *self._offsets((day + 1) * DAY_US)}
            offset = offsets.pop() if len(offsets) == 1 else None
            if len(self._day_offsets) >= _MAX_CACHED_DAYS:
                self._day_offsets.clear()
            self._day_offsets[day] = offset
            return offset

    def _offsets(self, naive_us: int) -> tuple[int, int]:
        """The offsets of the two readings: equal as a rule, falling in a fold, rising in a gap."""
        at = (_EPOCH + timedelta(microseconds=_within(naive_us))).replace(tzinfo=self._rules)
        return _offset_us(at), _offset_us(at.replace(fold=1))

    def __reduce__(self) -> tuple[object, ...]:
        return load_zone, (self.name,)


@cache
def load_zone(name: str) -> Zone:
    """The zone of an IANA name such as `Europe/Berlin`, spelt exactly. Raises ZoneError with the nearest name."""
    # Only names that the package lists are ever made into a path.
    if name not in zone_names():
        hint = did_you_mean(name, zone_names()) if len(name) <= 60 else ""
        raise ZoneError(
            f"{shown(name)} is not a time zone of the IANA database"
            + (f"; {hint}" if hint else "; expected a name such as Europe/Berlin or UTC")
        )
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return Zone(name, ZoneInfo.from_file(file, key=name))


@cache
def zone_names() -> frozenset[str]:
    """All names that `load_zone` takes."""
    from importlib.resources import files

    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def tzdata_version() -> str:
    """The release of the IANA database in use, such as `2025b`."""
    from importlib import import_module

    return str(import_module("tzdata").IANA_VERSION)


def _within(us: int) -> int:
    if us < _FIRST_US:
        return us + -((us - _FIRST_US) // _CYCLE_US) * _CYCLE_US
    if us >= _LAST_US:
        return us - ((us - _LAST_US) // _CYCLE_US + 1) * _CYCLE_US
    return us


def _offset_us(at: datetime) -> int:
    offset = at.utcoffset()
    return 0 if offset is None else offset // _MICROSECOND
