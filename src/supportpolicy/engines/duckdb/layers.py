"""Named subexpressions in layers, so that a script stays readable and no expression is written out twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_NAME: Final = re.compile(r"\b[a-z]+[0-9]+\b")


@dataclass(slots=True)
class Layers:
    """Expressions by name, each in the first layer in which all the names it uses are known. `letter` begins the names."""

    below: str
    letter: str = "t"
    expressions: dict[str, tuple[int, str]] = field(default_factory=dict)
    _same: dict[str, str] = field(default_factory=dict)

    def define(self, expression: str, name: str = "") -> str:
        """The name of the expression; the one it has already if it was defined before. A constant is its own name."""
        if not name and (expression in self.expressions or re.fullmatch("-?[0-9]+", expression)):
            return expression
        if not name and expression in self._same:
            return self._same[expression]
        used = [self.expressions[n][0] for n in _NAME.findall(expression) if n in self.expressions]
        name = name or f"{self.letter}{len(self.expressions)}"
        self.expressions[name] = (max(used, default=-1) + 1, expression)
        self._same.setdefault(expression, name)
        return name

    def select(self, below: str = "") -> str:
        """One query that gives all columns of what is below, here perhaps a part of it, and every named expression."""
        query = f"FROM {below or self.below}"
        for depth in range(max((d for d, _ in self.expressions.values()), default=-1) + 1):
            told = [f"  {text} AS {name}" for name, (d, text) in self.expressions.items() if d == depth]
            query = f"FROM (\n{query}\n)" if depth else query
            query = "SELECT *,\n" + ",\n".join(told) + f"\n{query}"
        return query if self.expressions else f"SELECT *\n{query}"
