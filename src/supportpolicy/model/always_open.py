"""The calendar `24x7`, with what is asked of a step table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AlwaysOpen:
    """Every microsecond is open, and everything is known. See `StepTable` for what the methods give."""

    last: int = 2**62

    def covers(self, us: int) -> bool:
        return us <= self.last

    def is_open(self, us: int) -> bool | None:
        return us <= self.last

    def between(self, start: int, stop: int) -> int | None:
        return max(0, stop - start)

    def due(self, start: int, amount: int) -> int | None:
        return start + amount

    def last_in_time(self, start: int, amount: int) -> int | None:
        return start + amount

    def intervals(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        if start < stop:
            yield start, stop


ALWAYS_OPEN: Final = AlwaysOpen()
