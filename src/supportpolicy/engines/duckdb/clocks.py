"""Deadlines in SQL: how much accrued, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from supportpolicy.engines.duckdb.codes import (
    APPLIES_NOT,
    ELAPSED,
    FAILS,
    NEVER,
    PASSES,
    PERHAPS,
    RUNS,
    VALUE,
    Outcomes,
)
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.moments import NOTHING, Found, Moments
from supportpolicy.expr.nodes import Limit, Within, moment_field
from supportpolicy.model.cell import Reason


@dataclass(slots=True)
class Clocks:
    """Writes the outcomes of deadlines."""

    moments: Moments
    outcomes: Outcomes
    as_of: int
    audit: int = field(init=False)

    def __post_init__(self) -> None:
        self.audit = self.moments.truths.audit

    def found(self, node: Within) -> tuple[Found, Found]:
        """Start and stop of the deadline's clock."""
        start = self.moments.start(node.start)
        return start, self.moments.stop(node.stop, start)

    def write(self, node: Within) -> str:
        """The expression whose value is the number of the outcome."""
        start, stop = self.found(node)
        other = self.outcomes.missing(Reason.OTHER_CLOCK, moment_field(node.start))
        return self._define(
            f"CASE WHEN {start.state} = {VALUE} THEN {self._ran(node, start, stop)} "
            f"WHEN {start.state} = {NEVER} THEN {APPLIES_NOT} "
            f"WHEN {start.state} = {PERHAPS} THEN {self.outcomes.unknown} + {start.doubt} "
            f"WHEN {start.state} = {ELAPSED} THEN {other} ELSE {self.outcomes.unknown} + {start.state} END"
        )

    def late(self, node: Within) -> str:
        """By how much a ticket that failed certainly exceeded the limit up to T, in microseconds."""
        start, stop = self.found(node)
        waited = f"({self.audit} - {start.hi})"
        arms = [f"WHEN {stop.state} = {VALUE} THEN least({stop.lo} - {start.hi}, {waited})"]
        if stop.clock != NOTHING:
            over = f"{start.hi} + {stop.hi} > {self.audit}"
            measured = f"CASE WHEN {over} THEN least({stop.lo}, {waited}) ELSE {stop.lo} END"
            arms.append(f"WHEN {stop.state} = {ELAPSED} THEN {measured}")
        if stop.doubt != NOTHING:
            least = f"least(greatest({stop.lo}, {start.lo}) - {start.hi}, {waited})"
            arms.append(f"WHEN {stop.state} = {PERHAPS} THEN {least}")
        return f"CASE {' '.join(arms)} ELSE {waited} END - {node.limit.amount}"

    def _ran(self, node: Within, start: Found, stop: Found) -> str:
        limit, name, audit = node.limit, moment_field(node.stop), self.audit
        running = self._define(self._running(start, limit, name))
        least, greatest = f"greatest(0, {stop.lo} - {start.hi})", f"{stop.hi} - {start.lo}"
        came = self._define(self._stopped(start, stop.hi, least, greatest, limit, name))
        arms = [
            f"WHEN {stop.state} = {VALUE} THEN {self._agreed(came, running, f'{stop.hi} <= {audit}', name)}",
            f"WHEN {stop.state} = {NEVER} THEN {running}",
        ]
        if stop.clock != NOTHING:
            measured = self._define(self._accrued(stop.lo, stop.hi, limit, name))
            over = self._agreed(measured, running, f"{start.hi} + {stop.hi} <= {audit}", name)
            other = self.outcomes.missing(Reason.OTHER_CLOCK, name)
            fits = f"{stop.clock} = {quoted(limit.calendar)} AND {start.own}"
            arms.append(f"WHEN {stop.state} = {ELAPSED} THEN CASE WHEN {fits} THEN {over} ELSE {other} END")
        if stop.doubt != NOTHING:
            arms.append(f"WHEN {stop.state} = {PERHAPS} THEN {self._perhaps(start, stop, limit, name, running)}")
        return f"CASE {' '.join(arms)} ELSE {self.outcomes.unknown} + {stop.state} END"

    def _perhaps(self, start: Found, stop: Found, limit: Limit, name: str, running: str) -> str:
        first = self._define(f"greatest({stop.lo}, {start.lo})")
        least, greatest = f"greatest(0, {first} - {start.hi})", f"{first} - {start.lo}"
        early = self._define(self._stopped(start, first, least, greatest, limit, name))
        least, greatest = f"greatest(0, {stop.hi} - {start.hi})", f"{stop.hi} - {start.lo}"
        stopped = self._stopped(start, stop.hi, least, greatest, limit, name)
        late = self._define(f"CASE WHEN {stop.hi} IS NULL THEN {running} ELSE {stopped} END")
        return f"CASE WHEN {early} = {late} THEN {early} ELSE {self.outcomes.unknown} + {stop.doubt} END"

    def _agreed(self, one: str, running: str, over: str, name: str) -> str:
        """A stop that may lie on either side of the audit instant decides only if the clock that runs says the same."""
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        return f"CASE WHEN {over} OR {one} = {running} THEN {one} ELSE {coarse} END"

    def _stopped(self, start: Found, hi: str, least: str, greatest: str, limit: Limit, name: str) -> str:
        contradictory = self.outcomes.missing(Reason.CONTRADICTORY, name)
        accrued = self._accrued(least, greatest, limit, name)
        return f"CASE WHEN {hi} < {start.lo} THEN {contradictory} ELSE {accrued} END"

    def _accrued(self, least: str, greatest: str, limit: Limit, name: str) -> str:
        """No later than is inclusive."""
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        return (
            f"CASE WHEN {greatest} <= {limit.amount} THEN {PASSES} WHEN {least} > {limit.amount} THEN {FAILS} "
            f"ELSE {coarse} END"
        )

    def _running(self, start: Found, limit: Limit, name: str) -> str:
        """A clock that has not stopped up to T fails when every later instant would exceed the limit."""
        audit = self.audit
        stale = self.outcomes.missing(Reason.STALE_EXPORT, name)
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        arms = [f"WHEN {start.hi} <= {audit - limit.amount} THEN {FAILS}"]
        if self.as_of > audit:
            arms.append(
                f"WHEN {start.lo} <= {self.as_of - limit.amount} AND {start.lo} > {audit - limit.amount} THEN {stale}"
            )
        arms.append(f"WHEN {start.lo} > {audit - limit.amount} THEN {RUNS}")
        return f"CASE {' '.join(arms)} ELSE {coarse} END"

    def _define(self, expression: str) -> str:
        return self.moments.truths.define(expression)
