"""One run of the DuckDB engine over a plain CSV file; what it cannot read by itself, the reference engine runs."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from supportpolicy.engines.duckdb.clocks import Clocks
from supportpolicy.engines.duckdb.codes import TRUE, VALUE, Causes
from supportpolicy.engines.duckdb.judging import COULD_FAIL, COULD_PASS, COULDS, Judging
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.lines import Lines, opened
from supportpolicy.engines.duckdb.native import Plain, plain, simple
from supportpolicy.engines.duckdb.source import source_statement
from supportpolicy.engines.duckdb.staging import Staging, spelled
from supportpolicy.engines.duckdb.truths import Columns, Truths, named, quoted
from supportpolicy.engines.ledger import Ledger, finding
from supportpolicy.engines.reference.forming import BEFORE, RowReader
from supportpolicy.engines.reference.instant import fix_instant, newest_instant
from supportpolicy.engines.reference.judging import Bearers, Judged
from supportpolicy.engines.reference.lookups import Table, index_table
from supportpolicy.engines.reference.revisions import Revisions
from supportpolicy.engines.reference.run import run as reference_run
from supportpolicy.engines.reference.truths import AS_OF, AUDIT
from supportpolicy.expr.nodes import Distinct
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import LookedUp
from supportpolicy.model.cell import Cell
from supportpolicy.model.finding import (
    UNDATED,
    WORST,
    Excluded,
    Finding,
    Item,
    NumericIds,
    Rejected,
    RowPlace,
    Tally,
    Totals,
)
from supportpolicy.model.instant import DAY_US, month_of
from supportpolicy.model.ticket import HAPPENINGS
from supportpolicy.model.verdict import OnFail, Verdict
from supportpolicy.plugin import Progress, Row, Run, RunOptions, Scan
from supportpolicy.plugin.records import AuditInstant

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH: Final = 1_000
_REPEAT: Final = "byte-identical repeat"


def run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    """Judge every ticket, in the order of the input."""
    file = plain(tables["tickets"]) if simple(plan) and not options.by and options.period is None else None
    if file is None:
        return reference_run(plan, tables, options, progress)
    import duckdb

    folder = Path(tempfile.mkdtemp(prefix="supportpolicy-"))
    connection = duckdb.connect(config={"temp_directory": str(folder)})
    try:
        session = _Session(connection, plan, tables, file, options)
        if not session.load():
            connection.close()
            shutil.rmtree(folder)
            return reference_run(plan, tables, options, progress)
        instant = session.prepare()
    except BaseException:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Run(instant, _closing(session.batches(), connection, folder), session.totals)


def _closing(
    batches: Iterator[Sequence[Item]], connection: DuckDBPyConnection, folder: Path
) -> Iterator[Sequence[Item]]:
    try:
        yield from batches
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


class _Shown(NamedTuple):
    """A judged ticket that was read again from the file: the name it goes by, the id it claims, its cells, its codes."""

    name: str
    claimed: str
    place: RowPlace
    cells: list[Cell]
    codes: list[int]


class _Session:
    def __init__(
        self,
        connection: DuckDBPyConnection,
        plan: Plan,
        tables: Mapping[str, Scan],
        file: Plain,
        options: RunOptions,
    ) -> None:
        self.connection = connection
        self.plan = plan
        self.revision = plan.revisions[0]
        self.tables = tables
        self.file = file
        self.options = options
        self.causes = Causes()
        self.ledger = Ledger(plan, options)
        self.rejected: list[Rejected] = []
        self.lookups: dict[str, Table] = {}
        self.names: dict[int, str] = {}
        self.repeats: set[int] = set()
        self.conflicting: tuple[str, ...] = ()
        self.read = 0
        self.known: dict[int, Judged] = {}
        self.repeated: dict[str, str] = {}
        self.ids: NumericIds | None = None

    # --- reading ---
    def load(self) -> bool:
        """Read the file into `source`; False where it turns out that only the strict reader can be trusted with it."""
        self.connection.execute(source_statement(self.plan, self.file))
        told = self.connection.execute("SELECT count(*), count(*) FILTER (WHERE marked) FROM source").fetchone()
        faults = self.connection.execute("SELECT count(*) FROM reject_errors").fetchone()
        assert told is not None
        assert faults is not None
        self.read = told[0]
        return (told[0], told[1], faults[0]) == (self.file.lines, 0, 0)

    def prepare(self) -> AuditInstant | None:
        """Stage the cells, name the tickets, fix the audit instant, judge."""
        for name in dict.fromkeys(f.origin.table for f in self.plan.fields if isinstance(f.origin, LookedUp)):
            self.lookups[name] = index_table(self.plan, name, self.tables[name].columns, self._rows(self.tables[name]))
        for name, table in self.tables.items():
            if name != "tickets" and name not in self.lookups:  # no field needs it, but its rows are counted
                for _ in self._rows(table):
                    pass
        Staging(self.connection, self.plan, self.causes, self.lookups).write()
        self.connection.execute("DROP TABLE source")
        self._name()
        self.ids = self._ids()
        stated = self.options.as_of is not None or self.options.exported_at is not None or self.plan.horizon is not None
        self.instant = fix_instant(self.plan, (), self.options) if stated else self._newest()
        if self.instant is not None:
            self._judge(self.instant)
        return self.instant

    def _rows(self, scan: Scan) -> Iterator[Row]:
        for row in scan.rows():
            if isinstance(row, Rejected):
                self.rejected.append(row)
            else:
                yield row

    def _name(self) -> None:
        """Repeats and conflicting ids, told apart by the bytes of the records."""
        i = self.plan.facts["id"]
        shared = self.connection.execute(
            f"SELECT rec, v{i} FROM staged WHERE s{i} = {VALUE} AND v{i} IN "
            f"(SELECT v{i} FROM staged WHERE s{i} = {VALUE} GROUP BY v{i} HAVING count(*) > 1) ORDER BY rec"
        ).fetchall()
        claims: dict[str, list[int]] = {}
        seen: dict[str, set[bytes]] = defaultdict(set)
        with self._lines() as lines:
            for row, claimed in shared:
                raw = lines.at(row).raw
                if raw in seen[claimed]:
                    self.repeats.add(row)
                else:
                    seen[claimed].add(raw)
                    claims.setdefault(claimed, []).append(row)
        conflicts = {claimed: rows for claimed, rows in claims.items() if len(rows) > 1}
        self.names = {row: f"{c}#{n}" for c, rows in conflicts.items() for n, row in enumerate(rows, 1)}
        self.conflicting = tuple(self._first_seen(conflicts))

    def _first_seen(self, conflicts: Mapping[str, Sequence[int]]) -> list[str]:
        return sorted(conflicts, key=lambda claimed: conflicts[claimed][0])

    def _newest(self) -> AuditInstant | None:
        submitted = self.plan.facts["submitted"]
        parts = []
        for order, name in enumerate(HAPPENINGS):
            i = self.plan.facts[name]
            measured = self.plan.fields[i].reading.measured
            at, where = f"hi{i}", f"s{i} = {VALUE}"
            if measured is not None:
                if measured.clock != "24x7":
                    continue
                at, where = f"hi{submitted} + hi{i}", f"{where} AND s{submitted} = {VALUE}"
            parts.append(f"SELECT rec, {order} AS part, {at} AS us FROM staged WHERE {where}")
        happened = " UNION ALL ".join(parts)
        counted = self.connection.execute(f"SELECT count(*) FROM ({happened})").fetchone()
        assert counted is not None
        if not counted[0]:
            return None
        newest = self.connection.execute(
            f"SELECT rec, us FROM ({happened}) ORDER BY us DESC, rec, part LIMIT 1"
        ).fetchone()
        above = counted[0] - 1 - (counted[0] - 1) * 999 // 1000
        usual = self.connection.execute(
            f"SELECT us FROM ({happened}) ORDER BY us DESC LIMIT 1 OFFSET {above}"
        ).fetchone()
        assert newest is not None
        assert usual is not None
        with self._lines() as lines:
            line = lines.at(newest[0])
        name = self._names([newest[0]])[0]
        return newest_instant(newest[1], usual[0], name, line.place)

    def _names(self, rows: Sequence[int]) -> list[str]:
        """What reports call the tickets of these rows."""
        i = self.plan.facts["id"]
        known: dict[int, str] = dict(
            self.connection.execute(
                f"SELECT rec, v{i} FROM staged WHERE s{i} = {VALUE} AND rec IN (SELECT unnest(?::BIGINT[]))",
                [list(rows)],
            ).fetchall()
        )
        name = self.file.file.name
        return [self.names.get(row, known.get(row, f"{name}#{row + 1}")) for row in rows]

    def _lines(self) -> AbstractContextManager[Lines]:
        file = self.file.file
        return opened(Path(file.path), file.name, file.start)

    # --- judging ---
    def _judge(self, instant: AuditInstant) -> None:
        layers = Layers("staged")
        own = Truths(self._columns(self.plan.facts), instant.at, self.causes, layers.define)
        truths = Truths(self._columns(self.revision.facts), instant.at, self.causes, layers.define)
        submitted = own.fields["submitted"]
        arms = [f"WHEN rec IN ({', '.join(map(str, sorted(self.repeats)))}) THEN 0"] if self.repeats else []
        self.reasons = [_REPEAT]
        for exclusion in self.plan.exclude:
            arms.append(f"WHEN {own.write(exclusion.when)} = {TRUE} THEN {self._reason(exclusion.reason)}")
        late = self._reason("submitted after the audit instant")
        arms.append(f"WHEN {submitted.state} = {VALUE} AND {submitted.lo} > {instant.at} THEN {late}")
        for exclusion in self.revision.exclude:
            arms.append(f"WHEN {truths.write(exclusion.when)} = {TRUE} THEN {self._reason(exclusion.reason)}")
        layers.define(f"CASE {' '.join(arms)} END", "excluded")
        self.repeated = self._repeated(layers)
        measured = {f.name: f.reading.measured.clock for f in self.plan.fields if f.reading.measured is not None}
        clocks = Clocks(truths, measured, instant.as_of)
        Judging(self.revision, layers, truths, clocks, self.repeated).write()
        rules = ", ".join(named(rule.id) for rule in self.revision.rules)
        details = ", ".join(f"s{i}, d{i}" for i, f in enumerate(self.plan.fields) if spelled(f))
        keep = f"rec, excluded, {rules}" + (f", {details}" if details else "")
        self.connection.execute(f"CREATE TABLE judged AS SELECT {keep} FROM (\n{layers.select()}\n)")

    def _reason(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def _columns(self, facts: Mapping[str, int]) -> dict[str, Columns]:
        return {name: Columns(i, self.plan.fields[i].reading.type) for name, i in facts.items()}

    def _repeated(self, layers: Layers) -> dict[str, str]:
        """For each field that must be unique, the table of values that several judged ids bear."""
        tables: dict[str, str] = {}
        identity = self.plan.facts["id"]
        fields = {rule.demand.field for rule in self.revision.rules if isinstance(rule.demand, Distinct)}
        for field in sorted(fields):
            i = self.revision.facts[field]
            bearer = f"CASE s{identity} WHEN {VALUE} THEN v{identity} ELSE concat('#', rec) END"
            self.connection.execute(
                f"CREATE TABLE repeated{i} AS SELECT v{i} AS value FROM (\n{layers.select()}\n) "
                f"WHERE excluded IS NULL AND s{i} = {VALUE} GROUP BY v{i} HAVING count(DISTINCT {bearer}) > 1"
            )
            tables[field] = f"repeated{i}"
        return tables

    # --- telling ---
    def batches(self) -> Iterator[Sequence[Item]]:
        if self.instant is None:
            self.ledger.excluded[UNDATED] = self.read
            with self._lines() as lines:
                names = enumerate(self._names(range(self.read)))
                yield [*self.rejected, *(Excluded(name, UNDATED, lines.at(row).place) for row, name in names)]
            return
        yield [*self.rejected, *self._excluded()]
        self._count()
        items: list[Item] = []
        for told in self._findings():
            items.append(told)
            if len(items) >= _BATCH:
                yield items
                items = []
        yield [*items, *self.ledger.whole_input()]

    def _excluded(self) -> Iterator[Excluded]:
        found = self.connection.execute(
            "SELECT rec, excluded FROM judged WHERE excluded IS NOT NULL ORDER BY rec"
        ).fetchall()
        rows = [row for row, _ in found]
        with self._lines() as lines:
            for (row, reason), name in zip(found, self._names(rows), strict=True):
                self.ledger.excluded[self.reasons[reason]] += 1
                yield Excluded(name, self.reasons[reason], lines.at(row).place)

    def _count(self) -> None:
        rules = [named(rule.id) for rule in self.revision.rules]
        unrated = f"rec IN ({', '.join(map(str, sorted(self.names)))})" if self.names else "false"
        for code, *rest in self._combinations(rules, unrated):
            *codes, tickets = rest
            self.ledger.judged_under[self.revision.label] += tickets
            for rule, number in zip(self.revision.rules, codes, strict=True):
                self.ledger.rules[self.revision.label, rule.id].add(self._judged(number), not code, tickets)
            self._count_breaches(codes, tickets)
        self._count_months()
        self._count_late()
        for i, field in enumerate(self.plan.fields):
            if spelled(field):
                vocabulary = field.reading.vocabulary or ()
                for text, tickets in self.connection.execute(
                    f"SELECT d{i}, count(*) FROM judged WHERE excluded IS NULL AND d{i} IS NOT NULL GROUP BY ALL"
                ).fetchall():
                    self.ledger.unmapped[field.name, text] += tickets
                    self.ledger.vocabularies.setdefault((field.name, text), vocabulary)

    def _count_breaches(self, codes: Sequence[int], tickets: int) -> None:
        parties = {
            rule.party
            for rule, number in zip(self.revision.rules, codes, strict=True)
            if rule.on_fail is OnFail.VIOLATION and self._judged(number).outcome.verdict is Verdict.FAIL
        }
        for party in parties:
            self.ledger.breached[party] += tickets

    def _count_months(self) -> None:
        i = self.plan.facts["submitted"]
        day = f"CASE WHEN s{i} = {VALUE} THEN (lo{i} - (lo{i} % {DAY_US} + {DAY_US}) % {DAY_US}) // {DAY_US} END"
        for number, tickets in self.connection.execute(
            f"SELECT {day} AS day, count(*) FROM staged WHERE rec IN (SELECT rec FROM judged WHERE excluded IS NULL) "
            "GROUP BY day"
        ).fetchall():
            if number is None:
                self.ledger.undated += tickets
            else:
                self.ledger.months[month_of(number * DAY_US)] += tickets

    def _count_late(self) -> None:
        """How late tickets were, by the closures of the reference engine."""
        compiled = Revisions(self.plan).compiled[0].rules
        for rule in compiled:
            if rule.late is not None:
                known = self.connection.execute(f"SELECT DISTINCT {named(rule.plan.id)} FROM judged").fetchall()
                failing = [n for (n,) in known if n is not None and self._judged(n).outcome.verdict is Verdict.FAIL]
                if failing:
                    lates = self.ledger.lates[self.revision.label, rule.plan.id]
                    for shown in self._shown(f"{named(rule.plan.id)} IN ({', '.join(map(str, failing))})"):
                        lates.add(rule.late(shown.cells), shown.name, shown.place)

    def _ids(self) -> NumericIds | None:
        i = self.plan.facts["id"]
        whole = f"s{i} = {VALUE} AND regexp_full_match(v{i}, '0|[1-9][0-9]{{0,17}}')"
        numbers = f"SELECT v{i}::BIGINT AS id FROM staged WHERE {whole}"
        told = self.connection.execute(
            f"SELECT count(*), count(DISTINCT id), min(id), max(id) FROM ({numbers})"
        ).fetchone()
        assert told is not None
        if not told[0]:
            return None
        gaps = self.connection.execute(
            f"SELECT id + 1, next - 1 FROM (SELECT id, lead(id) OVER (ORDER BY id) AS next FROM (SELECT DISTINCT id "
            f"FROM ({numbers}))) WHERE next - id > 1 ORDER BY next - id DESC, id LIMIT {WORST}"
        ).fetchall()
        tickets, different, least, greatest = told
        return NumericIds(tickets, different, least, greatest, tuple(gaps))

    def _combinations(self, rules: Sequence[str], unrated: str) -> list[tuple[int, ...]]:
        return self.connection.execute(
            f"SELECT {unrated} AS unrated, {', '.join(rules)}, count(*) FROM judged WHERE excluded IS NULL GROUP BY ALL"
        ).fetchall()

    def _judged(self, number: int) -> Judged:
        known = self.known.get(number)
        if known is None:
            known = self.known[number] = self._decoded(number)
        return known

    def _decoded(self, number: int) -> Judged:
        gates = tuple(rule.id for rule in self.revision.rules if rule.is_gate)
        code, could = divmod(number, COULDS)
        verdicts = [v for bit, v in ((COULD_PASS, Verdict.PASS), (COULD_FAIL, Verdict.FAIL)) if could & bit]
        return Judged(self.causes.outcome(code, gates), frozenset(verdicts))

    def _findings(self) -> Iterator[Finding]:
        """The tickets with something to tell are read again from the file and shown by the reference engine's closures,
        which must agree with what SQL found."""
        assert self.instant is not None
        telling = self._telling()
        if not telling:
            return
        compiled, shared = Revisions(self.plan).compiled[0], self._shared()
        for told in self._shown(telling):
            bearers = _bearers(shared, told.claimed)
            asked = self.ledger.asks(told.claimed, told.name)
            for rule, number in zip(compiled.rules, told.codes, strict=True):
                outcome = self._judged(number).outcome
                if asked or self.ledger.tells(rule.plan.on_fail, outcome):
                    evidence = rule.evidence(told.cells, bearers)
                    yield finding(told.name, rule.plan, outcome, self.revision.label, evidence, told.place)

    def _shown(self, condition: str) -> Iterator[_Shown]:
        """The judged tickets for which it holds, read again from the file."""
        assert self.instant is not None
        rules = [named(rule.id) for rule in self.revision.rules]
        cursor = self.connection.cursor().execute(
            f"SELECT rec, {', '.join(rules)} FROM judged WHERE excluded IS NULL AND ({condition}) ORDER BY rec"
        )
        reader = RowReader(self.plan, self.file.columns, self.lookups)
        parse = self.file.file.parse
        with self._lines() as lines:
            while found := cursor.fetchmany(_BATCH):
                for row, *codes in found:
                    line = lines.at(row)
                    cells = reader.cells(Row(line.place, parse(line.raw) or (), line.raw))
                    cells[AUDIT], cells[AS_OF] = self.instant.at, self.instant.as_of
                    told = cells[BEFORE + self.plan.facts["id"]]
                    claimed = told if isinstance(told, str) else f"{line.place.file}#{row + 1}"
                    name = self.names.get(row, claimed)
                    yield _Shown(name, claimed, line.place, cells, codes)

    def _telling(self) -> str:
        """The condition of tickets on which there is a finding."""
        if self.options.ticket is not None:
            i = self.plan.facts["id"]
            rows = [row for row, name in self.names.items() if name == self.options.ticket]
            listed = f" OR rec IN ({', '.join(map(str, rows))})" if rows else ""
            return f"rec IN (SELECT rec FROM staged WHERE (s{i} = {VALUE} AND v{i} = {quoted(self.options.ticket)}){listed})"
        codes = self.connection.execute(
            " UNION ".join(
                f"SELECT DISTINCT {n}, {named(rule.id)} FROM judged WHERE excluded IS NULL"
                for n, rule in enumerate(self.revision.rules)
            )
        ).fetchall()
        parts = []
        for n, rule in enumerate(self.revision.rules):
            telling = [c for m, c in codes if m == n and self.ledger.tells(rule.on_fail, self._judged(c).outcome)]
            if telling:
                parts.append(f"{named(rule.id)} IN ({', '.join(map(str, telling))})")
        return " OR ".join(parts)

    def _shared(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """For each field that must be unique and each value that several ids bear, these ids in the order of the file."""
        identity, unnamed = self.plan.facts["id"], f"{self.file.file.name}#"
        shared: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for field, table in self.repeated.items():
            i = self.revision.facts[field]
            for value, rec, bearer in self.connection.execute(
                f"SELECT v{i}, rec, CASE s{identity} WHEN {VALUE} THEN v{identity} END FROM staged WHERE s{i} = {VALUE} "
                f"AND v{i} IN (FROM {table}) AND rec IN (SELECT rec FROM judged WHERE excluded IS NULL) ORDER BY rec"
            ).fetchall():
                shared[field, value][bearer if bearer is not None else f"{unnamed}{rec + 1}"] = None
        return {key: tuple(bearers) for key, bearers in shared.items()}

    def totals(self) -> Totals:
        """The control totals; only meaningful after the last batch."""
        file = self.file.file
        tally = Tally(file.name, "tickets", file.line_feeds, 1, self.read)
        others = [tally for name, scan in self.tables.items() if name != "tickets" for tally in scan.tallies()]
        return self.ledger.totals((tally, *others), self.read, self.conflicting, self.ids)


def _bearers(shared: Mapping[tuple[str, str], Sequence[str]], claimed: str) -> Bearers:
    """Who bears a value of the ticket called `claimed`: it alone, unless the value is shared."""
    return lambda field, value: shared.get((field, value), (claimed,))
