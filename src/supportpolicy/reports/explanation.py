"""One ticket explained: what each rule asked, which values it saw and what follows, in sentences that a person can check.

Pure: it is given the findings of every rule on the ticket and the record it was formed from, and writes to a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import At, Demand, Distinct, EveryReply, FirstResponse, Moment, Submission, Within, reads
from supportpolicy.expr.plan import Plan, RevisionPlan, RulePlan
from supportpolicy.expr.prose import demand_prose, truth_prose
from supportpolicy.model.cell import Timeline
from supportpolicy.model.finding import Excluded, Finding, RowPlace
from supportpolicy.model.instant import format_instant
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin.records import ClauseHead, Head, RevisionHead
from supportpolicy.reports.clock_sum import ClockSum, noun
from supportpolicy.reports.origin import Record, origin_prose
from supportpolicy.reports.page import Page, entry, plain, shortened, width_of
from supportpolicy.reports.provenance import instant_in_words
from supportpolicy.reports.summary import in_force, number, sentence

_INDENT: Final = 2
_LABEL: Final = 9
_MOST_EVENTS: Final = 8
_STYLES: Final = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.OPEN: "bold cyan",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.UNKNOWN: "bold yellow",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A judged ticket with the finding of every rule, in file order. `terms` are the terms that each rule speaks in."""

    name: str
    findings: tuple[Finding, ...]
    record: Record | None
    terms: Mapping[str, frozenset[str]]

    @property
    def place(self) -> RowPlace | None:
        return self.findings[0].place

    @property
    def label(self) -> str:
        """The revision that it was judged under."""
        return self.findings[0].revision


def explain(page: Page, head: Head, plan: Plan, ticket: Explained) -> None:
    """Write the explanation of a judged ticket."""
    _Explanation(page, head, plan, ticket).write()


def explain_exclusion(page: Page, head: Head, excluded: Excluded, record: Record | None) -> None:
    """Say of a ticket that was not judged why it was not."""
    page.paragraph(f"Ticket {_named(excluded.ticket)}", style="bold")
    page.blank()
    page.entries([("Record", _place(excluded.place, record)), ("As of", instant_in_words(head.instant))])
    page.blank()
    page.paragraph(
        f"It is excluded and was not judged: {shortened(excluded.reason, 200)}. No rule was asked, and it counts in no rate."
    )


class _Explanation:
    def __init__(self, page: Page, head: Head, plan: Plan, ticket: Explained) -> None:
        self._page = page
        self._head = head
        self._ticket = ticket
        self._revision: RevisionHead = next(r for r in head.revisions if r.label == ticket.label)
        self._plan: RevisionPlan = next(r for r in plan.revisions if r.label == ticket.label)
        self._clauses: dict[str, ClauseHead] = {clause.id: clause for clause in self._revision.clauses}
        self._rules: dict[str, RulePlan] = {rule.id: rule for rule in self._plan.rules}
        self._findings: dict[str, Finding] = {finding.rule: finding for finding in ticket.findings}
        self._read_under: dict[str, str] = {}

    def write(self) -> None:
        self._write_head()
        for finding in self._ticket.findings:
            self._write_rule(finding)
        self._write_assumptions()
        self._page.blank()
        self._page.paragraph(self._summary(), style="bold")

    # --- the head -----------------------------------------------------------------------------------------------------
    def _write_head(self) -> None:
        page, ticket, head = self._page, self._ticket, self._head
        page.paragraph(f"Ticket {_named(ticket.name)}", style="bold")
        page.blank()
        policy = plain(head.policy_title or head.policy_id)
        if self._revision.label:
            policy += f", revision {plain(self._revision.label)}"
        entries = [("Policy", f"{policy} (in force {plain(in_force(self._revision))})")]
        if ticket.place is not None:
            entries.append(("Record", _place(ticket.place, ticket.record)))
        entries.append(("Submitted", self._submitted()))
        entries.append(("As of", instant_in_words(head.instant)))
        if head.instant and head.instant.warning:
            entries.append(("Warning", plain(head.instant.warning)))
        page.entries(entries)

    def _submitted(self) -> str:
        record = self._ticket.record
        field = record.field("submitted", self._plan.facts) if record else None
        if record is None or field is None:
            return "not read"
        cell = record.cell(field)
        shown = "in another table" if cell is None else _value(cell_text(cell))
        origin = origin_prose(field, record)
        return f"{shown}: {origin}" if origin else shown

    # --- one rule -----------------------------------------------------------------------------------------------------
    def _write_rule(self, finding: Finding) -> None:
        page, rule = self._page, self._rules[finding.rule]
        page.blank()
        page.paragraph(f"{plain(rule.id)}: {_verdict(finding)}", style=_STYLES[finding.verdict])
        self._say("asks", self._asked(rule))
        for id_ in rule.clauses:
            clause = self._clauses[id_]
            self._say("clause", f"{plain(clause.section)}: {plain(clause.says)}")
            if clause.reading:
                under = self._read_under.setdefault(id_, rule.id)
                self._say("", f"Read so: {plain(clause.reading)}" if under == rule.id else f"Read as under {plain(under)}.")
        if not finding.barred_by:
            for text in self._seen(rule, finding):
                self._say("saw", text)
            if isinstance(rule.demand, Within):
                self._write_sum(ClockSum(finding, rule.demand))
        self._say("so", self._conclusion(rule, finding))

    def _say(self, label: str, text: str) -> None:
        for line in entry(label, text, self._page.width, _INDENT, _LABEL - _INDENT):
            self._page.line(line)

    def _asked(self, rule: RulePlan) -> str:
        asked = plain(demand_prose(rule.demand))
        if rule.when is not None:
            asked = f"where {plain(truth_prose(rule.when))}: {asked}"
        if rule.gates:
            asked += f"; if {_listed([plain(gate) for gate in rule.gates])} {'admits' if len(rule.gates) == 1 else 'admit'} the ticket"
        return f"{asked}."

    # --- what it saw --------------------------------------------------------------------------------------------------
    def _seen(self, rule: RulePlan, finding: Finding) -> Iterator[str]:
        evidence = finding.evidence
        values = evidence.get("values")
        shown = dict(values) if isinstance(values, Mapping) else {}
        for name, text in shown.items():
            yield self._field_seen(name, text)
        match rule.demand:
            case Within(start, stop, _) if "start" in evidence:
                yield from self._clock_seen(start, stop, finding)
            case EveryReply():
                yield from _replies_seen(finding)
            case Distinct(field) if "value" in evidence:
                yield self._field_seen(field, str(evidence["value"]))
                yield f"it is borne by {shortened(str(evidence.get('bearers')), 200)}"
            case _:
                pass
        if "basis" in evidence and not isinstance(rule.demand, Within):
            yield f"basis: {plain(str(evidence['basis']))}"

    def _field_seen(self, name: str, text: str | None) -> str:
        record = self._ticket.record
        field = record.field(name, self._plan.facts) if record is not None else None
        origin = origin_prose(field, record) if field is not None else ""
        return f"{plain(name)} is {_value(text)}{f': {origin}' if origin else ''}"

    def _clock_seen(self, start: Moment, stop: Moment, finding: Finding) -> Iterator[str]:
        clock = ClockSum(finding, _within(self._rules[finding.rule].demand))
        yield self._moment_seen(start, clock.text("start"))
        if "stop" not in finding.evidence or clock.text("start") is None:
            return
        basis = clock.text("basis")
        text = clock.text("stop")
        if isinstance(stop, FirstResponse) and basis == "events":
            found = "none up to the audit instant" if text is None else f"at {_value(text)}"
            yield f"first response: {found} (basis: events)"
            yield from self._passed_over(stop, clock)
        else:
            yield self._moment_seen(stop, text) + (f" (basis: {plain(basis)})" if basis else "")

    def _moment_seen(self, moment: Moment, text: str | None) -> str:
        name = {Submission: "submitted", FirstResponse: "first_response"}.get(type(moment), "")
        if isinstance(moment, At):
            name = moment.field
        record = self._ticket.record
        field = record.field(name, self._plan.facts) if record is not None else None
        if record is not None and field is not None and (cell := record.cell(field)) is not None:
            own = cell_text(cell)
            if own != text and isinstance(moment, Submission):
                return (
                    f"submitted is {_value(own)}, but staff opened the ticket: the clock starts at "
                    f"{_value(text)}, the first customer message"
                    if text is not None
                    else f"submitted is {_value(own)}, but staff opened the ticket and no customer message starts the clock"
                )
            if own != text and text is None:
                return f"{plain(name)} is {_value(own)}, which is after the audit instant and has not happened yet"
        return self._field_seen(name, text)

    def _passed_over(self, moment: FirstResponse, clock: ClockSum) -> Iterator[str]:
        """The staff's messages before the stop, and why none of them is the first response."""
        record = self._ticket.record
        field = record.field("events", self._plan.facts) if record is not None else None
        timeline = record.cell(field) if record is not None and field is not None else None
        start, stop = clock.start, clock.stop or clock.audited
        if not isinstance(timeline, Timeline) or start is None or stop is None:
            return
        before = [
            event
            for event in timeline.events
            if event.kind == "staff_message" and event.at.lo < stop.lo and event.role != "customer"
        ]
        told = []
        for event in before:
            reasons = [
                why
                for why, applies in (
                    ("by a bot", event.role == "bot" and "bot" not in moment.counts),
                    ("by the system", event.role == "system"),
                    ("an internal note", event.public is False and "internal_note" not in moment.counts),
                    ("automatic", event.automatic is True and "automatic" not in moment.counts),
                    ("before the clock started", event.at.hi < start.lo),
                )
                if applies
            ]
            told.append(f"{format_instant(event.at)} ({', '.join(reasons) or 'opened the ticket, or may not count'})")
        if told:
            more = f" and {len(told) - _MOST_EVENTS:,} more" if len(told) > _MOST_EVENTS else ""
            yield f"passed over as no first response: {', '.join(told[:_MOST_EVENTS])}{more}"

    # --- the sum ------------------------------------------------------------------------------------------------------
    def _write_sum(self, clock: ClockSum) -> None:
        if not clock.runs:
            return
        sums = clock.terms()
        names = max(width_of(term.name) for terms in sums for term in terms)
        label = "sum"
        for terms in sums:
            for term in terms:
                line = f"{term.sign or ' '} {term.name:<{names}}  {plain(term.value)}"
                self._say(label, line)
                label = ""
            self._page.blank() if terms is not sums[-1] else None

    # --- what follows -------------------------------------------------------------------------------------------------
    def _conclusion(self, rule: RulePlan, finding: Finding) -> str:
        match finding.verdict:
            case Verdict.NOT_APPLICABLE:
                return self._not_applicable(rule, finding)
            case Verdict.UNKNOWN | Verdict.OPEN:
                return self._undecided(rule, finding)
            case _:
                pass
        reached = _reached(rule.demand, finding)
        if finding.verdict is Verdict.PASS:
            met = {OnFail.OUT_OF_SCOPE: "the gate admits the ticket"}.get(rule.on_fail, "the rule is kept")
            return sentence(f"{reached}{met}.")
        broken = {
            OnFail.OUT_OF_SCOPE: "the ticket is not covered; that breaks nothing, but bars every rule that needs this gate",
            OnFail.NOTE: "this is noted, and breaks nothing",
            OnFail.VIOLATION: f"the rule is broken, by the {rule.party}",
        }
        return sentence(f"{reached}{broken[rule.on_fail]}.")

    def _not_applicable(self, rule: RulePlan, finding: Finding) -> str:
        if finding.barred_by:
            gate = self._findings.get(finding.barred_by)
            why = f" ({plain(self._gate_values(gate))})" if gate is not None and gate.verdict is Verdict.FAIL else ""
            return f"It does not speak of this ticket: the gate {plain(finding.barred_by)} bars it{why}."
        if rule.when is not None and not _when_open(rule, finding):
            return "It does not speak of this ticket: what is asked for under `when` does not hold."
        match rule.demand:
            case EveryReply():
                return "It does not speak of this ticket: there is no reply."
            case Distinct(field):
                return f"It does not speak of this ticket: there is no {plain(field)}."
            case Within():
                return "It does not speak of this ticket: its clock never started."
            case _:
                return "It does not speak of this ticket: what is asked for under `when` does not hold."

    def _gate_values(self, gate: Finding | None) -> str:
        values = gate.evidence.get("values") if gate is not None else None
        if not isinstance(values, Mapping):
            return ""
        return ", ".join(f"{name} is {_value(text)}" for name, text in values.items())

    def _undecided(self, rule: RulePlan, finding: Finding) -> str:
        doubtful = self._doubtful_gate(rule, finding)
        lack = "only time can tell" if finding.verdict is Verdict.OPEN else _lack(finding)
        if finding.reason is not None and finding.reason.value == "revision":
            return f"Which revision of the policy is in force is not certain from {plain(finding.field)}, and they differ here."
        if rule.when is not None and finding.field in reads(rule.when) and finding.field not in _demanded(rule.demand):
            return f"It cannot be said whether the rule speaks of this ticket: {lack}."
        if doubtful is not None:
            return f"It cannot be said whether the gate {plain(doubtful)} admits the ticket: {lack}."
        if isinstance(rule.demand, Within):
            said = ClockSum(finding, rule.demand).conclusion()
            if said:
                return said
        if finding.verdict is Verdict.OPEN:
            return f"Not yet by the audit instant, and it may still come: {lack}."
        if finding.reason is not None and finding.reason.value == "whole population":
            return "It can be decided only over all tickets."
        return f"It cannot be decided: {lack}."

    def _doubtful_gate(self, rule: RulePlan, finding: Finding) -> str | None:
        """The first gate in file order that is undecided for the same cause."""
        for gate in rule.gates:
            found = self._findings[gate]
            if (found.verdict, found.reason, found.field) == (finding.verdict, finding.reason, finding.field):
                return gate
        return None

    # --- the end ------------------------------------------------------------------------------------------------------
    def _write_assumptions(self) -> None:
        told = [(plain(path), plain(text)) for path, text in self._touching()]
        if told:
            self._page.blank()
            self._page.line("Assumed, and touching these verdicts:")
            self._page.entries(told, indent=_INDENT)

    def _touching(self) -> Iterator[tuple[str, str]]:
        """The assumptions of the policy and the mapping on which the rules that speak of this ticket rest."""
        speaking = [self._rules[f.rule] for f in self._ticket.findings if not f.barred_by]
        ids = {rule.id for rule in speaking}
        fields = {name for rule in speaking for name in (*reads(rule.demand), *(reads(rule.when) if rule.when else ()))}
        terms = {term for rule in speaking for term in self._ticket.terms.get(rule.id, ())}
        for path, text in self._revision.assumed.items():
            head, _, rest = path.partition(".")
            touched = {"rules": ids, "facts": fields, "terms": terms}.get(head)
            if touched is None or not rest or rest in touched or rest.split(".")[0] in touched:
                yield path, text
        for path, text in self._head.mapping_assumed.items():
            head, _, rest = path.partition(".")
            if head not in ("fields", "lookups") or not rest or rest.split(".")[0] in fields:
                yield f"mapping: {path}", text

    def _summary(self) -> str:
        findings = self._ticket.findings
        broken = [f for f in findings if f.verdict is Verdict.FAIL and f.on_fail is OnFail.VIOLATION]
        outside = [f for f in findings if f.verdict is Verdict.FAIL and f.on_fail is OnFail.OUT_OF_SCOPE]
        parts = []
        for party in Party:
            rules = [plain(f.rule) for f in broken if f.party is party]
            if rules:
                parts.append(f"{number(len(rules), 'violation')} by the {party} ({', '.join(rules)})")
        if outside:
            parts.append(f"not covered by {_listed([plain(f.rule) for f in outside])}")
        counted = Counter(f.verdict for f in findings)
        tail = ", ".join(
            f"{counted[verdict]} {word}"
            for verdict, word in (
                (Verdict.PASS, "pass"),
                (Verdict.OPEN, "open"),
                (Verdict.NOT_APPLICABLE, "not applicable"),
                (Verdict.UNKNOWN, "unknown"),
            )
            if counted[verdict]
        )
        return f"Ticket {_named(self._ticket.name)}: {'; '.join(parts or ['no violation'])}; of {number(len(findings), 'rule')} {tail or 'none else'}."
