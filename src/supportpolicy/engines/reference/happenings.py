"""The events of a ticket that a rule speaks of, each with the doubt whether it is one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.responses import opening_message, response_doubt
from supportpolicy.expr.nodes import Events, Role, Selection
from supportpolicy.model.cell import NEVER, Cell, Event, Never, Reason, Timeline, Unknown


class Happening(NamedTuple):
    """An event, and why it may be none of those that are meant; None where it certainly is one. `order` is its place among
    all events of the ticket."""

    event: Event
    doubt: Unknown | None
    order: int = 0


class History(NamedTuple):
    """What a record says of such events up to the audit instant, in their order. `complete`: there was no other."""

    complete: bool
    happenings: Iterable[Happening]


Told: TypeAlias = History | Unknown
"""The events that are meant, or why the record says nothing of any event."""

NOT_ALL: Unknown = Unknown(Reason.MISSING, "events")
"""What a list lacks that is not complete."""

NOBODY: Unknown = Unknown(Reason.MISSING, "events.role")
"""What an event lacks that does not say who did it."""


_Past: TypeAlias = Sequence[tuple[int, Event]]
"""The events up to the audit instant, each with its place among all of the ticket."""


def compile_history(events: Selection, frame: Frame) -> Callable[[Cells], Told]:
    """The closure that finds the events that are meant."""
    slot = frame.slots["events"]
    finders = [_compile_part(part, frame) for part in events.parts]

    def find(cells: Cells) -> Told:
        timeline = cells[slot]
        if timeline is NEVER:
            return History(True, ())
        if not isinstance(timeline, Timeline):
            assert isinstance(timeline, Unknown)
            return timeline
        audit = audit_instant(cells)
        past = [(n, event) for n, event in enumerate(timeline.events) if event.at.lo <= audit]
        found = [finder(cells, past) for finder in finders]
        return History(timeline.complete, found[0] if len(found) == 1 else _united(found))

    return find


def _united(found: Sequence[Sequence[Happening]]) -> Sequence[Happening]:
    """The events of several parts in one order, each once: in doubt where each part that speaks of it leaves it so."""
    told: dict[int, Happening] = {}
    for happening in (one for part in found for one in part):
        known = told.get(happening.order)
        if known is None or (known.doubt is not None and happening.doubt is None):
            told[happening.order] = happening
    return [told[order] for order in sorted(told)]


def _compile_part(events: Events, frame: Frame) -> Callable[[Cells, _Past], Sequence[Happening]]:
    """The closure that finds those of one kind."""
    slot, submitted, role = (frame.slots.get(name, 0) for name in ("events", "submitted", "created_by_role"))
    counts, words = frozenset(events.counts), frame.vocabularies.get(events.kind)

    def find(cells: Cells, past: _Past) -> Sequence[Happening]:
        if events.kind == "staff_message":
            opening = opening_message(cells[slot], cells[submitted], cells[role]) if submitted and role else None
            doubts = ((n, event, response_doubt(event, counts)) for n, event in past if event is not opening)
            return [Happening(event, _none(doubt), n) for n, event, doubt in doubts if doubt is not False]
        if events.kind == "customer_message":
            theirs = ((n, e) for n, e in past if e.kind == "customer_message" and e.role == "customer")
            return [Happening(event, None, n) for n, event in theirs]
        own: Iterable[Happening] = [Happening(event, None, n) for n, event in past if event.kind == events.kind]
        if events.values:
            own = _bringing(own, events.values, words)
        return list(_done_by(own, events.by) if events.by else own)

    return find


def _done_by(happenings: Iterable[Happening], roles: tuple[Role, ...]) -> Iterator[Happening]:
    """The events of which somebody in one of the roles is the doer, or may be."""
    for event, doubt, order in happenings:
        if event.role is None:
            yield Happening(event, doubt or NOBODY, order)
        elif event.role in roles:
            yield Happening(event, doubt, order)


def compile_reverted(selection: Selection, frame: Frame) -> Callable[[Cells, int | None], bool | Unknown]:
    """The closure that says whether what such an event brought has been taken back: whether the latest event of the kind, of
    those before an instant if one is given, brought another value, whoever did it. Without values nothing can be; of several
    kinds none has any."""
    events = selection.parts[0]
    slot, words = frame.slots["events"], frame.vocabularies.get(events.kind)

    def ask(cells: Cells, until: int | None) -> bool | Unknown:
        timeline = cells[slot]
        if not events.values or not isinstance(timeline, Timeline):
            return False
        audit = audit_instant(cells)
        latest = [
            event
            for event in timeline.events
            if event.kind == events.kind and event.at.lo <= audit and (until is None or event.at.lo < until)
        ]
        still = among(latest[-1].value, events.values, words) if latest else True
        return still if isinstance(still, Unknown) else not still

    return ask


def _none(doubt: bool | Unknown) -> Unknown | None:
    return doubt if isinstance(doubt, Unknown) else None


def _bringing(
    happenings: Iterable[Happening], values: tuple[str, ...], words: frozenset[str] | None
) -> Iterator[Happening]:
    """The events that bring one of the values where the event before them had brought none of them."""
    before: bool | Unknown = False
    for event, _, order in happenings:
        after = among(event.value, values, words)
        if after is not False and before is not True:
            yield Happening(event, after if isinstance(after, Unknown) else _none(before), order)
        before = after


def among(value: Cell, values: tuple[str, ...], words: frozenset[str] | None) -> bool | Unknown:
    """Whether a value that an event tells is one of these; `words` are all that it may be, where the policy says so."""
    if isinstance(value, Never):
        return False
    if isinstance(value, Unknown):
        return value
    assert isinstance(value, str)
    if words is not None and value not in words:
        return unrecognised(value)
    return value in values


@lru_cache(maxsize=4096)
def unrecognised(value: str) -> Unknown:
    """Why a word says nothing that is no word of the policy."""
    return Unknown(Reason.UNRECOGNISED, "events.value", value)
