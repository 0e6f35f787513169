"""The suite for engines."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from supportpolicy.compiler.mapping import Mapping as TicketMapping
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.expr.plan import Plan
from supportpolicy.model.finding import Excluded, Finding, Item, Rejected, Totals
from supportpolicy.plugin import Engine, Run, RunOptions, Scan
from supportpolicy.plugin.columns import FINDING_COLUMNS, Column, values_of
from supportpolicy.plugin.records import Columnar
from supportpolicy.testing.conformance.corpus import TRIALS, Trial
from supportpolicy.testing.conformance.corpus.trial import source_of
from supportpolicy.testing.conformance.requirement import during, require, require_equal, require_words, shown
from supportpolicy.testing.conformance.workbench import Result, built_ins, mapping_of, policy_of, run

_SCOPES: Final = frozenset({"ticket", "population"})
_KINDS: Final[tuple[tuple[str, type[Item]], ...]] = (
    ("finding", Finding),
    ("exclusion", Excluded),
    ("rejected row", Rejected),
)


def check_engine(engine: Engine, trials: Iterable[Trial] = TRIALS) -> None:
    """Check that the engine finds what the reference engine finds, in every trial, or in those that are given.

    Findings, exclusions and rejected rows must each come in the reference engine's order; how they are mixed and cut into
    batches is free. Trials with rules of a scope that the engine does not claim are left out. Raises AssertionError with
    the first thing that differs.
    """
    name = f"engine {engine.name!r}"
    require_words(f"the summary of {name}", engine.summary)
    require(
        "ticket" in engine.scopes and engine.scopes <= _SCOPES,
        f"the scopes of {name} are {sorted(engine.scopes)}; expected ticket, or ticket and population",
    )
    tried = 0
    for trial in trials:
        with laid_out(trial) as (plan, tables):
            if not scopes_of(plan) <= engine.scopes:
                continue
            tried += 1
            alone = True
            for options in trial.options():
                what = f"{name}, trial {trial.name!r}, {_told(options)}"
                expected = run(built_ins().engines["reference"], plan, tables, options)
                every = options.include == "all"
                _check(what, engine, plan, tables, replace(options, columns=every), expected)
                if every and alone:
                    with during(f"{what}, as columns"):
                        require_same_columns(
                            f"{what}, as columns", engine.run(plan, tables, as_columns(options), _unseen), expected
                        )
                    alone = False
    require(tried > 0, f"{name}: no trial has only rules of its scopes")


@contextmanager
def laid_out(trial: Trial) -> Iterator[tuple[Plan, Mapping[str, Scan]]]:
    """The trial's plan, and its tables opened by the built-in sources."""
    sources = built_ins().sources
    with tempfile.TemporaryDirectory() as folder:
        mapping = mapping_of(trial.mapping, sources) if trial.mapping else None
        names = [_write(folder, name, content) for name, content in trial.files.items()]
        tables = dict(sources[trial.source].open(names, mapping.options if mapping else {}, "tickets").tables)
        for table, (name, content) in trial.tables.items():
            source = sources[source_of(name)]
            tables.update(source.open([_write(folder, name, content)], {}, table).tables)
        yield _plan(trial, mapping, tables), tables


def _write(folder: str, name: str, content: bytes) -> str:
    path = Path(folder) / name
    if source_of(name) == "parquet":
        _write_parquet(path, content.decode())
    else:
        path.write_bytes(content)
    return str(path)


def _write_parquet(path: Path, query: str) -> None:
    import duckdb

    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")


def _plan(trial: Trial, mapping: TicketMapping | None, tables: Mapping[str, Scan]) -> Plan:
    policy = policy_of(trial.policies, built_ins().rule_kinds)
    return compile_plan(policy, mapping, {name: scan.columns for name, scan in tables.items()}, trial.by)


def scopes_of(plan: Plan) -> frozenset[str]:
    """The scopes of the plan's rules; objectives are of the population."""
    scopes = frozenset(rule.scope for revision in plan.revisions for rule in revision.rules)
    return scopes | {"population"} if any(revision.objectives for revision in plan.revisions) else scopes


def _told(options: RunOptions) -> str:
    told = [f"--include {options.include}" if options.ticket is None else f"of ticket {options.ticket}"]
    if options.as_of is not None:
        told.append(f"as of {options.as_of}")
    if options.exported_at is not None:
        told.append(f"exported at {options.exported_at}")
    return ", ".join(told)


def _check(
    what: str, engine: Engine, plan: Plan, tables: Mapping[str, Scan], options: RunOptions, expected: Result
) -> None:
    """Run the engine, and compare what it gives one by one; as columns, too, if they are asked for and it has them."""
    with during(what):
        seen: list[int] = []
        running = engine.run(plan, tables, options, seen.append)
    try:
        with during(what):
            found = _found(what, running)
            require(
                seen == sorted(seen) and all(isinstance(n, int) for n in seen),
                f"{what}: the progress told is {shown(seen)}",
            )
        require_same_results(what, found, expected)
        if options.columns and running.findings is not None:
            with during(f"{what}, as columns"):
                _require_same_rows(f"{what}, as columns", running.findings, expected)
    finally:
        running.close()


def _found(what: str, running: Run) -> Result:
    items = tuple(item for batch in running.batches for item in batch)
    totals = running.totals()
    require_equal(running.totals(), totals, f"{what}: the totals when asked again")
    return Result(running.instant, items, totals)


def as_columns(options: RunOptions) -> RunOptions:
    """The same question of somebody who takes findings as columns only."""
    return replace(options, items=False, columns=True)


def _unseen(_rows: int) -> None:
    """Progress that nobody watches."""


def require_same_columns(what: str, running: Run, expected: Result) -> None:
    """An engine that hands findings over as columns hands over the same ones."""
    try:
        found = [item for batch in running.batches for item in batch]
        _compare_totals(what, running.totals(), expected.totals)
        if running.findings is None:
            _compare_items(what, _findings(found), _findings(expected.items))
        else:
            _require_same_rows(what, running.findings, expected)
    finally:
        running.close()


def _findings(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, Finding)]


def _require_same_rows(what: str, columnar: Columnar, expected: Result) -> None:
    with tempfile.NamedTemporaryFile() as file:
        columnar.copy_to(file.name, {"a key": "it's"})
        rows, metadata = _stored(file.name)
    findings = [item for item in expected.items if isinstance(item, Finding)]
    require_equal(metadata, [("a key", "it's")], f"{what}: the metadata of the file")
    require_equal(len(rows), len(findings), f"{what}: the number of rows")
    for number, (row, finding) in enumerate(zip(rows, findings, strict=True), 1):
        *told, evidence = row
        *wanted, of = values_of(finding)
        require_equal(told, wanted, f"{what}: row {number}")
        pairs = [json.loads(text, object_pairs_hook=list) for text in (evidence, str(of))]
        require_equal(pairs[0], pairs[1], f"{what}: the evidence of row {number}")


def _stored(path: str) -> tuple[list[tuple[Any, ...]], list[tuple[str, str]]]:
    import duckdb

    with duckdb.connect() as connection:
        columns = connection.execute("SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet(?))", [path])
        require_equal([Column(*column) for column in columns.fetchall()], [*FINDING_COLUMNS], "the columns of the file")
        rows = connection.execute("FROM read_parquet(?)", [path]).fetchall()
        told = connection.execute("SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [path]).fetchall()
        return rows, [(key, value) for key, value in told if key not in ("ARROW:schema", "geo")]


def require_same_results(what: str, found: Result, expected: Result) -> None:
    """Raise AssertionError with the first thing in which two runs differ, other than how their items are mixed."""
    require_equal(found.instant, expected.instant, f"{what}: the audit instant")
    for noun, kind in _KINDS:
        _compare_items(
            f"{what}: {noun}",
            [item for item in found.items if isinstance(item, kind)],
            [item for item in expected.items if isinstance(item, kind)],
        )
    strangers = [item for item in found.items if not isinstance(item, Finding | Excluded | Rejected)]
    require(not strangers, f"{what}: it gave {shown(strangers[:1])}, which is no item")
    _compare_totals(what, found.totals, expected.totals)


def _compare_totals(what: str, found: Totals, expected: Totals) -> None:
    for total in expected.__slots__:
        of_engine, of_reference = getattr(found, total), getattr(expected, total)
        if isinstance(of_reference, Mapping):
            for key in dict.fromkeys((*of_reference, *of_engine)):
                require_equal(of_engine.get(key), of_reference.get(key), f"{what}: total `{total}` of {key}")
            require_equal(list(of_engine), list(of_reference), f"{what}: the order of total `{total}`")
        require_equal(of_engine, of_reference, f"{what}: total `{total}`")


def _compare_items(what: str, found: Sequence[Item], expected: Sequence[Item]) -> None:
    for number, (one, other) in enumerate(zip(found, expected, strict=False), 1):
        if one != other:
            differing = {
                name: (getattr(one, name), getattr(other, name))
                for name in one.__slots__
                if getattr(one, name) != getattr(other, name)
            }
            told = "; ".join(f"{name}: expected {shown(b)}, found {shown(a)}" for name, (a, b) in differing.items())
            raise AssertionError(f"{what} {number}: {told}; the whole of it should be {shown(other)}")
    require(len(found) >= len(expected), f"{what} {len(found) + 1} is missing: {shown(expected[len(found) :][:1])}")
    require(
        len(found) <= len(expected), f"{what} {len(expected) + 1} is one too many: {shown(found[len(expected) :][:1])}"
    )
