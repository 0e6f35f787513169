"""Rules become closures once; a ticket is then judged by calling them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from supportpolicy.engines.reference.clocks import clock_evidence, compile_clock, compile_lateness
from supportpolicy.engines.reference.replies import compile_replies
from supportpolicy.engines.reference.truths import Cells, Judge, Kleene, Undecided, compile_truth, undecided
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import Demand, Distinct, EveryReply, Holds, Within, reads
from supportpolicy.expr.plan import RevisionPlan, RulePlan, gates_in_order
from supportpolicy.model.cell import NEVER, Reason, Unknown
from supportpolicy.model.finding import Evidence
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Outcome, Verdict

Bearers: TypeAlias = Callable[[str, str], Sequence[str]]
"""For a field and a value, the ids of the judged tickets that bear it; None for a ticket judged alone."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule says of one ticket. `could` are the verdicts among pass and fail that are still possible."""

    outcome: Outcome
    could: frozenset[Verdict]


_DECIDED: frozenset[Verdict] = frozenset()
_EITHER = frozenset({Verdict.PASS, Verdict.FAIL})


@cache
def _judged(outcome: Outcome, could: frozenset[Verdict]) -> Judged:
    return Judged(outcome, could)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule as closures. `judge` takes the cells and the bearers of a value; `evidence` shows what the demand saw; `late`
    says by how much a ticket missed a deadline that it failed."""

    plan: RulePlan
    when: Judge | None
    judge: Callable[[Cells, Bearers | None], Outcome]
    evidence: Callable[[Cells, Bearers | None], Evidence]
    late: Callable[[Cells], int] | None


class CompiledRevision:
    """All rules of a revision, compiled once. `judge` gives what each says, in file order."""

    def __init__(self, revision: RevisionPlan, slots: Mapping[str, int]) -> None:
        self.plan = revision
        self.rules = tuple(_compile_rule(rule, slots) for rule in revision.rules)
        self.exclude = tuple((e.reason, compile_truth(e.when, slots)) for e in revision.exclude)
        compiled = {rule.plan.id: rule for rule in self.rules}
        self._gates = tuple(compiled[gate.id] for gate in gates_in_order(revision.rules))
        tests = (rule.demand.test for rule in revision.rules if isinstance(rule.demand, EveryReply))
        self.of_replies = frozenset(name for test in tests for name in reads(test))
        """What the rules ask of each reply: its channel, its language."""

    def judge(self, cells: Cells, bearers: Bearers | None) -> list[Judged]:
        """What each rule says of the ticket."""
        admits: dict[str, Kleene] = {}
        demands: dict[str, Outcome] = {}
        for rule in self._gates:
            demands[rule.plan.id] = rule.judge(cells, bearers)
            admits[rule.plan.id] = _admits(rule, demands[rule.plan.id], cells, admits)
        return [self._judge_rule(rule, cells, bearers, admits, demands) for rule in self.rules]

    def _judge_rule(
        self,
        rule: CompiledRule,
        cells: Cells,
        bearers: Bearers | None,
        admits: Mapping[str, Kleene],
        demands: Mapping[str, Outcome],
    ) -> Judged:
        doubt: Undecided | None = None
        if rule.when is not None:
            applies = rule.when(cells)
            if applies is False:
                return _judged(NOT_APPLICABLE, _DECIDED)
            if isinstance(applies, Undecided):
                doubt = applies
        for gate in rule.plan.gates:
            admitted = admits[gate]
            if admitted is False:
                return _judged(_barred(gate), _DECIDED)
            if isinstance(admitted, Undecided) and (doubt is None or (doubt.reason is None and admitted.reason)):
                doubt = admitted
        demand = demands[rule.plan.id] if rule.plan.id in demands else rule.judge(cells, bearers)
        if doubt is not None:
            return _judged(_undecided(doubt), _possible(demand))
        return _judged(demand, _possible(demand) if demand.verdict in (Verdict.OPEN, Verdict.UNKNOWN) else _DECIDED)


@cache
def _barred(gate: str) -> Outcome:
    return Outcome(Verdict.NOT_APPLICABLE, barred_by=gate)


@cache
def _undecided(doubt: Undecided) -> Outcome:
    return OPEN if doubt.reason is None else Outcome(Verdict.UNKNOWN, doubt.reason, doubt.field)


def _possible(demand: Outcome) -> frozenset[Verdict]:
    if demand.verdict in (Verdict.PASS, Verdict.FAIL):
        return frozenset({demand.verdict})
    return _DECIDED if demand.verdict is Verdict.NOT_APPLICABLE else _EITHER


def _admits(rule: CompiledRule, demand: Outcome, cells: Cells, admits: Mapping[str, Kleene]) -> Kleene:
    """Every gate that this one needs admits, and (not `when`, or the demand)."""
    result: Kleene = True
    for gate in rule.plan.gates:
        admitted = admits[gate]
        if admitted is False:
            return False
        if isinstance(admitted, Undecided) and (result is True or not getattr(result, "reason", None)):
            result = admitted
    own = _met(demand)
    if rule.when is not None and own is not True:
        asked = rule.when(cells)
        own = own if asked is True else True if asked is False else asked
    if own is False:
        return False
    if isinstance(own, Undecided) and (result is True or not getattr(result, "reason", None)):
        return own
    return result


def _met(demand: Outcome) -> Kleene:
    match demand.verdict:
        case Verdict.PASS | Verdict.NOT_APPLICABLE:
            return True
        case Verdict.FAIL:
            return False
        case _:
            return undecided(demand.reason, demand.field)


def _compile_rule(rule: RulePlan, slots: Mapping[str, int]) -> CompiledRule:
    judge, show = _compile_demand(rule.demand, slots)
    when = compile_truth(rule.when, slots) if rule.when is not None else None
    asked = reads(rule.when) if rule.when is not None else ()
    late = None
    if isinstance(rule.demand, Within) and not rule.is_gate:
        late = compile_lateness(rule.demand, slots)
    return CompiledRule(rule, when, judge, _with_values(show, asked, slots), late)


def _with_values(
    show: Callable[[Cells, Bearers | None], Evidence], asked: Sequence[str], slots: Mapping[str, int]
) -> Callable[[Cells, Bearers | None], Evidence]:
    if not asked:
        return show

    def both(cells: Cells, bearers: Bearers | None) -> Evidence:
        told = dict(show(cells, bearers))
        values = told.get("values", {})
        assert isinstance(values, Mapping)
        told["values"] = {**{name: cell_text(cells[slots[name]]) for name in asked}, **values}
        return told

    return both


def _compile_demand(
    demand: Demand, slots: Mapping[str, int]
) -> tuple[Callable[[Cells, Bearers | None], Outcome], Callable[[Cells, Bearers | None], Evidence]]:
    match demand:
        case Holds(truth):
            holds, names = compile_truth(truth, slots), reads(truth)
            return (
                lambda cells, _: _verdict(holds(cells)),
                lambda cells, _: {"values": {name: cell_text(cells[slots[name]]) for name in names}},
            )
        case Within():
            read = compile_clock(demand, slots)
            return (
                lambda cells, _: read(cells).outcome,
                lambda cells, _: clock_evidence(read(cells), demand, cells),
            )
        case EveryReply():
            judge, show = compile_replies(demand, slots)
            return lambda cells, _: judge(cells), lambda cells, _: show(cells)
        case Distinct(field):
            slot = slots[field]
            return (
                lambda cells, bearers: _distinct(field, cells[slot], bearers),
                lambda cells, bearers: _bearers(field, cells[slot], bearers),
            )


def _verdict(truth: Kleene) -> Outcome:
    if truth is True:
        return PASS
    return FAIL if truth is False else _undecided(truth)


def _distinct(field: str, cell: object, bearers: Bearers | None) -> Outcome:
    if bearers is None:
        return Outcome(Verdict.UNKNOWN, Reason.WHOLE_POPULATION, field)
    if cell is NEVER:
        return NOT_APPLICABLE
    if isinstance(cell, Unknown):
        return Outcome(Verdict.UNKNOWN, cell.reason, cell.field)
    return PASS if len(bearers(field, str(cell))) < 2 else FAIL


def _bearers(field: str, cell: object, bearers: Bearers | None) -> Evidence:
    if not isinstance(cell, str):
        return {"values": {field: cell_text(cell) if isinstance(cell, Unknown) else None}}
    names = bearers(field, cell) if bearers is not None else ()
    cut = f", and {len(names) - 10} more" if len(names) > 10 else ""
    return {"value": cell, "bearers": ", ".join(names[:10]) + cut}
