"""The forms of events: what all events share that have the same kind, role, values and so on, told once for each of them.

A log of millions of events has a few dozen forms. So an event is held as the number of its form; what is asked of its kind
or of its values is worked out over the forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.texts import EMPTY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMN: Final = re.compile(r"\b(?:s|v|d|lo|hi)([0-9]+)\b")
_TEXT: Final = re.compile("'(?:[^']|'')*'")
_BITS: Final = 62


@dataclass(frozen=True, slots=True)
class _Part:
    """A field whose cells have numbers: of these so many are spellings; from the bit `shift` on lies its place."""

    field: int
    spellings: int
    shift: int
    bits: int


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of the rows in `staged`, numbered by the cells of `parts`. `constants` are the columns of what is the same
    for every row, by the index of the field."""

    parts: tuple[_Part, ...]
    constants: Mapping[int, list[str]]

    @staticmethod
    def of(connection: DuckDBPyConnection, coded: frozenset[int], constants: Mapping[int, list[str]]) -> Forms:
        """Those of as many coded fields as go into one number."""
        parts, shift = [], 0
        for i in sorted(coded):
            [(spellings, last)] = connection.execute(
                f"SELECT count(*) FILTER (code < {EMPTY}), max(code) FROM cells{i}"
            ).fetchall()
            bits = max(1, (max(spellings, last - EMPTY + spellings)).bit_length())
            if shift + bits <= _BITS:
                parts.append(_Part(i, spellings, shift, bits))
                shift += bits
        return Forms(tuple(parts), constants)

    def tell(self, text: str) -> bool:
        """Whether an expression hangs on nothing but the form."""
        told = {part.field for part in self.parts} | self.constants.keys()
        return {int(number) for number in _COLUMN.findall(_TEXT.sub("", text))} <= told

    @property
    def number(self) -> str:
        """The number of a row's form."""
        bits = max((part.shift + part.bits for part in self.parts), default=1)
        kind = "USMALLINT" if bits <= 16 else "INTEGER" if bits <= 31 else "BIGINT"
        places = (f"({_place(f'k{part.field}', part)}::BIGINT << {part.shift})" for part in self.parts)
        return f"({' | '.join(places) or '0'})::{kind}"

    def query(self, relation: str, told: Mapping[str, str]) -> str:
        """For the forms in a relation with `form` a query that gives that and what is told of it."""
        columns = ", ".join(f"{text} AS {name}" for name, text in told.items())
        joins = "".join(
            f" JOIN cells{part.field} ON {_place(f'cells{part.field}.code', part)} = "
            f"(form::BIGINT >> {part.shift}) & {(1 << part.bits) - 1}"
            for part in self.parts
        )
        constants = ", ".join(column for columns in self.constants.values() for column in columns)
        beside = f" CROSS JOIN (SELECT {constants}) AS constants" if constants else ""
        return f"SELECT form, {columns} FROM (SELECT DISTINCT form FROM {relation}) AS forms{joins}{beside}"


def _place(code: str, part: _Part) -> str:
    """The place of a cell: those of spellings come first, and no number is left out between them and the others."""
    return f"(CASE WHEN {code} >= {EMPTY} THEN {code} - {EMPTY - part.spellings} ELSE {code} END)"
