"""What every engine counts and tells in the same way: verdicts by rule, and which of them are findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from supportpolicy.engines.reference.judging import Judged
from supportpolicy.errors import nearest
from supportpolicy.expr.plan import Plan, RulePlan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Counts, Evidence, Finding, RowPlace, Tally, Totals, Unmapped
from supportpolicy.model.verdict import OnFail, Outcome, Verdict
from supportpolicy.plugin import RunOptions


@dataclass(slots=True)
class Verdicts:
    """The verdicts of one rule, being counted."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rated: Counter[Verdict] = field(default_factory=Counter)
    could: Counter[Verdict] = field(default_factory=Counter)
    unknown_by: Counter[tuple[str, Reason]] = field(default_factory=Counter)

    def add(self, judged: Judged, rated: bool, tickets: int = 1) -> None:
        """Count a verdict of so many tickets; `rated` if they count in rates."""
        outcome = judged.outcome
        self.verdicts[outcome.verdict] += tickets
        if outcome.verdict is Verdict.UNKNOWN:
            assert outcome.reason is not None
            self.unknown_by[outcome.field, outcome.reason] += tickets
        if rated:
            self.rated[outcome.verdict] += tickets
            for verdict in judged.could:
                self.could[verdict] += tickets

    def counts(self) -> Counts:
        """What was counted."""
        return Counts(
            passed=self.verdicts[Verdict.PASS],
            failed=self.verdicts[Verdict.FAIL],
            open=self.verdicts[Verdict.OPEN],
            not_applicable=self.verdicts[Verdict.NOT_APPLICABLE],
            unknown=self.verdicts[Verdict.UNKNOWN],
            rated_pass=self.rated[Verdict.PASS],
            rated_fail=self.rated[Verdict.FAIL],
            could_pass=self.could[Verdict.PASS],
            could_fail=self.could[Verdict.FAIL],
            unknown_by=dict(sorted(self.unknown_by.items())),
        )


class Ledger:
    """The counts of one run."""

    def __init__(self, plan: Plan, options: RunOptions) -> None:
        self._plan = plan
        self._options = options
        self._absent = {f.name for f in plan.fields if isinstance(f.origin, Nowhere)}
        self.excluded: Counter[str] = Counter()
        self.rules = {(r.label, rule.id): Verdicts() for r in plan.revisions for rule in r.rules}
        self.judged_under: Counter[str] = Counter({r.label: 0 for r in plan.revisions})
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.vocabularies: dict[tuple[str, str], Sequence[str]] = {}
        self.later_events = 0

    def asks(self, *names: str | None) -> bool:
        """Whether the run is about the one ticket of these names."""
        return self._options.ticket is not None and self._options.ticket in names

    def tells(self, on_fail: OnFail, outcome: Outcome) -> bool:
        """Whether a verdict is worth a reader's time, in a run about all tickets."""
        if self._options.ticket is not None:
            return False
        if self._options.include == "all":
            return True
        match outcome.verdict:
            case Verdict.FAIL:
                return on_fail is not OnFail.OUT_OF_SCOPE
            case Verdict.UNKNOWN:
                return not (outcome.reason is Reason.MISSING and outcome.field in self._absent)
            case Verdict.OPEN:
                return self._options.include == "open"
            case _:
                return False

    def whole_input(self) -> Iterator[Finding]:
        """One finding per rule for a field that the whole input lacks."""
        if self._options.ticket is not None:
            return
        for revision in self._plan.revisions:
            for rule in revision.rules:
                for (name, reason), tickets in sorted(self.rules[revision.label, rule.id].unknown_by.items()):
                    if reason is Reason.MISSING and name in self._absent:
                        outcome = Outcome(Verdict.UNKNOWN, reason, name)
                        yield finding(None, rule, outcome, revision.label, {}, None, tickets)

    def totals(self, tallies: Sequence[Tally], formed: int, conflicting: tuple[str, ...]) -> Totals:
        """The control totals; only meaningful after the last ticket."""
        return Totals(
            tallies=tuple(tallies),
            formed=formed,
            judged=sum(self.judged_under.values()),
            excluded={reason: n for reason, n in sorted(self.excluded.items()) if n},
            rules={key: verdicts.counts() for key, verdicts in self.rules.items()},
            judged_under=dict(self.judged_under),
            unmapped=tuple(
                Unmapped(name, text, tickets, nearest(text, self.vocabularies[name, text]))
                for (name, text), tickets in sorted(self.unmapped.items(), key=lambda i: (i[0][0], -i[1], i[0][1]))
            ),
            conflicting_ids=conflicting,
            later_events=self.later_events,
        )


def finding(
    ticket: str | None,
    rule: RulePlan,
    outcome: Outcome,
    revision: str,
    evidence: Evidence,
    place: RowPlace | None,
    tickets: int = 1,
) -> Finding:
    """What one rule says of a ticket, or of the whole input, as reports take it."""
    return Finding(
        ticket=ticket,
        rule=rule.id,
        verdict=outcome.verdict,
        reason=outcome.reason,
        field=outcome.field,
        barred_by=outcome.barred_by,
        on_fail=rule.on_fail,
        party=rule.party,
        clauses=rule.clauses,
        revision=revision,
        evidence=evidence,
        place=place,
        tickets=tickets,
    )
