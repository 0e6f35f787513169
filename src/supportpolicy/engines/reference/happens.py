"""Conditions on what happened, and on when the calendar was open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, asked_instant, audit_instant
from supportpolicy.engines.reference.happenings import NOT_ALL, compile_history
from supportpolicy.engines.reference.kleene import Kleene, Undecided, undecided, weightier
from supportpolicy.engines.reference.measures import Judged, Measure
from supportpolicy.engines.reference.promises import compile_promise
from supportpolicy.expr.nodes import During, Happens
from supportpolicy.model.cell import Elapsed, Event, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import FAIL, OPEN, PASS, Outcome

Judge: TypeAlias = Callable[[Cells], Kleene]

_EVENTS: Final = "events"
_COARSE: Final = undecided(Reason.TOO_COARSE, _EVENTS)


def compile_happens(node: Happens, frame: Frame) -> Judge:
    """The closure that says whether such an event has happened, in time where a limit is set."""
    find = compile_history(node.events, frame)
    in_time = _in_time(node, frame)

    def judge(cells: Cells) -> Kleene:
        history = find(cells)
        if isinstance(history, Unknown):
            return undecided(history.reason, history.field)
        measured = in_time(cells)
        if isinstance(measured, bool | Undecided):
            return measured
        fits, later = measured
        doubt: Undecided | None = None
        for event, why, _ in history.happenings:
            outcome = fits(event)
            if outcome is FAIL:
                continue
            lack = undecided(why.reason, why.field) if why is not None else None
            if outcome is not PASS:
                lack = lack or undecided(outcome.reason, outcome.field)
            elif event.at.hi > audit_instant(cells):
                lack = lack or _COARSE
            if lack is None:
                return True
            doubt = lack if doubt is None else weightier(doubt, lack)
        if not history.complete:
            doubt = doubt or undecided(NOT_ALL.reason, NOT_ALL.field)
        return doubt if doubt is not None else later

    return judge


_Fits: TypeAlias = Callable[[Event], Outcome]


def _in_time(node: Happens, frame: Frame) -> Callable[[Cells], tuple[_Fits, Kleene] | Kleene]:
    """How an event is set against the limit, and what holds where none has happened up to T."""
    if node.within is None:
        return lambda _: (lambda _: PASS, False)
    promise, slot = compile_promise(node.within, frame), frame.slots["submitted"]

    def limit(cells: Cells) -> tuple[_Fits, Kleene] | Kleene:
        start, measure = cells[slot], promise(cells)
        if isinstance(start, Unknown):
            return undecided(start.reason, start.field)
        if not isinstance(start, Instant):
            return False
        assert not isinstance(measure, Outcome)  # the compiler takes no other cell than one that runs out
        since: Instant = start
        runs = measure.running(since, Judged(audit_instant(cells), asked_instant(cells)), _EVENTS)
        later: Kleene = (
            False if runs is FAIL else undecided(None if runs is OPEN else runs.reason, runs.field or _EVENTS)
        )
        return (lambda event: _fits(measure, since, event)), later

    return limit


def _fits(measure: Measure, start: Instant, event: Event) -> Outcome:
    """What happened before the submission is not too late."""
    if event.at.hi < start.lo:
        return PASS
    return measure.stopped(start, event.at.lo, event.at.hi, _EVENTS)


def compile_during(node: During, frame: Frame) -> Judge:
    """The closure that says whether an instant lies in open hours: all that it may be, or none of it."""
    slot, table = frame.slots[node.field], frame.calendars[node.calendar]
    beyond = undecided(Reason.MISSING, f"calendar {node.calendar}")

    def judge(cells: Cells) -> Kleene:
        cell = cells[slot]
        if isinstance(cell, Unknown):
            return undecided(cell.reason, cell.field)
        if isinstance(cell, Elapsed):
            return undecided(Reason.OTHER_CLOCK, node.field)
        if not isinstance(cell, Instant):
            return False
        first, last, between = table.is_open(cell.lo), table.is_open(cell.hi), table.between(cell.lo, cell.hi)
        if first is None or last is None or between is None:
            return beyond
        if first and last and between == cell.hi - cell.lo:
            return True
        return False if not first and not last and between == 0 else undecided(Reason.TOO_COARSE, node.field)

    return judge
