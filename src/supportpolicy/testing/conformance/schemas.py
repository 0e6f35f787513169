"""What the JSON Schema of a rule kind or source must be: valid, and closed, so that no misspelt key goes unseen."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from supportpolicy.plugin.records import Schema
from supportpolicy.testing.conformance.requirement import during, require


def check_schema(what: str, schema: Schema, reserved: Collection[str]) -> None:
    """The schema is valid draft 2020-12, names its keys, claims none of the `reserved` ones, and is closed below."""
    from jsonschema import Draft202012Validator

    require(isinstance(schema, Mapping), f"the schema of {what} is no mapping")
    with during(f"the schema of {what}"):
        json.dumps(schema)
        Draft202012Validator.check_schema(dict(schema))
    require(schema.get("type", "object") == "object", f"the schema of {what} does not describe an object")
    require(
        schema.get("additionalProperties", False) is False, f"the schema of {what} takes keys that it does not name"
    )
    require("patternProperties" not in schema, f"the schema of {what} has patternProperties; name each key")
    properties = schema.get("properties", {})
    unnamed = sorted(set(schema.get("required", ())) - set(properties))
    require(not unnamed, f"the schema of {what} requires keys that it does not name: {', '.join(unnamed)}")
    claimed = sorted(set(reserved) & set(properties))
    require(not claimed, f"the schema of {what} names keys that are not its own: {', '.join(claimed)}")
    for path, open_part in _open_parts(properties, "properties"):
        raise AssertionError(f"the schema of {what} is open at {path}: {json.dumps(open_part)} takes any key")


def _open_parts(part: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The objects with named keys that take others too."""
    if isinstance(part, Mapping):
        if "object" in _types(part) and "properties" in part and part.get("additionalProperties", True) is True:
            yield path, part
        for key, below in part.items():
            yield from _open_parts(below, f"{path}.{key}")
    elif isinstance(part, list):
        for index, below in enumerate(part):
            yield from _open_parts(below, f"{path}[{index}]")


def _types(part: Mapping[str, Any]) -> Collection[str]:
    kind = part.get("type", ())
    return [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else ()
