"""Moments: when a clock starts, and when it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.happenings import (
    NOT_ALL,
    Happening,
    History,
    Told,
    compile_history,
    compile_reverted,
)
from supportpolicy.engines.reference.outermost import (
    Came,
    Finder,
    Found,
    Perhaps,
    StopFinder,
    outermost_start,
    outermost_stop,
)
from supportpolicy.engines.reference.responses import opening_message, response_doubt
from supportpolicy.expr.nodes import (
    At,
    Counted,
    FirstResponse,
    Moment,
    Occurrence,
    Outermost,
    Selection,
    Single,
    Submission,
    moment_field,
)
from supportpolicy.model.cell import NEVER, Elapsed, Event, Never, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import Basis

_EVER: Final = -(2**63)
"""Before everything that happens."""


def compile_start(moment: Moment, frame: Frame, stop: Moment | None = None) -> Finder:
    """The start of a clock. `never` means that the clock does not run for this ticket. The last of some events is the last
    before the field `stop`, where that has come."""
    match moment:
        case Outermost(which, moments):
            return outermost_start(which, [compile_start(one, frame, stop) for one in moments])
        case Submission(staff_opened):
            submission, sent = _submission(frame.slots, staff_opened), frame.slots["submitted"]

            def find_submission(cells: Cells) -> Came:
                found, basis = submission(cells)
                own = found is cells[sent] or not isinstance(found, Instant)
                return Came(found, basis, "submitted" if own else "first customer message")

            return find_submission
        case _:
            find, name = _single_start(moment, frame, stop), moment_field(moment)
            return lambda cells: Came(*find(cells), name)


_Find: TypeAlias = Callable[[Cells], tuple[Found, Basis | None]]
_FindStop: TypeAlias = Callable[[Cells, Instant], tuple[Found, Basis | None]]


def _single_start(moment: At | FirstResponse | Occurrence, frame: Frame, stop: Moment | None) -> _Find:
    match moment:
        case Occurrence("first", events):
            return _first_start(compile_history(events, frame))
        case Occurrence(_, events):
            return _last_start(
                compile_history(events, frame), events, frame, frame.slots[stop.field] if isinstance(stop, At) else None
            )
        case FirstResponse(_, staff_opened):
            return _responded(_submission(frame.slots, staff_opened), _single_stop(moment, frame))
        case At(field):
            return _field(frame.slots[field])


def _field(slot: int) -> _Find:
    def find(cells: Cells) -> tuple[Found, Basis | None]:
        cell = cells[slot]
        assert isinstance(cell, Instant | Elapsed | Never | Unknown)
        come = not isinstance(cell, Instant) or cell.lo <= audit_instant(cells)
        return cell if come else NEVER, None

    return find


def _responded(find_start: _Find, find_stop: _FindStop) -> _Find:
    """The first response as the start of another clock."""

    def find(cells: Cells) -> tuple[Found, Basis | None]:
        start, basis = find_start(cells)
        if not isinstance(start, Instant):
            return start, basis
        found, basis = find_stop(cells, start)
        if isinstance(found, Elapsed) and found.clock == "24x7":
            return Instant(start.lo + found.lo, start.hi + found.hi), basis
        return found, basis

    return find


def _submission(slots: Mapping[str, int], staff_opened: str) -> _Find:
    submitted, role, events = slots["submitted"], slots["created_by_role"], slots["events"]

    def find(cells: Cells) -> tuple[Found, Basis | None]:
        start = cells[submitted]
        assert isinstance(start, Instant | Elapsed | Never | Unknown)
        if staff_opened == "submission":
            return start, None
        timeline = cells[events]
        opened = _opened_by_staff(cells[role], start, timeline)
        if isinstance(opened, Unknown):
            return opened, None
        if not opened:
            return start, None
        if staff_opened == "not_applicable":
            return NEVER, None
        return _first_customer_message(timeline, audit_instant(cells))

    return find


def _opened_by_staff(role: object, start: object, timeline: object) -> bool | Unknown:
    """By the field where the record has it, else by the opening message, else taken to be the customer's own."""
    if isinstance(role, str):
        return role == "staff"
    if isinstance(role, Unknown) and role.reason is not Reason.MISSING:
        return role
    opening = opening_message(timeline, start, role)
    return opening is not None and opening.kind == "staff_message" and opening.role == "staff"


def _first_customer_message(timeline: object, audit: int) -> tuple[Found, Basis | None]:
    missing = Unknown(Reason.MISSING, "events")
    if timeline is NEVER:
        return NEVER, Basis.EVENTS
    if not isinstance(timeline, Timeline):
        return (timeline if isinstance(timeline, Unknown) else missing), None
    if not timeline.complete:
        return missing, None
    for event in timeline.events:
        if event.kind == "customer_message" and event.at.lo <= audit:
            return event.at, Basis.EVENTS
    return NEVER, Basis.EVENTS


def compile_stop(moment: Moment, frame: Frame) -> StopFinder:
    """The stop of a clock that started at a given instant. `never`: not up to the audit instant."""
    if isinstance(moment, Outermost):
        return outermost_stop(moment.which, [compile_stop(one, frame) for one in moment.moments])
    find, name = _single_stop(moment, frame), moment_field(moment)
    return lambda cells, start: Came(*find(cells, start), name)


def _single_stop(moment: Single, frame: Frame) -> _FindStop:
    match moment:
        case Occurrence(which, events):
            return _occurrence(compile_history(events, frame), which, events, frame)
        case At(field):
            return _field_stop(frame.slots[field])
        case FirstResponse(counts, _):
            return _first_response(frame.slots, frozenset(counts))
        case Submission():
            return _field_stop(frame.slots["submitted"])


def _field_stop(slot: int) -> _FindStop:
    def find(cells: Cells, start: Instant) -> tuple[Found, Basis | None]:
        cell = cells[slot]
        assert isinstance(cell, Instant | Elapsed | Never | Unknown)
        return _up_to(cell, start, audit_instant(cells)), None

    return find


def _up_to(cell: Instant | Elapsed | Never | Unknown, start: Instant, audit: int) -> Found:
    """What lies after the audit instant has not happened yet."""
    if isinstance(cell, Instant) and cell.lo > audit:
        return NEVER
    if isinstance(cell, Elapsed) and start.lo + cell.lo > audit:
        return NEVER
    return cell


def _first_response(slots: Mapping[str, int], counts: frozenset[Counted]) -> _FindStop:
    events, field, submitted, role = (
        slots[name] for name in ("events", "first_response", "submitted", "created_by_role")
    )

    def find(cells: Cells, start: Instant) -> tuple[Found, Basis | None]:
        timeline = cells[events]
        if isinstance(timeline, Timeline):
            opening = opening_message(timeline, cells[submitted], cells[role])
            found = response_among(timeline, opening, start, audit_instant(cells), counts)
            silent = isinstance(found, Perhaps) and found.hi is None and not timeline.complete
            if not silent or isinstance(cells[field], Unknown):  # else the source's own field knows more than its list
                return found, Basis.EVENTS
        elif timeline is NEVER:
            return NEVER, Basis.EVENTS
        elif isinstance(timeline, Unknown) and timeline.reason is not Reason.MISSING:
            return timeline, None
        cell = cells[field]
        assert isinstance(cell, Instant | Elapsed | Never | Unknown)
        basis = None if isinstance(cell, Unknown) else Basis.VENDOR_FIELD
        return _up_to(cell, start, audit_instant(cells)), basis

    return find


def response_among(
    timeline: Timeline, opening: Event | None, start: Instant, audit: int, counts: frozenset[Counted]
) -> Found:
    """The first event that is a response. Where an earlier event may or may not be one, the answer is `Perhaps`."""
    return first_among(History(timeline.complete, _responses(timeline, opening, audit, counts)), start.lo)


def _responses(
    timeline: Timeline, opening: Event | None, audit: int, counts: frozenset[Counted]
) -> Iterator[Happening]:
    for event in timeline.events:
        if event is not opening and event.at.lo <= audit:
            doubt = response_doubt(event, counts)
            if doubt is not False:
                yield Happening(event, None if doubt is True else doubt)


def first_among(history: History, since: int) -> Found:
    """The first of some events from an instant on. Where an earlier one may or may not be meant, the answer is `Perhaps`."""
    possible: tuple[int, Unknown] | None = None
    for event, doubt, _ in history.happenings:
        if event.at.hi < since:
            continue
        if doubt is not None:
            possible = possible or (event.at.lo, doubt)
            continue
        if not history.complete:
            return Perhaps(since, event.at.hi, NOT_ALL)
        return event.at if possible is None else Perhaps(possible[0], event.at.hi, possible[1])
    if not history.complete:
        return Perhaps(since, None, NOT_ALL)
    return NEVER if possible is None else Perhaps(possible[0], None, possible[1])


def last_among(history: History, since: int, until: int | None, reverted: bool | Unknown) -> Found:
    """The last of some events from an instant on, and before another; void where what it brought was taken back.

    Of a list that is not complete nobody knows which is the last.
    """
    if not history.complete:
        return NOT_ALL
    last: Instant | None = None
    after: list[tuple[Instant, Unknown]] = []
    for event, doubt, _ in history.happenings:
        if event.at.hi < since or (until is not None and event.at.lo >= until):
            continue
        if doubt is None:
            last, after = event.at, []
        else:
            after.append((event.at, doubt))
    if isinstance(reverted, Unknown):
        return NEVER if last is None and not after else Perhaps((last or after[0][0]).lo, None, reverted)
    if reverted or (last is None and not after):
        return NEVER
    if not after:
        assert last is not None
        return last
    return Perhaps(last.lo, after[-1][0].hi, after[0][1]) if last else Perhaps(after[0][0].lo, None, after[0][1])


def _first_start(find_history: Callable[[Cells], Told]) -> _Find:
    def find(cells: Cells) -> tuple[Found, Basis | None]:
        history = find_history(cells)
        if isinstance(history, Unknown):
            return history, None
        found = first_among(history, _EVER)
        unlisted = isinstance(found, Perhaps) and found.doubt is NOT_ALL  # who knows since when
        return NOT_ALL if unlisted else found, Basis.EVENTS

    return find


def _last_start(find_history: Callable[[Cells], Told], events: Selection, frame: Frame, stop: int | None) -> _Find:
    is_reverted = compile_reverted(events, frame)

    def find(cells: Cells) -> tuple[Found, Basis | None]:
        history, cell = find_history(cells), NEVER if stop is None else cells[stop]
        if isinstance(history, Unknown):
            return history, None
        stopped = isinstance(cell, Instant) and cell.lo <= audit_instant(cells)
        until = cell.lo if isinstance(cell, Instant) and stopped else None
        if isinstance(cell, Unknown):  # nobody knows which was the last before it
            return last_among(history, _EVER, None, Unknown(cell.reason, cell.field)), Basis.EVENTS
        return last_among(history, _EVER, until, is_reverted(cells, until)), Basis.EVENTS

    return find


def _occurrence(find_history: Callable[[Cells], Told], which: str, events: Selection, frame: Frame) -> _FindStop:
    is_reverted = compile_reverted(events, frame)

    def find(cells: Cells, start: Instant) -> tuple[Found, Basis | None]:
        history = find_history(cells)
        if isinstance(history, Unknown):
            return history, None
        if which == "first":
            return first_among(history, start.lo), Basis.EVENTS
        return last_among(history, start.lo, None, is_reverted(cells, None)), Basis.EVENTS

    return find
