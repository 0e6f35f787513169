"""Clocks that count only the hours of a calendar until a moment comes, in SQL: as pauses of a clock that never stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from supportpolicy.engines.duckdb.codes import ELAPSED, NEVER, PERHAPS, VALUE
from supportpolicy.engines.duckdb.limits import Limits, Measure, Paused
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.pauses import Standing
from supportpolicy.expr.nodes import OnlyIn, moment_field
from supportpolicy.model.cell import Reason


@dataclass(frozen=True, slots=True)
class _Until:
    """Between which instants, up to T, the moment lies; `open` if it may lie beyond T, or never come; and the number of the
    cause that leaves it in doubt, null where nothing does."""

    earliest: str
    latest: str
    open: str
    doubt: str


def only_in(limits: Limits, measure: Measure, node: OnlyIn, start: Found, until: Found) -> Measure:
    """By what a clock that started then is judged, out of what it would be judged by if it never stood."""
    timed = measure.chosen.measured()
    if not timed:
        return measure
    define, audit, table = limits.truths.define, limits.audit, limits.calendars[node.calendar]
    told = _until(limits, node, start, until)
    fewest, _ = limits.closed(node.calendar, start.lo, told.earliest)
    most, known = limits.closed(node.calendar, start.lo, told.latest)
    missing = limits.outcomes.missing(Reason.MISSING, f"calendar {node.calendar}")
    unknown = f"CASE WHEN NOT {known} THEN {missing} END"
    shut = "false" if table.is_open(audit) else "true"
    doubts = f"[{{'b': {told.earliest}, 'e': {told.latest}, 'c': {told.doubt}}}]"
    standing = Standing(
        define(f"{shut} AND {until.state} = {NEVER}"),
        define(f"{shut} AND {told.open}"),
        NOTHING if told.doubt == NOTHING else define(f"CASE WHEN {told.doubt} IS NOT NULL THEN {doubts} END"),
    )
    return replace(
        measure,
        barred=define(f"coalesce({measure.barred}, {unknown})" if measure.barred else unknown),
        pauses=Paused(fewest, most, standing, "true"),
    )


def _until(limits: Limits, node: OnlyIn, start: Found, until: Found) -> _Until:
    define, audit = limits.truths.define, limits.audit
    state, came = until.state, f"{until.state} = {VALUE}"
    earliest = [f"WHEN {came} THEN least({until.lo}, {audit})", f"WHEN {state} = {NEVER} THEN {audit}"]
    latest = [f"WHEN {came} THEN least({until.hi}, {audit})"]
    doubt = []
    may_come_later = [f"WHEN {came} THEN {until.hi} > {audit}"]
    if until.doubt != NOTHING:
        last = f"least(coalesce({until.hi}, {audit}), {audit})"
        earliest.append(f"WHEN {state} = {PERHAPS} THEN least({until.lo}, {last})")
        latest.append(f"WHEN {state} = {PERHAPS} THEN {last}")
        may_come_later.append(f"WHEN {state} = {PERHAPS} THEN coalesce({until.hi} > {audit}, true)")
        doubt.append(f"WHEN {state} = {PERHAPS} THEN {until.doubt}")
    if until.clock != NOTHING:
        other = limits.truths.causes.number(Reason.OTHER_CLOCK, moment_field(node.until))
        doubt.append(f"WHEN {state} = {ELAPSED} THEN {other}")
    doubt.append(f"WHEN {state} NOT IN ({VALUE}, {NEVER}) THEN {state}")
    return _Until(
        define(f"CASE {' '.join(earliest)} ELSE {start.lo} END"),
        define(f"CASE {' '.join(latest)} ELSE {audit} END"),
        define(f"CASE {' '.join(may_come_later)} ELSE true END"),
        define(f"CASE {' '.join(doubt)} END"),
    )
