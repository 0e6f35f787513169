"""All that is to be known of each ticket as one relation: its cells, whether it is judged, and every verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.certain import UnheardError
from supportpolicy.engines.duckdb.codes import VALUE, Outcomes
from supportpolicy.engines.duckdb.judging import TEXTS
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.marks import Marks
from supportpolicy.engines.duckdb.revisions import Revisions
from supportpolicy.engines.duckdb.ruler import Span
from supportpolicy.engines.duckdb.rulers import Store
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.duckdb.timelines import Timeline
from supportpolicy.expr.nodes import Distinct, Within
from supportpolicy.expr.plan import RulePlan
from supportpolicy.model.instant import DAY_US, civil_us
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import RunOptions
from supportpolicy.plugin.records import AuditInstant

_EVER: Final = (civil_us(1, 1, 1), civil_us(9999, 12, 31) + DAY_US)
_SHOWN: Final = 10
"""How many bearers of a value are named."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in the relation: its revision's index, its place among all rules, and the name of its verdict's column."""

    revision: int
    number: int
    plan: RulePlan
    verdict: str


@dataclass(slots=True)
class Tickets:
    """The relation. `span` tickets are taken at a time where the whole might not fit the memory. Where it is told `among`
    which others they are, what is written holds only for tickets of which every event is certain (see `marks`)."""

    staged: Staged
    instant: AuditInstant
    options: RunOptions
    span: int
    among: Tickets | None = None
    outcomes: Outcomes = field(init=False)
    layers: Layers = field(init=False)
    timelines: dict[int, Timeline] = field(init=False)
    rulers: Store = field(init=False)
    revisions: Revisions = field(init=False)
    rules: list[Rule] = field(default_factory=list, init=False)
    borne: dict[int, str] = field(default_factory=dict, init=False)
    assumed: list[str] | None = field(init=False)
    """What is true of a certain ticket, apart from its events, where only such are spoken of."""
    named: bool = field(init=False)
    """Whether there are tickets that are not called as usual."""

    def __post_init__(self) -> None:
        staged = self.staged
        self.layers = Layers("staged")
        self.assumed = None if self.among is None else self._exact()
        if self.among is None:
            self.outcomes = Outcomes.of(staged.plan, staged.causes)
            self.rulers = Store(self._span)
        else:
            self.outcomes, self.rulers, self.borne = self.among.outcomes, self.among.rulers, self.among.borne
        self.timelines = {i: self._timeline(i) for i in sorted(staged.events)}
        self.named = bool(staged.connection.execute("SELECT 1 FROM naming LIMIT 1").fetchall())
        repeats = "coalesce(repeated, false)" if self.named else "false"
        self.revisions = Revisions(
            staged.plan,
            self.layers,
            self.outcomes,
            self.instant,
            self.timelines,
            self.rulers,
            self.borne,
            repeats,
            self.options.period,
            self.assumed,
        )
        self.revisions.write_excluded()
        if self.among is None:
            self._write_bearers()
        says = self.revisions.write_verdicts()
        for revision, (told, said) in enumerate(zip(staged.plan.revisions, says, strict=True)):
            for rule in told.rules:
                self.rules.append(Rule(revision, len(self.rules), rule, said[rule.id]))
        self.rulers.store(staged.connection)

    def _timeline(self, i: int) -> Timeline:
        told = (i, self.outcomes, self.instant.at, self.rulers)
        return Timeline(*told) if self.among is None else Marks(*told, formed=self.staged.forms.get(i))

    def _exact(self) -> list[str]:
        """That instants are exact, and lists of events complete."""
        conditions = []
        for i in sorted(self.staged.needed):
            match self.staged.plan.fields[i].reading.type:
                case FieldType.INSTANT:
                    conditions.append(f"(s{i} <> {VALUE} OR lo{i} = hi{i})")
                case FieldType.EVENTS:
                    conditions.append(f"(s{i} <> {VALUE} OR complete{i})")
                case _:
                    pass
        return conditions

    def certain(self) -> Tickets | None:
        """The same for tickets of which every event is certain; None where there are no events, or where these cannot be
        told apart."""
        with suppress(UnheardError):
            return Tickets(self.staged, self.instant, self.options, self.span, self) if self.timelines else None
        return None

    def doubted(self) -> str:
        """Whether what is written does not hold for a ticket. To be asked for once all is written."""
        events = [f"coalesce({timeline.certain()}, true)" for timeline in self._marks()]
        torn = [f"rec NOT IN (SELECT rec FROM torn{i})" for i in self.staged.forms]
        return f"NOT coalesce({' AND '.join([*events, *(self.assumed or []), *torn])}, false)"

    def _marks(self) -> Iterator[Marks]:
        return (timeline for timeline in self.timelines.values() if isinstance(timeline, Marks))

    def _span(self) -> Span:
        """From the first to the last of all instants at which a clock may start, stop or be judged."""
        fields = [(i, self.staged.plan.fields[i].reading) for i in sorted(self.staged.needed)]
        instants = [(i, reading) for i, reading in fields if reading.type is FieldType.INSTANT]
        if any(reading.measured is not None for _, reading in instants):
            return Span(*_EVER)  # where a duration ends is known only of each ticket
        bounds = ", ".join(f"min(lo{i}), max(hi{i})" for i, _ in instants)
        queries = [f"SELECT {bounds} FROM staged"] if instants else []
        queries += [f"SELECT min(lo), max(hi) FROM events{i}" for i in self.timelines]
        found = [at for query in queries for at in self.staged.connection.execute(query).fetchall()[0]]
        ends = [self.instant.at, self.instant.as_of, *(at for at in found if at is not None)]
        last = max(ends)
        moved = [opens for table in self._opening() if (opens := _next_opening(table, last)) is not None]
        return Span(min(ends), max([last, *moved]))

    def _opening(self) -> Iterator[StepTable]:
        """The calendars to whose next opening clocks are moved."""
        for revision in self.staged.plan.revisions:
            for rule in revision.rules:
                if isinstance(rule.demand, Within) and rule.demand.opening:
                    yield revision.calendars[rule.demand.opening]

    # --- the relation ---
    def below(self, among: str = "", bearers: bool = False, used: frozenset[str] | None = None) -> str:
        """The cells of the tickets that `among` says, as a relation; with `bearers` also the column `bearer`. Of what is
        asked of events only what is `used`, if that is given."""
        identity = self.staged.plan.facts["id"]
        again = [
            e for e in self.revisions.again if e.columns and (used is None or not used.isdisjoint(e.columns.values()))
        ]
        columns, joins = self._clocks(among, used and used.union(*(each.words for each in again)))
        source, shared = _among(among), ""
        if again:  # the tickets are brought together with their events once for all
            shared = f"WITH cells AS MATERIALIZED (SELECT {', '.join(columns)} FROM {source} {' '.join(joins)}) "
            columns, joins, source = ["staged.*"], [], "cells AS staged"
        for each in again:
            query = each.relation("(SELECT * FROM cells)", self._ruled, used)
            columns.append(f"again{each.index}.* EXCLUDE (rec)")
            joins.append(f"LEFT JOIN (\n{query}\n) AS again{each.index} ON again{each.index}.rec = staged.rec")
        if self.named:
            columns.append("naming.repeat AS repeated, naming.rec IS NOT NULL AS claimed")
            joins.append("LEFT JOIN naming ON naming.rec = staged.rec")
        for i, column in self.borne.items():
            columns.append(f"shared{i}.bearers AS {column}")
            joins.append(f"LEFT JOIN shared{i} ON staged.s{i} = {VALUE} AND shared{i}.value = staged.v{i}")
        if bearers:
            unnamed = f"(SELECT rec FROM staged WHERE s{identity} <> {VALUE}{' AND ' if among else ''}{among})"
            columns.append(
                f"CASE WHEN staged.s{identity} = {VALUE} THEN staged.v{identity} "
                f"ELSE concat(place.file, '#', place.record) END AS bearer"
            )
            joins.append(f"LEFT JOIN ({self.staged.placed(unnamed)}) AS place ON place.rec = staged.rec")
        return self._ruled(f"({shared}SELECT {', '.join(columns)} FROM {source} {' '.join(joins)})")

    def _ruled(self, relation: str) -> str:
        """A relation with the rulers, where there are any. They come last: a join might copy them out for each row."""
        if not self.rulers.used:
            return relation
        self.rulers.store(self.staged.connection)  # evidence may have asked for more of them
        return f"(SELECT * FROM {relation} CROSS JOIN rulers)"

    def _clocks(self, among: str, used: frozenset[str] | None) -> tuple[list[str], list[str]]:
        """The columns with which clocks are written, and how they are joined: cells, and what is asked of events."""
        columns, joins = ["staged.*"], []
        for i, timeline in self.timelines.items():
            if timeline.columns and (used is None or not used.isdisjoint(timeline.columns.values())):
                columns.append(f"told{i}.* EXCLUDE (rec)")
                joins.append(f"LEFT JOIN (\n{timeline.relation(among, used)}\n) AS told{i} ON told{i}.rec = staged.rec")
        return columns, joins

    def select(self, among: str, asked: Iterable[str], bearers: bool = False) -> str:
        """A query for what is known of those tickets, as far as the expressions in `asked` need it."""
        wanted = [*asked]  # clocks of which nothing is needed cost as much as those that are
        return self.layers.select(self.below(among, bearers, self.layers.words(wanted)), wanted)

    def spans(self) -> Iterator[str]:
        """Conditions of the tickets to take at a time, in their order."""
        for begin in range(0, self.staged.formed, self.span):
            yield f"rec >= {begin} AND rec < {begin + self.span}"

    @property
    def id(self) -> str:
        """The ticket's id, null where it has none."""
        i = self.staged.plan.facts["id"]
        return f"CASE WHEN s{i} = {VALUE} THEN v{i} END"

    @property
    def judged(self) -> str:
        """Whether a ticket is judged."""
        return "true" if self.revisions.excluded == "NULL" else f"{self.revisions.excluded} IS NULL"

    def under(self, revision: int) -> str:
        """Whether a ticket is judged under the revision of this index."""
        return self.judged if self.revisions.first == "0" else f"{self.judged} AND {self.revisions.first} = {revision}"

    def label(self, rule: Rule) -> str:
        """The label of the rule's revision."""
        return self.staged.plan.revisions[rule.revision].label

    def by_first(self, expressions: Sequence[str]) -> str:
        """Of one expression for each revision that of the one under which the ticket is judged."""
        if len(set(expressions)) == 1:
            return expressions[0]
        arms = " ".join(f"WHEN {n} THEN {expression}" for n, expression in enumerate(expressions))
        return f"(CASE {self.revisions.first} {arms} END)"

    # --- values that must be unique ---
    def _write_bearers(self) -> None:
        """For each field that must be unique, the table of the values that several judged ids bear, and who does."""
        bearing: dict[str, int] = {}
        asking: dict[str, set[int]] = {}
        for revision in self.staged.plan.revisions:
            for rule in revision.rules:
                if isinstance(rule.demand, Distinct):
                    name, index = rule.demand.field, revision.facts[rule.demand.field]
                    bearing[name] = index  # several vocabularies: the last revision's reading says who bears a value
                    asking.setdefault(name, set()).add(index)
        for name, index in bearing.items():
            if self.staged.plan.fields[index].reading.type in TEXTS and self._share(index):
                for i in sorted(asking[name]):
                    self.borne[i] = f"borne{i}"
                    if i != index:
                        self._execute(f"CREATE VIEW shared{i} AS FROM shared{index}")

    def _share(self, i: int) -> bool:
        """Create `sharedI`: each value of field I that several judged ids bear, and the ids in the order of the tickets;
        False where there is none."""
        repeated = f"SELECT v{i} FROM staged WHERE s{i} = {VALUE} GROUP BY v{i} HAVING count(*) > 1"
        self._execute(f"CREATE TABLE repeated{i} AS SELECT v{i} AS value FROM ({repeated})")
        if not self.staged.connection.execute(f"SELECT 1 FROM repeated{i} LIMIT 1").fetchall():
            return False
        among = f"rec IN (SELECT rec FROM staged JOIN repeated{i} ON s{i} = {VALUE} AND v{i} = value)"
        self._execute(
            f"CREATE TABLE shared{i} AS WITH bearing AS ("
            f"SELECT value, bearer, min(rec) AS first FROM ("
            f"SELECT unnest(CASE WHEN {self.judged} THEN [v{i}] END) AS value, bearer, rec FROM (\n"
            f"{self.select(among, [self.judged], bearers=True)}\n)) GROUP BY value, bearer) "
            f"SELECT value, concat(array_to_string(list(bearer ORDER BY first)[:{_SHOWN}], ', '), "
            f"CASE WHEN count(*) > {_SHOWN} THEN concat(', and ', count(*) - {_SHOWN}, ' more') ELSE '' END) AS bearers "
            f"FROM bearing GROUP BY value HAVING count(*) > 1"
        )
        return True

    def _execute(self, statement: str) -> None:
        self.staged.connection.execute(statement)


def _among(among: str) -> str:
    return f"(SELECT * FROM staged WHERE {among}) AS staged" if among else "staged"


def _next_opening(table: StepTable, us: int) -> int | None:
    return table.next_opening(min(max(us, table.first), table.last))
