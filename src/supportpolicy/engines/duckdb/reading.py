"""From the scans of an input to its tickets in a database (see `staged`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from supportpolicy.engines.duckdb.cells import Encoding, columns_of
from supportpolicy.engines.duckdb.codes import VALUE, Causes
from supportpolicy.engines.duckdb.dating import dated, stated
from supportpolicy.engines.duckdb.decoding import Decoding
from supportpolicy.engines.duckdb.event_forms import Forms
from supportpolicy.engines.duckdb.event_keys import Keys, whole_number
from supportpolicy.engines.duckdb.event_tables import EventTable, plan_of
from supportpolicy.engines.duckdb.feeding import Feeding, used
from supportpolicy.engines.duckdb.forming import claim_numbers, claim_texts, keep_rows, name_tickets
from supportpolicy.engines.duckdb.loading import Loading
from supportpolicy.engines.duckdb.lookups import Lookups
from supportpolicy.engines.duckdb.narrowing import Narrowing
from supportpolicy.engines.duckdb.object_loading import ObjectLoading
from supportpolicy.engines.duckdb.places import FedPlaces, LoadedPlaces, Places, name_files
from supportpolicy.engines.duckdb.relations import RelationLoading, RelationPlaces
from supportpolicy.engines.duckdb.spool import Spool
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.duckdb.texts import Holding
from supportpolicy.engines.reference.columns import constant_cell
from supportpolicy.engines.reference.forming import joined_tables
from supportpolicy.engines.reference.lookups import Table, index_table
from supportpolicy.expr.nodes import reads
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, Constant, FieldPlan, Key, Listed, LookedUp, Nowhere
from supportpolicy.model.cell import Cell
from supportpolicy.model.finding import Tally
from supportpolicy.model.ticket import HAPPENINGS, FieldType
from supportpolicy.plugin import Progress, RunOptions, Scan
from supportpolicy.plugin.records import MARK, DelimitedScan, DelimitedTable, Misread, NativeScan, ObjectScan, Relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def needed(plan: Plan, options: RunOptions) -> frozenset[int]:
    """The fields whose cells matter for verdicts, exclusions, evidence, spellings or the audit instant."""
    asked = {index for revision in plan.revisions for index in revision.facts.values()}
    wanted = {"submitted", plan.in_force_by, *(name for e in plan.exclude for name in reads(e.when))}
    for name, index in plan.facts.items():
        if name not in HAPPENINGS or name in wanted or not stated(plan, options):
            asked.add(index)
    return frozenset(asked)


def stage(
    connection: DuckDBPyConnection,
    folder: Path,
    plan: Plan,
    tables: Mapping[str, Scan],
    options: RunOptions,
    progress: Progress,
) -> Staged:
    """Read every table to its end and form the tickets; `folder` is the run's own, for what memory should not hold."""
    connection.execute(
        "SET GLOBAL asof_loop_join_threshold = 0"
    )  # it misjudges lists of tickets, and loops over all steps
    with Spool(folder / "rejected") as spool:
        reading = _Reading(connection, folder, plan, {}, needed(plan, options), spool)
        joined = joined_tables(plan)
        lookups: dict[str, Table] = {}
        for name, kind in joined.items():
            if kind is LookedUp:
                rows = used(tables[name], spool, lambda _: None)
                lookups[name] = index_table(plan, name, tables[name].columns, rows)
            else:
                reading.list_events(name, tables[name])
        reading.lookups = lookups
        for name, table in tables.items():
            if name != "tickets" and name not in joined:  # no field needs it, but its rows are counted like all others
                deque(used(table, spool, lambda _: None), maxlen=0)
        places, copied = reading.read(tables["tickets"], progress)
        reading.claim()
        strays = reading.settle_events()
    conflicting = name_tickets(connection, places)
    counted = connection.execute(f"SELECT count(*) FROM {reading.table}").fetchone()
    assert counted is not None
    staged = Staged(
        connection=connection,
        plan=plan,
        causes=reading.causes,
        needed=reading.needed,
        constants=reading.constants,
        coded=reading.coded,
        events=reading.events,
        forms=reading.forms,
        formed=counted[0],
        strays=strays,
        conflicting=conflicting,
        tallies=tuple(tally for name in tables for tally in reading.tallied(name, tables[name])),
        instant=None,
        rejected=spool,
        placed=places.placed,
        whole=reading.whole,
        copied={**reading.copied, **copied},
    )
    return replace(staged, instant=dated(staged, options))


@dataclass(slots=True)
class _Reading:
    connection: DuckDBPyConnection
    folder: Path
    plan: Plan
    lookups: Mapping[str, Table]
    needed: frozenset[int]
    spool: Spool
    causes: Causes = field(default_factory=Causes)
    table: str = "fed"
    """The table that has a row for each ticket."""
    whole: str = field(init=False)
    """A query for the ids that are whole numbers."""

    tallies: dict[str, tuple[Tally, ...]] = field(default_factory=dict)
    copied: dict[str, str] = field(default_factory=dict)
    """Why which file of events was not read in place."""
    listed: dict[str, EventTable] = field(default_factory=dict)
    """The tables of events that are joined to the tickets."""
    coded: frozenset[int] = frozenset()
    """The fields whose cells have numbers (see `staged`)."""
    numbers: str = ""
    """The column of `narrow` in which ids are held as whole numbers, if one is."""

    def __post_init__(self) -> None:
        i = self.plan.facts["id"]
        number = f"try_cast(v{i} AS BIGINT)"
        self.whole = f"SELECT {number} AS id FROM staged WHERE s{i} = {VALUE} AND {number}::VARCHAR = v{i}"

    def tallied(self, name: str, scan: Scan) -> tuple[Tally, ...]:
        """What was counted of a table."""
        return self.tallies.get(name) or scan.tallies()

    def list_events(self, name: str, scan: Scan) -> None:
        """Read a table of events, before any ticket is."""
        rows = plan_of(self.plan, name)
        mark, known = self.spool.mark(), self._relations()
        reading = _Reading(
            self.connection, self.folder, rows, {}, frozenset(range(len(rows.fields))), self.spool, self.causes
        )
        _, copied = reading.read(scan, lambda _: None)
        self.copied |= copied
        self.tallies[name] = tuple(replace(t, table=name) for t in reading.tallies.get("tickets", ()))
        constants = {i: reading._constant(i) for i in reading.constants}
        forms = Forms.of(self.connection, reading.coded, constants)
        keys = Keys.of(self.connection, len(self.listed), bool(reading.numbers))
        events = EventTable(self.connection, rows, Encoding(self.causes), forms, keys, self.spool.mark() == mark)
        self.listed[name] = events
        for i, origin in self._listings.items():
            if origin.table == name:
                events.list(i, self.plan.fields[i])
        kept = {f"{kind}{i}" for i in self._listings for kind in ("listed", "forms", "lengths")} | {keys.names}
        for relation, kind in self._relations().items():
            if relation not in known and relation not in kept:
                self.connection.execute(f"DROP {kind} {relation}")

    def settle_events(self) -> int:
        """Give the events of tables of their own to the tickets in `staged`; gives how many rows belong to none of them."""
        identity, strays = self.plan.facts["id"], 0
        for i, origin in self._listings.items():
            events = self.listed[origin.table]
            events.settle(i, self.plan.fields[i], identity, self._whole())
            strays = max(strays, events.strays(i, identity, self._whole()))
        return strays

    @property
    def forms(self) -> dict[int, bool]:
        """The fields whose events stand in a table of their own, and whether they have but their forms and instants."""
        return {i: self.listed[origin.table].formed(self.plan.fields[i]) for i, origin in self._listings.items()}

    @property
    def _listings(self) -> dict[int, Listed]:
        """The fields whose events stand in a table of their own."""
        origins = ((i, self.plan.fields[i].origin) for i in sorted(self.needed))
        return {i: origin for i, origin in origins if isinstance(origin, Listed)}

    def _relations(self) -> dict[str, str]:
        """The views and tables that there are, views first, with their kinds."""
        views = self.connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        tables = self.connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        return {name: "VIEW" for (name,) in views} | {name: "TABLE" for (name,) in tables}

    def _with_events(self, query: str) -> str:
        """The query with the columns of the events of tables of their own besides."""
        for i, origin in self._listings.items():
            query = self.listed[origin.table].join(i, self.plan.fields[i], self.plan.facts["id"], self._whole(), query)
        return query

    def _whole(self) -> str:
        """The whole number that is the id of the ticket `told`."""
        i = self.plan.facts["id"]
        return f"told.whole{i}" if self.numbers else whole_number(f"told.v{i}")

    def claim(self) -> None:
        """Create `claims` (see `forming`) from the tickets in `staged`."""
        if self.numbers:
            claim_numbers(self.connection, self.plan.facts["id"], self.numbers)
        else:
            claim_texts(self.connection, self.plan)

    @property
    def constants(self) -> dict[int, Cell]:
        """The cells of the fields that are the same for every ticket."""
        return {i: constant_cell(self.plan.fields[i]) for i in sorted(self.needed) if _constant(self.plan.fields[i])}

    @property
    def events(self) -> frozenset[int]:
        """The events fields that have a table."""
        kinds = ((i, self.plan.fields[i]) for i in self.needed)
        return frozenset(i for i, f in kinds if f.reading.type is FieldType.EVENTS and not _constant(f))

    def read(self, scan: Scan, progress: Progress) -> tuple[Places, Mapping[str, str]]:
        """Read the tickets; gives where they stand, and why which file was not read in place."""
        mark = self.spool.mark()
        native = scan.native if isinstance(scan, NativeScan) else None
        try:
            if isinstance(scan, DelimitedScan) and scan.columns is not None:
                return self._load_files(scan.delimited, scan.columns)
            if isinstance(scan, ObjectScan) and (names := self._asked()):
                return self._load_objects(scan, names)
            if native is not None and scan.columns is not None:
                return self._load_relation(native, scan.columns), {}
        except Misread:
            self.spool.rewind(mark)
            for name in ("narrow", "steps"):
                self.connection.execute(f"DROP TABLE IF EXISTS {name}")
        return self._feed(scan, progress), {"": "DuckDB has no reader for it"}

    def _feed(self, scan: Scan, progress: Progress) -> Places:
        feeding = Feeding(self.connection, self.plan, self.needed, Encoding(self.causes))
        feeding.feed(scan, self.lookups, used(scan, self.spool, progress))
        if self.plan.reduce is not None:
            keep_rows(self.connection, self.plan.reduce, "fed", "rec")
            self._reduce("fed", "kept.rec, told.* EXCLUDE (rec, key, readable, number, ordered)", "rec", "kept.rec")
            for i in sorted(self.events - self._listings.keys()):
                self._reduce(f"events{i}", "kept.rec, told.* EXCLUDE (rec)", "rec", "kept.rec, told.seq")
                self._reduce(f"mended{i}", "kept.rec, told.* EXCLUDE (rec)", "rec", "kept.rec")
        told = ["rec"]
        for i in sorted(self.needed - self._listings.keys()):
            told += self._constant(i) if i in self.constants else columns_of(i, self.plan.fields[i])
        query = self._with_events(f"SELECT {', '.join(told)} FROM fed")
        self.connection.execute(f"CREATE VIEW staged AS {query}")
        name_files(self.connection, list(feeding.files))
        return FedPlaces()

    def _load_files(self, table: DelimitedTable, columns: tuple[str, ...]) -> tuple[Places, Mapping[str, str]]:
        narrowing = self._narrowing(columns)
        loading = Loading(self.connection, self.folder, narrowing, table, self.spool)
        loading.load()
        name_files(self.connection, [file.name for file in table.files])
        self._form(narrowing)
        return LoadedPlaces(self.connection, table.files, self.plan.reduce is not None), loading.copied

    def _asked(self) -> tuple[str, ...]:
        """The names of what is read of objects; none if that cannot be read as texts."""
        narrowing = self._narrowing(())
        fields = [self.plan.fields[i] for i in narrowing.needed]
        reduce = self.plan.reduce
        words = [f.reading.never_when[1] for f in fields if f.reading.never_when]
        words += [reduce.nulls] if reduce is not None else []
        odd = any(c in word for told in words for word in told for c in ("\0", MARK))
        nested = any(isinstance(f.origin, Column) and f.reading.type is FieldType.EVENTS for f in fields)
        if odd or nested or any(isinstance(f.origin, Key) for f in fields):
            return ()
        return tuple(sorted(narrowing.asked()))

    def _load_objects(self, scan: ObjectScan, names: tuple[str, ...]) -> tuple[Places, Mapping[str, str]]:
        narrowing = replace(self._narrowing(names), marked=True)
        files = scan.objects(names)
        loading = ObjectLoading(self.connection, self.folder, narrowing, files, self.spool)
        loading.load()
        name_files(self.connection, [file.name for file in files])
        self._form(narrowing)
        return LoadedPlaces(self.connection, files, self.plan.reduce is not None), loading.copied

    def _load_relation(self, relation: Relation, columns: tuple[str, ...]) -> Places:
        if any(isinstance(self.plan.fields[i].origin, Key) for i in self.needed):
            raise Misread
        narrowing = self._narrowing(columns, tuple(relation.instants))
        loading = RelationLoading(self.connection, narrowing, relation)
        loading.load()
        places = RelationPlaces(self.connection, loading, self.plan.reduce is not None)
        places.create()
        self._form(narrowing)
        self.tallies["tickets"] = tuple(loading.tallies())
        return places

    def _narrowing(self, columns: tuple[str, ...], instants: tuple[str, ...] = ()) -> Narrowing:
        wanted = Lookups(self.connection, self.plan, Encoding(self.causes), self.lookups).dependencies(self.needed)
        return Narrowing(self.plan, wanted, columns, instants)

    def _form(self, narrowing: Narrowing) -> None:
        """From the table `narrow` to `staged`."""
        self.table = "narrow"
        encoding = Encoding(self.causes)
        lookups = Lookups(self.connection, self.plan, encoding, self.lookups)
        wanted = narrowing.needed
        if self.plan.reduce is not None:
            keep_rows(self.connection, self.plan.reduce, "narrow", "rowid")
            self._reduce(
                "narrow", "kept.told AS row, told.* EXCLUDE (key, readable, number, ordered)", "rowid", "kept.rec"
            )
        decoding = Decoding(
            self.connection, self.plan, encoding, "narrow", narrowing.held, narrowing.apart(), narrowing.marked
        )
        joined = []
        for i in sorted(wanted):
            origin = self.plan.fields[i].origin
            if isinstance(origin, LookedUp):
                joined.append(i)
            elif isinstance(origin, Column):
                decoding.write(i)
            elif not isinstance(origin, Listed):
                decoding.take(self._constant(i))
        query, self.coded = decoding.query(), frozenset(decoding.coded)
        for i in joined:
            query = lookups.join(i, query)
        i = self.plan.facts["id"]
        origin = self.plan.fields[i].origin
        held = narrowing.held[origin.name] if isinstance(origin, Column) else None
        if held is not None and held.holding is Holding.WHOLE:
            self.numbers = held.column
            self.whole = f"SELECT {held.column} AS id FROM narrow WHERE {held.column} IS NOT NULL"
        query = self._with_events(query)
        if lookups.in_time(joined):  # for which DuckDB loses the order
            self.connection.execute(f"CREATE TABLE staged AS FROM ({query}) ORDER BY rec")
        else:
            self.connection.execute(f"CREATE VIEW staged AS {query}")

    def _constant(self, i: int) -> list[str]:
        field = self.plan.fields[i]
        return Encoding(self.causes).constant(i, field, constant_cell(field))

    def _reduce(self, table: str, columns: str, key: str, order: str) -> None:
        """Keep of a table only the rows that stand for tickets."""
        self.connection.execute(
            f"CREATE TABLE reduced AS SELECT {columns} FROM {table} AS told JOIN kept ON kept.told = told.{key} "
            f"ORDER BY {order}"
        )
        self.connection.execute(f"DROP TABLE {table}")
        self.connection.execute(f"ALTER TABLE reduced RENAME TO {table}")


def _constant(field: FieldPlan) -> bool:
    return isinstance(field.origin, Nowhere | Constant)
