"""One run of the reference engine: form the tickets, fix the audit instant, judge, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from supportpolicy.engines.reference.forming import BEFORE, Formed, Ticket, form
from supportpolicy.engines.reference.instant import fix_instant
from supportpolicy.engines.reference.judging import Bearers, CompiledRevision, Judged
from supportpolicy.engines.reference.revisions import Revisions
from supportpolicy.engines.reference.truths import AS_OF, AUDIT
from supportpolicy.errors import nearest
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.cell import Cell, Reason, Timeline, Unknown
from supportpolicy.model.finding import Counts, Excluded, Finding, Item, Totals, Unmapped
from supportpolicy.model.verdict import OnFail, Outcome, Verdict
from supportpolicy.plugin import Progress, Run, RunOptions, Scan
from supportpolicy.plugin.records import AuditInstant

_BATCH = 1_000


def run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    """Judge every ticket of `tables["tickets"]`; the findings come in the order of the tickets in the input."""
    formed = form(plan, tables, progress)
    instant = fix_instant(plan, formed.tickets, options)
    session = _Session(plan, formed, instant, options, tables)
    return Run(instant, session.batches(), session.totals)


@dataclass(slots=True)
class _Tally:
    """The verdicts of one rule, being counted."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rated: Counter[Verdict] = field(default_factory=Counter)
    could: Counter[Verdict] = field(default_factory=Counter)
    unknown_by: Counter[tuple[str, Reason]] = field(default_factory=Counter)

    def add(self, judged: Judged, rated: bool) -> None:
        outcome = judged.outcome
        self.verdicts[outcome.verdict] += 1
        if outcome.verdict is Verdict.UNKNOWN:
            assert outcome.reason is not None
            self.unknown_by[outcome.field, outcome.reason] += 1
        if rated:
            self.rated[outcome.verdict] += 1
            self.could.update(judged.could)

    def counts(self) -> Counts:
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
        self.revisions = Revisions(plan)
        self.absent = {f.name for f in plan.fields if isinstance(f.origin, Nowhere)}
        self.conflicting = set(formed.conflicting)
        self.excluded: Counter[str] = Counter()
        self.rules: dict[tuple[str, str], _Tally] = {
            (r.label, rule.id): _Tally() for r in plan.revisions for rule in r.rules
        }
        self.judged_under: Counter[str] = Counter({r.label: 0 for r in plan.revisions})
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.vocabularies: dict[tuple[str, str], Sequence[str]] = {}
        self.later_events = 0

    def batches(self) -> Iterator[Sequence[Item]]:
        if self.instant is None:
            yield list(self.formed.rejected)
            return
        judged: list[Ticket] = []
        items: list[Item] = list(self.formed.rejected)
        for ticket in self.formed.tickets:
            ticket.cells[AUDIT], ticket.cells[AS_OF] = self.instant.at, self.instant.as_of
            reason = "byte-identical repeat" if ticket.repeat else self.revisions.exclusion(ticket.cells)
            if reason is None:
                judged.append(ticket)
            else:
                self.excluded[reason] += 1
                items.append(Excluded(ticket.name, reason, ticket.place))
        bearers = self.revisions.bearers((t.id if t.id is not None else t.name, t.cells) for t in judged)
        for ticket in judged:
            items.extend(self._judge(ticket, bearers))
            if len(items) >= _BATCH:
                yield items
                items = []
        items.extend(self._whole_input())
        yield items

    # --- judging one ticket ---
    def _judge(self, ticket: Ticket, bearers: Bearers) -> Iterator[Finding]:
        revision, judged = self.revisions.judge(ticket.cells, bearers)
        self._look(ticket, revision)
        label = revision.plan.label
        self.judged_under[label] += 1
        rated = ticket.id not in self.conflicting
        asked = self.options.ticket is not None and self.options.ticket in (ticket.id, ticket.name)
        for rule, verdict in zip(revision.rules, judged, strict=True):
            self.rules[label, rule.plan.id].add(verdict, rated)
            if asked or (self.options.ticket is None and self._tells(rule.plan.on_fail, verdict.outcome)):
                outcome = verdict.outcome
                yield Finding(
                    ticket=ticket.name,
                    rule=rule.plan.id,
                    verdict=outcome.verdict,
                    reason=outcome.reason,
                    field=outcome.field,
                    barred_by=outcome.barred_by,
                    on_fail=rule.plan.on_fail,
                    party=rule.plan.party,
                    clauses=rule.plan.clauses,
                    revision=label,
                    evidence=rule.evidence(ticket.cells, bearers),
                    place=ticket.place,
                )

    def _tells(self, on_fail: OnFail, outcome: Outcome) -> bool:
        """Whether a verdict is worth a reader's time."""
        if self.options.include == "all":
            return True
        match outcome.verdict:
            case Verdict.FAIL:
                return on_fail is not OnFail.OUT_OF_SCOPE
            case Verdict.UNKNOWN:
                return not (outcome.reason is Reason.MISSING and outcome.field in self.absent)
            case Verdict.OPEN:
                return self.options.include == "open"
            case _:
                return False

    def _look(self, ticket: Ticket, revision: CompiledRevision) -> None:
        """Count the spellings that the revision's vocabularies do not hold and the events after the audit instant."""
        assert self.instant is not None
        seen: set[tuple[str, str]] = set()
        for index in {*self.plan.facts.values(), *revision.plan.facts.values()}:
            vocabulary = self.plan.fields[index].reading.vocabulary or ()
            for cell in _told_by(ticket.cells[BEFORE + index], revision.of_replies, self.instant.at):
                if isinstance(cell, Unknown) and cell.reason is Reason.UNRECOGNISED:
                    spelling = (cell.field, cell.detail)
                    seen.add(spelling)
                    self.vocabularies.setdefault(spelling, () if cell.field == "events.language" else vocabulary)
        self.unmapped.update(seen)
        timeline = ticket.cells[self.revisions.slots["events"]]
        if isinstance(timeline, Timeline):
            self.later_events += sum(event.at.lo > self.instant.at for event in timeline.events)

    def _whole_input(self) -> Iterator[Finding]:
        """One finding per rule for a field that the whole input lacks."""
        if self.options.ticket is not None:
            return
        for revision in self.plan.revisions:
            for rule in revision.rules:
                for (name, reason), tickets in sorted(self.rules[revision.label, rule.id].unknown_by.items()):
                    if reason is Reason.MISSING and name in self.absent:
                        yield Finding(
                            ticket=None,
                            rule=rule.id,
                            verdict=Verdict.UNKNOWN,
                            reason=reason,
                            field=name,
                            barred_by="",
                            on_fail=rule.on_fail,
                            party=rule.party,
                            clauses=rule.clauses,
                            revision=revision.label,
                            evidence={},
                            place=None,
                            tickets=tickets,
                        )

    # --- totals ---
    def totals(self) -> Totals:
        """The control totals; only meaningful after the last batch."""
        return Totals(
            tallies=tuple(tally for scan in self.tables.values() for tally in scan.tallies()),
            formed=len(self.formed.tickets),
            judged=sum(self.judged_under.values()),
            excluded=dict(sorted(self.excluded.items())),
            rules={key: tally.counts() for key, tally in self.rules.items()},
            judged_under=dict(self.judged_under),
            unmapped=tuple(
                Unmapped(name, text, tickets, nearest(text, self.vocabularies[name, text]))
                for (name, text), tickets in sorted(self.unmapped.items(), key=lambda i: (i[0][0], -i[1], i[0][1]))
            ),
            conflicting_ids=self.formed.conflicting,
            later_events=self.later_events,
        )


def _told_by(cell: Cell, of_replies: frozenset[str], audit: int) -> Iterator[Cell]:
    """The cell itself, or those of the events up to the audit instant that rules on replies look at."""
    if not isinstance(cell, Timeline):
        yield cell
        return
    for event in cell.events:
        if event.at.lo <= audit:
            yield from (getattr(event, name) for name in sorted(of_replies))
