"""What a calendar answers, as a function that SQL can look up.

Everything that is asked of a calendar about an instant (how much has accrued, when it opens next, what is some business days
later) grows with the instant or stands still, and leaps now and then: so it is a list of straight pieces.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from supportpolicy.model.instant import DAY_US
from supportpolicy.model.step_table import StepTable

_Value: TypeAlias = Callable[[int], int | None]
_Piece: TypeAlias = tuple[int, int | None, int]
"""Where it starts, its base and its slope."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """From `starts[k]` to before `starts[k + 1]` the function is `bases[k] + slopes[k] * x`; the slope is 0 or 1, and the
    base is None where nothing is known, as it is before the first piece and in the last one."""

    starts: Sequence[int]
    bases: Sequence[int | None]
    slopes: Sequence[int]

    def at(self, x: int) -> int | None:
        """The value at x."""
        k = bisect_right(self.starts, x) - 1
        if k < 0:
            return None
        base = self.bases[k]
        return None if base is None else base + self.slopes[k] * x


@dataclass(frozen=True, slots=True)
class Span:
    """All instants about which a run asks; rulers need not know of others."""

    first: int
    last: int

    def of(self, table: StepTable) -> Span:
        """Those of which the table knows; none, if the last is before the first."""
        return Span(max(self.first, table.first), min(self.last, table.last))


def accrued(table: StepTable, span: Span) -> Ruler:
    """F: the open time from the beginning of the table's span on."""
    span = span.of(table)

    def pieces() -> Iterator[_Piece]:
        begin = max(0, bisect_right(table.opens, span.first) - 1)
        yield span.first, table.accrued(span.first) if span.first <= span.last else None, 0
        for k in range(begin, bisect_right(table.opens, span.last)):
            opens, closes, before = table.opens[k], table.closes[k], table.before[k]
            yield max(opens, span.first), before - opens, 1
            yield max(closes, span.first), before + closes - opens, 0

    return _straight(pieces(), span)


def due(table: StepTable, span: Span) -> Ruler:
    """For an amount of open time since the beginning of the table's span, the earliest instant at which it has accrued."""
    return _running_out(table, span, 1)


def last_in_time(table: StepTable, span: Span) -> Ruler:
    """For an amount of open time since the beginning of the table's span, the last instant at which no more has accrued."""
    return _running_out(table, span, 0)


def _running_out(table: StepTable, span: Span, late: int) -> Ruler:
    """What has accrued at a closing is there at the opening after it, too; `late` tells which of the two is meant."""
    begin = max(0, bisect_right(table.opens, span.of(table).first) - 1)
    columns = (table.opens[begin:], table.closes[begin:], table.before[begin:])
    pieces = [(before + late, opens - before, 1) for opens, _, before in zip(*columns, strict=True)]
    total = table.accrued(table.last) or 0
    return _straight(pieces, Span(pieces[0][0] if pieces else 0, total + late - 1))


def next_opening(table: StepTable, span: Span) -> Ruler:
    """The instant itself if the calendar is open, else the next opening."""
    return _measured(table, span, (*table.opens, *table.closes), table.next_opening)


def business_days_later(table: StepTable, span: Span, count: int) -> Ruler:
    """The same time on the wall so many business days later."""
    bounds = (*table.opens, *table.closes, *table.day_opens, *table.offsets.changes)

    def value(us: int) -> int | None:
        return table.business_days_later(us, count)

    return _measured(table, span, bounds, value, lambda us: _before_moving(table, us, count))


def end_of_business_day(table: StepTable, span: Span, count: int) -> Ruler:
    """The last closing of the business day so many days later."""
    bounds = (*table.opens, *table.closes, *table.day_opens)
    return _measured(table, span, bounds, lambda us: table.end_of_business_day(us, count))


def _before_moving(table: StepTable, us: int, count: int) -> int | None:
    """The same time on the wall so many business days later, open or not."""
    opening = table.next_opening(us)
    if opening is None:
        return None
    day = bisect_right(table.day_opens, opening) - 1
    if day + count >= len(table.days):
        return None
    apart = (table.days[day + count] - table.days[day]) * DAY_US
    return table.offsets.first_reading(table.offsets.to_local(opening) + apart)


def _measured(table: StepTable, span: Span, bounds: Iterable[int], value: _Value, aim: _Value | None = None) -> Ruler:
    """The pieces of a function between these bounds; and, where its `aim` is what then moves on to the next opening, also
    between the instants for which that is a bound of the table. Where it is not straight even so, as clocks change, it is
    halved until it is."""
    span = span.of(table)
    edges = sorted({span.first, *(bound for bound in bounds if span.first < bound <= span.last), span.last + 1})
    if aim is not None:
        marks = sorted({*table.opens, *table.closes})
        edges = sorted({*edges, *(leap for begin, end in pairwise(edges) for leap in _leaps(begin, end, aim, marks))})

    def pieces() -> Iterator[_Piece]:
        for begin, end in pairwise(edges):
            yield from _halved(begin, end - 1, value)

    return _straight(pieces() if span.first <= span.last else (), span)


def _leaps(begin: int, end: int, aim: _Value, marks: Sequence[int]) -> Iterator[int]:
    """Where within two bounds the aim reaches one of the marks, if it goes there as it does at the bounds."""
    for at in (begin, end - 1):
        aimed = aim(at)
        if aimed is not None:
            shift = aimed - at
            reached = range(bisect_left(marks, begin + shift), bisect_right(marks, end + shift))
            yield from (marks[k] - shift for k in reached if begin < marks[k] - shift < end)


def _halved(begin: int, end: int, value: _Value) -> Iterator[_Piece]:
    """The pieces from one instant to another, both included."""
    if (told := _piece(begin, end, value)) is not None:
        yield told
        return
    middle = (begin + end) // 2
    yield from _halved(begin, middle, value)
    yield from _halved(middle + 1, end, value)


def _piece(begin: int, end: int, value: _Value) -> _Piece | None:
    """The one piece that the function is from one instant to another, None where it is several."""
    at_begin, at_middle, at_end = value(begin), value((begin + end) // 2), value(end)
    if at_begin is None or at_middle is None or at_end is None:
        return (begin, None, 0) if at_begin == at_middle == at_end else None
    if at_begin == at_middle == at_end:
        return begin, at_begin, 0
    shift = at_begin - begin
    straight = at_middle - (begin + end) // 2 == shift == at_end - end
    return (begin, shift, 1) if straight else None


def _straight(pieces: Iterable[_Piece], span: Span) -> Ruler:
    """The ruler of these pieces in their order as far as the span goes, without bounds at which nothing changes."""
    starts: list[int] = []
    bases: list[int | None] = []
    slopes: list[int] = []

    def add(start: int, base: int | None, slope: int) -> None:
        if starts and start == starts[-1]:  # a piece of no length
            for column in (starts, bases, slopes):
                column.pop()
        if not starts or (bases[-1], slopes[-1]) != (base, slope):
            starts.append(start)
            bases.append(base)
            slopes.append(slope)

    for start, base, slope in pieces:
        if start <= span.last:
            add(start, base, slope)
    add(max(span.first, span.last + 1), None, 0)
    return Ruler(starts, bases, slopes)
