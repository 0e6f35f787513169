"""Conditions on what happened, and on when the calendar was open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, asked_instant, audit_instant
from supportpolicy.engines.reference.happenings import NOT_ALL, compile_history
from supportpolicy.engines.reference.kleene import Kleene, Undecided, undecided, weightier
from supportpolicy.engines.reference.measures import Judged, Measure
from supportpolicy.engines.reference.moments import compile_start
from supportpolicy.engines.reference.outermost import Found
from supportpolicy.engines.reference.placing import has_come, lies_after, lies_before
from supportpolicy.engines.reference.presence import compile_present
from supportpolicy.engines.reference.promises import compile_promise
from supportpolicy.expr.nodes import During, Happens, moment_field
from supportpolicy.model.cell import Elapsed, Event, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import FAIL, OPEN, PASS, Outcome

Judge: TypeAlias = Callable[[Cells], Kleene]

_EVENTS: Final = "events"
_COARSE: Final = undecided(Reason.TOO_COARSE, _EVENTS)


def compile_happens(node: Happens, frame: Frame) -> Judge:
    """The closure that says whether such an event has happened, when it was asked for."""
    find, in_time, beside = compile_history(node.events, frame), _in_time(node, frame), _beside(node, frame)

    def judge(cells: Cells) -> Kleene:
        history = find(cells)
        if isinstance(history, Unknown):
            return undecided(history.reason, history.field)
        measured = in_time(cells)
        if isinstance(measured, bool | Undecided):
            return measured
        fits, over = measured
        lies, come = beside(cells)
        doubt: Undecided | None = None
        for event, why, _ in history.happenings:
            outcome = fits(event)
            places = [place(event.at) for place in lies]
            if outcome is FAIL or False in places:
                continue
            lack = undecided(why.reason, why.field) if why is not None else None
            if outcome is not PASS:
                lack = lack or undecided(outcome.reason, outcome.field)
            elif event.at.hi > audit_instant(cells):
                lack = lack or _COARSE
            lack = lack or next((place for place in places if isinstance(place, Undecided)), None)
            if lack is None:
                return True
            doubt = lack if doubt is None else weightier(doubt, lack)
        if not history.complete:
            doubt = doubt or undecided(NOT_ALL.reason, NOT_ALL.field)
        return doubt if doubt is not None else _awaited(over, come)

    return judge


def _awaited(over: Kleene, come: Kleene) -> Kleene:
    """What holds where none has happened: false once the time for it is over or what it had to precede has come, else it is
    waited for."""
    if over is True or come is True:
        return False
    doubts = [doubt for doubt in (over, come) if isinstance(doubt, Undecided)]
    return doubts[0] if doubts else undecided(None, _EVENTS)


_Lies: TypeAlias = Callable[[Instant], Kleene]


def _beside(node: Happens, frame: Frame) -> Callable[[Cells], tuple[Sequence[_Lies], Kleene]]:
    """How an event lies beside the moments, and whether the one has come that it must precede."""
    asked = [
        (compile_start(moment, frame), lies, moment_field(moment))
        for moment, lies in ((node.before, lies_before), (node.after, lies_after))
        if moment is not None
    ]

    def read(cells: Cells) -> tuple[Sequence[_Lies], Kleene]:
        found = [(find(cells)[0], lies, name) for find, lies, name in asked]
        come: Kleene = False
        if node.before is not None:
            come = has_come(found[0][0], audit_instant(cells), found[0][2])
        return [partial(_lie, lies, moment, name) for moment, lies, name in found], come

    return read


def _lie(lies: Callable[[Instant, Found, str], Kleene], moment: Found, name: str, at: Instant) -> Kleene:
    return lies(at, moment, name)


_Fits: TypeAlias = Callable[[Event], Outcome]


def _in_time(node: Happens, frame: Frame) -> Callable[[Cells], tuple[_Fits, Kleene] | Kleene]:
    """How an event is set against the limit, and whether the time for it is over; without a limit once the ticket is
    settled, and at once where nothing is waited for."""
    if node.within is None:
        settled: Judge = (
            compile_present(frame.slots[node.settled_by], node.settled_by) if node.settled_by else lambda _: True
        )
        return lambda cells: (lambda _: PASS, settled(cells))
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
        over: Kleene = runs is FAIL
        if runs is not FAIL and runs is not OPEN:
            over = undecided(runs.reason, runs.field)
        return (lambda event: _fits(measure, since, event)), over

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
