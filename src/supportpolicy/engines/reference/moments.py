"""Moments: when a clock starts, and when it stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.happenings import (
    NOT_ALL,
    History,
    compile_history,
    compile_reverted,
)
from supportpolicy.engines.reference.outermost import (
    Coming,
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
    Single,
    Submission,
    moment_field,
)
from supportpolicy.model.cell import NEVER, Elapsed, Event, Never, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import Basis

_EVER: Final = -(2**63)
"""Before everything that happens."""
_FIRST_RESPONSE: Final = "first_response"
# Python takes as long to find the member of an enumeration as for all else that is done here.
_MISSING, _EVENTS, _VENDOR_FIELD = Reason.MISSING, Basis.EVENTS, Basis.VENDOR_FIELD
_CELLS: Final = (Instant, Elapsed, Never, Unknown)
"""What a field is that holds a moment."""


def compile_start(moment: Moment, frame: Frame, stop: Moment | None = None) -> Finder:
    """The start of a clock. `never` means that the clock does not run for this ticket. The last of some events is the last
    before the field `stop`, where that has come."""
    match moment:
        case Outermost(which, moments):
            return outermost_start(which, [compile_start(one, frame, stop) for one in moments])
        case Submission(staff_opened):
            return _submission(frame.slots, staff_opened)
        case _:
            return _single_start(moment, frame, stop)


def _single_start(moment: At | FirstResponse | Occurrence, frame: Frame, stop: Moment | None) -> Finder:
    match moment:
        case Occurrence("first"):
            return _first_start(moment, frame)
        case Occurrence():
            return _last_start(moment, frame, frame.slots[stop.field] if isinstance(stop, At) else None)
        case FirstResponse(_, staff_opened):
            return _responded(_submission(frame.slots, staff_opened), _single_stop(moment, frame))
        case At(field):
            return _field(frame.slots[field], field)


def _field(slot: int, field: str) -> Finder:
    def find(cells: Cells) -> Coming:
        cell = cells[slot]
        assert isinstance(cell, _CELLS)
        come = not isinstance(cell, Instant) or cell.lo <= audit_instant(cells)
        return cell if come else NEVER, None, field

    return find


def _responded(find_start: Finder, find_stop: StopFinder) -> Finder:
    """The first response as the start of another clock."""

    def find(cells: Cells) -> Coming:
        start, basis, _ = find_start(cells)
        if not isinstance(start, Instant):
            return start, basis, _FIRST_RESPONSE
        found, basis, name = find_stop(cells, start)
        if isinstance(found, Elapsed) and found.clock == "24x7":
            return Instant(start.lo + found.lo, start.hi + found.hi), basis, name
        return found, basis, name

    return find


def _submission(slots: Mapping[str, int], staff_opened: str) -> Finder:
    submitted, role, events = slots["submitted"], slots["created_by_role"], slots["events"]

    def find(cells: Cells) -> Coming:
        start = cells[submitted]
        assert isinstance(start, _CELLS)
        timeline = cells[events]
        opened = _opened_by_staff(cells[role], start, timeline)
        if opened is False:
            return start, None, "submitted"
        if isinstance(opened, Unknown):
            return opened, None, "submitted"
        if staff_opened == "not_applicable":
            return NEVER, None, "submitted"
        return _first_customer_message(timeline, audit_instant(cells))

    def find_submitted(cells: Cells) -> Coming:
        start = cells[submitted]
        assert isinstance(start, _CELLS)
        return start, None, "submitted"

    return find_submitted if staff_opened == "submission" else find


def _opened_by_staff(role: object, start: object, timeline: object) -> bool | Unknown:
    """By the field where the record has it, else by the opening message, else taken to be the customer's own."""
    if isinstance(role, str):
        return role == "staff"
    if isinstance(role, Unknown) and role.reason is not _MISSING:
        return role
    opening = opening_message(timeline, start, role)
    return opening is not None and opening.kind == "staff_message" and opening.role == "staff"


def _first_customer_message(timeline: object, audit: int) -> Coming:
    if timeline is NEVER:
        return NEVER, _EVENTS, "submitted"
    if not isinstance(timeline, Timeline):
        return timeline if isinstance(timeline, Unknown) else NOT_ALL, None, "submitted"
    if not timeline.complete:
        return NOT_ALL, None, "submitted"
    for event in timeline.events:
        if event.kind == "customer_message" and event.at.lo <= audit:
            return event.at, _EVENTS, "first customer message"
    return NEVER, _EVENTS, "submitted"


def compile_stop(moment: Moment, frame: Frame) -> StopFinder:
    """The stop of a clock that started at a given instant. `never`: not up to the audit instant."""
    if isinstance(moment, Outermost):
        return outermost_stop(moment.which, [compile_stop(one, frame) for one in moment.moments])
    return _single_stop(moment, frame)


def _single_stop(moment: Single, frame: Frame) -> StopFinder:
    match moment:
        case Occurrence():
            return _occurrence(moment, frame)
        case At(field):
            return _field_stop(frame.slots[field], field)
        case FirstResponse(counts, _):
            return _first_response(frame.slots, frozenset(counts))
        case Submission():
            return _field_stop(frame.slots["submitted"], "submitted")


def _field_stop(slot: int, field: str) -> StopFinder:
    def find(cells: Cells, start: Instant) -> Coming:
        cell = cells[slot]
        assert isinstance(cell, _CELLS)
        return _up_to(cell, start, audit_instant(cells)), None, field

    return find


def _up_to(cell: Instant | Elapsed | Never | Unknown, start: Instant, audit: int) -> Found:
    """What lies after the audit instant has not happened yet."""
    if isinstance(cell, Instant):
        return cell if cell.lo <= audit else NEVER
    if isinstance(cell, Elapsed) and start.lo + cell.lo > audit:
        return NEVER
    return cell


def _first_response(slots: Mapping[str, int], counts: frozenset[Counted]) -> StopFinder:
    events, field, submitted, role = (
        slots[name] for name in ("events", _FIRST_RESPONSE, "submitted", "created_by_role")
    )

    def find(cells: Cells, start: Instant) -> Coming:
        timeline = cells[events]
        if isinstance(timeline, Timeline):
            opening = opening_message(timeline, cells[submitted], cells[role])
            found = response_among(timeline, opening, start, audit_instant(cells), counts)
            silent = isinstance(found, Perhaps) and found.hi is None and not timeline.complete
            if not silent or isinstance(cells[field], Unknown):  # else the source's own field knows more than its list
                return found, _EVENTS, _FIRST_RESPONSE
        elif timeline is NEVER:
            return NEVER, _EVENTS, _FIRST_RESPONSE
        elif isinstance(timeline, Unknown) and timeline.reason is not _MISSING:
            return timeline, None, _FIRST_RESPONSE
        cell = cells[field]
        assert isinstance(cell, _CELLS)
        basis = None if isinstance(cell, Unknown) else _VENDOR_FIELD
        return _up_to(cell, start, audit_instant(cells)), basis, _FIRST_RESPONSE

    return find


def response_among(
    timeline: Timeline, opening: Event | None, start: Instant, audit: int, counts: frozenset[Counted]
) -> Found:
    """The first event that is a response. Where an earlier event may or may not be one, the answer is `Perhaps`."""
    return _first_among(timeline.complete, _responses(timeline, opening, audit, counts), start.lo)


_Meant: TypeAlias = tuple[Event, Unknown | None, int]
"""A happening without names."""


def _responses(timeline: Timeline, opening: Event | None, audit: int, counts: frozenset[Counted]) -> Iterator[_Meant]:
    for order, event in enumerate(timeline.events):
        if event is not opening and event.at.lo <= audit:
            doubt = response_doubt(event, counts)
            if doubt is not False:
                yield event, None if doubt is True else doubt, order


def _first_among(complete: bool, happenings: Iterable[_Meant], since: int) -> Found:
    """The first of some events from an instant on. Where an earlier one may or may not be meant, the answer is `Perhaps`."""
    possible: tuple[int, Unknown] | None = None
    for event, doubt, _ in happenings:
        if event.at.hi < since:
            continue
        if doubt is not None:
            possible = possible or (event.at.lo, doubt)
            continue
        if not complete:
            return Perhaps(since, event.at.hi, NOT_ALL)
        return event.at if possible is None else Perhaps(possible[0], event.at.hi, possible[1])
    if not complete:
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


def _first_start(moment: Occurrence, frame: Frame) -> Finder:
    find_history, name = compile_history(moment.events, frame), moment_field(moment)

    def find(cells: Cells) -> Coming:
        history = find_history(cells)
        if isinstance(history, Unknown):
            return history, None, name
        found = _first_among(*history, _EVER)
        unlisted = isinstance(found, Perhaps) and found.doubt is NOT_ALL  # who knows since when
        return NOT_ALL if unlisted else found, _EVENTS, name

    return find


def _last_start(moment: Occurrence, frame: Frame, stop: int | None) -> Finder:
    find_history, name = compile_history(moment.events, frame), moment_field(moment)
    is_reverted = compile_reverted(moment.events, frame)

    def find(cells: Cells) -> Coming:
        history, cell = find_history(cells), NEVER if stop is None else cells[stop]
        if isinstance(history, Unknown):
            return history, None, name
        stopped = isinstance(cell, Instant) and cell.lo <= audit_instant(cells)
        until = cell.lo if isinstance(cell, Instant) and stopped else None
        if isinstance(cell, Unknown):  # nobody knows which was the last before it
            return last_among(history, _EVER, None, Unknown(cell.reason, cell.field)), _EVENTS, name
        return last_among(history, _EVER, until, is_reverted(cells, until)), _EVENTS, name

    return find


def _occurrence(moment: Occurrence, frame: Frame) -> StopFinder:
    find_history, name = compile_history(moment.events, frame), moment_field(moment)
    is_reverted = compile_reverted(moment.events, frame)

    def find(cells: Cells, start: Instant) -> Coming:
        history = find_history(cells)
        if isinstance(history, Unknown):
            return history, None, name
        if moment.which == "first":
            return _first_among(*history, start.lo), _EVENTS, name
        return last_among(history, start.lo, None, is_reverted(cells, None)), _EVENTS, name

    return find
