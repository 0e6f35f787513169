"""Nodes in words, for reports and explanations."""

from __future__ import annotations

from collections.abc import Sequence

from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    At,
    Between,
    Const,
    Covers,
    Demand,
    Distinct,
    During,
    EachWithin,
    Events,
    EveryReply,
    FirstFit,
    FirstResponse,
    Formerly,
    Happened,
    Happens,
    Holds,
    Is,
    Like,
    Limit,
    Member,
    Moment,
    Not,
    NotBefore,
    Occurrence,
    OnlyIn,
    Outermost,
    Pause,
    Present,
    Promise,
    Ruled,
    Selection,
    Submission,
    Truth,
    Within,
    promises,
    reads,
)
from supportpolicy.expr.plan import ObjectivePlan


def demand_prose(demand: Demand) -> str:
    """What a rule demands, as a clause that follows its name."""
    match demand:
        case Holds(truth):
            return truth_prose(truth)
        case Within(start, stop, limit, pause, opening):
            begun = f"the next opening of {opening} after {moment_prose(start)}" if opening else moment_prose(start)
            return f"{moment_prose(stop)} no later than {limit_prose(limit)} after {begun}{pause_prose(pause)}"
        case NotBefore(start, stop, limit, pause):
            told = f"{moment_prose(stop)} no sooner than {limit_prose(limit)} after {moment_prose(start)}"
            return told + pause_prose(pause)
        case EachWithin(start, stop, until, limit, pause, _, after):
            begins = "" if after is None else f" after {moment_prose(after)}"
            ends = "" if until is None else f", until {moment_prose(until)}"
            return (
                f"after each {events_prose(start)}{begins} {events_prose(stop, 'the next')} no later than "
                f"{limit_prose(limit)} later{ends}{pause_prose(pause)}"
            )
        case EveryReply(test, events):
            return f"for each {replies_prose(events)}: {truth_prose(test)}"
        case Distinct(field):
            return f"no other judged ticket bears the same {field}"


def limit_prose(limit: Limit) -> str:
    """A limit, or all that it may be, each with the first condition under which it is."""
    match limit:
        case Promise(_, text):
            return text
        case FirstFit():
            told = dict.fromkeys(promise.text for promise in promises(limit))
            if len(told) == 1:
                return next(iter(told))
            names = reads(limit)
            return f"what {' and '.join(names)} give{'s' if len(names) == 1 else ''} ({', '.join(told)})"


def events_prose(events: Selection, which: str = "") -> str:
    """Events as a noun."""
    return f"{which} {' or '.join(map(part_prose, events.parts))}".lstrip()


def replies_prose(events: Selection) -> str:
    """What a rule on replies speaks of, as a noun."""
    reply = "public, human, non-automatic reply"
    return " or ".join(reply if part.kind == "staff_message" else part_prose(part) for part in events.parts)


def part_prose(events: Events) -> str:
    """Events of one kind as a noun."""
    match events.kind:
        case "staff_message":
            also = f" (counting {', '.join(c.replace('_', ' ') for c in events.counts)})" if events.counts else ""
            return f"response{also}"
        case "customer_message":
            return "message of the customer"
        case kind:
            noun = kind.replace("_", " ")
            if events.values:
                noun = f"change of {noun} to {' or '.join(events.values)}"
            return f"{noun} by {' or '.join(events.by)}" if events.by else noun


def pause_prose(pause: Pause | OnlyIn | None) -> str:
    """What does not count, to be put behind a limit; empty where everything does."""
    if pause is None:
        return ""
    if isinstance(pause, OnlyIn):
        return f", counting only the hours of {pause.calendar} until {moment_prose(pause.until)}"
    no = "" if pause.inside else "not "
    return f", not counting the time while {pause.field} is {no}{' or '.join(pause.values)}"


def objective_prose(objective: ObjectivePlan) -> str:
    """What an objective demands, as a clause that follows its name."""
    target = objective.target
    match target.of:
        case "share":
            told = f"{target} of the {objective.of} that {objective.rule} decides pass"
        case "passes" | "fails":
            told = f"{target} of {'clocks of ' if objective.of == 'clocks' else ''}{objective.rule}"
        case "counted":
            told = f"{target} {f'different values of {objective.field}' if objective.field else 'tickets'}"
    if objective.when is not None:
        told += f", of tickets where {truth_prose(objective.when)}"
    if objective.by:
        told += f", for each {' and '.join(objective.by)}"
    told += f", in each {objective.per}" if objective.per is not None else ", in the whole audit"
    if target.minimum > 1:
        told += f", where at least {target.minimum:,} are decided"
    return told


def moment_prose(moment: Moment) -> str:
    """A moment as a noun."""
    match moment:
        case Outermost(which, moments):
            return f"the {outermost_prose(which, [moment_prose(one) for one in moments])}"
        case Occurrence(which, events):
            return events_prose(events, f"the {which}")
        case At(field):
            return field
        case Submission("customer_message"):
            return "submission (for a ticket that staff opened, the first customer message)"
        case Submission():
            return "submission"
        case FirstResponse(counts):
            also = f" (counting {', '.join(c.replace('_', ' ') for c in counts)})" if counts else ""
            return f"first response{also}"


def outermost_prose(which: str, told: Sequence[str]) -> str:
    """Which of several moments is meant, without an article."""
    word = {"latest": "later", "earliest": "earlier"}[which] if len(told) == 2 else which
    return f"{word} of {', '.join(told[:-1])} and {told[-1]}"


def truth_prose(truth: Truth, negated: bool = False) -> str:
    """A condition as a statement."""
    no = "not " if negated else ""
    match truth:
        case Const(value):
            return "always" if value is not negated else "never"
        case Member(field, values) if len(values) == 1:
            return f"{field} is {no}{values[0]}"
        case Member(field, values):
            return f"{field} is {no}one of {', '.join(values)}"
        case Covers(field, ranges):
            return f"{field} is {no}{' or '.join(ranges)}"
        case Between(field, at_least, at_most):
            return f"{field} is {no}{_bounds(at_least, at_most)}"
        case Is(field, value):
            return f"{field} is {no}{'true' if value else 'false'}"
        case Like(field, pattern):
            return f"{field} is {no}like {pattern}"
        case Present(field):
            return f"{field} is {'absent' if negated else 'present'}"
        case Happened(field, settled_by):
            return f"{field} {'has not happened' if negated else 'has happened'} by the time the ticket is {settled_by}"
        case Happens(events, within, before, after, settled_by):
            told = f"there is {'no' if negated else 'a'} {events_prose(events)}"
            told += "" if within is None else f" within {within.text} after submission"
            for word, moment in (("after", after), ("before", before)):
                the = "the " if isinstance(moment, FirstResponse) else ""
                told += "" if moment is None else f" {word} {the}{moment_prose(moment)}"
            return told if within is not None or not settled_by else f"{told} by the time the ticket is {settled_by}"
        case During(field, calendar):
            return f"{field} is {no}during the open hours of {calendar}"
        case Formerly(then, part):
            when = then.name.removeprefix(f"{then.field} ")
            return f"{truth_prose(part, negated)} ({when})"
        case Ruled(ruling, verdicts):
            told = " or ".join(verdict.replace("_", " ") for verdict in verdicts)
            return f"the {ruling.name} is {no}{told}"
        case All(parts):
            return _joined(parts, "or" if negated else "and", negated)
        case AnyOf(parts):
            return _joined(parts, "and" if negated else "or", negated)
        case Not(part):
            return truth_prose(part, not negated)


def _joined(parts: tuple[Truth, ...], word: str, negated: bool) -> str:
    told = [truth_prose(part, negated) for part in parts]
    nested = [
        f"({t})" if isinstance(p, All | AnyOf) and len(parts) > 1 else t for p, t in zip(parts, told, strict=True)
    ]
    return f" {word} ".join(nested)


def _bounds(at_least: int | None, at_most: int | None) -> str:
    if at_least == at_most:
        return str(at_least)
    if at_least is None:
        return f"at most {at_most}"
    return f"at least {at_least}" if at_most is None else f"from {at_least} to {at_most}"
