"""The value that a field had when it chose a limit, where it has had several."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.happenings import unrecognised
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import AsOf
from supportpolicy.expr.nodes import Then as AskedThen
from supportpolicy.model.cell import NEVER, Cell, Event, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import Basis

Then = Callable[[Cells, Instant, Instant | None], Cells]
"""The cells with the values that the fields had, for a clock that started at one instant and stopped at another (None: not
up to the audit instant)."""


_ANY: Final = Instant(0, 0)
"""What was set first does not hang on a start."""


class _Changes(NamedTuple):
    """The changes of a field in their order, and how far each and those before it reach."""

    events: Sequence[Event]
    reach: Sequence[int]


def _changes(events: Sequence[Event]) -> _Changes:
    return _Changes(events, list(accumulate((event.at.hi for event in events), max)))


def compile_then(as_of: Sequence[tuple[str, AsOf]], frame: Frame) -> Then:
    """The closure that puts the values of then in the place of those of the export."""
    events = frame.slots.get("events")
    asked = [(name, frame.slots[name], when) for name, when in as_of if when != "export"]
    if not asked or events is None:
        return lambda cells, _start, _stop: cells

    names = frozenset(name for name, _, _ in asked)
    latest: tuple[Timeline, Mapping[str, _Changes]] | None = None

    def changes_of(timeline: Timeline) -> Mapping[str, _Changes]:
        # A rule that starts its clock again and again asks for each of them.
        nonlocal latest
        known = latest
        if known is None or known[0] is not timeline:
            told: dict[str, list[Event]] = {}
            for event in timeline.events:
                if event.kind in names:
                    told.setdefault(event.kind, []).append(event)
            latest = known = timeline, {kind: _changes(events) for kind, events in told.items()}
        return known[1]

    def put(cells: Cells, start: Instant, stop: Instant | None) -> Cells:
        timeline = cells[events]
        if not isinstance(timeline, Timeline):
            return cells
        audit, told = audit_instant(cells), changes_of(timeline)
        then: list[Cell] | None = None
        for name, slot, when in asked:
            if changes := told.get(name):
                then = list(cells) if then is None else then
                at = start if when == "start" else stop if stop is not None else Instant.at(audit)
                found = _first_set(changes.events, audit, name) if when == "first_set" else _value_at(changes, at, name)
                if not timeline.complete:
                    found = Unknown(Reason.CHANGED_SINCE, name)
                then[slot] = _known(found, frame.vocabularies.get(name))
        return cells if then is None else then

    return put


def compile_former(then: AskedThen, frame: Frame) -> Callable[[Cells], Cells]:
    """The closure that puts the value that a field had in the place of that of the export, where no clock asks for it."""
    slot, events = frame.slots[then.field], frame.slots["events"]
    put = compile_then(((then.field, "first_set" if then.when == "first_set" else "start"),), frame)
    if then.when == "first_set":
        return lambda cells: put(cells, _ANY, None)
    sent = frame.slots["submitted"]

    def at_submission(cells: Cells) -> Cells:
        start, timeline = cells[sent], cells[events]
        if isinstance(start, Instant):
            return put(cells, start, None)
        if not isinstance(timeline, Timeline) or not any(event.kind == then.field for event in timeline.events):
            return cells
        former = list(cells)
        former[slot] = Unknown(Reason.CHANGED_SINCE, then.field)
        return former

    return at_submission


def compile_former_text(then: AskedThen, frame: Frame) -> Callable[[Cells], str | None]:
    """The closure that says what the value was, for evidence."""
    slot, former = frame.slots[then.field], compile_former(then, frame)
    at_export = compile_basis(((then.field, "start"),), frame)

    def tell(cells: Cells) -> str | None:
        before = former(cells)
        text = cell_text(before[slot])
        return f"{'never' if text is None else text} ({Basis.AT_EXPORT})" if at_export(before, then.field) else text

    return tell


def compile_basis(as_of: Sequence[tuple[str, AsOf]], frame: Frame) -> Callable[[Cells, str], bool]:
    """The closure that says whether a field has but its value at the export, where an earlier one would count."""
    events = frame.slots.get("events")
    changing: Final = {name for name, when in as_of if when != "export"}

    def at_export(cells: Cells, name: str) -> bool:
        if name not in changing or isinstance(cells[frame.slots[name]], Unknown):
            return False
        timeline = cells[events] if events is not None else None
        if timeline is NEVER:
            return False
        if not isinstance(timeline, Timeline):
            return True
        return not timeline.complete and not any(event.kind == name for event in timeline.events)

    return at_export


def _first_set(changes: Sequence[Event], audit: int, name: str) -> Cell:
    """What the field first was: what the first change took away, else what it brought."""
    former, come = changes[0].former, changes[0].at.lo <= audit
    if isinstance(former, str):
        return former
    if come:
        return changes[0].value
    return Unknown(Reason.CHANGED_SINCE, name) if isinstance(former, Unknown) else former


def _value_at(changes: _Changes, at: Instant, name: str) -> Cell:
    """What the field was at an instant: what the last change up to then brought, else what the first took away."""
    come = bisect_right(changes.events, at.hi, key=lambda event: event.at.lo)
    if come and changes.reach[come - 1] > at.lo:  # one of them may have come before, or after
        return Unknown(Reason.TOO_COARSE, name)
    if come:
        return changes.events[come - 1].value
    former = changes.events[0].former
    return Unknown(Reason.CHANGED_SINCE, name) if isinstance(former, Unknown) else former


def _known(value: Cell, words: frozenset[str] | None) -> Cell:
    return unrecognised(value) if isinstance(value, str) and words is not None and value not in words else value
