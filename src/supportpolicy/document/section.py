"""A part of a document that knows where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from supportpolicy.document.nodes import Document, Keys, Mapping, Node, Scalar, child
from supportpolicy.document.wording import dotted
from supportpolicy.errors import Place, Problem


@dataclass(frozen=True, slots=True)
class Section:
    """A frozen view of the value at `path` of `document`.

    `data` is the value as plain Python (dict, list, str, int, float, bool, None), read by a schema; `node` is the same
    as it was written. All methods take keys and indexes below this section (none: the section's own value) and never
    raise for a key that is not there: places fall back to the nearest value above that is, and `at` gives a section
    whose `data` is None. A value that an alias repeats stands where its anchor is.
    """

    document: Document
    path: Keys
    node: Node
    data: Any

    def at(self, *keys: str | int) -> Section:
        """The section below."""
        data: Any = self.data
        for key in keys:
            data = _below(data, key)
        path = (*self.path, *keys)
        return Section(self.document, path, self._walk(path)[0], data)

    def has(self, *keys: str | int) -> bool:
        """Whether a value stands there; `null` is a value."""
        return not self._walk((*self.path, *keys))[1]

    def entries(self, *keys: str | int) -> Iterator[tuple[str | int, Section]]:
        """The keys or indexes of the value there, each with its section; nothing if it is a scalar or missing."""
        section = self.at(*keys)
        names: Any = ()
        if isinstance(section.data, dict):
            names = section.data
        elif isinstance(section.data, list):
            names = range(len(section.data))
        for name in names:
            yield name, section.at(name)

    def place(self, *keys: str | int) -> Place:
        """Where the value stands."""
        return self._walk((*self.path, *keys))[0].place

    def key_place(self, *keys: str | int) -> Place:
        """Where the value's key stands; for an item of a list and for the whole document, the value's own place."""
        path = (*self.path, *keys)
        above, missing = self._walk(path[:-1])
        if path and not missing and isinstance(above, Mapping) and path[-1] in above.entries:
            return above.entries[str(path[-1])].key_place
        return self.place(*keys)

    def character(self, *keys: str | int, offset: int) -> Place:
        """Where the character at `offset` of a text stands; the value's place if that cannot be said exactly.

        It can for a text on one line, plain or quoted: quotes and escapes are counted.
        """
        node, missing = self._walk((*self.path, *keys))
        return node.character(offset) if isinstance(node, Scalar) and not missing else node.place

    def dotted(self, *keys: str | int) -> str:
        """The path in the document as messages show it: `rules.first-response.within`, `languages[2]`."""
        return dotted((*self.path, *keys))

    def problem(
        self,
        *keys: str | int,
        message: str,
        expected: str = "",
        hint: str = "",
        offset: int | None = None,
        on_key: bool = False,
    ) -> Problem:
        """A problem of the value there: of its key with `on_key`, of one character of its text with `offset`."""
        if on_key:
            place = self.key_place(*keys)
        elif offset is not None:
            place = self.character(*keys, offset=offset)
        else:
            place = self.place(*keys)
        return Problem(message, place, self.dotted(*keys), expected, hint)

    def _walk(self, path: Keys) -> tuple[Node, bool]:
        """The node at a path from the document's root; or the nearest above it, and True."""
        node = self.document.root
        for key in path:
            below = child(node, key)
            if below is None:
                return node, True
            node = below
        return node, False


def _below(data: Any, key: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(key)
    if isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data):
        return data[key]
    return None
