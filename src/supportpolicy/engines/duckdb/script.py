"""The SQL of a run as a script that a bare DuckDB runs, with the same counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from supportpolicy.engines.duckdb.cells import literal
from supportpolicy.engines.duckdb.codes import BARRED, COULDS, FIRST_CAUSE
from supportpolicy.engines.duckdb.literals import named, quoted
from supportpolicy.engines.duckdb.objective_script import objective_statements
from supportpolicy.engines.duckdb.reading import stage
from supportpolicy.engines.duckdb.scoring import Scoring
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.duckdb.workspace import OPTIMIZERS_OFF, Workspace
from supportpolicy.engines.ledger import Ledger
from supportpolicy.errors import Problem, UsageError
from supportpolicy.expr.plan import Plan
from supportpolicy.model.instant import format_us
from supportpolicy.plugin import Progress, RunOptions, Scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MADE: Final = ("CREATE", "INSERT", "DROP", "ALTER", "UPDATE", "DELETE")
_PLACES: Final = re.compile(r"(CREATE TABLE|INSERT INTO|DROP TABLE) (steps|files)\b")
"""Where tickets stand, which no verdict needs."""


def script(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> str:
    """The statements of a run, from the reading of the file to the number of tickets by rule and verdict. Raises UsageError
    where the input is not one that DuckDB reads by itself."""
    workspace = Workspace(options.memory_limit, options.threads)
    try:
        recorder = _Recorder(workspace.connection)
        connection = cast("DuckDBPyConnection", recorder)
        staged = stage(connection, workspace.folder, plan, tables, options, progress)
        _refuse(staged.copied)
        if staged.instant is None:
            raise UsageError(Problem("nothing in the input is dated", expected="--as-of T"))
        tickets = Tickets(staged, staged.instant, options, max(1, staged.formed))
        scoring = Scoring(tickets, Ledger(plan, options))
        scoring.prepare()
        scored = {**scoring.columns(), **scoring.verdicts()}
        return "\n\n".join(
            [
                f"-- Judged as of {format_us(staged.instant.at)} ({staged.instant.basis}).",
                f"SET disabled_optimizers = {quoted(OPTIMIZERS_OFF)};",
                "-- 1. The tickets: what is read, and what the spellings in it mean.",
                *(f"{statement};" for statement in recorder.statements),
                "-- 2. The verdicts, a column for each rule.",
                *_verdicts(tickets),
                "-- 3. How many tickets have which.",
                *_counts(tickets),
                *objective_statements(tickets, scoring, scored, _above(tickets), partial(_words, tickets)),
                "",
            ]
        )
    finally:
        workspace.close()


def _refuse(copied: Mapping[str, str]) -> None:
    if copied:
        raise UsageError(
            *(
                Problem(
                    f"{name or 'the input'} is not read in place: {why}",
                    expected="a file that a script can read by itself",
                    hint="an audit reads it all the same; only --show-sql does not",
                )
                for name, why in copied.items()
            )
        )


def _verdicts(tickets: Tickets) -> list[str]:
    """Views: the layers of named expressions one upon the other, and over them the verdicts in words."""
    layers = tickets.layers
    depths = sorted({depth for depth, _ in layers.expressions.values()})
    views, below = [f"CREATE VIEW cells AS {_inner(tickets.below())};"], "cells"
    for depth in depths:
        told = ",\n".join(f"  {text} AS {name}" for name, (d, text) in layers.expressions.items() if d == depth)
        views.append(f"CREATE VIEW layer{depth} AS SELECT *,\n{told}\nFROM {below};")
        below = f"layer{depth}"
    revisions, plan = tickets.revisions, tickets.staged.plan
    reasons = ", ".join(map(quoted, revisions.reasons))
    labels = ", ".join(quoted(revision.label) for revision in plan.revisions)
    columns = [
        "rec",
        f"([{reasons}])[{revisions.excluded} + 1] AS excluded" if revisions.reasons else "NULL AS excluded",
        f"CASE WHEN {tickets.judged} THEN ([{labels}])[{revisions.first} + 1] END AS revision",
    ]
    for name in dict.fromkeys(rule.plan.id for rule in tickets.rules):
        arms = " ".join(
            f"WHEN {tickets.under(rule.revision)} THEN {_words(tickets, rule.verdict)}"
            for rule in tickets.rules
            if rule.plan.id == name
        )
        columns.append(f"CASE {arms} END AS {named(name)}")
    told = ",\n  ".join(columns)
    return [*views, f"CREATE VIEW verdicts AS SELECT\n  {told}\nFROM {below};"]


def _above(tickets: Tickets) -> str:
    """The view that has every named expression."""
    depths = [depth for depth, _ in tickets.layers.expressions.values()]
    return f"layer{max(depths)}" if depths else "cells"


def _inner(relation: str) -> str:
    """A relation in brackets as a query."""
    return relation.removeprefix("(").removesuffix(")")


def _words(tickets: Tickets, verdict: str) -> str:
    """A verdict's number in words."""
    unknown = (tickets.outcomes.unknown + FIRST_CAUSE) * COULDS
    return (
        f"CASE WHEN {verdict} >= {unknown} THEN 'unknown' WHEN {verdict} >= {BARRED * COULDS} THEN 'not_applicable' "
        f"ELSE (['pass', 'fail', 'open', 'not_applicable'])[{verdict} // {COULDS} + 1] END"
    )


def _counts(tickets: Tickets) -> list[str]:
    rules = ", ".join(named(name) for name in dict.fromkeys(rule.plan.id for rule in tickets.rules))
    return [
        "SELECT excluded, count(*) AS tickets FROM verdicts WHERE excluded IS NOT NULL GROUP BY excluded ORDER BY excluded;",
        "SELECT revision, rule, verdict, count(*) AS tickets\nFROM (UNPIVOT verdicts ON "
        f"{rules} INTO NAME rule VALUE verdict)\nGROUP BY ALL ORDER BY ALL;",
    ]


@dataclass(slots=True)
class _Recorder:
    """A connection that keeps every statement that makes something, its values written out."""

    connection: DuckDBPyConnection
    statements: list[str] = field(default_factory=list)

    def execute(self, statement: str, values: Sequence[Any] | None = None) -> Any:
        """Run a statement."""
        if statement.startswith(_MADE) and not _PLACES.match(statement):
            self.statements.append(_filled(statement, values or ()))
        return self.connection.execute(statement, values) if values is not None else self.connection.execute(statement)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> Any:
        """Run a statement once for each row."""
        for row in rows:
            self.execute(statement, row)
        return self.connection

    def cursor(self) -> DuckDBPyConnection:
        """Another connection to the same database; it only asks."""
        return self.connection.cursor()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return cast("Callable[..., Any]", getattr(self.connection, name))


def _filled(statement: str, values: Sequence[Any]) -> str:
    """A statement with its values in it."""
    parts = statement.split("?")
    if len(parts) - 1 != len(values):  # a question mark in a text is no place for a value
        return statement
    told = parts[0]
    for value, rest in zip(values, parts[1:], strict=True):
        told += _literal(value) + rest
    return told


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, bytes):
        return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
    return literal(value)
