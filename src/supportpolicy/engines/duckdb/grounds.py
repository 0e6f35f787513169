"""What the rules of a revision are written with, over one relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from supportpolicy.engines.duckdb.certain import CertainHistories, CertainMoments, CertainPauses
from supportpolicy.engines.duckdb.clocks import Clocks, Repeated
from supportpolicy.engines.duckdb.codes import Outcomes
from supportpolicy.engines.duckdb.facts_then import FactsThen
from supportpolicy.engines.duckdb.histories import Histories
from supportpolicy.engines.duckdb.limits import Limits
from supportpolicy.engines.duckdb.marks import Marks
from supportpolicy.engines.duckdb.moments import Moments
from supportpolicy.engines.duckdb.occasions import Occasions
from supportpolicy.engines.duckdb.pauses import Pauses
from supportpolicy.engines.duckdb.rulers import Rulers, Store
from supportpolicy.engines.duckdb.timelines import Timeline
from supportpolicy.engines.duckdb.truths import Columns, Truths
from supportpolicy.expr.plan import RevisionPlan
from supportpolicy.plugin.records import AuditInstant


def ground(
    revision: RevisionPlan,
    fields: Mapping[str, Columns],
    timeline: Timeline | None,
    store: Store,
    outcomes: Outcomes,
    instant: AuditInstant,
    define: Callable[[str], str],
    repeated: Repeated | None = None,
    assumed: list[str] | None = None,
) -> Clocks:
    """What writes the clocks of a revision; its truths are those of its moments. `repeated` gives the clocks that start
    again and again, None where there are none to ask for; `assumed` takes up what is so of tickets that are certain."""
    truths = Truths(fields, instant.at, outcomes.causes, define)
    rulers, histories, kinds = Rulers(store, define), Histories(truths, timeline, revision.words), (Moments, Pauses)
    if isinstance(timeline, Marks):
        histories, kinds = CertainHistories(truths, timeline, revision.words, assumed), (CertainMoments, CertainPauses)
    moments, pauses = kinds
    limits = Limits(truths, outcomes, rulers, pauses(histories), revision.calendars, instant.as_of)
    clocks = Clocks(moments(truths, histories), limits, FactsThen(histories), outcomes, repeated)
    truths.occasions = Occasions(clocks).write
    return clocks
