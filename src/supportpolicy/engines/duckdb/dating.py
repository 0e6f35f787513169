"""The audit instant in SQL: the newest of all that happened, where nobody states another."""

from __future__ import annotations

from typing import Final

from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.reference.instant import STRAY_US, fix_instant, newest_instant
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Nowhere
from supportpolicy.model.ticket import HAPPENINGS
from supportpolicy.plugin import RunOptions
from supportpolicy.plugin.records import AuditInstant

_QUANTILE: Final = (999, 1000)


def stated(plan: Plan, options: RunOptions) -> bool:
    """Whether somebody says when the tickets are judged."""
    return options.as_of is not None or options.exported_at is not None or plan.horizon is not None


def dated(staged: Staged, options: RunOptions) -> AuditInstant | None:
    """When the tickets are judged."""
    plan = staged.plan
    if stated(plan, options):
        return fix_instant(plan, (), options)
    happened = _happened(staged)
    if not happened:
        return None
    told = staged.connection.execute(
        f"WITH happened AS ({happened}), top AS (SELECT max(us) AS newest FROM happened) "
        f"SELECT any_value(newest), count(*), min(rec) FILTER (us = newest), "
        f"count(*) FILTER (us >= newest - {STRAY_US}) FROM happened, top"
    ).fetchone()
    assert told is not None
    newest, count, rec, near = told
    if not count:
        return None
    part, whole = _QUANTILE
    above = count - 1 - (count - 1) * part // whole
    usual = newest if near > above else _at(staged, happened, above)
    return newest_instant(newest, usual, *staged.found([rec])[rec])


def _at(staged: Staged, happened: str, above: int) -> int:
    """The instant above which there are so many."""
    found = staged.connection.execute(f"SELECT us FROM ({happened}) ORDER BY us DESC LIMIT 1 OFFSET {above}").fetchone()
    assert found is not None
    return int(found[0])


def _happened(staged: Staged) -> str:
    """A query for the ticket and the end of everything that happened."""
    plan, parts = staged.plan, []
    submitted = plan.facts["submitted"]
    for name in HAPPENINGS:
        i = plan.facts[name]
        measured = plan.fields[i].reading.measured
        if isinstance(plan.fields[i].origin, Nowhere) or (measured is not None and measured.clock != "24x7"):
            continue
        if measured is None:
            parts.append(f"SELECT rec, hi{i} AS us FROM staged WHERE s{i} = {VALUE}")
        else:
            parts.append(
                f"SELECT rec, hi{submitted} + hi{i} AS us FROM staged WHERE s{i} = {VALUE} AND s{submitted} = {VALUE}"
            )
    events = plan.facts["events"]
    if events in staged.events:
        parts.append(f"SELECT rec, hi AS us FROM events{events}")
    return " UNION ALL ".join(parts)
