"""What a report was made from, and the sums by which to check that nothing was lost."""

from __future__ import annotations

from collections.abc import Mapping

from supportpolicy.model.finding import Counts, Totals
from supportpolicy.model.instant import format_us
from supportpolicy.plugin.records import AuditInstant, Head, RevisionHead
from supportpolicy.reports.page import Page, plain, shortened
from supportpolicy.reports.span import expected_in_words, limited_in_words
from supportpolicy.reports.summary import TICKETS, faults, in_force, input_rows, judged_rules, number, ticket_rows


def write_provenance(page: Page, head: Head, totals: Totals) -> None:
    """Policy, inputs and mapping with their digests, the audit instant, versions, and the clauses no rule checks."""
    page.heading("Provenance")
    page.paragraph(f"Policy {plain(head.policy_id)}: {plain(head.policy_title)}", hanging=4)
    for revision in head.revisions:
        label = f"revision {plain(revision.label)}, " if revision.label else ""
        page.paragraph(f"{label}in force {plain(in_force(revision))}, {plain(revision.file)}", indent=4, hanging=4)
        page.paragraph(f"sha256 {revision.sha256}", indent=4)
        for name, sha256 in revision.calendars.items():
            page.paragraph(f"calendar {plain(name)}, sha256 {sha256}", indent=4, hanging=4)
    for file in head.inputs:
        rows = input_rows(totals, file)
        count = f"{number(rows.read, 'row')}, " if rows else ""
        page.paragraph(f"Input {input_name(file.name, file.table)}: {count}{number(file.size, 'byte')}", hanging=4)
        page.paragraph(f"sha256 {file.sha256}", indent=4)
    if head.mapping:
        page.paragraph(f"Mapping {plain(head.mapping.name)}: {number(head.mapping.size, 'byte')}", hanging=4)
        page.paragraph(f"sha256 {head.mapping.sha256}", indent=4)
    page.paragraph(f"Audit instant {instant_in_words(head.instant)}", hanging=4)
    if head.instant and (horizon := horizon_in_words(head.instant)):
        page.paragraph(horizon, indent=4)
    if head.instant and head.instant.warning:
        page.paragraph(f"Warning: {plain(head.instant.warning)}", indent=4, hanging=4)
    if limited := limited_in_words(head):
        page.paragraph(f"Judged only {limited}", hanging=4)
    if head.source:
        page.paragraph(f"Read by the source {plain(head.source)}", hanging=4)
    if versions := versions_in_words(head):
        page.paragraph(f"Made with {versions}", hanging=4)


def write_unchecked(page: Page, head: Head, most: int | None) -> None:
    """The clauses that no rule checks, with the reason."""
    page.heading("Clauses that no rule checks")
    for revision in head.revisions:
        unchecked = [
            (plain(clause.id), f"{plain(clause.unchecked)} ({plain(clause.section)}: {plain(clause.says)})")
            for clause in revision.clauses
            if clause.unchecked
        ]
        page.paragraph(clauses_in_words(head, revision) + (":" if unchecked else ""))
        page.listing(unchecked, most)


def clauses_in_words(head: Head, revision: RevisionHead) -> str:
    """How many clauses a revision has and how many of them a rule checks, as a sum."""
    unchecked = sum(bool(clause.unchecked) for clause in revision.clauses)
    checked = len(revision.clauses) - unchecked
    of = f" of revision {plain(revision.label)}" if len(head.revisions) > 1 else ""
    objectives = f" and {number(len(revision.objectives), 'objective')}" if revision.objectives else ""
    by = f"{number(len(revision.rules), 'rule')}{objectives}"
    return f"{number(len(revision.clauses), 'clause')}{of} = {checked:,} checked by {by} + {unchecked:,} unchecked"


def write_totals(page: Page, head: Head, totals: Totals) -> None:
    """The control totals as sums."""
    page.heading("Control totals")
    page.entries(control_sums(head, totals), most=28)
    found = faults(totals)
    for fault in found:
        page.paragraph(f"DOES NOT ADD UP: {plain(fault)}.", hanging=4, style="bold red")
    if not found:
        page.line("All of them add up.")


def control_sums(head: Head, totals: Totals) -> list[tuple[str, str]]:
    """The control totals, each with its name: `24 = 21 judged + 3 excluded`."""
    rules = judged_rules(head)
    rows = ticket_rows(totals)
    excluded = sum(totals.excluded.values())
    sums = [
        _sum("rows read", rows.read, {"used": rows.used, "rejected": rows.rejected}),
        _sum("tickets formed", totals.formed, {"judged": totals.judged, "excluded": excluded}),
    ]
    if expected := expected_in_words(head, totals):
        sums.append(("tickets expected", expected))
    if totals.excluded:
        sums.append(_sum("tickets excluded", excluded, {shortened(reason): n for reason, n in totals.excluded.items()}))
    for (revision, rule), counts in totals.rules.items():
        judged = rules.get((revision, rule))
        sums.append(
            _sum(plain(judged.key if judged else rule), totals.judged_under.get(revision, 0), _verdicts(counts))
        )
    for tally in totals.tallies:
        if tally.line_feeds is None:
            sums.append(_sum(plain(tally.file), tally.stated or 0, {"records": tally.read}, " records stated"))
            continue
        lines = {"header": tally.header_lines, "records": tally.read, "blank": tally.blank}
        lines["inside records"] = tally.inner
        sums.append(_sum(plain(tally.file), tally.line_feeds, lines, " line feeds"))
    return sums


def verdict_sum(counts: Counts) -> str:
    """The verdicts of one rule as a sum."""
    return _sum("", counts.judged, _verdicts(counts))[1]


def _verdicts(counts: Counts) -> dict[str, int]:
    return {
        "pass": counts.passed,
        "fail": counts.failed,
        "open": counts.open,
        "n.a.": counts.not_applicable,
        "unknown": counts.unknown,
    }


def instant_in_words(instant: AuditInstant | None) -> str:
    """The audit instant and where it came from."""
    if instant is None:
        return "none, since nothing in the input is dated"
    return f"{format_us(instant.at)}, {plain(instant.basis)}"


def input_name(name: str, table: str) -> str:
    """An input as it was typed, with the lookup table that it holds."""
    return plain(name) if table == TICKETS else f"{plain(name)} (table {plain(table)})"


def horizon_in_words(instant: AuditInstant) -> str:
    """Why the audit instant is not the one that was asked for; empty where it is."""
    if instant.horizon is None or instant.as_of == instant.horizon:
        return ""
    return (
        f"the earlier of {format_us(instant.as_of)}, which was asked for, and {format_us(instant.horizon)}, the last "
        "instant at which the input's silence is evidence"
    )


def versions_in_words(head: Head) -> str:
    """What took part, each with its version."""
    return ", ".join(f"{plain(name)} {plain(version)}" for name, version in head.versions.items())


def _sum(name: str, whole: int, parts: Mapping[str, int], of: str = "") -> tuple[str, str]:
    equal = "=" if whole == sum(parts.values()) else "is not"
    return name, f"{whole:,}{of} {equal} " + " + ".join(f"{count:,} {part}" for part, count in parts.items())
