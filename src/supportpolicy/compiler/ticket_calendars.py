"""Calendars that take their zone or their holidays from the ticket: one for each value that the fields may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from typing import Final, TypeAlias

from supportpolicy.compiler.calendar_schema import OF_TICKET
from supportpolicy.compiler.calendars import calendar_of_ticket, ticket_paths
from supportpolicy.compiler.choosing import choosing_field
from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.document import Section, conform
from supportpolicy.expr.nodes import Member, Truth
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.public_holidays import has_holidays
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

NONE: Final = Choice((), None)
"""What is chosen where a fault has been told: nothing, of which no other fault could follow."""


MOST_CALENDARS: Final = 200
"""How many calendars one may stand for that takes its zone or its holidays from the ticket."""

_TWICE: Final = "a subdivision of no certain country"
_OF_A: Final = {
    "zone": "a fact whose values are time zones such as Europe/Berlin",
    "country": "a fact whose values are ISO 3166 codes such as US, or US-CA for a subdivision",
    "subdivision": "a fact whose values are the codes of subdivisions such as CA, beside a `country` that is stated",
}
"""What a field must be that is named there."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that a calendar names. Of each of its values: the word, what it is called, and what it says by paths."""

    name: str
    values: tuple[tuple[str, str, Mapping[Path, str]], ...]


@dataclass(slots=True)
class TicketCalendars:
    """Compiles them. `made` gathers the calendars by their names, as `office in Europe/Berlin, DE`."""

    _conditions: Conditions
    made: dict[str, Calendar] = field(default_factory=dict)

    def of(self, name: str, part: Section) -> Chosen:
        """The calendar whose zone or holidays fields name, for each combination of what they may say."""
        part, found = conform(part, OF_TICKET)
        self._conditions.problems.extend(found)
        if found:
            return NONE
        asked: dict[str, list[Path]] = {}
        for path in ticket_paths(part):
            asked.setdefault(part.at(*path).data["field"], []).append(path)
        fields = [self._said(part, field, paths) for field, paths in asked.items()]
        told = [field for field in fields if field is not None]
        if len(told) < len(fields):
            return NONE
        if prod(len(field.values) for field in told) > MOST_CALENDARS:
            message = (
                f"the fields have more than {MOST_CALENDARS} combinations of values, and there is a calendar for each"
            )
            self._problem(part, (), message, "fewer values")
            return NONE
        return self._combined(name, part, told, {}, ()) or NONE

    def _combined(
        self, name: str, part: Section, left: Sequence[_Field], settings: Mapping[Path, str], labels: tuple[str, ...]
    ) -> Chosen | None:
        """For each value of the next field what the others make of it; None where a fault has been told."""
        if not left:
            title = f"{name} in {', '.join(labels)}"
            calendar = calendar_of_ticket(title, part, settings, self._conditions.problems)
            if calendar is None:
                return None
            self.made[calendar.name] = calendar
            return calendar.name
        field, *others = left
        arms: list[tuple[Truth, Chosen]] = []
        for word, label, own in field.values:
            chosen = self._combined(name, part, others, {**settings, **own}, (*labels, label))
            if chosen is None:
                return None
            arms.append((Member(field.name, (word,)), chosen))
        return Choice(tuple(arms), None)

    def _said(self, part: Section, field: str, paths: Sequence[Path]) -> _Field | None:
        """What each value of a field says where the calendar names it; None where a fault has been told."""
        fact = choosing_field(self._conditions, part, (*paths[0], "field"), field)
        if fact is None:
            return None
        values = []
        for word in fact.one_of or ("true", "false"):
            settings: dict[Path, str] = {}
            for path in paths:
                own = self._place(part, path, word)
                if isinstance(own, str):
                    self._problem(
                        part, (*path, "field"), f"`{field}` may be {quoted(word)}, which is {own}", _OF_A[str(path[-1])]
                    )
                    return None
                settings.update(own)
            values.append((word, "-".join(dict.fromkeys(settings.values())), settings))
        return _Field(field, tuple(values))

    def _place(self, part: Section, path: Path, word: str) -> Mapping[Path, str] | str:
        """What a value says there, by the paths of what it says; or what it is instead."""
        if path == ("zone",):
            zone = _zones().get(word)
            return "no time zone" if zone is None else {path: zone}
        place = part.at(*path[:-1]).data
        if path[-1] == "subdivision":
            country = place["country"]
            known = isinstance(country, str) and has_holidays(country, word.upper())
            return (
                {path: word.upper()}
                if known
                else f"no subdivision of {country}"
                if isinstance(country, str)
                else _TWICE
            )
        country, _, subdivision = word.upper().partition("-")
        if subdivision and "subdivision" in place:
            return "a subdivision already, beside another one"
        if not has_holidays(country, subdivision):
            return "no place whose holidays are known"
        return {path: country} | ({(*path[:-1], "subdivision"): subdivision} if subdivision else {})

    def _problem(self, part: Section, path: Path, message: str, expected: str = "", hint: str = "") -> None:
        self._conditions.problems.append(part.problem(*path, message=message, expected=expected, hint=hint))


@cache
def _zones() -> Mapping[str, str]:
    """The zones by their names, of IANA and of Rails, as tokens."""
    rails = {token(name): zone for name, zone in RAILS_ZONES.items()}
    return rails | {token(name): name for name in zone_names()}
