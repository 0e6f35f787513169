"""The tables of the reports for people: each rule's verdicts counted, how often it was kept, and what the gates let in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supportpolicy.model.finding import Counts, Totals
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin.records import Head
from supportpolicy.reports.page import Column, Page, plain, width_of
from supportpolicy.reports.rates import Attainment
from supportpolicy.reports.summary import JudgedRule, judged_rules

NO_VIOLABLE_RULE = "The policy has no rule that can be violated."

_NONE = "-"
_GAP = 2

_PASS = Column("pass", number=True)
_FAIL = Column("fail", number=True, style="red")
_OPEN = Column("open", number=True)
_BARRED = Column("n.a.", number=True)
_UNKNOWN = Column("unknown", number=True, style="yellow")
_RATES = tuple(Column(heading, number=True) for heading in ("kept", "at least", "at most"))
_COVERED, _OUT_OF_SCOPE, _NOTED = (Column(heading, number=True) for heading in ("covered", "out of scope", "noted"))


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Some rules with their numbers as text: `first` is the heading over their names, `columns` stand over the numbers."""

    first: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[JudgedRule, tuple[str, ...]], ...]


def violable_tables(head: Head, totals: Totals) -> dict[Party, RuleTable]:
    """The rules that can be violated, by the party that owes what they demand."""
    found = {}
    for party in Party:
        owed = [(rule, counts) for rule, counts in _judged(head, totals, OnFail.VIOLATION) if rule.head.party is party]
        if owed:
            rows = tuple((rule, (*_five(counts), *_rates(Attainment.of(counts)))) for rule, counts in owed)
            found[party] = RuleTable("rule", (_PASS, _FAIL, _OPEN, _BARRED, _UNKNOWN, *_RATES), rows)
    return found


def violable_legend(head: Head, totals: Totals) -> str:
    """What the columns of these tables mean."""
    decided = all(Attainment.of(counts).rate.whole for _, counts in _judged(head, totals, OnFail.VIOLATION))
    return (
        "kept: pass / (pass + fail), cut to two decimals and never rounded up"
        + ("" if decided else f"; {_NONE} where no ticket is decided")
        + ". at least, at most: if all that are unknown or open and could still break the rule were to fail, or to "
        "pass. n.a.: the rule does not speak of the ticket."
        + (" Tickets with conflicting ids do not count in these rates." if totals.conflicting_ids else "")
    )


def gate_table(head: Head, totals: Totals) -> RuleTable | None:
    """Which tickets the gates let in; None where there is no gate. Columns without a number are left out."""
    gates = _judged(head, totals, OnFail.OUT_OF_SCOPE)
    waiting = any(counts.open for _, counts in gates)
    barred = any(counts.not_applicable for _, counts in gates)
    rows = tuple(
        (
            rule,
            (
                f"{counts.passed:,}",
                f"{counts.failed:,}",
                *[f"{counts.open:,}"] * waiting,
                *[f"{counts.not_applicable:,}"] * barred,
                f"{counts.unknown:,}",
            ),
        )
        for rule, counts in gates
    )
    columns = (_COVERED, _OUT_OF_SCOPE, *[_OPEN] * waiting, *[_BARRED] * barred, _UNKNOWN)
    return RuleTable("gate", columns, rows) if rows else None


def note_table(head: Head, totals: Totals) -> RuleTable | None:
    """The rules whose breach is only remarked on; None where there is none."""
    rows = tuple((rule, _five(counts)) for rule, counts in _judged(head, totals, OnFail.NOTE))
    return RuleTable("rule", (_PASS, _NOTED, _OPEN, _BARRED, _UNKNOWN), rows) if rows else None


class RuleTables:
    """The tables of one text report."""

    def __init__(self, page: Page, head: Head, totals: Totals) -> None:
        self._page = page
        self._head = head
        self._totals = totals
        rules = judged_rules(head).values()
        self._widest = max((width_of(plain(rule.key)) for rule in rules), default=0)
        self._widest_section = max((width_of(plain(rule.sections)) for rule in rules), default=0)

    def write(self) -> None:
        """Rules that can be violated, then gates, then notes."""
        page, head, totals = self._page, self._head, self._totals
        page.heading("Rules")
        violable = violable_tables(head, totals)
        for party, table in violable.items():
            page.line(f"Owed by the {party}:", style="italic")
            self._write(table)
            page.blank()
        page.paragraph(violable_legend(head, totals) if violable else NO_VIOLABLE_RULE)
        if gates := gate_table(head, totals):
            page.heading("Coverage: which tickets the policy speaks of")
            self._write(gates)
        if notes := note_table(head, totals):
            page.heading("Notes: what is remarked on and breaks nothing")
            self._write(notes)

    def _write(self, table: RuleTable) -> None:
        """The rules' names and sections as wide as the widest of the report, so that tables below one another line up; the
        sections only where the page has room for all of them."""
        cells = zip(*(cells for _, cells in table.rows), strict=True)
        sized = [
            replace(column, width=max(width_of(text) for text in (column.heading, *texts)))
            for column, texts in zip(table.columns, cells, strict=True)
        ]
        room = self._page.width - sum(column.width + _GAP for column in sized)
        names = Column(table.first, width=max(min(self._widest, room), len(table.first)))
        room -= names.width + _GAP
        if room < max(self._widest_section, len("section")):
            self._page.table((names, *sized), [(plain(rule.key), *cells) for rule, cells in table.rows])
        else:
            sections = Column("section", width=max(self._widest_section, len("section")))
            self._page.table(
                (names, sections, *sized),
                [(plain(rule.key), plain(rule.sections), *cells) for rule, cells in table.rows],
            )


def _judged(head: Head, totals: Totals, on_fail: OnFail) -> list[tuple[JudgedRule, Counts]]:
    return [
        (rule, totals.rules.get(key, Counts()))
        for key, rule in judged_rules(head).items()
        if rule.head.on_fail is on_fail
    ]


def rule_columns(on_fail: OnFail) -> tuple[Column, ...]:
    """The columns of a rule alone."""
    match on_fail:
        case OnFail.VIOLATION:
            return (_PASS, _FAIL, _OPEN, _BARRED, _UNKNOWN, *_RATES)
        case OnFail.OUT_OF_SCOPE:
            return (_COVERED, _OUT_OF_SCOPE, _OPEN, _BARRED, _UNKNOWN)
        case OnFail.NOTE:
            return (_PASS, _NOTED, _OPEN, _BARRED, _UNKNOWN)


def rule_cells(on_fail: OnFail, counts: Counts) -> tuple[str, ...]:
    """What stands under these columns."""
    return (*_five(counts), *(_rates(Attainment.of(counts)) if on_fail is OnFail.VIOLATION else ()))


def _five(counts: Counts) -> tuple[str, ...]:
    verdicts = (counts.passed, counts.failed, counts.open, counts.not_applicable, counts.unknown)
    return tuple(f"{count:,}" for count in verdicts)


def _rates(attainment: Attainment) -> tuple[str, ...]:
    rates = (attainment.rate, attainment.at_least, attainment.at_most)
    return tuple(str(rate) if rate.whole else _NONE for rate in rates)
