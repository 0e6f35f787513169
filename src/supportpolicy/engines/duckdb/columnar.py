"""The findings of a run as the columns of a parquet file, which no finding passes through Python to get into."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.cells import literal
from supportpolicy.engines.duckdb.telling import Telling
from supportpolicy.engines.duckdb.workspace import in_plain_words
from supportpolicy.model.finding import Finding
from supportpolicy.plugin.columns import FINDING_COLUMNS, copy_statement, values_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_Values = tuple[str | int | list[str] | None, ...]


@dataclass(slots=True)
class Columns:
    """The findings of a run that has come to its end. `told` gives what tells them, None if nothing was judged, and the
    findings on the whole input."""

    connection: DuckDBPyConnection
    memory_limit: int | None
    told: Callable[[], tuple[Telling | None, Sequence[Finding]]]

    def copy_to(self, path: str, metadata: Mapping[str, str]) -> None:
        """Write them all to a new parquet file."""
        telling, whole = self.told()
        queries = [_findings(telling)] if telling is not None and telling.labels() else []
        queries.append(_typed([_row(values_of(finding)) for finding in whole]))
        with in_plain_words(self.memory_limit):
            _copied(self.connection, copy_statement("\nUNION ALL ".join(queries), path, metadata), self._narrower())

    def _narrower(self) -> int | None:
        """A memory limit within which the findings are brought into their order, on the disk where they are many; None where
        that which is set is no higher. To write them takes some memory for each thread, beside what is held already."""
        [(held, threads)] = self.connection.execute(
            "SELECT sum(memory_usage_bytes)::BIGINT, current_setting('threads') FROM duckdb_memory()"
        ).fetchall()
        limit = int(held) + int(threads) * _ROOM
        return limit if self.memory_limit is None or limit < self.memory_limit else None


def _copied(connection: DuckDBPyConnection, statement: str, narrower: int | None) -> None:
    """Run a copy, within a narrower memory limit if that is enough. What the system refuses is told as it tells other
    reports, for the report is what was being written."""
    import duckdb

    try:
        if narrower is not None:
            with suppress(duckdb.OutOfMemoryException), _limited(connection, narrower):
                connection.execute(statement)
                return
        connection.execute(statement)
    except duckdb.IOException as error:
        told = _ERRNO.search(str(error))
        if told is None:
            raise
        raise OSError(int(told[1]), os.strerror(int(told[1]))) from error


@contextmanager
def _limited(connection: DuckDBPyConnection, limit: int) -> Iterator[None]:
    [(before,)] = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    connection.execute(f"SET memory_limit = '{limit}B'")
    try:
        yield
    finally:
        connection.execute(f"SET memory_limit = '{before}'")


_ROOM: Final = 100 << 20
_ERRNO: Final = re.compile(r'"errno":"([0-9]+)"')


def _findings(telling: Telling) -> str:
    """A query for the findings on tickets, in their order."""
    query, evidence = telling.everything()
    arms, rows = [], []
    for place, (rule, verdict) in enumerate(telling.labels(), 1):
        arms.append(f"WHEN {rule * _MANY + verdict} THEN {place}")
        rows.append(values_of(telling.finding_like(rule, verdict)))
    picked = f"CASE rule::BIGINT * {_MANY} + verdict {' '.join(arms)} END"
    own = {"ticket": "name", "file": "file", "record": "record", "line": "line", "evidence": evidence, "tickets": "1"}
    columns = []
    for place, column in enumerate(FINDING_COLUMNS):
        text = own.get(column.name)
        if text is None:
            listed = ", ".join(literal(row[place]) for row in rows)
            text = f"([{listed}]::{column.type}[])[label]"
        columns.append(f"({text})::{column.type} AS {column.name}")
    return f"SELECT {', '.join(columns)} FROM (SELECT *, {picked} AS label FROM (\n{query}\n))"


_MANY = 1 << 20
"""More than there are numbers of verdicts."""


def _row(values: _Values) -> str:
    typed = (f"{literal(value)}::{column.type}" for value, column in zip(values, FINDING_COLUMNS, strict=True))
    return f"({', '.join(typed)})"


def _typed(rows: Sequence[str]) -> str:
    """Findings as a query; one that gives none where there are none."""
    names = ", ".join(column.name for column in FINDING_COLUMNS)
    if rows:
        return f"SELECT {names} FROM (VALUES {', '.join(rows)}) AS whole({names})"
    return f"SELECT {', '.join(f'NULL::{column.type} AS {column.name}' for column in FINDING_COLUMNS)} WHERE false"
