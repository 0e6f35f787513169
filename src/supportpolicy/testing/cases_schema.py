"""The JSON Schema of a test document, in two steps: the envelope, then each case."""

from __future__ import annotations

from typing import Any, Final

from supportpolicy.compiler.shapes import DIALECT, INSTANT, KEBAB
from supportpolicy.plugin.shapes import TEXT, WORDS
from supportpolicy.testing.ticket_schema import ticket_schema

_EXPECTED: Final[dict[str, Any]] = {
    "type": "string",
    "minLength": 1,
    "x-expected": 'pass, fail, open, not_applicable, unknown, or in quotes "unknown: missing" or "not_applicable: GATE"',
}
_FIELDS: Final[dict[str, Any]] = {"type": "object", "minProperties": 1, "x-expected": "fields and their values"}

CASE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "note": {**TEXT, "description": "What the case is about."},
        "as_of": {**INSTANT, "description": "When the ticket is judged; until then its silence counts."},
        "ticket": {**_FIELDS, "description": "The ticket in full. null is never, a field left out is unknown."},
        "from": {
            **TEXT,
            "description": "The case of which this one is a variation: all that it does not say it inherits.",
        },
        "change": {**_FIELDS, "description": "Fields with other values than in the case it is from."},
        "unset": {**WORDS, "description": "Fields that are not recorded, other than in the case it is from."},
        "among": {
            "type": "array",
            "items": TEXT,
            "uniqueItems": True,
            "description": "The cases whose tickets are judged with this one; without it the ticket is judged alone.",
        },
        "expect": {
            "anyOf": [
                {"type": "object", "minProperties": 1, "additionalProperties": _EXPECTED},
                {"type": "string", "pattern": "^excluded(: .+)?$"},
            ],
            "x-expected": "rules and their verdicts, or excluded",
            "description": "The verdict of every rule; with `from`, of those that differ.",
        },
    },
}

ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["supportpolicy-tests", "cases"],
    "additionalProperties": False,
    "properties": {
        "supportpolicy-tests": {"const": 1},
        "policy": {**TEXT, "description": "The policy's file or folder, from here; else the one in this folder."},
        "cases": {
            "type": "object",
            "propertyNames": KEBAB,
            "minProperties": 1,
            "additionalProperties": {"type": "object"},
        },
    },
}


def cases_schema() -> dict[str, Any]:
    """The whole schema in one piece, for editors. It knows no policy, so it takes any fact and any rule."""
    ticket = {key: value for key, value in ticket_schema().items() if key not in ("$schema", "title", "description")}
    fields = {**ticket, "minProperties": 1}
    # An unreadable instant is something to test.
    fields["properties"] = {
        name: {k: v for k, v in field.items() if k != "pattern"} for name, field in ticket["properties"].items()
    }
    case = {
        **CASE,
        "properties": {
            **CASE["properties"],
            **{key: {**fields, "description": CASE["properties"][key]["description"]} for key in ("ticket", "change")},
        },
        "oneOf": [{"required": ["ticket", "as_of", "expect"]}, {"required": ["from"]}],
    }
    properties = dict(ENVELOPE["properties"])
    properties["cases"] = {**properties["cases"], "additionalProperties": case}
    return {"$schema": DIALECT, "title": "The tests of a supportpolicy policy", **ENVELOPE, "properties": properties}
