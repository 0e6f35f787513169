"""Clocks that start again and again on tickets of which every event is certain, in SQL: over marks (see `marks`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from supportpolicy.engines.duckdb.certain import CertainHistories
from supportpolicy.engines.duckdb.clocks import Clocks
from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.duckdb.each_clock import EachClock, narrowed
from supportpolicy.engines.duckdb.histories import History
from supportpolicy.engines.duckdb.marks import Marks, instant_of
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.expr.nodes import Selection

_STARTS: Final = 1
_STOPS: Final = 2
"""The bits beside a mark that say what an event does."""


@dataclass(slots=True)
class CertainEach(EachClock):
    """The clocks of one demand, of which there is one list."""

    _spans: tuple[str, str, str] = field(init=False, default=("", "", ""))
    """The events that start clocks, those that stop them, and when the last one ends that none of these stops."""

    def relation(self, tickets: str, ruled: Callable[[str], str], used: frozenset[str] | None = None) -> str:
        """A query over a relation of tickets: `rec` and the columns asked for, or those of them that are `used`."""
        wanted = {text: name for text, name in self.columns.items() if used is None or name in used}
        told = "".join(f", {text} AS {name}" for text, name in wanted.items())
        cells = narrowed(tickets, self.words)
        begun, ended, until = self._spans
        listed = (
            f"SELECT *, unnest({begun}) AS begun, unnest({ended}) AS ended, generate_subscripts({begun}, 1) AS place, "
            f"{until} AS over FROM (\n{self.rows.select(cells, self._spans)}\n)"
        )
        members = {
            "variant": "0",
            "starts_at": instant_of("(begun >> 2)"),
            "stopped": f"CASE WHEN ended IS NOT NULL OR over IS NOT NULL THEN {VALUE} ELSE {NEVER} END",
            "stops_at": f"CASE WHEN ended IS NOT NULL THEN {instant_of('(ended >> 2)')} ELSE over END",
            "until": "ended IS NULL AND over IS NOT NULL",
        }
        opened = ", ".join(f"{text} AS {name}" for name, text in members.items())
        own = ("begun", "ended", "place", "over")
        rows = narrowed(listed, self.layers.words(wanted), *own)
        each = self.layers.select(ruled(f"(SELECT * EXCLUDE (begun, ended, over), {opened} FROM {rows})"), wanted)
        return f"SELECT rec{told} FROM (\n{each}\n) GROUP BY rec"

    def _ends(self) -> tuple[Found, Found]:
        return Found(str(VALUE), "starts_at", "starts_at"), Found("stopped", "stops_at", "stops_at")

    def _doubt(self, clocks: Clocks) -> str:
        del clocks  # none of them writes a doubt
        return NOTHING

    def _starts(self, clocks: Clocks) -> History:
        """Those that come after a moment, where they must."""
        histories, after = clocks.moments.histories, self.node.after
        starts = histories.of(self.node.start)
        if after is None:
            return starts
        moment = clocks.moments.start(after)
        assert isinstance(histories, CertainHistories)
        if histories.assumed is not None:  # else it is asked over the ticket besides
            histories.assume(f"{moment.state} IN ({VALUE}, {NEVER})")
        later = f"list_filter({starts.listed}, lambda e: {instant_of('e')} > {moment.hi})"
        return replace(starts, listed=clocks.define(f"CASE WHEN {moment.state} = {VALUE} THEN {later} END"))

    def _rows(self, clocks: Clocks) -> str:
        starts, stops = self._starts(clocks), clocks.moments.histories.of(self.node.stop)
        until, _ = self._until(clocks)
        over = "NULL::BIGINT"
        if until is not None:
            over = clocks.define(f"CASE WHEN {until.state} = {VALUE} THEN {until.lo} END")
        told = self._told_of(clocks) if self.node.after is None else ""
        steps = clocks.define(told or self._stepping(starts.listed, stops.listed))
        if until is not None:
            before = f"{over} IS NULL OR {instant_of('(e >> 2)')} < {over}"
            steps = clocks.define(f"list_filter({steps}, lambda e: {before})")
        runs = f"i > 1 AND ({steps}[i - 1] & {_STARTS}) <> 0"
        opens = f"(e & {_STARTS}) <> 0 AND ((e & {_STOPS}) <> 0 OR NOT ({runs}))"
        known = f"CASE WHEN {starts.state} = {VALUE} AND {starts.complete} THEN"
        begun = clocks.define(f"{known} list_filter({steps}, lambda e, i: {opens}) END")
        ended = clocks.define(f"{known} list_filter({steps}, lambda e, i: (e & {_STOPS}) <> 0 AND {runs}) END")
        self._spans = (begun, ended, over)
        return ", ".join(self._spans)

    def _told_of(self, clocks: Clocks) -> str:
        """All events in their order, each with what it does, as they are listed at once; empty where they cannot be. Of the
        message that opened the ticket, which no message is before, nothing is meant if it is one of the staff."""
        histories = clocks.moments.histories
        timeline = histories.timeline
        assert isinstance(timeline, Marks)
        parts = [(part, bit) for events, bit in self._bits() for part in events.parts]
        if any(part.values for part, _ in parts):
            return ""
        steps = timeline.steps(parts)
        if all(part.kind != "staff_message" for part, _ in parts):
            return steps
        opened = f"({steps}[1] >> 2) = {histories.opening(timeline)} AND {timeline.opening()}.kind = 'staff_message'"
        return f"CASE WHEN {opened} THEN {steps}[2:] ELSE {steps} END"

    def _bits(self) -> list[tuple[Selection, int]]:
        return [(self.node.start, _STARTS), (self.node.stop, _STOPS)]

    def _stepping(self, starts: str, stops: str) -> str:
        """All events in their order, each with what it does."""
        begins, ends, only = f"(e << 2) | {_STARTS}", f"(e << 2) | {_STOPS}", stops
        kinds = {part.kind for part in self.node.start.parts} & {part.kind for part in self.node.stop.parts}
        if kinds:
            both = f"CASE WHEN list_contains({stops}, e) THEN {_STOPS} ELSE 0 END"
            begins = f"(e << 2) | {_STARTS} | {both}"
            only = f"list_filter({stops}, lambda e: NOT coalesce(list_contains({starts}, e), false))"
        told = (f"list_transform({starts}, lambda e: {begins})", f"list_transform({only}, lambda e: {ends})")
        return f"list_sort(list_concat({', '.join(told)}))"
