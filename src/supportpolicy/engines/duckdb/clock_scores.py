"""Clocks that start again and again, each counted for itself: what those of a ticket come to (docs/semantics.md, [M-10])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.codes import APPLIES_NOT, COULDS, FIRST_CAUSE, RUNS
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.engines.ledger import Ledger
from supportpolicy.expr.nodes import EachWithin
from supportpolicy.expr.plan import RulePlan
from supportpolicy.model.objective import Score

SLOTS: Final = tuple(slot for slot in Score.__slots__ if slot != "perhaps")
"""What a ticket adds to a score, but that it may belong elsewhere."""


def score_of_clocks(tickets: Tickets, revision: int, rule: RulePlan) -> dict[str, str]:
    """The expressions of `SLOTS` for a ticket, by what the revision of this index says of it by itself."""
    demand, judging = rule.demand, tickets.revisions.judgings[revision]
    assert isinstance(demand, EachWithin)
    each, define = judging.clocks.each(demand), judging.truths.define
    outcome = define(f"{tickets.revisions.says[revision][rule.id]} // {COULDS}")
    applies = f"NOT {_beside(tickets, outcome)}"
    clear, admitted = define(each.clear(judging.clocks)), define(judging.admitted[rule.id])
    passed, failed, running, unknown = map(define, each.counted())
    sure, doubt = f"{applies} AND {clear} AND {admitted}", f"{applies} AND {clear} AND NOT {admitted}"
    code = define(f"CASE WHEN {sure} THEN 0 WHEN {doubt} AND {outcome} = {RUNS} THEN 1 WHEN {doubt} THEN 2 ELSE 3 END")

    def told(admitting: str, waiting: str, doubting: str) -> str:
        return f"(CASE {code} WHEN 0 THEN {admitting} WHEN 1 THEN {waiting} WHEN 2 THEN {doubting} ELSE 0 END)"

    number = define(f"{passed} + {failed} + {running} + {unknown}")
    could_pass, could_fail = (define(f"{number} - {other}") for other in (failed, passed))
    return {
        "passed": told(passed, "0", "0"),
        "failed": told(failed, "0", "0"),
        "open": told(running, number, "0"),
        "unknown": told(unknown, "0", number),
        "open_pass": told(running, could_pass, "0"),
        "open_fail": told(running, could_fail, "0"),
        "unknown_pass": told(unknown, "0", could_pass),
        "unknown_fail": told(unknown, "0", could_fail),
        "untold": f"(CASE WHEN {applies} AND NOT {clear} THEN 1 ELSE 0 END)",
    }


def _beside(tickets: Tickets, outcome: str) -> str:
    """Whether an outcome is that the rule does not speak of the ticket."""
    return f"({outcome} >= {APPLIES_NOT} AND {outcome} < {tickets.outcomes.unknown + FIRST_CAUSE})"


@dataclass(slots=True)
class ClockCounting:
    """Counts the clocks of the tickets in `judged`, by rule."""

    tickets: Tickets
    ledger: Ledger
    _rules: list[Rule] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._rules = [rule for rule in self.tickets.rules if isinstance(rule.plan.demand, EachWithin)]

    def columns(self) -> Mapping[str, str]:
        """The columns of `judged` that it needs, as expressions over the tickets."""
        return {f"clocks{rule.number}_{slot}": text for rule in self._rules for slot, text in self._score(rule).items()}

    def _score(self, rule: Rule) -> dict[str, str]:
        """Where another revision may be in force nobody knows which clocks there were."""
        tickets, revisions = self.tickets, self.tickets.revisions
        told = score_of_clocks(tickets, rule.revision, rule.plan)
        under, alone = tickets.under(rule.revision), revisions.alone(rule.revision)
        score = {slot: f"CASE WHEN {under} AND {alone} THEN {text} ELSE 0 END" for slot, text in told.items()}
        beside = _beside(tickets, f"({rule.verdict} // {COULDS})")
        untold = f"CASE WHEN {alone} THEN {told['untold']} WHEN {beside} THEN 0 ELSE 1 END"
        return score | {"untold": f"CASE WHEN {under} THEN {untold} ELSE 0 END"}

    def keep(self) -> None:
        """Count those of the tickets that are in `judged`."""
        for rule in self._rules:
            sums = ", ".join(f"coalesce(sum(clocks{rule.number}_{slot}), 0)" for slot in SLOTS)
            told = self.tickets.staged.connection.execute(f"SELECT {sums} FROM judged WHERE head >= 0").fetchone()
            assert told is not None
            key = self.tickets.label(rule), rule.plan.id
            self.ledger.clocks[key] += Score(**dict(zip(SLOTS, map(int, told), strict=True)))
