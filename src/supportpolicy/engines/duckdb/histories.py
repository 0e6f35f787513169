"""The events of a ticket that a rule speaks of, in SQL: as a list for each ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from supportpolicy.engines.duckdb.codes import FALSE, FIRST_CAUSE, NEVER, TRUE, VALUE
from supportpolicy.engines.duckdb.timelines import CERTAIN, Timeline
from supportpolicy.engines.duckdb.truths import Truths
from supportpolicy.expr.nodes import Events, Selection
from supportpolicy.model.cell import Reason

_NOTHING: Final = "NULL::STRUCT(seq BIGINT, lo BIGINT, hi BIGINT, doubt INTEGER)[]"


@dataclass(frozen=True, slots=True)
class History:
    """What a record says of some events up to the audit instant, as expressions: `state` is that of a value, or the cause
    why it says nothing of any event; `complete`: there was no other; `listed` has the `seq`, `lo`, `hi` and `doubt` of each,
    which is null or empty where there is none."""

    state: str
    complete: str
    listed: str


@dataclass(slots=True)
class Histories:
    """Writes the events that are meant. `timeline` are those of the input, if it has any; `words` by kind all that the
    values of events may be, where the policy says so."""

    truths: Truths
    timeline: Timeline | None
    words: Mapping[str, Sequence[str]]

    def of(self, events: Selection) -> History:
        """The events that are meant."""
        field = self.truths.fields["events"]
        state = self._define(f"CASE WHEN {field.state} = {NEVER} THEN {VALUE} ELSE {field.state} END")
        if self.timeline is None:
            return History(state, "true", _NOTHING)
        complete = self._define(f"{field.state} = {NEVER} OR {field.complete}")
        parts = [self._define(self._listed(self.timeline, part)) for part in events.parts]
        return History(state, complete, parts[0] if len(parts) == 1 else self._united(parts))

    def told(self, history: History) -> str:
        """The list of the events, with all that may be said of each."""
        return history.listed

    def _united(self, parts: Sequence[str]) -> str:
        """The events of several parts in one order, each once: as a part has it for which it is certain, else as the first
        has it that speaks of it."""
        joined = ""
        for place, part in enumerate(parts):
            told = f"{{'seq': e.seq, 'unsure': e.doubt <> {CERTAIN}, 'place': {place}, 'e': e}}"
            placed = f"list_transform({part}, lambda e: {told})"
            joined = f"list_concat({joined}, {placed})" if joined else placed
        every = self._define(f"list_sort({joined})")
        once = f"list_filter({every}, lambda p, i: i = 1 OR {every}[i - 1].seq <> p.seq)"
        return self._define(f"list_transform({once}, lambda p: p.e)")

    def _listed(self, timeline: Timeline, events: Events) -> str:
        if events.kind == "staff_message":
            opening = self.opening(timeline)
            return f"list_filter({timeline.responses(events.counts)}, lambda e: e.seq <> {opening})"
        if events.kind == "customer_message":
            return timeline.of_kind(events.kind, {"doubt": str(CERTAIN)}, "role = 'customer'")
        done = timeline.done_by(events.by)
        if not events.values:
            return timeline.of_kind(events.kind, {"doubt": done}, f"{done} <> {FALSE}" if events.by else "")
        changes = self._changes(timeline, events, done)
        before = f"coalesce({changes}[i - 1].after, {FALSE})"
        theirs = f"OR e.done = {FALSE} " if events.by else ""
        otherwise = "e.done" if events.by else str(CERTAIN)
        doubt = (
            f"CASE WHEN e.after = {FALSE} {theirs}OR {before} = {TRUE} THEN {FALSE} WHEN e.after >= {FIRST_CAUSE} "
            f"THEN e.after WHEN {before} >= {FIRST_CAUSE} THEN {before} ELSE {otherwise} END"
        )
        told = f"{{'seq': e.seq, 'lo': e.lo, 'hi': e.hi, 'doubt': {doubt}}}"
        return f"list_filter(list_transform({changes}, lambda e, i: {told}), lambda e: e.doubt <> {FALSE})"

    def _changes(self, timeline: Timeline, events: Events, done: str = str(CERTAIN)) -> str:
        """All events of the kind, with whether what each brings is one of the values, and whether it is theirs who are asked
        for, if any are."""
        after = timeline.among("sv", "vv", events.values, self.words.get(events.kind))
        return timeline.of_kind(events.kind, {"after": after} | ({"done": done} if events.by else {}))

    def reverted(self, selection: Selection, until: str = "") -> str:
        """The number of the truth that what such an event brought has been taken back: that the latest event of the kind, of
        those before `until` if that is there, brought another value, whoever did it. Of several kinds none has values."""
        events = replace(selection.parts[0], by=())
        if not events.values or self.timeline is None:
            return str(FALSE)
        changes = self._changes(self.timeline, events)
        if until:
            changes = f"list_filter({changes}, lambda e: {until} IS NULL OR e.lo < {until})"
        still = self._define(f"coalesce({changes}[-1].after, {TRUE})")
        return self._define(f"CASE {still} WHEN {TRUE} THEN {FALSE} WHEN {FALSE} THEN {TRUE} ELSE {still} END")

    # --- the message that opened the ticket ---
    def opening(self, timeline: Timeline) -> str:
        """Its place among the events; -1 where no message did."""
        return self._define(f"CASE WHEN {self.opens()} THEN {timeline.opening().seq} ELSE -1 END")

    def opens(self) -> str:
        """Whether the first message of the ticket opened it: it is not later than the submission and, where the record says
        who opened the ticket, theirs."""
        assert self.timeline is not None
        message, sent = self.timeline.opening(), self.truths.fields.get("submitted")
        role = self.truths.fields.get("created_by_role")
        if sent is None or role is None or sent.measured is not None:
            return "false"
        theirs = f"{role.state} <> {VALUE} OR {message.role} = {role.value}"
        return self._define(f"coalesce({sent.state} = {VALUE} AND {message.lo} <= {sent.hi} AND ({theirs}), false)")

    def not_all(self) -> int:
        """The number of the cause that a list lacks which is not complete."""
        return self.truths.causes.number(Reason.MISSING, "events")

    def _define(self, expression: str) -> str:
        return self.truths.define(expression)
