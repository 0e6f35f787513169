"""Pieces of JSON Schema that several documents share."""

from __future__ import annotations

from typing import Any, Final

from supportpolicy.plugin.shapes import CONDITION, TEXT, WORDS

KEBAB: Final = {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "x-expected": "kebab-case, such as first-response"}
SNAKE: Final = {"pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$", "x-expected": "snake_case, such as first_response"}
ONE_OR_MORE: Final[dict[str, Any]] = {"anyOf": [TEXT, WORDS]}
INSTANT: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}",
    "x-expected": "an instant such as 2021-03-01T08:00:00Z",
}
ASSUMED: Final[dict[str, Any]] = {"type": "object", "minProperties": 1, "additionalProperties": TEXT}
EXCLUDE: Final[dict[str, Any]] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["reason", "when"],
        "additionalProperties": False,
        "properties": {"reason": TEXT, "when": CONDITION},
    },
}
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

CHOOSE: Final[dict[str, Any]] = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "required": ["use"]},
}
"""A list of conditions, each with what to `use`; the first that fits counts."""
