"""What every engine counts and tells in the same way: verdicts by rule, and which of them are findings."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from supportpolicy.engines.metrics import Comparing
from supportpolicy.engines.objectives import Reckoning, Scored, Scores, in_doubt
from supportpolicy.engines.reference.combinations import Judged
from supportpolicy.errors import nearest
from supportpolicy.expr.nodes import EachWithin
from supportpolicy.expr.plan import Plan, RulePlan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.cell import Reason
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import (
    GROUPS,
    QUANTILES,
    WORST,
    Counts,
    Evidence,
    Finding,
    GroupTotals,
    Late,
    Lateness,
    MetricTotals,
    Months,
    NumericIds,
    ObjectiveTotals,
    RowPlace,
    Said,
    Tally,
    Totals,
    Unmapped,
)
from supportpolicy.model.objective import Score, Standing
from supportpolicy.model.verdict import OnFail, Outcome, Party, Verdict
from supportpolicy.plugin import RunOptions

Group: TypeAlias = tuple[Said, ...]


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

    def merge(self, other: Verdicts) -> None:
        """Count what another counted, too."""
        self.verdicts.update(other.verdicts)
        self.rated.update(other.rated)
        self.could.update(other.could)
        self.unknown_by.update(other.unknown_by)

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


@dataclass(slots=True)
class Grouped:
    """The judged tickets of one group, or of several, being counted."""

    judged: int = 0
    groups: int = 1
    rules: dict[tuple[str, str], Verdicts] = field(default_factory=dict)

    def add(self, key: tuple[str, str], judged: Judged, rated: bool, tickets: int = 1) -> None:
        """Count a verdict of a rule."""
        self.rules.setdefault(key, Verdicts()).add(judged, rated, tickets)

    def merge(self, other: Grouped) -> None:
        """Count another group's tickets, too."""
        self.judged += other.judged
        for key, verdicts in other.rules.items():
            self.rules.setdefault(key, Verdicts()).merge(verdicts)


class Lates:
    """The tickets that were late for one deadline, as they come in the order of the input."""

    def __init__(self) -> None:
        self._us = array("q")
        self._worst: list[tuple[int, int, str, RowPlace]] = []

    def add(self, us: int, name: str, place: RowPlace) -> None:
        """Take note of a ticket that was late by at least so many microseconds."""
        entry = (us, -len(self._us), name, place)
        self._us.append(us)
        if len(self._worst) < WORST:
            heapq.heappush(self._worst, entry)
        elif entry > self._worst[0]:
            heapq.heapreplace(self._worst, entry)

    def __len__(self) -> int:
        return len(self._us)

    def lateness(self) -> Lateness:
        """How late they were; there must be one."""
        ordered = sorted(self._us)
        worst = sorted(self._worst, reverse=True)
        return Lateness(
            len(ordered),
            {percent: ordered[rank(len(ordered), percent) - 1] for percent in QUANTILES},
            tuple(Late(name, place, us) for us, _, name, place in worst),
        )


def rank(number: int, percent: int) -> int:
    """The nearest rank, from 1: the least of `number` ordered values below or at which lie `percent` of them."""
    return -(-number * percent // 100)


def numeric_ids(ids: Iterable[str]) -> NumericIds | None:
    """What is told of the ids that are whole numbers; None where none is."""
    numbers = array("q", (int(text) for text in ids if is_whole_number(text)))
    if not numbers:
        return None
    distinct = sorted(set(numbers))
    gaps = [(before - after, before + 1, after - 1) for before, after in pairwise(distinct) if after - before > 1]
    widest = heapq.nsmallest(WORST, gaps)
    return NumericIds(
        len(numbers), len(distinct), distinct[0], distinct[-1], tuple((first, last) for _, first, last in widest)
    )


def is_whole_number(text: str) -> bool:
    """Whether an id is 1 to 18 of the digits 0 to 9 without leading zeros."""
    return len(text) <= 18 and text.isascii() and text.isdigit() and (text[0] != "0" or text == "0")


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
        self.events = EventTotals()
        self.breached: Counter[Party] = Counter()
        self.lates: dict[tuple[str, str], Lates] = {key: Lates() for key in self.rules}
        self.lateness: dict[tuple[str, str], Lateness] = {}
        """What an engine worked out itself, beside what stands in `lates`."""
        self.comparing: dict[tuple[str, str], Comparing] = {}
        self.clocks = {
            (r.label, rule.id): Score()
            for r in plan.revisions
            for rule in r.rules
            if isinstance(rule.demand, EachWithin)
        }
        self.metrics: dict[tuple[str, str], MetricTotals] = {}
        """What an engine counted itself, beside what stands in `comparing`."""
        self.months: Counter[int] = Counter()
        self.undated = 0
        self.groups: dict[Group, Grouped] = {}
        self.other_groups = Grouped(groups=0)
        """What an engine does not tell apart itself."""
        self.scores = {(r.label, one.id): Scores(one) for r in plan.revisions for one in r.objectives}
        self._objectives: dict[tuple[str, str], ObjectiveTotals] = {}

    def asks(self, *names: str | None) -> bool:
        """Whether the run is about the one ticket of these names."""
        return self._options.ticket is not None and self._options.ticket in names

    def group(self, said: Group, tickets: int = 1) -> Grouped | None:
        """The group of so many more judged tickets; None where tickets are not grouped."""
        if not said:
            return None
        grouped = self.groups.setdefault(said, Grouped())
        grouped.judged += tickets
        return grouped

    def misspelt(self, field: str, text: str, vocabulary: Sequence[str], tickets: int = 1) -> None:
        """Count so many more tickets on which this is no word of the vocabulary."""
        self.unmapped[field, text] += tickets
        self.vocabularies.setdefault((field, text), vocabulary)

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

    def reckon(self, key: tuple[str, str], audit: int, apart: Iterable[Scored], scored: Iterable[Scored]) -> None:
        """Make of its scores how an objective stands at the audit instant; see `Reckoning.totals`."""
        reckoning = Reckoning(self.scores[key].objective, audit, self._options.period)
        self._objectives[key] = reckoning.totals(apart, scored)

    def reckon_all(self, audit: int) -> None:
        """The same of every objective, from what stands in `scores`."""
        for key, scores in self.scores.items():
            scored = scores.scored()
            apart = [one for one in scored if in_doubt(one[0])]
            self.reckon(key, audit, apart, (one for one in scored if not in_doubt(one[0])))

    def totals(
        self, tallies: Sequence[Tally], formed: int, conflicting: tuple[str, ...], ids: NumericIds | None
    ) -> Totals:
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
            events=self.events,
            breached={party: self.breached[party] for party in Party},
            lateness=self._lateness(),
            months=Months(dict(sorted(self.months.items())), self.undated),
            ids=ids,
            groups=tuple(self._groups()),
            objectives={key: self._objectives.get(key, NOT_RECKONED) for key in self.scores},
            metrics=self._metrics(),
            clocks=self.clocks,
        )

    def _lateness(self) -> dict[tuple[str, str], Lateness]:
        known = {key: lates.lateness() for key, lates in self.lates.items() if lates} | self.lateness
        return {key: known[key] for key in self.rules if key in known}

    def _metrics(self) -> dict[tuple[str, str], MetricTotals]:
        known = {key: comparing.totals() for key, comparing in self.comparing.items()} | self.metrics
        return {key: known[key] for key in self.rules if key in known}

    def _groups(self) -> Iterator[GroupTotals]:
        """The largest groups in order of what they say, then all others as one."""
        by_size = sorted(self.groups.items(), key=lambda item: (-item[1].judged, _order(item[0])))
        for said, grouped in sorted(by_size[:GROUPS], key=lambda item: _order(item[0])):
            yield self._told(said, grouped)
        others = Grouped(groups=len(by_size[GROUPS:]) + self.other_groups.groups)
        for grouped in (self.other_groups, *(grouped for _, grouped in by_size[GROUPS:])):
            others.merge(grouped)
        if others.groups:
            yield self._told(None, others)

    def _told(self, said: Group | None, grouped: Grouped) -> GroupTotals:
        counts = {key: grouped.rules[key].counts() for key in self.rules if key in grouped.rules}
        return GroupTotals(said, grouped.judged, counts, grouped.groups)


NOT_RECKONED: Final = ObjectiveTotals(dict.fromkeys(Standing, 0))
"""An objective of an audit in which nothing is judged."""


def _order(group: Group) -> list[tuple[int, str]]:
    return [said.order for said in group]


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
