"""The parts of a document as they were written: text everywhere, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from supportpolicy.errors import Place

Keys: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of mappings and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. `plain` means written without quotes and not as a block, so a schema may read it as a number.

    `source` is the value as it stands in the file, quotes included, if it stands on one line, else empty.
    """

    text: str
    plain: bool
    place: Place
    source: str = ""

    def character(self, offset: int) -> Place:
        """The place of the character at `offset` of `text`; the value's own place if it spans several lines."""
        if not self.source:
            return self.place
        columns = 0
        for _ in range(max(0, min(offset, len(self.text)))):
            columns += _width(self.source, columns, self.plain)
        opening = 0 if self.plain else 1
        return Place(self.place.file, self.place.line, self.place.column + opening + columns)


_ESCAPES = {"x": 4, "u": 6, "U": 10}


def _width(source: str, columns: int, plain: bool) -> int:
    """How many columns of `source` the character takes that begins `columns` after the opening quote."""
    if plain:
        return 1
    quote, at = source[0], 1 + columns
    if quote == "'":
        return 2 if source[at] == "'" else 1
    return _ESCAPES.get(source[at + 1], 2) if source[at] == "\\" else 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a mapping, and where its key stands."""

    key_place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in the order of the file."""

    entries: dict[str, Entry]
    place: Place


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its name as the user typed it, its content, and the digest and length of its bytes."""

    name: str
    root: Node
    sha256: str
    size: int


def child(node: Node, key: str | int) -> Node | None:
    """The value under a key of a mapping or at an index of a list, or None if there is none."""
    match node:
        case Mapping(entries=entries) if isinstance(key, str) and key in entries:
            return entries[key].value
        case Sequence(items=items) if isinstance(key, int) and 0 <= key < len(items):
            return items[key]
    return None
