"""Verdicts once for each combination of what they hang on, and not for each ticket.

What a verdict hangs on are in the end whole numbers of which there are few: truths, and the outcomes of clocks. Only these,
the keys, are worked out for each ticket, and packed into words. A million tickets bear a few thousand different words, and
what follows from the keys is worked out over the table of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.layers import Layers

_TEXT: Final = re.compile("'(?:[^']|'')*'")
_NAME: Final = re.compile(r"\b[a-z_][a-z0-9_]*\b(?!\()")
_CONSTANTS: Final = frozenset({"true", "false"})


@dataclass(slots=True)
class Combinations:
    """What is `asked` of each ticket, as expressions by the names of their columns; all of them whole numbers from 0 on and
    below `size`, or null, like the codes of the `layers`."""

    layers: Layers
    asked: Mapping[str, str]
    size: int
    _names: dict[str, str] = field(init=False)
    _keys: list[str] = field(init=False)
    _settled: dict[str, bool] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._names = {column: self.layers.define(text) for column, text in self.asked.items()}
        found: dict[str, None] = {}
        for name in self._names.values():
            self._find(name, found)
        self._keys = list(found)

    def words(self) -> dict[str, str]:
        """The words of a ticket, as expressions by the names of their columns."""
        keys = [f"coalesce({key}::BIGINT + 1, 0)" for key in self._keys]
        return {f"k{n}": word for n, word in enumerate(words(keys, self.size + 1) or ["0::BIGINT"])}

    def select(self, relation: str) -> str:
        """A query that gives, for a relation with the words, these and what was asked."""
        each, size = _in_a_word(self.size + 1), self.size + 1
        told = [
            f"(nullif(k{place // each} // {size ** (place % each)} % {size}, 0) - 1)::INTEGER AS {key}"
            for place, key in enumerate(self._keys)
        ]
        unpacked = f"(SELECT {', '.join(['*', *told])} FROM {relation})"
        columns = ", ".join([*self.words(), *(f"{name} AS {column}" for column, name in self._names.items())])
        return f"SELECT {columns} FROM (\n{self.layers.select(unpacked, self._names.values(), self._keys)}\n)"

    # --- the keys ---
    def _find(self, name: str, found: dict[str, None]) -> None:
        if name not in self.layers.expressions or name in found:
            return
        if not self._follows(name):
            found[name] = None
            return
        for used in self._used(name):
            self._find(used, found)

    def _follows(self, name: str) -> bool:
        """Whether nothing is in an expression but codes, and what follows from these."""
        if name not in self._settled:
            self._settled[name] = all(
                used in self.layers.codes or (used in self.layers.expressions and self._follows(used))
                for used in self._used(name)
            )
        return self._settled[name]

    def _used(self, name: str) -> Iterable[str]:
        _, text = self.layers.expressions[name]
        return [used for used in _NAME.findall(_TEXT.sub("", text)) if used not in _CONSTANTS]


def words(codes: Sequence[str], size: int) -> list[str]:
    """Numbers below `size` packed into as few whole numbers of 63 bits as hold them."""
    each = _in_a_word(size)
    packed = []
    for begin in range(0, len(codes), each):
        terms = [f"{size**place}::BIGINT * {code}" for place, code in enumerate(codes[begin : begin + each])]
        packed.append(" + ".join(terms))
    return packed


def unpacked(numbers: Sequence[int], size: int, count: int) -> list[int]:
    """The numbers that were packed."""
    each = _in_a_word(size)
    told = []
    for place in range(count):
        told.append(numbers[place // each] // size ** (place % each) % size)
    return told


def _in_a_word(size: int) -> int:
    return max(1, int(62 // max(1, (size - 1).bit_length())))
