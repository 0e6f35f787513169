"""What a validator refuses, as problems that name the place, the key and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from supportpolicy.document.form import MAX_DIGITS, NUMBER, Form, JsonSchema, Kinds, Subschema, kinds_of, value_word
from supportpolicy.document.nodes import Keys, Mapping, Node, Scalar
from supportpolicy.document.section import Section
from supportpolicy.document.wording import either, shown, word
from supportpolicy.errors import Problem, did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_LIMITS = {
    "minimum": "a number of at least {}",
    "maximum": "a number of at most {}",
    "exclusiveMinimum": "a number above {}",
    "exclusiveMaximum": "a number below {}",
    "multipleOf": "a multiple of {}",
    "minLength": "text of at least {} characters",
    "maxLength": "text of at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
}

_DIGIT = re.compile("[0-9]")
_TRUE = frozenset({"yes", "on", "true", "y"})
_FALSE = frozenset({"no", "off", "false", "n"})
_NOTHING = frozenset({"~", "null", "none", "nil"})


class Refusals:
    """Turns the errors of one section under one schema into problems."""

    def __init__(self, section: Section, form: Form) -> None:
        self.section = section
        self.form = form

    def problems(self, errors: Iterable[ValidationError]) -> Iterator[Problem]:
        """A problem for each error that is not the mere consequence of another."""
        for error in _decisive(errors):
            yield from self._told(error)

    def _told(self, error: ValidationError) -> Iterator[Problem]:
        path: Keys = tuple(error.absolute_path)
        schema: JsonSchema = error.schema if isinstance(error.schema, dict) else {}
        keyword, limit = cast("str", error.validator), cast("Any", error.validator_value)
        if keyword in ("anyOf", "oneOf"):
            yield from self._no_alternative(error, path, schema)
        elif keyword == "additionalProperties":
            yield self._unknown_key(path, schema)
        elif keyword == "unevaluatedProperties":
            yield from self._unevaluated(path, schema)
        elif keyword == "propertyNames":
            yield self._wrong_key(error, path, limit)
        elif keyword == "required":
            expected = self._of_key(path, schema, error.message)
            message = f"the key {word(error.message)} is missing"
            yield self.section.problem(*path, message=message, expected=expected)
        elif keyword == "dependentRequired":
            message = f"needs the key {word(error.message)} beside it"
            yield self.section.problem(*path, message=message, on_key=True)
        elif keyword == "uniqueItems":
            first = self.section.place(*path[:-1], int(error.message))
            message = f"{self._found(path)} stands twice; it stood first at line {first.line}, column {first.column}"
            yield self.section.problem(*path, message=message, expected="each item once")
        elif keyword in ("properties", "patternProperties"):
            yield self.section.problem(*path, message="this key is not allowed here", on_key=True)
        else:
            yield self._wrong_value(path, schema, keyword, limit)

    def _wrong_value(self, path: Keys, schema: JsonSchema, keyword: str, limit: Any) -> Problem:
        node = self._node(path)
        expected = self._expected(path, schema)
        hint = ""
        if keyword in ("type", "const", "enum"):
            expected = expected or self.form.described(schema if keyword == "type" else {keyword: limit})
            hint = self._hint(node, [schema])
        elif keyword in _LIMITS:
            counted = _LIMITS[keyword].format(limit)
            expected = expected or (counted.removesuffix("s") if limit == 1 and keyword != "multipleOf" else counted)
        elif keyword == "items":
            expected = f"at most {len(schema.get('prefixItems', ()))} items"
        elif keyword == "pattern":
            expected = expected or f"text that matches {limit}"
        return self.section.problem(*path, message=f"found {self._found(path)}", expected=expected, hint=hint)

    def _no_alternative(self, error: ValidationError, path: Keys, schema: JsonSchema) -> Iterator[Problem]:
        node = self._node(path)
        alternatives = cast("list[Subschema]", error.validator_value)
        fitting = [part for part in alternatives if self.form.fits(part, node)]
        meant = self.form.meant(alternatives, node)
        within = [fault for fault in error.context or () if fault.relative_schema_path[0] == meant]
        if within and not (isinstance(node, Scalar) and len(fitting) > 1):
            yield from self.problems(within)
            return
        expected = self._expected(path, schema)
        if not expected:
            expected = either(choice for part in fitting or alternatives for choice in self.form.choices(part))
        hint = self._hint(node, alternatives)
        if not error.context:
            hint = "it fits several of these at once"
        yield self.section.problem(*path, message=f"found {self._found(path)}", expected=expected, hint=hint)

    def _unknown_key(self, path: Keys, schema: JsonSchema) -> Problem:
        named = list(schema.get("properties", ()))
        others = [f"a key that matches {expression}" for expression in schema.get("patternProperties", ())]
        if others and (names := self.form.described(schema.get("propertyNames", True))):
            others = [names]
        return self._no_such_key(path, named, others)

    def _unevaluated(self, path: Keys, schema: JsonSchema) -> Iterator[Problem]:
        node = self._node(path)
        named = self.form.named_keys(schema, node)
        for key in node.entries if isinstance(node, Mapping) else ():
            if not self.form.knows(schema, node, key):
                yield self._no_such_key((*path, key), named, [])

    def _no_such_key(self, path: Keys, named: list[str], others: list[str]) -> Problem:
        key = str(path[-1])
        above = self._node(path[:-1])
        free = [name for name in named if isinstance(above, Mapping) and name not in above.entries]
        expected = either(named + others) or "no keys"
        hint = did_you_mean(key, free)
        return self.section.problem(
            *path, message=f"unknown key {word(key)}", expected=expected, hint=hint, on_key=True
        )

    def _wrong_key(self, error: ValidationError, path: Keys, names: Subschema) -> Problem:
        key = str(path[-1])
        faults = error.context or []
        listed = [cast("list[str]", fault.validator_value) for fault in faults if fault.validator == "enum"]
        expected = self.form.described(names)
        if not expected:
            keyword, limit = str(faults[0].validator), cast("Any", faults[0].validator_value)
            expected = _LIMITS[keyword].format(limit) if keyword in _LIMITS else f"text that matches {limit}"
        hint = did_you_mean(key, [name for several in listed for name in several])
        message = f"the key {word(key)} is not allowed"
        return self.section.problem(*path, message=message, expected=expected, hint=hint, on_key=True)

    def _hint(self, node: Node, schemas: list[Subschema]) -> str:
        """How to write what was probably meant."""
        kinds: Kinds = frozenset().union(*map(self.form.kinds, schemas))
        if isinstance(node, Scalar):
            return did_you_mean(node.text, self._values(schemas)) or _spelling(node, kinds)
        return ""

    def _values(self, schemas: Iterable[Subschema]) -> Iterator[str]:
        """The texts that the schemas list."""
        for schema in schemas:
            if isinstance(schema, dict):
                values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
                yield from (value_word(value) for value in values)
                parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
                if "$ref" in schema:
                    parts.append(self.form.resolve(schema["$ref"]))
                yield from self._values(parts)

    def _expected(self, path: Keys, schema: JsonSchema) -> str:
        """The author's words for what belongs at a path: of the schema that failed, or of one that refers to it."""
        if "x-expected" in schema:
            return str(schema["x-expected"])
        return next((str(layer["x-expected"]) for layer in self._layers(path) if "x-expected" in layer), "")

    def _of_key(self, path: Keys, schema: JsonSchema, key: str) -> str:
        """What belongs under a key that is missing."""
        for layer in [schema, *self._layers(path)]:
            if key in layer.get("properties", ()):
                return self.form.described(layer["properties"][key])
        return ""

    def _layers(self, path: Keys) -> list[JsonSchema]:
        schemas: list[Subschema] = [self.form.root]
        for depth in range(len(path) + 1):
            node = self._node(path[:depth])
            layers = [layer for schema in schemas for layer in self.form.layers(schema, node)]
            if depth < len(path):
                schemas = [part for layer in layers for part in self.form.below(layer, path[depth])]
        return layers

    def _node(self, path: Keys) -> Node:
        return self.section.at(*path).node

    def _found(self, path: Keys) -> str:
        """What stands at a path: a text in its quotes, and without them what was read as a number, boolean or null."""
        found = self.section.at(*path)
        bare = isinstance(found.node, Scalar) and not isinstance(found.data, str)
        return shown(found.node)[1:-1] if bare else shown(found.node)


def _part(error: ValidationError) -> str:
    """Whether an error is of the key at its path, of what the key needs beside it, or of the value."""
    if error.validator in ("additionalProperties", "propertyNames"):
        return "key"
    return "needs" if error.validator == "dependentRequired" else "value"


def _decisive(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Of a value of the wrong type only that error; of a key or a scalar the first."""
    by_place: dict[tuple[Keys, str], list[ValidationError]] = {}
    for error in errors:
        by_place.setdefault((tuple(error.absolute_path), _part(error)), []).append(error)
    for (_, part), several in by_place.items():
        of_type = [error for error in several if error.validator == "type"]
        one = part == "key" or not isinstance(several[0].instance, dict | list)
        yield from of_type[:1] or (several[:1] if one else several)


def _spelling(node: Scalar, kinds: Kinds) -> str:
    text = node.text.lower()
    if kinds_of(node) & kinds:
        return ""
    if not node.plain:
        form = kinds_of(Scalar(node.text, True, node.place))
        return "leave the quotes out: in quotes it is text" if form & kinds else ""
    if "boolean" in kinds and text in _TRUE | _FALSE:
        return f"write {'true' if text in _TRUE else 'false'}"
    if "null" in kinds and text in _NOTHING:
        return "write null"
    if kinds & {"integer", "number"} and _DIGIT.search(text) and not NUMBER.fullmatch(text):
        return f"write at most {MAX_DIGITS} digits and nothing else"
    if "array" in kinds and "string" not in kinds:
        return "put it in brackets for a list of one"
    return ""
