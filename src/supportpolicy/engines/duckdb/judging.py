"""A revision's rules as one query: for each ticket the number of each rule's outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportpolicy.engines.duckdb.clocks import FAIL, NOT_APPLICABLE, OPEN, PASS, Clocks
from supportpolicy.engines.duckdb.codes import BARRED, FALSE, FIRST_CAUSE, NEVER, TRUE, UNKNOWN, VALUE, WAITING
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.truths import Truths, named
from supportpolicy.expr.nodes import Demand, Distinct, EveryReply, Holds, Within
from supportpolicy.expr.plan import RevisionPlan, RulePlan, gates_in_order
from supportpolicy.model.cell import Reason

COULD_PASS, COULD_FAIL, COULDS = 1, 2, 4
"""An outcome's number times four, plus what it could still become."""


@dataclass(slots=True)
class Judging:
    """Writes the verdicts of a revision. `repeated` gives for a field the table of values that several tickets bear."""

    revision: RevisionPlan
    layers: Layers
    truths: Truths
    clocks: Clocks
    repeated: Mapping[str, str]

    def write(self) -> None:
        """Define a column for each rule, called by the rule's id."""
        demands = {rule.id: self.layers.define(self._demand(rule.demand)) for rule in self.revision.rules}
        whens = {rule.id: self.truths.write(rule.when) for rule in self.revision.rules if rule.when is not None}
        admits: dict[str, str] = {}
        for rule in gates_in_order(self.revision.rules):
            own = self._met(demands[rule.id])
            if rule.id in whens:
                asked = whens[rule.id]
                own = (
                    f"CASE WHEN {own} = {TRUE} OR {asked} = {FALSE} THEN {TRUE} WHEN {asked} = {TRUE} THEN {own} "
                    f"ELSE {asked} END"
                )
            parts = [*(admits[gate] for gate in rule.gates), self.layers.define(own)]
            admits[rule.id] = self.layers.define(self.truths.joined(parts, FALSE, TRUE))
        for rule in self.revision.rules:
            self.layers.define(self._verdict(rule, demands[rule.id], whens.get(rule.id), admits), named(rule.id))

    def _demand(self, demand: Demand) -> str:
        match demand:
            case Holds(truth):
                code = self.truths.write(truth)
                return (
                    f"CASE {code} WHEN {TRUE} THEN {PASS} WHEN {FALSE} THEN {FAIL} WHEN {WAITING} THEN {OPEN} "
                    f"ELSE {UNKNOWN} + {code} END"
                )
            case Within():
                return self.clocks.write(demand)
            case EveryReply():
                return str(UNKNOWN + self.truths.causes.number(Reason.MISSING, "events"))
            case Distinct(field):
                column = self.truths.fields[field]
                return (
                    f"CASE {column.state} WHEN {VALUE} THEN CASE WHEN {column.value} IN (FROM {self.repeated[field]}) "
                    f"THEN {FAIL} ELSE {PASS} END WHEN {NEVER} THEN {NOT_APPLICABLE} ELSE {UNKNOWN} + {column.state} END"
                )

    def _met(self, demand: str) -> str:
        return self.layers.define(
            f"CASE WHEN {demand} IN ({PASS}, {NOT_APPLICABLE}) THEN {TRUE} WHEN {demand} = {FAIL} THEN {FALSE} "
            f"WHEN {demand} = {OPEN} THEN {WAITING} ELSE {demand} - {UNKNOWN} END"
        )

    def _verdict(self, rule: RulePlan, demand: str, when: str | None, admits: Mapping[str, str]) -> str:
        """Not applicable before unknown before open before what the demand says."""
        arms: list[str] = []
        asked = [when] if when is not None else []
        if when is not None:
            arms.append(f"WHEN {when} = {FALSE} THEN {NOT_APPLICABLE * COULDS}")
        gates = [gate.id for gate in self.revision.rules if gate.is_gate]
        for gate in rule.gates:
            arms.append(f"WHEN {admits[gate]} = {FALSE} THEN {(BARRED + gates.index(gate)) * COULDS}")
            asked.append(admits[gate])
        possible = self.layers.define(
            f"CASE {demand} WHEN {PASS} THEN {COULD_PASS} WHEN {FAIL} THEN {COULD_FAIL} WHEN {NOT_APPLICABLE} THEN 0 "
            f"ELSE {COULD_PASS + COULD_FAIL} END"
        )
        if asked:
            doubt = self.layers.define(self.truths.joined(asked, FALSE, TRUE))
            arms.append(f"WHEN {doubt} >= {FIRST_CAUSE} THEN ({UNKNOWN} + {doubt}) * {COULDS} + {possible}")
            arms.append(f"WHEN {doubt} = {WAITING} THEN {OPEN * COULDS} + {possible}")
        arms.append(f"WHEN {demand} IN ({PASS}, {FAIL}, {NOT_APPLICABLE}) THEN {demand} * {COULDS}")
        return f"(CASE {' '.join(arms)} ELSE {demand} * {COULDS} + {possible} END)::SMALLINT"
