"""The export's own first response beside the one that events show: what every engine counts in the same way."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.expr.nodes import FirstResponse, Moment, NotBefore, Within
from supportpolicy.expr.plan import RevisionPlan
from supportpolicy.model.finding import WORST, Differing, MetricTotals, RowPlace

ONLY_EVENTS: Final = -1
ONLY_FIELD: Final = -2
"""What is told of a ticket on which only the events, or only the field, show a first response; of one on which both do, by
how many microseconds they certainly differ."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A clock that stops at the first response, and the first rule that has it."""

    rule: str
    start: Moment
    stop: FirstResponse


def compared(revision: RevisionPlan) -> Iterator[Compared]:
    """The different clocks of a revision that stop at the first response, in the order of the file."""
    told: set[tuple[Moment, FirstResponse]] = set()
    for rule in revision.rules:
        match rule.demand:
            case Within(start, FirstResponse() as stop) | NotBefore(start, FirstResponse() as stop):
                if (start, stop) not in told:
                    told.add((start, stop))
                    yield Compared(rule.id, start, stop)


@dataclass(slots=True)
class Comparing:
    """One clock of all tickets, being compared as they come in the order of the input."""

    _both: int = 0
    _differ: int = 0
    _only_events: int = 0
    _only_field: int = 0
    _greatest: list[tuple[int, int, str, RowPlace]] = field(default_factory=list)

    def add(self, told: int, name: str, place: RowPlace) -> None:
        """Count a ticket of which that is told."""
        if told == ONLY_EVENTS:
            self._only_events += 1
        elif told == ONLY_FIELD:
            self._only_field += 1
        else:
            self._both += 1
        if told > 0:
            entry = (told, -self._differ, name, place)
            self._differ += 1
            if len(self._greatest) < WORST:
                heapq.heappush(self._greatest, entry)
            else:
                heapq.heappushpop(self._greatest, entry)

    def totals(self) -> MetricTotals:
        """What was counted."""
        greatest = tuple(Differing(name, place, us) for us, _, name, place in sorted(self._greatest, reverse=True))
        return MetricTotals(self._both, self._differ, self._only_events, self._only_field, greatest)
