"""The compiler's side of the plugin contract: what a rule kind may ask while it lowers one rule."""

from __future__ import annotations

from typing import Any, Final

from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.compiler.limit_table import Limits
from supportpolicy.compiler.selections import Selections, Settings
from supportpolicy.document import Section
from supportpolicy.errors import did_you_mean
from supportpolicy.expr.nodes import (
    AsOf,
    Limit,
    Moment,
    Selection,
    Truth,
    reads,
)
from supportpolicy.model.text import quoted
from supportpolicy.model.ticket import FIELDS, Fact, FieldType

_SET_BY_STAFF: Final = ("priority", "severity")
"""What a ticket often has only after someone has looked at it; so the first value counts where the policy does not say."""


class Lowering:
    """A `LoweringContext` over one rule of one policy document."""

    def __init__(self, rule: Section, policy: Section, conditions: Conditions, limits: Limits) -> None:
        self.rule = rule
        self._policy = policy
        self._conditions = conditions
        self._limits = limits
        self._selections = Selections(conditions, Settings.stated(rule.data, policy.data))

    def condition(self, *keys: str) -> Truth:
        return self._conditions.compile(self.rule, keys)

    def duty(self, *keys: str, settled_by: str) -> Truth:
        return self._conditions.compile(self.rule, keys, settled_by)

    def limit(self, *keys: str) -> Limit:
        return self._limits.compile(self.rule, keys)

    def events(self, *keys: str) -> Selection:
        return self._selections.events(self.rule, keys)

    def moment(self, *keys: str) -> Moment:
        return self._selections.moment(self.rule, keys)

    def calendar(self, *keys: str) -> str:
        name: str = self.rule.at(*keys).data
        known = self._conditions.calendars
        if name not in known:
            self.problem(
                *keys,
                message=f"there is no calendar {quoted(name)} that states its hours",
                expected=f"one of {', '.join(known)}" if known else "a calendar of the policy",
                hint=did_you_mean(name, known),
            )
        return name

    def as_of(self, limit: Limit) -> tuple[tuple[str, AsOf], ...]:
        facts = [self._conditions.fact(name) for name in reads(limit)]
        return tuple(
            (fact.name, fact.as_of or ("first_set" if fact.name in _SET_BY_STAFF else "start"))
            for fact in facts
            if fact is not None and fact.type is FieldType.TOKEN
        )

    def fact(self, name: str, *keys: str) -> Fact | None:
        return self._fact(name, keys)

    def _fact(self, name: str, keys: Path) -> Fact | None:
        fact = self._conditions.fact(name)
        if fact is None:
            known = [*FIELDS, *self._conditions.facts]
            expected = "a field of the ticket, or a fact declared under `facts`"
            self._fault(keys, f"there is no field {quoted(name)}", expected, did_you_mean(name, known))
        return fact

    def tokens(self, fact: Fact, *keys: str) -> tuple[str, ...]:
        paths, texts = self._listed(keys)
        return self._conditions.tokens(self.rule, paths, fact, texts)

    def languages(self, *keys: str) -> tuple[str, ...]:
        paths, texts = self._listed(keys)
        return self._conditions.languages(self.rule, paths, texts)

    def _listed(self, keys: tuple[str, ...]) -> tuple[list[tuple[str | int, ...]], list[str]]:
        value = self.rule.at(*keys).data
        if isinstance(value, str):
            return [keys], [value]
        return [(*keys, i) for i in range(len(value))], list(value)

    def setting(self, name: str, default: Any) -> Any:
        return self.rule.data.get(name, self._policy.data.get(name, default))

    def problem(self, *keys: str, message: str, expected: str = "", hint: str = "") -> None:
        self._fault(keys, message, expected, hint)

    def _fault(self, keys: Path, message: str, expected: str = "", hint: str = "") -> None:
        self._conditions.problems.append(self.rule.problem(*keys, message=message, expected=expected, hint=hint))
