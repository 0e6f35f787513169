"""Histories, moments and pauses of tickets of which every event is certain, in SQL: over marks (see `marks`).

What is written here means for such tickets what `histories`, `moments` and `pauses` write for all. What must be so besides
is put down as `assumed`, over the ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from supportpolicy.engines.duckdb.codes import FALSE, FIRST_CAUSE, NEVER, TRUE, VALUE
from supportpolicy.engines.duckdb.histories import Histories, History
from supportpolicy.engines.duckdb.layers import Members
from supportpolicy.engines.duckdb.marks import Marks, Meant, filtered, instant_of
from supportpolicy.engines.duckdb.moments import Moments
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.pauses import EVER, Pauses, Spans, Standing, Stood, clamped
from supportpolicy.engines.duckdb.rulers import Rulers
from supportpolicy.engines.duckdb.timelines import CERTAIN, Timeline, accrued
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
    _meant: dict[str, Meant] = field(default_factory=dict, init=False)

    def assume(self, condition: str) -> None:
        """What is true of a ticket that is certain."""
        if self.assumed is None:
            raise UnheardError
        if condition not in self.assumed:
            self.assumed.append(condition)

    @property
    def marks(self) -> Marks:
        """The events."""
        assert isinstance(self.timeline, Marks)
        return self.timeline

    def replies(self, counts: Sequence[Counted]) -> str:
        """The responses but the message that opened the ticket."""
        return self._those(self._replies(counts))

    def since(self, listed: str, at: str) -> str:
        """Those of a list that lie at an instant or later; taken from where the list itself is."""
        meant = self._meant.get(listed, Meant(listed, "true"))
        return self._define(filtered(meant.listed, f"{meant.condition} AND {instant_of('e')} >= {at}"))

    def meant(self, events: Events) -> Meant:
        """Which events are meant."""
        if events.kind == "staff_message":
            return self._replies(events.counts)
        if events.kind == "customer_message":
            return self.marks.from_customer()
        if events.values:
            return self.marks.brought(events.kind, events.by, self._after(events))
        return self.marks.done(events.kind, events.by)

    def told(self, history: History) -> str:
        """The events as such a list as there would be of those that are in doubt."""
        event = f"{{'seq': m, 'lo': {instant_of('m')}, 'hi': {instant_of('m')}, 'doubt': {CERTAIN}}}"
        return self._define(f"list_transform({history.listed}, lambda m: {event})")

    def _united(self, parts: Sequence[str]) -> str:
        return self._define(f"list_sort(list_distinct(list_concat({', '.join(parts)})))")

    def _listed(self, timeline: Timeline, events: Events) -> str:
        assert timeline is self.timeline
        return self._those(self.meant(events))

    def reverted(self, selection: Selection, until: str = "") -> str:
        """The number of the truth that what such an event brought has been taken back."""
        events = selection.parts[0]
        if not events.values or self.timeline is None:
            return str(FALSE)
        kept = self.marks.kept(events.kind, self._after(events), until)
        return self._define(f"CASE WHEN coalesce({kept}, true) THEN {FALSE} ELSE {TRUE} END")

    def _replies(self, counts: Sequence[Counted]) -> Meant:
        return self.marks.answers(counts, self.opens())

    def _after(self, events: Events) -> str:
        return self.marks.among("sv", "vv", events.values, self.words.get(events.kind))

    def _those(self, meant: Meant) -> str:
        name = self._define(filtered(meant.listed, meant.condition))
        self._meant[name] = meant
        return name


@dataclass(slots=True)
class CertainMoments(Moments):
    """Writes moments that are exact where they come."""

    def response_among(self, timeline: Timeline, counts: tuple[Counted, ...], start: Found) -> tuple[Found, str]:
        """The first event that is a response. That the list says nothing would be a doubt."""
        del timeline  # it is the histories'
        assert isinstance(self.histories, CertainHistories)
        since = self.histories.since(self.histories.replies(counts), start.lo)
        return self._first_among(since, "true", start.lo), "false"

    def _since(self, listed: str, at: str) -> str:
        assert isinstance(self.histories, CertainHistories)
        return self.histories.since(listed, at)

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
    # What was up to one turn is taken from the amount at the next: after an even number of them stand all stretches.
    told = f"list_reduce({turns}, lambda up, f: {clamped} - up, 0::BIGINT)"
    return f"coalesce(CASE WHEN {until} > {since} THEN {told} END, 0)"


@dataclass(slots=True)
class CertainPauses(Pauses):
    """Writes the pauses of a ticket's clock, each of which is certain: as one list of what F was when the clock came to
    stand, went on, came to stand ..."""

    stood: Stood = field(default=_stood, init=False)

    def standing(self, pause: Pause, table: StepTable | None) -> Standing:
        """Whether it stands at the audit instant, having come to stand or gone on with each turn."""
        del table
        first, turns = self._turns(pause)
        stands = self._define(f"{first} <> coalesce(len({turns}), 0) % 2")
        return Standing(stands, stands, NOTHING)

    def spans(self, pause: Pause, table: StepTable | None) -> Spans:
        """The pauses as F on a calendar, None for `24x7`."""
        first, turns = self._turns(pause)
        histories = self.histories
        assert isinstance(histories, CertainHistories)
        if table is None:
            at, now = f"list_transform({turns}, lambda x: {instant_of('x')})", histories.truths.audit
        else:
            at, _ = accrued(Rulers(histories.marks.store, Members(turns, self._define)), instant_of("x"), table)
            now = clamped(table, histories.truths.audit)
        began = f"CASE WHEN {first} = {TRUE} THEN [{EVER}::BIGINT] END"
        ended = f"CASE WHEN {self.standing(pause, table).stands} THEN [{now}::BIGINT] END"
        told = self._define(f"list_concat({began}, {at}, {ended})")
        return Spans(told, told)

    def _turns(self, pause: Pause) -> tuple[str, str]:
        """Whether the clock stands before the first change, and with which changes that turns."""
        histories = self.histories
        assert isinstance(histories, CertainHistories)
        first = self._at_first(pause, histories.marks)
        histories.assume(f"{first} <= {TRUE}")
        after = self._stands(pause, self._among(histories.marks, pause, "sv", "vv"))
        return first, self._define(histories.marks.turns(pause.field, after, first))
