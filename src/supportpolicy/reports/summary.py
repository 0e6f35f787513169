"""What a run comes to, in the words and keys that all reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Counts, Input, Tally, Totals
from supportpolicy.model.objective import Standing
from supportpolicy.model.verdict import Party
from supportpolicy.plugin.records import ClauseHead, Head, ObjectiveHead, RevisionHead, RuleHead
from supportpolicy.reports.breaches import Breaches

TICKETS = "tickets"
"""The table of tickets; all others are looked up in."""


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """One rule of one revision. `key` names it in the report: its id, or `ID@REVISION` where several revisions have it."""

    key: str
    head: RuleHead
    clauses: tuple[ClauseHead, ...]

    @property
    def sections(self) -> str:
        """The sections of the policy that its clauses stand in."""
        return "; ".join(dict.fromkeys(clause.section for clause in self.clauses))


def judged_rules(head: Head) -> Mapping[tuple[str, str], JudgedRule]:
    """All rules by (revision, id), in file order."""
    seen = Counter(rule.id for revision in head.revisions for rule in revision.rules)
    found = {}
    for revision in head.revisions:
        clauses = {clause.id: clause for clause in revision.clauses}
        for rule in revision.rules:
            key = rule.id if seen[rule.id] == 1 else f"{rule.id}@{revision.label}"
            cited = tuple(clauses[id_] for id_ in rule.clauses if id_ in clauses)
            found[revision.label, rule.id] = JudgedRule(key, rule, cited)
    return found


@dataclass(frozen=True, slots=True)
class JudgedObjective:
    """One objective of one revision. `key` names it in the report as that of a rule does."""

    key: str
    head: ObjectiveHead
    clauses: tuple[ClauseHead, ...]


def judged_objectives(head: Head) -> Mapping[tuple[str, str], JudgedObjective]:
    """All objectives by (revision, id), in file order."""
    seen = Counter(one.id for revision in head.revisions for one in revision.objectives)
    found = {}
    for revision in head.revisions:
        clauses = {clause.id: clause for clause in revision.clauses}
        for one in revision.objectives:
            key = one.id if seen[one.id] == 1 else f"{one.id}@{revision.label}"
            cited = tuple(clauses[id_] for id_ in one.clauses if id_ in clauses)
            found[revision.label, one.id] = JudgedObjective(key, one, cited)
    return found


def in_force(revision: RevisionHead) -> str:
    """The span of a revision in words."""
    since = f"from {revision.since}" if revision.since else ""
    until = f"until {revision.until}" if revision.until else ""
    return " ".join(filter(None, (since, until))) or "without bounds"


@dataclass(frozen=True, slots=True)
class Settling:
    """A field that would settle so many unknown verdicts, and the reasons by which they are unknown, the commonest first."""

    field: str
    unknowns: int
    reasons: tuple[Reason, ...]


def settling(totals: Totals) -> tuple[Settling, ...]:
    """The fields that unknown verdicts name, over all rules; those that would settle most first, among equals by rule."""
    by_field: dict[str, dict[Reason, int]] = {}
    for counts in totals.rules.values():
        for (field, reason), unknowns in counts.unknown_by.items():
            if field and unknowns:
                reasons = by_field.setdefault(field, {})
                reasons[reason] = reasons.get(reason, 0) + unknowns
    found = [Settling(field, sum(reasons.values()), _commonest_first(reasons)) for field, reasons in by_field.items()]
    return tuple(sorted(found, key=lambda one: -one.unknowns))


def _commonest_first(reasons: Mapping[Reason, int]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: (-reasons[reason], reason)))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table or file: read = used + rejected."""

    read: int
    used: int
    rejected: int

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Rows:
        tallies = tuple(tallies)
        return cls(sum(t.read for t in tallies), sum(t.used for t in tallies), sum(t.rejected for t in tallies))


def ticket_rows(totals: Totals) -> Rows:
    """The rows of the table of tickets, over all its files."""
    return Rows.of(tally for tally in totals.tallies if tally.table == TICKETS)


def input_rows(totals: Totals, file: Input) -> Rows | None:
    """The rows of one input, None where none were counted."""
    tallies = [tally for tally in totals.tallies if (tally.file, tally.table) == (file.name, file.table)]
    return Rows.of(tallies) if tallies else None


def faults(totals: Totals) -> tuple[str, ...]:
    """The control totals that do not add up, as sentences; none in a sound run."""
    found = []
    excluded = sum(totals.excluded.values())
    if totals.formed != totals.judged + excluded:
        found.append(f"{totals.formed:,} tickets formed are not {totals.judged:,} judged and {excluded:,} excluded")
    for (revision, rule), counts in totals.rules.items():
        judged = totals.judged_under.get(revision, 0)
        if counts.judged != judged:
            found.append(
                f"the verdicts of {rule} are {counts.judged:,}, not the {judged:,} tickets judged under {revision}"
            )
    for tally in totals.tallies:
        if not tally.adds_up and tally.line_feeds is None:
            found.append(f"{tally.file} states {tally.stated or 0:,} records, and {tally.read:,} were read")
        elif not tally.adds_up:
            lines = tally.header_lines + tally.read + tally.blank + tally.inner
            found.append(f"{tally.file} has {tally.line_feeds:,} line feeds where its records account for {lines:,}")
    return tuple(found)


def answer(head: Head, totals: Totals) -> str:
    """Whether the policy was kept, in one or two sentences."""
    breaches = Breaches.of(head, totals)
    rules = judged_rules(head)
    counted = [totals.rules.get(key, Counts()) for key in rules]
    unknown = sum(counts.unknown for counts in counted)
    waiting = sum(counts.open for counts in counted)
    verdicts = sum(counts.judged for counts in counted)
    decided = sum(counts.passed + counts.failed for counts in counted)
    rejected = sum(tally.rejected for tally in totals.tallies)
    on = f"the {number(totals.judged, 'ticket')} judged"
    missed = _missed(head, totals)
    unsettled = _standing(totals, Standing.UNKNOWN)
    if not totals.formed:
        first = "Nothing was judged: the input holds no ticket that can be read."
    elif not totals.judged:
        first = f"Nothing was judged: {_all(totals.formed, 'ticket')} formed {_was(totals.formed)} excluded."
    elif any(breaches.violations.values()):
        by = [
            f"{number(breaches.violations[party], 'violation')} by the {party} on "
            f"{number(breaches.tickets[party], 'ticket')}"
            for party in Party
            if breaches.violations[party]
        ]
        first = f"The policy was not kept: {' and '.join(by)}, of {on}{''.join(f'; {one}' for one in missed)}."
    elif missed:
        first = f"The policy was not kept: {' and '.join(missed)}; no rule is broken on {on}."
    elif not decided:
        first = f"Nothing could be decided on {on}."
    elif unknown or waiting or rejected or unsettled or _standing(totals, Standing.OPEN):
        first = f"No violation was found on {on}, but not everything could be judged."
    else:
        first = f"The policy was kept: no rule is broken on {on}."
    doubts = []
    if unknown:
        doubts.append(f"{unknown:,} of {number(verdicts, 'verdict')} {_is(unknown)} unknown")
    if waiting:
        doubts.append(f"{waiting:,} {_is(waiting)} still open")
    if unsettled:
        doubts.append(f"objectives are unknown {number(unsettled, 'time')}")
    if rejected:
        doubts.append(f"{number(rejected, 'row')} could not be read and {_was(rejected)} not judged")
    if faults(totals):
        first = f"The control totals do not add up, so nothing here can be relied on. {first}"
    return f"{first} {sentence('; '.join(doubts))}." if doubts else first


def _missed(head: Head, totals: Totals) -> list[str]:
    """By party, how many times it missed objectives."""
    missed = dict.fromkeys(Party, 0)
    for key, one in judged_objectives(head).items():
        if key in totals.objectives:
            missed[one.head.party] += totals.objectives[key].standings.get(Standing.MISSED, 0)
    return [f"objectives missed {number(times, 'time')} by the {party}" for party, times in missed.items() if times]


def _standing(totals: Totals, stands: Standing) -> int:
    return sum(one.standings.get(stands, 0) for one in totals.objectives.values())


def number(count: int, noun: str) -> str:
    """`1 ticket`, `24,918 tickets`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def sentence(text: str) -> str:
    """`text` with its first letter raised."""
    return text[:1].upper() + text[1:]


def _all(count: int, noun: str) -> str:
    return f"the one {noun}" if count == 1 else f"all {count:,} {noun}s"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
