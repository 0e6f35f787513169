"""Moments: when a clock starts, and when it stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from supportpolicy.engines.reference.truths import AUDIT, Cells
from supportpolicy.expr.nodes import At, Counted, FirstResponse, Moment, Submission
from supportpolicy.model.cell import NEVER, Elapsed, Event, Never, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import Basis


@dataclass(frozen=True, slots=True)
class Perhaps:
    """The moment may lie anywhere from `lo` on, and does lie at `hi` at the latest; `hi` None: or it never came.
    `doubt` is what the record would have to say to settle it."""

    lo: int
    hi: int | None
    doubt: Unknown


Found: TypeAlias = Instant | Elapsed | Perhaps | Never | Unknown
Finder: TypeAlias = Callable[[Cells], tuple[Found, Basis | None]]
"""When the moment came, as far as the record shows up to the audit instant, and what the answer rests on."""


def audit_instant(cells: Cells) -> int:
    """T in microseconds."""
    audit = cells[AUDIT]
    assert isinstance(audit, int)
    return audit


def compile_start(moment: Moment, slots: Mapping[str, int]) -> Finder:
    """The start of a clock. `never` means that the clock does not run for this ticket."""
    match moment:
        case Submission(staff_opened):
            return _submission(slots, staff_opened)
        case FirstResponse(_, staff_opened):
            return _responded(_submission(slots, staff_opened), compile_stop(moment, slots))
        case At(field):
            return _field(slots[field])


def _field(slot: int) -> Finder:
    def find(cells: Cells) -> tuple[Found, Basis | None]:
        cell = cells[slot]
        assert isinstance(cell, Instant | Elapsed | Never | Unknown)
        come = not isinstance(cell, Instant) or cell.lo <= audit_instant(cells)
        return cell if come else NEVER, None

    return find


def _responded(find_start: Finder, find_stop: Callable[[Cells, Instant], tuple[Found, Basis | None]]) -> Finder:
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


def _submission(slots: Mapping[str, int], staff_opened: str) -> Finder:
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


def opening_message(timeline: object, submitted: object, role: object) -> Event | None:
    """The message that opened the ticket: the first one, if it is not later than the submission and, where the record
    says who opened the ticket, theirs."""
    if isinstance(timeline, Timeline) and isinstance(submitted, Instant):
        for event in timeline.events:
            if event.kind in ("customer_message", "staff_message"):
                theirs = not isinstance(role, str) or event.role == role
                return event if theirs and event.at.lo <= submitted.hi else None
    return None


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


def compile_stop(moment: Moment, slots: Mapping[str, int]) -> Callable[[Cells, Instant], tuple[Found, Basis | None]]:
    """The stop of a clock that started at a given instant. `never`: not up to the audit instant."""
    match moment:
        case At(field):
            return _field_stop(slots[field])
        case FirstResponse(counts, _):
            return _first_response(slots, frozenset(counts))
        case Submission():
            return _field_stop(slots["submitted"])


def _field_stop(slot: int) -> Callable[[Cells, Instant], tuple[Found, Basis | None]]:
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


def _first_response(
    slots: Mapping[str, int], counts: frozenset[Counted]
) -> Callable[[Cells, Instant], tuple[Found, Basis | None]]:
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
    possible: tuple[int, Unknown] | None = None
    for event in timeline.events:
        if event is opening or event.at.hi < start.lo or event.at.lo > audit:
            continue
        doubt = response_doubt(event, counts)
        if doubt is False:
            continue
        if isinstance(doubt, Unknown):
            possible = possible or (event.at.lo, doubt)
            continue
        if possible is not None:
            return Perhaps(possible[0], event.at.hi, possible[1])
        if not timeline.complete:
            return Perhaps(start.lo, event.at.hi, Unknown(Reason.MISSING, "events"))
        return event.at
    if not timeline.complete:
        return Perhaps(start.lo, None, Unknown(Reason.MISSING, "events"))
    return NEVER if possible is None else Perhaps(possible[0], None, possible[1])


def response_doubt(event: Event, counts: frozenset[Counted]) -> bool | Unknown:
    """Whether the event is a public, human, non-automatic staff message; Unknown where the record does not say."""
    if event.kind != "staff_message" or event.role in ("customer", "system"):
        return False
    if event.role == "bot" and "bot" not in counts:
        return False
    if event.public is False and "internal_note" not in counts:
        return False
    if event.automatic is True and "automatic" not in counts and event.role != "bot":
        return False
    if event.public is None and "internal_note" not in counts:
        return Unknown(Reason.MISSING, "events.public")
    if event.automatic is None and "automatic" not in counts and event.role != "bot":
        return Unknown(Reason.MISSING, "events.automatic")
    return True
