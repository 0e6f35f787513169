"""What a JSON Schema admits at a node: the kinds of value, and which alternative the author meant."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from supportpolicy.document.nodes import Mapping, Node, Scalar, Sequence, child
from supportpolicy.document.pattern import compiled
from supportpolicy.document.wording import either, word

JsonSchema: TypeAlias = dict[str, Any]
Subschema: TypeAlias = JsonSchema | bool
Kinds: TypeAlias = frozenset[str]

ANY: Kinds = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})

MAX_DIGITS = 18
INTEGER = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}")
NUMBER = re.compile(rf"{INTEGER.pattern}\.[0-9]{{1,{MAX_DIGITS}}}")

# How many items or keys are looked at to tell which alternative was meant.
_ENOUGH = 50

_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "keys and values",
}

# The first misses count most; the last number prefers, of alternatives that fit alike, the one that knows more.
_Rank: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Form:
    """A schema seen from its root, to which its `$ref`s point (`#/$defs/...`)."""

    root: JsonSchema

    def layers(self, schema: Subschema, node: Node) -> Iterator[JsonSchema]:
        """All schemas that speak of this node: itself, its `$ref`, `allOf`, and of each `anyOf` the one meant."""
        if not isinstance(schema, dict):
            return
        yield schema
        if "$ref" in schema:
            yield from self.layers(self.resolve(schema["$ref"]), node)
        for part in schema.get("allOf", ()):
            yield from self.layers(part, node)
        for keyword in ("anyOf", "oneOf"):
            meant = self.meant(schema.get(keyword, ()), node)
            if meant is not None:
                yield from self.layers(schema[keyword][meant], node)

    def resolve(self, reference: str) -> Subschema:
        """The schema at a local reference."""
        found: Any = self.root
        for step in reference.removeprefix("#").split("/")[1:]:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return found  # type: ignore[no-any-return]

    def kinds(self, schema: Subschema) -> Kinds:
        """The types of value that a schema admits; `ANY` where it does not say."""
        if not isinstance(schema, dict):
            return ANY if schema else frozenset()
        kinds = ANY
        if "type" in schema:
            kinds &= _widened(schema["type"])
        if "const" in schema:
            kinds &= _kinds_of([schema["const"]])
        if "enum" in schema:
            kinds &= _kinds_of(schema["enum"])
        if "$ref" in schema:
            kinds &= self.kinds(self.resolve(schema["$ref"]))
        for part in schema.get("allOf", ()):
            kinds &= self.kinds(part)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                kinds &= frozenset().union(*(self.kinds(part) for part in schema[keyword]))
        return kinds

    def fits(self, schema: Subschema, node: Node) -> bool:
        """Whether the schema admits a value of the node's shape."""
        return bool(self.kinds(schema) & kinds_of(node))

    def meant(self, alternatives: Iterable[Subschema], node: Node) -> int | None:
        """The index of the alternative that fits the node best; None if its shape fits none."""
        ranks = [(self._rank(part, node), -at) for at, part in enumerate(alternatives) if self.fits(part, node)]
        return -max(ranks)[1] if ranks else None

    def below(self, layer: JsonSchema, key: str | int) -> Iterator[Subschema]:
        """The schemas of one layer for the value under a key or at an index."""
        if isinstance(key, int):
            prefix = layer.get("prefixItems", ())
            if key < len(prefix):
                yield prefix[key]
            elif "items" in layer:
                yield layer["items"]
            return
        named = layer.get("properties", {})
        matched = [
            part for pattern, part in layer.get("patternProperties", {}).items() if compiled(pattern).search(key)
        ]
        if key in named:
            yield named[key]
        yield from matched
        if key not in named and not matched and "additionalProperties" in layer:
            yield layer["additionalProperties"]

    def named_keys(self, schema: Subschema, node: Node) -> list[str]:
        """The keys that the schema names for this node, in its order."""
        return list(dict.fromkeys(key for layer in self.layers(schema, node) for key in layer.get("properties", {})))

    def knows(self, schema: Subschema, node: Node, key: str) -> bool:
        """Whether the schema says anything but `false` of a value under this key."""
        below = [part for layer in self.layers(schema, node) for part in self.below(layer, key)]
        return any(part is not False for part in below)

    def described(self, schema: Subschema) -> str:
        """What a schema expects, in words; empty if it takes anything."""
        return either(self.choices(schema))

    def choices(self, schema: Subschema) -> list[str]:
        """What a schema expects, each possibility in words: `x-expected`, its values, its alternatives or its types."""
        if not isinstance(schema, dict):
            return [] if schema else ["nothing"]
        if "x-expected" in schema:
            return [str(schema["x-expected"])]
        if "const" in schema:
            return [value_word(schema["const"])]
        if "enum" in schema:
            return [value_word(value) for value in schema["enum"]]
        if "type" in schema:
            pattern = f" that matches {schema['pattern']}" if "pattern" in schema else ""
            return [_WORDS[kind] + (pattern if kind == "string" else "") for kind in _listed(schema["type"])]
        if "$ref" in schema:
            return self.choices(self.resolve(schema["$ref"]))
        if "allOf" in schema:
            return next((choices for part in schema["allOf"] if (choices := self.choices(part))), [])
        alternatives = schema.get("anyOf") or schema.get("oneOf") or ()
        return [choice for part in alternatives for choice in self.choices(part)]

    def _rank(self, schema: Subschema, node: Node) -> _Rank:
        layers = list(self.layers(schema, node))
        match node:
            case Scalar():
                return -sum(not _takes_text(layer, node) for layer in layers), 0, 0
            case Sequence(items=items):
                misfits = sum(not self._fits_below(layers, node, index) for index in range(min(len(items), _ENOUGH)))
                return 0, -misfits, 0
            case Mapping(entries=entries):
                wrong = unknown = 0
                for key, entry in itertools.islice(entries.items(), _ENOUGH):
                    parts = [part for layer in layers for part in self.below(layer, key)]
                    chosen = [part for part in parts if isinstance(part, dict) and ("const" in part or "enum" in part)]
                    value = entry.value
                    wrong += isinstance(value, Scalar) and not all(_takes_text(part, value) for part in chosen)
                    unknown += not parts or not self._fits_below(layers, node, key)
                required = {key for layer in layers for key in layer.get("required", ())}
                known = {key for layer in layers for key in layer.get("properties", {})}
                return -wrong, -unknown - len(required - entries.keys()), len(known & entries.keys())

    def _fits_below(self, layers: list[JsonSchema], node: Node, key: str | int) -> bool:
        value = child(node, key)
        return value is None or all(self.fits(part, value) for layer in layers for part in self.below(layer, key))


def kinds_of(node: Node) -> Kinds:
    """The types that a node could be read as: a plain `12` as text or a number, a quoted one only as text."""
    match node:
        case Mapping():
            return frozenset({"object"})
        case Sequence():
            return frozenset({"array"})
        case Scalar(text=text, plain=plain):
            kinds = {"string"}
            if plain and text == "null":
                kinds.add("null")
            elif plain and text in ("true", "false"):
                kinds.add("boolean")
            elif plain and INTEGER.fullmatch(text):
                kinds |= {"integer", "number"}
            elif plain and NUMBER.fullmatch(text):
                kinds.add("number")
            return frozenset(kinds)


def value_word(value: object) -> str:
    """A value of a schema as one would write it in the file."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return value if value and value == value.strip() and value.isprintable() else word(value)
    return str(value)


def _takes_text(schema: JsonSchema, node: Scalar) -> bool:
    """Whether the schema's `const`, `enum` and `pattern` take the text as it is written."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None and node.text not in [
        value if isinstance(value, str) else value_word(value) for value in values
    ]:
        return False
    return "pattern" not in schema or compiled(schema["pattern"]).search(node.text) is not None


def _listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def _widened(kind: str | list[str]) -> Kinds:
    """The types with `integer` wherever `number` is."""
    kinds = frozenset(_listed(kind))
    return kinds | {"integer"} if "number" in kinds else kinds


def _kinds_of(values: Iterable[object]) -> Kinds:
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return frozenset(names.get(type(value), "object") for value in values)
