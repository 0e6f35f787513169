"""A span of time to which an audit is limited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.instant import Instant, InstantError, format_us, parse_instant

_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|z|[+-][0-9]{2}:?[0-9]{2})?")


class PeriodError(ValueError):
    """A text that is no period; the message says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`, in microseconds since the epoch; None where that end is open."""

    since: int | None
    until: int | None

    def certainly_without(self, instant: Instant) -> bool:
        """Whether the instant lies outside the period wherever between its two ends it is."""
        before = self.since is not None and instant.hi < self.since
        return before or (self.until is not None and instant.lo >= self.until)

    def __str__(self) -> str:
        since = "" if self.since is None else f"from {format_us(self.since)}"
        until = "" if self.until is None else f"until before {format_us(self.until)}"
        return " ".join(end for end in (since, until) if end)


def parse_period(text: str) -> Period:
    """The period that `FROM/TO` names; either may be left out. Each is an instant with its offset, or a date: the
    beginning of that day, in UTC unless an offset stands behind it. Raises PeriodError."""
    first, slash, last = text.partition("/")
    if not slash:
        raise PeriodError("there is no / between its two ends")
    if not (first or last):
        raise PeriodError("both of its ends are open")
    since, until = (_end(end) if end else None for end in (first, last))
    if since is not None and until is not None and since >= until:
        raise PeriodError("nothing lies in it: its end, which is not part of it, must come after its beginning")
    return Period(since, until)


def _end(text: str) -> int:
    date = _DATE.fullmatch(text)
    try:
        return parse_instant(f"{date[1]}T00:00{date[2] or 'Z'}" if date else text).lo
    except InstantError as error:
        raise PeriodError(str(error)) from None
