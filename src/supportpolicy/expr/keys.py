"""Values under keys in a row of JSON, by the name that a mapping gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from supportpolicy.model.json_value import JsonValue


class Nothing(Enum):
    """The mark of a key that is not there; null is a value."""

    NOTHING = 0


NOTHING: Final = Nothing.NOTHING
_PLAIN: Final = re.compile(r'[^"\\*\x00-\x1f]+')


def path_of(name: str) -> tuple[str, ...]:
    """The keys of a dotted path, one within the other."""
    return tuple(name.split("."))


def is_plain(name: str) -> bool:
    """Whether no key of the path needs care where a path is written down."""
    return all(_PLAIN.fullmatch(key) for key in path_of(name))


def value_at(name: str) -> Callable[[Mapping[str, JsonValue]], JsonValue | Nothing]:
    """Reads the value under a key, or else at the dotted path of keys that the name is."""
    path = path_of(name)

    def value(values: Mapping[str, JsonValue]) -> JsonValue | Nothing:
        found: JsonValue | Nothing = values.get(name, NOTHING)
        if found is NOTHING and len(path) > 1:
            found = values.get(path[0], NOTHING)
            for key in path[1:]:
                found = found.get(key, NOTHING) if isinstance(found, dict) else NOTHING
        return found

    return value
