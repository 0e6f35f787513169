"""How many events there are and what is wrong with their lists, in the words that all reports share."""

from __future__ import annotations

from typing import Final

from supportpolicy.model.finding import Totals
from supportpolicy.reports.summary import number

TITLE: Final = "Events of the judged tickets"


def event_rows(totals: Totals) -> list[tuple[str, str]]:
    """What is counted of events, each with its number; nothing where there are none."""
    events = totals.events
    if not events.there:
        return []
    return [
        ("events read", f"{events.read:,} in {number(events.tickets, 'ticket')}"),
        ("repeat another of their ticket", f"{events.repeated:,}"),
        ("after the audit instant, ignored", f"{events.later:,}"),
        ("lists out of order", f"{events.out_of_order:,}"),
        ("lists that are not complete", f"{events.incomplete:,}"),
        ("lists that cannot be read", f"{events.unreadable:,}"),
        ("rows of no ticket, left out", f"{events.strays:,}"),
    ]
