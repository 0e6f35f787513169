"""The JSON Schemas of objectives, in two steps: the section, then each objective by what it counts."""

from __future__ import annotations

from typing import Any, Final

from supportpolicy.compiler.shapes import KEBAB, ONE_OR_MORE
from supportpolicy.plugin.shapes import CONDITION, FIELD, TEXT, WORDS

_COMMON: Final[dict[str, Any]] = {
    "title": TEXT,
    "clause": ONE_OR_MORE,
    "party": {"enum": ["provider", "customer"]},
    "when": CONDITION,
    "per": TEXT,
    "by": WORDS,
}

OF_A_RULE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["clause", "rule"],
    "additionalProperties": False,
    "properties": {
        **_COMMON,
        "rule": TEXT,
        "at_least": TEXT,
        "at_most": TEXT,
        "of": {"enum": ["tickets", "clocks"]},
        "minimum": {"type": "integer", "minimum": 1},
    },
}
"""An objective that counts the verdicts of a rule."""

QUOTA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["clause", "count", "at_most"],
    "additionalProperties": False,
    "properties": {**_COMMON, "count": FIELD, "at_most": {"type": "integer", "minimum": 0}, "needs": WORDS},
}
"""An objective that counts tickets, or the values of a field."""

OBJECTIVES: Final[dict[str, Any]] = {
    "type": "object",
    "propertyNames": KEBAB,
    "minProperties": 1,
    "additionalProperties": {"type": "object"},
}
"""The section `objectives` of a policy; each is then read by its own form."""

OBJECTIVE: Final[dict[str, Any]] = {"if": {"required": ["count"]}, "then": QUOTA, "else": OF_A_RULE}
"""An objective in one piece, for editors."""
