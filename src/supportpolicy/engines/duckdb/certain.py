"""Histories, moments and pauses of tickets of which every event is certain, in SQL: over marks (see `marks`).

What is written here means for such tickets what `histories`, `moments` and `pauses` write for all. What must be so besides
is put down as `assumed`, over the ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from supportpolicy.engines.duckdb.codes import FALSE, FIRST_CAUSE, NEVER, TRUE, VALUE
from supportpolicy.engines.duckdb.histories import Histories, History
from supportpolicy.engines.duckdb.marks import Marks, instant_of
from supportpolicy.engines.duckdb.moments import Moments
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.pauses import EVER, Pauses, Spans, Standing, Stood, clamped
from supportpolicy.engines.duckdb.timelines import CERTAIN, Timeline
from supportpolicy.engines.duckdb.truths import Columns
from supportpolicy.expr.nodes import Counted, Events, Pause, Selection
from supportpolicy.model.step_table import StepTable


class UnheardError(Exception):
    """What a rule asks cannot be told of certain tickets apart: all are judged with their doubts."""


@dataclass(slots=True)
class CertainHistories(Histories):
    """Writes the events that are meant, as lists of their marks. `assumed` takes up the conditions of tickets that are
    certain, None where conditions would hang on what only one clock has."""

    assumed: list[str] | None = None

    def assume(self, condition: str) -> None:
        """What is true of a ticket that is certain."""
        if self.assumed is None:
            raise UnheardError
        if condition not in self.assumed:
            self.assumed.append(condition)

    def replies(self, timeline: Timeline, counts: Sequence[Counted]) -> str:
        """The responses but the message that opened the ticket, which no message is before."""
        responses, opening = timeline.responses(counts), self.opening(timeline)
        return self._define(f"CASE WHEN {responses}[1] = {opening} THEN {responses}[2:] ELSE {responses} END")

    def told(self, history: History) -> str:
        """The events as such a list as there would be of those that are in doubt."""
        event = f"{{'seq': m, 'lo': {instant_of('m')}, 'hi': {instant_of('m')}, 'doubt': {CERTAIN}}}"
        return self._define(f"list_transform({history.listed}, lambda m: {event})")

    def _united(self, parts: Sequence[str]) -> str:
        return self._define(f"list_sort(list_distinct(list_concat({', '.join(parts)})))")

    def _listed(self, timeline: Timeline, events: Events) -> str:
        if events.kind == "staff_message":
            return self.replies(timeline, events.counts)
        if events.kind == "customer_message":
            return timeline.of_kind(events.kind, {"doubt": str(CERTAIN)}, "role = 'customer'")
        done = timeline.done_by(events.by)
        if not events.values:
            return timeline.of_kind(events.kind, {"doubt": done})
        changes = self._changes(timeline, events, done)
        brought = f"(e & 3) = 3 AND (i = 1 OR ({changes}[i - 1] & 1) = 0)"
        return f"list_transform(list_filter({changes}, lambda e, i: {brought}), lambda e: e >> 2)"

    def reverted(self, selection: Selection, until: str = "") -> str:
        """The number of the truth that what such an event brought has been taken back."""
        events = replace(selection.parts[0], by=())
        if not events.values or self.timeline is None:
            return str(FALSE)
        changes = self._changes(self.timeline, events)
        if until:
            changes = f"list_filter({changes}, lambda e: {until} IS NULL OR {instant_of('(e >> 2)')} < {until})"
        return self._define(f"CASE WHEN coalesce({changes}[-1] & 1, {TRUE}) = {TRUE} THEN {FALSE} ELSE {TRUE} END")


@dataclass(slots=True)
class CertainMoments(Moments):
    """Writes moments that are exact where they come."""

    def response_among(self, timeline: Timeline, counts: tuple[Counted, ...], start: Found) -> tuple[Found, str]:
        """The first event that is a response. That the list says nothing would be a doubt."""
        assert isinstance(self.histories, CertainHistories)
        since = self._since(self.histories.replies(timeline, counts), start.lo)
        return self._first_among(since, "true", start.lo), "false"

    def _first_customer_message(self) -> Found:
        found = Moments._first_customer_message(self)
        return replace(found, hi=found.lo)

    def _since(self, listed: str, at: str) -> str:
        return self._define(f"list_filter({listed}, lambda e: {instant_of('e')} >= {at})")

    def _first_among(self, among: str, complete: str, since: str) -> Found:
        """What is missing from a list, or lies before it, would be a doubt."""
        del complete, since
        first = self._define(f"{among}[1]")
        at = self._define(instant_of(first))
        return Found(f"CASE WHEN {first} IS NULL THEN {NEVER} ELSE {VALUE} END", at, at)

    def _last(self, events: Selection, since: str, stop: Columns | None) -> Found:
        history, until = self.histories.of(events), ""
        if stop is not None and stop.measured is None:
            until = self._define(
                f"CASE WHEN {stop.state} = {VALUE} AND {stop.lo} <= {self.truths.audit} THEN {stop.lo} END"
            )
        reverted = self.histories.reverted(events, until)
        if stop is not None:
            assert isinstance(self.histories, CertainHistories)
            self.histories.assume(f"{stop.state} < {FIRST_CAUSE}")
        before = f" AND ({until} IS NULL OR {instant_of('e')} < {until})" if until else ""
        among = f"{instant_of('e')} >= {since}{before}"
        last = self._define(f"list_filter({history.listed}, lambda e: {among})[-1]")
        at = self._define(instant_of(last))
        state = f"CASE WHEN {last} IS NULL OR {reverted} = {TRUE} THEN {NEVER} ELSE {VALUE} END"
        return self._told(history, Found(state, at, at))


def _stood(turns: str, since: str, until: str) -> str:
    """For how long a clock stood between two amounts of open time, that came to stand and went on in turns."""
    clamped = f"least(greatest(f, {since}), {until})"
    signed = f"list_transform({turns}, lambda f, i: CASE WHEN i % 2 = 1 THEN -{clamped} ELSE {clamped} END)"
    return f"coalesce(CASE WHEN {until} > {since} THEN list_sum({signed})::BIGINT END, 0)"


@dataclass(slots=True)
class CertainPauses(Pauses):
    """Writes the pauses of a ticket's clock, each of which is certain: as one list of what F was when the clock came to
    stand, went on, came to stand ..."""

    stood: Stood = field(default=_stood, init=False)

    def standing(self, pause: Pause, table: StepTable | None) -> Standing:
        """Whether it stands at the audit instant."""
        _, stands = self._turns(pause, table)
        return Standing(stands, stands, NOTHING)

    def spans(self, pause: Pause, table: StepTable | None) -> Spans:
        """The pauses as F on a calendar, None for `24x7`."""
        turns, _ = self._turns(pause, table)
        return Spans(turns, turns)

    def _turns(self, pause: Pause, table: StepTable | None) -> tuple[str, str]:
        """The list, and whether the clock stands at the audit instant."""
        histories = self.histories
        timeline = histories.timeline
        assert isinstance(histories, CertainHistories)
        assert isinstance(timeline, Marks)
        first = self._at_first(pause, timeline)
        histories.assume(f"{first} <= {TRUE}")
        after = self._stands(pause, self._among(timeline, pause, "sv", "vv"))
        changes, opened = timeline.standing(pause.field, timeline.truth(after), table)
        before = f"CASE WHEN i = 1 THEN {first} ELSE {changes}[i - 1] & 1 END"
        turns = self._define(f"list_filter({opened}, lambda f, i: ({changes}[i] & 1) <> {before})")
        last = self._define(f"coalesce({changes}[-1] & 1, {first})")
        audit = histories.truths.audit
        now = audit if table is None else clamped(table, audit)
        began, ended = (f"CASE WHEN {one} = {TRUE} THEN [{at}::BIGINT] END" for one, at in ((first, EVER), (last, now)))
        return self._define(f"list_concat({began}, {turns}, {ended})"), self._define(f"{last} = {TRUE}")
