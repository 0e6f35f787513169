"""Conditions on what happened, on what was, and on when the calendar was open, in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from supportpolicy.engines.duckdb.clocks import Clock, Clocks
from supportpolicy.engines.duckdb.codes import FAILS, FALSE, FIRST_CAUSE, NEVER, RUNS, TRUE, VALUE, WAITING
from supportpolicy.engines.duckdb.histories import History
from supportpolicy.engines.duckdb.limits import Measure
from supportpolicy.engines.duckdb.outermost import Found
from supportpolicy.engines.duckdb.placing import has_come, lies_after, lies_before
from supportpolicy.engines.duckdb.timelines import CERTAIN
from supportpolicy.expr.nodes import During, Formerly, Happens, Promise, moment_field
from supportpolicy.model.cell import Reason
from supportpolicy.model.limit import ALWAYS, OpenTime

_EVENTS = "events"


@dataclass(slots=True)
class Occasions:
    """Writes truths that are asked of events and of calendars."""

    clocks: Clocks

    def write(self, node: Happens | During | Formerly) -> str:
        """The expression whose value is the number of the truth."""
        match node:
            case During(field, calendar):
                return self._during(field, calendar)
            case Formerly(then, part):
                return self.clocks.facts.former(then).write(part)
            case Happens():
                history = self.clocks.moments.histories.of(node.events)
                asked = (
                    self._happened(node, history) if node.within is None else self._in_time(node, history, node.within)
                )
                return f"CASE WHEN {history.state} <> {VALUE} THEN {history.state} ELSE {asked} END"

    # --- what happened ---
    def _happened(self, node: Happens, history: History) -> str:
        coarse = self._cause(Reason.TOO_COARSE, _EVENTS)
        lack = (
            f"CASE WHEN e.doubt <> {CERTAIN} THEN e.doubt WHEN e.hi > {self.clocks.audit} THEN {coarse} ELSE {TRUE} END"
        )
        truths = self.clocks.moments.truths
        over = self._define(truths.present(node.settled_by)) if node.settled_by else str(TRUE)
        return self._weighed(node, history, lack, over)

    def _in_time(self, node: Happens, history: History, within: Promise) -> str:
        """No event that was too late counts."""
        clocks, truths = self.clocks, self.clocks.moments.truths
        sent = truths.fields["submitted"]
        start = Found(sent.state, sent.lo, sent.hi)
        measure = clocks.limits.measure(within, start)
        in_time, over = self._bounds(measure)
        unknown = clocks.outcomes.unknown
        coarse, far = self._cause(Reason.TOO_COARSE, _EVENTS), self._far(within, measure)
        lack = f"CASE WHEN e.doubt <> {CERTAIN} THEN e.doubt WHEN e.hi > {clocks.audit} THEN {coarse} ELSE {TRUE} END"
        arms = [f"WHEN e.hi < {sent.lo} THEN {lack}"]
        if far:
            beyond = f"{measure.beyond} - {unknown}"
            arms.append(f"WHEN {far} THEN CASE WHEN e.doubt <> {CERTAIN} THEN e.doubt ELSE {beyond} END")
        arms.append(f"WHEN e.hi <= {in_time} THEN {lack} WHEN e.lo > {over} THEN {FALSE}")
        doubt = f"CASE WHEN e.doubt <> {CERTAIN} THEN e.doubt ELSE {coarse} END"
        runs = self._define(clocks.running(Clock(start, start, start, start, "", truths, measure, _EVENTS, False)))
        over = self._define(
            f"CASE {runs} WHEN {FAILS} THEN {TRUE} WHEN {RUNS} THEN {FALSE} ELSE {runs} - {unknown} END"
        )
        asked = self._weighed(node, history, f"CASE {' '.join(arms)} ELSE {doubt} END", over)
        if sent.measured is not None:
            return f"CASE WHEN {sent.state} >= {FIRST_CAUSE} THEN {sent.state} ELSE {FALSE} END"
        return (
            f"CASE WHEN {sent.state} >= {FIRST_CAUSE} THEN {sent.state} WHEN {sent.state} <> {VALUE} THEN {FALSE} "
            f"ELSE {asked} END"
        )

    def _bounds(self, measure: Measure) -> tuple[str, str]:
        """Up to which instant an event is certainly in time, and from which on it is certainly late."""
        [cell] = measure.chosen.measured().values()
        _, _, last_lo, last_hi = self.clocks.limits.runs_out(measure)
        if isinstance(cell, OpenTime) and cell.calendar != ALWAYS:
            end = self.clocks.limits.calendars[cell.calendar].last  # a limit that runs out later is not exceeded before
            return self._define(f"coalesce({last_lo}, {end})"), self._define(f"coalesce({last_hi}, {end})")
        return last_lo, last_hi

    def _far(self, within: Promise, measure: Measure) -> str:
        """Whether the calendar does not reach from the submission to an event."""
        if not measure.beyond:
            return ""
        known = f"({measure.early} + {measure.late}) IS NULL"
        if not isinstance(within.cell, OpenTime):
            return known
        table = self.clocks.limits.calendars[within.cell.calendar]
        return f"{known} OR e.lo < {table.first} OR e.hi > {table.last}"

    def _weighed(self, node: Happens, history: History, lack: str, over: str) -> str:
        """True if one event counts for certain, else the first cause why one may not. `lack` is the truth of the event `e`,
        apart from the moments beside which it must lie. Where there is none it is false once the time for it is `over`, or
        what it had to precede has come; until then it is waited for."""
        moments, truths = self.clocks.moments, self.clocks.moments.truths
        parts, come = [lack], ""
        if node.before is not None:
            before, name = moments.start(node.before), moment_field(node.before)
            parts.append(lies_before(truths, before, name))
            come = self._define(has_come(truths, before, name))
        if node.after is not None:
            parts.append(lies_after(truths, moments.start(node.after), moment_field(node.after)))
        listed = moments.histories.told(history)
        told = [self._define(f"list_transform({listed}, lambda e: {part})") for part in parts]
        lies = told[0]
        if len(told) > 1:
            joined = truths.joined([f"{one}[i]" for one in told], FALSE, TRUE)
            lies = self._define(f"list_transform({listed}, lambda e, i: {joined})")
        counting = self._define(f"list_filter({lies}, lambda t: t <> {FALSE})")
        otherwise = self._awaited(over, come)
        missing = self.clocks.moments.histories.not_all()
        return (
            f"CASE WHEN list_contains({counting}, {TRUE}) THEN {TRUE} WHEN {counting}[1] IS NOT NULL THEN {counting}[1] "
            f"WHEN NOT {history.complete} THEN {missing} ELSE {otherwise} END"
        )

    def _awaited(self, over: str, come: str) -> str:
        if over == str(TRUE):
            return str(FALSE)
        asked = [over, come] if come else [over]
        doubts = " ".join(f"WHEN {one} >= {FIRST_CAUSE} THEN {one}" for one in asked)
        return f"CASE WHEN {TRUE} IN ({', '.join(asked)}) THEN {FALSE} {doubts} ELSE {WAITING} END"

    # --- when the calendar was open ---
    def _during(self, field: str, calendar: str) -> str:
        column, limits = self.clocks.moments.truths.fields[field], self.clocks.limits
        if column.measured is not None:
            other = self._cause(Reason.OTHER_CLOCK, field)
            return f"CASE {column.state} WHEN {VALUE} THEN {other} WHEN {NEVER} THEN {FALSE} ELSE {column.state} END"
        beyond = self._cause(Reason.MISSING, f"calendar {calendar}")
        first, last, between = limits.open_hours(calendar, column.lo, column.hi)
        opens = f"{first} = 1 AND {last} = 1 AND {between} = {column.hi} - {column.lo}"
        told = (
            f"CASE WHEN ({first} + {last} + {between}) IS NULL THEN {beyond} WHEN {opens} THEN {TRUE} "
            f"WHEN {first} = 0 AND {last} = 0 AND {between} = 0 THEN {FALSE} "
            f"ELSE {self._cause(Reason.TOO_COARSE, field)} END"
        )
        return f"CASE {column.state} WHEN {VALUE} THEN {told} WHEN {NEVER} THEN {FALSE} ELSE {column.state} END"

    def _cause(self, reason: Reason, name: str) -> int:
        return self.clocks.moments.truths.causes.number(reason, name)

    def _define(self, expression: str) -> str:
        return self.clocks.moments.truths.define(expression)
