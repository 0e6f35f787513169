"""The JSON Schema of a ticket: for the tools of those who write canonical JSON, and for the tickets of policy tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from supportpolicy.compiler.shapes import DIALECT, SNAKE
from supportpolicy.model.ticket import CHANNELS, EVENT_KINDS, FIELDS, ROLES, FieldType

_INSTANT_PATTERN: Final = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})$"
)
_INSTANT: Final = {"pattern": _INSTANT_PATTERN, "x-expected": "an instant such as 2021-03-01T08:00:00Z"}

_TYPES: Final[Mapping[FieldType, str]] = {
    FieldType.TEXT: "string",
    FieldType.TOKEN: "string",
    FieldType.LANGUAGE: "string",
    FieldType.TAGS: "array",
    FieldType.INSTANT: "string",
    FieldType.INTEGER: "integer",
    FieldType.BOOLEAN: "boolean",
    FieldType.EVENTS: "object",
}

_MEANING: Final[Mapping[str, str]] = {
    "id": "What identifies the ticket in the export.",
    "reference": "The number that the customer was given.",
    "submitted": "When the request was made.",
    "acknowledged": "When its receipt was confirmed.",
    "first_response": "When it was first answered by a person, where the events do not show it.",
    "resolved": "When it was last resolved.",
    "closed": "When it was closed for good.",
    "updated": "When it was last changed.",
    "channel": f"How the request came: {', '.join(CHANNELS)}, or what the policy declares.",
    "language": "The language of the request, a BCP 47 tag such as en or pt-BR.",
    "edition": "What the customer bought, in the words of the policy.",
    "created_by_role": f"Who opened the ticket: {', '.join(ROLES)}.",
    "events": "All that happened to the ticket, in any order.",
}

_FLAG: Final[dict[str, Any]] = {"type": "boolean"}
_WORD: Final[dict[str, Any]] = {"type": ["string", "null"]}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["at", "kind"],
    "additionalProperties": False,
    "properties": {
        "at": {"type": "string", **_INSTANT},
        "kind": {
            "type": "string",
            "minLength": 1,
            "description": f"What happened: {', '.join(EVENT_KINDS)}, or another word, of which no rule speaks.",
        },
        "role": {"enum": list(ROLES), "description": "Who did it; left out, a message is its kind's."},
        "public": {**_FLAG, "description": "Whether the customer could see it."},
        "automatic": {**_FLAG, "description": "Whether a machine did it in a person's name."},
        "channel": _WORD,
        "language": _WORD,
        "value": {**_WORD, "description": "What a status, a priority or the like became."},
        "from": {**_WORD, "description": "What it was before."},
    },
}
_EVENTS: Final[dict[str, Any]] = {
    "required": ["complete", "items"],
    "additionalProperties": False,
    "properties": {
        "complete": {**_FLAG, "description": "Whether nothing is left out, so that silence is evidence."},
        "items": {"type": "array", "items": _EVENT},
    },
}
_TAGS: Final[dict[str, Any]] = {"items": {"type": "string"}}


def ticket_schema() -> dict[str, Any]:
    """What a canonical ticket holds, whatever the policy. A key that is absent is unknown, null is never."""
    properties = {name: _described(name, _field([kind])) for name, kind in FIELDS.items()}
    properties["id"] = {**properties["id"], "type": ["string", "integer", "null"]}
    for name, kind in FIELDS.items():
        if kind is FieldType.INSTANT:
            properties[name] = {**properties[name], **_INSTANT}
    return {
        "$schema": DIALECT,
        "title": "A canonical ticket of supportpolicy",
        "description": "One line of a JSON lines file. A field with a value says so, null says never, and a field that is "
        "absent is unknown.",
        "type": "object",
        "properties": properties,
        "propertyNames": SNAKE,
        "additionalProperties": {
            "type": ["string", "integer", "boolean", "null"],
            "description": "A fact that the policy declares: an instant or other text, a whole number, true or false.",
        },
    }


def stated_ticket_schema(facts: Mapping[str, Collection[FieldType]]) -> dict[str, Any]:
    """How the fields of a ticket in a test document are read; `facts` gives the types of each under the policy.

    Closed to other fields only in words: whoever uses it refuses them, with the nearest name. An instant may be any text,
    so that a test can say what an unreadable one means.
    """
    return {
        "type": "object",
        "properties": {name: _described(name, _field(kinds)) for name, kinds in facts.items()},
    }


def _field(kinds: Collection[FieldType]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": [*dict.fromkeys(_TYPES[kind] for kind in kinds), "null"]}
    if FieldType.TAGS in kinds:
        schema |= _TAGS
    if FieldType.EVENTS in kinds:
        schema |= _EVENTS
    return schema


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "description": _MEANING[name]} if name in _MEANING else schema
