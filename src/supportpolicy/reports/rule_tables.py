"""The tables of the `text` report: each rule's verdicts counted, how often it was kept, and what the gates let in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supportpolicy.model.finding import Counts, Totals
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin.records import Head
from supportpolicy.reports.page import Column, Page, plain, width_of
from supportpolicy.reports.rates import Attainment
from supportpolicy.reports.summary import JudgedRule, judged_rules

_NONE = "-"
_GAP = 2

_PASS = Column("pass", number=True)
_FAIL = Column("fail", number=True, style="red")
_OPEN = Column("open", number=True)
_BARRED = Column("n.a.", number=True)
_UNKNOWN = Column("unknown", number=True, style="yellow")
_RATES = tuple(Column(heading, number=True) for heading in ("kept", "at least", "at most"))
_COVERED, _OUT_OF_SCOPE, _NOTED = (Column(heading, number=True) for heading in ("covered", "out of scope", "noted"))


class RuleTables:
    """The tables of one report."""

    def __init__(self, page: Page, head: Head, totals: Totals) -> None:
        self._page = page
        self._totals = totals
        self._rules = judged_rules(head)
        self._widest = max((width_of(plain(rule.key)) for rule in self._rules.values()), default=0)
        self._widest_section = max((width_of(plain(rule.sections)) for rule in self._rules.values()), default=0)

    def write(self) -> None:
        """Rules that can be violated, then gates, then notes."""
        self._write_violable()
        self._write_gates()
        self._write_notes()

    def _write_violable(self) -> None:
        page = self._page
        violable = self._with(OnFail.VIOLATION)
        page.heading("Rules")
        if not violable:
            page.line("The policy has no rule that can be violated.")
            return
        for party in Party:
            owed = [(rule, counts) for rule, counts in violable if rule.head.party is party]
            if owed:
                page.line(f"Owed by the {party}:", style="italic")
                rows = [(rule, (*_five(counts), *_rates(Attainment.of(counts)))) for rule, counts in owed]
                self._write("rule", (_PASS, _FAIL, _OPEN, _BARRED, _UNKNOWN, *_RATES), rows)
                page.blank()
        page.paragraph(
            "kept: pass / (pass + fail), cut to two decimals and never rounded up"
            + ("" if all(_is_decided(counts) for _, counts in violable) else f"; {_NONE} where no ticket is decided")
            + ". at least, at most: if all that are unknown or open and could still break the rule were to fail, or to "
            "pass. n.a.: the rule does not speak of the ticket."
            + (" Tickets with conflicting ids do not count in these rates." if self._totals.conflicting_ids else "")
        )

    def _write_gates(self) -> None:
        gates = self._with(OnFail.OUT_OF_SCOPE)
        if not gates:
            return
        waiting = any(counts.open for _, counts in gates)
        barred = any(counts.not_applicable for _, counts in gates)
        self._page.heading("Coverage: which tickets the policy speaks of")
        rows = [
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
        ]
        self._write("gate", (_COVERED, _OUT_OF_SCOPE, *[_OPEN] * waiting, *[_BARRED] * barred, _UNKNOWN), rows)

    def _write_notes(self) -> None:
        notes = self._with(OnFail.NOTE)
        if notes:
            self._page.heading("Notes: what is remarked on and breaks nothing")
            rows = [(rule, _five(counts)) for rule, counts in notes]
            self._write("rule", (_PASS, _NOTED, _OPEN, _BARRED, _UNKNOWN), rows)

    def _write(self, first: str, numbers: Sequence[Column], rows: Sequence[tuple[JudgedRule, Sequence[str]]]) -> None:
        """The rules' names and sections as wide as the widest of the report, so that tables below one another line up; the
        sections only where the page has room for all of them."""
        cells = zip(*(cells for _, cells in rows), strict=True)
        sized = [
            replace(column, width=max(width_of(text) for text in (column.heading, *texts)))
            for column, texts in zip(numbers, cells, strict=True)
        ]
        room = self._page.width - sum(column.width + _GAP for column in sized)
        names = Column(first, width=max(min(self._widest, room), len(first)))
        room -= names.width + _GAP
        if room < max(self._widest_section, len("section")):
            self._page.table((names, *sized), [(plain(rule.key), *cells) for rule, cells in rows])
        else:
            sections = Column("section", width=max(self._widest_section, len("section")))
            self._page.table(
                (names, sections, *sized), [(plain(rule.key), plain(rule.sections), *cells) for rule, cells in rows]
            )

    def _with(self, on_fail: OnFail) -> list[tuple[JudgedRule, Counts]]:
        return [
            (rule, self._totals.rules.get(key, Counts()))
            for key, rule in self._rules.items()
            if rule.head.on_fail is on_fail
        ]


def _is_decided(counts: Counts) -> bool:
    return Attainment.of(counts).rate.whole > 0


def _five(counts: Counts) -> tuple[str, ...]:
    verdicts = (counts.passed, counts.failed, counts.open, counts.not_applicable, counts.unknown)
    return tuple(f"{count:,}" for count in verdicts)


def _rates(attainment: Attainment) -> tuple[str, ...]:
    rates = (attainment.rate, attainment.at_least, attainment.at_most)
    return tuple(str(rate) if rate.whole else _NONE for rate in rates)
