"""Pieces of JSON Schema for rule kinds and documents."""

from __future__ import annotations

from typing import Any, Final

TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
WORDS: Final[dict[str, Any]] = {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True}
CONDITION: Final[dict[str, Any]] = {
    "type": ["string", "object"],
    "minProperties": 1,
    "x-expected": "a term or a condition",
}
FIELD: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9_]*$",
    "x-expected": "a field of the ticket, such as first_response",
}
LIMIT: Final[dict[str, Any]] = {
    "type": ["string", "object"],
    "minLength": 1,
    "minProperties": 1,
    "x-expected": "a limit such as 12h in 24x7, or a table of limits",
}
EVENTS: Final[dict[str, Any]] = {
    "type": ["string", "object", "array"],
    "minLength": 1,
    "minProperties": 1,
    "minItems": 1,
    "x-expected": "a kind of event such as staff_message, {status: [solved, closed]}, {kind: call, by: customer}, or a list",
}
_SINGLE: Final[dict[str, Any]] = {
    "type": ["string", "object"],
    "pattern": "^(first |last )?[a-z][a-z0-9_]*$",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {"first": EVENTS, "last": EVENTS},
    "x-expected": "a field such as first_response, or an event such as last staff_message",
}
_SEVERAL: Final[dict[str, Any]] = {"type": "array", "items": _SINGLE, "minItems": 2, "uniqueItems": True}
MOMENT: Final[dict[str, Any]] = {
    **_SINGLE,
    "properties": {"first": EVENTS, "last": EVENTS, "latest": _SEVERAL, "earliest": _SEVERAL},
}
SETTINGS: Final[dict[str, Any]] = {
    "first_response": {
        "type": "object",
        "required": ["counts"],
        "additionalProperties": False,
        "properties": {
            "counts": {"type": "array", "items": {"enum": ["bot", "internal_note", "automatic"]}, "uniqueItems": True}
        },
    },
    "staff_opened": {"enum": ["customer_message", "submission", "not_applicable"]},
}
"""How a first response is recognised: for the whole policy, or for one rule."""
