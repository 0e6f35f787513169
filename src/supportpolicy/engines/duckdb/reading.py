"""From the scans of an input to its tickets in a database (see `staged`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from supportpolicy.engines.duckdb.cells import Encoding, columns_of
from supportpolicy.engines.duckdb.codes import Causes
from supportpolicy.engines.duckdb.dating import dated, stated
from supportpolicy.engines.duckdb.feeding import Feeding, used
from supportpolicy.engines.duckdb.forming import name_tickets, reduce_rows, shared_ids
from supportpolicy.engines.duckdb.spool import Spool
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.reference.lookups import Table, index_table
from supportpolicy.expr.decode import decoder
from supportpolicy.expr.nodes import reads
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Constant, FieldPlan, LookedUp, Nowhere
from supportpolicy.model.cell import Cell, Reason, Unknown
from supportpolicy.model.ticket import HAPPENINGS, FieldType
from supportpolicy.plugin import Progress, RunOptions, Scan

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
    spool = Spool(folder / "rejected")
    causes = Causes()
    wanted = needed(plan, options)
    scan = tables["tickets"]
    feeding = Feeding(connection, plan, wanted, Encoding(causes))
    with spool:
        lookups = _lookups(plan, tables, spool)
        feeding.feed(scan, lookups, used(scan, spool, progress))
    events = frozenset(
        i for i in wanted if plan.fields[i].reading.type is FieldType.EVENTS and not _constant(plan.fields[i])
    )
    if plan.reduce is not None:
        reduce_rows(connection, plan.reduce, events)
    constants = {i: _cell(plan.fields[i]) for i in sorted(wanted) if _constant(plan.fields[i])}
    _view(connection, plan, causes, wanted, constants)
    connection.execute("CREATE TABLE files (number INTEGER, name VARCHAR)")
    if feeding.files:
        connection.executemany("INSERT INTO files VALUES (?, ?)", [(n, name) for name, n in feeding.files.items()])
    i = plan.facts["id"]
    shared = f"(SELECT rec, digest FROM fed JOIN staged USING (rec) WHERE staged.v{i} IN ({shared_ids(plan)}))"
    conflicting = name_tickets(connection, plan, shared)
    counted = connection.execute("SELECT count(*) FROM fed").fetchone()
    assert counted is not None
    staged = Staged(
        connection=connection,
        plan=plan,
        causes=causes,
        needed=wanted,
        constants=constants,
        events=events,
        formed=counted[0],
        conflicting=conflicting,
        tallies=tuple(tally for table in tables.values() for tally in table.tallies()),
        instant=None,
        rejected=spool,
        placed=_placed,
    )
    return replace(staged, instant=dated(staged, options))


def _lookups(plan: Plan, tables: Mapping[str, Scan], spool: Spool) -> dict[str, Table]:
    joined = dict.fromkeys(field.origin.table for field in plan.fields if isinstance(field.origin, LookedUp))
    return {
        name: index_table(plan, name, tables[name].columns, used(tables[name], spool, lambda _: None))
        for name in joined
    }


def _constant(field: FieldPlan) -> bool:
    return isinstance(field.origin, Nowhere | Constant)


def _cell(field: FieldPlan) -> Cell:
    """The cell of a field that is the same for every ticket."""
    if isinstance(field.origin, Constant):
        cell = decoder(field)(field.origin.text)
        return Unknown(Reason.INVALID, field.name, field.origin.text) if cell is None else cell
    return Unknown(Reason.MISSING, field.name)


def _view(
    connection: DuckDBPyConnection, plan: Plan, causes: Causes, wanted: frozenset[int], constants: Mapping[int, Cell]
) -> None:
    """The view `staged` over `fed`, with the constant fields beside."""
    encoding, columns = Encoding(causes), ["rec"]
    for i in sorted(wanted):
        field = plan.fields[i]
        columns += encoding.constant(i, field, constants[i]) if i in constants else columns_of(i, field)
    connection.execute(f"CREATE VIEW staged AS SELECT {', '.join(columns)} FROM fed")


def _placed(relation: str) -> str:
    return (
        f"SELECT rec, files.name AS file, fed.record, fed.line FROM fed JOIN files ON files.number = fed.file "
        f"WHERE rec IN (SELECT rec FROM {relation})"
    )
