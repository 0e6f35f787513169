"""One ticket explained: what each rule asked, which values it saw and what follows, in sentences that a person can check.

It is given the findings of every rule on the ticket and the record it was formed from, and writes to a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.nodes import Clock, EachWithin, EveryReply, NotBefore, Within, reads
from supportpolicy.expr.plan import Plan, RulePlan
from supportpolicy.expr.prose import demand_prose, limit_prose, moment_prose, pause_prose, replies_prose, truth_prose
from supportpolicy.model.finding import Excluded, Finding, RowPlace
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin.records import Head
from supportpolicy.reports.clock_chart import drawn
from supportpolicy.reports.clock_sum import ClockSum, noun
from supportpolicy.reports.origin import Record
from supportpolicy.reports.page import Page, entry, plain, shortened, width_of
from supportpolicy.reports.provenance import instant_in_words
from supportpolicy.reports.reasoning import condition_fails, reasoned, verdict_name, verdict_words
from supportpolicy.reports.seen import Seen
from supportpolicy.reports.summary import in_force, number

_INDENT: Final = 2
_LABEL: Final = 7
_STYLES: Final = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.OPEN: "bold cyan",
    Verdict.NOT_APPLICABLE: "bold",
    Verdict.UNKNOWN: "bold yellow",
}
_COUNTED: Final = (Verdict.PASS, Verdict.OPEN, Verdict.NOT_APPLICABLE, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Explained:
    """A judged ticket with the finding of every rule, in file order, and the terms that each rule speaks in."""

    name: str
    findings: tuple[Finding, ...]
    record: Record | None
    terms: Mapping[str, frozenset[str]]


def explain(page: Page, head: Head, plan: Plan, ticket: Explained) -> None:
    """Write the explanation of a judged ticket."""
    _Explanation(page, head, plan, ticket).write()


def explain_exclusion(page: Page, head: Head, plan: Plan, excluded: Excluded, record: Record | None) -> None:
    """Say of a ticket that was not judged why it was not."""
    page.paragraph(f"Ticket {named(excluded.ticket)}", style="bold")
    page.blank()
    page.entries(
        [
            ("Policy", plain(head.policy_title or head.policy_id)),
            ("Record", _place(excluded.place, plan)),
            ("Submitted", Seen(record, plan.revisions[0]).submitted()),
            ("As of", instant_in_words(head.instant)),
        ]
    )
    page.blank()
    page.paragraph(f"It was excluded and not judged: {shortened(excluded.reason, 200)}.", style="bold")
    page.paragraph("No rule was asked, and the ticket counts in no rate.")


def named(ticket: str) -> str:
    """A ticket's name, in quotes where it would not stand out from the text around it."""
    shown = shortened(ticket)
    return shown if ticket and ticket.split() == [ticket] else f"'{shown}'"


class _Explanation:
    def __init__(self, page: Page, head: Head, plan: Plan, ticket: Explained) -> None:
        label = ticket.findings[0].revision
        self._page = page
        self._head = head
        self._plan = plan
        self._ticket = ticket
        self._revision = next(r for r in head.revisions if r.label == label)
        revision = next(r for r in plan.revisions if r.label == label)
        self._rules = {rule.id: rule for rule in revision.rules}
        self._tables = revision.calendars
        self._clauses = {clause.id: clause for clause in self._revision.clauses}
        self._findings = {finding.rule: finding for finding in ticket.findings}
        self._seen = Seen(ticket.record, revision)
        self._read_under: dict[str, str] = {}

    def write(self) -> None:
        self._write_head()
        for finding in self._ticket.findings:
            self._write_rule(self._rules[finding.rule], finding)
        self._write_assumptions()
        self._page.blank()
        self._page.paragraph(self._summary(), style="bold")

    def _write_head(self) -> None:
        page, head, place = self._page, self._head, self._ticket.findings[0].place
        page.paragraph(f"Ticket {named(self._ticket.name)}", style="bold")
        page.blank()
        label = f", revision {plain(self._revision.label)}" if self._revision.label else ""
        policy = f"{plain(head.policy_title or head.policy_id)}{label}, in force {plain(in_force(self._revision))}"
        entries = [("Policy", policy)]
        if place is not None:
            entries.append(("Record", _place(place, self._plan)))
        entries += [("Submitted", self._seen.submitted()), ("As of", instant_in_words(head.instant))]
        if head.instant and head.instant.warning:
            entries.append(("Warning", plain(head.instant.warning)))
        for table, fields in head.missing_tables.items():
            gives = ", ".join(plain(name) for name in fields)
            entries.append(("Lacking", f"the table {plain(table)}, which gives {gives}: --table {plain(table)}=FILE"))
        page.entries(entries)

    # --- one rule -----------------------------------------------------------------------------------------------------
    def _write_rule(self, rule: RulePlan, finding: Finding) -> None:
        page = self._page
        page.blank()
        page.paragraph(f"{plain(rule.id)}: {verdict_words(finding)}", style=_STYLES[finding.verdict])
        self._say("asks", f"{_asked(rule)}.")
        if rule.gates:
            gates = (f"{plain(gate)} ({verdict_name(self._findings[gate].verdict)})" for gate in rule.gates)
            self._say("needs", f"{', '.join(gates)}.")
        self._write_clauses(rule, with_readings=not finding.barred_by)
        if not finding.barred_by:
            for n, text in enumerate(self._seen.of_rule(rule, finding)):
                self._say("" if n else "saw", f"{text}.")
            if isinstance(rule.demand, Clock) and not condition_fails(rule, finding):
                self._write_sum(ClockSum(finding, rule.demand))
        self._say("so", reasoned(rule, finding, self._findings))

    def _write_clauses(self, rule: RulePlan, with_readings: bool) -> None:
        for n, id_ in enumerate(rule.clauses):
            clause = self._clauses[id_]
            self._say("" if n else "clause", f"{plain(clause.section)}: {plain(clause.says)}")
            if clause.reading and with_readings:
                under = self._read_under.setdefault(id_, rule.id)
                self._say(
                    "", f"Read so: {plain(clause.reading)}" if under == rule.id else f"Read as under {plain(under)}."
                )

    def _write_sum(self, clock: ClockSum) -> None:
        sums = clock.terms() if clock.runs else ()
        column = max((width_of(term.name) for terms in sums for term in terms), default=0)
        for number_, terms in enumerate(sums):
            if number_:
                self._page.blank()
            for line, term in enumerate(terms):
                label = "sum" if not number_ and not line else ""
                name = f"{term.sign or ' '} {term.name}"
                self._say(label, f"{name:<{column + 2}}  {plain(term.value)}")
        table = self._tables.get(clock.text("calendar") or "")
        chart = drawn(clock, table, self._page.width - _INDENT - _LABEL - 2) if sums else None
        if chart is not None:
            self._say("drawn", chart.line)
            self._say("", chart.legend)

    def _say(self, label: str, text: str) -> None:
        for line in entry(label, text, self._page.width, _INDENT, _LABEL):
            self._page.line(line)

    # --- the end ------------------------------------------------------------------------------------------------------
    def _write_assumptions(self) -> None:
        told = [(plain(path), plain(text)) for path, text in self._touching()]
        if told:
            self._page.blank()
            self._page.line("Assumed, and touching these verdicts", style="bold")
            self._page.entries(told, indent=_INDENT)

    def _touching(self) -> Iterator[tuple[str, str]]:
        """The assumptions of policy and mapping on which the rules that speak of this ticket rest."""
        speaking = [self._rules[f.rule] for f in self._ticket.findings if f.verdict is not Verdict.NOT_APPLICABLE]
        ids = {rule.id for rule in speaking}
        fields = {name for rule in speaking for name in _reads(rule)}
        terms = {term for rule in speaking for term in self._ticket.terms.get(rule.id, ())}
        spoken = {"rules": ids, "facts": fields, "terms": terms, "fields": fields, "lookups": fields}
        for where, assumed in (("", self._revision.assumed), ("mapping: ", self._head.mapping_assumed)):
            for path, text in assumed.items():
                head, _, rest = path.partition(".")
                about = spoken.get(head)
                if about is None or not rest or rest in about or rest.partition(".")[0] in about:
                    yield where + path, text

    def _summary(self) -> str:
        findings = self._ticket.findings
        parts = []
        for party in Party:
            broken = [plain(f.rule) for f in findings if _is_violation(f) and f.party is party]
            if broken:
                parts.append(f"{number(len(broken), 'violation')} by the {party} ({', '.join(broken)})")
        outside = [plain(f.rule) for f in findings if _is_out_of_scope(f)]
        if outside:
            parts.append(f"out of scope by {', '.join(outside)}")
        counted = Counter(f.verdict for f in findings)
        others = [f"{counted[verdict]} {verdict_name(verdict)}" for verdict in _COUNTED if counted[verdict]]
        of = f"of {number(len(findings), 'rule')} {', '.join(others)}" if others else ""
        return f"Ticket {named(self._ticket.name)}: {'; '.join(filter(None, (*(parts or ['no violation']), of)))}."


def _asked(rule: RulePlan) -> str:
    if isinstance(rule.demand, Clock):
        asked = f"that {_asked_of_clock(rule.demand)}{pause_prose(rule.demand.pause)}"
    elif isinstance(rule.demand, EveryReply):
        asked = f"that of each {replies_prose(rule.demand.events)} {truth_prose(rule.demand.test)}"
    else:
        asked = f"that {demand_prose(rule.demand)}"
    return plain(f"where {truth_prose(rule.when)}: {asked}" if rule.when is not None else asked)


def _asked_of_clock(demand: Clock) -> str:
    limit = limit_prose(demand.limit)
    match demand:
        case Within(start, stop, _, _, opening):
            begun = f"the next opening of {opening} after {moment_prose(start)}" if opening else moment_prose(start)
            return f"the {noun(stop)} comes no later than {limit} after {begun}"
        case NotBefore(start, stop):
            return f"the {noun(stop)} comes no sooner than {limit} after {moment_prose(start)}"
        case EachWithin(start, stop, until, after=after):
            begins = f" after {moment_prose(after)}" if after is not None else ""
            ends = f", until {moment_prose(until)}" if until is not None else ""
            return f"after each {noun(start)}{begins} the next {noun(stop)} comes no later than {limit} later{ends}"


def _reads(rule: RulePlan) -> tuple[str, ...]:
    return (*reads(rule.demand), *(reads(rule.when) if rule.when is not None else ()))


def _is_violation(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and finding.on_fail is OnFail.VIOLATION


def _is_out_of_scope(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and finding.on_fail is OnFail.OUT_OF_SCOPE


def _place(place: RowPlace, plan: Plan) -> str:
    where = f"{plain(place.file)}:{place.line}, record {place.record:,}"
    if plan.reduce is None:
        return where
    reduce = plan.reduce
    return f"{where}: of the rows with its {plain(reduce.key)} the {reduce.keep} by {plain(reduce.order_by)}"
