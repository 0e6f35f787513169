"""Deadlines in SQL, over tickets that have no list of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportpolicy.engines.duckdb.codes import FIRST_CAUSE, NEVER, UNKNOWN, VALUE
from supportpolicy.engines.duckdb.truths import Columns, Truths
from supportpolicy.expr.nodes import At, FirstResponse, Limit, Moment, Submission, Within, moment_field
from supportpolicy.model.cell import Reason

PASS, FAIL, OPEN, NOT_APPLICABLE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Found:
    """A moment: its state, its bounds, and the clock on which it was measured where it is a duration."""

    state: str
    lo: str
    hi: str
    clock: str | None = None


@dataclass(slots=True)
class Clocks:
    """Writes the outcome of deadlines. `measured` gives the clock of each field that holds durations."""

    truths: Truths
    measured: Mapping[str, str]
    as_of: int

    def write(self, node: Within) -> str:
        """The expression whose value is the number of the outcome."""
        name = moment_field(node.stop)
        start = self._start(node.start)
        if start.clock is not None:
            other = UNKNOWN + self._cause(Reason.OTHER_CLOCK, moment_field(node.start))
            ran = str(other)
        else:
            ran = self._ran(node, start, name)
        return (
            f"CASE WHEN {start.state} >= {FIRST_CAUSE} THEN {UNKNOWN} + {start.state} "
            f"WHEN {start.state} = {NEVER} THEN {NOT_APPLICABLE} ELSE {ran} END"
        )

    def _cause(self, reason: Reason, name: str) -> int:
        return self.truths.causes.number(reason, name)

    def _field(self, name: str) -> Found:
        column = self.truths.fields[name]
        return Found(column.state, column.lo, column.hi, self.measured.get(name))

    # --- moments ---
    def _start(self, moment: Moment) -> Found:
        match moment:
            case At(field):
                found = self._field(field)
                if found.clock is not None:
                    return found
                late = f"CASE WHEN {found.state} = {VALUE} AND {found.lo} > {self.truths.audit} THEN {NEVER} "
                return Found(self.truths.define(f"{late}ELSE {found.state} END"), found.lo, found.hi)
            case Submission(staff_opened):
                return self._submission(staff_opened)
            case FirstResponse(_, staff_opened):
                start = self._submission(staff_opened)
                stop = self._field("first_response")
                if start.clock is not None:
                    return start
                defined = self.truths.define
                state = defined(
                    f"CASE WHEN {start.state} <> {VALUE} THEN {start.state} ELSE {self._up_to(start, stop)} END"
                )
                if stop.clock == "24x7":
                    return Found(state, defined(f"{start.lo} + {stop.lo}"), defined(f"{start.hi} + {stop.hi}"))
                return Found(state, stop.lo, stop.hi, stop.clock)

    def _submission(self, staff_opened: str) -> Found:
        """Without events, a ticket that staff opened has no first customer message that could be known."""
        start = self._field("submitted")
        if staff_opened == "submission":
            return start
        role: Columns = self.truths.fields["created_by_role"]
        unwritten = self._cause(Reason.MISSING, "events")
        missing = self._cause(Reason.MISSING, "created_by_role")
        opened = NEVER if staff_opened == "not_applicable" else unwritten
        state = self.truths.define(
            f"CASE WHEN {role.state} = {VALUE} AND {role.value} = 'staff' THEN {opened} "
            f"WHEN {role.state} >= {FIRST_CAUSE} AND {role.state} <> {missing} THEN {role.state} ELSE {start.state} END"
        )
        return Found(state, start.lo, start.hi, start.clock)

    def _up_to(self, start: Found, stop: Found) -> str:
        """The state of a stop as far as the audit instant: what lies after it has not happened yet."""
        lo = stop.lo if stop.clock is None else f"{start.lo} + {stop.lo}"
        return f"CASE WHEN {stop.state} = {VALUE} AND {lo} > {self.truths.audit} THEN {NEVER} ELSE {stop.state} END"

    # --- what follows ---
    def _ran(self, node: Within, start: Found, name: str) -> str:
        stop = self._field(name)
        audit, limit = self.truths.audit, node.limit
        state = self.truths.define(self._up_to(start, stop))
        running = self.truths.define(self._running(start, limit, name))
        coarse = UNKNOWN + self._cause(Reason.TOO_COARSE, name)
        if stop.clock is not None:
            other = UNKNOWN + self._cause(Reason.OTHER_CLOCK, name)
            if stop.clock != limit.calendar or moment_field(node.start) != "submitted":
                stopped = str(other)
            else:
                measured = self.truths.define(self._accrued(stop.lo, stop.hi, limit, name))
                stopped = (
                    f"CASE WHEN {start.hi} + {stop.hi} <= {audit} OR {measured} = {running} THEN {measured} "
                    f"ELSE {coarse} END"
                )
        else:
            contradictory = UNKNOWN + self._cause(Reason.CONTRADICTORY, name)
            least, greatest = f"greatest(0, {stop.lo} - {start.hi})", f"{stop.hi} - {start.lo}"
            measured = self.truths.define(
                f"CASE WHEN {stop.hi} < {start.lo} THEN {contradictory} ELSE "
                f"{self._accrued(least, greatest, limit, name)} END"
            )
            stopped = f"CASE WHEN {stop.hi} <= {audit} OR {measured} = {running} THEN {measured} ELSE {coarse} END"
        return (
            f"CASE WHEN {state} = {VALUE} THEN {stopped} WHEN {state} = {NEVER} THEN {running} "
            f"ELSE {UNKNOWN} + {state} END"
        )

    def _accrued(self, least: str, greatest: str, limit: Limit, name: str) -> str:
        coarse = UNKNOWN + self._cause(Reason.TOO_COARSE, name)
        return (
            f"CASE WHEN {greatest} <= {limit.amount} THEN {PASS} WHEN {least} > {limit.amount} THEN {FAIL} "
            f"ELSE {coarse} END"
        )

    def _running(self, start: Found, limit: Limit, name: str) -> str:
        audit = self.truths.audit
        stale = UNKNOWN + self._cause(Reason.STALE_EXPORT, name)
        coarse = UNKNOWN + self._cause(Reason.TOO_COARSE, name)
        return (
            f"CASE WHEN {audit} >= {start.hi} + {limit.amount} THEN {FAIL} "
            f"WHEN {self.as_of} >= {start.lo} + {limit.amount} AND {start.lo} + {limit.amount} > {audit} THEN {stale} "
            f"WHEN {audit} < {start.lo} + {limit.amount} THEN {OPEN} ELSE {coarse} END"
        )
