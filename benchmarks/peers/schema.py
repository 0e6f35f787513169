"""The eight rules as one JSON Schema, for jsonschema and jsonschema-rs.

A schema says valid or not, so it tells violations and what is not covered, and no unknown verdicts: what is not known is
left out of the instance, and the schema says nothing of it. It cannot subtract one instant from another, so how long
things took is worked out in front of it.
"""

from __future__ import annotations

from typing import Any, Final

from benchmarks.peers.tickets import DAY, ENGLISH, HOUR, PAID, WRITTEN
from benchmarks.peers.verdicts import RULES

_COVERED: Final = {
    "edition": {"enum": PAID},
    "language": {"enum": ENGLISH},
    "channel": {"enum": WRITTEN},
}


_CLOSED: Final = {"status": {"const": "closed"}, "was_closed": {"const": True}}


def _all(conditions: dict[str, Any]) -> dict[str, Any]:
    """What is known to meet the conditions; what is not known is left out, so it must be there."""
    return {"properties": conditions, "required": list(conditions)}


_DUTIES: Final = [
    {"properties": {"response_took": {"maximum": 12 * HOUR}}},
    {"if": _all({"priority": {"const": "urgent"}}), "then": {"properties": {"response_took": {"maximum": HOUR}}}},
    {"properties": {"resolution_took": {"maximum": 5 * DAY}}},
    {"properties": {"closing_took": {"maximum": 7 * DAY}}},
    {"if": _all(_CLOSED), "then": {"properties": {"was_resolved": {"const": True}}}},
]

SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "allOf": [
        *({"properties": {name: words}} for name, words in _COVERED.items()),
        {"if": _all(_COVERED), "then": {"allOf": _DUTIES}},
    ],
}


def rule(schema_path: Any) -> str:
    """The rule under which a validator found an error: allOf/GATE, or allOf/3/then/allOf/DUTY."""
    path = list(schema_path)
    return RULES[path[1] if path[1] < len(_COVERED) else len(_COVERED) + path[4]]
