"""The verdicts by group: a table for each rule, with a row for each combination of what tickets say of the fields asked
for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportpolicy.model.finding import Counts, GroupTotals, Said, Totals
from supportpolicy.plugin.records import Head
from supportpolicy.reports.gathering import named
from supportpolicy.reports.page import plain
from supportpolicy.reports.rule_tables import rule_cells, rule_columns
from supportpolicy.reports.summary import JudgedRule, judged_rules, number


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group under one rule: what its tickets say of each field, and the numbers of the rule."""

    said: tuple[str, ...]
    counts: Counts
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupTable:
    """The groups under one rule. `numbers` are the headings over the cells of each."""

    rule: JudgedRule
    numbers: tuple[str, ...]
    rows: tuple[GroupRow, ...]


def title(head: Head) -> str:
    """What stands over all tables."""
    return f"By {' and '.join(plain(field) for field in head.by)}"


def group_tables(head: Head, totals: Totals) -> Iterator[GroupTable]:
    """A table for each rule in the order of the file; without the rules under whose revision no ticket is judged."""
    for key, rule in judged_rules(head).items():
        numbers = tuple(column.heading for column in rule_columns(rule.head.on_fail))
        rows = tuple(
            GroupRow(_said(group, head.by), group.rules[key], rule_cells(rule.head.on_fail, group.rules[key]))
            for group in totals.groups
            if key in group.rules
        )
        if rows:
            yield GroupTable(rule, numbers, rows)


def sizes(head: Head, totals: Totals) -> list[tuple[tuple[str, ...], str]]:
    """Each group with its judged tickets."""
    return [(_said(group, head.by), f"{group.judged:,}") for group in totals.groups]


def _said(group: GroupTotals, by: Sequence[str]) -> tuple[str, ...]:
    if group.said is None:
        return (f"({number(group.groups, 'smaller group')})", *("" for _ in by[1:]))
    return tuple(map(in_words, group.said))


def in_words(said: Said) -> str:
    """`p1`, `(never)`, `(unknown: missing)`; a value that looks like one of these stands in quotes."""
    match said.state:
        case "value":
            shown = named(said.text)
            return f"'{shown}'" if shown.startswith("(") else shown
        case "never":
            return "(never)"
        case "unknown":
            return f"(unknown: {said.text})"
