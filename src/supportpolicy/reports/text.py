"""The `text` report: for a person. What the answer is, what it rests on, where the policy was broken, what could not be
known, what to mend in the data, and how to make sure that all of it is so.

In a file or a pipe nothing is left out. On a terminal long lists are cut, and each says what it left out. Text from outside
is shown on one line with everything unprintable escaped; ids and values beyond 60 characters are cut and say how long they
are (the `json` report has them whole).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from supportpolicy.model.finding import Item, Rejected, Totals
from supportpolicy.plugin.records import ExitCode, Head, Report, ReportOptions, Writer
from supportpolicy.reports import clock_counts, event_counts, groupings, lateness, metrics, objectives
from supportpolicy.reports.gathering import (
    MORE_PARTS,
    REJECTED,
    Gathering,
    Group,
    Listed,
    Part,
    named,
    rule_counts,
    whole_input,
)
from supportpolicy.reports.lateness import late_rules
from supportpolicy.reports.objectives import objective_tables
from supportpolicy.reports.page import Column, Page, entry, excerpt, from_byte, plain, shortened, wrapped
from supportpolicy.reports.provenance import (
    input_name,
    instant_in_words,
    write_provenance,
    write_totals,
    write_unchecked,
)
from supportpolicy.reports.rule_tables import RuleTables
from supportpolicy.reports.span import (
    SPAN_TITLE,
    empty_months_in_words,
    gap_rows,
    ids_in_words,
    limited_in_words,
    month_rows,
)
from supportpolicy.reports.spool import Spool
from supportpolicy.reports.summary import TICKETS, answer, number, settling

_TERMINAL_LIST = 10
_TERMINAL_BASIS = 5
_TICKET_COLUMN = 14


class TextWriter:
    """Makes each finding's lines ready as it comes and sets them aside until their part of the report is written."""

    def __init__(self, head: Head, out: BinaryIO, options: ReportOptions) -> None:
        self._head = head
        self._page = Page(out, options.terminal, options.color)
        self._most = _TERMINAL_LIST if options.terminal is not None else None
        self._gathering = Gathering(head)
        self._spool: Spool[Group] = Spool()

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""
        for item in items:
            listed = self._gathering.take(item)
            if listed and isinstance(item, Rejected):
                self._reject(item, listed)
            elif listed:
                self._list(listed)

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the whole report."""
        try:
            self._write_head()
            self._write_answer(totals, exit_code)
            RuleTables(self._page, self._head, totals).write()
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
            write_unchecked(self._page, self._head, self._most)
            write_provenance(self._page, self._head, totals)
            write_totals(self._page, self._head, totals)
            self._write_exit(exit_code)
        finally:
            self._spool.close()

    # --- gathering ----------------------------------------------------------------------------------------------------
    def _list(self, listed: Listed) -> None:
        if self._is_shown(listed):
            place = listed.place
            text = f"{listed.told} ({place})" if listed.told and place else listed.told or place
            self._set_aside(listed.group, entry(listed.name, text, self._page.width, 4, _TICKET_COLUMN))

    def _reject(self, row: Rejected, listed: Listed) -> None:
        if not self._is_shown(listed):
            return
        table = "" if row.table == TICKETS else f", of the table {plain(row.table)}"
        width = self._page.width
        lines = [
            *wrapped(f"{listed.place}: {listed.told}", width, 4, 4),
            *wrapped(f"record {row.place.record:,}{table}{from_byte(row.offset)}:", width, 8),
            *wrapped(excerpt(row.raw, width - 12), width, 8, 4),
        ]
        self._set_aside(listed.group, lines)

    def _is_shown(self, listed: Listed) -> bool:
        return self._most is None or listed.nth <= self._most

    def _set_aside(self, group: Group, lines: Iterable[str]) -> None:
        self._spool.append(group, "".join(f"{line.rstrip()}\n" for line in lines).encode())

    # --- the head -----------------------------------------------------------------------------------------------------
    def _write_head(self) -> None:
        head, page = self._head, self._page
        page.paragraph(f"Audit against: {plain(head.policy_title or head.policy_id)}", style="bold")
        page.blank()
        policy = plain(head.policy_id)
        labels = ", ".join(plain(revision.label) for revision in head.revisions if revision.label)
        if labels:
            policy += f", revision{'s' if len(head.revisions) > 1 else ''} {labels}"
        entries = [("Policy", policy), ("As of", instant_in_words(head.instant))]
        if head.instant and head.instant.warning:
            entries.append(("Warning", plain(head.instant.warning)))
        entries += [
            ("Tickets" if file.table == TICKETS else "Looked up", input_name(file.name, file.table))
            for file in head.inputs
        ]
        if head.mapping:
            entries.append(("Mapping", plain(head.mapping.name)))
        if limited := limited_in_words(head):
            entries.append(("Only", limited))
        page.entries(entries)

    def _write_answer(self, totals: Totals, exit_code: ExitCode) -> None:
        page = self._page
        page.blank()
        page.paragraph(plain(answer(self._head, totals)), style="bold")
        most = next(iter(settling(totals)), None)
        if most:
            page.paragraph(
                f"Most unknown verdicts, {most.unknowns:,} of them, would be settled by the field "
                f"{plain(most.field)} ({' or '.join(most.reasons)})."
            )
        if exit_code.why:
            more = f"; {number(len(exit_code.why) - 1, 'more reason')} at the end" if len(exit_code.why) > 1 else ""
            page.paragraph(f"Exit code {exit_code.code}: {plain(exit_code.why[0][1])}{more}.")
        else:
            page.paragraph(f"Exit code {exit_code.code}.")
        self._write_rests_on()

    def _write_rests_on(self) -> None:
        """Points from the head of the report to what it takes for granted, which may be long."""
        assumed = sum(len(revision.assumed) for revision in self._head.revisions) + len(self._head.mapping_assumed)
        readings = sum(bool(clause.reading) for revision in self._head.revisions for clause in revision.clauses)
        if assumed or readings:
            self._page.paragraph(
                f"All of this rests on {number(assumed, 'assumption')} and {number(readings, 'reading')} of the text: "
                "see Assumptions and readings."
            )

    def _write_basis(self) -> None:
        """What the policy's text does not state and how it was read."""
        head, page = self._head, self._page
        several = len(head.revisions) > 1
        page.heading("Assumptions and readings")
        written = False
        for revision in head.revisions:
            of = f" of revision {plain(revision.label)}" if several else ""
            assumed = [(plain(path), plain(text)) for path, text in revision.assumed.items()]
            readings = [
                (plain(clause.id), f"{plain(clause.reading)} ({plain(clause.section)})")
                for clause in revision.clauses
                if clause.reading
            ]
            for title, entries in (
                (f"What the text{of} does not state and is assumed", assumed),
                (f"How clauses{of} are read", readings),
            ):
                written = self._cut_entries(title, entries) or written
        mapping = [(plain(path), plain(text)) for path, text in head.mapping_assumed.items()]
        written = self._cut_entries("What the mapping assumes", mapping) or written
        if head.not_recorded:
            page.paragraph(
                "The mapping says that the source does not record: " + ", ".join(map(plain, head.not_recorded)) + "."
            )
        elif not written:
            page.line("None.")

    def _cut_entries(self, title: str, entries: Sequence[tuple[str, str]]) -> bool:
        if not entries:
            return False
        self._page.line(f"{title}:")
        self._page.listing(entries, None if self._most is None else _TERMINAL_BASIS)
        return True

    # --- what else is counted -----------------------------------------------------------------------------------------
    def _write_clocks(self, totals: Totals) -> None:
        page, rules = self._page, list(clock_counts.clock_rules(self._head, totals))
        if not rules:
            return
        page.heading(clock_counts.TITLE)
        columns = (Column("rule"), *(Column(heading, number=True) for heading in clock_counts.HEADINGS))
        page.table(columns, [(plain(one.rule.key), *one.cells) for one in rules])
        page.blank()
        page.paragraph(clock_counts.LEGEND)

    def _write_objectives(self, totals: Totals) -> None:
        page, tables = self._page, list(objective_tables(self._head, totals))
        if not tables:
            return
        page.heading(objectives.TITLE)
        for table in tables:
            page.paragraph(f"{plain(table.objective.key)}: {table.sum}", style="bold")
            for clause in table.objective.clauses:
                page.paragraph(f"{plain(clause.section)}: {plain(clause.says)}", indent=2, hanging=2)
            page.paragraph(f"Owed by the {table.objective.head.party}: {plain(table.objective.head.demand)}", 2, 2)
            columns = (
                *map(Column, table.names),
                *(Column(heading, number=True) for heading in table.numbers),
                Column("standing"),
            )
            lines = [(*line.names, *line.cells, line.standing) for line in table.first(self._most)]
            if lines:
                page.table(columns, lines, indent=2)
            page.say_cut(len(table.lines), self._most)
            if table.others:
                page.line(f"    … and {table.others}")
            page.blank()
        page.paragraph(objectives.LEGEND)

    def _write_lateness(self, totals: Totals) -> None:
        page, late = self._page, list(late_rules(self._head, totals))
        if not late:
            return
        page.heading(lateness.TITLE)
        columns = (Column("rule"), *(Column(heading, number=True) for heading in lateness.HEADINGS))
        page.table(columns, [(plain(one.rule.key), *one.cells) for one in late])
        page.blank()
        page.paragraph(lateness.LEGEND)
        for one in late:
            page.blank()
            page.line(f"{one.title}, {plain(one.rule.key)}:", style="bold")
            for name, by, place in one.latest:
                for line in entry(name, f"{by} ({place})", page.width, 4, _TICKET_COLUMN):
                    page.line(line)

    def _write_groups(self, totals: Totals) -> None:
        page, head = self._page, self._head
        if not head.by:
            return
        page.heading(groupings.title(head))
        fields = [Column(plain(field)) for field in head.by]
        sizes = groupings.sizes(head, totals)
        page.table((*fields, Column("judged", number=True)), [(*said, judged) for said, judged in sizes[: self._most]])
        page.say_cut(len(sizes), self._most)
        for table in groupings.group_tables(head, totals):
            page.blank()
            page.line(f"{plain(table.rule.key)}:", style="bold")
            columns = (*fields, *(Column(heading, number=True) for heading in table.numbers))
            page.table(columns, [(*row.said, *row.cells) for row in table.rows[: self._most]])
            page.say_cut(len(table.rows), self._most)

    def _write_span(self, totals: Totals) -> None:
        """The months of the tickets and the gaps between their ids: where tickets may be missing."""
        page, months, ids = self._page, totals.months, totals.ids
        rows = month_rows(months)
        if not rows and ids is None:
            return
        page.heading(SPAN_TITLE)
        if rows:
            page.line("Judged tickets by the month in which they were submitted:")
            page.table((Column("month"), Column("judged", number=True)), rows[: self._most], indent=4)
            page.say_cut(len(rows), self._most)
            if empty := empty_months_in_words(months):
                page.paragraph(f"{empty}.", hanging=4)
        if ids is not None:
            page.paragraph(f"Ids that are whole numbers: {ids_in_words(ids)}.", hanging=4)
            if ids.gaps:
                page.line("The widest gaps:")
                page.table((Column("ids"), Column("missing", number=True)), gap_rows(ids), indent=4)

    # --- findings -----------------------------------------------------------------------------------------------------
    def _write_findings(self, part: Part) -> None:
        groups = self._gathering.of_part(part)
        if groups or part is Part.VIOLATIONS:
            self._page.heading(part.value)
        if not groups and part is Part.VIOLATIONS:
            self._page.line("None.")
        for n, group in enumerate(groups):
            if n:
                self._page.blank()
            self._write_rule(group)

    def _write_rule(self, group: Group) -> None:
        page = self._page
        rule = self._gathering.rule(group)
        page.paragraph(f"{plain(rule.key if rule else group.rule)}: {self._gathering.words(group)}", style="bold")
        if rule and group.part in (Part.VIOLATIONS, Part.NOTES, Part.OPEN):
            for clause in rule.clauses:
                page.paragraph(f"{plain(clause.section)}: {plain(clause.says)}", indent=2, hanging=2)
            if rule.head.demand:
                page.paragraph(f"Checked: {plain(rule.head.demand)}", indent=2, hanging=2)
        self._write_listed(group)

    def _write_unknown(self) -> None:
        """By the field and reason, with the rules they leave undecided; first what the input does not hold at all."""
        page, gathering = self._page, self._gathering
        groups = gathering.unknown()
        if not groups and not gathering.whole:
            return
        page.heading(Part.UNKNOWN.value)
        for group, rules in gathering.whole.items():
            page.paragraph(whole_input(group.field, group.reason, self._head), style="bold")
            page.paragraph(f"Undecided for want of it: {rule_counts(rules)}", indent=2, hanging=2)
        for n, group in enumerate(groups):
            if n or gathering.whole:
                page.blank()
            field = f"{plain(group.field)}: " if group.field else ""
            page.paragraph(f"{field}{group.reason}", style="bold")
            page.paragraph(f"Undecided for this: {rule_counts(gathering.by_rule[group])}", indent=2, hanging=2)
            self._write_listed(group)

    def _write_listed(self, group: Group) -> None:
        for piece in self._spool.read(group):
            self._page.raw(piece)
        self._page.say_cut(self._gathering.counted[group], self._most)

    # --- the data -----------------------------------------------------------------------------------------------------
    def _write_data(self, totals: Totals) -> None:
        """What to mend in the data, and what was left out of it."""
        page, head = self._page, self._head
        unmapped = totals.unmapped
        absent = [field for field in head.absent if field not in head.not_recorded]
        rejected = self._gathering.counted[REJECTED]
        excluded = self._gathering.excluded()
        page.heading("The data: what to mend and what was left out")
        fields = settling(totals)
        if not (fields or unmapped or head.missing_tables or head.absent or head.not_recorded or totals.conflicting_ids
                or rejected or excluded or totals.events.there or totals.metrics):  # fmt: skip
            page.line("Nothing.")
            return
        if fields:
            page.line("Fields that leave verdicts unknown:")
            entries = [
                (plain(one.field), f"{number(one.unknowns, 'verdict')} ({', '.join(one.reasons)})") for one in fields
            ]
            page.listing(entries, self._most)
        if unmapped:
            page.line("Spellings that the policy's vocabulary does not hold:")
            page.table(
                (Column("field"), Column("spelling"), Column("tickets", number=True), Column("nearest")),
                [
                    (
                        plain(item.field),
                        named(item.text),
                        f"{item.tickets:,}",
                        "-" if item.nearest is None else shortened(item.nearest),
                    )
                    for item in unmapped[: self._most]
                ],
                indent=4,
            )
            page.say_cut(len(unmapped), self._most)
        for table, of in head.missing_tables.items():
            page.paragraph(
                f"The mapping takes {', '.join(map(plain, of))} from the table {plain(table)}, which was not given: add "
                f"--table {plain(table)}=FILE.",
                hanging=4,
            )
        if absent:
            page.paragraph("Fields that the input does not hold: " + ", ".join(map(plain, absent)) + ".", hanging=4)
        if head.not_recorded:
            page.paragraph(
                "Fields that the source does not record, says the mapping: "
                + ", ".join(map(plain, head.not_recorded)) + ".",
                hanging=4,
            )  # fmt: skip
        if rejected:
            page.line(f"Rows that could not be read, {rejected:,}:")
            self._write_listed(REJECTED)
        if totals.conflicting_ids:
            ids = totals.conflicting_ids
            page.paragraph(f"Ids of different records, {len(ids):,} (each record is judged, none counts in a rate):")
            page.paragraph(", ".join(named(id_) for id_ in ids[: self._most]), indent=4)
            page.say_cut(len(ids), self._most)
        for group in excluded:
            page.paragraph(f"Not judged, {shortened(group.reason, 200)}: {self._gathering.words(group)}", hanging=4)
            self._write_listed(group)
        if totals.events.there:
            page.line(f"{event_counts.TITLE}:")
            page.entries(event_counts.event_rows(totals), indent=4, most=40)
        self._write_metrics(totals)

    def _write_metrics(self, totals: Totals) -> None:
        """What the export says itself, beside its events."""
        page, rules = self._page, list(metrics.metric_rules(self._head, totals))
        if not rules:
            return
        page.paragraph(f"{metrics.TITLE}:")
        columns = (Column("rule"), *(Column(heading, number=True) for heading in metrics.HEADINGS))
        page.table(columns, [(plain(one.rule.key), *one.cells) for one in rules], indent=4)
        for one in rules:
            if one.greatest:
                page.line(f"{one.title}, {plain(one.rule.key)}:")
                for name, by, place in one.greatest:
                    for line in entry(name, f"{by} ({place})", page.width, 4, _TICKET_COLUMN):
                        page.line(line)

    def _write_exit(self, exit_code: ExitCode) -> None:
        self._page.heading("Exit code")
        self._page.line(str(exit_code.code) + (", because:" if exit_code.why else ": nothing stands against it"))
        self._page.entries([(str(code), plain(why)) for code, why in exit_code.why], indent=4)


def _open(head: Head, out: BinaryIO, options: ReportOptions) -> Writer:
    return TextWriter(head, out, options)


REPORT = Report(
    name="text",
    summary="what a person wants first: the answer, its evidence, what to mend",
    suffix=".txt",
    open=_open,
)
