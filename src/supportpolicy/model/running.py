"""A clock on a calendar that pauses: open time counts only where the clock is not paused."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from supportpolicy.model.always_open import AlwaysOpen
from supportpolicy.model.step_table import StepTable


@dataclass(frozen=True, slots=True)
class Running:
    """A step table and the intervals during which the clock is paused, in order and apart; make one with `running`.

    A pause while the calendar is closed costs nothing, since F does not grow there.
    """

    table: StepTable | AlwaysOpen
    pauses: tuple[tuple[int, int], ...]

    def between(self, start: int, stop: int) -> int | None:
        """What accrued from one instant to another, without the paused time."""
        if not self.table.covers(start) or not self.table.covers(stop):
            return None
        return sum(self.table.between(a, b) or 0 for a, b in self._runs(start, stop))

    def due(self, start: int, amount: int) -> int | None:
        """The earliest instant at which `amount` has accrued since `start`."""
        if not self.table.covers(start) or amount <= 0:
            return start if self.table.covers(start) else None
        for since, until in self._runs(start, self.table.last):
            accrued = self.table.between(since, until) or 0
            if amount <= accrued:
                return self.table.due(since, amount)
            amount -= accrued
        return None

    def last_in_time(self, start: int, amount: int) -> int | None:
        """The last instant at which no more than `amount` has accrued since `start`."""
        if not self.table.covers(start):
            return None
        for since, until in self._runs(start, self.table.last):
            accrued = self.table.between(since, until) or 0
            if amount < accrued:
                return self.table.last_in_time(since, amount)
            amount -= accrued
        return None

    def intervals(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The intervals between two instants that count: open, and not paused."""
        for since, until in self._runs(start, stop):
            yield from self.table.intervals(since, until)

    def _runs(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The intervals between two instants in which the clock is not paused."""
        at = start
        for n in range(bisect_right(self.pauses, start, key=lambda pause: pause[1]), len(self.pauses)):
            paused, resumed = self.pauses[n]
            if paused >= stop:
                break
            if paused > at:
                yield at, paused
            at = max(at, resumed)
        if at < stop:
            yield at, stop


def running(table: StepTable | AlwaysOpen, pauses: Iterable[tuple[int, int]] = ()) -> Running:
    """The clock with pauses in any order, which may overlap."""
    apart: list[tuple[int, int]] = []
    for paused, resumed in sorted(pauses):
        if apart and paused <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], resumed)
        elif paused < resumed:
            apart.append((paused, resumed))
    return Running(table, tuple(apart))
