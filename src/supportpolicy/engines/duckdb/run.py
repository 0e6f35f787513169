"""One run of the DuckDB engine: the tickets staged, judged and counted in SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from supportpolicy.engines.duckdb.columnar import Columns
from supportpolicy.engines.duckdb.counting import Counting
from supportpolicy.engines.duckdb.lateness import Lates, numeric_ids
from supportpolicy.engines.duckdb.reading import stage
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.duckdb.telling import Telling
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.duckdb.wording import define_wording, others, plain
from supportpolicy.engines.duckdb.workspace import Workspace, in_plain_words
from supportpolicy.engines.ledger import Ledger
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import LookedUp
from supportpolicy.model.cell import Unknown
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import UNDATED, Excluded, Finding, Item, NumericIds, RowPlace, Totals
from supportpolicy.plugin import Progress, Run, RunOptions, Scan
from supportpolicy.plugin.records import AuditInstant

_BATCH: Final = 2_000
_DETAIL: Final = re.compile("d([0-9]+|c|l|v)|vv")
_SPAN: Final = 1_000_000
_SPAN_OF_EVENTS: Final = 200_000
"""How many tickets are judged at a time."""
FEW: Final = 1_000
"""So many tickets, and ten times as many events, are judged sooner than one has weighed how."""


def run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    """Judge every ticket, in the order of the input."""
    workspace = Workspace(options.memory_limit, options.threads)
    try:
        if options.ticket is not None:
            workspace.weigh_less()
        with in_plain_words(options.memory_limit):
            staged = stage(workspace.connection, workspace.folder, plan, tables, options, progress)
        if _few(staged):
            workspace.expect_few()
        session = _Session(workspace, staged, options)
    except BaseException:
        workspace.close()
        raise
    columns = Columns(workspace.connection, options.memory_limit, session.told)
    return Run(staged.instant, session.batches(), session.totals, columns, workspace.close)


class _Session:
    def __init__(self, workspace: Workspace, staged: Staged, options: RunOptions) -> None:
        self.workspace = workspace
        self.staged = staged
        self.options = options
        self.ledger = Ledger(staged.plan, options)
        self.ledger.events += EventTotals(strays=staged.strays)
        self.ids: NumericIds | None = None
        self.telling: Telling | None = None

    def batches(self) -> Iterator[Sequence[Item]]:
        """Rejected rows, excluded tickets, findings; each in the order of the input."""
        try:
            with in_plain_words(self.options.memory_limit):
                yield from self._all()
        except BaseException:
            self.workspace.close()
            raise
        if not self.options.columns:
            self.workspace.close()

    def _all(self) -> Iterator[Sequence[Item]]:
        self.ids = numeric_ids(self.staged)
        yield from _batched(self.staged.rejected)
        if self.staged.instant is None:
            yield from self._undated()
        else:
            yield from self._judged(self.staged.instant)

    def _judged(self, instant: AuditInstant) -> Iterator[Sequence[Item]]:
        define_wording(self.staged.connection, _odd(self.staged))
        span = _SPAN_OF_EVENTS if self.staged.events else _SPAN
        tickets = Tickets(self.staged, instant, self.options, span)
        Counting(tickets, self.ledger).count()
        for rule, lateness in Lates(tickets).told():
            self.ledger.lateness[tickets.label(rule), rule.plan.id] = lateness
        self.telling = Telling(tickets, self.options)
        yield from self.telling.excluded()
        if self.options.items:
            yield from self.telling.findings()
            yield list(self.ledger.whole_input())

    def told(self) -> tuple[Telling | None, Sequence[Finding]]:
        """What tells the findings of a run that has come to its end, and those on the whole input."""
        return self.telling, list(self.ledger.whole_input())

    def _undated(self) -> Iterator[Sequence[Item]]:
        """Nothing is judged of an input that is not dated."""
        self.ledger.excluded[UNDATED] = self.staged.formed
        cursor = self.staged.connection.cursor()
        cursor.execute(
            f"SELECT name, file, record, line FROM ({self.staged.located('(SELECT rec FROM staged)')}) ORDER BY rec"
        )
        while rows := cursor.fetchmany(_BATCH):
            yield [Excluded(name, UNDATED, RowPlace(file, record, line)) for name, file, record, line in rows]

    def totals(self) -> Totals:
        """The control totals; only meaningful after the last batch."""
        return self.ledger.totals(self.staged.tallies, self.staged.formed, self.staged.conflicting, self.ids)


def _few(staged: Staged) -> bool:
    if staged.formed > FEW:
        return False
    counts = (f"SELECT count(*) FROM events{i}" for i in staged.events)
    return all(staged.connection.execute(count).fetchall()[0][0] <= 10 * FEW for count in counts)


def _odd(staged: Staged) -> set[str]:
    """The characters beside those of ASCII that are printed, of all texts that evidence quotes."""
    details = []
    for (table,) in staged.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        described = staged.connection.execute(f"DESCRIBE {table}").fetchall()
        details.append((table, [column for column, *_ in described if _DETAIL.fullmatch(column)]))
    held = sorted(staged.needed - staged.constants.keys())  # a key that no row has stands in no table of details
    details.append(("staged", [f"d{i}" for i in held if isinstance(staged.plan.fields[i].origin, LookedUp)]))
    found = {c for cell in staged.constants.values() if isinstance(cell, Unknown) for c in cell.detail or ""}
    for table, columns in details:
        if columns:
            odd = " OR ".join(f"NOT {plain(column)}" for column in columns)  # null, and so not odd, of no detail
            told = f"concat({', '.join(columns)})"
            query = f"SELECT DISTINCT unnest({others(told)}) FROM {table} WHERE {odd}"
            found.update(character for (character,) in staged.connection.execute(query).fetchall())
    return found


def _batched(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    source = iter(items)
    while batch := list(islice(source, _BATCH)):
        yield batch
