"""One run of the reference engine: form the tickets, fix the audit instant, judge, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from supportpolicy.engines.ledger import Group, Ledger, finding, numeric_ids
from supportpolicy.engines.metrics import Comparing
from supportpolicy.engines.objectives import place_of
from supportpolicy.engines.reference.cells import AS_OF, AUDIT, Cells
from supportpolicy.engines.reference.combinations import MOST, Combination, Judged
from supportpolicy.engines.reference.forming import BEFORE, Formed, Ticket, form
from supportpolicy.engines.reference.instant import fix_instant
from supportpolicy.engines.reference.judging import Bearers, CompiledRevision, CompiledRule
from supportpolicy.engines.reference.metrics import compile_metrics
from supportpolicy.engines.reference.revisions import Revisions, frame_of
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.plan import Plan, RevisionPlan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.cell import Cell, Never, Reason, Timeline, Unknown
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import UNDATED, Excluded, Finding, Item, Said, Totals
from supportpolicy.model.instant import Instant, month_of
from supportpolicy.model.objective import Score
from supportpolicy.model.remembered import Remembered
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin import Progress, Run, RunOptions, Scan
from supportpolicy.plugin.records import AuditInstant

_BATCH: Final = 1_000
_TELLING: Final = (Unknown, Timeline)
"""Cells among which there may be a spelling that no vocabulary holds."""


def run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    """Judge every ticket of `tables["tickets"]`; the findings come in the order of the tickets in the input."""
    formed = form(plan, tables, progress)
    instant = fix_instant(plan, formed.tickets, options)
    session = _Session(plan, formed, instant, options, tables)
    return Run(instant, session.batches(), session.totals)


class _Telling(NamedTuple):
    """What there is to tell of tickets: the places of the rules whose verdicts are findings, and of deadlines that were
    missed by how much."""

    told: tuple[int, ...]
    late: tuple[tuple[str, Callable[[Cells], int]], ...]


class _Session:
    def __init__(
        self,
        plan: Plan,
        formed: Formed,
        instant: AuditInstant | None,
        options: RunOptions,
        tables: Mapping[str, Scan],
    ) -> None:
        self.plan = plan
        self.formed = formed
        self.instant = instant
        self.options = options
        self.tables = tables
        self.revisions = Revisions(plan, options.period)
        self.metrics = {r.label: compile_metrics(plan, r, frame_of(r)) for r in plan.revisions}
        self.ledger = Ledger(plan, options)
        self.ledger.events += EventTotals(strays=formed.strays)
        self.counted: Counter[tuple[CompiledRevision, Combination, bool, Group]] = Counter()
        self.telling = Remembered(self._tell, MOST)
        self.conflicting = set(formed.conflicting)
        self.spelt = {r.label: _spelt(plan, r) for r in plan.revisions}

    def batches(self) -> Iterator[Sequence[Item]]:
        if self.instant is None:
            self.ledger.excluded[UNDATED] = len(self.formed.tickets)
            yield [*self.formed.rejected, *(Excluded(t.name, UNDATED, t.place) for t in self.formed.tickets)]
            return
        judged: list[Ticket] = []
        items: list[Item] = list(self.formed.rejected)
        for ticket in self.formed.tickets:
            ticket.cells[AUDIT], ticket.cells[AS_OF] = self.instant.at, self.instant.as_of
            reason = "byte-identical repeat" if ticket.repeat else self.revisions.exclusion(ticket.cells)
            if reason is None:
                judged.append(ticket)
            else:
                self.ledger.excluded[reason] += 1
                items.append(Excluded(ticket.name, reason, ticket.place))
        bearers = self.revisions.bearers((t.id if t.id is not None else t.name, t.cells) for t in judged)
        for ticket in judged:
            items.extend(self._judge(ticket, bearers))
            if len(items) >= _BATCH:
                yield items
                items = []
        self._count()
        self.ledger.reckon_all(self.instant.at)
        items.extend(self.ledger.whole_input())
        yield items

    # --- judging one ticket ---
    def _judge(self, ticket: Ticket, bearers: Bearers) -> Iterator[Finding]:
        revision, said = self.revisions.judge(ticket.cells, bearers)
        self._look(ticket, revision)
        self._date(ticket)
        self._compare(ticket, revision)
        rated = ticket.id not in self.conflicting
        self.counted[revision, said, rated, self._group(ticket, revision)] += 1
        perhaps = self.revisions.in_doubt(ticket.cells)
        clocks = revision.clocks(ticket.cells, said.judged) if perhaps is None else None
        self._count_clocks(revision, said.judged, clocks)
        if rated and self.ledger.scores:
            if clocks is not None:
                self._score(ticket, revision, said.judged, clocks, False)
            for one in perhaps or ():
                judged = one.judge(ticket.cells, bearers).judged
                self._score(ticket, one, judged, one.clocks(ticket.cells, judged), True)
        label = revision.plan.label
        telling = self.telling[revision, said]
        for name, late in telling.late:
            self.ledger.lates[label, name].add(late(ticket.cells), ticket.name, ticket.place)
        asked = self.ledger.asks(ticket.id, ticket.name)
        for place in range(len(revision.rules)) if asked else telling.told:
            rule, outcome = revision.rules[place], said.judged[place].outcome
            evidence = rule.evidence(ticket.cells, bearers)
            yield finding(ticket.name, rule.plan, outcome, label, evidence, ticket.place)

    def _group(self, ticket: Ticket, revision: CompiledRevision) -> Group:
        return tuple([said(ticket.cells[BEFORE + revision.plan.facts[name]]) for name in self.options.by])

    def _tell(self, of: tuple[CompiledRevision, Combination]) -> _Telling:
        """What is told of the tickets on which the rules of a revision say that."""
        revision, said = of
        rules = [(place, rule, judged.outcome) for place, (rule, judged) in enumerate(_judged(revision, said))]
        return _Telling(
            tuple(place for place, rule, outcome in rules if self.ledger.tells(rule.plan.on_fail, outcome)),
            tuple(
                (rule.plan.id, rule.late)
                for _, rule, outcome in rules
                if outcome.verdict is Verdict.FAIL and rule.late is not None
            ),
        )

    def _count(self) -> None:
        """Count the verdicts on all tickets: what the rules say together is the same of many."""
        for (revision, said, rated, of), tickets in self.counted.items():
            label = revision.plan.label
            self.ledger.judged_under[label] += tickets
            group = self.ledger.group(of, tickets)
            for rule, judged in _judged(revision, said):
                key = (label, rule.plan.id)
                self.ledger.rules[key].add(judged, rated, tickets)
                if group is not None:
                    group.add(key, judged, rated, tickets)
            for party in {revision.rules[place].plan.party for place in said.broken}:
                self.ledger.breached[party] += tickets

    def _count_clocks(
        self, revision: CompiledRevision, judged: Sequence[Judged], clocks: Mapping[str, Score] | None
    ) -> None:
        """Count the clocks of the ticket by rule; None: several revisions may be in force, so nobody knows which there
        were."""
        for place, rule in revision.again:
            key = (revision.plan.label, rule)
            if key in self.ledger.clocks:
                beside = judged[place].outcome.verdict is Verdict.NOT_APPLICABLE
                self.ledger.clocks[key] += clocks[rule] if clocks is not None else Score(untold=not beside)

    def _score(
        self,
        ticket: Ticket,
        revision: CompiledRevision,
        judged: Sequence[Judged],
        clocks: Mapping[str, Score],
        perhaps: bool,
    ) -> None:
        """Count the ticket towards the objectives of a revision that is in force, or perhaps is."""
        submitted = ticket.cells[self.revisions.slots["submitted"]]
        verdicts = dict(zip((rule.id for rule in revision.plan.judged), judged, strict=True))

        def says(name: str) -> Said:
            return said(ticket.cells[BEFORE + revision.plan.facts[name]])

        for one in revision.plan.objectives:
            scores = self.ledger.scores[revision.plan.label, one.id]
            group, place = tuple(map(says, one.by)), place_of(one.per, submitted)
            if one.of == "clocks":
                scores.add_score(group, place, clocks[one.judged.id], perhaps)
            else:
                value = says(one.field) if one.field else None
                scores.add(group, place, verdicts[one.judged.id], value, perhaps)

    def _compare(self, ticket: Ticket, revision: CompiledRevision) -> None:
        """Set the export's own first response beside the one that the events show."""
        for rule, compare in self.metrics[revision.plan.label]:
            told = compare(ticket.cells)
            if told is not None:
                comparing = self.ledger.comparing.setdefault((revision.plan.label, rule), Comparing())
                comparing.add(told, ticket.name, ticket.place)

    def _date(self, ticket: Ticket) -> None:
        """Count the ticket under the month of its submission."""
        submitted = ticket.cells[self.revisions.slots["submitted"]]
        if isinstance(submitted, Instant):
            self.ledger.months[month_of(submitted.lo)] += 1
        else:
            self.ledger.undated += 1

    def _look(self, ticket: Ticket, revision: CompiledRevision) -> None:
        """Count the spellings that the revision's vocabularies do not hold, and the events."""
        assert self.instant is not None
        timeline = ticket.cells[self.revisions.slots["events"]]
        seen: dict[tuple[str, str], Sequence[str]] = {}
        for slot, vocabulary in self.spelt[revision.plan.label]:
            told = ticket.cells[slot]
            if not isinstance(told, _TELLING):
                continue
            for cell in _told_by(told, revision.of_replies, self.instant.at):
                if isinstance(cell, Unknown) and cell.reason is Reason.UNRECOGNISED:
                    seen[cell.field, cell.detail] = () if cell.field == "events.language" else vocabulary
        if isinstance(timeline, Timeline):
            seen.update(_misspelt(timeline, revision.plan.words, self.instant.at))
            self.ledger.events += events_of(timeline, self.instant.at)
        elif isinstance(timeline, Unknown) and timeline.reason is Reason.INVALID:
            self.ledger.events += EventTotals(unreadable=1)
        for (name, text), vocabulary in seen.items():
            self.ledger.misspelt(name, text, vocabulary)

    def totals(self) -> Totals:
        """The control totals; only meaningful after the last batch."""
        tallies = [tally for scan in self.tables.values() for tally in scan.tallies()]
        ids = numeric_ids(ticket.id for ticket in self.formed.tickets if ticket.id is not None)
        return self.ledger.totals(tallies, len(self.formed.tickets), self.formed.conflicting, ids)


def events_of(timeline: Timeline, audit: int) -> EventTotals:
    """What is counted of the events of one ticket."""
    return EventTotals(
        tickets=int(bool(timeline.events)),
        read=len(timeline.events) + timeline.repeated,
        repeated=timeline.repeated,
        out_of_order=int(not timeline.in_order),
        later=sum(event.at.lo > audit for event in timeline.events),
        incomplete=int(not timeline.complete),
    )


def said(cell: Cell) -> Said:
    """What a record says of a field by which tickets are grouped."""
    if isinstance(cell, Never):
        return Said("never")
    if isinstance(cell, Unknown):
        return Said("unknown", cell.reason.value)
    return Said("value", str(cell_text(cell)))


def _spelt(plan: Plan, revision: RevisionPlan) -> Sequence[tuple[int, Sequence[str]]]:
    """The cells of the fields that are read under a revision and have spellings, with their vocabularies."""
    read = {*plan.facts.values(), *revision.facts.values()}
    return [
        (BEFORE + index, plan.fields[index].reading.vocabulary or ())
        for index in sorted(read)
        if plan.fields[index].reading.type not in (FieldType.TEXT, FieldType.INSTANT, FieldType.INTEGER)
        and not isinstance(plan.fields[index].origin, Nowhere)
    ]


def _judged(revision: CompiledRevision, said: Combination) -> Iterator[tuple[CompiledRule, Judged]]:
    """What each rule says, without what is judged for objectives alone."""
    return zip(revision.rules, said.judged, strict=False)


def _misspelt(
    timeline: Timeline, words: Mapping[str, Sequence[str]], audit: int
) -> Iterator[tuple[tuple[str, str], Sequence[str]]]:
    """What events up to the audit instant brought or took away that is no word of the field of that name."""
    for event in timeline.events if words else ():
        vocabulary = words.get(event.kind)
        if vocabulary is not None and event.at.lo <= audit:
            for word in (event.value, event.former):
                if isinstance(word, str) and word not in vocabulary:
                    yield (f"{event.kind} (events)", word), vocabulary


def _told_by(cell: Cell, of_replies: frozenset[str], audit: int) -> Iterator[Cell]:
    """The cell itself, or those of the events up to the audit instant that rules on replies look at."""
    if not isinstance(cell, Timeline):
        yield cell
        return
    for event in cell.events:
        if event.at.lo <= audit:
            yield from (getattr(event, name) for name in sorted(of_replies))
