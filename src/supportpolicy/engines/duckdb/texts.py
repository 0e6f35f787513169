"""How the columns of a delimited table are held: as narrow as their texts allow.

Millions of rows repeat a few spellings, and their instants mostly have one shape. So a column whose texts repeat is held as
the number of the spelling, one of common instants as microseconds, one of whole numbers as such; what does not fit stands
apart as the text it is, in a list that most rows lack. Which way a column goes, a sample decides. It decides what is
fast, never what is read: any text may turn up in any column.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.local_times import LocalTimes, local_times
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, FieldPlan
from supportpolicy.model.ticket import FieldType

EMPTY: Final = 254
LEFT: Final = 255
"""The numbers of an empty text and of one that stands apart; those of spellings are smaller."""
_SPELLINGS: Final = 200
_SPOTS: Final = 32
_SPOT: Final = 1 << 16
_FEW: Final = 1_000
"""So many of a column's texts tell whether most of them are numbers, or instants."""
_COMMON: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_WHOLE: Final = re.compile("0|[1-9][0-9]{0,17}")


class Holding(Enum):
    """How a column is held."""

    CODE = "code"
    INSTANT = "instant"
    WHOLE = "whole"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Held:
    """A column of the table by its place there, how it is held, and the spellings that have numbers."""

    index: int
    holding: Holding
    spellings: tuple[str, ...] = ()
    given: bool = False
    """Whether the microseconds of an instant stand beside its text."""
    local: LocalTimes | None = None
    """How an instant is read that is held as a local time."""
    nulls: tuple[str, ...] = ()
    """Texts that stand apart though they might be instants or numbers, since they stand for nothing."""

    @property
    def column(self) -> str:
        """The name of the column that holds it."""
        return {"code": "c", "instant": "n", "whole": "n", "text": "t"}[self.holding.value] + str(self.index)

    def select(self, text: str) -> str:
        """What is held, as an expression over the text; null where the text is empty or, but for codes, stands apart."""
        match self.holding:
            case Holding.CODE:
                arms = " ".join(f"WHEN {quoted(t)} THEN {n}" for n, t in enumerate(self.spellings))
                left = f"CASE WHEN {text} IS NULL THEN {EMPTY} ELSE {LEFT} END"
                told = f"CASE {text} {arms} ELSE {left} END::UTINYINT" if arms else f"({left})::UTINYINT"
            case Holding.INSTANT:
                told = f"i{self.index}" if self.given else common_instant(text)
                told = self.local.naive(text) if self.local is not None else told
            case Holding.WHOLE:
                number = f"try_cast({text} AS BIGINT)"
                told = f"CASE WHEN {number}::VARCHAR = {text} THEN {number} END"
            case Holding.TEXT:
                told = text
        if self.nulls:
            told = f"CASE WHEN {text} NOT IN ({', '.join(map(quoted, self.nulls))}) THEN {told} END"
        return f"{told} AS {self.column}"

    def apart(self, text: str) -> str | None:
        """The condition that the text stands apart; None if none ever does."""
        match self.holding:
            case Holding.CODE:
                return f"{self.column} = {LEFT}"
            case Holding.TEXT:
                return None
            case _:
                return f"({self.column} IS NULL AND {text} IS NOT NULL)"


def common_instant(text: str) -> str:
    """The microseconds of a text of the shape 2024-05-01T10:00:00Z, as SQL; null for any other.

    The length, the last character and the first leave DuckDB's reading of the shape no room: with them it takes no text
    that the grammar of instants refuses.
    """
    return (
        f"CASE WHEN strlen({text}) = 20 AND suffix({text}, 'Z') AND {text} >= '0001' AND {text} < ':' "
        f"THEN epoch_us(try_strptime({text}, '%Y-%m-%dT%H:%M:%SZ')) END"
    )


def common(field: FieldPlan) -> bool:
    """Whether the field's texts may have the shape of common instants."""
    reading = field.reading
    return reading.type is FieldType.INSTANT and reading.format is None and reading.measured is None


def holdings(
    plan: Plan,
    needed: frozenset[int],
    columns: Sequence[str],
    sampled: Sequence[Sequence[str]],
    instants: Collection[str],
) -> dict[str, Held]:
    """How each column that a field is read from is held, by its name."""
    fields: dict[str, list[FieldPlan]] = {}
    for i in sorted(needed):
        origin = plan.fields[i].origin
        if isinstance(origin, Column):
            fields.setdefault(origin.name, []).append(plan.fields[i])
    return {
        name: _held(columns.index(name), read, [row[columns.index(name)] for row in sampled], name in instants)
        for name, read in fields.items()
    }


def _held(index: int, fields: Sequence[FieldPlan], texts: Sequence[str], given: bool) -> Held:
    told = [text for text in texts if text]
    few = told[:: max(1, len(told) // _FEW)]
    nulls = tuple(sorted({text for f in fields for text in f.reading.nulls if text}))
    if all(f.reading.type is FieldType.TEXT for f in fields):
        whole = sum(_WHOLE.fullmatch(text) is not None for text in few)
        if few and whole >= 0.9 * len(few):
            return Held(index, Holding.WHOLE, nulls=nulls)
        return Held(index, Holding.TEXT)
    if any(f.reading.type is FieldType.TEXT for f in fields):
        return Held(index, Holding.TEXT)
    usual = sum(_COMMON.fullmatch(text) is not None for text in few)
    if all(common(f) for f in fields) and (given or usual >= 0.5 * len(few)):
        return Held(index, Holding.INSTANT, given=given, nulls=nulls)
    if all(f.reading.type is FieldType.INSTANT for f in fields):
        first, *others = (f.reading for f in fields)
        alike = all((r.format, r.zone, r.measured) == (first.format, first.zone, first.measured) for r in others)
        local = local_times(first, told) if alike else None
        if local is not None:
            return Held(index, Holding.INSTANT, local=local, nulls=nulls)
    spellings = Counter(told).most_common(_SPELLINGS)
    if sum(times for _, times in spellings) >= 0.9 * len(told):
        return Held(index, Holding.CODE, tuple(text for text, _ in spellings))
    return Held(index, Holding.TEXT)


def sample(paths: Sequence[Path], delimiter: str, width: int) -> list[list[str]]:
    """Rows from all over some files, as far as they can be made out. Some may be none."""
    return [row for path in paths for row in _sampled(path, delimiter, width, max(1, _SPOTS // len(paths)))]


def _sampled(path: Path, delimiter: str, width: int, spots: int) -> Iterator[list[str]]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        for spot in range(spots):
            at = spot * size // spots
            stream.seek(at)
            lines = stream.read(_SPOT).decode("utf-8", "replace").split("\n")
            whole = lines[1:-1] if at else lines[:-1]
            try:
                for row in csv.reader((line.removesuffix("\r") + "\n" for line in whole), delimiter=delimiter):
                    if len(row) == width and not any("\0" in text for text in row):
                        yield row
            except csv.Error:
                continue
