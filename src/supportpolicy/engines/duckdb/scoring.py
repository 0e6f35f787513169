"""Objectives: which tickets count in which period and group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from supportpolicy.engines.duckdb.batch import Batch
from supportpolicy.engines.duckdb.clock_scores import SLOTS, score_of_clocks
from supportpolicy.engines.duckdb.codes import APPLIES_NOT, COULDS, FIRST_CAUSE, VALUE
from supportpolicy.engines.duckdb.grouping import STATES, said_of
from supportpolicy.engines.duckdb.literals import one_of
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.ledger import Ledger
from supportpolicy.engines.objectives import EVERYWHERE, Place, Scored, counted_score, counting_as, score_of
from supportpolicy.expr.plan import ObjectivePlan
from supportpolicy.model.cell import Unknown
from supportpolicy.model.finding import Said
from supportpolicy.model.instant import DAY_US
from supportpolicy.model.objective import Score
from supportpolicy.model.recurrence import Recurrence
from supportpolicy.model.verdict import Verdict

_FETCHED: Final = 2_000


@dataclass(frozen=True, slots=True)
class ScoredObjective:
    """An objective: its place among all, the index of its revision, and which of all recurrences its own is."""

    number: int
    revision: int
    plan: ObjectivePlan
    per: int | None

    @property
    def fields(self) -> tuple[str, ...]:
        """Those by which it groups, and behind them the one whose values it counts."""
        return (*self.plan.by, *([self.plan.field] if self.plan.field else ()))

    @property
    def columns(self) -> dict[str, str]:
        """The columns of its table, with what they hold of `judged`."""
        n, per = self.number, self.per
        told = {"first": "0", "last": "0"} if per is None else {"first": f"first{per}", "last": f"last{per}"}
        for place in range(len(self.fields)):
            told |= {f"state{place}": f"state{n}_{place}", f"text{place}": f"text{n}_{place}"}
        if self.plan.of == "clocks":
            return told | {"own": f"own{n}"} | {slot: f"{slot}{n}" for slot in SLOTS}
        return told | {"code": f"code{n}", "own": f"own{n}"}

    @property
    def keys(self) -> list[str]:
        """Those by which the clocks of tickets are summed up."""
        return ["first", "last", *self.group, "own"]

    @property
    def group(self) -> list[str]:
        return [f"{kind}{place}" for place in range(len(self.plan.by)) for kind in ("state", "text")]


@dataclass(slots=True)
class Scoring:
    """Counts the tickets in `judged` towards objectives, each in a table of its own.

    A row of it holds tickets of the same group, verdict and place: `first` and `last` are the numbers of the periods between
    which they lie, null where that is not known; `own` says whether no other revision than the objective's may be in force.
    """

    tickets: Tickets
    ledger: Ledger
    objectives: list[ScoredObjective] = field(default_factory=list, init=False)
    pers: list[Recurrence] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for revision, told in enumerate(self.tickets.staged.plan.revisions):
            for plan in told.objectives:
                if plan.per is not None and plan.per not in self.pers:
                    self.pers.append(plan.per)
                per = None if plan.per is None else self.pers.index(plan.per)
                self.objectives.append(ScoredObjective(len(self.objectives), revision, plan, per))

    def prepare(self) -> None:
        """Create a table for each kind of period: for each day in UTC on which a ticket was submitted, the number of the
        period before it and when in it others begin."""
        for number, per in enumerate(self.pers):
            batch = Batch(
                self.tickets.staged.connection,
                f"dates{number}",
                {"day": "BIGINT", "number": "BIGINT", "starts": "BIGINT[]"},
            )
            batch.create()
            for day in self._days():
                before, starts = per.of_day(day)
                batch.add((day, before, list(starts)))
            batch.flush()

    def _days(self) -> Iterator[int]:
        if not self._dated:
            return
        i = self._submitted
        cursor = self.tickets.staged.connection.cursor().execute(
            f"SELECT DISTINCT unnest([{_day(f'lo{i}')}, {_day(f'hi{i}')}]) FROM staged WHERE s{i} = {VALUE}"
        )
        while rows := cursor.fetchmany(_FETCHED):
            yield from (day for (day,) in rows)

    @property
    def _submitted(self) -> int:
        return self.tickets.staged.plan.facts["submitted"]

    @property
    def _dated(self) -> bool:
        """Whether the input says when tickets were submitted."""
        i = self._submitted
        measured = self.tickets.staged.plan.fields[i].reading.measured
        return measured is None and not isinstance(self.tickets.staged.constants.get(i), Unknown)

    # --- the columns of `judged` ---
    def joins(self) -> str:
        """What is joined to the tickets, called `cells`."""
        told, i = "", self._submitted
        for per in range(len(self.pers)) if self._dated else ():
            for end in ("lo", "hi"):
                named = ", ".join(f"{name} AS {end}_{name}{per}" for name in ("day", "number", "starts"))
                told += (
                    f" LEFT JOIN (SELECT {named} FROM dates{per}) AS {end}_dates{per} "
                    f"ON cells.s{i} = {VALUE} AND {end}_day{per} = {_day(f'cells.{end}{i}')}"
                )
        return told

    def columns(self) -> dict[str, str]:
        """Of each ticket where it lies, and what it says."""
        tickets, told, i = self.tickets, {}, self._submitted
        for per in range(len(self.pers)):
            for end, name in (("lo", f"first{per}"), ("hi", f"last{per}")):
                begun = f"len(list_filter({end}_starts{per}, lambda start: start <= {end}{i}))"
                told[name] = f"({end}_number{per} + {begun})::BIGINT" if self._dated else "NULL::BIGINT"
        for one in self.objectives:
            facts, n, revision = tickets.staged.plan.revisions[one.revision].facts, one.number, one.revision
            for place, name in enumerate(one.fields):
                state, text = said_of(tickets, facts[name])
                told |= {f"state{n}_{place}": state, f"text{n}_{place}": text}
            if one.plan.of == "clocks":
                scored, concerned = (
                    score_of_clocks(tickets, revision, one.plan.judged),
                    tickets.revisions.concerned(revision),
                )
                told |= {f"{slot}{n}": f"CASE WHEN {concerned} THEN {text} ELSE 0 END" for slot, text in scored.items()}
        return told

    def verdicts(self) -> dict[str, str]:
        """The verdict on each ticket; null of one that is not an objective's."""
        revisions, told = self.tickets.revisions, {}
        for one in self.objectives:
            if one.plan.of != "clocks":
                said, concerned = revisions.says[one.revision][one.plan.judged.id], revisions.concerned(one.revision)
                told[f"code{one.number}"] = f"(CASE WHEN {concerned} THEN {said} END)::INTEGER"
            told[f"own{one.number}"] = f"({revisions.alone(one.revision)})"
        return told

    def keep(self) -> None:
        """Count the tickets in `judged`, but those with conflicting ids."""
        connection = self.tickets.staged.connection
        for one in self.objectives:
            told = ", ".join(f"{text} AS {name}" for name, text in one.columns.items())
            unknown = self.tickets.outcomes.unknown + FIRST_CAUSE
            speaks = f"(code < {APPLIES_NOT * COULDS} OR code >= {unknown * COULDS})"
            judged = f"SELECT {told} FROM judged WHERE head >= 0 AND head % 2 = 0"
            counted = f"SELECT *, count(*) AS tickets FROM ({judged}) WHERE {speaks} GROUP BY ALL"
            if one.plan.of == "clocks":
                keys, sums = ", ".join(one.keys), ", ".join(f"sum({slot}) AS {slot}" for slot in SLOTS)
                number = " + ".join(("passed", "failed", "open", "unknown", "untold"))
                counted = f"SELECT {keys}, {sums} FROM ({judged}) WHERE {number} > 0 GROUP BY {keys}"
            connection.execute(f"CREATE TABLE IF NOT EXISTS objective{one.number} AS {counted} LIMIT 0")
            connection.execute(f"INSERT INTO objective{one.number} {counted}")

    # --- what comes of it ---
    def reckon(self) -> None:
        """Say how every objective stands."""
        for one in self.objectives:
            label = self.tickets.staged.plan.revisions[one.revision].label
            unknown = STATES.index("unknown")
            doubt = " OR ".join(f"state{place} = {unknown}" for place in range(len(one.plan.by))) or "false"
            self.ledger.reckon(
                (label, one.plan.id),
                self.tickets.instant.at,
                self._scored(one, f"({doubt})"),
                self._scored(one, f"NOT ({doubt})"),
            )

    def _scored(self, one: ScoredObjective, among: str) -> Iterator[Scored]:
        """The scores of the groups that fulfil a condition, one group after the other."""
        keys = ["first", "last", *one.group]
        order = ", ".join([*one.group, "first", "last"])
        sums = self._values(one, among) if one.plan.field else self._verdicts(one, among)
        cursor = self.tickets.staged.connection.cursor().execute(f"{sums} ORDER BY {order}")
        number = len(keys)
        for key, rows in groupby(_fetched(cursor), key=lambda row: row[:number]):
            pairs = zip(key[2::2], key[3::2], strict=True)
            group = tuple(Said(STATES[state], text) for state, text in pairs)
            yield group, _place(one, key[0], key[1]), self._score(one, [row[number:] for row in rows])

    def _verdicts(self, one: ScoredObjective, among: str) -> str:
        if one.plan.of == "clocks":
            keys, sums = ", ".join(one.keys), ", ".join(f"sum({slot})" for slot in SLOTS)
            return f"SELECT {keys}, {sums} FROM objective{one.number} WHERE {among} GROUP BY {keys}"
        keys = ", ".join(["first", "last", *one.group, "code", "own"])
        return f"SELECT {keys}, sum(tickets) FROM objective{one.number} WHERE {among} GROUP BY {keys}"

    def _values(self, one: ScoredObjective, among: str) -> str:
        """The values that certainly count, and those that may: one that only tickets bear which may count, and one more of
        each ticket that does not say its value."""
        sure: list[int] = []
        perhaps: list[int] = []
        for (code,) in self.tickets.staged.connection.execute(
            f"SELECT DISTINCT code FROM objective{one.number}"
        ).fetchall():
            counts = counting_as(self.tickets.outcomes.judged(code))
            if counts is not None:
                (sure if counts is Verdict.PASS else perhaps).append(code)
        waiting = [c for c in perhaps if self.tickets.outcomes.judged(c).outcome.verdict is Verdict.OPEN]
        place, keys = len(one.plan.by), ", ".join(["first", "last", *one.group])
        state, text = f"state{place}", f"text{place}"
        certain, open_ = f"own AND {one_of('code', sure)}", f"own AND {one_of('code', waiting)}"
        said = STATES.index("value")
        borne = (
            f"SELECT {keys}, {state}, bool_or({certain}) AS certain, bool_and({certain} OR {open_}) AS waits, "
            f"sum(tickets) AS tickets FROM objective{one.number} "
            f"WHERE {among} AND {one_of('code', [*sure, *perhaps])} AND {state} <> {STATES.index('never')} "
            f"GROUP BY {keys}, {state}, CASE WHEN {state} = {said} THEN {text} END"
        )
        return (
            f"SELECT {keys}, count(*) FILTER ({state} = {said} AND certain), "
            f"count(*) FILTER ({state} = {said} AND NOT certain AND waits), "
            f"count(*) FILTER ({state} = {said} AND NOT certain AND NOT waits) "
            f"+ coalesce(sum(tickets) FILTER ({state} <> {said}), 0) FROM ({borne}) GROUP BY {keys}"
        )

    def _score(self, one: ScoredObjective, rows: Sequence[tuple[Any, ...]]) -> Score:
        if one.plan.field:
            [(certain, waiting, unknown)] = rows
            return counted_score(int(certain), int(waiting), int(unknown))
        score = Score()
        if one.plan.of == "clocks":
            for own, *sums in rows:
                clocks = Score(**dict(zip(SLOTS, map(int, sums), strict=True)))
                score += clocks if own else clocks.elsewhere()
            return score
        for code, own, tickets in rows:
            judged, count = self.tickets.outcomes.judged(code), int(tickets)
            if one.plan.target.of != "counted":
                found = score_of(judged, count)
                score += found if own else found.elsewhere()
                continue
            counts = counting_as(judged)
            certain = count if own and counts is Verdict.PASS else 0
            waiting = count if own and counts is Verdict.OPEN else 0
            score += counted_score(certain, waiting, count - certain - waiting if counts is not None else 0)
        return score


def _day(us: str) -> str:
    """The day in UTC of an instant, counted from 1970; `//` cuts towards zero."""
    return f"({us} - ({us} % {DAY_US} + {DAY_US}) % {DAY_US}) // {DAY_US}"


def _place(one: ScoredObjective, first: int | None, last: int | None) -> Place:
    if one.per is None:
        return EVERYWHERE
    return None if first is None or last is None else (first, last)


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_FETCHED):
        yield from rows
