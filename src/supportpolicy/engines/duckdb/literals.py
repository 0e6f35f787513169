"""Texts, names and values as SQL writes them."""

from __future__ import annotations

from collections.abc import Sequence


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def one_of(expression: str, numbers: Sequence[int]) -> str:
    """Whether an expression has one of these values."""
    return f"{expression} IN ({', '.join(map(str, numbers))})" if numbers else "false"
