"""The rulers of a run in SQL: all of them in one row of lists, in which an instant is looked up without a join."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from supportpolicy.engines.duckdb import ruler
from supportpolicy.engines.duckdb.ruler import Ruler, Span
from supportpolicy.model.instant import HOUR_US
from supportpolicy.model.step_table import StepTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Kind: TypeAlias = Literal[
    "accrued", "due", "last_in_time", "next_opening", "business_days_later", "end_of_business_day"
]

_WIDTHS: Final = tuple(hours * HOUR_US for hours in (48, 24, 12, 6, 3, 1))
_FEW: Final = 2
"""So many pieces may begin within a bucket; more, and narrower buckets are taken."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a ruler lies among the others. It knows of `first` to before `end`, which is divided into buckets of this
    `width`; the place of the first bucket is `offset`, and in none of them more pieces begin than `most`."""

    first: int
    end: int
    width: int
    offset: int
    most: int


@dataclass(slots=True)
class Store:
    """All rulers of a run, made as they are asked for. `spanned` gives the span of all instants that are looked up."""

    spanned: Callable[[], Span]
    _placed: dict[tuple[str, Kind, int], Placed] = field(default_factory=dict)
    _digests: dict[int, str] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _bases: list[int | None] = field(default_factory=list)
    _slopes: list[int] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)
    """For each bucket the place of the last piece that begins up to where it does, counted from 1."""
    _stored: int = 0
    _span: Span | None = None

    def place(self, table: StepTable, kind: Kind, count: int = 0) -> Placed:
        """Where the ruler lies that says this of the calendar."""
        if id(table) not in self._digests:
            self._digests[id(table)] = table.sha256
        key = (self._digests[id(table)], kind, count)
        if key not in self._placed:
            self._placed[key] = self._add(_made(_Known(key[0], table), self._whole(), kind, count))
        return self._placed[key]

    def _whole(self) -> Span:
        if self._span is None:
            self._span = self.spanned()
        return self._span

    def _add(self, made: Ruler) -> Placed:
        first, end, before = made.starts[0], made.starts[-1], len(self._starts)
        width, most = _width(made.starts)
        placed = Placed(first, end, width, len(self._places) + 1, most)
        self._places += (before + bisect_right(made.starts, at) for at in range(first, end, width))
        self._starts += made.starts
        self._bases += made.bases
        self._slopes += made.slopes
        return placed

    @property
    def used(self) -> bool:
        """Whether there is any."""
        return bool(self._placed)

    def store(self, connection: DuckDBPyConnection) -> None:
        """Create the table `rulers`, of one row; once more, if rulers came to be since."""
        if self._stored < len(self._placed):
            self._stored = len(self._placed)
            connection.execute(
                "CREATE OR REPLACE TABLE rulers AS SELECT ?::BIGINT[] AS ruler_starts, ?::BIGINT[] AS ruler_bases, "
                "?::TINYINT[] AS ruler_slopes, ?::INTEGER[] AS ruler_places",
                [self._starts, self._bases, self._slopes, self._places],
            )


@dataclass(frozen=True, slots=True)
class Rulers:
    """Writes lookups. `define` gives a name to an expression of the relation in which they are made."""

    store: Store
    define: Callable[[str], str]

    def place(self, table: StepTable, kind: Kind, count: int = 0) -> Placed:
        """Where the ruler lies that says this of the calendar."""
        return self.store.place(table, kind, count)

    def at(self, x: str, chosen: Mapping[Placed, str]) -> str:
        """The value at x in that ruler whose condition is true; null where none is, where x is null, and where the ruler
        knows nothing. An empty condition is always true."""
        return self.define(self.within(self.piece(x, chosen), x))

    def within(self, piece: str, x: str) -> str:
        """The value at x in the piece of a place."""
        return f"CASE WHEN {piece} IS NOT NULL THEN ruler_bases[{piece}] + ruler_slopes[{piece}] * {x} END"

    def piece(self, x: str, chosen: Mapping[Placed, str]) -> str:
        """The place of the piece in which x lies, in that ruler whose condition is true; else null."""
        places = list(chosen)

        def told(of: Callable[[Placed], int]) -> str:
            if len({of(place) for place in places}) == 1:
                return str(of(places[0]))
            return self.define(f"CASE {' '.join(f'WHEN {chosen[place]} THEN {of(place)}' for place in places)} END")

        first, end = told(lambda place: place.first), told(lambda place: place.end)
        width, offset = told(lambda place: place.width), told(lambda place: place.offset)
        known = f"{x} >= {first} AND {x} < {end}"
        if all(chosen.values()):
            known = f"({' OR '.join(chosen.values())}) AND {known}"
        bucket = self.define(f"CASE WHEN {known} THEN ruler_places[({x} - {first}) // {width} + {offset}] END")
        arms, last = f"WHEN {bucket} IS NULL THEN NULL", bucket
        for begun in range(1, max(place.most for place in places) + 1):
            arms += f" WHEN ruler_starts[{bucket} + {begun}] > {x} THEN {last}"
            last = f"{bucket} + {begun}"
        return self.define(f"CASE {arms} ELSE {last} END")


@dataclass(frozen=True, slots=True)
class _Known:
    """A calendar, the same as any other with its digest."""

    digest: str
    table: StepTable = field(compare=False)


@lru_cache(maxsize=32)  # to make them costs seconds, and who runs an audit in a process runs more
def _made(known: _Known, span: Span, kind: Kind, count: int) -> Ruler:
    table = known.table
    match kind:
        case "accrued":
            return ruler.accrued(table, span)
        case "due":
            return ruler.due(table, span)
        case "last_in_time":
            return ruler.last_in_time(table, span)
        case "next_opening":
            return ruler.next_opening(table, span)
        case "business_days_later":
            return ruler.business_days_later(table, span, count)
        case "end_of_business_day":
            return ruler.end_of_business_day(table, span, count)


def _width(starts: Sequence[int]) -> tuple[int, int]:
    """The widest buckets in each of which few pieces begin, and how many do at most."""
    most = 0
    for width in _WIDTHS:
        begun: dict[int, int] = {}
        for start in starts[1:-1]:
            bucket, within = divmod(start - starts[0], width)
            if within:
                begun[bucket] = begun.get(bucket, 0) + 1
        most = max(begun.values(), default=0)
        if most <= _FEW:
            break
    return width, most
