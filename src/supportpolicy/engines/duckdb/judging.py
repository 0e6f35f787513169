"""A revision's rules in SQL: for each ticket the number of each rule's verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.clocks import Clocks
from supportpolicy.engines.duckdb.codes import (
    APPLIES_NOT,
    COULD_FAIL,
    COULD_PASS,
    COULDS,
    FAILS,
    FALSE,
    FIRST_CAUSE,
    NEVER,
    PASSES,
    RUNS,
    TRUE,
    VALUE,
    WAITING,
    Outcomes,
)
from supportpolicy.engines.duckdb.timelines import Timeline
from supportpolicy.engines.duckdb.truths import Truths
from supportpolicy.expr.nodes import Demand, Distinct, EachWithin, EveryReply, Holds, NotBefore, Ruled, Within
from supportpolicy.expr.plan import RevisionPlan, RulePlan, gates_in_order
from supportpolicy.model.cell import Reason
from supportpolicy.model.ticket import FieldType

TEXTS: Final = (FieldType.TEXT, FieldType.TOKEN, FieldType.LANGUAGE)


@dataclass(slots=True)
class Judging:
    """Writes the verdicts of a revision. `borne` gives for the index of a field that must be unique the column of
    those who bear the ticket's value where they are several, null where it alone does. `code` gives a name to an
    expression that has few values."""

    revision: RevisionPlan
    truths: Truths
    clocks: Clocks
    outcomes: Outcomes
    timeline: Timeline | None
    borne: Mapping[int, str]
    code: Callable[[str], str]
    demands: dict[str, str] = field(default_factory=dict)
    """The number of the outcome of each rule's own demand."""
    admitted: dict[str, str] = field(default_factory=dict)
    """Whether no gate that the rule needs bars the ticket or is in doubt, nor its `when`."""

    _rules: Mapping[str, RulePlan] = field(init=False)
    _whens: dict[str, str] = field(default_factory=dict)
    _admits: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rules = {rule.id: rule for rule in self.revision.judged}
        self.truths.verdicts = self._ruled

    def write(self) -> dict[str, str]:
        """The expression of each rule's verdict, by the rule's id; also of those that are judged for objectives alone."""
        for name in self._rules:
            self.demand(name)
        for name in self._rules:
            self._when(name)
        for rule in gates_in_order(self.revision.rules):
            self._admitted(rule.id)
        return {name: self._verdict(rule) for name, rule in self._rules.items()}

    def demand(self, name: str) -> str:
        """The number of the outcome of a rule's own demand."""
        if name not in self.demands:
            self.demands[name] = self.code(self._demand(self._rules[name].demand))
        return self.demands[name]

    def outcome(self, name: str) -> str:
        """The number of the outcome of a rule, with its gates and its condition."""
        return self.truths.define(f"{self.truths.define(self._verdict(self._rules[name]))} // {COULDS}")

    def _ruled(self, node: Ruled) -> str:
        """Whether a rule says one of some verdicts."""
        told = self.outcome(node.ruling.rule)
        asked = {verdict: TRUE if verdict in node.verdicts else FALSE for verdict in ("pass", "fail", "not_applicable")}
        return (
            f"CASE {told} WHEN {PASSES} THEN {asked['pass']} WHEN {FAILS} THEN {asked['fail']} WHEN {RUNS} THEN {WAITING} "
            f"ELSE CASE WHEN {told} < {self.outcomes.unknown + FIRST_CAUSE} THEN {asked['not_applicable']} "
            f"ELSE {told} - {self.outcomes.unknown} END END"
        )

    def _when(self, name: str) -> str | None:
        when = self._rules[name].when
        if when is not None and name not in self._whens:
            self._whens[name] = self.code(self.truths.write(when))
        return self._whens.get(name)

    def _admitted(self, name: str) -> str:
        """Whether a gate admits the ticket."""
        if name not in self._admits:
            own, asked = self._met(self.demand(name)), self._when(name)
            if asked is not None:
                own = (
                    f"CASE WHEN {own} = {TRUE} OR {asked} = {FALSE} THEN {TRUE} WHEN {asked} = {TRUE} THEN {own} "
                    f"ELSE {asked} END"
                )
            parts = [*(self._admitted(gate) for gate in self._rules[name].gates), self.truths.define(own)]
            joined = parts[0] if len(parts) == 1 else self.truths.define(self.truths.joined(parts, FALSE, TRUE))
            self._admits[name] = joined
        return self._admits[name]

    def _demand(self, demand: Demand) -> str:
        match demand:
            case Holds(truth):
                code = self.code(self.truths.write(truth))
                return (
                    f"CASE {code} WHEN {TRUE} THEN {PASSES} WHEN {FALSE} THEN {FAILS} WHEN {WAITING} THEN {RUNS} "
                    f"ELSE {self.outcomes.unknown} + {code} END"
                )
            case Within() | NotBefore():
                return self.clocks.write(demand)
            case EachWithin():
                return self.clocks.each(demand).write(self.clocks)
            case EveryReply():
                return self._replies(demand)
            case Distinct(field):
                return self._distinct(field)

    def _replies(self, node: EveryReply) -> str:
        events = self.truths.fields["events"]
        told = "NULL"
        if self.timeline is not None:
            said, missing = self.timeline.replies(node), self.outcomes.missing(Reason.MISSING, "events")
            told = (
                f"CASE WHEN {said.broken} THEN {FAILS} WHEN {said.doubt} IS NOT NULL THEN {said.doubt} "
                f"WHEN NOT {events.complete} THEN {missing} WHEN {said.number} > 0 THEN {PASSES} "
                f"WHEN {said.perhaps} >= {FIRST_CAUSE} THEN {self.outcomes.unknown} + {said.perhaps} "
                f"ELSE {APPLIES_NOT} END"
            )
        return (
            f"CASE {events.state} WHEN {VALUE} THEN {told} WHEN {NEVER} THEN {APPLIES_NOT} "
            f"ELSE {self.outcomes.unknown} + {events.state} END"
        )

    def _distinct(self, field: str) -> str:
        column = self.truths.fields[field]
        borne, index = str(PASSES), self.revision.facts[field]
        if column.type in TEXTS and index in self.borne:
            borne = f"CASE WHEN {self.borne[index]} IS NULL THEN {PASSES} ELSE {FAILS} END"
        return (
            f"CASE {column.state} WHEN {VALUE} THEN {borne} WHEN {NEVER} THEN {APPLIES_NOT} "
            f"ELSE {self.outcomes.unknown} + {column.state} END"
        )

    def _met(self, demand: str) -> str:
        return self.truths.define(
            f"CASE WHEN {demand} IN ({PASSES}, {APPLIES_NOT}) THEN {TRUE} WHEN {demand} = {FAILS} THEN {FALSE} "
            f"WHEN {demand} = {RUNS} THEN {WAITING} ELSE {demand} - {self.outcomes.unknown} END"
        )

    def _verdict(self, rule: RulePlan) -> str:
        """Not applicable before unknown before open before what the demand says."""
        demand, unknown, when = self.demand(rule.id), self.outcomes.unknown, self._when(rule.id)
        arms: list[str] = []
        asked = [when] if when is not None else []
        if when is not None:
            arms.append(f"WHEN {when} = {FALSE} THEN {APPLIES_NOT * COULDS}")
        for gate in rule.gates:
            admits = self._admitted(gate)
            arms.append(f"WHEN {admits} = {FALSE} THEN {self.outcomes.barred(gate) * COULDS}")
            asked.append(admits)
        self.admitted[rule.id] = " AND ".join(f"{one} = {TRUE}" for one in asked) or "true"
        possible = (
            f"CASE {demand} WHEN {PASSES} THEN {COULD_PASS} WHEN {FAILS} THEN {COULD_FAIL} WHEN {APPLIES_NOT} THEN 0 "
            f"ELSE {COULD_PASS + COULD_FAIL} END"
        )
        if asked:
            doubt = asked[0] if len(asked) == 1 else self.truths.define(self.truths.joined(asked, FALSE, TRUE))
            arms.append(f"WHEN {doubt} >= {FIRST_CAUSE} THEN ({unknown} + {doubt}) * {COULDS} + {possible}")
            arms.append(f"WHEN {doubt} = {WAITING} THEN {RUNS * COULDS} + {possible}")
        arms.append(f"WHEN {demand} IN ({PASSES}, {FAILS}, {APPLIES_NOT}) THEN {demand} * {COULDS}")
        return f"CASE {' '.join(arms)} ELSE {demand} * {COULDS} + {COULD_PASS + COULD_FAIL} END"
