"""Which tickets the arms of a list fit: every combination of the values that their conditions tell apart.

A list of conditions has a gap where no arm fits, and an arm that never decides where others always fit before it. Each is
shown by a ticket that falls there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import product
from math import prod
from typing import Final, TypeAlias

from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    Between,
    Const,
    Covers,
    During,
    Formerly,
    Happened,
    Happens,
    Is,
    Like,
    Member,
    Not,
    Present,
    Ruled,
    Truth,
    reads,
)
from supportpolicy.expr.prose import truth_prose
from supportpolicy.model.language import covers
from supportpolicy.model.ticket import Fact, FieldType

MOST: Final = 20_000
"""How many combinations are looked at; with more, nothing is said."""

_OTHER: Final = "(another)"
_OTHER_LANGUAGES: Final = ("eo", "ia", "vo")

Value: TypeAlias = str | int | bool | tuple[str, ...]
Ticket: TypeAlias = Mapping[str, Value]
"""The values of the fields that some conditions read. For an instant: whether it has come."""


def tickets(conditions: Sequence[Truth], fact: Callable[[str], Fact | None]) -> list[Ticket] | None:
    """A ticket for each combination that the conditions may tell apart; None where there are too many."""
    atoms: dict[str, list[Truth]] = {}
    for condition in conditions:
        for atom in _atoms(condition):
            for name in _told_by(atom):
                atoms.setdefault(name, []).append(atom)
    told = {name: _values(fact(name), among) for name, among in atoms.items()}
    if prod(map(len, told.values())) > MOST:
        return None
    return [dict(zip(told, values, strict=True)) for values in product(*told.values())]


def fits(condition: Truth, ticket: Ticket) -> bool:
    """Whether the condition is true of the ticket."""
    match condition:
        case Const(value):
            return value
        case All(parts):
            return all(fits(part, ticket) for part in parts)
        case AnyOf(parts):
            return any(fits(part, ticket) for part in parts)
        case Not(part):
            return not fits(part, ticket)
        case Is(field, wanted):
            return ticket[field] is wanted
        case Present(field) | Happened(field, _):
            return ticket[field] not in (False, ())
        case Happens() | During() | Formerly() | Ruled():
            return ticket[truth_prose(condition)] is True
        case Member(field, values):
            return any(word in values for word in _words(ticket[field]))
        case Between(field, at_least, at_most):
            number = ticket[field]
            assert isinstance(number, int)
            return (at_least is None or number >= at_least) and (at_most is None or number <= at_most)
        case Covers(field, ranges):
            return any(covers(one, word) for one in ranges for word in _words(ticket[field]))
        case Like(field, pattern):
            return any(fnmatchcase(word, pattern) for word in _words(ticket[field]))


def _words(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def shown(ticket: Ticket) -> str:
    """The ticket as a policy's test would write it: `{plan: gold, severity: s4}`."""
    told = (f"{name}: {_text(value)}" for name, value in ticket.items())
    return "{" + ", ".join(told) + "}"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def _told_by(atom: Truth) -> tuple[str, ...]:
    """What tells whether it is true: fields, or of events and hours the condition itself."""
    return (truth_prose(atom),) if isinstance(atom, Happens | During | Formerly | Ruled) else reads(atom)


def _atoms(condition: Truth) -> Iterator[Truth]:
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _atoms(part)
        case Not(part):
            yield from _atoms(part)
        case _:
            yield condition


def _values(fact: Fact | None, atoms: Sequence[Truth]) -> list[Value]:
    """The values of a field that stand for all that its conditions tell apart."""
    named = dict.fromkeys(value for atom in atoms for value in _named(atom))
    if isinstance(atoms[0], Happens | During | Formerly | Ruled):
        return [True, False]
    if fact is not None and fact.one_of is not None and fact.type is FieldType.TOKEN:
        return list(fact.one_of)
    match fact.type if fact is not None else FieldType.TEXT:
        case FieldType.TAGS:
            every = tuple(sorted(map(str, named)))
            return list(dict.fromkeys([(), *((one,) for one in every), every]))
        case FieldType.BOOLEAN | FieldType.INSTANT | FieldType.EVENTS:
            return [True, False]
        case FieldType.INTEGER:
            return [*named] or [0]
        case FieldType.LANGUAGE:
            ranges = [str(one) for one in named]
            other = next(one for one in _OTHER_LANGUAGES if not any(covers(r, one) for r in ranges))
            return [*ranges, other]
        case _:
            return [*named, _OTHER]


def _named(atom: Truth) -> Iterator[Value]:
    match atom:
        case Member(_, values) | Covers(_, values):
            yield from values
        case Like(_, pattern):
            yield pattern.replace("*", "x").replace("?", "x")
        case Between(_, at_least, at_most):
            for bound in (at_least, at_most):
                if bound is not None:
                    yield from (bound - 1, bound, bound + 1)
