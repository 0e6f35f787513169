"""Which calendar a clock runs on, where that depends on the ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from supportpolicy.compiler.calendar_schema import BY_CONDITION, BY_FIELD, CALENDARS
from supportpolicy.compiler.calendars import compile_calendars, is_choice, ticket_paths
from supportpolicy.compiler.choosing import by_value, choosing_field, first_fit
from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.compiler.problems import refusal
from supportpolicy.compiler.ticket_calendars import NONE, Choice, Chosen, TicketCalendars
from supportpolicy.document import Document, Section, conform
from supportpolicy.errors import Problem, did_you_mean
from supportpolicy.expr.nodes import FirstFit, Limit
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import Fact, FieldType


def spread(chosen: Chosen, limit: Callable[[str], Limit]) -> Limit:
    """The limit that `limit` gives for each calendar which may be chosen."""
    if isinstance(chosen, str):
        return limit(chosen)
    arms = tuple((when, spread(arm, limit)) for when, arm in chosen.arms)
    return FirstFit(arms, None if chosen.otherwise is None else spread(chosen.otherwise, limit))


def policy_calendars(document: Document) -> dict[str, Calendar]:
    """The calendars of a policy, whatever else it holds; none if it states none. Raises DocumentError."""
    problems: list[Problem] = []
    root, _ = conform(document, {"type": "object", "properties": {"calendars": CALENDARS}})
    if not root.has("calendars"):
        return {}
    section, found = conform(root.at("calendars"), CALENDARS)
    problems.extend(found)
    calendars = compile_calendars(section, problems)
    of_ticket = TicketCalendars(Conditions(_words(root.data.get("facts")), None, problems), calendars)
    for name, part in section.entries() if not found else ():
        if ticket_paths(part):
            of_ticket.of(str(name), part)
    if problems:
        raise refusal(problems)
    return of_ticket.made


def _words(stated: object) -> dict[str, Fact]:
    """The facts that say which values they may have."""
    facts = stated.items() if isinstance(stated, Mapping) else ()
    told = {str(name): fact.get("one_of") for name, fact in facts if isinstance(fact, Mapping)}
    return {
        name: Fact(name, FieldType.TOKEN, tuple(token(word) for word in words if isinstance(word, str)))
        for name, words in told.items()
        if isinstance(words, list)
    }


class Calendars:
    """The calendars of one policy by their names: those that state their hours, those whose zone or holidays
    the ticket names, and those that choose among others."""

    def __init__(self, plain: Mapping[str, Calendar], section: Section | None, conditions: Conditions) -> None:
        self.plain = dict(plain)
        """Those that are the same for all tickets; of one whose zone or holidays the ticket names, one for each of these."""
        self._conditions = conditions
        stated = dict(section.entries()) if section is not None else {}
        self._varied = {str(name): part for name, part in stated.items() if ticket_paths(part) and name != ALWAYS}
        self._choices = {str(name): part for name, part in stated.items() if is_choice(part) and name != ALWAYS}
        known = {*plain, *self._choices, *self._varied}
        self.names = (ALWAYS, *(str(name) for name in stated if name in known))
        self._known: dict[str, Chosen] = {}
        self._open: list[str] = []
        of_ticket = TicketCalendars(conditions, self.plain)
        for name, part in self._varied.items():
            self._known[name] = of_ticket.of(name, part)
        for name in self._choices:
            self.chosen(name)

    def chosen(self, name: str) -> Chosen:
        """What the name of a calendar stands for."""
        if name not in self._choices and name not in self._varied:
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
            return NONE
        name = part.data["choose"]
        if not isinstance(name, str):
            return Choice(*first_fit(self._conditions, part, ("choose",), self._used))
        fact = choosing_field(self._conditions, part, ("choose",), name)
        return NONE if fact is None else Choice(*by_value(self._conditions, part, ("cases",), fact, {}, self._used))

    def _used(self, part: Section, path: Path) -> Chosen:
        name: str = part.at(*path).data
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._problem(part, path, f"the calendars choose each other in a circle: {circle}")
            return NONE
        if name not in self.names:
            expected = f"one of {', '.join(self.names)}"
            self._problem(part, path, f"there is no calendar {quoted(name)}", expected, did_you_mean(name, self.names))
            return NONE
        return self.chosen(name)

    def _problem(self, part: Section, path: Path, message: str, expected: str = "", hint: str = "") -> None:
        self._conditions.problems.append(part.problem(*path, message=message, expected=expected, hint=hint))
