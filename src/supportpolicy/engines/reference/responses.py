"""Which messages of the staff are a response, and which events a rule on replies speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from supportpolicy.expr.nodes import Counted, Events
from supportpolicy.model.cell import Event, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant

_NOTHING_ELSE: Final[frozenset[Counted]] = frozenset()
"""No rule on replies widens what a response is."""


def opening_message(timeline: object, submitted: object, role: object) -> Event | None:
    """The message that opened the ticket: the first one, if it is not later than the submission and, where the record
    says who opened the ticket, theirs."""
    if isinstance(timeline, Timeline) and isinstance(submitted, Instant):
        for event in timeline.events:
            if event.kind in ("customer_message", "staff_message"):
                theirs = not isinstance(role, str) or event.role == role
                return event if theirs and event.at.lo <= submitted.hi else None
    return None


def response_doubt(event: Event, counts: frozenset[Counted]) -> bool | Unknown:
    """Whether the event is a public, human, non-automatic staff message; Unknown where the record does not say."""
    if event.kind != "staff_message" or event.role in ("customer", "system"):
        return False
    if event.role == "bot" and "bot" not in counts:
        return False
    if event.public is False and "internal_note" not in counts:
        return False
    if event.automatic is True and "automatic" not in counts and event.role != "bot":
        return False
    if event.public is None and "internal_note" not in counts:
        return Unknown(Reason.MISSING, "events.public")
    if event.automatic is None and "automatic" not in counts and event.role != "bot":
        return Unknown(Reason.MISSING, "events.automatic")
    return True


def spoken_of(event: Event, parts: Sequence[Events]) -> bool | Unknown:
    """Whether a rule on replies speaks of the event; the messages of the staff are the replies."""
    doubt: bool | Unknown = False
    for part in parts:
        told = _spoken_of(event, part)
        if told is True:
            return True
        if told is not False:
            doubt = doubt or told
    return doubt


def _spoken_of(event: Event, part: Events) -> bool | Unknown:
    if part.kind == "staff_message":
        return response_doubt(event, _NOTHING_ELSE)
    if event.kind != part.kind or (part.kind == "customer_message" and event.role != "customer"):
        return False
    if part.by and event.role is None:
        return Unknown(Reason.MISSING, "events.role")
    return not part.by or event.role in part.by
