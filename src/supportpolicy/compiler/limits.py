"""Time limits as policies write them: `12h in 24x7`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.nodes import Limit
from supportpolicy.model.duration import DurationError, parse_duration

ALWAYS: Final = "24x7"
"""The built-in calendar that is always open: 24 hours on it are 86,400 seconds, whatever the zone."""


@dataclass(frozen=True, slots=True)
class LimitFault:
    """What is wrong with a limit, and at which character of its text (from 0)."""

    position: int
    message: str
    expected: str
    hint: str = ""


def parse_limit(text: str) -> Limit | LimitFault:
    """The limit that `text` states, or its fault."""
    amount, separator, calendar = text.partition(" in ")
    try:
        duration = parse_duration(amount.strip())
    except DurationError as error:
        offset = len(amount) - len(amount.lstrip())
        return LimitFault(offset + error.position, error.message, error.expected, error.hint)
    if not separator:
        return LimitFault(len(text), "a limit names its clock", f"`{text.strip()} in {ALWAYS}`")
    name = calendar.strip()
    if name != ALWAYS:
        return LimitFault(
            len(amount) + len(separator), f"there is no calendar {name!r}", ALWAYS, "24x7 is the one calendar so far"
        )
    return Limit(duration.us, name, " ".join(text.split()))
