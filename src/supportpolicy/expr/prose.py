"""Nodes in words, for reports and explanations."""

from __future__ import annotations

from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    At,
    Between,
    Const,
    Covers,
    Demand,
    Distinct,
    EveryReply,
    FirstResponse,
    Happened,
    Holds,
    Is,
    Like,
    Member,
    Moment,
    Not,
    Present,
    Submission,
    Truth,
    Within,
)
from supportpolicy.expr.plan import ObjectivePlan


def demand_prose(demand: Demand) -> str:
    """What a rule demands, as a clause that follows its name."""
    match demand:
        case Holds(truth):
            return truth_prose(truth)
        case Within(start, stop, limit):
            return f"{moment_prose(stop)} no later than {limit.text} after {moment_prose(start)}"
        case EveryReply(test):
            return f"for each public, human, non-automatic reply: {truth_prose(test)}"
        case Distinct(field):
            return f"no other judged ticket bears the same {field}"


def objective_prose(objective: ObjectivePlan) -> str:
    """What an objective demands, as a clause that follows its name."""
    target = objective.target
    match target.of:
        case "share":
            told = f"{target} of the tickets that {objective.rule} decides pass"
        case "passes" | "fails":
            told = f"{target} of {objective.rule}"
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
        case At(field):
            return field
        case Submission("customer_message"):
            return "submission (for a ticket that staff opened, the first customer message)"
        case Submission():
            return "submission"
        case FirstResponse(counts):
            also = f" (counting {', '.join(c.replace('_', ' ') for c in counts)})" if counts else ""
            return f"first response{also}"


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
