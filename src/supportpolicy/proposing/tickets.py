"""Which column tells tickets apart, and whether several rows make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.model.text import integer
from supportpolicy.proposing.columns import Column, Export
from supportpolicy.proposing.headers import HEADERS

_LOG: Final = 0.9
"""Below so many distinct ids a row, the rows are states of tickets and not tickets."""

_LONGEST_ID: Final = 40
_RISING: Final = 0.95
_STEPPING: Final = 0.5


@dataclass(frozen=True, slots=True)
class Identity:
    """The column of ids and what spoke for it: `known` says that it was its name. `distinct` is how many values it has in
    `rows` rows."""

    column: Column
    why: str
    known: bool
    distinct: int
    rows: int

    @property
    def repeats(self) -> int:
        return self.column.filled - self.distinct

    @property
    def is_log(self) -> bool:
        """Whether ids repeat so often that the rows must be states of tickets."""
        return self.known and self.distinct < _LOG * self.column.filled


def identity_candidates(export: Export) -> list[tuple[Column, bool]]:
    """The columns that may hold ids, the likeliest first, each with whether its name is a known one."""
    named = [
        (column, True) for name in HEADERS["id"] for column in export.texts if column.plain == name and column.filled
    ]
    unnamed = [(column, False) for column in export.texts if column.is_unique and _looks_like_id(column)]
    return [*named, *(pair for pair in unnamed if pair[0] not in [column for column, _ in named])]


def _looks_like_id(column: Column) -> bool:
    short = all(len(value) <= _LONGEST_ID and " " not in value for value in column.samples)
    return short and not column.is_time and column.filled == column.rows


def choose_identity(
    candidates: Sequence[tuple[Column, bool]], distinct: Mapping[str, int], rows: int
) -> Identity | None:
    """The likeliest column of ids: one that is unique if there is any, else the first of a known name."""
    identities = [
        Identity(column, "a known name" if known else "no value stands twice in it", known, distinct[column.name], rows)
        for column, known in candidates
    ]
    unique = [identity for identity in identities if not identity.repeats and identity.column.filled == rows]
    named = [identity for identity in identities if identity.known]
    if named and named[0].repeats and unique and not unique[0].known:
        return named[0]  # a log may number its rows; what is called a number of tickets is one
    return next(iter([*unique, *named]), None)


def last_resort(export: Export) -> Identity | None:
    """The column with the most values, where none is an id: a mapping must name one."""
    if not any(column.filled for column in export.texts):
        return None
    column = max(export.texts, key=lambda column: len(column.values))
    return Identity(
        column, "no column looks like an id, and this one has the most values", False, len(column.values), export.rows
    )


@dataclass(slots=True)
class Order:
    """How an integer column runs along the rows of each ticket, in file order."""

    column: str
    steps: int = 0
    rising: int = 0
    falling: int = 0
    faults: int = 0
    _last: dict[str, int] = field(default_factory=dict)

    def add(self, ticket: str, text: str) -> None:
        number = integer(text.strip())
        if number is None:
            self.faults += 1
            return
        before = self._last.get(ticket)
        self._last[ticket] = number
        if before is not None:
            self.steps += 1
            self.rising += number > before
            self.falling += number < before

    @property
    def is_monotone(self) -> bool:
        """Whether it rises with the rows of a ticket: it seldom falls, and mostly does not stand still."""
        return (
            self.steps > 0
            and not self.faults
            and self.falling <= (1 - _RISING) * self.steps
            and self.rising >= _STEPPING * self.steps
        )


def best_order(orders: Iterable[Order]) -> str | None:
    """The column that rises most steadily; None where none does."""
    fitting = [order for order in orders if order.is_monotone]
    return max(fitting, key=lambda order: order.rising - order.falling).column if fitting else None
