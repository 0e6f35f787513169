"""What a record says of one field: a value, `never`, or `unknown` with a reason.

`NEVER` means that the source is complete up to its horizon and shows none. `Unknown` means that the record cannot say.
The two are never merged: silence is evidence only where the source vouches for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, NamedTuple, TypeAlias

from supportpolicy.model.instant import Instant


class Reason(StrEnum):
    """Why the data cannot decide. The list is closed."""

    MISSING = "missing"
    INVALID = "invalid"
    UNRECOGNISED = "unrecognised"
    CONTRADICTORY = "contradictory"
    TOO_COARSE = "too coarse"
    OTHER_CLOCK = "other clock"
    CHANGED_SINCE = "changed since"
    NO_SUCH_KEY = "no such key"
    STALE_EXPORT = "stale export"
    REVISION = "revision"
    WHOLE_POPULATION = "whole population"


class Never(Enum):
    """The one value that says: the source is complete and shows none."""

    NEVER = "never"

    def __repr__(self) -> str:
        return "NEVER"


NEVER: Final = Never.NEVER


@dataclass(frozen=True, slots=True)
class Unknown:
    """The record cannot say what `field` is. `detail` is the text as it stood, or the key that found nothing."""

    reason: Reason
    field: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A duration that the source measured itself, `lo`..`hi` microseconds of open time on the clock named `clock`."""

    lo: int
    hi: int
    clock: str


class Event(NamedTuple):
    """One dated thing that happened to a ticket.

    `role` is customer, staff, bot or system; `public` and `automatic` are None where the record does not say. `channel`
    and `language` are cells of their own; so are `value`, the token that a change of status, say, brought, and `former`,
    the one before it.
    """

    at: Instant
    kind: str
    role: str | None
    public: bool | None
    automatic: bool | None
    channel: Cell
    language: Cell
    value: Cell
    former: Cell


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a ticket in order of time. `complete` says whether silence is evidence, `repeated` how many others stood
    in the record that repeat one of these, and `in_order` whether they stood there in the order of time, too."""

    complete: bool
    events: tuple[Event, ...]
    repeated: int = 0
    in_order: bool = True


Cell: TypeAlias = str | int | bool | Instant | Elapsed | Timeline | tuple[str, ...] | Never | Unknown
"""Tokens and texts are `str`, tags a sorted tuple of tokens."""

Record: TypeAlias = Mapping[str, Cell]
"""A canonical ticket: every field by name. A field that is not there is `Unknown(MISSING)`."""
