"""The audit instant: asked for, stated by the export, or the newest thing that happened in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from supportpolicy.engines.reference.forming import BEFORE, Ticket
from supportpolicy.expr.plan import Plan
from supportpolicy.model.cell import Elapsed, Timeline
from supportpolicy.model.finding import RowPlace
from supportpolicy.model.instant import DAY_US, Instant, format_us
from supportpolicy.model.ticket import HAPPENINGS
from supportpolicy.plugin import RunOptions
from supportpolicy.plugin.records import AuditInstant

STRAY_US: Final = 30 * DAY_US
"""A newest instant this far beyond the 99.9 % quantile is likely to be a slip of the pen."""


def fix_instant(plan: Plan, tickets: Sequence[Ticket], options: RunOptions) -> AuditInstant | None:
    """T = min(as_of, horizon). None where nothing says when, as in an input without a ticket."""
    horizon, horizon_basis = plan.horizon, "exported_at in the mapping"
    if options.exported_at is not None:
        horizon, horizon_basis = options.exported_at, "--exported-at"
    if options.as_of is None and horizon is None:
        return _newest(plan, tickets)
    if options.as_of is None:
        assert horizon is not None
        return AuditInstant(horizon.lo, horizon.lo, horizon.lo, horizon_basis)
    as_of = options.as_of.lo
    if horizon is None:
        return AuditInstant(as_of, as_of, None, "--as-of; the export states no horizon")
    at = min(as_of, horizon.lo)
    basis = "--as-of" if at == as_of else f"{horizon_basis}, which is before --as-of"
    return AuditInstant(at, as_of, horizon.lo, basis)


def _newest(plan: Plan, tickets: Sequence[Ticket]) -> AuditInstant | None:
    slots = [BEFORE + plan.facts[name] for name in HAPPENINGS]
    events = BEFORE + plan.facts["events"]
    dated = [(at, ticket) for ticket in tickets for at in _happenings(ticket, slots, events)]
    if not dated:
        return None
    newest, ticket = max(dated, key=lambda pair: pair[0])
    ordered = sorted(at for at, _ in dated)
    return newest_instant(newest, ordered[(len(ordered) - 1) * 999 // 1000], ticket.name, ticket.place)


def newest_instant(newest: int, usual: int, name: str, place: RowPlace) -> AuditInstant:
    """The audit instant that an export without a stated one has: its newest, of the ticket called `name`. `usual` is the
    99.9 % quantile of all its instants."""
    basis = f"the newest instant in the export, of ticket {name} ({place.file}:{place.line})"
    warning = ""
    if newest - usual > STRAY_US:
        warning = (
            f"it lies {(newest - usual) // DAY_US} days beyond 99.9 % of all instants ({format_us(usual)}); "
            "if it is wrong, state --as-of"
        )
    return AuditInstant(newest, newest, None, basis, warning)


def _happenings(ticket: Ticket, slots: Sequence[int], events: int) -> Iterator[int]:
    submitted = ticket.cells[slots[HAPPENINGS.index("submitted")]]
    for slot in slots:
        cell = ticket.cells[slot]
        if isinstance(cell, Instant):
            yield cell.hi
        elif isinstance(cell, Elapsed) and cell.clock == "24x7" and isinstance(submitted, Instant):
            yield submitted.hi + cell.hi
    timeline = ticket.cells[events]
    if isinstance(timeline, Timeline):
        for event in timeline.events:
            yield event.at.hi
