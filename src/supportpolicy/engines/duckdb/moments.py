"""Moments in SQL: when a clock starts, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from supportpolicy.engines.duckdb.codes import ELAPSED, FIRST_CAUSE, NEVER, PERHAPS, TRUE, VALUE
from supportpolicy.engines.duckdb.histories import Histories, History
from supportpolicy.engines.duckdb.literals import one_of, quoted
from supportpolicy.engines.duckdb.outermost import NOTHING, Found, Part, outermost_start, outermost_stop
from supportpolicy.engines.duckdb.timelines import CERTAIN, Timeline
from supportpolicy.engines.duckdb.truths import Columns, Truths
from supportpolicy.expr.nodes import (
    At,
    Counted,
    FirstResponse,
    Moment,
    Occurrence,
    Outermost,
    Selection,
    Single,
    StaffOpened,
    Submission,
    moment_field,
)
from supportpolicy.model.cell import Reason
from supportpolicy.model.verdict import Basis

_EVER = "(-9223372036854775807 - 1)"
"""Before everything that happens."""


@dataclass(slots=True)
class Moments:
    """Writes moments over the fields of a revision."""

    truths: Truths
    histories: Histories
    _found: dict[tuple[object, ...], Found] = field(default_factory=dict)

    # --- the start of a clock ---
    @property
    def timeline(self) -> Timeline | None:
        """The events, if the input has any."""
        return self.histories.timeline

    def start(self, moment: Moment, stop: Moment | None = None) -> Found:
        """When the clock starts; never where it does not run for the ticket. The last of some events is the last before the
        field `stop`, where that has come."""
        key = ("start", moment, stop)
        if key not in self._found:
            self._found[key] = self._start(moment, stop)
        return self._found[key]

    def _start(self, moment: Moment, stop: Moment | None) -> Found:
        match moment:
            case Outermost(which, moments):
                parts = [self._named(one, self.start(one, stop)) for one in moments]
                return outermost_start(which, parts, self.truths)
            case Occurrence("first", events):
                history = self.histories.of(events)
                found = self._first_among(history.listed, history.complete, "NULL::BIGINT")
                # Of what may be missing from a list nobody knows since when it may have been there.
                unlisted = f"NOT {history.complete} AND {found.doubt} = {self.histories.not_all()}"
                state = f"CASE WHEN {unlisted} THEN {self.histories.not_all()} ELSE {found.state} END"
                return self._told(history, replace(found, state=state))
            case Occurrence(_, events):
                return self._last(events, _EVER, self.truths.fields[stop.field] if isinstance(stop, At) else None)
            case At(name):
                found = self._cell(name)
                late = f"{found.state} = {VALUE} AND {found.lo} > {self.truths.audit}"
                state = self._define(f"CASE WHEN {late} THEN {NEVER} ELSE {found.state} END")
                own = "true" if name == "submitted" else "false"
                return Found(state, found.lo, found.hi, found.clock, own=own, detail=found.detail)
            case Submission(staff_opened):
                return self._submission(staff_opened)
            case FirstResponse(_, staff_opened):
                return self._responded(self._submission(staff_opened), moment)

    def _submission(self, staff_opened: StaffOpened) -> Found:
        sent = self._cell("submitted")
        if staff_opened == "submission":
            return Found(sent.state, sent.lo, sent.hi, sent.clock, own="true", detail=sent.detail)
        opened, role = self._opened_by_staff(), self.truths.fields["created_by_role"]
        if staff_opened == "not_applicable":
            state = f"CASE {opened} WHEN 0 THEN {sent.state} WHEN 1 THEN {NEVER} ELSE {opened} END"
            detail = f"CASE WHEN {opened} = 0 THEN {sent.detail} ELSE {role.shown} END"
            return Found(self._define(state), sent.lo, sent.hi, sent.clock, own=f"{opened} = 0", detail=detail)
        first = self._first_customer_message()
        return Found(
            self._define(f"CASE {opened} WHEN 0 THEN {sent.state} WHEN 1 THEN {first.state} ELSE {opened} END"),
            self._define(f"CASE WHEN {opened} = 1 THEN {first.lo} ELSE {sent.lo} END"),
            self._define(f"CASE WHEN {opened} = 1 THEN {first.hi} ELSE {sent.hi} END"),
            sent.clock,
            basis=f"CASE WHEN {opened} = 1 THEN {first.basis} END",
            own=f"{opened} = 0",
            detail=f"CASE {opened} WHEN 0 THEN {sent.detail} WHEN 1 THEN {first.detail} ELSE {role.shown} END",
        )

    def _opened_by_staff(self) -> str:
        """0 or 1, or the cause why that is not known: by the field where the record has it, else by the opening message,
        else taken to be the customer's own."""
        role = self.truths.fields["created_by_role"]
        opening = "0"
        if self.timeline is not None:
            message = self.timeline.opening()
            staff = f"{message.kind} = 'staff_message' AND {message.role} = 'staff'"
            opening = f"CASE WHEN {self.histories.opens()} AND {staff} THEN 1 ELSE 0 END"
        known = f"{role.state} >= {FIRST_CAUSE} AND NOT {one_of(role.state, self._missing())}"
        return self._define(
            f"CASE WHEN {role.state} = {VALUE} THEN CASE WHEN {role.value} = 'staff' THEN 1 ELSE 0 END "
            f"WHEN {known} THEN {role.state} ELSE {opening} END"
        )

    def _first_customer_message(self) -> Found:
        """Without events it has none that could be known."""
        events, missing = self.truths.fields["events"], self.truths.causes.number(Reason.MISSING, "events")
        basis = f"CASE WHEN {events.state} = {NEVER} THEN {quoted(Basis.EVENTS.value)} END"
        if self.timeline is None:
            return Found(events.state, "NULL::BIGINT", "NULL::BIGINT", basis=basis, detail=events.shown)
        lo, hi = self.timeline.first_customer_message()
        return Found(
            f"CASE WHEN {events.state} <> {VALUE} THEN {events.state} WHEN NOT {events.complete} THEN {missing} "
            f"WHEN {lo} IS NULL THEN {NEVER} ELSE {VALUE} END",
            lo,
            hi,
            basis=(
                f"CASE WHEN {events.state} = {NEVER} OR ({events.state} = {VALUE} AND {events.complete}) "
                f"THEN {quoted(Basis.EVENTS.value)} END"
            ),
            detail=f"CASE WHEN {events.state} <> {VALUE} THEN {events.shown} END",
        )

    def _responded(self, start: Found, moment: FirstResponse) -> Found:
        """The first response as the start of another clock."""
        found = self.stop(moment, start)
        measured = f"{found.state} = {ELAPSED} AND {found.clock} = '24x7'"
        known = f"{start.state} = {VALUE}"
        return Found(
            self._define(
                f"CASE WHEN NOT ({known}) THEN {start.state} WHEN {measured} THEN {VALUE} ELSE {found.state} END"
            ),
            self._define(
                f"CASE WHEN NOT ({known}) THEN {start.lo} WHEN {measured} THEN {start.lo} + {found.lo} ELSE {found.lo} END"
            ),
            self._define(
                f"CASE WHEN NOT ({known}) THEN {start.hi} WHEN {measured} THEN {start.hi} + {found.hi} ELSE {found.hi} END"
            ),
            f"CASE WHEN {known} THEN {found.clock} ELSE {start.clock} END",
            doubt=NOTHING if found.doubt == NOTHING else f"CASE WHEN {known} THEN {found.doubt} END",
            basis=f"CASE WHEN {known} THEN {found.basis} ELSE {start.basis} END",
            detail=f"CASE WHEN {known} THEN {found.detail} ELSE {start.detail} END",
        )

    # --- the stop of a clock ---
    def stop(self, moment: Moment, start: Found) -> Found:
        """When the clock that started at `start` stops; never: not up to the audit instant."""
        key = ("stop", moment, start)
        if key not in self._found:
            match moment:
                case Outermost(which, moments):
                    parts = [self._named(one, self.stop(one, start)) for one in moments]
                    self._found[key] = outermost_stop(which, parts, start, self.truths)
                case At(name):
                    self._found[key] = self._up_to(name, start)
                case Submission():
                    self._found[key] = self._up_to("submitted", start)
                case FirstResponse(counts, _):
                    self._found[key] = self._first_response(counts, start)
                case Occurrence("first", events):
                    history = self.histories.of(events)
                    since = self._since(history.listed, start.lo)
                    self._found[key] = self._told(history, self._first_among(since, history.complete, start.lo))
                case Occurrence(_, events):
                    self._found[key] = self._last(events, start.lo, None)
        return self._found[key]

    def _up_to(self, name: str, start: Found) -> Found:
        """What lies after the audit instant has not happened yet."""
        found, column = self._cell(name), self.truths.fields[name]
        lo = found.lo if column.measured is None else f"{start.lo} + {found.lo}"
        late = f"{column.state} = {VALUE} AND {lo} > {self.truths.audit}"
        state = self._define(f"CASE WHEN {late} THEN {NEVER} ELSE {found.state} END")
        return Found(state, found.lo, found.hi, found.clock, detail=found.detail)

    def _first_response(self, counts: tuple[Counted, ...], start: Found) -> Found:
        field, events = self._up_to("first_response", start), self.truths.fields["events"]
        cell = self.truths.fields["first_response"]
        vendor = f"CASE WHEN {cell.state} < {FIRST_CAUSE} THEN {quoted(Basis.VENDOR_FIELD.value)} END"
        told = f"WHEN {events.state} = {NEVER} THEN {NEVER} "
        known = f"{events.state} >= {FIRST_CAUSE} AND NOT {one_of(events.state, self._missing())}"
        basis = f"WHEN {events.state} = {NEVER} THEN {quoted(Basis.EVENTS.value)} WHEN {known} THEN NULL ELSE {vendor}"
        told += f"WHEN {known} THEN {events.state} ELSE {field.state}"
        detail = f"CASE WHEN {known} THEN {events.shown} ELSE {field.detail} END"
        if self.timeline is None:
            state = self._define(f"CASE {told} END")
            return Found(state, field.lo, field.hi, field.clock, basis=f"CASE {basis} END", detail=detail)
        among, silent = self.response_among(self.timeline, counts, start)
        listed = self._define(f"{events.state} = {VALUE} AND (NOT ({silent}) OR {cell.state} >= {FIRST_CAUSE})")
        return Found(
            self._define(f"CASE WHEN {listed} THEN {among.state} {told} END"),
            self._define(f"CASE WHEN {listed} THEN {among.lo} ELSE {field.lo} END"),
            self._define(f"CASE WHEN {listed} THEN {among.hi} ELSE {field.hi} END"),
            field.clock,
            doubt=NOTHING if among.doubt == NOTHING else f"CASE WHEN {listed} THEN {among.doubt} END",
            basis=f"CASE WHEN {listed} THEN {quoted(Basis.EVENTS.value)} {basis} END",
            detail=detail,
        )

    def response_among(self, timeline: Timeline, counts: tuple[Counted, ...], start: Found) -> tuple[Found, str]:
        """The first event that is a response, and whether the list says nothing."""
        opening, complete = self.histories.opening(timeline), self.truths.fields["events"].complete
        among = self._define(
            f"list_filter({timeline.responses(counts)}, lambda e: e.seq <> {opening} AND e.hi >= {start.lo})"
        )
        sure = self._define(f"list_filter({among}, lambda e: e.doubt = {CERTAIN})[1]")
        return self._first_among(among, complete, start.lo), f"{sure} IS NULL AND NOT {complete}"

    # --- events ---
    def _told(self, history: History, found: Found) -> Found:
        """What was found of a list of events, where the record has one."""
        told = f"{history.state} = {VALUE}"
        return Found(
            self._define(f"CASE WHEN {told} THEN {found.state} ELSE {history.state} END"),
            self._define(found.lo),
            self._define(found.hi),
            doubt=found.doubt,
            basis=f"CASE WHEN {told} THEN {quoted(Basis.EVENTS.value)} END",
            detail=f"CASE WHEN NOT ({told}) THEN {self.truths.fields['events'].shown} END",
        )

    def _since(self, listed: str, at: str) -> str:
        """Those events that may lie at an instant or later."""
        return self._define(f"list_filter({listed}, lambda e: e.hi >= {at})")

    def _first_among(self, among: str, complete: str, since: str) -> Found:
        """The first of some events. Where an earlier one may or may not be meant, or may be missing, the answer lies between
        the two."""
        sure = self._define(f"list_filter({among}, lambda e: e.doubt = {CERTAIN})[1]")
        maybe = self._define(f"list_filter({among}, lambda e: e.doubt <> {CERTAIN})[1]")
        before = self._define(f"{maybe} IS NOT NULL AND ({sure} IS NULL OR {maybe}.seq < {sure}.seq)")
        state = f"CASE WHEN {before} OR NOT {complete} THEN {PERHAPS} WHEN {sure} IS NULL THEN {NEVER} ELSE {VALUE} END"
        lo = f"CASE WHEN NOT {complete} THEN {since} WHEN {before} THEN {maybe}.lo ELSE {sure}.lo END"
        doubt = f"CASE WHEN {before} AND {complete} THEN {maybe}.doubt ELSE {self.histories.not_all()} END"
        return Found(state, lo, f"{sure}.hi", doubt=doubt)

    def _last(self, events: Selection, since: str, stop: Columns | None) -> Found:
        """The last of some events from an instant on, and before the stop where that has come; void where what it brought
        was taken back. Of a list that is not complete nobody knows which is the last."""
        history, until = self.histories.of(events), ""
        if stop is not None and stop.measured is None:
            until = self._define(
                f"CASE WHEN {stop.state} = {VALUE} AND {stop.lo} <= {self.truths.audit} THEN {stop.lo} END"
            )
        before = f" AND ({until} IS NULL OR e.lo < {until})" if until else ""
        among = self._define(f"list_filter({history.listed}, lambda e: e.hi >= {since}{before})")
        reverted = self.histories.reverted(events, until)
        if stop is not None:  # of a stop that is not known nobody knows which was the last before it
            reverted = self._define(f"CASE WHEN {stop.state} >= {FIRST_CAUSE} THEN {stop.state} ELSE {reverted} END")
        last = self._define(f"list_filter({among}, lambda e: e.doubt = {CERTAIN})[-1]")
        perhaps = f"e.doubt <> {CERTAIN} AND ({last} IS NULL OR e.seq > {last}.seq)"
        after = self._define(f"list_filter({among}, lambda e: {perhaps})")
        none = f"{last} IS NULL AND coalesce(len({after}), 0) = 0"
        state = (
            f"CASE WHEN NOT {history.complete} THEN {self.histories.not_all()} WHEN {none} OR {reverted} = {TRUE} "
            f"THEN {NEVER} WHEN {reverted} >= {FIRST_CAUSE} OR len({after}) > 0 THEN {PERHAPS} ELSE {VALUE} END"
        )
        unsettled = f"{reverted} >= {FIRST_CAUSE}"
        found = Found(
            state,
            f"coalesce({last}.lo, {after}[1].lo)",
            f"CASE WHEN {unsettled} OR {last} IS NULL THEN NULL WHEN len({after}) > 0 THEN {after}[-1].hi "
            f"ELSE {last}.hi END",
            doubt=f"CASE WHEN {unsettled} THEN {reverted} ELSE {after}[1].doubt END",
        )
        return self._told(history, found)

    def _named(self, moment: Single, found: Found) -> Part:
        """One of several moments. A duration that the source measured is no instant that could be set against others."""
        field = moment_field(moment)
        name = quoted(field)
        if isinstance(moment, Submission) and found.own not in ("true", "false"):
            name = (
                f"CASE WHEN {found.state} = {VALUE} AND NOT ({found.own}) THEN 'first customer message' ELSE {name} END"
            )
        if found.clock != NOTHING:
            other = self.truths.causes.number(Reason.OTHER_CLOCK, field)
            state = self._define(f"CASE WHEN {found.state} = {ELAPSED} THEN {other} ELSE {found.state} END")
            detail = f"CASE WHEN {found.state} <> {ELAPSED} THEN {found.detail} ELSE '' END"
            found = replace(found, state=state, clock=NOTHING, detail=detail)
        return Part(found, name)

    # --- cells ---
    def _cell(self, name: str) -> Found:
        column: Columns = self.truths.fields[name]
        if column.measured is None:
            return Found(column.state, column.lo, column.hi, detail=column.shown)
        state = self._define(f"CASE WHEN {column.state} = {VALUE} THEN {ELAPSED} ELSE {column.state} END")
        return Found(state, column.lo, column.hi, quoted(column.measured), detail=column.shown)

    def _missing(self) -> list[int]:
        return self.truths.causes.having(Reason.MISSING)

    def _define(self, expression: str) -> str:
        return self.truths.define(expression)
