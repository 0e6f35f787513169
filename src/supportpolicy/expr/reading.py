"""How one field of the canonical ticket is read from an input: where its text stands and what the text means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from supportpolicy.model.precision import Precision
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.time_format import TimeFormat
from supportpolicy.model.zone import Zone


@dataclass(frozen=True, slots=True)
class Column:
    """The cell under a column, or under a dotted path of keys in a JSON row."""

    name: str


@dataclass(frozen=True, slots=True)
class Key:
    """The value under a key of a canonical JSON ticket: absent is unknown, null is never."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """The same text for every ticket."""

    text: str


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The value that a row of a lookup table gives. `valid` names two columns, a half-open span read at `submitted`.

    `key` is the ticket's field, `match` the column of the table that must equal it (by code point), `value` the column
    read.
    """

    table: str
    key: str
    match: str
    value: str
    valid: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Nowhere:
    """The input does not hold the field. `declared` where the mapping lists it under `not_recorded`."""

    declared: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a table of events, those whose column `ticket` is the ticket's id (by code point).

    `complete` says that the table has all that happened up to the horizon. `parts` are what is read of a row, each named
    after the part of an event: `events.at`, `events.kind` ...
    """

    table: str
    ticket: str
    complete: bool
    parts: tuple[FieldPlan, ...]


Origin: TypeAlias = Column | Key | Constant | LookedUp | Listed | Nowhere


@dataclass(frozen=True, slots=True)
class Measured:
    """The cell is a duration counted in `unit` microseconds on `clock`, not an instant."""

    unit: int
    clock: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means. `vocabulary` None accepts any token; `nulls` are texts that count as an empty cell, `empty` says
    what an empty cell stands for; `values` renames normalised texts before the vocabulary is asked. For events, the
    vocabulary is that of their channel."""

    type: FieldType
    vocabulary: tuple[str, ...] | None = None
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    nulls: frozenset[str] = frozenset({""})
    empty: Literal["never", "unknown"] = "unknown"
    format: TimeFormat | None = None
    zone: Zone | None = None
    precision: Precision | None = None
    measured: Measured | None = None
    separator: str = ""
    never_when: tuple[str, frozenset[str]] | None = None
    """A column and its texts under which an empty cell means `never`; under any other text it means `unknown`."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field: where from and how."""

    name: str
    origin: Origin
    reading: Reading
