"""Which calendar a clock runs on, where that depends on the ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from supportpolicy.compiler.calendar_schema import BY_CONDITION, BY_FIELD
from supportpolicy.compiler.calendars import is_choice
from supportpolicy.compiler.choosing import by_value, choosing_field, first_fit
from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.document import Section, conform
from supportpolicy.errors import did_you_mean
from supportpolicy.expr.nodes import FirstFit, Limit, Truth
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.text import quoted

_HARMLESS: Final = ALWAYS


@dataclass(frozen=True, slots=True)
class Choice:
    """The calendar of the first arm whose condition is true, else `otherwise`; None where no calendar is left."""

    arms: tuple[tuple[Truth, Chosen], ...]
    otherwise: Chosen | None


Chosen: TypeAlias = str | Choice
"""A calendar by its name, or what chooses one."""


def spread(chosen: Chosen, limit: Callable[[str], Limit]) -> Limit:
    """The limit that `limit` gives for each calendar which may be chosen."""
    if isinstance(chosen, str):
        return limit(chosen)
    arms = tuple((when, spread(arm, limit)) for when, arm in chosen.arms)
    return FirstFit(arms, None if chosen.otherwise is None else spread(chosen.otherwise, limit))


class Calendars:
    """The calendars of one policy by their names: those that state their hours, and those that choose among others."""

    def __init__(self, plain: Mapping[str, Calendar], section: Section | None, conditions: Conditions) -> None:
        self.plain = plain
        self._conditions = conditions
        stated = dict(section.entries()) if section is not None else {}
        self._choices = {str(name): part for name, part in stated.items() if is_choice(part) and name != ALWAYS}
        self.names = (ALWAYS, *(str(name) for name in stated if name in plain or name in self._choices))
        self._known: dict[str, Chosen] = {}
        self._open: list[str] = []
        for name in self._choices:
            self.chosen(name)

    def chosen(self, name: str) -> Chosen:
        """What the name of a calendar stands for."""
        if name not in self._choices:
            return name
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self._choice(self._choices[name])
            self._open.pop()
        return self._known[name]

    def _choice(self, part: Section) -> Chosen:
        part, found = conform(part, BY_CONDITION if isinstance(part.data["choose"], list) else BY_FIELD)
        self._conditions.problems.extend(found)
        if found:
            return _HARMLESS
        name = part.data["choose"]
        if not isinstance(name, str):
            return Choice(*first_fit(self._conditions, part, ("choose",), self._used))
        fact = choosing_field(self._conditions, part, ("choose",), name)
        return (
            _HARMLESS if fact is None else Choice(*by_value(self._conditions, part, ("cases",), fact, {}, self._used))
        )

    def _used(self, part: Section, path: Path) -> Chosen:
        name: str = part.at(*path).data
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._problem(part, path, f"the calendars choose each other in a circle: {circle}")
            return _HARMLESS
        if name not in self.names:
            expected = f"one of {', '.join(self.names)}"
            self._problem(part, path, f"there is no calendar {quoted(name)}", expected, did_you_mean(name, self.names))
            return _HARMLESS
        return self.chosen(name)

    def _problem(self, part: Section, path: Path, message: str, expected: str = "", hint: str = "") -> None:
        self._conditions.problems.append(part.problem(*path, message=message, expected=expected, hint=hint))
