"""The `junit` report: JUnit XML, by which CI systems show what was found as tests.

A suite for each rule of each revision has a test case for each finding: a violation is a failure, an unknown verdict an
error, everything else (open, not applicable, out of scope, a note) is skipped. Three suites stand before them: `the audit`
with the provenance and whether the control totals add up, `rows read` with each row that cannot be read as an error,
`tickets formed` with each ticket that was not judged as skipped.

Passes are only counted: a year's tickets would be a million test cases that say nothing. The attributes of a suite count
tickets, whether a test case is listed for them or not, so `tests` is the number of tickets judged; the property `passed`
says how many of them pass, and one test case, `tickets that pass`, stands for them all, since most CI systems count test
cases and take a suite without one for an empty report. With `--include all` each pass has a test case of its own besides.

Text from outside is shown on one line, and everything unprintable in it, so all that XML 1.0 forbids too, as an escape such
as `\\x00`; ids and values beyond 60 characters are cut and say how long they are (the `json` and `jsonl` reports have them
whole). There is no time and no duration in it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from supportpolicy.model.finding import Counts, Excluded, Finding, Item, Rejected, RowPlace, Totals
from supportpolicy.model.instant import format_us
from supportpolicy.model.objective import Standing
from supportpolicy.model.text import printable
from supportpolicy.model.verdict import OnFail, Verdict
from supportpolicy.plugin.records import ExitCode, Head, Report, ReportOptions, Writer
from supportpolicy.reports.clock_counts import HEADINGS as HEADINGS_OF_CLOCKS
from supportpolicy.reports.clock_counts import ClockRule, clock_rules
from supportpolicy.reports.event_counts import event_rows
from supportpolicy.reports.evidence import told, told_by_clock
from supportpolicy.reports.gathering import named, whole_input
from supportpolicy.reports.groupings import GroupTable, group_tables, sizes
from supportpolicy.reports.lateness import HEADINGS, LateRule, late_rules
from supportpolicy.reports.metrics import HEADINGS as METRIC_HEADINGS
from supportpolicy.reports.metrics import MetricRule, metric_rules
from supportpolicy.reports.objectives import Line, ObjectiveTable, objective_tables
from supportpolicy.reports.page import excerpt, from_byte, shortened
from supportpolicy.reports.provenance import control_sums, verdict_sum
from supportpolicy.reports.rates import Attainment
from supportpolicy.reports.span import (
    empty_months_in_words,
    expected_in_words,
    gap_rows,
    ids_in_words,
    limited_in_words,
    month_rows,
)
from supportpolicy.reports.spool import Spool
from supportpolicy.reports.summary import (
    TICKETS,
    JudgedObjective,
    JudgedRule,
    Rows,
    answer,
    faults,
    in_force,
    judged_rules,
    number,
    settling,
)

_AUDIT, _ROWS, _TICKETS = "the audit", "rows read", "tickets formed"
"""The suites that are not of a rule; no rule's id has a space."""
_WHOLE: Final = "the whole input"

_Strand: TypeAlias = tuple[str, str]
"""The suite that a test case belongs to: (revision, rule), or ("", name) for those that are not of a rule."""


@dataclass(frozen=True, slots=True)
class _Suite:
    """The head of a suite: what it counts and what else is known of it. `passing` names the test case that stands for all
    that passed."""

    name: str
    tests: int
    failures: int
    errors: int
    skipped: int
    passed: int
    passing: str
    properties: tuple[tuple[str, str], ...] = ()


class JUnitWriter:
    """Sets the test cases aside by suite, since a suite's counts stand before them."""

    def __init__(self, head: Head, out: BinaryIO) -> None:
        self._head = head
        self._out = out
        self._rules = judged_rules(head)
        self._spool: Spool[_Strand] = Spool()

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""
        for item in items:
            match item:
                case Finding():
                    self._find(item)
                case Excluded():
                    reason = f"not judged: {shortened(item.reason, 200)}"
                    self._add(("", _TICKETS), _TICKETS, named(item.ticket), item.place, _skipped(reason))
                case Rejected():
                    self._reject(item)

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the whole report."""
        try:
            audit = self._audit(totals, exit_code)
            suites = [*self._suites(totals)]
            every = [audit, *(suite for _, suite in suites)]
            self._write('<?xml version="1.0" encoding="UTF-8"?>\n')
            sums = {key: sum(getattr(suite, key) for suite in every) for key in _COUNTED}
            name = self._head.policy_title or self._head.policy_id
            self._write(f"<testsuites{_attributes({'name': name, **sums})}>\n")
            self._write_suite(audit)
            self._write_control(totals)
            self._write("  </testsuite>\n")
            for strand, suite in suites:
                self._write_suite(suite)
                self._write_passing(suite)
                for piece in self._spool.read(strand):
                    self._out.write(piece)
                self._write("  </testsuite>\n")
            self._write("</testsuites>\n")
        finally:
            self._spool.close()

    # --- test cases ---------------------------------------------------------------------------------------------------
    def _find(self, finding: Finding) -> None:
        strand = (finding.revision, finding.rule)
        rule = self._rules[strand]
        name = _WHOLE if finding.ticket is None else named(finding.ticket)
        self._add(strand, rule.key, name, finding.place, self._outcome(finding, rule))

    def _reject(self, row: Rejected) -> None:
        name = f"{row.place.file}:{row.place.line}"
        table = "" if row.table == TICKETS else f" of the table {row.table}"
        reason = shortened(row.reason, 200)
        body = (
            reason,
            f"record {row.place.record:,}{table}{from_byte(row.offset)}, {number(len(row.raw), 'byte')}:",
            excerpt(row.raw, 200),
        )
        self._add(("", _ROWS), _ROWS, name, row.place, _told("error", "cannot be read", reason, body))

    def _outcome(self, finding: Finding, rule: JudgedRule) -> str:
        """What stands within the test case; nothing for a pass."""
        text = told(finding)
        match finding.verdict:
            case Verdict.PASS:
                return ""
            case Verdict.FAIL if finding.on_fail is OnFail.VIOLATION:
                return _told("failure", f"violation by the {finding.party}", text, (text, *_cited(rule)))
            case Verdict.UNKNOWN:
                message = self._undecided(finding, text)
                return _told("error", f"unknown: {finding.reason}", message, (message, *_cited(rule)))
            case verdict:
                words = (finding.on_fail if verdict is Verdict.FAIL else verdict).replace("_", " ")
                return _skipped(f"{words}: {text}" if text else words)

    def _undecided(self, finding: Finding, text: str) -> str:
        if finding.ticket is None:
            whole = whole_input(finding.field, finding.reason or "", self._head)
            return f"{whole}; {number(finding.tickets, 'ticket')} undecided for want of it"
        field = f"{finding.field}: " if finding.field else ""
        between = "; " if told_by_clock(finding) else " "
        return f"{field}{finding.reason}{between + text if text else ''}"

    def _add(self, strand: _Strand, suite: str, name: str, place: RowPlace | None, outcome: str) -> None:
        attributes: dict[str, str | int] = {"classname": self._class(suite), "name": name}
        if place is not None:
            attributes |= {"file": place.file, "line": place.line}
        end = f">{outcome}</testcase>" if outcome else "/>"
        self._spool.append(strand, f"    <testcase{_attributes(attributes)}{end}\n".encode())

    def _class(self, suite: str) -> str:
        return f"{self._head.policy_id}.{suite}"

    # --- suites -------------------------------------------------------------------------------------------------------
    def _suites(self, totals: Totals) -> Iterator[tuple[_Strand, _Suite]]:
        rows = Rows.of(totals.tallies)
        excluded = sum(totals.excluded.values())
        yield (
            ("", _ROWS),
            _Suite(_ROWS, rows.read, 0, rows.rejected, 0, rows.used, "rows that can be read"),
        )
        yield (
            ("", _TICKETS),
            _Suite(_TICKETS, totals.formed, 0, 0, excluded, totals.judged, "tickets that are judged"),
        )
        late = {one.rule.key: one for one in late_rules(self._head, totals)}
        of_clocks = {one.rule.key: one for one in clock_rules(self._head, totals)}
        beside = {one.rule.key: one for one in metric_rules(self._head, totals)}
        groups = {table.rule.key: table for table in group_tables(self._head, totals)}
        for key, rule in self._rules.items():
            more = [*_clocks(of_clocks.get(rule.key)), *_lateness(late.get(rule.key))]
            more += _compared(beside.get(rule.key))
            more += _groups(self._head, groups.get(rule.key))
            yield key, _rule_suite(rule, totals.rules.get(key, Counts()), more)
        for table in objective_tables(self._head, totals):
            yield self._reckoned(table)

    def _reckoned(self, table: ObjectiveTable) -> tuple[_Strand, _Suite]:
        """The suite of an objective; its test cases, of what is not met, are set aside like others."""
        suite, standings = f"objective {table.objective.key}", table.totals.standings
        strand, cited = ("", suite), tuple(_promised(table.objective))
        for line in table.lines:
            text = f"{line.standing}: {_in_one_line(table, line)}"
            match line.row.standing:
                case Standing.MISSED:
                    kind = f"missed by the {table.objective.head.party}"
                    self._add(strand, suite, line.title, None, _told("failure", kind, text, (text, *cited)))
                case Standing.UNKNOWN:
                    self._add(strand, suite, line.title, None, _told("error", "unknown", text, (text, *cited)))
                case Standing.OPEN | Standing.TOO_FEW:
                    self._add(strand, suite, line.title, None, _skipped(text))
        of = table.objective.head
        properties = [(f"in {line.title}", f"{line.standing}: {_in_one_line(table, line)}") for line in table.lines]
        properties += [("not told apart", table.others)] if table.others else []
        properties += [("party", of.party), ("demand", of.demand)]
        properties += [
            (f"clause {clause.id}", f"{clause.section}: {clause.says}") for clause in table.objective.clauses
        ]
        return strand, _Suite(
            name=suite,
            tests=sum(standings.values()),
            failures=standings.get(Standing.MISSED, 0),
            errors=standings.get(Standing.UNKNOWN, 0),
            skipped=standings.get(Standing.OPEN, 0) + standings.get(Standing.TOO_FEW, 0),
            passed=standings.get(Standing.MET, 0),
            passing="periods and groups in which it is met",
            properties=tuple(properties),
        )

    def _audit(self, totals: Totals, exit_code: ExitCode) -> _Suite:
        found = faults(totals)
        known = (*self._provenance(), *self._findings_known(totals, exit_code))
        return _Suite(_AUDIT, 1, 0, int(bool(found)), 0, int(not found), "", known)

    def _provenance(self) -> Iterator[tuple[str, str]]:
        head = self._head
        yield "policy", head.policy_id
        for revision in head.revisions:
            of = f"revision {revision.label}" if revision.label else "revision"
            yield of, f"in force {in_force(revision)}, {revision.file}, sha256 {revision.sha256}"
            for name, sha256 in revision.calendars.items():
                yield f"{of}, calendar {name}", f"sha256 {sha256}"
            for path, text in revision.assumed.items():
                yield f"{of}, assumed {path}", text
            for clause in revision.clauses:
                if clause.reading:
                    yield f"{of}, reading of {clause.id}", clause.reading
            for clause in revision.clauses:
                if clause.unchecked:
                    yield f"{of}, unchecked {clause.id}", clause.unchecked
        for file in head.inputs:
            of = "input" if file.table == TICKETS else f"table {file.table}"
            yield of, f"{file.name}, {number(file.size, 'byte')}, sha256 {file.sha256}"
        if head.mapping:
            yield "mapping", f"{head.mapping.name}, {number(head.mapping.size, 'byte')}, sha256 {head.mapping.sha256}"
        for path, text in head.mapping_assumed.items():
            yield f"mapping, assumed {path}", text
        if head.not_recorded:
            yield "not recorded", ", ".join(head.not_recorded)
        if head.absent:
            yield "absent", ", ".join(head.absent)
        for table, fields in head.missing_tables.items():
            yield f"table {table}, not given", ", ".join(fields)
        if head.instant:
            yield "as of", f"{format_us(head.instant.at)}, {head.instant.basis}"
            if head.instant.warning:
                yield "as of, warning", head.instant.warning
        if limited := limited_in_words(head):
            yield "only", limited
        if head.by:
            yield "by", ", ".join(head.by)
        yield "source", head.source
        for name, version in head.versions.items():
            yield f"version of {name}", version

    def _findings_known(self, totals: Totals, exit_code: ExitCode) -> Iterator[tuple[str, str]]:
        yield "answer", answer(self._head, totals)
        yield "exit code", str(exit_code.code)
        for code, why in exit_code.why:
            yield f"exit code {code}, because", why
        for most in settling(totals)[:1]:
            yield "settles most", f"{most.field}: {number(most.unknowns, 'verdict')} ({', '.join(most.reasons)})"
        if self._head.expected_tickets is not None:
            yield "tickets expected", expected_in_words(self._head, totals)
        for month, judged in month_rows(totals.months):
            yield f"judged, submitted {month}", judged
        if empty := empty_months_in_words(totals.months):
            yield "empty months", empty
        if totals.ids is not None:
            yield "numeric ids", ids_in_words(totals.ids)
            for ids, missing in gap_rows(totals.ids):
                yield f"gap, ids {ids}", missing
        if self._head.by:
            for said, judged in sizes(self._head, totals):
                yield f"judged, by {', '.join(filter(None, said))}", judged
        if totals.conflicting_ids:
            yield "conflicting ids", str(len(totals.conflicting_ids))
        for name, counted in event_rows(totals):
            yield f"events, {name.removeprefix('events ')}", counted

    # --- writing ------------------------------------------------------------------------------------------------------
    def _write_suite(self, suite: _Suite) -> None:
        counts = {key: getattr(suite, key) for key in _COUNTED}
        self._write(f"  <testsuite{_attributes({'name': suite.name, **counts})}>\n    <properties>\n")
        for name, value in (("passed", str(suite.passed)), *suite.properties):
            self._write(f"      <property{_attributes({'name': name, 'value': value})}/>\n")
        self._write("    </properties>\n")

    def _write_passing(self, suite: _Suite) -> None:
        attributes = _attributes({"classname": self._class(suite.name), "name": suite.passing})
        said = f"{suite.passed:,} of {suite.tests:,}"
        outcome = f"<system-out>{said}</system-out>" if suite.passed else _skipped(f"none: {said}")
        self._write(f"    <testcase{attributes}>{outcome}</testcase>\n")

    def _write_control(self, totals: Totals) -> None:
        """The test case for the control totals, with each of them as a sum."""
        attributes = _attributes({"classname": self._class(_AUDIT), "name": "the control totals add up"})
        found = faults(totals)
        error = _told("error", "control totals", "; ".join(found), found) if found else ""
        sums = "\n".join(f"{name}: {text}" for name, text in control_sums(self._head, totals))
        self._write(f"    <testcase{attributes}>{error}<system-out>{_text(sums)}</system-out></testcase>\n")

    def _write(self, text: str) -> None:
        self._out.write(text.encode())


_COUNTED: Final = ("tests", "failures", "errors", "skipped")


def _rule_suite(rule: JudgedRule, counts: Counts, more: Sequence[tuple[str, str]]) -> _Suite:
    violable = rule.head.on_fail is OnFail.VIOLATION
    failures = counts.failed if violable else 0
    noted = 0 if violable else counts.failed
    properties = [
        ("failed", str(counts.failed)),
        ("open", str(counts.open)),
        ("not_applicable", str(counts.not_applicable)),
        ("unknown", str(counts.unknown)),
    ]
    if violable:
        attainment = Attainment.of(counts)
        properties += [
            ("kept", str(attainment.rate)),
            ("kept, at least", str(attainment.at_least)),
            ("kept, at most", str(attainment.at_most)),
        ]
    properties += more
    properties += [("party", rule.head.party), ("on_fail", rule.head.on_fail)]
    if rule.head.demand:
        properties.append(("demand", rule.head.demand))
    properties += [(f"clause {clause.id}", f"{clause.section}: {clause.says}") for clause in rule.clauses]
    return _Suite(
        name=rule.key,
        tests=counts.judged,
        failures=failures,
        errors=counts.unknown,
        skipped=counts.open + counts.not_applicable + noted,
        passed=counts.passed,
        passing="tickets that pass",
        properties=tuple(properties),
    )


def _lateness(late: LateRule | None) -> Iterator[tuple[str, str]]:
    """How late tickets were, and the latest of them."""
    if late is None:
        return
    for heading, cell in zip(HEADINGS, late.cells, strict=True):
        yield (heading if heading == "late" else f"late, {heading}"), cell
    for name, by, place in late.latest:
        yield "latest", f"{name}: {by} ({place})"


def _clocks(counted: ClockRule | None) -> Iterator[tuple[str, str]]:
    """How many clocks there were, and how many of them have which verdict."""
    for heading, cell in zip(HEADINGS_OF_CLOCKS, counted.cells, strict=True) if counted is not None else ():
        yield (heading if heading == "clocks" else f"clocks, {heading}"), cell


def _compared(metric: MetricRule | None) -> Iterator[tuple[str, str]]:
    """The export's own first response beside the events, and the greatest differences."""
    if metric is None:
        return
    for heading, cell in zip(METRIC_HEADINGS, metric.cells, strict=True):
        yield f"first_response beside events, {heading}", cell
    for name, by, place in metric.greatest:
        yield "difference", f"{name}: {by} ({place})"


def _groups(head: Head, table: GroupTable | None) -> Iterator[tuple[str, str]]:
    """The verdicts by group, each as a sum."""
    if table is None:
        return
    for row in table.rows:
        name = ", ".join(f"{field} {text}" if text else field for field, text in zip(head.by, row.said, strict=True))
        rates = "".join(f", {heading} {cell}" for heading, cell in list(zip(table.numbers, row.cells, strict=True))[5:])
        yield f"by {name}", f"{verdict_sum(row.counts)}{rates}"


def _in_one_line(table: ObjectiveTable, line: Line) -> str:
    """`9 pass, 1 fail, 0 open, ...`."""
    return ", ".join(f"{heading} {cell}" for heading, cell in zip(table.numbers, line.cells, strict=True))


def _promised(objective: JudgedObjective) -> Iterator[str]:
    """The clauses that an objective checks, and what it demands."""
    yield from (f"{clause.section}: {clause.says}" for clause in objective.clauses)
    yield f"Demanded: {objective.head.demand}"


def _cited(rule: JudgedRule) -> Iterator[str]:
    """The clauses that a rule checks, and how."""
    yield from (f"{clause.section}: {clause.says}" for clause in rule.clauses)
    if rule.head.demand:
        yield f"Checked: {rule.head.demand}"


def _told(element: str, kind: str, message: str, body: Sequence[str]) -> str:
    attributes = _attributes({"type": kind, "message": message})
    return f"<{element}{attributes}>{_text(chr(10).join(printable(line) for line in body))}</{element}>"


def _skipped(message: str) -> str:
    return f"<skipped{_attributes({'message': message})}/>"


def _attributes(values: Mapping[str, str | int]) -> str:
    escaped = ((name, _text(printable(str(value))).replace('"', "&quot;")) for name, value in values.items())
    return "".join(f' {name}="{value}"' for name, value in escaped)


def _text(text: str) -> str:
    """Text whose lines were made printable before, as XML."""
    return html.escape(text, quote=False)


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return JUnitWriter(head, out)


REPORT = Report(
    name="junit",
    summary="JUnit XML: violations as failures, unknowns as errors",
    suffix=".xml",
    open=_open,
)
