"""Clocks that start again and again, each counted for itself, in the words that all reports share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.finding import Totals
from supportpolicy.model.objective import Score
from supportpolicy.plugin.records import Head
from supportpolicy.reports.summary import JudgedRule, judged_rules

TITLE: Final = "Clocks: of rules whose clocks start again and again, each for itself"
HEADINGS: Final = ("clocks", "pass", "fail", "open", "unknown", "untold")
LEGEND: Final = (
    "untold: tickets of which nobody knows which clocks they had; none of theirs are counted. The verdicts above are of "
    "tickets, of whose clocks the worst decides."
)


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A rule whose clocks start again and again, and what they come to."""

    rule: JudgedRule
    score: Score

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `HEADINGS`."""
        return tuple(f"{count:,}" for count in clock_numbers(self.score))


def clock_numbers(score: Score) -> tuple[int, ...]:
    """How many clocks there are, how many of them have which verdict, and the tickets whose clocks are not known."""
    verdicts = (score.passed, score.failed, score.open, score.unknown)
    return sum(verdicts), *verdicts, score.untold


def clock_rules(head: Head, totals: Totals) -> Iterator[ClockRule]:
    """Those rules in the order of the file."""
    for key, rule in judged_rules(head).items():
        if key in totals.clocks:
            yield ClockRule(rule, totals.clocks[key])
