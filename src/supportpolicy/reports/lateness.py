"""How late the tickets were that broke a deadline, in the words of the reports for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import QUANTILES, Late, Lateness, Totals
from supportpolicy.plugin.records import Head
from supportpolicy.reports.gathering import named, standing
from supportpolicy.reports.summary import JudgedRule, judged_rules

TITLE: Final = "Lateness: by how much limits were exceeded"
HEADINGS: Final = ("late", *("greatest" if percent == 100 else f"{percent} %" for percent in QUANTILES))
"""Over the cells of a rule: its late tickets, and what so many of them do not exceed."""

LEGEND: Final = (
    "late: the tickets that fail. 50 % and so on: the lateness that so many of them do not exceed, of each what is certain. "
    "A clock that still runs is late by what has passed up to the audit instant."
)


@dataclass(frozen=True, slots=True)
class LateRule:
    """A rule that tickets were late for."""

    rule: JudgedRule
    lateness: Lateness

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under `HEADINGS`."""
        return f"{self.lateness.tickets:,}", *map(format_duration, self.lateness.quantiles.values())

    @property
    def latest(self) -> list[tuple[str, str, str]]:
        """The latest tickets: name, lateness, where the record stands."""
        return [_of(late) for late in self.lateness.worst]

    @property
    def title(self) -> str:
        """What stands over the latest tickets."""
        shown = len(self.lateness.worst)
        return "The latest" if shown < self.lateness.tickets else "All of them"


def late_rules(head: Head, totals: Totals) -> Iterator[LateRule]:
    """The rules that tickets were late for, in the order of the file."""
    for key, rule in judged_rules(head).items():
        if key in totals.lateness:
            yield LateRule(rule, totals.lateness[key])


def _of(late: Late) -> tuple[str, str, str]:
    return named(late.ticket), format_duration(late.us), standing(late.place)
