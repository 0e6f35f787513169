"""Objectives: from YAML to records, each with the rule whose verdicts count for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from supportpolicy.compiler.conditions import Conditions
from supportpolicy.compiler.objective_schema import OF_A_RULE, QUOTA
from supportpolicy.compiler.targets import parse_at_least, parse_at_most, parse_recurrence
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import Section, conform
from supportpolicy.errors import Problem, did_you_mean
from supportpolicy.expr.nodes import All, Const, EachWithin, Holds, Truth
from supportpolicy.expr.plan import ObjectivePlan, RulePlan
from supportpolicy.model.objective import Target
from supportpolicy.model.recurrence import Recurrence
from supportpolicy.model.text import quoted
from supportpolicy.model.ticket import FIELDS, GROUPING
from supportpolicy.model.verdict import OnFail, Party

_TICKETS = "tickets"
"""What a quota counts that counts no values."""


@dataclass(frozen=True, slots=True)
class _Spoken:
    """Of which tickets an objective speaks, in which periods and groups."""

    stated: Section
    when: Truth | None
    per: Recurrence | None
    by: tuple[str, ...]

    def plan(
        self, name: str, target: Target, judged: RulePlan, party: Party, rule: str = "", field: str = ""
    ) -> ObjectivePlan:
        clause, party = self.stated.data["clause"], Party(self.stated.data.get("party", party))
        clauses = (clause,) if isinstance(clause, str) else tuple(clause)
        return ObjectivePlan(name, clauses, party, target, judged, rule, field, self.when, self.per, self.by)


def conforming_objectives(root: Section, problems: list[Problem]) -> dict[str, Section]:
    """The second step of validation: each objective against the schema of its form."""
    stated = root.data.get("objectives") if isinstance(root.data, Mapping) else None
    sections: dict[str, Section] = {}
    for name, one in stated.items() if isinstance(stated, Mapping) else ():
        section = root.at("objectives", name)
        if not isinstance(one, Mapping):
            continue  # that is told already
        if "rule" in one and "count" in one:
            message = "an objective counts a rule's verdicts or something else, not both"
            problems.append(section.problem("count", message=message, on_key=True))
            continue
        if "rule" not in one and "count" not in one:
            message = "does not say what it counts"
            problems.append(section.problem(message=message, expected="`rule: RULE` or `count: FIELD`"))
            continue
        section, found = conform(section, QUOTA if "count" in one else OF_A_RULE)
        problems.extend(found)
        if not found:
            sections[name] = section
    return sections


@dataclass(frozen=True, slots=True)
class Objectives:
    """The objectives of one revision that conform, and whose rules are lowered already. Problems are gathered in
    `problems`."""

    root: Section
    sections: Mapping[str, Section]
    rules: Sequence[RulePlan]
    scope: Sequence[str]
    conditions: Conditions
    problems: list[Problem]

    def compile(self) -> tuple[ObjectivePlan, ...]:
        """All that are sound, in file order."""
        found = (
            self._quota(name, stated) if "count" in stated.data else self._of_a_rule(name, stated)
            for name, stated in self.sections.items()
        )
        return tuple(objective for objective in found if objective is not None)

    # --- the two forms ---
    def _of_a_rule(self, name: str, stated: Section) -> ObjectivePlan | None:
        target, rule, spoken = self._target(stated), self._rule(stated), self._spoken(stated)
        if target is None or rule is None:
            return None
        judged = rule
        if spoken.when is not None:
            both = spoken.when if rule.when is None else All((rule.when, spoken.when))
            judged = replace(rule, id=_own(name), when=both, on_fail=OnFail.NOTE)
        of = stated.data.get("of", _TICKETS)
        several = (
            isinstance(rule.demand, EachWithin) or "each" in self.root.data["rules"][rule.id]
        )  # if that was refused
        if of == "clocks" and not several:
            self._problem(
                stated,
                "of",
                message=f"{quoted(rule.id)} has one clock for each ticket",
                expected="a rule with `each`",
                hint="`of: tickets` counts its verdicts, and holds where `of` is left out",
            )
            return None
        return replace(spoken.plan(name, target, judged, rule.party, rule=rule.id), of=of)

    def _quota(self, name: str, stated: Section) -> ObjectivePlan:
        field = self._field(stated, "count") if stated.data["count"] != _TICKETS else ""
        spoken, gates, counts = self._spoken(stated), self._gates(stated), Holds(Const(True))
        judged = RulePlan(
            _own(name), "eligibility", (), "ticket", OnFail.NOTE, Party.PROVIDER, spoken.when, gates, counts
        )
        return spoken.plan(name, Target("counted", stated.data["at_most"]), judged, Party.PROVIDER, field=field)

    def _spoken(self, stated: Section) -> _Spoken:
        when = self.conditions.compile(stated, ("when",)) if "when" in stated.data else None
        if when is not None:
            self.conditions.refuse_verdicts(
                when, stated, ("when",), "an objective counts the verdicts of its own rule alone"
            )
        by = tuple(self._field(stated, "by", i) for i in range(len(stated.data.get("by", ()))))
        return _Spoken(stated, when, self._per(stated), by)

    # --- their parts ---
    def _target(self, stated: Section) -> Target | None:
        given = [key for key in ("at_least", "at_most") if key in stated.data]
        if len(given) != 1:
            message = "says both `at_least` and `at_most`" if given else "does not say how many must pass or may fail"
            self._problem(
                stated, message=message, expected="`at_least: 90%`, `at_least: 20 passes` or `at_most: 4 fails`"
            )
            return None
        target = (parse_at_least if given == ["at_least"] else parse_at_most)(stated.data[given[0]])
        if isinstance(target, TextFault):
            self.problems.append(target.problem(stated, given[0]))
            return None
        return replace(target, minimum=stated.data.get("minimum", target.minimum))

    def _rule(self, stated: Section) -> RulePlan | None:
        name = stated.data["rule"]
        known = {rule.id: rule for rule in self.rules}
        rule = known.get(name)
        if rule is None and name not in self.root.data["rules"]:
            fit = [one.id for one in self.rules if not one.is_gate]
            self._problem(
                stated,
                "rule",
                message=f"there is no rule {quoted(name)}",
                expected="a rule of this policy",
                hint=did_you_mean(name, fit or known),
            )
        if rule is not None and rule.is_gate:
            self._problem(
                stated,
                "rule",
                message=f"{quoted(name)} is a gate: it is neither kept nor broken",
                expected="a rule whose on_fail is violation or note",
            )
            return None
        return rule

    def _per(self, stated: Section) -> Recurrence | None:
        if "per" not in stated.data:
            return None
        per = parse_recurrence(stated.data["per"])
        if isinstance(per, TextFault):
            self.problems.append(per.problem(stated, "per"))
            return None
        return per

    def _field(self, stated: Section, *keys: str | int) -> str:
        name: str = stated.at(*keys).data
        fact = self.conditions.fact(name)
        known = [n for n in (*FIELDS, *self.conditions.facts) if self._fits(n)]
        if fact is None or not self._fits(name):
            self._problem(
                stated,
                *keys,
                message=f"there is no field {quoted(name)}"
                if fact is None
                else f"`{name}` is {fact.type.value}, which is no one value",
                expected="a field of the ticket, or a fact declared under `facts`, that holds one value",
                hint=did_you_mean(name, [*known, *([_TICKETS] if keys == ("count",) else [])]) if fact is None else "",
            )
        return name

    def _fits(self, name: str) -> bool:
        fact = self.conditions.fact(name)
        return fact is not None and fact.type in GROUPING

    def _gates(self, stated: Section) -> tuple[str, ...]:
        gates = {rule.id for rule in self.rules if rule.is_gate}
        needs = stated.data.get("needs", [])
        for i, name in enumerate(needs):
            if name not in gates:
                known = name in self.root.data["rules"]
                self._problem(
                    stated,
                    "needs",
                    i,
                    message=f"{quoted(name)} is not a gate" if known else f"there is no rule {quoted(name)}",
                    expected="a rule whose on_fail is out_of_scope",
                    hint=did_you_mean(name, gates),
                )
        wanted = {*needs, *self.scope} & gates
        return tuple(rule.id for rule in self.rules if rule.id in wanted)

    def _problem(
        self,
        stated: Section,
        *keys: str | int,
        message: str,
        expected: str = "",
        hint: str = "",
        on_key: bool = False,
    ) -> None:
        self.problems.append(stated.problem(*keys, message=message, expected=expected, hint=hint, on_key=on_key))


def _own(name: str) -> str:
    """The id of a rule made for an objective, which is no rule's: those have no space."""
    return f"objective {name}"
