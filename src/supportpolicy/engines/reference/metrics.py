"""The export's own first response beside the one that events show (docs/semantics.md, [M-9])."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from supportpolicy.engines.metrics import ONLY_EVENTS, ONLY_FIELD, Compared, compared
from supportpolicy.engines.reference.cells import Cells, Frame, audit_instant
from supportpolicy.engines.reference.moments import compile_start, response_among
from supportpolicy.engines.reference.outermost import Perhaps
from supportpolicy.engines.reference.responses import opening_message
from supportpolicy.expr.plan import Plan, RevisionPlan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.cell import NEVER, Cell, Elapsed, Never, Timeline, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS

Comparison = Callable[[Cells], int | None]
"""What is told of a ticket (see `engines.metrics`); None where there is nothing to compare."""


def compile_metrics(plan: Plan, revision: RevisionPlan, frame: Frame) -> Sequence[tuple[str, Comparison]]:
    """The comparisons of a revision, by the rule under which they are told; none where the input does not hold both."""
    fields = (plan.fields[revision.facts[name]] for name in ("events", "first_response") if name in revision.facts)
    if any(isinstance(field.origin, Nowhere) for field in fields):
        return ()
    return [(one.rule, _compile(one, frame)) for one in compared(revision)]


def _compile(one: Compared, frame: Frame) -> Comparison:
    find_start, counts = compile_start(one.start, frame, one.stop), frozenset(one.stop.counts)
    events, own, submitted, role = (
        frame.slots[name] for name in ("events", "first_response", "submitted", "created_by_role")
    )

    def shown(cells: Cells, start: Instant) -> Instant | Never | None:
        """Between which instants the events show a response; None where they do not say whether there was one."""
        timeline = cells[events]
        if timeline is NEVER:
            return NEVER
        if not isinstance(timeline, Timeline):
            return None
        opening = opening_message(timeline, cells[submitted], cells[role])
        found = response_among(timeline, opening, start, audit_instant(cells), counts)
        if isinstance(found, Perhaps):
            return None if found.hi is None else Instant(found.lo, found.hi)
        assert isinstance(found, Instant | Never)
        return found

    def compare(cells: Cells) -> int | None:
        theirs = _stated(cells[own], cells[submitted], audit_instant(cells))
        start = find_start(cells)[0] if theirs is not None and not isinstance(cells[events], Unknown) else None
        if not isinstance(start, Instant):
            return None
        ours = shown(cells, start)
        match ours, theirs:
            case Instant(), Instant():
                return max(0, ours.lo - theirs.hi, theirs.lo - ours.hi)
            case Instant(), Never():
                return ONLY_EVENTS
            case Never(), Instant():
                return ONLY_FIELD
            case _:
                return None

    return compare


def _stated(cell: Cell, submitted: Cell, audit: int) -> Instant | Never | None:
    """What the field says up to the audit instant."""
    if isinstance(cell, Elapsed):
        if cell.clock != ALWAYS or not isinstance(submitted, Instant):
            return None
        cell = Instant(submitted.lo + cell.lo, submitted.hi + cell.hi)
    if isinstance(cell, Instant):
        return cell if cell.lo <= audit else NEVER
    return NEVER if cell is NEVER else None
