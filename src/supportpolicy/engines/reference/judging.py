"""Rules become closures once; a ticket is then judged by calling them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame
from supportpolicy.engines.reference.clock_evidence import compile_clock_evidence, compile_clocks_evidence
from supportpolicy.engines.reference.clocks import compile_clock, compile_lateness
from supportpolicy.engines.reference.each_clock import Clocks, compile_clocks, compile_latest
from supportpolicy.engines.reference.facts_then import compile_former_text
from supportpolicy.engines.reference.kleene import Kleene, Undecided, undecided, weightier
from supportpolicy.engines.reference.metrics import compile_metrics
from supportpolicy.engines.reference.replies import compile_replies
from supportpolicy.engines.reference.truths import Judge, compile_truth
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
from supportpolicy.expr.plan import RevisionPlan, RulePlan, gates_in_order
from supportpolicy.model.cell import NEVER, Reason, Unknown
from supportpolicy.model.finding import Evidence
from supportpolicy.model.objective import Score
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Outcome, Verdict, unknown

Bearers: TypeAlias = Callable[[str, str], Sequence[str]]
"""For a field and a value, the ids of the judged tickets that bear it; None for a ticket judged alone."""


class Judged(NamedTuple):
    """What one rule says of one ticket. `could` are the verdicts among pass and fail that are still possible."""

    outcome: Outcome
    could: frozenset[Verdict]


_DECIDED: Final[frozenset[Verdict]] = frozenset()
_EITHER: Final = frozenset({Verdict.PASS, Verdict.FAIL})

_MET: Final = Judged(PASS, _DECIDED)
_BROKEN: Final = Judged(FAIL, _DECIDED)
_WAITING: Final = Judged(OPEN, _EITHER)
_BESIDE: Final = Judged(NOT_APPLICABLE, _DECIDED)

Demanded: TypeAlias = Callable[[Cells, Bearers | None], Judged]
"""What a demand says of a ticket, whatever the gates say."""
Standing: TypeAlias = Judged | Undecided | None
"""What the gates that a rule needs say together: the verdict of a rule that they bar, a doubt, or None where all of them
admit the ticket."""


class _Unsaid(Enum):
    """The mark of gates that have not yet been asked what they say together."""

    UNSAID = 0


_UNSAID: Final = _Unsaid.UNSAID


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule of a revision. `evidence` shows what its demand saw of a ticket; `late` says by how much it missed a deadline
    that it failed."""

    plan: RulePlan
    evidence: Callable[[Cells, Bearers | None], Evidence]
    late: Callable[[Cells], int] | None


class CompiledRevision:
    """All rules of a revision, compiled once. `judge` gives what each says, in file order, and behind them what those say
    that are judged for objectives alone (see `RevisionPlan.judged`).

    Rules that demand the same share the answer, and rules that need the same gates share what these say together.
    """

    def __init__(self, revision: RevisionPlan, frame: Frame) -> None:
        frame = frame if frame.verdicts else replace(frame, verdicts=_verdicts(revision, frame))
        self.plan = revision
        self.rules = tuple(CompiledRule(r, _evidence(r, frame), _lateness(r, frame)) for r in revision.rules)
        self.metrics = compile_metrics(revision, frame)
        self.exclude = tuple((e.reason, compile_truth(e.when, frame)) for e in revision.exclude)
        tests = (rule.demand.test for rule in revision.rules if isinstance(rule.demand, EveryReply))
        self.of_replies = frozenset(name for test in tests for name in reads(test))
        """What the rules ask of each reply: its channel, its language."""
        asking = revision.judged
        demands = {
            demand: (number, _compile_demand(demand, frame))
            for number, demand in enumerate(dict.fromkeys(rule.demand for rule in asking))
        }
        gates = gates_in_order(revision.rules)
        places = {gate.id: place for place, gate in enumerate(gates)}
        standings = {
            needs: (number, _compile_standing(needs, places))
            for number, needs in enumerate(dict.fromkeys(rule.gates for rule in asking))
        }

        def asked(rule: RulePlan) -> _Asked:
            when = compile_truth(rule.when, frame) if rule.when is not None else None
            return _Asked(when, *demands[rule.demand], *standings[rule.gates])

        self._gates = [asked(gate) for gate in gates]
        self._rules = [asked(rule) for rule in asking]
        self._again = [
            (place, rule.id, compile_clocks(rule.demand, frame))
            for place, rule in enumerate(asking)
            if isinstance(rule.demand, EachWithin)
        ]
        self._unasked: list[Judged | None] = [None] * len(demands)
        self._unsaid: list[Standing | _Unsaid] = [_UNSAID] * len(standings)

    def judge(self, cells: Cells, bearers: Bearers | None) -> list[Judged]:
        """What each rule says of the ticket.

        A false `when` goes before a gate that bars, that before a doubt about either, and the demand comes last.
        """
        answers, standings = self._unasked.copy(), self._unsaid.copy()
        admits = self._admits(cells, bearers, answers, standings)
        said: list[Judged] = []
        for when, number, ask, gates, stand in self._rules:
            standing = standings[gates]
            if standing is _UNSAID:
                standing = standings[gates] = stand(admits)
            if when is not None:
                applies = when(cells)
                if applies is False:
                    said.append(_BESIDE)
                    continue
                if isinstance(applies, Undecided) and not isinstance(standing, Judged):
                    standing = applies if standing is None else weightier(applies, standing)
            if standing is not None and isinstance(standing, Judged):
                said.append(standing)
                continue
            answer = answers[number]
            if answer is None:
                answer = answers[number] = ask(cells, bearers)
            said.append(answer if standing is None else _doubted(standing, answer))
        return said

    def clocks(self, cells: Cells, bearers: Bearers | None, said: Sequence[Judged]) -> dict[str, Score]:
        """What the clocks come to of each rule whose clocks start again and again; `said` is what `judge` says."""
        if not self._again:
            return {}
        admits = self._admits(cells, bearers, self._unasked.copy(), self._unsaid.copy())
        told = {}
        for place, name, read in self._again:
            when, _, _, _, stand = self._rules[place]
            admitted = stand(admits) is None and (when is None or when(cells) is True)
            told[name] = clock_score(said[place].outcome.verdict, admitted, read(cells))
        return told

    def _admits(
        self,
        cells: Cells,
        bearers: Bearers | None,
        answers: list[Judged | None],
        standings: list[Standing | _Unsaid],
    ) -> list[Kleene]:
        """Whether each gate admits the ticket: every gate that it needs does, and its demand is met or its `when` false."""
        admits: list[Kleene] = []
        for when, number, ask, gates, stand in self._gates:
            standing = standings[gates]
            if standing is _UNSAID:
                standing = standings[gates] = stand(admits)
            if standing is not None and isinstance(standing, Judged):
                admits.append(False)
                continue
            answer = answers[number]
            if answer is None:
                answer = answers[number] = ask(cells, bearers)
            own = _met(answer.outcome)
            if own is not True and when is not None:
                applies = when(cells)
                own = own if applies is True else True if applies is False else applies
            if standing is None or own is False:
                admits.append(own)
            else:
                admits.append(standing if own is True else weightier(standing, own))
        return admits


def clock_score(verdict: Verdict, admitted: bool, clocks: Clocks) -> Score:
    """What the clocks of a ticket come to on which a rule gives this verdict; `admitted` if no gate and no `when` is in
    doubt."""
    if verdict is Verdict.NOT_APPLICABLE:
        return Score()
    if not clocks.clear:
        return Score(untold=1)
    counted = clocks.counted
    passed, failed, running, unclear = (
        counted[one] for one in (Verdict.PASS, Verdict.FAIL, Verdict.OPEN, Verdict.UNKNOWN)
    )
    if admitted:
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
                told[name] = _remembered(alone, [rule.id for rule in among].index(name))

    tell(revision.judged)
    return told


def _remembered(alone: CompiledRevision, place: int) -> Callable[[Cells], Outcome]:
    """What the rule at a place says. Several rules may ask for that of one ticket."""
    latest: tuple[Cells, Outcome] | None = None

    def says(cells: Cells) -> Outcome:
        nonlocal latest
        known = latest
        if known is None or known[0] is not cells:
            latest = known = cells, alone.judge(cells, None)[place].outcome
        return known[1]

    return says


class _Asked(NamedTuple):
    """A rule as it is asked of a ticket: its `when`; its demand, and the number of the answer among those of a ticket;
    what its gates say together, and the number of that."""

    when: Judge | None
    number: int
    ask: Demanded
    gates: int
    stand: Callable[[Sequence[Kleene]], Standing]


# --- gates ------------------------------------------------------------------------------------------------------------
def _compile_standing(needs: Sequence[str], places: Mapping[str, int]) -> Callable[[Sequence[Kleene]], Standing]:
    """What these gates say together, of whether each admits the ticket: the first that bars, else the weightiest doubt."""
    needed = [(places[gate], Judged(Outcome(Verdict.NOT_APPLICABLE, barred_by=gate), _DECIDED)) for gate in needs]

    def stand(admits: Sequence[Kleene]) -> Standing:
        doubt: Undecided | None = None
        for place, barred in needed:
            admitted = admits[place]
            if admitted is False:
                return barred
            if isinstance(admitted, Undecided):
                doubt = admitted if doubt is None else weightier(doubt, admitted)
        return doubt

    return stand


def _met(demand: Outcome) -> Kleene:
    if demand is PASS:
        return True
    match demand.verdict:
        case Verdict.PASS | Verdict.NOT_APPLICABLE:
            return True
        case Verdict.FAIL:
            return False
        case _:
            return undecided(demand.reason, demand.field)


def _doubted(doubt: Undecided, answer: Judged) -> Judged:
    """What a rule says where a gate, or its `when`, is in doubt."""
    return Judged(_in_doubt(doubt).outcome, _POSSIBLE[answer.outcome.verdict])


def _in_doubt(doubt: Undecided) -> Judged:
    return _WAITING if doubt.reason is None else _unknown(doubt.reason, doubt.field)


@cache
def _unknown(reason: Reason, field: str) -> Judged:
    """One object for each cause: there are few."""
    return Judged(unknown(reason, field), _EITHER)


_POSSIBLE: Final[Mapping[Verdict, frozenset[Verdict]]] = {
    Verdict.PASS: frozenset({Verdict.PASS}),
    Verdict.FAIL: frozenset({Verdict.FAIL}),
    Verdict.OPEN: _EITHER,
    Verdict.UNKNOWN: _EITHER,
    Verdict.NOT_APPLICABLE: _DECIDED,
}
"""What may come of a demand's verdict while a gate is in doubt."""
_STILL_POSSIBLE: Final = {**_POSSIBLE, Verdict.PASS: _DECIDED, Verdict.FAIL: _DECIDED}


def _said(demand: Outcome) -> Judged:
    """The answer of a demand, where no gate is in doubt."""
    return Judged(demand, _STILL_POSSIBLE[demand.verdict])


# --- demands ----------------------------------------------------------------------------------------------------------
def _compile_demand(demand: Demand, frame: Frame) -> Demanded:
    match demand:
        case Holds(truth):
            return _holds(compile_truth(truth, frame))
        case Within() | NotBefore():
            read = compile_clock(demand, frame)
            return lambda cells, _: _said(read(cells).outcome)
        case EachWithin():
            read_all = compile_clocks(demand, frame)
            return lambda cells, _: _said(read_all(cells).outcome)
        case EveryReply():
            judge, _ = compile_replies(demand, frame)
            return lambda cells, _: _said(judge(cells))
        case Distinct(field):
            slot = frame.slots[field]
            return lambda cells, bearers: _distinct(field, cells[slot], bearers)


def _holds(holds: Judge) -> Demanded:
    def ask(cells: Cells, _: Bearers | None) -> Judged:
        truth = holds(cells)
        if truth is True:
            return _MET
        return _BROKEN if truth is False else _in_doubt(truth)

    return ask


def _distinct(field: str, cell: object, bearers: Bearers | None) -> Judged:
    if bearers is None:
        return _unknown(Reason.WHOLE_POPULATION, field)
    if cell is NEVER:
        return _BESIDE
    if isinstance(cell, Unknown):
        return _unknown(cell.reason, cell.field)
    return _MET if len(bearers(field, str(cell))) < 2 else _BROKEN


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
