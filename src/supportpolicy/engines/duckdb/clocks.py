"""Deadlines in SQL: how much accrued, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

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
from supportpolicy.engines.duckdb.facts_then import FactsThen
from supportpolicy.engines.duckdb.limits import Limits, Measure
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.moments import Moments
from supportpolicy.engines.duckdb.only_in import only_in
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.truths import Truths
from supportpolicy.expr.nodes import EachWithin, NotBefore, OnlyIn, Pause, Within, moment_field
from supportpolicy.model.cell import Reason
from supportpolicy.model.limit import ALWAYS, AsAgreed, OpenTime

if TYPE_CHECKING:
    from supportpolicy.engines.duckdb.each_clock import EachClock

_NUMBER: Final = re.compile("-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Sum:
    """What a person needs to add a clock up, as expressions: the `number` of the ticket's promise; from when time is
    counted, if that is not the start; when the limit runs out and the last instants in time; how much accrued, whether as
    `open_time` on a calendar, and for how long the clock stood; what is `left` of a clock that runs; and how many
    stretches count, of which the first are `listed`."""

    number: str
    counted_lo: str
    counted_hi: str
    due_lo: str
    due_hi: str
    last_lo: str
    last_hi: str
    least: str
    most: str
    open_time: str
    left: str
    paused_least: str
    paused_most: str
    stretches: str
    listed: str


@dataclass(frozen=True, slots=True)
class _Spent:
    least: str = NOTHING
    most: str = NOTHING
    stretches: str = NOTHING
    listed: str = NOTHING
    paused_least: str = NOTHING
    paused_most: str = NOTHING


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as it was found: `begun` is its start, moved to an opening where the rule asks for that, and `since` its stop,
    no earlier than that; `beyond` the outcome where no opening is known, if one is asked for. `truths` are over the fields
    that chose the limit. With `sooner` it must not stop before the limit has accrued."""

    start: Found
    stop: Found
    begun: Found
    since: Found
    beyond: str
    truths: Truths
    measure: Measure
    name: str
    sooner: bool


Repeated: TypeAlias = "Callable[[EachWithin], EachClock]"


@dataclass(slots=True)
class Clocks:
    """Writes the outcomes of clocks. `repeated` gives those that start again and again."""

    moments: Moments
    limits: Limits
    facts: FactsThen
    outcomes: Outcomes
    repeated: Repeated | None = None
    audit: int = field(init=False)
    _read: dict[Within | NotBefore, Clock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.audit = self.moments.truths.audit

    def read(self, node: Within | NotBefore) -> Clock:
        """The clock of a demand."""
        if node not in self._read:
            start = self.moments.start(node.start, node.stop)
            stop = self.moments.stop(node.stop, start)
            opening = node.opening if isinstance(node, Within) else ""
            self._read[node] = self._found(node, start, stop, opening)
        return self._read[node]

    def _found(self, node: Within | NotBefore, start: Found, stop: Found, opening: str) -> Clock:
        truths = self.facts.put(node.as_of, start, stop)
        begun, since, beyond = start, stop, ""
        if opening:
            lo, hi = self.limits.opening(opening, start.lo, start.hi)
            begun = replace(start, lo=lo, hi=hi)
            came = f"{stop.state} = {VALUE}"
            since = replace(
                stop,
                lo=self.define(f"CASE WHEN {came} THEN greatest({stop.lo}, {lo}) ELSE {stop.lo} END"),
                hi=self.define(f"CASE WHEN {came} THEN greatest({stop.hi}, {lo}) ELSE {stop.hi} END"),
            )
            missing = self.outcomes.missing(Reason.MISSING, f"calendar {opening}")
            beyond = self.define(f"CASE WHEN ({lo} + {hi}) IS NULL THEN {missing} END")
        pause = node.pause if isinstance(node.pause, Pause) else None
        measure = self.limits.measure(node.limit, begun, truths, pause)
        if isinstance(node.pause, OnlyIn):
            measure = only_in(self.limits, measure, node.pause, start, self.moments.stop(node.pause.until, start))
        name, sooner = moment_field(node.stop), isinstance(node, NotBefore)
        return Clock(start, stop, begun, since, beyond, truths, measure, name, sooner)

    def each(self, node: EachWithin) -> EachClock:
        """The clocks of a demand that start again and again."""
        assert self.repeated is not None  # only the clocks of tickets repeat
        return self.repeated(node)

    def write(self, node: Within | NotBefore) -> str:
        """The expression whose value is the number of the outcome."""
        clock = self.read(node)
        start, measure = clock.start, clock.measure
        other = self.outcomes.missing(Reason.OTHER_CLOCK, moment_field(node.start))
        arms = [
            f"WHEN {start.state} = {VALUE} AND {barred} IS NOT NULL THEN {barred}"
            for barred in (measure.barred, clock.beyond)
            if barred
        ]
        if measure.chosen.measured():
            arms.append(f"WHEN {start.state} = {VALUE} THEN {self.ran(clock)}")
        return self.define(
            f"CASE {' '.join(arms)} "
            f"WHEN {start.state} = {NEVER} THEN {APPLIES_NOT} "
            f"WHEN {start.state} = {PERHAPS} THEN {self.outcomes.unknown} + {start.doubt} "
            f"WHEN {start.state} = {ELAPSED} THEN {other} ELSE {self.outcomes.unknown} + {start.state} END"
        )

    def late(self, clock: Clock) -> str:
        """By how much a ticket that failed certainly exceeded the limit up to T, in microseconds."""
        start, stop, measure = clock.begun, clock.since, clock.measure
        now = measure.now
        lo, _ = self.limits.come(measure.chosen, stop.lo, stop.hi)
        arms = [f"WHEN {stop.state} = {VALUE} THEN {self._exceeding(measure, f'least({lo}, {now})')}"]
        if stop.clock != NOTHING:
            runs_on = f"{stop.clock} = {quoted(ALWAYS)} AND {start.hi} + {stop.hi} > {self.audit}"
            measured = f"CASE WHEN {runs_on} THEN least({stop.lo}, {self.audit} - {start.hi}) ELSE {stop.lo} END"
            arms.append(f"WHEN {stop.state} = {ELAPSED} THEN {measured}")
        if stop.doubt != NOTHING:
            first, _ = self._at(measure, f"greatest({stop.lo}, {start.lo})")
            arms.append(f"WHEN {stop.state} = {PERHAPS} THEN {self._exceeding(measure, f'least({first}, {now})')}")
        return self.define(f"CASE {' '.join(arms)} ELSE {self._exceeding(measure, now)} END - {measure.amount}")

    def _exceeding(self, measure: Measure, at: str) -> str:
        at = self.define(at)
        return f"{at} - {measure.late}{self._stood(measure, 'most', measure.late, at)}"

    # --- from the start to the stop ---
    def ran(self, clock: Clock) -> str:
        """The outcome of a clock that started."""
        start, stop, measure = clock.begun, clock.since, clock.measure
        running = self.define(self.running(clock))
        come = self.limits.come(measure.chosen, stop.lo, stop.hi)
        came = self.define(self._stopped(clock, stop.hi, come))
        contradictory = self.outcomes.missing(Reason.CONTRADICTORY, clock.name)
        arms = [
            f"WHEN {stop.state} = {VALUE} AND {clock.stop.hi} < {clock.start.lo} THEN {contradictory}",
            f"WHEN {stop.state} = {VALUE} THEN {self._agreed(came, running, f'{stop.hi} <= {self.audit}', clock.name)}",
            f"WHEN {stop.state} = {NEVER} THEN {running}",
        ]
        if stop.clock != NOTHING:
            arms.append(f"WHEN {stop.state} = {ELAPSED} THEN {self._measured(clock, running)}")
        if stop.doubt != NOTHING:
            arms.append(f"WHEN {stop.state} = {PERHAPS} THEN {self._perhaps(clock, start, running)}")
        return f"CASE {' '.join(arms)} ELSE {self.outcomes.unknown} + {stop.state} END"

    def _measured(self, clock: Clock, running: str) -> str:
        """A duration fits if it was measured on the limit's own calendar, from the submission. On `24x7` it tells when the
        stop was, too."""
        start, stop, measure, name = clock.begun, clock.since, clock.measure, clock.name
        other = self.outcomes.missing(Reason.OTHER_CLOCK, name)
        names = {n: cell.calendar for n, cell in measure.chosen.measured().items() if isinstance(cell, OpenTime)}
        if not names or measure.pauses is not None:
            return str(other)
        told = self.define(self._compared(clock, stop.lo, stop.hi, str(self.outcomes.missing(Reason.TOO_COARSE, name))))
        up_to = f"{stop.clock} <> {quoted(ALWAYS)} OR {start.hi} + {stop.hi} <= {self.audit}"
        calendars = measure.chosen.by(
            {n: quoted(names[n]) if n in names else "NULL" for n in measure.chosen.measured()}
        )
        return (
            f"CASE WHEN {stop.clock} = {calendars} AND {clock.start.own} THEN {self._agreed(told, running, up_to, name)} "
            f"ELSE {other} END"
        )

    def _perhaps(self, clock: Clock, start: Found, running: str) -> str:
        stop = clock.since
        first, at = self._at(clock.measure, f"greatest({stop.lo}, {start.lo})")
        early = self.define(self._stopped(clock, at, (first, first)))
        last, at = self._at(clock.measure, f"greatest({stop.hi}, {start.lo})")
        stopped = self._stopped(clock, at, (last, last))
        late = self.define(f"CASE WHEN {stop.hi} IS NULL THEN {running} ELSE {stopped} END")
        return f"CASE WHEN {early} = {late} THEN {early} ELSE {self.outcomes.unknown} + {stop.doubt} END"

    def _at(self, measure: Measure, at: str) -> tuple[str, str]:
        """What stands at a stop at one instant, and that instant."""
        at = self.define(at)
        return self.limits.come(measure.chosen, at, at)[0], at

    def _agreed(self, one: str, running: str, over: str, name: str) -> str:
        """A stop that may lie on either side of the audit instant decides only if the clock that runs says the same."""
        coarse = self.outcomes.missing(Reason.TOO_COARSE, name)
        return f"CASE WHEN {over} OR {one} = {running} THEN {one} ELSE {coarse} END"

    def _stopped(self, clock: Clock, hi: str, come: tuple[str, str]) -> str:
        measure = clock.measure
        lo, most = come
        least, greatest = self._accrued(measure, lo, most)
        compared = self._compared(clock, least, greatest, self._undecided(clock, hi))
        if not measure.beyond:
            return compared
        unknown = f"({lo} + {most} + {measure.early} + {measure.late}) IS NULL"
        return f"CASE WHEN {unknown} THEN {measure.beyond} ELSE {compared} END"

    def _compared(self, clock: Clock, least: str, most: str, undecided: str) -> str:
        """As much as the limit is in time, and not too soon."""
        amount = clock.measure.amount
        kept, broken = f"{most} <= {amount}", f"{least} > {amount}"
        if clock.sooner:
            kept, broken = f"{least} >= {amount}", f"{most} < {amount}"
        return f"CASE WHEN {kept} THEN {PASSES} WHEN {broken} THEN {FAILS} ELSE {undecided} END"

    def running(self, clock: Clock) -> str:
        """A clock that has not stopped up to T fails when every later stop would exceed the limit; one that must not stop
        too soon passes once none can."""
        measure = clock.measure
        unknown = f"({measure.early} + {measure.late} + {measure.now} + {measure.opens}) IS NULL"
        arms = [f"WHEN {unknown} THEN {measure.beyond}"] if measure.beyond else []
        asked_later = self.limits.as_of > self.audit
        stale = self.outcomes.missing(Reason.STALE_EXPORT, clock.name)
        later = f"WHEN ({measure.later} + {measure.opens_later}) IS NULL THEN {measure.beyond}"
        later_arms = [later] if measure.beyond else []
        if clock.sooner:
            return self._awaited(clock, stale)
        over, may_be = self._over(measure, measure.now, measure.opens)
        arms.append(f"WHEN {over} THEN {FAILS}")
        if may_be != over:
            arms.append(f"WHEN {may_be} THEN {self._undecided(clock, str(self.audit))}")
        if asked_later:
            _, since = self._over(measure, measure.later, measure.opens_later, stands=False)
            arms += [*later_arms, f"WHEN {since} THEN {stale}"]
        return f"CASE {' '.join(arms)} ELSE {RUNS} END"

    def _over(self, measure: Measure, now: str, opens: str, stands: bool = True) -> tuple[str, str]:
        """Whether every instant after one exceeds the limit, for certain and perhaps: more has accrued, or as much and more
        accrues at once."""
        told = []
        sides: tuple[tuple[str, Literal["fewest", "most"]], ...] = ((measure.late, "most"), (measure.early, "fewest"))
        for begun, which in sides:
            counting = opens
            if measure.pauses is not None and stands:
                standing = measure.pauses.standing
                still = standing.may_stand if which == "most" else standing.stands
                counting = f"(CASE WHEN {measure.pauses.counts} AND {still} THEN 0 ELSE {opens} END)"
            if measure.pauses is None and all(_NUMBER.fullmatch(part) for part in (now, measure.amount, opens)):
                told.append(f"{begun} <= {int(now) - int(measure.amount) - 1 + int(opens)}")
            else:
                stood = self._stood(measure, which, begun, now)
                told.append(f"{now} - {begun}{stood} - {measure.amount} >= 1 - {counting}")
        return told[0], told[1]

    def _awaited(self, clock: Clock, stale: int) -> str:
        measure = clock.measure
        least, _ = self._accrued(measure, measure.now, measure.now)
        unknown = f"({measure.early} + {measure.late} + {measure.now}) IS NULL"
        arms = [f"WHEN {unknown} THEN {measure.beyond}"] if measure.beyond else []
        arms.append(f"WHEN {least} >= {measure.amount} THEN {PASSES}")
        if self.limits.as_of > self.audit:
            _, most = self._accrued(measure, measure.later, measure.later)
            arms += [f"WHEN {measure.later} IS NULL THEN {measure.beyond}"] if measure.beyond else []
            arms.append(f"WHEN {most} >= {measure.amount} THEN {stale}")
        return f"CASE {' '.join(arms)} ELSE {RUNS} END"

    # --- what accrued ---
    def _accrued(self, measure: Measure, lo: str, hi: str) -> tuple[str, str]:
        """The least and the most that accrued up to what stands at two instants, without the pauses."""
        least = f"{lo} - {measure.late}{self._stood(measure, 'most', measure.late, lo)}"
        most = f"{hi} - {measure.early}{self._stood(measure, 'fewest', measure.early, hi)}"
        return self.define(least), self.define(most)

    def _stood(self, measure: Measure, which: Literal["fewest", "most"], since: str, until: str) -> str:
        """The pauses between two amounts of open time, to be put behind what they are taken from; empty if none count."""
        if measure.pauses is None:
            return ""
        spans = measure.pauses.fewest if which == "fewest" else measure.pauses.most
        until = until if until.isidentifier() else f"({until})"
        return f" - {measure.pauses.stood(spans, since, until)}"

    def _undecided(self, clock: Clock, until: str) -> str:
        """What the record would have to say of the pauses, else that it is too coarse."""
        coarse = self.outcomes.missing(Reason.TOO_COARSE, clock.name)
        pauses = clock.measure.pauses
        if pauses is None or pauses.standing.doubts == NOTHING:
            return str(coarse)
        fits = f"lambda d: d.b < {until} AND d.e > {clock.begun.lo}"
        doubt = f"{self.outcomes.unknown} + list_filter({pauses.standing.doubts}, {fits})[1].c"
        return f"CASE WHEN {pauses.counts} THEN coalesce({doubt}, {coarse}) ELSE {coarse} END"

    # --- what evidence tells ---
    def sum(self, clock: Clock) -> Sum:
        """What evidence tells of the clock; null what it does not."""
        start, measure, limits = clock.begun, clock.measure, self.limits
        chosen = measure.chosen
        barred = "".join(f" AND {barred} IS NULL" for barred in (measure.barred, clock.beyond) if barred)
        judged = self.define(f"{start.state} = {VALUE}{barred}")
        agreed = [number for number, cell in chosen.measured().items() if isinstance(cell, AsAgreed)]
        due_lo, due_hi, last_lo, last_hi = limits.runs_out(measure)
        due = f"{judged} AND ({due_lo} + {due_hi}) IS NOT NULL"  # what was agreed is told as it stands in the ticket
        due = self.define(f"{due} AND NOT ({chosen.among(agreed)})" if agreed else due)
        last = self.define(f"{judged} AND ({last_lo} + {last_hi}) IS NOT NULL" if not clock.sooner else "false")
        spent = self._spent(clock, judged)
        known = f"({measure.early} + {measure.late} + {measure.now}) IS NOT NULL"
        return Sum(
            number=chosen.number,
            counted_lo=self.define(f"CASE WHEN {judged} THEN {start.lo} END") if clock.beyond else NOTHING,
            counted_hi=self.define(f"CASE WHEN {judged} THEN {start.hi} END") if clock.beyond else NOTHING,
            due_lo=self.define(f"CASE WHEN {due} THEN {due_lo} END"),
            due_hi=self.define(f"CASE WHEN {due} THEN {due_hi} END"),
            last_lo=self.define(f"CASE WHEN {last} THEN {last_lo} END"),
            last_hi=self.define(f"CASE WHEN {last} THEN {last_hi} END"),
            least=spent.least,
            most=spent.most,
            open_time=limits.on_calendars(chosen),
            left=self.define(f"CASE WHEN {judged} AND {known} THEN {self._left(clock)} END"),
            paused_least=spent.paused_least,
            paused_most=spent.paused_most,
            stretches=spent.stretches,
            listed=spent.listed,
        )

    def _left(self, clock: Clock) -> str:
        """What is left at T, at the least; of what must be waited for, at the most."""
        measure = clock.measure
        least, most = self._accrued(measure, measure.now, measure.now)
        told = least if clock.sooner else most
        timed = [number for number, cell in measure.chosen.measured().items() if isinstance(cell, OpenTime)]
        if timed:
            told = f"CASE WHEN {measure.chosen.among(timed)} THEN greatest(0, {told}) ELSE {told} END"
        return f"{measure.amount} - ({told})"

    def _spent(self, clock: Clock, judged: str) -> _Spent:
        """What accrued up to the stop, or up to T."""
        start, stop, measure = clock.begun, clock.stop, clock.measure
        timed = [number for number, cell in measure.chosen.measured().items() if isinstance(cell, OpenTime)]
        if not timed:
            return _Spent()
        all_timed = len(timed) == len(measure.chosen.promises)
        summed = self.define(judged if all_timed else f"{judged} AND {measure.chosen.among(timed)}")
        lo, hi = self.limits.come(measure.chosen, stop.lo, stop.hi)
        came = self.define(f"{summed} AND {stop.state} = {VALUE} AND {stop.hi} >= {start.lo}")
        before = f"{summed} AND {stop.state} = {VALUE} AND {clock.stop.hi} >= {clock.start.lo}"
        runs = self.define(f"{summed} AND {stop.state} = {NEVER}")
        known = f"{measure.early} + {measure.late}"
        at_stop = self.define(f"{came} AND ({known} + {lo} + {hi}) IS NOT NULL")
        at_audit = self.define(f"{runs} AND ({known} + {measure.now}) IS NOT NULL")
        accrued, now = self._accrued(measure, lo, hi), self._accrued(measure, measure.now, measure.now)
        least, most = (
            self.define(
                f"CASE WHEN {at_stop} THEN greatest(0, {accrued[n]}) WHEN {at_audit} THEN greatest(0, {now[n]}) "
                f"WHEN {came} THEN NULL WHEN {before} THEN 0 "
                f"WHEN {summed} AND {stop.state} = {ELAPSED} THEN {measured} END"
            )
            for n, measured in enumerate((stop.lo, stop.hi))
        )
        begin = self.define(f"CASE WHEN {at_stop} OR {at_audit} THEN {start.lo} END")
        end = self.define(f"CASE WHEN {at_stop} THEN {stop.hi} WHEN {at_audit} THEN {self.audit} END")
        stretches, listed = self.limits.stretches(measure, begin, end)
        if measure.pauses is None:
            return _Spent(least, most, stretches, listed)
        ends = [self.define(f"CASE WHEN {at_stop} THEN {at} WHEN {at_audit} THEN {measure.now} END") for at in (lo, hi)]
        stood = (
            self._stood(measure, "fewest", measure.late, ends[0]),
            self._stood(measure, "most", measure.early, ends[1]),
        )
        paused = [self.define(f"CASE WHEN {end} IS NOT NULL THEN -(0{each}) END") for each in stood]
        return _Spent(least, most, stretches, listed, paused[0], paused[1])

    def define(self, expression: str) -> str:
        """The name of an expression."""
        return self.moments.truths.define(expression)
