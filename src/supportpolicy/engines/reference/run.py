"""One run of the reference engine: form the tickets, fix the audit instant, judge, count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from supportpolicy.engines.ledger import Ledger, finding, numeric_ids
from supportpolicy.engines.metrics import Comparing
from supportpolicy.engines.objectives import place_of
from supportpolicy.engines.reference.cells import AS_OF, AUDIT
from supportpolicy.engines.reference.forming import BEFORE, Formed, Ticket, form
from supportpolicy.engines.reference.instant import fix_instant
from supportpolicy.engines.reference.judging import Bearers, CompiledRevision, Judged
from supportpolicy.engines.reference.revisions import Revisions
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.plan import Plan, RevisionPlan
from supportpolicy.model.cell import Cell, Never, Reason, Timeline, Unknown
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import UNDATED, Excluded, Finding, Item, Said, Totals
from supportpolicy.model.instant import Instant, month_of
from supportpolicy.model.objective import Score
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin import Progress, Run, RunOptions, Scan
from supportpolicy.plugin.records import AuditInstant

_BATCH = 1_000


def run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    """Judge every ticket of `tables["tickets"]`; the findings come in the order of the tickets in the input."""
    formed = form(plan, tables, progress)
    instant = fix_instant(plan, formed.tickets, options)
    session = _Session(plan, formed, instant, options, tables)
    return Run(instant, session.batches(), session.totals)


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
        self.ledger = Ledger(plan, options)
        self.ledger.events += EventTotals(strays=formed.strays)
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
        self.ledger.reckon_all(self.instant.at)
        items.extend(self.ledger.whole_input())
        yield items

    # --- judging one ticket ---
    def _judge(self, ticket: Ticket, bearers: Bearers) -> Iterator[Finding]:
        revision, judged = self.revisions.judge(ticket.cells, bearers)
        self._look(ticket, revision)
        label = revision.plan.label
        self.ledger.judged_under[label] += 1
        self._date(ticket)
        self._compare(ticket, revision)
        group = self.ledger.group(
            tuple(said(ticket.cells[BEFORE + revision.plan.facts[name]]) for name in self.options.by)
        )
        rated = ticket.id not in self.conflicting
        breached: set[Party] = set()
        asked = self.ledger.asks(ticket.id, ticket.name)
        perhaps = self.revisions.in_doubt(ticket.cells)
        clocks = revision.clocks(ticket.cells, bearers, judged) if perhaps is None else None
        self._count_clocks(revision, judged, clocks)
        if rated and self.ledger.scores:
            if clocks is not None:
                self._score(ticket, revision, judged, clocks, False)
            for one in perhaps or ():
                verdicts = one.judge(ticket.cells, bearers)
                self._score(ticket, one, verdicts, one.clocks(ticket.cells, bearers, verdicts), True)
        for rule, verdict in zip(revision.rules, judged[: len(revision.rules)], strict=True):
            key = (label, rule.plan.id)
            self.ledger.rules[key].add(verdict, rated)
            if group is not None:
                group.add(key, verdict, rated)
            if verdict.outcome.verdict is Verdict.FAIL:
                if rule.plan.on_fail is OnFail.VIOLATION:
                    breached.add(rule.plan.party)
                if rule.late is not None:
                    self.ledger.lates[key].add(rule.late(ticket.cells), ticket.name, ticket.place)
            if asked or self.ledger.tells(rule.plan.on_fail, verdict.outcome):
                evidence = rule.evidence(ticket.cells, bearers)
                yield finding(ticket.name, rule.plan, verdict.outcome, label, evidence, ticket.place)
        self.ledger.breached.update(breached)

    def _count_clocks(
        self, revision: CompiledRevision, judged: Sequence[Judged], clocks: Mapping[str, Score] | None
    ) -> None:
        """Count the clocks of the ticket by rule; None: several revisions may be in force, so nobody knows which there
        were."""
        for rule, said in zip(revision.rules, judged, strict=False):
            key = (revision.plan.label, rule.plan.id)
            if key in self.ledger.clocks:
                beside = said.outcome.verdict is Verdict.NOT_APPLICABLE
                self.ledger.clocks[key] += clocks[rule.plan.id] if clocks is not None else Score(untold=not beside)

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
        for rule, compare in revision.metrics:
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
        seen: dict[tuple[str, str], Sequence[str]] = {}
        for slot, vocabulary in self.spelt[revision.plan.label]:
            told = ticket.cells[slot]
            if not isinstance(told, Unknown | Timeline):
                continue
            for cell in _told_by(told, revision.of_replies, self.instant.at):
                if isinstance(cell, Unknown) and cell.reason is Reason.UNRECOGNISED:
                    seen[cell.field, cell.detail] = () if cell.field == "events.language" else vocabulary
        timeline = ticket.cells[self.revisions.slots["events"]]
        seen.update(_misspelt(timeline, revision.plan.words, self.instant.at))
        for (name, text), vocabulary in seen.items():
            self.ledger.misspelt(name, text, vocabulary)
        self.ledger.events += events_of(timeline, self.instant.at)

    def totals(self) -> Totals:
        """The control totals; only meaningful after the last batch."""
        tallies = [tally for scan in self.tables.values() for tally in scan.tallies()]
        ids = numeric_ids(ticket.id for ticket in self.formed.tickets if ticket.id is not None)
        return self.ledger.totals(tallies, len(self.formed.tickets), self.formed.conflicting, ids)


def events_of(cell: Cell, audit: int) -> EventTotals:
    """What is counted of the events of one ticket."""
    if isinstance(cell, Unknown):
        return EventTotals(unreadable=int(cell.reason is Reason.INVALID))
    if not isinstance(cell, Timeline):
        return EventTotals()
    return EventTotals(
        tickets=int(bool(cell.events)),
        read=len(cell.events) + cell.repeated,
        repeated=cell.repeated,
        out_of_order=int(not cell.in_order),
        later=sum(event.at.lo > audit for event in cell.events),
        incomplete=int(not cell.complete),
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
    ]


def _misspelt(
    cell: Cell, words: Mapping[str, Sequence[str]], audit: int
) -> Iterator[tuple[tuple[str, str], Sequence[str]]]:
    """What events up to the audit instant brought or took away that is no word of the field of that name."""
    for event in cell.events if isinstance(cell, Timeline) and words else ():
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
