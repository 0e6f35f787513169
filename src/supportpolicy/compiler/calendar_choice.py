"""Which calendar a clock runs on, where that depends on the ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from supportpolicy.compiler.calendar_schema import BY_CONDITION, BY_FIELD, BY_ZONE
from supportpolicy.compiler.calendars import is_choice, is_zoned, zoned_calendar
from supportpolicy.compiler.choosing import by_value, choosing_field, first_fit
from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.document import Section, conform
from supportpolicy.errors import did_you_mean
from supportpolicy.expr.nodes import FirstFit, Limit, Member, Truth
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.rails_zones import RAILS_ZONES
from supportpolicy.model.text import quoted, token
from supportpolicy.model.zone import zone_names


@dataclass(frozen=True, slots=True)
class Choice:
    """The calendar of the first arm whose condition is true, else `otherwise`; None where no calendar is left."""

    arms: tuple[tuple[Truth, Chosen], ...]
    otherwise: Chosen | None


Chosen: TypeAlias = str | Choice
"""A calendar by its name, or what chooses one."""

_NONE: Final = Choice((), None)
"""What is chosen where a fault has been told: nothing, of which no other fault could follow."""


def spread(chosen: Chosen, limit: Callable[[str], Limit]) -> Limit:
    """The limit that `limit` gives for each calendar which may be chosen."""
    if isinstance(chosen, str):
        return limit(chosen)
    arms = tuple((when, spread(arm, limit)) for when, arm in chosen.arms)
    return FirstFit(arms, None if chosen.otherwise is None else spread(chosen.otherwise, limit))


class Calendars:
    """The calendars of one policy by their names: those that state their hours, those in a zone that the ticket names, and
    those that choose among others."""

    def __init__(self, plain: Mapping[str, Calendar], section: Section | None, conditions: Conditions) -> None:
        self.plain = dict(plain)
        """Those that have hours and a zone; of one whose zone the ticket names, one for each zone."""
        self._conditions = conditions
        stated = dict(section.entries()) if section is not None else {}
        self._zoned = {str(name): part for name, part in stated.items() if is_zoned(part) and name != ALWAYS}
        self._choices = {str(name): part for name, part in stated.items() if is_choice(part) and name != ALWAYS}
        known = {*plain, *self._choices, *self._zoned}
        self.names = (ALWAYS, *(str(name) for name in stated if name in known))
        self._known: dict[str, Chosen] = {}
        self._open: list[str] = []
        for name, part in self._zoned.items():
            self._known[name] = self._in_zones(name, part)
        for name in self._choices:
            self.chosen(name)

    def chosen(self, name: str) -> Chosen:
        """What the name of a calendar stands for."""
        if name not in self._choices and name not in self._zoned:
            return name
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self._choice(self._choices[name])
            self._open.pop()
        return self._known[name]

    def _in_zones(self, name: str, part: Section) -> Chosen:
        """The calendar in the zone that a field names, for each zone that it may name."""
        part, found = conform(part, BY_ZONE)
        self._conditions.problems.extend(found)
        if found:
            return _NONE
        field = part.data["zone"]["field"]
        fact = choosing_field(self._conditions, part, ("zone", "field"), field)
        arms: list[tuple[Truth, Chosen]] = []
        for word in fact.one_of or () if fact is not None else ():
            zone = _zones().get(word)
            if zone is None:
                self._problem(
                    part,
                    ("zone", "field"),
                    f"`{field}` may be {quoted(word)}, which is no time zone",
                    "a fact whose values are time zones such as Europe/Berlin",
                )
                return _NONE
            calendar = zoned_calendar(f"{name} in {zone}", part, zone, self._conditions.problems)
            if calendar is None:
                return _NONE
            self.plain[calendar.name] = calendar
            arms.append((Member(field, (word,)), calendar.name))
        return Choice(tuple(arms), None) if arms else _NONE

    def _choice(self, part: Section) -> Chosen:
        part, found = conform(part, BY_CONDITION if isinstance(part.data["choose"], list) else BY_FIELD)
        self._conditions.problems.extend(found)
        if found:
            return _NONE
        name = part.data["choose"]
        if not isinstance(name, str):
            return Choice(*first_fit(self._conditions, part, ("choose",), self._used))
        fact = choosing_field(self._conditions, part, ("choose",), name)
        return _NONE if fact is None else Choice(*by_value(self._conditions, part, ("cases",), fact, {}, self._used))

    def _used(self, part: Section, path: Path) -> Chosen:
        name: str = part.at(*path).data
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._problem(part, path, f"the calendars choose each other in a circle: {circle}")
            return _NONE
        if name not in self.names:
            expected = f"one of {', '.join(self.names)}"
            self._problem(part, path, f"there is no calendar {quoted(name)}", expected, did_you_mean(name, self.names))
            return _NONE
        return self.chosen(name)

    def _problem(self, part: Section, path: Path, message: str, expected: str = "", hint: str = "") -> None:
        self._conditions.problems.append(part.problem(*path, message=message, expected=expected, hint=hint))


@cache
def _zones() -> Mapping[str, str]:
    """The zones by their names, of IANA and of Rails, as tokens."""
    rails = {token(name): zone for name, zone in RAILS_ZONES.items()}
    return rails | {token(name): name for name in zone_names()}
