"""How many events the judged tickets have, and what is wrong with their lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportpolicy.engines.duckdb.literals import one_of
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.ledger import Ledger
from supportpolicy.model.cell import Reason
from supportpolicy.model.event_totals import EventTotals


@dataclass(slots=True)
class EventCounting:
    """Counts the events of the tickets in `judged`; nothing where the input has none."""

    tickets: Tickets
    ledger: Ledger

    @property
    def _field(self) -> int:
        return self.tickets.staged.plan.facts["events"]

    def columns(self) -> Mapping[str, str]:
        """The columns of `judged` that it needs, as expressions over the tickets."""
        i, staged = self._field, self.tickets.staged
        if i not in self.tickets.timelines:
            return {}
        return {
            "listed": f"n{i}",
            "later": f"{self.tickets.timelines[i].later()}::INTEGER",
            "partial": f"NOT complete{i}",
            "unreadable": one_of(f"s{i}", staged.causes.having(Reason.INVALID)),
        }

    def keep(self) -> None:
        """Count those of the tickets that are in `judged`."""
        i, connection = self._field, self.tickets.staged.connection
        if i not in self.tickets.timelines:
            return
        told = connection.execute(
            "SELECT count(*) FILTER (listed > 0), coalesce(sum(listed), 0), coalesce(sum(later), 0), "
            "count(*) FILTER (partial), count(*) FILTER (unreadable) FROM judged WHERE head >= 0"
        ).fetchone()
        mended = connection.execute(
            f"SELECT coalesce(sum(repeated), 0), count(*) FILTER (sorted) "
            f"FROM mended{i} JOIN judged USING (rec) WHERE head >= 0"
        ).fetchone()
        assert told is not None
        assert mended is not None
        having, listed, later, partial, unreadable = map(int, told)
        repeated, moved = map(int, mended)
        self.ledger.events += EventTotals(having, listed + repeated, repeated, moved, later, partial, unreadable)
