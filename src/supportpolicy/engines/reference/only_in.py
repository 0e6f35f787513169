"""Clocks that count only the hours of a calendar until a moment comes (docs/semantics.md, [R-28])."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.measures import Always, WithPauses, beyond
from supportpolicy.engines.reference.moments import compile_stop
from supportpolicy.engines.reference.outermost import Found, Perhaps
from supportpolicy.engines.reference.pauses import Spans, Standing
from supportpolicy.engines.reference.promises import Measured
from supportpolicy.expr.nodes import OnlyIn, moment_field
from supportpolicy.model.always_open import ALWAYS_OPEN
from supportpolicy.model.cell import NEVER, Elapsed, Never, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.step_table import StepTable

Closing: TypeAlias = Callable[[Measured, Cells, Instant], Measured]
"""What a clock that started then is judged by, out of what it would be judged by if it never stood."""


class _Until(NamedTuple):
    """Between which instants, up to T, the moment lies; `open` if it may lie beyond T, or never come; and in what doubt
    that leaves the record."""

    earliest: int
    latest: int
    open: bool
    doubt: Unknown | None


def compile_only_in(node: OnlyIn, frame: Frame) -> Closing:
    """The closure that lets a clock stand while the calendar is closed, until the moment comes or the record ends."""
    table, find_until, name = frame.calendars[node.calendar], compile_stop(node.until, frame), moment_field(node.until)
    closed = tuple(_closed(table))

    def close(measure: Measured, cells: Cells, start: Instant) -> Measured:
        if not isinstance(measure, Always):
            return measure
        audit = audit_instant(cells)
        found, _, _ = find_until(cells, start)
        until = _until(found, start.lo, audit, name)
        if not table.covers(start.lo) or not table.covers(max(start.lo, until.latest)):
            return beyond(node.calendar)
        shut = table.is_open(audit) is not True
        doubts = () if until.doubt is None else ((until.earliest, until.latest, until.doubt, until.latest),)
        fewest, most = _up_to(closed, until.earliest), _up_to(closed, until.latest)
        standing = Standing(fewest, most, doubts, shut and found is NEVER, shut and until.open)
        return WithPauses(measure.us, measure.calendar, ALWAYS_OPEN, standing)

    return close


def _until(found: Found, start: int, audit: int, name: str) -> _Until:
    match found:
        case Instant(lo, hi):
            return _Until(min(lo, audit), min(hi, audit), hi > audit, None)
        case Never():
            return _Until(audit, audit, True, None)
        case Perhaps(lo, hi, doubt):
            latest = audit if hi is None else min(hi, audit)
            return _Until(min(lo, latest), latest, hi is None or hi > audit, doubt)
        case Elapsed():
            return _Until(start, audit, True, Unknown(Reason.OTHER_CLOCK, name))
        case Unknown():
            return _Until(start, audit, True, found)


def _closed(table: StepTable) -> Iterator[tuple[int, int]]:
    """The stretches in which a calendar is closed."""
    since = table.first
    for opens, closes in zip(table.opens, table.closes, strict=True):
        if since < opens:
            yield since, opens
        since = closes
    if since < table.last:
        yield since, table.last


def _up_to(closed: Spans, end: int) -> Spans:
    """Those stretches as far as an instant."""
    whole = bisect_left(closed, end, key=lambda stretch: stretch[1])
    if whole < len(closed) and closed[whole][0] < end:
        return (*closed[:whole], (closed[whole][0], end))
    return closed[:whole]
