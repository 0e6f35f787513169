"""What lines of JSON look like about which there is no doubt: a pattern, learned from the lines themselves.

Most exports repeat the same keys in the same order. A pattern of these keys, each of which may be left out, matches a run
of lines at once and faster than a reader reads them. What it matches every reader of JSON reads alike: no key stands twice,
no number is rounded, no text has half a character in it. What it does not match may be as good; that the strict reader says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.expr.keys import is_plain, path_of
from supportpolicy.model.json_value import JsonValue

_ESCAPED: Final = rb'(?:["\\/bfnrt]|u(?:(?!000[01]|[dD][89a-fA-F])[0-9a-fA-F]{4}|%b))' % (
    rb"[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""Surrogates in pairs; no NUL, and no `MARK`."""
_TEXT: Final = rb'"[^"\\\x00-\x1f]*+(?:\\%b[^"\\\x00-\x1f]*+)*+"' % _ESCAPED
_NUMBER: Final = rb"(?:-?[1-9][0-9]{0,17}+|0)"
"""No more digits than 64 bits hold, and no minus before a zero."""
_WORD: Final = rb"(?:null|true|false)"
_FRACTION: Final = rb"-?(?:[1-9][0-9]{0,17}+|0)(?:\.[0-9]{1,18}+)?+"
_LOOSE: Final = rb"%b|%b|%b" % (_TEXT, _WORD, _FRACTION)
"""Where nobody looks a number may be any that every reader takes for one."""
_NEXT: Final = rb"(?:, ?+(?![}\]])|(?=[}\]]))"
"""What stands between two values, and nothing behind the last one."""

DEEPEST: Final = 8
"""How deep objects and lists stand in one another that are learned."""
MOST: Final = 400
"""How many keys are learned."""
LESSONS: Final = 40
"""How often the pattern is made anew."""


_NESTED: Final = frozenset({dict, list})


def _listed(value: bytes) -> bytes:
    return rb"\[(?:(?:%b)%b)*+\]" % (value, _NEXT)


_WANTED: Final = rb"%b|%b|%b|%b" % (_TEXT, _WORD, _NUMBER, _listed(_TEXT))


@dataclass(slots=True)
class _Place:
    """What was seen at one place of objects: the keys of objects in their order, the values of lists. `wanted` where the
    value is what somebody asks for."""

    wanted: bool
    keys: dict[str, _Place] | None = None
    items: _Place | None = None

    def pattern(self) -> bytes:
        """What a value looks like here."""
        if self.wanted:
            return _WANTED
        told = [_LOOSE]
        if self.items is not None:
            told.append(_listed(self.items.pattern()))
        if self.keys is not None:
            told.append(self.object())
        return b"|".join(told)

    def object(self) -> bytes:
        """What an object looks like here."""
        told = [
            rb'(?:"%b": ?+(?:%b)%b)?+' % (re.escape(key.encode("utf-8")), place.pattern(), _NEXT)
            for key, place in (self.keys or {}).items()
        ]
        return rb"\{%b\}" % b"".join(told)


@dataclass(slots=True)
class PlainObjects:
    """Knows plain lines (see `plugin.records.ObjectFile`), and learns more of them; `names` are the paths asked for."""

    names: tuple[str, ...]
    any: bool = field(init=False)
    """Whether there may be plain lines at all."""
    lines: re.Pattern[bytes] = field(init=False)
    """Matches plain lines, one after the other, with their line ends."""
    _top: _Place = field(init=False)
    _wanted: frozenset[tuple[str, ...]] = field(init=False)
    _known: int = field(default=0, init=False)
    _lessons: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._wanted = frozenset(map(path_of, self.names))
        self.any = all(map(is_plain, self.names))
        self._top = _Place(False, {})
        self._compile()

    def takes(self, line: bytes) -> bool:
        """Whether a line in UTF-8 is plain."""
        return self.any and self.lines.fullmatch(line + b"\n") is not None

    def learn(self, rows: Iterable[Mapping[str, JsonValue]]) -> bool:
        """Learn from objects that were read; whether there was anything new."""
        if not self.any or self._lessons >= LESSONS:
            return False
        known = self._known
        for row in rows:
            self._learn_keys(self._top, row, (), 1)
        if known == self._known:
            return False
        self._lessons += 1
        self._compile()
        return True

    def _compile(self) -> None:
        self.lines = re.compile(rb"(?:%b\r?\n)*+" % self._top.object())

    def _learn(self, place: _Place, value: JsonValue, path: tuple[str, ...] | None, depth: int) -> None:
        """Learn from an object or a list at the path; it has none within a list."""
        if place.wanted or depth > DEEPEST:
            return
        if isinstance(value, list):
            if place.items is None:
                place.items = _Place(False)
                self._known += 1
            for item in value:
                if type(item) in _NESTED:
                    self._learn(place.items, item, None, depth + 1)
            return
        assert isinstance(value, dict)
        if place.keys is None:
            place.keys = {}
            self._known += 1
        self._learn_keys(place, value, path, depth)

    def _learn_keys(
        self, place: _Place, value: Mapping[str, JsonValue], path: tuple[str, ...] | None, depth: int
    ) -> None:
        assert place.keys is not None
        before: str | None = None
        for key, inner in value.items():
            if key not in place.keys and self._may(key, path):
                wanted = path is not None and (*path, key) in self._wanted
                place.keys = _put_behind(place.keys, before, key, _Place(wanted))
                self._known += 1
            if key in place.keys:
                before = key
                if type(inner) in _NESTED:
                    self._learn(place.keys[key], inner, None if path is None else (*path, key), depth + 1)

    def _may(self, key: str, path: tuple[str, ...] | None) -> bool:
        """Whether a key can be learned. One that is called as a whole path would have to be looked for before the path."""
        return self._known < MOST and is_plain(key) and not (path == () and "." in key and key in self.names)


def _put_behind(keys: Mapping[str, _Place], before: str | None, key: str, place: _Place) -> dict[str, _Place]:
    """The keys with one more, behind the one before it, or else in front."""
    names = list(keys)
    names.insert(names.index(before) + 1 if before is not None else 0, key)
    return {name: place if name == key else keys[name] for name in names}
