"""Clocks that start again and again, in SQL: a row for each, judged like any clock, and what they say together.

Of one ticket there may be several lists of clocks: by those events alone that are certainly meant, which is what is told
of; and where that is in doubt, such that each clock is as short, and as long, as it may be; all of them once more up to the
latest instant at which the last clock may have ended. Only where all of them say the same there is a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from supportpolicy.engines.duckdb.clocks import Clock, Clocks, Sum
from supportpolicy.engines.duckdb.codes import (
    APPLIES_NOT,
    ELAPSED,
    FAILS,
    FALSE,
    FIRST_CAUSE,
    NEVER,
    PASSES,
    PERHAPS,
    RUNS,
    VALUE,
)
from supportpolicy.engines.duckdb.facts_then import Earlier
from supportpolicy.engines.duckdb.histories import History
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.placing import lies_after
from supportpolicy.engines.duckdb.timelines import CERTAIN
from supportpolicy.engines.duckdb.truths import Columns
from supportpolicy.expr.nodes import EachWithin, moment_field, reads
from supportpolicy.model.cell import Reason

_CERTAIN: Final = 0
_CERTAIN_LATER: Final = 1
_BEST: Final = (2, 3)
_WORST: Final = (4, 5)
"""The numbers of the lists, up to the earliest end and up to the latest."""
_MANY: Final = 1 << 40
"""More than a ticket has clocks."""

_COLUMN: Final = re.compile("[a-z]+[0-9]+(?:_[0-9]+)?")
_MANY_STEPS: Final = 1 << 30
_SURE: Final = f"lambda e: e.doubt = {CERTAIN}"
_UNSURE: Final = f"lambda e: e.doubt <> {CERTAIN}"

Ground = Callable[[Callable[[str], str]], Clocks]
"""Makes what writes over another relation; it is given the `define` of that."""


@dataclass(slots=True)
class EachClock:
    """The clocks of one demand. What is asked of them becomes a column of `relation`, which has a row for each ticket that
    has clocks. `ground` makes what writes over another relation of the same tickets."""

    index: int
    node: EachWithin
    ground: Ground
    rows: Layers = field(init=False)
    layers: Layers = field(init=False)
    columns: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(init=False)
    _clocks: Clocks = field(init=False)
    _listed: str = field(init=False)
    _code: str = field(init=False)
    _weight: str = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.layers = Layers("", "f"), Layers("", "g")
        self._listed = self._rows(self.ground(self.rows.define))
        self._clocks = clocks = self.ground(self.layers.define)
        start, stop = self._ends()
        truths = clocks.facts.put(self.node.as_of, start, stop)
        measure = clocks.limits.measure(self.node.limit, start, truths, self.node.pause)
        self.clock = Clock(start, stop, start, stop, "", truths, measure, self.node.stop.name, False)
        ran = clocks.ran(self.clock) if measure.chosen.measured() else measure.barred
        barred = f"WHEN {measure.barred} IS NOT NULL THEN {measure.barred} " if measure.barred else ""
        self._code = self.layers.define(f"CASE {barred}ELSE {ran} END" if barred else ran)
        weights = f"WHEN {FAILS} THEN 4 WHEN {RUNS} THEN 2 WHEN {PASSES} THEN 1 WHEN {APPLIES_NOT} THEN 0"
        self._weight = self.layers.define(f"(CASE {self._code} {weights} ELSE 3 END) * {_MANY} - place")

    def _ends(self) -> tuple[Found, Found]:
        """The start and the stop of a clock, as its row tells of them."""
        return Found(str(VALUE), "starts_at", "starts_by"), Found("stopped", "stops_at", "stops_by")

    def relation(self, tickets: str, ruled: Callable[[str], str], used: frozenset[str] | None = None) -> str:
        """A query over a relation of tickets: `rec` and every column that was asked for, or those of them that are `used`.
        `ruled` gives a relation its rulers."""
        wanted = {text: name for text, name in self.columns.items() if used is None or name in used}
        told = "".join(f", {text} AS {name}" for text, name in wanted.items())
        members = ("variant", "place", "starts_at", "starts_by", "stopped", "stops_at", "stops_by", "until")
        opened = ", ".join(f"one.{name} AS {name}" for name in members)
        cells = narrowed(tickets, self.words)
        listed = f"SELECT *, unnest({self._listed}) AS one FROM (\n{self.rows.select(cells, [self._listed])}\n)"
        rows = narrowed(listed, self.layers.words(wanted), "one")
        each = self.layers.select(ruled(f"(SELECT * EXCLUDE (one), {opened} FROM {rows})"), wanted)
        return f"SELECT rec{told} FROM (\n{each}\n) GROUP BY rec"

    @property
    def words(self) -> frozenset[str]:
        """The names of columns, and other words, that the clocks are made of."""
        return self.rows.words([self._listed]) | self.layers.words(self.columns)

    # --- what they say ---
    def write(self, clocks: Clocks) -> str:
        """The number of the outcome; `clocks` writes over the tickets."""
        histories, unknown = clocks.moments.histories, clocks.outcomes.unknown
        starts, stops = self._starts(clocks), histories.of(self.node.stop)
        found = clocks.define(f"coalesce({self.outcome()}, {APPLIES_NOT})")
        doubt = self._doubt(clocks)
        doubt = doubt if doubt == NOTHING else clocks.define(doubt)
        arms = [
            f"WHEN {starts.state} <> {VALUE} THEN {unknown} + {starts.state}",
            f"WHEN {stops.state} <> {VALUE} THEN {unknown} + {stops.state}",
            f"WHEN NOT {starts.complete} THEN {unknown} + {histories.not_all()}",
            f"WHEN {found} = {APPLIES_NOT} AND {doubt} IS NULL THEN {APPLIES_NOT}",
        ]
        until, name = self._until(clocks)
        if until is not None:
            other = clocks.outcomes.missing(Reason.OTHER_CLOCK, name)
            arms.append(f"WHEN {until.state} = {ELAPSED} THEN {other}")
            if until.doubt != NOTHING:
                arms.append(f"WHEN {until.state} = {PERHAPS} THEN {unknown} + {until.doubt}")
            arms.append(f"WHEN {until.state} >= {FIRST_CAUSE} THEN {unknown} + {until.state}")
        if doubt != NOTHING:
            differ = " OR ".join(
                f"coalesce({self.outcome(n)}, {APPLIES_NOT}) <> {found}" for n in (_BEST[0], _WORST[0])
            )
            arms.append(f"WHEN {doubt} IS NOT NULL AND ({differ}) THEN {unknown} + {doubt}")
        if until is not None and until.lo != until.hi:
            inexact = f"{until.state} = {VALUE} AND {until.lo} <> {until.hi}"
            differ = " OR ".join(
                f"coalesce({self.outcome(n)}, {APPLIES_NOT}) <> {found}" for n in (_BEST[1], _WORST[1])
            )
            if doubt != NOTHING:
                arms.append(f"WHEN {doubt} IS NOT NULL AND {inexact} AND ({differ}) THEN {unknown} + {doubt}")
            coarse = clocks.outcomes.missing(Reason.TOO_COARSE, name)
            later = f"coalesce({self.outcome(_CERTAIN_LATER)}, {APPLIES_NOT})"
            arms.append(f"WHEN {inexact} AND {later} <> {found} THEN {coarse}")
        return f"CASE {' '.join(arms)} ELSE {found} END"

    def outcome(self, variant: int = _CERTAIN) -> str:
        """The outcome of the clock that weighs most in one of the lists, the first of equals; null where there is none."""
        return self._column(f"arg_max({self._code}, {self._weight}) FILTER (variant = {variant})")

    def clear(self, clocks: Clocks) -> str:
        """Whether it is certain that there were the clocks that are told of and no others."""
        histories = clocks.moments.histories
        starts, stops = histories.of(self.node.start), histories.of(self.node.stop)
        told = [f"{starts.state} = {VALUE}", f"{stops.state} = {VALUE}", starts.complete]
        told.append(f"{clocks.define(self._doubt(clocks))} IS NULL")
        until, _ = self._until(clocks)
        if until is not None:
            none = f"coalesce({self.outcome()}, {APPLIES_NOT}) = {APPLIES_NOT}"
            known = f"{until.state} = {VALUE}"
            if until.lo != until.hi:
                pairs = zip(self.counted(), self.counted(_CERTAIN_LATER), strict=True)
                same = " AND ".join(f"{one} = {other}" for one, other in pairs)
                known += f" AND ({until.lo} = {until.hi} OR ({same}))"
            told.append(f"({none} OR {until.state} = {NEVER} OR ({known}))")
        return f"coalesce({' AND '.join(told)}, false)"

    def counted(self, variant: int = _CERTAIN) -> list[str]:
        """How many clocks of a list pass, fail, run on and are not known."""
        kinds = [f"= {PASSES}", f"= {FAILS}", f"= {RUNS}", f"> {APPLIES_NOT}"]
        columns = [self._column(f"count(*) FILTER (variant = {variant} AND {self._code} {kind})") for kind in kinds]
        return [f"coalesce({column}, 0)" for column in columns]

    def late(self) -> str:
        """By how much the latest of those clocks that failed exceeded the limit."""
        late = self._clocks.late(self.clock)
        return self._column(f"max({late}) FILTER (variant = {_CERTAIN} AND {self._code} = {FAILS})")

    def number(self, failed: bool = False) -> str:
        """How many clocks there are, or how many of them failed."""
        among = f" AND {self._code} = {FAILS}" if failed else ""
        return f"coalesce({self._column(f'count(*) FILTER (variant = {_CERTAIN}{among})')}, 0)"

    # --- the clock that weighs most, for evidence ---
    def worst(self, expression: str) -> str:
        """What is said of the clock that weighs most."""
        if expression == NOTHING:
            return NOTHING
        return self._column(f"arg_max_null({expression}, {self._weight}) FILTER (variant = {_CERTAIN})")

    def shown(self) -> Clock:
        """That clock, as the ticket's columns tell of it."""
        start, stop = (
            replace(found, state=self.worst(found.state), lo=self.worst(found.lo), hi=self.worst(found.hi))
            for found in (self.clock.start, self.clock.stop)
        )
        measure = replace(self.clock.measure, chosen=replace(self.clock.measure.chosen, number=self._chosen()))
        fields = {name: self._as_was(name) for name in reads(self.node.limit)}
        truths = replace(self.clock.truths, fields={**self.clock.truths.fields, **fields})
        return replace(self.clock, start=start, stop=stop, measure=measure, truths=truths)

    def _chosen(self) -> str:
        number = self.clock.measure.chosen.number
        return number if number.isdigit() else self.worst(number)

    def _as_was(self, name: str) -> Columns:
        column = self.clock.truths.fields[name]
        if not isinstance(column, Earlier):
            return column
        then = (self.worst(column.state), self.worst(column.value), self.worst(column.detail))
        return replace(column, then=then)

    def asked(self) -> tuple[list[tuple[str, ...]], str]:
        """The fields that may have chosen its limit, and the expression of the place among these of its own."""
        names, place = self._clocks.limits.asked(self.node.limit, self.clock.truths)
        return names, place if place.isdigit() else self.worst(place)

    def sum(self) -> Sum:
        """What there is to add up of it."""
        told = self._clocks.sum(self.clock)
        return Sum(**{
            name: value if (value := getattr(told, name)) in ("true", "false") or value.isdigit() else self.worst(value)
            for name in Sum.__slots__
        })  # fmt: skip

    def runs(self) -> str:
        """Whether it runs, and is open."""
        return f"{self.worst('stopped')} = {NEVER} AND {self.worst(self._code)} = {RUNS}"

    # --- rows ---
    def _until(self, clocks: Clocks) -> tuple[Found | None, str]:
        if self.node.until is None:
            return None, ""
        return clocks.moments.start(self.node.until), moment_field(self.node.until)

    def _starts(self, clocks: Clocks) -> History:
        """The events that start clocks; where they must come after a moment, one of which that is not known may be none."""
        starts, after = clocks.moments.histories.of(self.node.start), self.node.after
        if after is None:
            return starts
        later = lies_after(clocks.moments.truths, clocks.moments.start(after), moment_field(after))
        placed = clocks.define(f"list_transform({starts.listed}, lambda e: {later})")
        doubt = f"CASE WHEN e.doubt = {CERTAIN} OR {placed}[i] = {FALSE} THEN {placed}[i] ELSE e.doubt END"
        told = f"{{'seq': e.seq, 'lo': e.lo, 'hi': e.hi, 'doubt': {doubt}}}"
        every = f"list_transform({starts.listed}, lambda e, i: {told})"
        return replace(starts, listed=clocks.define(f"list_filter({every}, lambda e: e.doubt <> {FALSE})"))

    def _doubt(self, clocks: Clocks) -> str:
        """The cause of the first doubt about an event."""
        doubtful = f"lambda e: e.doubt <> {CERTAIN}"
        starts, stops = self._starts(clocks).listed, self._placed(clocks)
        one, other = (clocks.define(f"list_filter({listed}, {doubtful})[1]") for listed in (starts, stops))
        return f"CASE WHEN {other} IS NULL OR {one}.seq <= {other}.seq THEN {one}.doubt ELSE {other}.doubt END"

    def _placed(self, clocks: Clocks) -> str:
        """The stops; one whose order with a start is not known, since neither is exact, may be none."""
        starts, stops = self._starts(clocks).listed, clocks.moments.histories.of(self.node.stop).listed
        coarse = clocks.moments.truths.causes.number(Reason.TOO_COARSE, "events")
        beside = "s.seq <> e.seq AND (e.lo <> e.hi OR s.lo <> s.hi) AND e.lo <= s.hi AND s.lo <= e.hi"
        unordered = f"coalesce(len(list_filter({starts}, lambda s: {beside})), 0) > 0"
        doubt = f"CASE WHEN e.doubt = {CERTAIN} AND {unordered} THEN {coarse} ELSE e.doubt END"
        exact = clocks.define(
            f"coalesce(len(list_filter({starts}, lambda e: e.lo <> e.hi)), 0) "
            f"+ coalesce(len(list_filter({stops}, lambda e: e.lo <> e.hi)), 0) = 0"
        )
        told = f"{{'seq': e.seq, 'lo': e.lo, 'hi': e.hi, 'doubt': {doubt}}}"
        return clocks.define(f"CASE WHEN {exact} THEN {stops} ELSE list_transform({stops}, lambda e: {told}) END")

    def _rows(self, clocks: Clocks) -> str:
        """The lists of all clocks of a ticket, one after the other."""
        starts = self._starts(clocks)
        stops, doubt = self._placed(clocks), clocks.define(self._doubt(clocks))
        until, _ = self._until(clocks)
        since = by = "NULL::BIGINT"
        if until is not None:
            since, by = (
                clocks.define(f"CASE WHEN {until.state} = {VALUE} THEN {at} END") for at in (until.lo, until.hi)
            )
        doubted = (f"CASE WHEN {doubt} IS NOT NULL THEN {told} END" for told in (starts.listed, stops))
        listed = _Lists(*map(clocks.define, doubted))
        certain = [clocks.define(f"list_filter({told}, {_SURE})") for told in (starts.listed, stops)]
        told = [self._run(clocks, _CERTAIN, self._steps(clocks, *certain), since, since, by)]
        best, worst = self._best(clocks, listed), self._worst(clocks, listed)
        cuts = [since]
        if until is not None:
            later = [clocks.define(f"CASE WHEN {since} <> {by} THEN {each} END") for each in certain]
            told.append(self._run(clocks, _CERTAIN_LATER, self._steps(clocks, *later), by, since, by))
            cuts.append(by)
        for n, cut in enumerate(cuts):
            told.append(self._run(clocks, _BEST[n], best, cut, since, by))
            told.append(self._run(clocks, _WORST[n], worst, cut, since, by))
            told.append(self._beside(clocks, _WORST[n], listed, cut, since, by))
        known = f"{starts.state} = {VALUE} AND {starts.complete}"
        joined = told[0]
        for more in told[1:]:
            joined = f"list_concat({joined}, {more})"
        return clocks.define(f"CASE WHEN {known} THEN {joined} END")

    def _best(self, clocks: Clocks, listed: _Lists) -> str:
        """The steps by which each clock is as short as it may be: all stops count, and of the starts those that are certain.
        What would be both only links two clocks, so that none starts with it before the first that is certain."""
        starts = clocks.define(f"list_filter({listed.starts}, {_SURE})")
        if self.node.start != self.node.stop:
            return self._steps(clocks, starts, listed.stops)
        doubtful = f"list_transform(list_filter({listed.starts}, {_UNSURE}), lambda e: e.seq)"
        linking = f"e.doubt <> {CERTAIN} AND coalesce(list_contains({clocks.define(doubtful)}, e.seq), false)"
        return self._steps(clocks, starts, listed.stops, linking)

    def _worst(self, clocks: Clocks, listed: _Lists) -> str:
        """The steps by which each clock is as long as it may be: all starts count, and of the stops those that are certain.
        What may be both stands beside them."""
        both = self._both(clocks, listed)
        starts = clocks.define(f"list_filter({listed.starts}, lambda e: e.doubt = {CERTAIN} OR NOT {both})")
        return self._steps(clocks, starts, clocks.define(f"list_filter({listed.stops}, {_SURE})"))

    def _both(self, clocks: Clocks, listed: _Lists) -> str:
        """Whether the start `e` may be a stop, too."""
        doubtful = f"list_transform(list_filter({listed.stops}, {_UNSURE}), lambda e: e.seq)"
        return f"coalesce(list_contains({clocks.define(doubtful)}, e.seq), false)"

    def _beside(self, clocks: Clocks, variant: int, listed: _Lists, cut: str, since: str, by: str) -> str:
        """A clock from each event that may be both a start and a stop, if no other such event is one."""
        before = f"({cut} IS NULL OR e.lo < {cut})"
        both = f"e.doubt <> {CERTAIN} AND {self._both(clocks, listed)} AND {before}"
        begun = clocks.define(f"list_filter({listed.starts}, lambda e: {both})")
        ended = clocks.define(f"list_filter({listed.stops}, lambda e: e.doubt = {CERTAIN} AND {before})")
        stop = f"list_filter({ended}, lambda s: s.seq > e.seq)[1]"
        told = _told(variant, f"{_MANY_STEPS} + i", stop, since, by)
        return clocks.define(f"coalesce(list_transform({begun}, lambda e, i: {told}), [])")

    def _steps(self, clocks: Clocks, starts: str, stops: str, links: str = "false") -> str:
        """The events in their order: each stop after the starts with which it may be simultaneous. `links` is whether the
        stop `e` starts a clock where it has stopped one."""
        starting = clocks.define(f"list_transform({starts}, lambda e: e.seq)")
        stopping = clocks.define(f"list_transform({stops}, lambda e: e.seq)")
        beside = (
            f"list_max(list_transform(list_filter({starts}, lambda s: s.lo <= e.hi AND e.lo <= s.hi), lambda s: s.lo))"
        )
        place = f"CASE WHEN e.lo = e.hi THEN e.lo ELSE greatest(e.lo, coalesce({beside}, e.lo)) END"

        def step(at: str, later: str, begins: str, ends: str, linking: str) -> str:
            members = {"p": at, "k": later, "q": "e.seq", "lo": "e.lo", "hi": "e.hi"}
            members |= {"starts": begins, "stops": ends, "links": linking}
            return _struct(members)

        begun = step("e.lo", "0", "true", f"coalesce(list_contains({stopping}, e.seq), false)", "false")
        ended = step(place, "CASE WHEN e.lo = e.hi THEN 0 ELSE 1 END", "false", "true", links)
        only = f"list_filter({stops}, lambda e: NOT coalesce(list_contains({starting}, e.seq), false))"
        both = f"list_concat(list_transform({starts}, lambda e: {begun}), list_transform({only}, lambda e: {ended}))"
        return clocks.define(f"list_sort({both})")

    def _run(self, clocks: Clocks, variant: int, steps: str, cut: str, since: str, by: str) -> str:
        """The clocks, one after the other: after an event one runs if it starts any. Nothing happens from `cut` on, and what
        then runs ends between `since` and `by`."""
        told = clocks.define(f"list_filter({steps}, lambda e: {cut} IS NULL OR e.lo < {cut})")
        runs = f"(i > 1 AND {told}[i - 1].starts)"
        opens = f"e.starts AND (e.stops OR NOT {runs})"
        if variant in _BEST and self.node.start == self.node.stop:
            # What only links leaves it as it was whether a clock runs.
            known = clocks.define(f"list_transform({told}, lambda e: CASE WHEN NOT e.links THEN e.starts END)")
            before = f"list_filter({known}[:i - 1], lambda k: k IS NOT NULL)[-1]"
            runs = (
                f"(CASE WHEN i > 1 AND NOT {told}[i - 1].links THEN {known}[i - 1] ELSE coalesce({before}, false) END)"
            )
            opens = f"(e.starts AND (e.stops OR NOT {runs})) OR (e.links AND {runs})"
        opened = clocks.define(f"list_filter({told}, lambda e, i: {opens})")
        closed = clocks.define(f"list_filter({told}, lambda e, i: e.stops AND {runs})")
        one = _told(variant, "i", f"{closed}[i]", since, by)
        return clocks.define(f"coalesce(list_transform({opened}, lambda e, i: {one}), [])")

    def _column(self, text: str) -> str:
        return self.columns.setdefault(text, f"each{self.index}_{len(self.columns)}")


@dataclass(frozen=True, slots=True)
class _Lists:
    """The events that may start clocks and those that may stop them, where any of them is in doubt."""

    starts: str
    stops: str


def _told(variant: int, place: str, stop: str, since: str, by: str) -> str:
    """The clock that the event `e` starts; without a stop it ends between two instants, if they are known."""
    members = {
        "variant": str(variant),
        "place": place,
        "starts_at": "e.lo",
        "starts_by": "e.hi",
        "stopped": f"CASE WHEN {stop} IS NOT NULL OR {since} IS NOT NULL THEN {VALUE} ELSE {NEVER} END",
        "stops_at": f"CASE WHEN {stop} IS NOT NULL THEN {stop}.lo ELSE {since} END",
        "stops_by": f"CASE WHEN {stop} IS NOT NULL THEN {stop}.hi ELSE {by} END",
        "until": f"{stop} IS NULL AND {since} IS NOT NULL",
    }
    return _struct(members)


def narrowed(relation: str, words: Iterable[str], *more: str) -> str:
    """A relation with only those of its columns that are among some words: what there is, is planned in each layer, asked
    for or not."""
    named = sorted({"rec", *more, *(word for word in words if _COLUMN.fullmatch(word))})
    query = relation if relation.startswith("(") else f"({relation})"
    return f"(SELECT COLUMNS(lambda c: c IN ({', '.join(map(quoted, named))})) FROM {query})"


def _struct(members: Mapping[str, str]) -> str:
    told = ", ".join(f"'{name}': {text}" for name, text in members.items())
    return f"{{{told}}}"
