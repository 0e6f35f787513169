"""A clock drawn to scale on one line, in characters that every terminal has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.nodes import NotBefore
from supportpolicy.model.instant import format_us
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.step_table import StepTable
from supportpolicy.reports.clock_sum import ClockSum, read_instant

_COUNTS: Final = "="
_STANDS: Final = "."
_UNTOLD: Final = "?"
_FEWEST: Final = 20
"""Columns below which nothing could be told apart."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The line, and what its characters mean."""

    line: str
    legend: str


@dataclass(frozen=True, slots=True)
class _Mark:
    letter: str
    at: int
    name: str


def drawn(clock: ClockSum, table: StepTable | None, width: int) -> Chart | None:
    """The clock from its start to its end, or to when it was due if that is later; None where there is nothing to scale.

    `table` is the calendar that it runs on, None for `24x7`.
    """
    marks = list(_marks(clock))
    first, last = min((m.at for m in marks), default=0), max((m.at for m in marks), default=0)
    if all(mark.letter != "D" for mark in marks) or first == last or width < _FEWEST:
        return None
    spans = _counted(clock, table, last)
    cells = [_cell(spans, _edge(n, first, last, width), _edge(n + 1, first, last, width)) for n in range(width)]
    for column, mark in _columns(marks, first, last, width):
        cells[column] = mark.letter
    line = "".join(cells)
    counted = clock.text("accrued") is not None or clock.text("calendar") == ALWAYS
    meaning = {
        _COUNTS: "time that counts" if counted else "open hours",
        _STANDS: "time that does not" if counted else "closed",
        _UNTOLD: "time of which nothing is told",
    }
    told = [f"{mark.letter} {mark.name} {format_us(mark.at)}" for mark in marks]
    return Chart(line, ", ".join([*told, *(f"{char} {words}" for char, words in meaning.items() if char in line)]))


def _marks(clock: ClockSum) -> Iterator[_Mark]:
    start, due = clock.start, read_instant(clock.text("due"))
    end = clock.audited if clock.never else clock.stop
    if start is None or end is None:
        return
    yield _Mark("S", start.lo, "start")
    if (opening := read_instant(clock.text("counted_from"))) is not None:
        yield _Mark("O", opening.lo, "opening")
    yield _Mark("T", end.hi, "judged at") if clock.never else _Mark("X", end.hi, "stop")
    if due is not None:
        yield _Mark("D", due.lo, "not before" if isinstance(clock.demand, NotBefore) else "due")


def _columns(marks: Sequence[_Mark], first: int, last: int, width: int) -> Iterator[tuple[int, _Mark]]:
    """Where each mark stands. Those that would hide each other stand side by side, if they are not one instant."""
    columns: list[tuple[int, _Mark]] = []
    for mark in sorted(marks, key=lambda mark: mark.at):
        column = min(width - 1, (mark.at - first) * width // (last - first))
        if columns and column <= columns[-1][0]:
            column = columns[-1][0] + (mark.at > columns[-1][1].at)
        columns.append((column, mark))
    over = max(0, columns[-1][0] - (width - 1))
    return ((column if column <= width // 2 else column - over, mark) for column, mark in columns)


def _counted(clock: ClockSum, table: StepTable | None, last: int) -> Sequence[tuple[int, int, str]]:
    """The spans of time with what they are to the clock; between them it does not count."""
    end = clock.audited if clock.never else clock.stop
    assert end is not None
    begin = read_instant(clock.text("counted_from")) or clock.start
    assert begin is not None
    if clock.text("paused") is None:
        if table is None or clock.text("calendar") in (ALWAYS, None):
            return [(begin.lo, last, _COUNTS)]
        return [(a, b, _COUNTS) for a, b in table.intervals(begin.lo, last)]
    told = (clock.text("intervals") or "").split(", ")
    spans = [span for text in told if (span := read_instant(text.partition(" ")[0])) is not None]
    untold = [(spans[-1].hi, end.hi, _UNTOLD)] if told[-1].startswith("and ") and spans else []
    return [*((span.lo, span.hi, _COUNTS) for span in spans), *untold]


def _edge(column: int, first: int, last: int, width: int) -> int:
    return first + (last - first) * column // width


def _cell(spans: Sequence[tuple[int, int, str]], begin: int, end: int) -> str:
    """What fills most of a column."""
    filled = [(min(b, end) - max(a, begin), char) for a, b, char in spans if a < end and b > begin]
    of = {char: sum(us for us, other in filled if other == char) for char in (_COUNTS, _UNTOLD)}
    char = max(of, key=lambda one: of[one])
    return char if 2 * of[char] >= max(1, end - begin) else _STANDS
