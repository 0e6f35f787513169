"""The JSON Schemas of calendars, in two steps: the envelope, then each calendar by its form."""

from __future__ import annotations

from typing import Any, Final

from supportpolicy.compiler.shapes import CHOOSE, DIALECT, KEBAB, ONE_OR_MORE
from supportpolicy.plugin.shapes import TEXT, WORDS

_DAYS: Final[dict[str, Any]] = {"type": "object", "minProperties": 1, "additionalProperties": ONE_OR_MORE}

COUNTRY: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["country"],
    "additionalProperties": False,
    "properties": {
        "country": TEXT,
        "subdivision": TEXT,
        "categories": WORDS,
        "observed": {"type": "boolean"},
        "language": TEXT,
        "except": WORDS,
    },
}
"""Holidays of a country."""

NAMED_DATE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["date"],
    "additionalProperties": False,
    "properties": {"date": TEXT, "name": TEXT},
}
"""A holiday by its date."""

CALENDAR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["zone", "hours"],
    "additionalProperties": False,
    "properties": {
        "zone": TEXT,
        "hours": {"anyOf": [_DAYS, TEXT, WORDS]},
        "dates": _DAYS,
        "breaks": _DAYS,
        "holidays": {
            "anyOf": [COUNTRY, {"type": "array", "minItems": 1, "items": {"anyOf": [TEXT, COUNTRY, NAMED_DATE]}}]
        },
        "span": {
            "type": "object",
            "required": ["from", "until"],
            "additionalProperties": False,
            "properties": {"from": TEXT, "until": TEXT},
        },
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "x-expected": "64 hexadecimal digits"},
    },
}
"""A calendar that states its hours."""

REFERENCE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": TEXT, "calendar": {"type": "string", **KEBAB}, "sha256": CALENDAR["properties"]["sha256"]},
}
"""A calendar of a file that several policies share."""

_OR_FIELD: Final[dict[str, Any]] = {
    "type": ["string", "object"],
    "minLength": 1,
    "required": ["field"],
    "additionalProperties": False,
    "properties": {"field": TEXT},
    "x-expected": "a text, or {field: FIELD}",
}
_PLACE: Final[dict[str, Any]] = {
    **COUNTRY,
    "properties": {**COUNTRY["properties"], "country": _OR_FIELD, "subdivision": _OR_FIELD},
}
OF_TICKET: Final[dict[str, Any]] = {
    **CALENDAR,
    "properties": {
        **{key: schema for key, schema in CALENDAR["properties"].items() if key != "sha256"},
        "zone": _OR_FIELD,
        "holidays": {
            "anyOf": [_PLACE, {"type": "array", "minItems": 1, "items": {"anyOf": [TEXT, _PLACE, NAMED_DATE]}}]
        },
    },
}
"""A calendar whose zone or whose holidays a field of the ticket names."""

BY_FIELD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["choose", "cases"],
    "additionalProperties": False,
    "properties": {
        "choose": TEXT,
        "cases": {"type": "object", "minProperties": 1, "additionalProperties": TEXT},
    },
}
"""A calendar that is one of others by the value of a field."""

BY_CONDITION: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["choose"],
    "additionalProperties": False,
    "properties": {"choose": {**CHOOSE, "items": {**CHOOSE["items"], "properties": {"use": TEXT}}}},
}
"""A calendar that is one of others by the first condition that fits."""

CALENDARS: Final[dict[str, Any]] = {
    "type": "object",
    "propertyNames": KEBAB,
    "minProperties": 1,
    "additionalProperties": {"type": "object"},
}
"""The section `calendars` of a policy or a calendar file; each calendar is then read by its own form."""

OF_A_POLICY: Final[dict[str, Any]] = {
    **CALENDARS,
    "additionalProperties": {"anyOf": [CALENDAR, OF_TICKET, REFERENCE, BY_FIELD, BY_CONDITION]},
}
"""The section `calendars` of a policy in one piece, for editors."""

ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["supportpolicy-calendars", "calendars"],
    "additionalProperties": False,
    "properties": {"supportpolicy-calendars": {"const": 1}, "calendars": CALENDARS},
}
"""A calendar file."""


def calendar_schema() -> dict[str, Any]:
    """The whole schema of a calendar file in one piece, for editors."""
    properties = {**ENVELOPE["properties"], "calendars": {**CALENDARS, "additionalProperties": CALENDAR}}
    return {"$schema": DIALECT, "title": "A supportpolicy calendar file", **ENVELOPE, "properties": properties}
