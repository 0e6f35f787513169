"""The export's own first response beside the one that events show, in the words that all reports share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import MetricTotals, Totals
from supportpolicy.plugin.records import Head
from supportpolicy.reports.gathering import named, standing
from supportpolicy.reports.summary import JudgedRule, judged_rules

TITLE: Final = "The field first_response beside the first response that events show, which decides"
HEADINGS: Final = ("both", "differ", "only events", "only field")
"""Over the cells of a rule: tickets on which both are there, differ for certain, and on which only one of them is."""


@dataclass(frozen=True, slots=True)
class MetricRule:
    """A rule whose clock stops at the first response."""

    rule: JudgedRule
    totals: MetricTotals

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `HEADINGS`."""
        of = self.totals
        return tuple(f"{count:,}" for count in (of.both, of.differ, of.only_events, of.only_field))

    @property
    def greatest(self) -> list[tuple[str, str, str]]:
        """The tickets on which they differ most: name, by how much, where the record stands."""
        return [(named(one.ticket), format_duration(one.us), standing(one.place)) for one in self.totals.greatest]

    @property
    def title(self) -> str:
        """What stands over these tickets."""
        shown = len(self.totals.greatest)
        return "The greatest differences" if shown < self.totals.differ else "All differences"


def metric_rules(head: Head, totals: Totals) -> Iterator[MetricRule]:
    """The rules for which there is something to compare, in the order of the file."""
    for key, rule in judged_rules(head).items():
        if key in totals.metrics:
            yield MetricRule(rule, totals.metrics[key])
