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
from supportpolicy.engines.duckdb.marks import filtered, instant_of
from supportpolicy.engines.duckdb.outermost import NOTHING, Found

_STARTS: Final = 1
_STOPS: Final = 2
_BITS: Final = _STARTS | _STOPS
"""The bits of a mark that say what an event does, where something else stood."""


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
            "starts_at": instant_of("begun"),
            "stopped": f"CASE WHEN ended IS NOT NULL OR over IS NOT NULL THEN {VALUE} ELSE {NEVER} END",
            "stops_at": f"CASE WHEN ended IS NOT NULL THEN {instant_of('ended')} ELSE over END",
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
        steps = clocks.define(self._at_once(clocks) or self._stepping(starts.listed, stops.listed))
        if until is not None:
            before = f"{over} IS NULL OR {instant_of('e')} < {over}"
            steps = clocks.define(f"list_filter({steps}, lambda e: {before})")
        runs = f"i > 1 AND ({steps}[i - 1] & {_STARTS}) <> 0"
        opens = f"(e & {_STARTS}) <> 0 AND ((e & {_STOPS}) <> 0 OR NOT ({runs}))"
        known = f"CASE WHEN {starts.state} = {VALUE} AND {starts.complete} THEN"
        begun = clocks.define(f"{known} list_filter({steps}, lambda e, i: {opens}) END")
        ended = clocks.define(f"{known} list_filter({steps}, lambda e, i: (e & {_STOPS}) <> 0 AND {runs}) END")
        self._spans = (begun, ended, over)
        return ", ".join(self._spans)

    def _at_once(self, clocks: Clocks) -> str:
        """All events in their order, each with what it does, if they stand in one list; else nothing."""
        histories = clocks.moments.histories
        assert isinstance(histories, CertainHistories)
        meant = [(histories.meant(part), _STARTS) for part in self.node.start.parts]
        meant += [(histories.meant(part), _STOPS) for part in self.node.stop.parts]
        if self.node.after is not None or len({one.listed for one, _ in meant}) > 1:
            return ""
        told = " | ".join(f"CASE WHEN {one.condition} THEN {bit} ELSE 0 END" for one, bit in meant)
        steps = f"list_transform({meant[0][0].listed}, lambda e, i: (e & ~{_BITS}) | {told})"
        return filtered(steps, f"(e & {_BITS}) <> 0")

    def _stepping(self, starts: str, stops: str) -> str:
        """All events in their order, each with what it does."""
        begins, ends, only = f"(e & ~{_BITS}) | {_STARTS}", f"(e & ~{_BITS}) | {_STOPS}", stops
        kinds = {part.kind for part in self.node.start.parts} & {part.kind for part in self.node.stop.parts}
        if kinds:
            both = f"CASE WHEN list_contains({stops}, e) THEN {_STOPS} ELSE 0 END"
            begins = f"{begins} | {both}"
            only = f"list_filter({stops}, lambda e: NOT coalesce(list_contains({starts}, e), false))"
        told = (f"list_transform({starts}, lambda e: {begins})", f"list_transform({only}, lambda e: {ends})")
        return f"list_sort(list_concat({', '.join(told)}))"
