"""What depends on the ticket: one thing for each value of a field, or for the first condition that is true.

Both say for which tickets they have nothing, and which of their parts never decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar

from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.compiler.coverage import Ticket, fits, shown, tickets
from supportpolicy.document import Section
from supportpolicy.errors import did_you_mean
from supportpolicy.expr.nodes import Const, Formerly, Is, Member, Truth, walk
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import Fact, FieldType

ELSE: Final = "else"
USE: Final = "use"

T = TypeVar("T")
Read: TypeAlias = Callable[[Section, Path], T]
"""What the value at a path of a section means."""
Arms: TypeAlias = tuple[tuple[tuple[Truth, T], ...], T | None]
"""What is chosen by the first condition that is true, and what else."""


def choosing_field(conditions: Conditions, part: Section, path: Path, name: str) -> Fact | None:
    """The field by whose value something is chosen; it has few values, all declared."""
    fact = conditions.fact(name)
    if fact is not None and (fact.type is FieldType.BOOLEAN or (fact.type is FieldType.TOKEN and fact.one_of)):
        return fact
    if fact is None:
        known = [n for n, f in conditions.facts.items() if f.one_of or f.type is FieldType.BOOLEAN]
        message, hint = f"there is no field {quoted(name)}", did_you_mean(name, known)
    else:
        message, hint = f"the values of `{name}` are not declared", ""
    expected = "a fact with `one_of`, or a boolean one"
    conditions.problems.append(part.problem(*path, message=message, expected=expected, hint=hint))
    return None


def by_value(conditions: Conditions, part: Section, path: Path, fact: Fact, above: Ticket, read: Read[T]) -> Arms[T]:
    """The cases of the mapping at `path`, one for each value of the field. `above` are the values of other fields that lead
    to this mapping."""
    stated = part.at(*path).data
    if not isinstance(stated, Mapping) or not stated:
        conditions.problems.append(
            part.problem(*path, message=f"holds no values of `{fact.name}`", expected="a mapping from values to limits")
        )
        return (), None
    arms: list[tuple[Truth, T]] = []
    told: dict[str, str] = {}
    for key in stated:
        if key == ELSE:
            continue
        value = token(key)
        if value not in _values(fact):
            conditions.problems.append(
                part.problem(
                    *path,
                    key,
                    message=f"{quoted(key)} is no value of `{fact.name}`",
                    expected=f"one of {', '.join(_values(fact))}, or {ELSE}",
                    hint=did_you_mean(value, [*_values(fact), ELSE]),
                    on_key=True,
                )
            )
        elif value in told:
            message = f"repeats {quoted(told[value])}"
            conditions.problems.append(part.problem(*path, key, message=message, on_key=True))
        told[value] = key
        arms.append((_is(fact, value), read(part, (*path, key))))
    otherwise = read(part, (*path, ELSE)) if ELSE in stated else None
    missing = [value for value in _values(fact) if value not in told]
    if missing and ELSE not in stated:
        fallen: dict[str, str] = {name: str(value) for name, value in above.items()}
        conditions.problems.append(
            part.problem(
                *path,
                message=f"says nothing of a ticket with {shown({**fallen, fact.name: missing[0]})}",
                expected=f"{', '.join(missing)} as well, or {ELSE}",
                on_key=True,
            )
        )
    return tuple(arms), otherwise


def first_fit(conditions: Conditions, part: Section, path: Path, read: Read[T]) -> Arms[T]:
    """The arms of the list at `path`: each a condition with what to `use`; the last may be without a condition."""
    arms: list[tuple[Truth, T]] = []
    stated = part.at(*path).data
    for index, item in enumerate(stated):
        keys = [key for key in item if key != USE]
        when = conditions.compile_entries(part, (*path, index), keys) if keys else Const(True)
        conditions.refuse_verdicts(when, part, (*path, index), "nothing is chosen by the verdict of a rule")
        if any(isinstance(node, Formerly) for node in walk(when)):
            message = "which value of a field chooses, its fact says"
            expected = "`as_of` under `facts`, and the condition without it"
            conditions.problems.append(part.problem(*path, index, message=message, expected=expected))
        arms.append((when, read(part, (*path, index, USE))))
    _check_arms(conditions, part, path, arms)
    last, chosen = arms[-1]
    return (tuple(arms[:-1]), chosen) if last == Const(True) else (tuple(arms), None)


def _check_arms(conditions: Conditions, part: Section, path: Path, arms: list[tuple[Truth, T]]) -> None:
    among = tickets([when for when, _ in arms], conditions.fact)
    if among is None:
        return
    fitting = [[index for index, (when, _) in enumerate(arms) if fits(when, ticket)] for ticket in among]
    for ticket, fit in zip(among, fitting, strict=True):
        if not fit:
            conditions.problems.append(
                part.problem(
                    *path,
                    message=f"says nothing of a ticket with {shown(ticket)}",
                    expected=f"an arm for it, or a last one that has only `{USE}`",
                    on_key=True,
                )
            )
            break
    for index in range(len(arms)):
        covered = [(ticket, fit) for ticket, fit in zip(among, fitting, strict=True) if index in fit]
        if all(fit[0] < index for _, fit in covered):
            before = f"; {_ordinal(covered[0][1][0])} comes first for {shown(covered[0][0])}" if covered else ""
            conditions.problems.append(
                part.problem(
                    *path,
                    index,
                    message=f"{_ordinal(index)} never decides: no ticket comes to it{before}",
                    expected="an arm that some ticket comes to",
                )
            )
    _remark_overlaps(conditions, part, path, arms, list(zip(among, fitting, strict=True)))


def _remark_overlaps(
    conditions: Conditions,
    part: Section,
    path: Path,
    arms: list[tuple[Truth, T]],
    among: list[tuple[Ticket, list[int]]],
) -> None:
    """Two arms with tickets that fit both, of which neither is a case of the other: that the first wins may be a slip."""
    for second in range(len(arms)):
        for first in range(second):
            both = [ticket for ticket, fit in among if first in fit and second in fit]
            apart = [any(one in fit and other not in fit for _, fit in among) for one, other in _either(first, second)]
            if both and all(apart) and arms[first][1] != arms[second][1]:
                conditions.remarks.append(
                    part.problem(
                        *path,
                        second,
                        message=f"a ticket with {shown(both[0])} fits {_ordinal(first)} too, which decides",
                    )
                )


def _either(one: int, other: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (one, other), (other, one)


def _ordinal(index: int) -> str:
    return f"arm {index + 1}"


def _values(fact: Fact) -> tuple[str, ...]:
    return ("true", "false") if fact.type is FieldType.BOOLEAN else fact.one_of or ()


def _is(fact: Fact, value: str) -> Truth:
    return Is(fact.name, value == "true") if fact.type is FieldType.BOOLEAN else Member(fact.name, (value,))
