"""Runs engines over a world and says where they differ."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reducing import reduced
from worlds import World

from supportpolicy.audit import AuditRequest, Prepared, prepare, table_source, unseen
from supportpolicy.errors import SupportPolicyError
from supportpolicy.model.finding import Finding
from supportpolicy.plugin import Engine, RunOptions, Scan
from supportpolicy.testing.conformance.engines import as_columns, require_same_columns, require_same_results
from supportpolicy.testing.conformance.workbench import Result, built_ins, run


@dataclass
class Seen:
    """How much was compared."""

    policies: int = 0
    runs: int = 0
    tickets: int = 0
    rejected: int = 0
    excluded: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        self.runs += 1
        self.tickets += result.totals.formed
        self.rejected += sum(tally.rejected for tally in result.totals.tallies)
        self.excluded += sum(result.totals.excluded.values())
        self.verdicts.update(
            f"{item.verdict.value}{f': {item.reason.value}' if item.reason else ''}"
            for item in result.items
            if isinstance(item, Finding) and item.ticket is not None
        )

    def __str__(self) -> str:
        kinds = ", ".join(f"{verdict} {count:,}" for verdict, count in sorted(self.verdicts.items()))
        return (
            f"{self.policies:,} policies, {self.runs:,} runs, {self.tickets:,} tickets "
            f"({self.excluded:,} excluded), {self.rejected:,} rejected rows, {self.verdicts.total():,} verdicts: {kinds}"
        )


@contextlib.contextmanager
def laid_out(world: World) -> Iterator[None]:
    """The world's files in a folder of their own, which is the current one, so that files are named alike everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        world.lay(Path(folder))
        with contextlib.chdir(folder):
            yield


def prepared(world: World, options: RunOptions | None = None) -> Prepared:
    """The compiled audit, with inputs opened afresh: what one run counted must not be there for the next."""
    request = AuditRequest(
        "policy",
        tuple(world.exports),
        source=None if world.mapping is not None else next(iter(world.exports)).removesuffix(".gz").rpartition(".")[2],
        mapping="mapping.yaml" if world.mapping is not None else None,
        tables={name: file for name, (file, _) in world.tables.items()},
        by=options.by if options is not None else (),
    )
    return prepare(request, built_ins())


def opened_again(world: World, ready: Prepared) -> dict[str, Scan]:
    """The inputs of the compiled audit opened afresh, without compiling it once more, which takes longer than to judge."""
    options = ready.mapping.options if ready.mapping is not None else {}
    tables = dict(ready.source.open(tuple(world.exports), options, "tickets").tables)
    for name, (file, _) in world.tables.items():
        tables.update(table_source(file, built_ins()).open((file,), {}, name).tables)
    return tables


def told(engine: Engine, world: World, options: RunOptions) -> Result:
    ready = prepared(world, options)
    return run(engine, ready.plan, ready.tables, options)


def require_agreement(engine: Engine, world: World, seen: Seen | None = None) -> None:
    """AssertionError with the first thing in which the engine differs from the reference engine, if there is one."""
    with laid_out(world):
        if seen is not None:
            seen.policies += 1
        for options in world.questions:
            ready = prepared(world, options)
            found = run(engine, ready.plan, ready.tables, options)
            expected = run(built_ins().engines["reference"], ready.plan, opened_again(world, ready), options)
            if seen is not None:
                seen.add(expected)
            require_same_results(f"engine {engine.name!r}, {options}", found, expected)
            if len(world.questions) == 1:
                columns = as_columns(options)
                running = engine.run(ready.plan, opened_again(world, ready), columns, unseen)
                require_same_columns(f"engine {engine.name!r}, {columns}", running, expected)


def difference(engine: Engine, world: World, seen: Seen | None = None) -> str:
    """What differs, in words, or how one of the engines fails; empty where nothing does. A world that no audit would take
    raises a SupportPolicyError."""
    try:
        require_agreement(engine, world, seen)
    except SupportPolicyError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def smallest(engine: Engine, world: World, seconds: float = 40) -> World:
    """A small world in which the engines differ, from one in which they do."""

    def differs(candidate: World) -> bool:
        try:
            return bool(difference(engine, candidate))
        except SupportPolicyError:
            return False  # what was taken away was needed for there to be an audit at all

    return reduced(world, differs, seconds)
