"""What the header of a Zendesk CSV view looks like.

A view holds the columns that its owner chose, so nearly all are optional; newer exports write `ID`, older ones `Id`. Only
English headers are known: Zendesk translates them with the language of the user who exports.
"""

from __future__ import annotations

import csv
import io
from typing import Final

NEEDED: Final = ("id", "created at")
"""The columns without which the mapping has no tickets."""

DISTINCTIVE: Final = frozenset(
    {
        "summation column",
        "requester id",
        "requester external id",
        "requester domain",
        "via",
        "satisfaction score",
        "initially assigned at",
        "group stations",
        "assignee stations",
        "first reply time in minutes",
        "first reply time in minutes within business hours",
        "first resolution time in minutes",
        "first resolution time in minutes within business hours",
        "full resolution time in minutes",
        "full resolution time in minutes within business hours",
        "agent wait time in minutes",
        "agent wait time in minutes within business hours",
        "requester wait time in minutes",
        "requester wait time in minutes within business hours",
        "on hold time in minutes",
        "on hold time in minutes within business hours",
    }
)
"""Columns whose names other helpdesks do not use."""

KNOWN: Final = DISTINCTIVE | {
    *NEEDED,
    "requester",
    "requester email",
    "submitter",
    "assignee",
    "group",
    "subject",
    "tags",
    "status",
    "priority",
    "ticket type",
    "updated at",
    "assigned at",
    "organization",
    "due date",
    "solved at",
    "resolution time",
    "reopens",
    "replies",
}
"""Every column that a view offers besides the account's own fields, in lower case."""


def known_columns(head: bytes) -> frozenset[str]:
    """The columns of a view that the first record of a file names, in lower case; empty where it is not a view's header.

    A view has every needed column and at least two distinctive ones, and no known column twice.
    """
    try:
        text = head.decode("utf-8-sig", errors="replace")
        header = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        return frozenset()
    names = [name.strip(" \t\u00a0").lower() for name in header]
    known = [name for name in names if name in KNOWN]
    seen = frozenset(known)
    if len(known) != len(seen) or not seen.issuperset(NEEDED) or len(seen & DISTINCTIVE) < 2:
        return frozenset()
    return seen
