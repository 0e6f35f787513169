"""Verdicts once for each combination of what they hang on, and not for each ticket.

What a verdict hangs on are in the end whole numbers of which there are few: truths, and the outcomes of clocks. Only these,
the keys, are worked out for each ticket, and packed into words; and those that hang on one coded field alone, once for each
of its cells. A million tickets bear a few thousand different words. What follows from the keys is worked out over these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.layers import Layers

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXT: Final = re.compile("'(?:[^']|'')*'")
_NAME: Final = re.compile(r"\b[a-z_][a-z0-9_]*\b(?!\()")
_CONSTANTS: Final = frozenset({"true", "false"})


@dataclass(slots=True)
class Combinations:
    """What is `asked` of each ticket, as expressions by the names of their columns. The codes of the `layers`, and what is
    asked but hangs on more than these, are whole numbers from 0 on and below `size`, or null. `coded` are the fields whose
    cells have numbers (see `staged`). The names of tables begin with `table`."""

    layers: Layers
    asked: Mapping[str, str]
    size: int
    coded: frozenset[int]
    table: str = "words"
    _names: dict[str, str] = field(init=False)
    _keys: list[str] = field(init=False)
    _settled: dict[str, bool] = field(default_factory=dict, init=False)
    _hung: dict[str, frozenset[str]] = field(default_factory=dict, init=False)
    _parts: dict[int, list[str]] = field(default_factory=dict, init=False)
    """The keys that hang on one coded field alone."""

    def __post_init__(self) -> None:
        self._names = {column: self.layers.define(text) for column, text in self.asked.items()}
        self._keys = self._find()
        for key in self._keys:
            fields = [i for i in sorted(self.coded) if self._columns(key) <= {f"s{i}", f"v{i}", f"d{i}"}]
            if fields:
                self._parts.setdefault(fields[0], []).append(key)

    def create(self, connection: DuckDBPyConnection) -> None:
        """Create for each coded field that is asked a table of its own: what each of its cells adds to the words."""
        for i, keys in self._parts.items():
            told = ", ".join(f"{self._sum(n, keys)} AS {word}" for n, word in enumerate(self.words))
            connection.execute(
                f"CREATE TABLE {self.table}{i} AS SELECT code, {told} FROM (\n{self.layers.select(f'cells{i}', keys)}\n)"
            )

    @property
    def words(self) -> list[str]:
        """The names of the words."""
        return [f"word{n}" for n in range(max(1, -(-len(self._keys) // self._each)))]

    def columns(self) -> dict[str, str]:
        """The words of a ticket as expressions, over what is known of the ticket and what is joined to it."""
        known = {key for keys in self._parts.values() for key in keys}
        rest = [key for key in self._keys if key not in known]
        return {
            word: " + ".join([self._sum(n, rest), *(f"{self.table}{i}.{word}" for i in self._parts)])
            for n, word in enumerate(self.words)
        }

    def joins(self) -> str:
        """What is joined to the tickets, called `cells`."""
        return "".join(f" JOIN {self.table}{i} ON {self.table}{i}.code = cells.k{i}" for i in self._parts)

    def select(self, relation: str) -> str:
        """A query that gives, for a relation with the words, these and what was asked."""
        told = [
            f"(nullif(word{place // self._each} // {self._power(place)} % {self.size + 1}, 0) - 1)::INTEGER AS {key}"
            for place, key in enumerate(self._keys)
        ]
        unpacked = f"(SELECT {', '.join(['*', *told])} FROM {relation})"
        columns = ", ".join([*self.words, *(f"{name} AS {column}" for column, name in self._names.items())])
        return f"SELECT {columns} FROM (\n{self.layers.select(unpacked, self._names.values(), self._keys)}\n)"

    # --- the words ---
    @property
    def _each(self) -> int:
        return _in_a_word(self.size + 1)

    def _power(self, place: int) -> int:
        power: int = (self.size + 1) ** (place % self._each)
        return power

    def _sum(self, word: int, keys: Sequence[str]) -> str:
        """What these keys add to a word: 0 for null, else one more than their numbers."""
        terms = []
        for place, key in enumerate(self._keys):
            if key in keys and place // self._each == word:
                terms.append(f"{self._power(place)}::BIGINT * coalesce({key}::BIGINT + 1, 0)")
        return " + ".join(terms) or "0::BIGINT"

    # --- the keys ---
    def _find(self) -> list[str]:
        """The keys: what is asked, and what it hangs on in turn, as far down as it follows from that."""
        keys: dict[str, None] = {}
        ahead, met = [*self._names.values()][::-1], set[str]()
        while ahead:
            name = ahead.pop()
            if name not in self.layers.expressions or name in met:
                continue
            met.add(name)  # expressions share their parts: each is looked at once
            if self._follows(name):
                ahead += self._used(name)[::-1]
            else:
                keys[name] = None
        return list(keys)

    def _follows(self, name: str) -> bool:
        """Whether nothing is in an expression but codes, and what follows from these."""
        if name not in self._settled:
            self._settled[name] = all(
                used in self.layers.codes or (used in self.layers.expressions and self._follows(used))
                for used in self._used(name)
            )
        return self._settled[name]

    def _columns(self, name: str) -> frozenset[str]:
        """The columns of the ticket that an expression hangs on."""
        if name not in self.layers.expressions:
            return frozenset({name})
        if name not in self._hung:
            self._hung[name] = frozenset().union(*(self._columns(used) for used in self._used(name)))
        return self._hung[name]

    def _used(self, name: str) -> list[str]:
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
    return max(1, 62 // max(1, (size - 1).bit_length()))
