"""The `markdown` report: a summary for the page of a CI job, a pull request or a wiki.

GitHub and GitLab show it as it is meant; any CommonMark reader with tables does. What it holds and in which order is that
of the text report. A list of more than 50 lines is folded after the fiftieth: the first stand open, the others in a
`<details>` below them that says how many there are, so that nothing is left out. (GitHub refuses a job summary of more than
1 MiB.)

Text from outside is shown on one line with everything unprintable escaped, and nothing in it is taken for Markdown, HTML, a
link, a mention or a reference; ids and values beyond 60 characters are cut and say how long they are (the `json` and
`jsonl` reports have them whole).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO, Final

from supportpolicy.model.finding import Excluded, Item, Rejected, Totals
from supportpolicy.plugin.records import ExitCode, Head, Report, ReportOptions, RevisionHead, Writer
from supportpolicy.reports import clock_counts, event_counts, groupings, lateness, metrics, objectives
from supportpolicy.reports.gathering import (
    MORE_PARTS,
    REJECTED,
    Gathering,
    Group,
    Part,
    named,
    whole_input,
)
from supportpolicy.reports.lateness import late_rules
from supportpolicy.reports.markdown_page import OPEN_LINES, MarkdownPage, header, row
from supportpolicy.reports.markup import code, prose
from supportpolicy.reports.objectives import objective_tables
from supportpolicy.reports.page import excerpt, shortened
from supportpolicy.reports.provenance import (
    clauses_in_words,
    control_sums,
    horizon_in_words,
    instant_in_words,
    versions_in_words,
)
from supportpolicy.reports.rule_tables import (
    NO_VIOLABLE_RULE,
    RuleTable,
    gate_table,
    note_table,
    violable_legend,
    violable_tables,
)
from supportpolicy.reports.span import (
    SPAN_TITLE,
    empty_months_in_words,
    gap_rows,
    ids_in_words,
    limited_in_words,
    month_rows,
)
from supportpolicy.reports.spool import Spool
from supportpolicy.reports.summary import TICKETS, answer, faults, in_force, input_rows, number, settling

_EXCERPT: Final = 120
_FINDINGS: Final = ("ticket", "evidence", "record")
_EXCLUDED: Final = ("ticket", "record")
_REJECTED: Final = ("place", "reason", "record", "from byte", "bytes")


class MarkdownWriter(MarkdownPage):
    """Makes each finding's line ready as it comes and sets it aside until its part of the report is written."""

    def __init__(self, head: Head, out: BinaryIO) -> None:
        super().__init__(out)
        self._head = head
        self._gathering = Gathering(head)
        self._spool: Spool[tuple[Group, bool]] = Spool()

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""
        for item in items:
            listed = self._gathering.take(item)
            if listed is None:
                continue
            place = code(listed.place) if listed.place else ""
            match item:
                case Rejected():
                    table = "" if item.table == TICKETS else f" of {code(item.table)}"
                    record, offset = f"{item.place.record:,}{table}", "" if item.offset is None else f"{item.offset:,}"
                    cells = [place, prose(listed.told), record, offset, code(excerpt(item.raw, _EXCERPT))]
                case Excluded():
                    cells = [code(listed.name), place]
                case _:
                    cells = [code(listed.name), prose(listed.told), place]
            self._spool.append((listed.group, listed.nth > OPEN_LINES), row(cells).encode())

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the whole report."""
        try:
            self._write_answer(totals, exit_code)
            self._write_rules(totals)
            self._write_clocks(totals)
            self._write_objectives(totals)
            self._write_lateness(totals)
            self._write_groups(totals)
            self._write_findings(Part.VIOLATIONS)
            self._write_unknown()
            for part in MORE_PARTS:
                self._write_findings(part)
            self._write_data(totals)
            self._write_span(totals)
            self._write_basis()
            self._write_unchecked()
            self._write_provenance(totals)
            self._write_totals(totals)
            self._write_exit(exit_code)
        finally:
            self._spool.close()

    # --- the answer ---------------------------------------------------------------------------------------------------
    def _write_answer(self, totals: Totals, exit_code: ExitCode) -> None:
        head = self._head
        self._line(f"## Audit against: {prose(head.policy_title or head.policy_id)}")
        self._paragraph(f"**{answer(head, totals)}**")
        for most in settling(totals)[:1]:
            self._paragraph(
                f"Most unknown verdicts, {most.unknowns:,} of them, would be settled by the field {code(most.field)} "
                f"({' or '.join(most.reasons)})."
            )
        why = f": {prose(exit_code.why[0][1])}" if exit_code.why else ""
        more = f"; {number(len(exit_code.why) - 1, 'more reason')} at the end" if len(exit_code.why) > 1 else ""
        self._paragraph(f"Exit code {exit_code.code}{why}{more}.")
        assumed = sum(len(revision.assumed) for revision in head.revisions) + len(head.mapping_assumed)
        readings = sum(bool(clause.reading) for revision in head.revisions for clause in revision.clauses)
        if assumed or readings:
            self._paragraph(
                f"All of this rests on {number(assumed, 'assumption')} and {number(readings, 'reading')} of the text: "
                "see Assumptions and readings."
            )
        labels = ", ".join(code(revision.label) for revision in head.revisions if revision.label)
        revisions = f", revision{'s' if len(head.revisions) > 1 else ''} {labels}" if labels else ""
        entries = [f"Policy {code(head.policy_id)}{revisions}", f"As of {prose(instant_in_words(head.instant))}"]
        if head.instant and head.instant.warning:
            entries.append(f"Warning: **{prose(head.instant.warning)}**")
        entries += [f"{'Tickets' if file.table == TICKETS else 'Looked up'} {code(file.name)}" for file in head.inputs]
        if head.mapping:
            entries.append(f"Mapping {code(head.mapping.name)}")
        if limited := limited_in_words(head):
            entries.append(f"Only {prose(limited)}")
        self._list(entries)

    # --- rules --------------------------------------------------------------------------------------------------------
    def _write_rules(self, totals: Totals) -> None:
        head = self._head
        self._heading("Rules")
        violable = violable_tables(head, totals)
        for party, table in violable.items():
            self._paragraph(f"Owed by the {party}:")
            self._rule_table(table)
        self._paragraph(prose(violable_legend(head, totals)) if violable else NO_VIOLABLE_RULE)
        if gates := gate_table(head, totals):
            self._heading("Coverage: which tickets the policy speaks of")
            self._rule_table(gates)
        if notes := note_table(head, totals):
            self._heading("Notes: what is remarked on and breaks nothing")
            self._rule_table(notes)

    def _rule_table(self, table: RuleTable) -> None:
        numbers = [column.heading for column in table.columns]
        rows = [(code(rule.key), prose(rule.sections), *cells) for rule, cells in table.rows]
        self._table((table.first, "section", *numbers), rows, numbers)

    # --- what else is counted -----------------------------------------------------------------------------------------
    def _write_clocks(self, totals: Totals) -> None:
        rules = list(clock_counts.clock_rules(self._head, totals))
        if rules:
            self._heading(prose(clock_counts.TITLE))
            rows = [(code(one.rule.key), *one.cells) for one in rules]
            self._table(("rule", *clock_counts.HEADINGS), rows, clock_counts.HEADINGS)
            self._paragraph(prose(clock_counts.LEGEND))

    def _write_objectives(self, totals: Totals) -> None:
        tables = list(objective_tables(self._head, totals))
        if not tables:
            return
        self._heading(objectives.TITLE)
        for table in tables:
            of = table.objective.head
            self._line(f"\n#### {code(table.objective.key)}: {table.sum}")
            said = [f"{prose(clause.section)}: {prose(clause.says)}" for clause in table.objective.clauses]
            self._list([*said, f"Owed by the {of.party}: {prose(of.demand)}"])
            lines = [(*map(code, line.names), *line.cells, line.standing) for line in table.lines]
            self._table((*map(code, table.names), *table.numbers, "standing"), lines, table.numbers)
            if table.others:
                self._paragraph(f"And {table.others}.")
        self._paragraph(prose(objectives.LEGEND))

    def _write_lateness(self, totals: Totals) -> None:
        late = list(late_rules(self._head, totals))
        if not late:
            return
        self._heading(lateness.TITLE)
        headings = lateness.HEADINGS
        self._table(("rule", *headings), [(code(one.rule.key), *one.cells) for one in late], headings)
        self._paragraph(prose(lateness.LEGEND))
        for one in late:
            self._line(f"\n#### {code(one.rule.key)}: {one.title.lower()}")
            rows = [(code(name), by, code(place)) for name, by, place in one.latest]
            self._table(("ticket", "late", "record"), rows)

    def _write_groups(self, totals: Totals) -> None:
        head = self._head
        if not head.by:
            return
        self._heading(prose(groupings.title(head)))
        fields = [code(field) for field in head.by]
        sizes = [(*map(code, said), judged) for said, judged in groupings.sizes(head, totals)]
        self._table((*fields, "judged"), sizes, ("judged",))
        for table in groupings.group_tables(head, totals):
            self._line(f"\n#### {code(table.rule.key)}")
            rows = [(*map(code, row.said), *row.cells) for row in table.rows]
            self._table((*fields, *table.numbers), rows, table.numbers)

    def _write_span(self, totals: Totals) -> None:
        """The months of the tickets and the gaps between their ids: where tickets may be missing."""
        months, ids = totals.months, totals.ids
        rows = month_rows(months)
        if not rows and ids is None:
            return
        self._heading(SPAN_TITLE)
        if rows:
            self._paragraph("Judged tickets by the month in which they were submitted:")
            self._table(("month", "judged"), rows, ("judged",))
            if empty := empty_months_in_words(months):
                self._paragraph(f"{empty}.")
        if ids is not None:
            self._paragraph(f"Ids that are whole numbers: {ids_in_words(ids)}.")
            if ids.gaps:
                self._paragraph("The widest gaps:")
                self._table(("ids", "missing"), gap_rows(ids), ("missing",))

    # --- findings -----------------------------------------------------------------------------------------------------
    def _write_findings(self, part: Part) -> None:
        groups = self._gathering.of_part(part)
        if groups or part is Part.VIOLATIONS:
            self._heading(part.value)
        if not groups and part is Part.VIOLATIONS:
            self._paragraph("None.")
        for group in groups:
            rule = self._gathering.rule(group)
            self._line(f"\n#### {code(rule.key if rule else group.rule)}: {self._gathering.words(group)}")
            if rule and part in (Part.VIOLATIONS, Part.NOTES, Part.OPEN):
                said = [f"{prose(clause.section)}: {prose(clause.says)}" for clause in rule.clauses]
                self._list([*said, *([f"Checked: {prose(rule.head.demand)}"] if rule.head.demand else [])])
            self._write_listed(group, _FINDINGS)

    def _write_unknown(self) -> None:
        """By the field and reason, with the rules they leave undecided; first what the input does not hold at all."""
        gathering = self._gathering
        groups = gathering.unknown()
        if groups or gathering.whole:
            self._heading(Part.UNKNOWN.value)
        for group, rules in gathering.whole.items():
            self._line(f"\n#### {prose(whole_input(group.field, group.reason, self._head))}")
            self._paragraph(f"Undecided for want of it: {_rule_counts(rules)}")
        for group in groups:
            field = f"{code(group.field)}: " if group.field else ""
            self._line(f"\n#### {field}{group.reason}")
            self._paragraph(f"Undecided for this: {_rule_counts(gathering.by_rule[group])}")
            self._write_listed(group, _FINDINGS)

    # --- the data -----------------------------------------------------------------------------------------------------
    def _write_data(self, totals: Totals) -> None:
        """What to mend in the data, and what was left out of it."""
        head, gathering = self._head, self._gathering
        absent = [field for field in head.absent if field not in head.not_recorded]
        excluded = gathering.excluded()
        fields = settling(totals)
        rejected = gathering.counted[REJECTED]
        self._heading("The data: what to mend and what was left out")
        if not (fields or totals.unmapped or head.missing_tables or absent or head.not_recorded
                or totals.conflicting_ids or rejected or excluded or totals.events.there
                or totals.metrics):  # fmt: skip
            self._paragraph("Nothing.")
        if fields:
            self._paragraph("Fields that leave verdicts unknown:")
            rows = [(code(one.field), f"{one.unknowns:,}", ", ".join(one.reasons)) for one in fields]
            self._table(("field", "verdicts", "reasons"), rows, ("verdicts",))
        if totals.unmapped:
            self._paragraph("Spellings that the policy's vocabulary does not hold:")
            rows_of = [
                (
                    code(item.field),
                    code(named(item.text)),
                    f"{item.tickets:,}",
                    "-" if item.nearest is None else code(named(item.nearest)),
                )
                for item in totals.unmapped
            ]
            self._table(("field", "spelling", "tickets", "nearest"), rows_of, ("tickets",))
        for table, of in head.missing_tables.items():
            self._paragraph(
                f"The mapping takes {_codes(of)} from the table {code(table)}, which was not given: add "
                f"{code(f'--table {table}=FILE')}."
            )
        if absent:
            self._paragraph(f"Fields that the input does not hold: {_codes(absent)}.")
        if head.not_recorded:
            self._paragraph(f"Fields that the source does not record, says the mapping: {_codes(head.not_recorded)}.")
        if rejected:
            self._paragraph(f"Rows that could not be read, {rejected:,}:")
            self._write_listed(REJECTED, _REJECTED, ("record", "from byte"))
        if totals.conflicting_ids:
            ids = totals.conflicting_ids
            self._paragraph(f"Ids of different records, {len(ids):,} (each record is judged, none counts in a rate):")
            self._table(("id",), [(code(named(id_)),) for id_ in ids])
        for group in excluded:
            self._paragraph(f"Not judged, {prose(shortened(group.reason, 200))}: {gathering.words(group)}")
            self._write_listed(group, _EXCLUDED)
        if totals.events.there:
            self._paragraph(f"{event_counts.TITLE}:")
            self._table(("counted", "number"), event_counts.event_rows(totals), ("number",))
        self._write_metrics(totals)

    def _write_metrics(self, totals: Totals) -> None:
        """What the export says itself, beside its events."""
        rules = list(metrics.metric_rules(self._head, totals))
        if not rules:
            return
        self._paragraph(f"{prose(metrics.TITLE)}:")
        rows = [(code(one.rule.key), *one.cells) for one in rules]
        self._table(("rule", *metrics.HEADINGS), rows, metrics.HEADINGS)
        for one in rules:
            if one.greatest:
                self._paragraph(f"{one.title}, {code(one.rule.key)}:")
                differing = [(code(name), by, code(place)) for name, by, place in one.greatest]
                self._table(("ticket", "difference", "record"), differing)

    # --- what it rests on ---------------------------------------------------------------------------------------------
    def _write_basis(self) -> None:
        """What the policy's text does not state and how it was read."""
        head = self._head
        self._heading("Assumptions and readings")
        written = False
        for revision in head.revisions:
            of = self._of(revision)
            assumed = [f"{code(path)}: {prose(text)}" for path, text in revision.assumed.items()]
            readings = [
                f"{code(clause.id)}: {prose(clause.reading)} ({prose(clause.section)})"
                for clause in revision.clauses
                if clause.reading
            ]
            for title, entries in (
                (f"What the text{of} does not state and is assumed:", assumed),
                (f"How clauses{of} are read:", readings),
            ):
                written = self._titled(title, entries) or written
        mapping = [f"{code(path)}: {prose(text)}" for path, text in head.mapping_assumed.items()]
        written = self._titled("What the mapping assumes:", mapping) or written
        if head.not_recorded:
            self._paragraph(f"The mapping says that the source does not record: {_codes(head.not_recorded)}.")
        elif not written:
            self._paragraph("None.")

    def _write_unchecked(self) -> None:
        self._heading("Clauses that no rule checks")
        for revision in self._head.revisions:
            unchecked = [
                f"{code(clause.id)}: {prose(clause.unchecked)} ({prose(clause.section)}: {prose(clause.says)})"
                for clause in revision.clauses
                if clause.unchecked
            ]
            self._titled(prose(clauses_in_words(self._head, revision)), unchecked, always=True)

    def _of(self, revision: RevisionHead) -> str:
        return f" of revision {code(revision.label)}" if len(self._head.revisions) > 1 else ""

    def _titled(self, title: str, entries: Sequence[str], always: bool = False) -> bool:
        if entries or always:
            self._paragraph(title)
        self._list(entries)
        return bool(entries)

    # --- provenance ---------------------------------------------------------------------------------------------------
    def _write_provenance(self, totals: Totals) -> None:
        head = self._head
        self._heading("Provenance")
        files = [
            (
                "policy" + (f" {code(revision.label)}" if revision.label else ""),
                code(revision.file),
                "",
                "",
                code(revision.sha256),
            )
            for revision in head.revisions
        ]
        for revision in head.revisions:
            of_revision = f" of {code(revision.label)}" if revision.label else ""
            for name, sha256 in revision.calendars.items():
                files.append((f"calendar {code(name)}{of_revision}", "", "", "", code(sha256)))
        for file in head.inputs:
            rows = input_rows(totals, file)
            of = "tickets" if file.table == TICKETS else f"table {code(file.table)}"
            files.append((of, code(file.name), f"{rows.read:,}" if rows else "", f"{file.size:,}", code(file.sha256)))
        if head.mapping:
            of_mapping = head.mapping
            files.append(("mapping", code(of_mapping.name), "", f"{of_mapping.size:,}", code(of_mapping.sha256)))
        if files:
            self._table(("what", "file", "rows", "bytes", "sha256"), files, ("rows", "bytes"))
        entries = [f"Policy {code(head.policy_id)}: {prose(head.policy_title)}"]
        for revision in head.revisions:
            label = code(revision.label) if revision.label else code(head.policy_id)
            entries.append(f"{label} is in force {prose(in_force(revision))}")
        horizon = horizon_in_words(head.instant) if head.instant else ""
        entries.append(
            f"Audit instant {prose(instant_in_words(head.instant))}{f': {prose(horizon)}' if horizon else ''}"
        )
        if limited := limited_in_words(head):
            entries.append(f"Judged only {prose(limited)}")
        if head.source:
            entries.append(f"Read by the source {code(head.source)}")
        if versions := versions_in_words(head):
            entries.append(f"Made with {prose(versions)}")
        self._list(entries)

    def _write_totals(self, totals: Totals) -> None:
        self._heading("Control totals")
        sums = control_sums(self._head, totals)
        self._table(("of", "sum"), [(prose(name) if " " in name else code(name), prose(text)) for name, text in sums])
        found = faults(totals)
        for fault in found:
            self._paragraph(f"**DOES NOT ADD UP:** {prose(fault)}.")
        if not found:
            self._paragraph("All of them add up.")

    def _write_exit(self, exit_code: ExitCode) -> None:
        self._heading("Exit code")
        self._paragraph(f"{exit_code.code}{', because:' if exit_code.why else ': nothing stands against it'}")
        self._table(("code", "because"), [(str(code_), prose(why)) for code_, why in exit_code.why])

    # --- writing ------------------------------------------------------------------------------------------------------
    def _write_listed(self, group: Group, headings: Sequence[str], numbers: Sequence[str] = ()) -> None:
        """The lines that were set aside for a group."""
        self._listing(
            self._gathering.counted[group],
            header(headings, numbers),
            self._spool.read((group, False)),
            self._spool.read((group, True)),
        )


def _rule_counts(rules: Counter[str]) -> str:
    return ", ".join(f"{code(rule)} on {number(tickets, 'ticket')}" for rule, tickets in rules.items())


def _codes(names: Sequence[str]) -> str:
    return ", ".join(code(name) for name in names)


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return MarkdownWriter(head, out)


REPORT = Report(
    name="markdown",
    summary="a summary for the page of a CI job, a pull request or a wiki",
    suffix=".md",
    open=_open,
)
