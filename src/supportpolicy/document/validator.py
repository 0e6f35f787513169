"""The JSON Schema validator behind `conform`: Draft 2020-12 with the keywords that concern keys told key by key."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from supportpolicy.document.pattern import compiled

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


@functools.cache
def validator_class() -> type[Validator]:
    """Draft 2020-12 with patterns as `pattern` reads them, and one error for each key or item at fault.

    The message of `required` and `dependentRequired` is the missing key, that of `uniqueItems` the index of the first
    of the equal items; the context of `propertyNames` holds what is wrong with the key.
    """
    from jsonschema import Draft202012Validator, validators
    from jsonschema.exceptions import ValidationError

    def pattern(_: Validator, expression: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not compiled(expression).search(instance):
            yield ValidationError(expression)

    def below(this: Any, part: Any, instance: Any, key: str, step: str | None) -> Iterator[ValidationError]:
        if part is False:
            # The validator itself leaves the key out of the path of this error.
            yield ValidationError(key, path=(key,), instance=instance)
        else:
            yield from this.descend(instance, part, path=key, schema_path=step)

    def properties(this: Any, parts: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key, part in parts.items():
                if key in instance:
                    yield from below(this, part, instance[key], key, key)

    def pattern_properties(this: Any, patterns: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for expression, part in patterns.items():
                for key in filter(compiled(expression).search, instance):
                    yield from below(this, part, instance[key], key, expression)

    def additional_properties(this: Any, part: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if not isinstance(instance, dict):
            return
        expressions = [compiled(expression) for expression in schema.get("patternProperties", ())]
        for key, value in instance.items():
            if key in schema.get("properties", ()) or any(expression.search(key) for expression in expressions):
                continue
            if part is False:
                yield ValidationError(key, path=(key,), instance=value)
            else:
                yield from this.descend(value, part, path=key)

    def property_names(this: Any, part: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key in instance:
                if faults := list(this.descend(key, part)):
                    yield ValidationError(key, path=(key,), instance=key, context=faults)

    def required(_: Validator, keys: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key in keys:
                if key not in instance:
                    yield ValidationError(key)

    def dependent_required(_: Validator, needs: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key, others in needs.items():
                for other in others if key in instance else ():
                    if other not in instance:
                        yield ValidationError(other, path=(key,))

    def unique_items(_: Validator, unique: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
        if unique and isinstance(instance, list):
            first: dict[str, int] = {}
            for index, item in enumerate(instance):
                before = first.setdefault(json.dumps(item, sort_keys=True), index)
                if before != index:
                    yield ValidationError(str(before), path=(index,), instance=item)

    return validators.extend(  # type: ignore[no-any-return, no-untyped-call]
        Draft202012Validator,
        {
            "pattern": pattern,
            "properties": properties,
            "patternProperties": pattern_properties,
            "additionalProperties": additional_properties,
            "propertyNames": property_names,
            "required": required,
            "dependentRequired": dependent_required,
            "uniqueItems": unique_items,
        },
    )
