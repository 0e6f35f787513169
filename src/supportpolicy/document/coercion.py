"""From text to values: the schema, never the look of a text alone, says what is a number, a boolean or null."""

from __future__ import annotations

from typing import Any

from supportpolicy.document.form import ANY, Form, Kinds, Subschema, kinds_of
from supportpolicy.document.nodes import Mapping, Node, Scalar, Sequence


def coerced(node: Node, schema: Subschema, form: Form) -> Any:
    """The node as plain Python data.

    A plain scalar becomes None, a bool, an int or a float where the schema's `type`, `const` or `enum` admits that and
    the text has that form; every other scalar is its text.
    """
    return _read(node, [schema], form)


def _read(node: Node, schemas: list[Subschema], form: Form) -> Any:
    if isinstance(node, Scalar):
        admitted = ANY
        for schema in schemas:
            admitted &= form.kinds(schema)
        return _value(node, admitted)
    layers = [layer for schema in schemas for layer in form.layers(schema, node)]

    def below(value: Node, key: str | int) -> Any:
        return _read(value, [part for layer in layers for part in form.below(layer, key)], form)

    match node:
        case Sequence(items=items):
            return [below(item, index) for index, item in enumerate(items)]
        case Mapping(entries=entries):
            return {key: below(entry.value, key) for key, entry in entries.items()}


def _value(node: Scalar, admitted: Kinds) -> str | int | float | bool | None:
    if admitted == ANY:
        return node.text
    kinds = kinds_of(node) & admitted
    if "null" in kinds:
        return None
    if "boolean" in kinds:
        return node.text == "true"
    if "integer" in kinds:
        return int(node.text)
    return float(node.text) if "number" in kinds else node.text
