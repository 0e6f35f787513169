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
from supportpolicy.engines.duckdb.limits import Limits, Measure
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.moments import NOTHING, Found, Moments
from supportpolicy.expr.nodes import Within, moment_field
from supportpolicy.model.cell import Reason
from supportpolicy.model.limit import ALWAYS, AsAgreed, OpenTime


@dataclass(frozen=True, slots=True)
class Sum:
    """What a person needs to add a clock up, as expressions: the `number` of the ticket's target; when the limit runs out
    and the last instants in time; how much accrued, whether as `open_time` on a calendar, and what is `left` of a clock
    that runs; and the stretches of open time in which it did: how many, between which instants, and the openings and
    closings in turn of the first of them."""

    number: str
    due_lo: str
    due_hi: str
    last_lo: str
    last_hi: str
    least: str
    most: str
    open_time: str
    left: str
    stretches: str
    begin: str
    end: str
    bounds: str


@dataclass(slots=True)
class Clocks:
    """Writes the outcomes of deadlines."""

    moments: Moments
    limits: Limits
    outcomes: Outcomes
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
        measure = self.limits.measure(node.limit, start)
        other = self.outcomes.missing(Reason.OTHER_CLOCK, moment_field(node.start))
        barred = f"WHEN {start.state} = {VALUE} AND {measure.barred} IS NOT NULL THEN {measure.barred} "
        ran = self._ran(node, start, stop) if measure.chosen.measured() else measure.barred
        return self._define(
            f"CASE {barred if measure.barred else ''}WHEN {start.state} = {VALUE} THEN {ran} "
            f"WHEN {start.state} = {NEVER} THEN {APPLIES_NOT} "
            f"WHEN {start.state} = {PERHAPS} THEN {self.outcomes.unknown} + {start.doubt} "
            f"WHEN {start.state} = {ELAPSED} THEN {other} ELSE {self.outcomes.unknown} + {start.state} END"
        )

    def late(self, node: Within) -> str:
        """By how much a ticket that failed certainly exceeded the limit up to T, in microseconds."""
        start, stop = self.found(node)
        measure = self.limits.measure(node.limit, start)
        now, begun = measure.now, measure.late
        lo, _ = self.limits.come(measure.chosen, stop.lo, stop.hi)
        arms = [f"WHEN {stop.state} = {VALUE} THEN least({lo}, {now}) - {begun}"]
        if stop.clock != NOTHING:
            runs_on = f"{stop.clock} = {quoted(ALWAYS)} AND {start.hi} + {stop.hi} > {self.audit}"
            measured = f"CASE WHEN {runs_on} THEN least({stop.lo}, {self.audit} - {start.hi}) ELSE {stop.lo} END"
            arms.append(f"WHEN {stop.state} = {ELAPSED} THEN {measured}")
        if stop.doubt != NOTHING:
            first, _ = self._first(measure, start, stop)
            arms.append(f"WHEN {stop.state} = {PERHAPS} THEN least({first}, {now}) - {begun}")
        return self._define(f"CASE {' '.join(arms)} ELSE {now} - {begun} END - {measure.amount}")

    def sum(self, node: Within) -> Sum:
        """What evidence tells of the clock; null what it does not."""
        start, stop = self.found(node)
        measure = self.limits.measure(node.limit, start)
        chosen, limits = measure.chosen, self.limits
        judged = self._define(f"{start.state} = {VALUE}" + (f" AND {measure.barred} IS NULL" if measure.barred else ""))
        timed = [number for number, cell in chosen.measured().items() if isinstance(cell, OpenTime)]
        agreed = [number for number, cell in chosen.measured().items() if isinstance(cell, AsAgreed)]
        due_lo, due_hi, last_lo, last_hi = limits.runs_out(measure)
        due = f"{judged} AND ({due_lo} + {due_hi}) IS NOT NULL"  # what was agreed is told as it stands in the ticket
        due = self._define(f"{due} AND NOT ({chosen.among(agreed)})" if agreed else due)
        last = self._define(f"{judged} AND ({last_lo} + {last_hi}) IS NOT NULL")
        summed = self._define(f"{judged} AND {chosen.among(timed)}") if timed else "false"
        least, most, came, runs = self._summed(measure, summed, start, stop)
        begin = self._define(f"CASE WHEN {least} IS NOT NULL AND ({came} OR {runs}) THEN {start.lo} END")
        end = self._define(f"CASE WHEN {came} THEN {stop.hi} ELSE {self.audit} END")
        open_time = limits.on_calendars(chosen)
        stretches, bounds = limits.stretches(chosen, begin, end) if open_time != "false" else (NOTHING, NOTHING)
        return Sum(
            number=chosen.number,
            due_lo=self._define(f"CASE WHEN {due} THEN {due_lo} END"),
            due_hi=self._define(f"CASE WHEN {due} THEN {due_hi} END"),
            last_lo=self._define(f"CASE WHEN {last} THEN {last_lo} END"),
            last_hi=self._define(f"CASE WHEN {last} THEN {last_hi} END"),
            least=least,
            most=most,
            open_time=open_time,
            left=self._define(f"CASE WHEN {judged} THEN {measure.early} + {measure.amount} - {measure.now} END"),
            stretches=stretches,
            begin=begin,
            end=end,
            bounds=bounds,
        )

    def _summed(self, measure: Measure, summed: str, start: Found, stop: Found) -> tuple[str, str, str, str]:
        """The least and the most that accrued, where that is `summed`; and whether that was up to a stop, or up to T."""
        lo, hi = self.limits.come(measure.chosen, stop.lo, stop.hi)
        known = f"{measure.early} + {measure.late}"
        came = self._define(f"{summed} AND {stop.state} = {VALUE} AND {stop.hi} >= {start.lo}")
        runs = self._define(f"{summed} AND {stop.state} = {NEVER}")
        least, most = (
            self._define(
                f"CASE WHEN {came} AND ({known} + {lo} + {hi}) IS NOT NULL THEN greatest(0, {at} - {begun}) "
                f"WHEN {runs} AND ({known} + {measure.now}) IS NOT NULL THEN greatest(0, {measure.now} - {begun}) "
                f"WHEN {summed} AND {stop.state} = {ELAPSED} THEN {measured} END"
            )
            for at, begun, measured in ((lo, measure.late, stop.lo), (hi, measure.early, stop.hi))
        )
        return least, most, came, runs

    def _ran(self, node: Within, start: Found, stop: Found) -> str:
        measure, name = self.limits.measure(node.limit, start), moment_field(node.stop)
        running = self._define(self._running(measure, name))
        come = self.limits.come(measure.chosen, stop.lo, stop.hi)
        came = self._define(self._stopped(start, stop.hi, come, measure, name))
        arms = [
            f"WHEN {stop.state} = {VALUE} THEN {self._agreed(came, running, f'{stop.hi} <= {self.audit}', name)}",
            f"WHEN {stop.state} = {NEVER} THEN {running}",
        ]
        if stop.clock != NOTHING:
            arms.append(f"WHEN {stop.state} = {ELAPSED} THEN {self._measured(measure, start, stop, running, name)}")
        if stop.doubt != NOTHING:
            arms.append(f"WHEN {stop.state} = {PERHAPS} THEN {self._perhaps(measure, start, stop, running, name)}")
        return f"CASE {' '.join(arms)} ELSE {self.outcomes.unknown} + {stop.state} END"

    def _measured(self, measure: Measure, start: Found, stop: Found, running: str, name: str) -> str:
        """A duration fits if it was measured on the limit's own calendar, from the submission. On `24x7` it tells when the
        stop was, too."""
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        told = self._define(
            f"CASE WHEN {stop.hi} <= {measure.amount} THEN {PASSES} WHEN {stop.lo} > {measure.amount} THEN {FAILS} "
            f"ELSE {coarse} END"
        )
        up_to = f"{stop.clock} <> {quoted(ALWAYS)} OR {start.hi} + {stop.hi} <= {self.audit}"
        names = {n: cell.calendar for n, cell in measure.chosen.measured().items() if isinstance(cell, OpenTime)}
        if not names:
            return str(self.outcomes.missing(Reason.OTHER_CLOCK, name))
        calendars = measure.chosen.by(
            {n: quoted(names[n]) if n in names else "NULL" for n in measure.chosen.measured()}
        )
        return (
            f"CASE WHEN {stop.clock} = {calendars} AND {start.own} THEN {self._agreed(told, running, up_to, name)} "
            f"ELSE {self.outcomes.missing(Reason.OTHER_CLOCK, name)} END"
        )

    def _perhaps(self, measure: Measure, start: Found, stop: Found, running: str, name: str) -> str:
        first, at = self._first(measure, start, stop)
        early = self._define(self._stopped(start, at, (first, first), measure, name))
        last, _ = self.limits.come(measure.chosen, stop.hi, stop.hi)
        stopped = self._stopped(start, stop.hi, (last, last), measure, name)
        late = self._define(f"CASE WHEN {stop.hi} IS NULL THEN {running} ELSE {stopped} END")
        return f"CASE WHEN {early} = {late} THEN {early} ELSE {self.outcomes.unknown} + {stop.doubt} END"

    def _first(self, measure: Measure, start: Found, stop: Found) -> tuple[str, str]:
        """What stands at the earliest stop that there may have been, and when that was."""
        at = self._define(f"greatest({stop.lo}, {start.lo})")
        return self.limits.come(measure.chosen, at, at)[0], at

    def _agreed(self, one: str, running: str, over: str, name: str) -> str:
        """A stop that may lie on either side of the audit instant decides only if the clock that runs says the same."""
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        return f"CASE WHEN {over} OR {one} = {running} THEN {one} ELSE {coarse} END"

    def _stopped(self, start: Found, hi: str, come: tuple[str, str], measure: Measure, name: str) -> str:
        """No later than is inclusive."""
        contradictory = self.outcomes.missing(Reason.CONTRADICTORY, name)
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        least, most = come
        arms = [f"WHEN {hi} < {start.lo} THEN {contradictory}"]
        if measure.beyond:
            arms.append(f"WHEN ({least} + {most} + {measure.early} + {measure.late}) IS NULL THEN {measure.beyond}")
        arms.append(f"WHEN {most} - {measure.early} <= {measure.amount} THEN {PASSES}")
        arms.append(f"WHEN {least} - {measure.late} > {measure.amount} THEN {FAILS}")
        return f"CASE {' '.join(arms)} ELSE {coarse} END"

    def _running(self, measure: Measure, name: str) -> str:
        """A clock that has not stopped up to T fails when every later instant would exceed the limit."""
        stale = self.outcomes.missing(Reason.STALE_EXPORT, name)
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        arms = []
        if measure.beyond:
            arms.append(f"WHEN ({measure.early} + {measure.late} + {measure.over}) IS NULL THEN {measure.beyond}")
        arms.append(f"WHEN {measure.late} <= {measure.over} THEN {FAILS}")
        arms.append(f"WHEN {measure.early} <= {measure.over} THEN {coarse}")
        if self.limits.as_of > self.audit:
            if measure.beyond:
                arms.append(f"WHEN {measure.over_later} IS NULL THEN {measure.beyond}")
            arms.append(f"WHEN {measure.early} <= {measure.over_later} THEN {stale}")
        return f"CASE {' '.join(arms)} ELSE {RUNS} END"

    def _define(self, expression: str) -> str:
        return self.moments.truths.define(expression)
