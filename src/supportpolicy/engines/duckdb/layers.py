"""Named subexpressions in layers, so that a script stays readable and no expression is written out twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

_NAME: Final = re.compile(r"\b[a-z]+[0-9]+\b")
_WORD: Final = re.compile(r"\w+")


@dataclass(slots=True)
class Layers:
    """Expressions by name, each in the first layer in which all the names it uses are known. `letter` begins the names;
    `codes` are those whose values are whole numbers, or truth values, of which there are few."""

    below: str
    letter: str = "t"
    expressions: dict[str, tuple[int, str]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    _same: dict[str, str] = field(default_factory=dict)

    def define(self, expression: str, name: str = "") -> str:
        """The name of the expression; the one it has already if it was defined before. A constant is its own name."""
        if not name and (expression in self.expressions or re.fullmatch("-?[0-9]+|true|false", expression)):
            return expression
        if not name and expression in self._same:
            return self._same[expression]
        used = [self.expressions[n][0] for n in _NAME.findall(expression) if n in self.expressions]
        name = name or f"{self.letter}{len(self.expressions)}"
        self.expressions[name] = (max(used, default=-1) + 1, expression)
        self._same.setdefault(expression, name)
        return name

    def code(self, expression: str) -> str:
        """The name of an expression that has few values."""
        name = self.define(expression)
        self.codes.add(name)
        return name

    def select(self, below: str = "", asked: Iterable[str] | None = None, known: Collection[str] = ()) -> str:
        """One query that gives all columns of what is below, here perhaps a part of it, and every named expression; of
        these only such as the expressions in `asked` need, where they are given, and not those `known` below."""
        query = f"FROM {below or self.below}"
        needed = self.expressions if asked is None else self._needed(asked, known)
        for depth in range(max((d for d, _ in needed.values()), default=-1) + 1):
            told = [f"  {text} AS {name}" for name, (d, text) in needed.items() if d == depth]
            query = f"FROM (\n{query}\n)" if depth else query
            query = "SELECT *,\n" + ",\n".join(told) + f"\n{query}"
        return query if needed else f"SELECT *\n{query}"

    def words(self, asked: Iterable[str]) -> frozenset[str]:
        """The names of columns, and other words, in those expressions and in all that they need."""
        texts = [*asked]
        texts += (text for _, text in self._needed(texts, ()).values())
        return frozenset(word for text in texts for word in _WORD.findall(text))

    def _needed(self, asked: Iterable[str], known: Collection[str]) -> dict[str, tuple[int, str]]:
        """What those expressions use, and what that uses in turn. All that is in a layer is planned, used or not."""
        found: set[str] = set()
        texts = list(asked)
        while texts:
            fresh = {name for name in _NAME.findall(texts.pop()) if name in self.expressions} - found - {*known}
            found |= fresh
            texts += (self.expressions[name][1] for name in fresh)
        return {name: told for name, told in self.expressions.items() if name in found}


@dataclass(frozen=True, slots=True)
class Members:
    """Names expressions over `x`, each member of a list: as lists of what they are for each. `define` names these."""

    listed: str
    define: Callable[[str], str]
    _names: set[str] = field(default_factory=set)

    def __call__(self, expression: str) -> str:
        """The name of the list, which another expression may use as that of its member."""
        text = _NAME.sub(lambda name: f"{name[0]}[i]" if name[0] in self._names else name[0], expression)
        name = self.define(f"list_transform({self.listed}, lambda x, i: {text})")
        self._names.add(name)
        return name
