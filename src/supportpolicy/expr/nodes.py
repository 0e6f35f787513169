"""The nodes that rules are lowered to.

A *truth* is three-valued (Kleene): true, false, or undecided with a cause. A *demand* gives a verdict. An engine is one
`match` over each; a rule kind only combines what is here, so every engine runs every rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from supportpolicy.model.limit import ALWAYS, AsAgreed, BusinessDays, Cell, EndOfBusinessDay, OpenTime

StaffOpened: TypeAlias = Literal["customer_message", "submission", "not_applicable"]
Counted: TypeAlias = Literal["bot", "internal_note", "automatic"]


# --- truths -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Const:
    """Always `value`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Member:
    """The field's token (or one of its tags, or its text) is one of `values`. `never` is not a member."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Covers:
    """The field's language tag is covered by one of `ranges`."""

    field: str
    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The field's integer is at least and at most the bounds given; None is no bound. `never` lies between nothing."""

    field: str
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Is:
    """The field's boolean is `value`. `never` is neither."""

    field: str
    value: bool


@dataclass(frozen=True, slots=True)
class Like:
    """The whole text, or one of the tags, fits the glob."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Present:
    """The field has a value; for an instant, one not later than the audit instant."""

    field: str


@dataclass(frozen=True, slots=True)
class Happened:
    """The instant `field` lies at or before the audit instant. While it is `never`: waiting, until the instant
    `settled_by` has come, then false."""

    field: str
    settled_by: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part is true. False if one is false, whatever else is undecided. No parts: true."""

    parts: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part is true. True if one is true, whatever else is undecided. No parts: false."""

    parts: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false; undecided stays undecided."""

    part: Truth


Truth: TypeAlias = Const | Member | Covers | Between | Is | Like | Present | Happened | All | AnyOf | Not


# --- moments ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class At:
    """The instant in a field."""

    field: str


@dataclass(frozen=True, slots=True)
class Submission:
    """Where the clock of a request starts: `submitted`, or what `staff_opened` says for a ticket that staff opened."""

    staff_opened: StaffOpened


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """The first public, human, non-automatic staff message at or after the start and not the opening message.

    From the events where the record has them, else from the field `first_response`. `counts` widens what is a response.
    Where the moment is itself the start of a clock, it is the first response to the submission by `staff_opened`.
    """

    counts: tuple[Counted, ...]
    staff_opened: StaffOpened


Moment: TypeAlias = At | Submission | FirstResponse


def moment_field(moment: Moment) -> str:
    """The field by which a moment is called."""
    match moment:
        case At(field):
            return field
        case Submission():
            return "submitted"
        case FirstResponse():
            return "first_response"


# --- demands ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Holds:
    """Pass where the truth is true, fail where it is false, open where only time is missing, else unknown."""

    truth: Truth


@dataclass(frozen=True, slots=True)
class Target:
    """What one cell promises, and the words in which the policy states it."""

    cell: Cell
    text: str


@dataclass(frozen=True, slots=True)
class FirstFit:
    """The limit of the first arm whose condition is true; if an arm before that is undecided, so is the limit. Where none
    is true it is `otherwise`; None: the table does not speak of such a ticket."""

    arms: tuple[tuple[Truth, Limit], ...]
    otherwise: Limit | None


Limit: TypeAlias = Target | FirstFit


def targets(limit: Limit) -> tuple[Target, ...]:
    """All that a limit may turn out to be, each once, in the order of the policy."""
    return tuple(dict.fromkeys(_targets(limit)))


def _targets(limit: Limit) -> Iterator[Target]:
    match limit:
        case Target():
            yield limit
        case FirstFit(arms, otherwise):
            for _, arm in arms:
                yield from _targets(arm)
            if otherwise is not None:
                yield from _targets(otherwise)


@dataclass(frozen=True, slots=True)
class Within:
    """From `start` to `stop` no more than the limit accrues (inclusive)."""

    start: Moment
    stop: Moment
    limit: Limit


@dataclass(frozen=True, slots=True)
class EveryReply:
    """`test`, over the fields `channel` and `language` of an event, holds for each public, human, non-automatic staff
    message."""

    test: Truth


@dataclass(frozen=True, slots=True)
class Distinct:
    """No other judged ticket bears the same value of `field`. Needs the whole population."""

    field: str


Demand: TypeAlias = Holds | Within | EveryReply | Distinct


def reads(node: Demand | Truth | Moment) -> tuple[str, ...]:
    """The ticket fields that a node looks at, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(_reads(node)))


def _reads(node: Demand | Truth | Moment) -> list[str]:
    match node:
        case Const():
            return []
        case All(parts) | AnyOf(parts):
            return [name for part in parts for name in _reads(part)]
        case Not(part):
            return _reads(part)
        case Happened(field, settled_by):
            return [field, settled_by]
        case Holds(truth):
            return _reads(truth)
        case Within(start, stop, limit):
            return [*_reads(start), *_reads(stop), *limit_reads(limit)]
        case Submission():
            return ["submitted", "created_by_role", "events"]
        case FirstResponse():
            return ["first_response", "events", "submitted", "created_by_role"]
        case EveryReply():
            return ["events"]
        case _:
            return [node.field]


def limit_reads(limit: Limit) -> list[str]:
    """The ticket fields that choose a limit or hold one, with repeats."""
    match limit:
        case Target(AsAgreed(field)):
            return [field]
        case Target():
            return []
        case FirstFit(arms, otherwise):
            told = [name for when, arm in arms for name in (*_reads(when), *limit_reads(arm))]
            return told + (limit_reads(otherwise) if otherwise is not None else [])


def calendars_of(demand: Demand) -> tuple[str, ...]:
    """The names of the calendars that a demand is reckoned on, each once; `24x7` is none."""
    if not isinstance(demand, Within):
        return ()
    cells = (target.cell for target in targets(demand.limit))
    named = (c.calendar for c in cells if isinstance(c, OpenTime | BusinessDays | EndOfBusinessDay))
    return tuple(dict.fromkeys(name for name in named if name != ALWAYS))
