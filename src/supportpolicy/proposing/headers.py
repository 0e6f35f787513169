"""Names that columns bear in the exports of common helpdesks: Zendesk, ServiceNow, Freshdesk, Freshservice, Jira.

Names are compared by `plain_header`. Under each field they stand in the order of preference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HEADERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": (
            "ticket id",
            "issue key",
            "ticket number",
            "incident number",
            "case number",
            "request number",
            "number",
            "id",
            "key",
            "case id",
            "request id",
            "issue id",
            "ticket",
            "case",
            "incident",
        ),
        "reference": ("reference", "reference number", "ticket reference"),
        "submitted": (
            "submitted",
            "submitted at",
            "created at",
            "created",
            "created time",
            "created date",
            "creation date",
            "date created",
            "opened at",
            "opened",
            "date opened",
            "open time",
            "reported at",
            "sys created on",
            "sys created at",
            "createdat",
        ),
        "acknowledged": ("acknowledged", "acknowledged at"),
        "first_response": (
            "first response",
            "first response at",
            "first responded at",
            "initial response time",
            "first reply at",
            "custom field chart date of first response",
            "chart date of first response",
        ),
        "resolved": (
            "resolved",
            "resolved at",
            "resolved time",
            "solved at",
            "solved",
            "resolution date",
            "resolutiondate",
            "date resolved",
        ),
        "closed": ("closed", "closed at", "closed time", "date closed", "close time", "close at", "closedat"),
        "updated": (
            "updated",
            "updated at",
            "last updated",
            "last update time",
            "last modified",
            "sys updated on",
            "sys updated at",
            "lastupdated",
        ),
        "status": ("status", "state", "incident state", "ticket status"),
        "priority": ("priority", "prio"),
        "severity": ("severity",),
        "channel": (
            "channel",
            "via",
            "source",
            "contact type",
            "origin",
            "reported source",
            "via channel",
            "source type",
        ),
        "language": (
            "language",
            "request language",
            "custom field request language",
            "requester language",
            "requester locale",
            "locale",
        ),
        "edition": ("edition", "product edition"),
        "plan": ("plan", "account tier", "subscription plan", "support plan"),
        "region": ("region",),
        "product": ("product", "product list"),
        "organization": (
            "organization",
            "organisation",
            "company name",
            "company",
            "account name",
            "custom field organizations",
        ),
        "requester": (
            "requester id",
            "requester email",
            "requester",
            "requester name",
            "reporter",
            "caller id",
            "caller",
            "email",
            "customer",
        ),
        "assignee": ("assignee", "assigned to", "agent", "owner"),
        "group": ("group", "assignment group", "team"),
        "tags": ("tags", "labels"),
        "subject": ("subject", "summary", "short description", "title"),
        "created_by_role": ("created by role",),
    }
)
"""For each field the names of columns that give it."""

HINTS: Final = (
    ("first_response", re.compile("first.*(respon|repl)|(respon|repl).*first")),
    ("acknowledged", re.compile("acknowledg")),
    ("submitted", re.compile("submit|creat|open(ed)?\\b|report(ed)?\\b|receiv")),
    ("resolved", re.compile("resol|solv")),
    ("closed", re.compile("clos")),
    ("updated", re.compile("updat|modif|chang")),
)
"""What the name of a column of times may hint at where the table above does not know it."""

NO_HAPPENING: Final = re.compile("due|deadline|target|sla|expect|planned|breach|birth|escalat")
"""Times at which nothing happened, whatever else their names say."""

MEASURED: Final = (
    (
        "first_response",
        re.compile(
            "first (?:reply|response) time in (?P<unit>[a-z]+)(?P<rest>.*)|first (?:reply|response) in (?P<short>[a-z]+)"
        ),
    ),
    ("resolved", re.compile("(?:full resolution|resolution) time in (?P<unit>[a-z]+)(?P<rest>.*)")),
)
"""Durations that the helpdesk measured itself, by name; the unit stands in it."""

REPLIES: Final = ("replies", "agent interactions", "public replies")
"""Counts of what the staff wrote: where they are zero, there was no first response."""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        unit: short
        for short, names in {
            "s": "s sec secs second seconds",
            "m": "m min mins minute minutes",
            "h": "h hr hrs hour hours",
            "d": "d day days",
        }.items()
        for unit in names.split()
    }
)

_BREAKS: Final = re.compile(r"[^0-9a-z]+")


def plain_header(header: str) -> str:
    """The header in lower case, everything but letters and digits as one blank."""
    return _BREAKS.sub(" ", header.lower()).strip()
