"""The step table of a calendar: cumulative open time, in integers.

F(t) is how many microseconds were open from the beginning of the span to t. It never falls, and everything else
follows from it: what accrued between two instants is the difference of F, and a limit runs out where F has grown by it.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportpolicy.model.instant import DAY_US
from supportpolicy.model.offsets import Offsets


@dataclass(frozen=True, slots=True)
class StepTable:
    """When a calendar is open, from the instant `first` to `last`. Outside nothing is known, which is None.

    The k-th open interval is `opens[k]` to before `closes[k]`, and `before[k]` is F at its opening. Intervals neither
    overlap nor touch. A business day is a local date on which something opens: `days` numbers it from 1970-01-01,
    `day_opens` is its first opening and `day_closes` its last closing, which may lie on the next date.
    """

    first: int
    last: int
    opens: Sequence[int]
    closes: Sequence[int]
    before: Sequence[int]
    days: Sequence[int]
    day_opens: Sequence[int]
    day_closes: Sequence[int]
    offsets: Offsets

    def covers(self, us: int) -> bool:
        """Whether anything is known of an instant."""
        return self.first <= us <= self.last

    def is_open(self, us: int) -> bool | None:
        """Whether the calendar is open; it is at an opening and is not at a closing."""
        if not self.first <= us < self.last:
            return None
        k = bisect_right(self.opens, us) - 1
        return k >= 0 and us < self.closes[k]

    def accrued(self, us: int) -> int | None:
        """F: the open microseconds from the beginning of the span to an instant."""
        if not self.covers(us):
            return None
        k = bisect_right(self.opens, us) - 1
        return 0 if k < 0 else self.before[k] + min(us, self.closes[k]) - self.opens[k]

    def between(self, start: int, stop: int) -> int | None:
        """The open microseconds from one instant to a later one; nothing if it is not later."""
        if stop <= start:
            return 0 if self.covers(start) and self.covers(stop) else None
        since, until = self.accrued(start), self.accrued(stop)
        return None if since is None or until is None else until - since

    def due(self, start: int, amount: int) -> int | None:
        """The earliest instant at which `amount` has accrued since `start`: a closing, where it runs out at one."""
        begun = self.accrued(start)
        if begun is None or amount <= 0:
            return None if begun is None else start
        wanted = begun + amount
        k = bisect_left(self.before, wanted) - 1
        if k < 0:
            return None  # the calendar never opens
        due = self.opens[k] + wanted - self.before[k]
        return due if due <= self.closes[k] else None

    def last_in_time(self, start: int, amount: int) -> int | None:
        """The last instant at which no more than `amount` has accrued since `start`: the next opening, where it runs
        out at a closing."""
        begun = self.accrued(start)
        if begun is None:
            return None
        wanted = begun + amount
        k = bisect_right(self.before, wanted) - 1
        if k < 0:
            return None
        last = self.opens[k] + wanted - self.before[k]
        return last if last < self.closes[k] else None

    def next_opening(self, us: int) -> int | None:
        """The instant itself if the calendar is open, else the next opening."""
        if not self.covers(us):
            return None
        k = bisect_right(self.opens, us) - 1
        if k >= 0 and us < self.closes[k]:
            return us
        return self.opens[k + 1] if k + 1 < len(self.opens) else None

    def business_days_later(self, start: int, count: int) -> int | None:
        """The same time on the wall `count` business days later, moved to the next opening, as is the start.

        A moment belongs to the latest business day that has begun; where its window runs over midnight, that is the
        day before, and the time on the wall is one of the date after the business day.
        """
        begun = self._business_day(start)
        if begun is None or begun[0] + count >= len(self.days):
            return None
        day, start = begun
        time = self.offsets.to_local(start) - self.days[day] * DAY_US
        return self.next_opening(self.offsets.first_reading(self.days[day + count] * DAY_US + time))

    def end_of_business_day(self, start: int, count: int) -> int | None:
        """The last closing of the business day `count` days after the one to which the start belongs, which is first
        moved to the next opening."""
        begun = self._business_day(start)
        if begun is None or begun[0] + count >= len(self.days):
            return None
        end = self.day_closes[begun[0] + count]
        return end if end <= self.last else None

    def intervals(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The open intervals between two instants, the first and the last cut there."""
        for k in range(max(0, bisect_right(self.opens, start) - 1), len(self.opens)):
            opens, closes = max(self.opens[k], start), min(self.closes[k], stop)
            if self.opens[k] >= stop:
                return
            if opens < closes:
                yield opens, closes

    @property
    def sha256(self) -> str:
        """The digest of all that the table says, the same wherever and whenever it is made."""
        digest = hashlib.sha256(b"supportpolicy calendar 1\n")
        for numbers in (
            (self.first, self.last),
            self.opens,
            self.closes,
            self.days,
            self.day_opens,
            self.day_closes,
            (self.offsets.to_local(self.first) - self.first, *self._changes()),
        ):
            digest.update(",".join(map(str, numbers)).encode() + b"\n")
        return digest.hexdigest()

    def _changes(self) -> Iterator[int]:
        """The changes of the clocks within the span: when, and the offset after it."""
        for change, offset in zip(self.offsets.changes, self.offsets.offsets[1:], strict=True):
            if self.first < change < self.last:
                yield from (change, offset)

    def _business_day(self, start: int) -> tuple[int, int] | None:
        """The index of the business day of the start, and the start, moved to the next opening."""
        opening = self.next_opening(start)
        if opening is None:
            return None
        return bisect_right(self.day_opens, opening) - 1, opening


def step_table(
    first: int,
    last: int,
    intervals: Sequence[tuple[int, int]],
    days: Sequence[tuple[int, int, int]],
    offsets: Offsets,
) -> StepTable:
    """The table of intervals in any order, which may overlap, and of business days (number, first opening, last closing)
    in their order."""
    opens, closes, before, total = array("q"), array("q"), array("q"), 0
    for start, stop in sorted(intervals):
        opening, closing = start if start > first else first, stop if stop < last else last
        if closing <= opening:
            continue
        if closes and opening <= closes[-1]:
            total += max(0, closing - closes[-1])
            closes[-1] = max(closes[-1], closing)
            continue
        opens.append(opening)
        closes.append(closing)
        before.append(total)
        total += closing - opening
    columns = zip(*days, strict=True) if days else ((), (), ())
    numbers, day_opens, day_closes = (array("q", column) for column in columns)
    return StepTable(first, last, opens, closes, before, numbers, day_opens, day_closes, offsets)
