"""JSON that SQL puts together: members, objects and texts as expressions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from supportpolicy.engines.duckdb.literals import quoted


@dataclass(frozen=True, slots=True)
class Member:
    """A key and the expression of its value as JSON; without a key, of whole members with a comma before each, or null."""

    key: str
    value: str


def plain_text(plain: str) -> str:
    """A text in which JSON has nothing to escape."""
    return f"concat('\"', {plain}, '\"')"


def constant(text: str) -> str:
    """A constant text as an SQL literal of JSON."""
    return quoted(json.dumps(text, ensure_ascii=False))


def optional(key: str, plain: str) -> str:
    """A whole member with a comma before it, null where the text is, which has nothing to escape."""
    return f"concat(',\"{key}\":\"', {plain}, '\"')"


def object_of(members: Sequence[Member]) -> str:
    """An object of these members, of which the first has a key."""
    return _written(members, "{", "}")


def members_of(members: Sequence[Member]) -> str:
    """These members, each with a comma before it."""
    return _written(members, "", "")


def _written(members: Sequence[Member], opening: str, closing: str) -> str:
    parts: list[str] = []
    fixed, comma = opening, "" if opening else ","
    for member in members:
        if member.key:
            fixed += comma + json.dumps(member.key, ensure_ascii=False) + ":"
        comma = ","
        literal = _literal(member.value)
        if literal is not None:
            fixed += literal
        else:
            parts += [quoted(fixed), f"({member.value})"] if fixed else [f"({member.value})"]
            fixed = ""
    if fixed + closing:
        parts.append(quoted(fixed + closing))
    return parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"


def _literal(value: str) -> str | None:
    """The text of an expression that is one literal."""
    inner = value[1:-1].replace("''", "")
    if value.startswith("'") and value.endswith("'") and "'" not in inner:
        return value[1:-1].replace("''", "'")
    return None
