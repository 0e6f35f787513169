"""The compiler's side of the plugin contract: what a rule kind may ask while it lowers one rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.compiler.limit_table import Limits
from supportpolicy.document import Section
from supportpolicy.errors import did_you_mean
from supportpolicy.expr.nodes import (
    AsOf,
    At,
    Counted,
    Events,
    FirstResponse,
    Limit,
    Moment,
    Occurrence,
    Outermost,
    Single,
    Submission,
    Truth,
    reads,
)
from supportpolicy.model.text import quoted
from supportpolicy.model.ticket import EVENT_KINDS, FIELDS, Fact, FieldType

_SET_BY_STAFF: Final = ("priority", "severity")
"""What a ticket often has only after someone has looked at it; so the first value counts where the policy does not say."""


class Lowering:
    """A `LoweringContext` over one rule of one policy document."""

    def __init__(self, rule: Section, policy: Section, conditions: Conditions, limits: Limits) -> None:
        self.rule = rule
        self._policy = policy
        self._conditions = conditions
        self._limits = limits

    def condition(self, *keys: str) -> Truth:
        return self._conditions.compile(self.rule, keys)

    def duty(self, *keys: str, settled_by: str) -> Truth:
        return self._conditions.compile(self.rule, keys, settled_by)

    def limit(self, *keys: str) -> Limit:
        return self._limits.compile(self.rule, keys)

    def events(self, *keys: str) -> Events:
        return self._events(keys)

    def _events(self, keys: Path) -> Events:
        return self._conditions.events(self.rule, keys, self._counts(self.rule.at(*keys).data))

    def moment(self, *keys: str) -> Moment:
        stated: str | Mapping[str, object] = self.rule.at(*keys).data
        if isinstance(stated, Mapping) and "latest" in stated:
            return Outermost("latest", self._several((*keys, "latest")))
        if isinstance(stated, Mapping) and "earliest" in stated:
            return Outermost("earliest", self._several((*keys, "earliest")))
        return self._single(keys)

    def _several(self, path: Path) -> tuple[Single, ...]:
        """The moments of a list. Whoever states it may not have been asked for its shape."""
        stated = self.rule.at(*path).data
        if not isinstance(stated, list) or len(stated) < 2:
            self._fault(path, "of one moment there is neither a latest nor an earliest", "a list of moments")
            return (At("submitted"),)
        told: list[Single] = []
        for i, one in enumerate(stated):
            if not isinstance(one, str) and not (isinstance(one, Mapping) and {"first", "last"} & one.keys()):
                expected = "a field such as first_response, or an event such as last staff_message"
                self._fault((*path, i), "not a single moment", expected)
                continue
            moment = self._single((*path, i))
            if moment in told:
                self._fault((*path, i), "repeats a moment of the list", "another one")
            told.append(moment)
        return tuple(told)

    def _single(self, keys: Path) -> Single:
        stated: str | Mapping[str, object] = self.rule.at(*keys).data
        if isinstance(stated, Mapping):
            return (
                Occurrence("first", self._events((*keys, "first")))
                if "first" in stated
                else Occurrence("last", self._events((*keys, "last")))
            )
        which, _, kind = stated.partition(" ")
        if kind:
            events = Events(self._kind(which, kind, keys), (), self._counts(kind))
            return Occurrence("first", events) if which == "first" else Occurrence("last", events)
        staff_opened = self.setting("staff_opened", "customer_message")
        if stated == "submitted":
            return Submission(staff_opened)
        if stated == "first_response":
            return FirstResponse(self._counts("staff_message"), staff_opened)
        fact = self._fact(stated, keys)
        if fact is not None and fact.type is not FieldType.INSTANT:
            self._fault(keys, f"`{stated}` is not an instant", "an instant, such as submitted or resolved")
        return At(stated)

    def _kind(self, which: str, kind: str, keys: Path) -> str:
        """The kind in `first KIND`, which is one of the known ones."""
        if kind not in EVENT_KINDS:
            field = f"{which}_{kind}"
            self._fault(
                keys,
                f"there is no event {quoted(kind)}",
                f"one of {', '.join(EVENT_KINDS)}, or {{{which}: KIND}} for another kind",
                f"did you mean the field {field!r}?" if field in FIELDS else did_you_mean(kind, EVENT_KINDS),
            )
        return kind

    def _counts(self, kind: object) -> tuple[Counted, ...]:
        """What counts as a response besides those that are one."""
        return tuple(self.setting("first_response", {"counts": []})["counts"]) if kind == "staff_message" else ()

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
