"""When the clock of a ticket stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.happenings import NOT_ALL, among
from supportpolicy.expr.nodes import Pause
from supportpolicy.model.cell import NEVER, Cell, Event, Timeline, Unknown
from supportpolicy.model.instant import Instant

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Half-open intervals, in order and apart."""

_EVER = -(2**62)


class Standing(NamedTuple):
    """The pauses of a clock up to the audit instant: those that are certain, and all that may be.

    `doubts` are the stretches of which nobody knows whether the clock stood, with what the record lacks, and how far they
    and those before them reach.
    `stands` and `may_stand` say the same of the audit instant itself.
    """

    fewest: Spans
    most: Spans
    doubts: tuple[tuple[int, int, Unknown, int], ...]
    stands: bool
    may_stand: bool


class _Stretch(NamedTuple):
    """From one event to the next: whether the clock stands, or why that is not known."""

    begin: Instant
    end: Instant
    stands: bool | Unknown


def compile_pauses(pause: Pause, frame: Frame) -> Callable[[Cells], Standing]:
    """The closure that finds the pauses of a ticket's clock."""
    own, events = frame.slots[pause.field], frame.slots["events"]
    words = frame.vocabularies.get(pause.field)

    def stands(value: Cell) -> bool | Unknown:
        found = among(value, pause.values, words)
        return found if isinstance(found, Unknown) else found is pause.inside

    def reckon(cells: Cells, audit: int) -> Standing:
        timeline = cells[events]
        if isinstance(timeline, Unknown):
            return _standing([_whole(audit, timeline)])
        if not isinstance(timeline, Timeline):
            assert timeline is NEVER
            return _standing([_whole(audit, stands(cells[own]))])
        if not timeline.complete:
            return _standing([_whole(audit, NOT_ALL)])
        changes = [event for event in timeline.events if event.kind == pause.field]
        if not changes:
            return _standing([_whole(audit, stands(cells[own]))])
        past = [event for event in changes if event.at.lo <= audit]
        return _standing(list(_stretches(past, stands, stands(changes[0].former), audit)))

    latest: tuple[Cell, Cell, int, Standing] | None = None

    def find(cells: Cells) -> Standing:
        # A rule that starts its clock again and again asks for each of them.
        nonlocal latest
        audit, known = audit_instant(cells), latest
        if known is None or known[0] is not cells[events] or known[1] is not cells[own] or known[2] != audit:
            latest = known = cells[events], cells[own], audit, reckon(cells, audit)
        return known[3]

    return find


def _whole(audit: int, stands: bool | Unknown) -> _Stretch:
    return _Stretch(Instant.at(_EVER), Instant.at(max(audit, _EVER)), stands)


def _stretches(
    past: Sequence[Event], stands: Callable[[Cell], bool | Unknown], at_first: bool | Unknown, audit: int
) -> Iterator[_Stretch]:
    begin, state = Instant.at(_EVER), at_first
    for event in past:
        yield _Stretch(begin, event.at, state)
        begin, state = event.at, stands(event.value)
    yield _Stretch(begin, Instant.at(max(audit, begin.hi)), state)


def _standing(stretches: Sequence[_Stretch]) -> Standing:
    fewest = _joined((s.begin.hi, s.end.lo) for s in _merged(stretches, lambda stands: stands is True))
    most = _joined((s.begin.lo, s.end.hi) for s in _merged(stretches, lambda stands: stands is not False))
    doubts: list[tuple[int, int, Unknown, int]] = []
    for begin, end, stands in stretches:
        if isinstance(stands, Unknown):
            reach = max(end.hi, doubts[-1][3]) if doubts else end.hi
            doubts.append((begin.lo, end.hi, stands, reach))
    last = stretches[-1].stands
    return Standing(fewest, most, tuple(doubts), last is True, last is not False)


def _merged(stretches: Iterable[_Stretch], counts: Callable[[bool | Unknown], bool]) -> Iterator[_Stretch]:
    """Stretches that follow each other are one pause: an event between them takes nothing from it."""
    pending: _Stretch | None = None
    for stretch in stretches:
        if not counts(stretch.stands):
            if pending is not None:
                yield pending
            pending = None
        else:
            pending = stretch if pending is None else pending._replace(end=stretch.end)
    if pending is not None:
        yield pending


def _joined(spans: Iterable[tuple[int, int]]) -> Spans:
    apart: list[tuple[int, int]] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if apart and begin <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((begin, end))
    return tuple(apart)
