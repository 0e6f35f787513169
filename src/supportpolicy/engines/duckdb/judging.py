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
from supportpolicy.expr.nodes import Demand, Distinct, EachWithin, EveryReply, Holds, NotBefore, Within
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

    def write(self) -> dict[str, str]:
        """The expression of each rule's verdict, by the rule's id; also of those that are judged for objectives alone."""
        define, judged = self.truths.define, self.revision.judged
        self.demands = {rule.id: self.code(self._demand(rule.demand)) for rule in judged}
        whens = {rule.id: self.code(self.truths.write(rule.when)) for rule in judged if rule.when is not None}
        admits: dict[str, str] = {}
        for rule in gates_in_order(self.revision.rules):
            own = self._met(self.demands[rule.id])
            if rule.id in whens:
                asked = whens[rule.id]
                own = (
                    f"CASE WHEN {own} = {TRUE} OR {asked} = {FALSE} THEN {TRUE} WHEN {asked} = {TRUE} THEN {own} "
                    f"ELSE {asked} END"
                )
            parts = [*(admits[gate] for gate in rule.gates), define(own)]
            admits[rule.id] = parts[0] if len(parts) == 1 else define(self.truths.joined(parts, FALSE, TRUE))
        return {rule.id: self._verdict(rule, whens.get(rule.id), admits) for rule in judged}

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

    def _verdict(self, rule: RulePlan, when: str | None, admits: Mapping[str, str]) -> str:
        """Not applicable before unknown before open before what the demand says."""
        demand, unknown = self.demands[rule.id], self.outcomes.unknown
        arms: list[str] = []
        asked = [when] if when is not None else []
        if when is not None:
            arms.append(f"WHEN {when} = {FALSE} THEN {APPLIES_NOT * COULDS}")
        for gate in rule.gates:
            arms.append(f"WHEN {admits[gate]} = {FALSE} THEN {self.outcomes.barred(gate) * COULDS}")
            asked.append(admits[gate])
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
