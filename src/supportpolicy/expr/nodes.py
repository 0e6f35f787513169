"""The nodes that rules are lowered to.

A *truth* is three-valued (Kleene): true, false, or undecided with a cause. A *demand* gives a verdict. An engine is one
`match` over each; a rule kind only combines what is here, so every engine runs every rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
class Happens:
    """Such an event has happened up to the audit instant; with `within`, no later than that after the submission, and
    until this has run out the truth waits. False only where the list of events is complete."""

    events: Events
    within: Promise | None


@dataclass(frozen=True, slots=True)
class During:
    """The instant lies in the open hours of the calendar. `never` does not."""

    field: str
    calendar: str


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


Truth: TypeAlias = (
    Const | Member | Covers | Between | Is | Like | Present | Happened | Happens | During | All | AnyOf | Not
)


# --- events -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Events:
    """The events of one kind. Of `staff_message` those that are a response, as `counts` says, of `customer_message` the
    customer's. With `values`, only those that bring what they speak of among these: the event's value is one of them, and
    that of the event of this kind before it was not."""

    kind: str
    values: tuple[str, ...] = ()
    counts: tuple[Counted, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The first or the last of such events; as the stop of a clock, of those at or after its start. The last one that brings
    a value is void if the value has changed since."""

    which: Literal["first", "last"]
    events: Events


Moment: TypeAlias = At | Submission | FirstResponse | Occurrence


def moment_field(moment: Moment) -> str:
    """The field by which a moment is called; that of an event is its kind, as `last staff_message`."""
    match moment:
        case Occurrence(which, events):
            return f"{which} {events.kind}"
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
class Promise:
    """What one cell promises, and the words in which the policy states it."""

    cell: Cell
    text: str


@dataclass(frozen=True, slots=True)
class FirstFit:
    """The limit of the first arm whose condition is true; if an arm before that is undecided, so is the limit. Where none
    is true it is `otherwise`; None: the table does not speak of such a ticket."""

    arms: tuple[tuple[Truth, Limit], ...]
    otherwise: Limit | None


Limit: TypeAlias = Promise | FirstFit


def promises(limit: Limit) -> tuple[Promise, ...]:
    """All that a limit may turn out to be, each once, in the order of the policy."""
    return tuple(dict.fromkeys(node for node in walk(limit) if isinstance(node, Promise)))


AsOf: TypeAlias = Literal["start", "first_set", "stop", "export"]
"""Which value of a field counts that may have changed: at the start or the stop of the clock, the first one, or the one of
the export."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands while the field is one of `values`, or with `inside` False while it is none of them. What it was and
    when, the events of the kind that is called like the field tell."""

    field: str
    values: tuple[str, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class Within:
    """From `start` to `stop` no more than the limit accrues (inclusive), without the pauses.

    `opening` is a calendar to whose next opening the start is moved first, or empty. `as_of` says of the fields that choose
    the limit, and may have changed, which value counts.
    """

    start: Moment
    stop: Moment
    limit: Limit
    pause: Pause | None = None
    opening: str = ""
    as_of: tuple[tuple[str, AsOf], ...] = ()


@dataclass(frozen=True, slots=True)
class NotBefore:
    """From `start` to `stop` at least the limit accrues, without the pauses."""

    start: Moment
    stop: Moment
    limit: Limit
    pause: Pause | None = None
    as_of: tuple[tuple[str, AsOf], ...] = ()


@dataclass(frozen=True, slots=True)
class EachWithin:
    """From each `start` at which no clock runs to the next `stop`, or to `until`, no more than the limit accrues. Nothing
    starts from `until` on. An event that is both stops one clock and starts the next."""

    start: Events
    stop: Events
    until: Moment | None
    limit: Limit
    pause: Pause | None = None
    as_of: tuple[tuple[str, AsOf], ...] = ()


@dataclass(frozen=True, slots=True)
class EveryReply:
    """`test`, over the fields `channel` and `language` of an event, holds for each public, human, non-automatic staff
    message."""

    test: Truth


@dataclass(frozen=True, slots=True)
class Distinct:
    """No other judged ticket bears the same value of `field`. Needs the whole population."""

    field: str


Clock: TypeAlias = Within | NotBefore | EachWithin
"""The demands that are decided by a clock."""

Demand: TypeAlias = Holds | Within | NotBefore | EachWithin | EveryReply | Distinct

Node: TypeAlias = Demand | Truth | Moment | Limit | Pause


def reads(node: Node) -> tuple[str, ...]:
    """The ticket fields that a node looks at, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(name for one in walk(node) for name in _own_reads(one)))


def calendars_of(node: Node) -> tuple[str, ...]:
    """The names of the calendars that a node is reckoned on, each once; `24x7` is none."""
    named = dict.fromkeys(name for one in walk(node) for name in _own_calendars(one))
    return tuple(name for name in named if name not in ("", ALWAYS))


def walk(node: Node) -> Iterator[Node]:
    """A node and all that it is made of, from the left to the right."""
    yield node
    for part in _parts(node):
        yield from walk(part)


def _parts(node: Node) -> Iterable[Node]:
    match node:
        case All(parts) | AnyOf(parts):
            return parts
        case Not(part) | Holds(part):
            return (part,)
        case Happens(_, within):
            return () if within is None else (within,)
        case FirstFit(arms, otherwise):
            return (*(part for arm in arms for part in arm), *(() if otherwise is None else (otherwise,)))
        case Within(start, stop, limit, pause) | NotBefore(start, stop, limit, pause):
            return (start, stop, limit, *(() if pause is None else (pause,)))
        case EachWithin(_, _, until, limit, pause):
            return (*(part for part in (until, limit, pause) if part is not None),)
        case _:
            return ()


def _own_reads(node: Node) -> tuple[str, ...]:
    match node:
        case Happened(field, settled_by):
            return field, settled_by
        case Submission():
            return "submitted", "created_by_role", "events"
        case FirstResponse():
            return "first_response", "events", "submitted", "created_by_role"
        case Occurrence(_, Events("staff_message")) | Happens(Events("staff_message")):
            return "events", "submitted", "created_by_role"  # which say what opened the ticket, and is no response
        case Occurrence() | EveryReply():
            return ("events",)
        case Happens(_, within):
            return ("events",) if within is None else ("events", "submitted")
        case EachWithin():
            return "events", "submitted", "created_by_role"
        case Within() | NotBefore() if any(when != "export" for _, when in node.as_of):
            return ("events",)
        case Pause(field):
            return field, "events"
        case Promise(AsAgreed(field)):
            return (field,)
        case Member(field) | Covers(field) | Between(field) | Is(field) | Like(field) | Present(field):
            return (field,)
        case During(field) | At(field) | Distinct(field):
            return (field,)
        case _:
            return ()


def _own_calendars(node: Node) -> tuple[str, ...]:
    match node:
        case Promise(OpenTime(_, calendar) | BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar)):
            return (calendar,)
        case During(_, calendar):
            return (calendar,)
        case Within():
            return (node.opening,)
        case _:
            return ()
