"""The nodes that rules are lowered to.

A *truth* is three-valued (Kleene): true, false, or undecided with a cause. A *demand* gives a verdict. An engine is one
`match` over each; a rule kind only combines what is here, so every engine runs every rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from supportpolicy.model.limit import ALWAYS, AsAgreed, CalendarLimit, Cell

StaffOpened: TypeAlias = Literal["customer_message", "submission", "not_applicable"]
Counted: TypeAlias = Literal["bot", "internal_note", "automatic"]
Role: TypeAlias = Literal["customer", "staff", "bot", "system"]


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
    """Such an event has happened up to the audit instant: with `within`, no later than that after the submission, with
    `before` earlier than that moment, with `after` later. False only where the list of events is complete.

    With `within` the truth waits until the limit has run out, else with `settled_by` until that instant has come; if a
    moment `before` which it must happen comes first, it waits no longer.
    """

    events: Selection
    within: Promise | None = None
    before: Moment | None = None
    after: Moment | None = None
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class During:
    """The instant lies in the open hours of the calendar. `never` does not."""

    field: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Then:
    """A field with the value that was the first to be set, or the one that it had at the submission."""

    field: str
    when: Literal["first_set", "submission"]

    @property
    def name(self) -> str:
        """What evidence calls it."""
        return f"{self.field} {'when first set' if self.when == 'first_set' else 'at submission'}"


@dataclass(frozen=True, slots=True)
class Formerly:
    """`part`, which asks for this field alone, holds of the value that it had then. What it was, the events of the kind that
    is called like the field tell."""

    then: Then
    part: Truth


@dataclass(frozen=True, slots=True)
class Ruling:
    """What another rule says of the ticket."""

    rule: str

    @property
    def name(self) -> str:
        """What evidence calls it."""
        return f"verdict of {self.rule}"


@dataclass(frozen=True, slots=True)
class Ruled:
    """The verdict of another rule is one of these. One that is open or unknown leaves it undecided."""

    ruling: Ruling
    verdicts: tuple[Literal["pass", "fail", "not_applicable"], ...]


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
    Const
    | Member
    | Covers
    | Between
    | Is
    | Like
    | Present
    | Happened
    | Happens
    | During
    | Formerly
    | Ruled
    | All
    | AnyOf
    | Not
)


# --- events -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Events:
    """The events of one kind. Of `staff_message` those that are a response, as `counts` says, of `customer_message` the
    customer's. With `values`, only those that bring what they speak of among these: the event's value is one of them, and
    that of the event of this kind before it was not. With `by`, only what somebody in one of these roles did."""

    kind: str
    values: tuple[str, ...] = ()
    counts: tuple[Counted, ...] = ()
    by: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that a rule speaks of: those of each of the parts, in one order, each once."""

    parts: tuple[Events, ...]

    @property
    def name(self) -> str:
        """By which evidence calls them: `staff_message or call`."""
        return " or ".join(dict.fromkeys(part.kind for part in self.parts))

    def speaks_of(self, kind: str) -> bool:
        """Whether events of the kind are among them."""
        return any(part.kind == kind for part in self.parts)


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
    events: Selection


Single: TypeAlias = At | Submission | FirstResponse | Occurrence
"""A moment that does not depend on others."""


@dataclass(frozen=True, slots=True)
class Outermost:
    """The latest of some moments, or the earliest. The latest has come only where all of them have."""

    which: Literal["latest", "earliest"]
    moments: tuple[Single, ...]


Moment: TypeAlias = Single | Outermost


def singles(moment: Moment) -> tuple[Single, ...]:
    """The moments of which it is one."""
    return moment.moments if isinstance(moment, Outermost) else (moment,)


def moment_field(moment: Moment) -> str:
    """The field by which a moment is called; that of an event is its kind, as `last staff_message`."""
    match moment:
        case Outermost(which, moments):
            return f"{which} of {' and '.join(map(moment_field, moments))}"
        case Occurrence(which, events):
            return f"{which} {events.name}"
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
class OnlyIn:
    """Until the moment comes a clock that else never stands counts only the time in which the calendar is open."""

    calendar: str
    until: Moment


@dataclass(frozen=True, slots=True)
class Within:
    """From `start` to `stop` no more than the limit accrues (inclusive), without the pauses.

    `opening` is a calendar to whose next opening the start is moved first, or empty. `as_of` says of the fields that choose
    the limit, and may have changed, which value counts.
    """

    start: Moment
    stop: Moment
    limit: Limit
    pause: Pause | OnlyIn | None = None
    opening: str = ""
    as_of: tuple[tuple[str, AsOf], ...] = ()


@dataclass(frozen=True, slots=True)
class NotBefore:
    """From `start` to `stop` at least the limit accrues, without the pauses."""

    start: Moment
    stop: Moment
    limit: Limit
    pause: Pause | OnlyIn | None = None
    as_of: tuple[tuple[str, AsOf], ...] = ()


@dataclass(frozen=True, slots=True)
class EachWithin:
    """From each `start` at which no clock runs to the next `stop`, or to `until`, no more than the limit accrues. Nothing
    starts from `until` on, nor up to `after`. An event that is both stops one clock and starts the next."""

    start: Selection
    stop: Selection
    until: Moment | None
    limit: Limit
    pause: Pause | None = None
    as_of: tuple[tuple[str, AsOf], ...] = ()
    after: Moment | None = None


@dataclass(frozen=True, slots=True)
class EveryReply:
    """`test`, over the fields `channel` and `language` of an event, holds for each of those events; those of
    `staff_message` are all public, human, non-automatic messages of the staff, one that opened the ticket too."""

    test: Truth
    events: Selection


@dataclass(frozen=True, slots=True)
class Distinct:
    """No other judged ticket bears the same value of `field`. Needs the whole population."""

    field: str


Clock: TypeAlias = Within | NotBefore | EachWithin
"""The demands that are decided by a clock."""

Demand: TypeAlias = Holds | Within | NotBefore | EachWithin | EveryReply | Distinct

Node: TypeAlias = Demand | Truth | Moment | Limit | Pause | OnlyIn


def reads(node: Node) -> tuple[str, ...]:
    """The ticket fields that a node looks at, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(name for one in walk(node) for name in _own_reads(one)))


def rulings(*nodes: Node | None) -> tuple[Ruling, ...]:
    """The verdicts of other rules for which these ask, each once."""
    among = (one for node in nodes if node is not None for one in walk(node))
    return tuple(dict.fromkeys(one.ruling for one in among if isinstance(one, Ruled)))


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
        case Not(part) | Holds(part) | Formerly(_, part):
            return (part,)
        case Happens(_, within, before, after):
            return (*(part for part in (within, before, after) if part is not None),)
        case Outermost(_, moments):
            return moments
        case OnlyIn(_, until):
            return (until,)
        case FirstFit(arms, otherwise):
            return (*(part for arm in arms for part in arm), *(() if otherwise is None else (otherwise,)))
        case Within(start, stop, limit, pause) | NotBefore(start, stop, limit, pause):
            return (start, stop, limit, *(() if pause is None else (pause,)))
        case EachWithin(_, _, until, limit, pause, _, after):
            return (*(part for part in (after, until, limit, pause) if part is not None),)
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
        case Occurrence(_, events):
            return "events", *_opening(events)
        case Happens(events, within, settled_by=settled_by):
            sent = ("submitted",) if within is not None else ()
            return "events", *sent, *_opening(events), *((settled_by,) if settled_by else ())
        case EveryReply():
            return ("events",)
        case EachWithin():
            return "events", "submitted", "created_by_role"
        case Formerly(Then(field, when)):
            return (field, "events") if when == "first_set" else (field, "events", "submitted")
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


def _opening(events: Selection) -> tuple[str, ...]:
    """The fields that say which message opened the ticket, and is no response."""
    return ("submitted", "created_by_role") if events.speaks_of("staff_message") else ()


def _own_calendars(node: Node) -> tuple[str, ...]:
    match node:
        case Promise(cell) if isinstance(cell, CalendarLimit):
            return (cell.calendar,)
        case During(_, calendar) | OnlyIn(calendar):
            return (calendar,)
        case Within():
            return (node.opening,)
        case _:
            return ()
