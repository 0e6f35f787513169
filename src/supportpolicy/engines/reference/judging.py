"""Rules become closures once; a ticket is then judged by calling them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, once
from supportpolicy.engines.reference.clock_evidence import compile_clock_evidence, compile_clocks_evidence
from supportpolicy.engines.reference.clocks import compile_lateness, compile_outcome
from supportpolicy.engines.reference.combinations import MOST, Alone, Answer, Answers, Combination, Combinations, Judged
from supportpolicy.engines.reference.each_clock import Clocks, compile_clocks, compile_latest
from supportpolicy.engines.reference.facts_then import compile_former_text
from supportpolicy.engines.reference.replies import compile_replies
from supportpolicy.engines.reference.truths import compile_truth
from supportpolicy.expr.evidence import Seen, cell_text, seen, seen_name
from supportpolicy.expr.nodes import (
    Demand,
    Distinct,
    EachWithin,
    EveryReply,
    Holds,
    NotBefore,
    Ruling,
    Then,
    Within,
    reads,
    rulings,
)
from supportpolicy.expr.plan import RevisionPlan, RulePlan
from supportpolicy.model.cell import NEVER, Reason, Unknown
from supportpolicy.model.finding import Evidence
from supportpolicy.model.objective import Score
from supportpolicy.model.remembered import Remembered
from supportpolicy.model.verdict import NOT_APPLICABLE, Outcome, Verdict, unknown

Bearers: TypeAlias = Callable[[str, str], Sequence[str]]
"""For a field and a value, the ids of the judged tickets that bear it; None for a ticket judged alone."""

_Ask: TypeAlias = Callable[[Cells], Answer]
_AskAll: TypeAlias = Callable[[Cells, Bearers | None], Answer]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule of a revision. `evidence` shows what its demand saw of a ticket; `late` says by how much it missed a deadline
    that it failed."""

    plan: RulePlan
    evidence: Callable[[Cells, Bearers | None], Evidence]
    late: Callable[[Cells], int] | None


class CompiledRevision:
    """All rules of a revision, compiled once. Rules that demand the same share the answer, and tickets that are answered the
    same what comes of it."""

    def __init__(self, revision: RevisionPlan, frame: Frame) -> None:
        frame = frame if frame.verdicts else replace(frame, verdicts=_verdicts(revision, frame))
        self.plan = revision
        self.rules = tuple(CompiledRule(r, _evidence(r, frame), _lateness(r, frame)) for r in revision.rules)
        self.exclude = tuple((e.reason, compile_truth(e.when, frame)) for e in revision.exclude)
        tests = (rule.demand.test for rule in revision.rules if isinstance(rule.demand, EveryReply))
        self.of_replies = frozenset(name for test in tests for name in reads(test))
        """What the rules ask of each reply: its channel, its language."""
        together = Combinations(revision.rules, revision.judged)
        self._always = [_compile(node, frame) for node in together.always]
        self._whole = [_compile_distinct(node.field, frame) for node in together.whole]
        others = [_compile(node, frame) for node in together.others]
        self._needed = Remembered[Answers, list[_Ask]](lambda told: [others[n] for n in together.needed(told)], MOST)
        self._said = together.said
        clocks = {
            (place, rule.id): compile_clocks(rule.demand, frame)
            for place, rule in enumerate(revision.judged)
            if isinstance(rule.demand, EachWithin)
        }
        self.again = tuple(clocks)
        """The places and ids of the rules whose clocks start again and again."""
        self._clocks = tuple((place, rule, read) for (place, rule), read in clocks.items())

    def excluded(self, cells: Cells) -> str | None:
        """Why the ticket is certainly not judged under this revision."""
        for reason, when in self.exclude:
            if when(cells) is True:
                return reason
        return None

    def judge(self, cells: Cells, bearers: Bearers | None) -> Combination:
        """What the rules say of the ticket. A demand is asked only where neither its gates nor a `when` have decided."""
        told = tuple([ask(cells) for ask in self._always] + [ask(cells, bearers) for ask in self._whole])
        return self._said[told, tuple([ask(cells) for ask in self._needed[told]])]

    def clocks(self, cells: Cells, judged: Sequence[Judged]) -> dict[str, Score]:
        """What the clocks come to of each rule whose clocks start again and again, of which `judge` says that."""
        told = {}
        for place, rule, read in self._clocks:
            beside = judged[place].outcome.verdict is Verdict.NOT_APPLICABLE
            told[rule] = Score() if beside else clock_score(judged[place], read(cells))
        return told


def clock_score(said: Judged, clocks: Clocks) -> Score:
    """What the clocks of a ticket come to of which a rule says that, to which it applies."""
    verdict = said.outcome.verdict
    if not clocks.clear:
        return Score(untold=1)
    counted = clocks.counted
    passed, failed, running, unclear = (
        counted[one] for one in (Verdict.PASS, Verdict.FAIL, Verdict.OPEN, Verdict.UNKNOWN)
    )
    if not said.doubted:
        return Score(passed, failed, running, unclear, 0, running, running, unclear, unclear)
    number = passed + failed + running + unclear
    if verdict is Verdict.OPEN:
        return Score(open=number, open_pass=number - failed, open_fail=number - passed)
    return Score(unknown=number, unknown_pass=number - failed, unknown_fail=number - passed)


# --- what other rules say ---------------------------------------------------------------------------------------------
def _verdicts(revision: RevisionPlan, frame: Frame) -> Mapping[str, Callable[[Cells], Outcome]]:
    """What those rules say whose verdicts others ask for: each judged as if there were only it and its gates."""
    rules = {rule.id: rule for rule in revision.rules}
    told: dict[str, Callable[[Cells], Outcome]] = {}

    def needed(name: str) -> set[str]:
        return {name}.union(*(needed(gate) for gate in rules[name].gates))

    def tell(asking: Iterable[RulePlan]) -> None:
        for name in [ruling.rule for rule in asking for ruling in rulings(rule.demand, rule.when)]:
            if name not in told:
                names = needed(name)
                among = tuple(rule for rule in revision.rules if rule.id in names)
                tell(among)
                part = replace(revision, rules=among, exclude=(), objectives=())
                alone = CompiledRevision(part, replace(frame, verdicts=told))
                told[name] = once(_saying(alone, [rule.id for rule in among].index(name)))

    tell(revision.judged)
    return told


def _saying(alone: CompiledRevision, place: int) -> Callable[[Cells], Outcome]:
    """What the rule at a place says."""
    return lambda cells: alone.judge(cells, None).judged[place].outcome


# --- demands ----------------------------------------------------------------------------------------------------------
def _compile(node: Alone, frame: Frame) -> _Ask:
    """The closure that answers what is asked of each ticket for itself."""
    match node:
        case Holds(truth):
            return compile_truth(truth, frame)
        case Within() | NotBefore():
            return compile_outcome(node, frame)
        case EachWithin():
            read = compile_clocks(node, frame)
            return lambda cells: read(cells).outcome
        case EveryReply():
            judge, _ = compile_replies(node, frame)
            return judge
        case truth:
            return compile_truth(truth, frame)


def _compile_distinct(field: str, frame: Frame) -> _AskAll:
    slot, alone = frame.slots[field], unknown(Reason.WHOLE_POPULATION, field)

    def ask(cells: Cells, bearers: Bearers | None) -> Answer:
        if bearers is None:
            return alone
        cell = cells[slot]
        if cell is NEVER:
            return NOT_APPLICABLE
        if isinstance(cell, Unknown):
            return unknown(cell.reason, cell.field)
        return len(bearers(field, str(cell))) < 2

    return ask


# --- evidence ---------------------------------------------------------------------------------------------------------
def _evidence(rule: RulePlan, frame: Frame) -> Callable[[Cells, Bearers | None], Evidence]:
    """What the demand saw, and the values of the fields that `when` reads."""
    show = _shown(rule.demand, frame)
    tell = _values(seen(rule.when), frame)
    if not seen(rule.when):
        return show

    def both(cells: Cells, bearers: Bearers | None) -> Evidence:
        told = dict(show(cells, bearers))
        values = told.get("values", {})
        assert isinstance(values, Mapping)
        told["values"] = {**tell(cells), **values}
        return told

    return both


def _values(asked: Sequence[Seen], frame: Frame) -> Callable[[Cells], Mapping[str, str | None]]:
    """The closure that shows what a condition looks at."""
    told = [(seen_name(one), _text(one, frame)) for one in asked]
    return lambda cells: {name: tell(cells) for name, tell in told}


def _text(one: Seen, frame: Frame) -> Callable[[Cells], str | None]:
    match one:
        case Then():
            return compile_former_text(one, frame)
        case Ruling(rule):
            says = frame.verdicts[rule]
            return lambda cells: _outcome_text(says(cells))
        case name:
            slot = frame.slots[name]
            return lambda cells: cell_text(cells[slot])


def _outcome_text(outcome: Outcome) -> str:
    return outcome.verdict.value if outcome.reason is None else f"unknown: {outcome.reason.value}"


def _lateness(rule: RulePlan, frame: Frame) -> Callable[[Cells], int] | None:
    match rule.demand:
        case _ if rule.is_gate:
            return None
        case Within():
            return compile_lateness(rule.demand, frame)
        case EachWithin():
            return compile_latest(rule.demand, frame)
        case _:
            return None


def _shown(demand: Demand, frame: Frame) -> Callable[[Cells, Bearers | None], Evidence]:
    match demand:
        case Holds(truth):
            tell_values = _values(seen(truth), frame)
            return lambda cells, _: {"values": tell_values(cells)}
        case Within() | NotBefore():
            tell = compile_clock_evidence(demand, frame)
            return lambda cells, _: tell(cells)
        case EachWithin():
            tell_worst = compile_clocks_evidence(demand, frame)
            return lambda cells, _: tell_worst(cells)
        case EveryReply():
            _, show = compile_replies(demand, frame)
            return lambda cells, _: show(cells)
        case Distinct(field):
            slot = frame.slots[field]
            return lambda cells, bearers: _bearers(field, cells[slot], bearers)


def _bearers(field: str, cell: object, bearers: Bearers | None) -> Evidence:
    if not isinstance(cell, str):
        return {"values": {field: cell_text(cell) if isinstance(cell, Unknown) else None}}
    names = bearers(field, cell) if bearers is not None else ()
    cut = f", and {len(names) - 10} more" if len(names) > 10 else ""
    return {"value": cell, "bearers": ", ".join(names[:10]) + cut}
