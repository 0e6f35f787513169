"""The JSON Schema of a policy, in two steps: the envelope, then each rule by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from supportpolicy.compiler.calendar_schema import CALENDARS, OF_A_POLICY
from supportpolicy.compiler.objective_schema import OBJECTIVE, OBJECTIVES
from supportpolicy.compiler.shapes import (
    ASSUMED,
    DIALECT,
    EXCLUDE,
    INSTANT,
    KEBAB,
    ONE_OR_MORE,
    SNAKE,
)
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import RuleKind
from supportpolicy.plugin.shapes import CONDITION, SETTINGS, TEXT, WORDS

_FACT: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "one_of": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "type": {"enum": [t.value for t in FieldType if t not in (FieldType.EVENTS, FieldType.TAGS)]},
        "as_of": {"enum": ["start", "first_set", "stop", "export"]},
        "description": TEXT,
    },
}

_CLAUSE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["section", "says"],
    "additionalProperties": False,
    "properties": {"section": TEXT, "says": TEXT, "reading": TEXT, "unchecked": TEXT},
}

ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["supportpolicy", "id", "title", "clauses", "rules"],
    "additionalProperties": False,
    "properties": {
        "supportpolicy": {"const": 1},
        "id": {"type": "string", **KEBAB},
        "title": TEXT,
        "revision": TEXT,
        "in_force": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {"from": INSTANT, "until": INSTANT},
        },
        "in_force_by": TEXT,
        "scope": WORDS,
        "facts": {"type": "object", "propertyNames": SNAKE, "additionalProperties": _FACT, "minProperties": 1},
        "assumed": ASSUMED,
        "calendars": CALENDARS,
        "terms": {"type": "object", "additionalProperties": CONDITION, "minProperties": 1},
        "clauses": {"type": "object", "propertyNames": KEBAB, "additionalProperties": _CLAUSE, "minProperties": 1},
        "rules": {
            "type": "object",
            "propertyNames": KEBAB,
            "minProperties": 1,
            "additionalProperties": {"type": "object", "required": ["kind"], "properties": {"kind": TEXT}},
        },
        "objectives": OBJECTIVES,
        "exclude": EXCLUDE,
        **SETTINGS,
    },
}

_COMMON: Final[dict[str, Any]] = {
    "kind": TEXT,
    "title": TEXT,
    "clause": ONE_OR_MORE,
    "when": CONDITION,
    "needs": WORDS,
    "on_fail": {"enum": ["out_of_scope", "violation", "note"]},
    "party": {"enum": ["provider", "customer"]},
}


def rule_schema(kind: RuleKind) -> dict[str, Any]:
    """The closed schema of a rule of this kind: its own keys and those that every rule has."""
    return {
        "type": "object",
        "required": ["kind", "clause", *kind.schema.get("required", ())],
        "additionalProperties": False,
        "properties": {**_COMMON, **kind.schema.get("properties", {})},
    }


def policy_schema(kinds: Mapping[str, RuleKind]) -> dict[str, Any]:
    """The whole schema in one piece, for editors: a rule's `kind` chooses what else it may hold."""
    properties = {**ENVELOPE["properties"], "calendars": OF_A_POLICY}
    properties["objectives"] = {**OBJECTIVES, "additionalProperties": OBJECTIVE}
    properties["rules"] = {
        **properties["rules"],
        "additionalProperties": {
            "type": "object",
            "required": ["kind", "clause"],
            "properties": {"kind": {"enum": sorted(kinds)}},
            "allOf": [
                {"if": {"properties": {"kind": {"const": name}}}, "then": rule_schema(kind)}
                for name, kind in sorted(kinds.items())
            ],
        },
    }
    return {"$schema": DIALECT, "title": "A supportpolicy policy", **ENVELOPE, "properties": properties}
