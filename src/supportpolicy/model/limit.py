"""What a policy promises in one cell of its table: a limit on a calendar, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from supportpolicy.model.duration import format_duration
from supportpolicy.model.instant import HOUR_US

ALWAYS: Final = "24x7"
"""The built-in calendar that is always open: 24 hours on it are 86,400 seconds, whatever the zone."""


def format_open_time(us: int) -> str:
    """Open time as `80h 30m`: without days, which would be read as business days."""
    hours, rest = divmod(us, HOUR_US)
    return " ".join([*([f"{hours}h"] if hours else []), *([format_duration(rest)] if rest or not hours else [])])


@dataclass(frozen=True, slots=True)
class OpenTime:
    """`us` microseconds of open time on a calendar: `8h in office`."""

    us: int
    calendar: str

    def __str__(self) -> str:
        return f"{format_open_time(self.us)} in {self.calendar}"


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """The same time on the wall, `count` business days later: `5 business days in office`."""

    count: int
    calendar: str

    def __str__(self) -> str:
        return f"{self.count} business day{'' if self.count == 1 else 's'} in {self.calendar}"


@dataclass(frozen=True, slots=True)
class EndOfBusinessDay:
    """The last closing of the business day `count` days later: `end of business day 1 in office`. 0 is the same day."""

    count: int
    calendar: str

    def __str__(self) -> str:
        return f"end of business day {self.count} in {self.calendar}"


@dataclass(frozen=True, slots=True)
class NextOpening:
    """The next opening of a calendar, and at once while it is open: `next opening in office`."""

    calendar: str

    def __str__(self) -> str:
        return f"next opening in {self.calendar}"


@dataclass(frozen=True, slots=True)
class NotOffered:
    """Such tickets are not served: there is nothing to keep."""

    def __str__(self) -> str:
        return "not offered"


@dataclass(frozen=True, slots=True)
class BestEffort:
    """An effort is promised, and no time that a record could break."""

    def __str__(self) -> str:
        return "best effort"


@dataclass(frozen=True, slots=True)
class NotStated:
    """The text leaves the cell empty."""

    def __str__(self) -> str:
        return "not stated"


@dataclass(frozen=True, slots=True)
class AsAgreed:
    """The instant that was agreed for the ticket, in one of its fields: `as agreed next_update`."""

    field: str

    def __str__(self) -> str:
        return f"as agreed {self.field}"


CalendarLimit: TypeAlias = OpenTime | BusinessDays | EndOfBusinessDay | NextOpening
"""A limit that is reckoned on a calendar."""

Cell: TypeAlias = CalendarLimit | NotOffered | BestEffort | NotStated | AsAgreed
