"""The JSON Schema of a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from supportpolicy.compiler.shapes import ASSUMED, DIALECT, EXCLUDE, SNAKE
from supportpolicy.model.ticket import EVENT_PARTS
from supportpolicy.plugin import Source
from supportpolicy.plugin.shapes import TEXT, WORDS

_NULLS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
_NEVER_WHEN: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["never_when"],
    "additionalProperties": False,
    "properties": {
        "never_when": {
            "type": "object",
            "required": ["column", "in"],
            "additionalProperties": False,
            "properties": {"column": TEXT, "in": WORDS},
        }
    },
}
_PRECISION: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["unit", "by"],
    "additionalProperties": False,
    "properties": {"unit": TEXT, "by": {"enum": ["floor", "nearest", "ceil"]}},
}
_READING: Final[dict[str, Any]] = {
    "values": {"type": "object", "minProperties": 1, "additionalProperties": TEXT},
    "nulls": _NULLS,
    "empty": {"anyOf": [{"enum": ["never", "unknown"], "type": "string"}, _NEVER_WHEN]},
    "format": TEXT,
    "timezone": TEXT,
    "precision": _PRECISION,
    "separator": {"type": "string", "minLength": 1},
    "optional": {"type": "boolean"},
}
_FIELD: Final[dict[str, Any]] = {
    "anyOf": [
        TEXT,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                "column": TEXT,
                "constant": TEXT,
                "elapsed": TEXT,
                "unit": {"enum": ["s", "m", "h", "d"]},
                "clock": TEXT,
                **_READING,
            },
        },
    ]
}
_LOOKUP: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["table", "key", "value"],
    "additionalProperties": False,
    "properties": {
        "table": TEXT,
        "key": TEXT,
        "match": TEXT,
        "value": TEXT,
        "valid": {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2},
        **_READING,
    },
}
_EVENTS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["table", "ticket", "fields"],
    "additionalProperties": False,
    "properties": {
        "table": TEXT,
        "ticket": TEXT,
        "complete": {"type": "boolean"},
        "fields": {
            "type": "object",
            "required": ["at", "kind"],
            "additionalProperties": False,
            "properties": dict.fromkeys(EVENT_PARTS, _FIELD),
        },
    },
}

ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["supportpolicy-mapping", "source"],
    "additionalProperties": False,
    "properties": {
        "supportpolicy-mapping": {"const": 1},
        "source": {"type": "object", "required": ["name"], "properties": {"name": TEXT}},
        "records": {"enum": ["canonical"]},
        "rows": {
            "type": "object",
            "required": ["one_ticket_per", "keep", "order_by", "ties"],
            "additionalProperties": False,
            "properties": {
                "one_ticket_per": TEXT,
                "keep": {"enum": ["last", "first"]},
                "order_by": {
                    "type": "object",
                    "required": ["column", "as"],
                    "additionalProperties": False,
                    "properties": {"column": TEXT, "as": {"enum": ["integer", "text"]}},
                },
                "ties": {"enum": ["last_in_file", "first_in_file"]},
            },
        },
        "nulls": _NULLS,
        "timezone": TEXT,
        "exported_at": TEXT,
        "assumed": ASSUMED,
        "not_recorded": WORDS,
        "fields": {"type": "object", "propertyNames": SNAKE, "minProperties": 1, "additionalProperties": _FIELD},
        "lookups": {"type": "object", "propertyNames": SNAKE, "minProperties": 1, "additionalProperties": _LOOKUP},
        "events": _EVENTS,
        "exclude": EXCLUDE,
    },
}


def source_schema(source: Source) -> dict[str, Any]:
    """The closed schema of a mapping's `source:` for this source: its name and its options."""
    return {
        **source.schema,
        "type": "object",
        "required": ["name", *source.schema.get("required", ())],
        "additionalProperties": False,
        "properties": {"name": {"const": source.name}, **source.schema.get("properties", {})},
    }


def mapping_schema(sources: Mapping[str, Source]) -> dict[str, Any]:
    """The whole schema in one piece, for editors."""
    properties = dict(ENVELOPE["properties"])
    properties["source"] = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"enum": sorted(sources)}},
        "allOf": [
            {"if": {"properties": {"name": {"const": name}}}, "then": source_schema(source)}
            for name, source in sorted(sources.items())
        ],
    }
    return {"$schema": DIALECT, "title": "A supportpolicy mapping", **ENVELOPE, "properties": properties}
