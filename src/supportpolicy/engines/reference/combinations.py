"""What the rules of a revision say together of a ticket, by what was answered of it.

Tickets are many, and of what is answered of them there are few combinations: what gates make of the answers is worked out
once for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from supportpolicy.engines.reference.kleene import Kleene, Undecided, undecided, weightier
from supportpolicy.expr.nodes import Demand, Distinct, EachWithin, EveryReply, Holds, NotBefore, Truth, Within
from supportpolicy.expr.plan import RulePlan, gates_in_order
from supportpolicy.model.remembered import Remembered
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, OnFail, Outcome, Verdict, unknown

MOST: Final = 20_000
"""How many combinations are remembered of one revision."""


class Judged(NamedTuple):
    """What one rule says of one ticket. `could` are the verdicts among pass and fail that are still possible; `doubted`: a
    gate that it needs or its `when` is in doubt, whatever its demand says."""

    outcome: Outcome
    could: frozenset[Verdict]
    doubted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    """What all rules of a revision say of a ticket, in file order, and behind them what those say that are judged for
    objectives alone. `broken` are the places of those among the rules that say that a duty is certainly broken."""

    judged: tuple[Judged, ...]
    outcomes: tuple[Outcome, ...]
    broken: tuple[int, ...]


def combination(rules: Sequence[RulePlan], judged: Sequence[Judged]) -> Combination:
    """What these rules say, which are the first that were judged."""
    told = enumerate(zip(rules, judged, strict=False))
    violated = (n for n, (rule, one) in told if one.outcome == FAIL and rule.on_fail is OnFail.VIOLATION)
    return Combination(tuple(judged), tuple(one.outcome for one in judged), tuple(violated))


Alone: TypeAlias = Truth | Holds | Within | NotBefore | EachWithin | EveryReply
"""What is asked of a ticket alone; `Distinct` is asked of it among all others."""
Answer: TypeAlias = Kleene | Outcome
"""What a demand or a condition says of a ticket, whatever the gates say: whether it holds, or what becomes of it."""
Answers: TypeAlias = tuple[Answer, ...]
_Standing: TypeAlias = Judged | Undecided | None
"""What the gates that a rule needs say together: the verdict of a rule that they bar, a doubt, or None where all of them
admit the ticket."""
_Stand: TypeAlias = Callable[[Sequence[Kleene]], _Standing]
"""Says it, of whether each gate admits the ticket."""


class _Asked(NamedTuple):
    """A rule by the places of what is asked for it: its `when`, its demand; and what its gates say together."""

    when: int | None
    demand: int
    stand: _Stand


class Combinations:
    """The combinations of a revision.

    Of every ticket is asked what stands under `always`, each `when` and the demands of gates, and behind that what stands
    under `whole`. By these answers `needed` gives the places of those of the `others` that matter, and by both `said` what
    the rules say.
    """

    def __init__(self, rules: Sequence[RulePlan], asking: Sequence[RulePlan]) -> None:
        gates = gates_in_order(rules)
        whens = [rule.when for rule in asking if rule.when is not None]
        demands = dict.fromkeys(rule.demand for rule in asking)
        first: dict[Truth | Demand, None] = dict.fromkeys([*whens, *(gate.demand for gate in gates)])
        self.always = tuple(node for node in first if not isinstance(node, Distinct))
        self.whole = tuple(node for node in demands if isinstance(node, Distinct))
        self.others = tuple(node for node in demands if not isinstance(node, Distinct) and node not in first)
        numbered: Iterable[Truth | Demand] = (*self.always, *self.whole, *self.others)
        places = {node: n for n, node in enumerate(numbered)}
        order = {gate.id: place for place, gate in enumerate(gates)}
        stands = {names: _compile_stand(names, order) for names in dict.fromkeys(rule.gates for rule in asking)}

        def asked(rule: RulePlan) -> _Asked:
            when = None if rule.when is None else places[rule.when]
            return _Asked(when, places[rule.demand], stands[rule.gates])

        self._plans = rules
        self._gates = [asked(gate) for gate in gates]
        self._rules = [asked(rule) for rule in asking]
        self.said = Remembered(self._work_out_said, MOST)

    def needed(self, always: Answers) -> tuple[int, ...]:
        """The places of those of the others that neither gates nor a `when` make idle."""
        admits = self._admit(always)
        needed = (rule.demand for rule in self._rules if not isinstance(_standing(rule, always, admits), Judged))
        return tuple(dict.fromkeys(place - len(always) for place in needed if place >= len(always)))

    def _work_out_said(self, answered: tuple[Answers, Answers]) -> Combination:
        always, needed = answered
        admits = self._admit(always)
        answers = dict(enumerate(always))
        answers |= zip((len(always) + n for n in self.needed(always)), needed, strict=True)
        judged = []
        for rule in self._rules:
            standing = _standing(rule, always, admits)
            judged.append(standing if isinstance(standing, Judged) else _judged(answers[rule.demand], standing))
        return combination(self._plans, judged)

    def _admit(self, always: Answers) -> list[Kleene]:
        """Whether each gate admits the ticket: every gate that it needs does, and its demand is met or its `when` false."""
        admits: list[Kleene] = []
        for gate in self._gates:
            standing = gate.stand(admits)
            if isinstance(standing, Judged):
                admits.append(False)
                continue
            own = _met(always[gate.demand])
            if own is not True and gate.when is not None:
                applies = _met(always[gate.when])
                own = own if applies is True else True if applies is False else applies
            if standing is None or own is False:
                admits.append(own)
            else:
                admits.append(standing if own is True else weightier(standing, own))
        return admits


def _standing(rule: _Asked, always: Answers, admits: Sequence[Kleene]) -> _Standing:
    """What becomes of the rule before its demand is asked: a false `when` goes before a gate that bars, that before a doubt
    about either."""
    standing = rule.stand(admits)
    if rule.when is None:
        return standing
    applies = _met(always[rule.when])
    if applies is False:
        return _BESIDE
    if applies is True or isinstance(standing, Judged):
        return standing
    return applies if standing is None else weightier(applies, standing)


def _compile_stand(needs: Sequence[str], order: Mapping[str, int]) -> _Stand:
    """What these gates say together: the first that bars, else the weightiest doubt."""
    needed = [(order[gate], Judged(Outcome(Verdict.NOT_APPLICABLE, barred_by=gate), _DECIDED)) for gate in needs]

    def stand(admits: Sequence[Kleene]) -> _Standing:
        doubt: Undecided | None = None
        for place, barred in needed:
            admitted = admits[place]
            if admitted is False:
                return barred
            if isinstance(admitted, Undecided):
                doubt = admitted if doubt is None else weightier(doubt, admitted)
        return doubt

    return stand


def _met(answer: Answer) -> Kleene:
    """Whether a demand is met, or does not arise."""
    if not isinstance(answer, Outcome):
        return answer
    match answer.verdict:
        case Verdict.PASS | Verdict.NOT_APPLICABLE:
            return True
        case Verdict.FAIL:
            return False
        case _:
            return undecided(answer.reason, answer.field)


_DECIDED: Final[frozenset[Verdict]] = frozenset()
_EITHER: Final = frozenset({Verdict.PASS, Verdict.FAIL})
_BESIDE: Final = Judged(NOT_APPLICABLE, _DECIDED)

_POSSIBLE: Final[Mapping[Verdict, frozenset[Verdict]]] = {
    Verdict.PASS: frozenset({Verdict.PASS}),
    Verdict.FAIL: frozenset({Verdict.FAIL}),
    Verdict.OPEN: _EITHER,
    Verdict.UNKNOWN: _EITHER,
    Verdict.NOT_APPLICABLE: _DECIDED,
}
"""What may come of a demand's verdict while a gate is in doubt."""
_STILL_POSSIBLE: Final = {**_POSSIBLE, Verdict.PASS: _DECIDED, Verdict.FAIL: _DECIDED}


def _judged(answer: Answer, doubt: Undecided | None) -> Judged:
    """What a rule says whose demand is answered so, where its gates and its `when` leave that doubt."""
    outcome = _outcome(answer)
    if doubt is None:
        return Judged(outcome, _STILL_POSSIBLE[outcome.verdict])
    return Judged(_outcome(doubt), _POSSIBLE[outcome.verdict], True)


def _outcome(answer: Answer) -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    if isinstance(answer, Undecided):
        return OPEN if answer.reason is None else unknown(answer.reason, answer.field)
    return PASS if answer else FAIL
