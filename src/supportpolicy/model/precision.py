"""How coarsely a source writes its times, and what a written value may therefore stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from supportpolicy.model.instant import Instant

Rounding = Literal["floor", "nearest", "ceil"]


@dataclass(frozen=True, slots=True)
class Precision:
    """A source writes multiples of `unit_us` microseconds, rounded `by` floor, nearest or ceil.

    Raises ValueError if the unit is below one microsecond or the rounding is another word.
    """

    unit_us: int
    by: Rounding

    def __post_init__(self) -> None:
        if self.unit_us < 1:
            raise ValueError(f"the unit of a precision is at least one microsecond, not {self.unit_us}")
        if self.by not in ("floor", "nearest", "ceil"):
            raise ValueError(f"rounding is by floor, nearest or ceil, not {self.by!r}")

    def widen(self, instant: Instant) -> Instant:
        """All that the written instant may stand for; an interval is widened at its ends."""
        return Instant(self.widen_amount(instant.lo)[0], self.widen_amount(instant.hi)[1])

    def widen_amount(self, us: int) -> tuple[int, int]:
        """The least and the greatest number of microseconds that the written number `us` may stand for.

        Floor: from `us` to just below the next unit. Ceil: from just above the unit before to `us`. Nearest: half a
        unit to either side, both ends included, for which way the source sent a tie is not known. The least may be
        negative; that a measured duration is not is the caller's knowledge.
        """
        match self.by:
            case "floor":
                return us, us + self.unit_us - 1
            case "ceil":
                return us - self.unit_us + 1, us
            case "nearest":
                return us - self.unit_us // 2, us + self.unit_us // 2
