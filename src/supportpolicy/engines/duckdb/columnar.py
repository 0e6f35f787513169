"""The findings of a run as the columns of a parquet file, which no finding passes through Python to get into."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
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
            _copied(self.connection, copy_statement("\nUNION ALL ".join(queries), path, metadata))


def _copied(connection: DuckDBPyConnection, statement: str) -> None:
    """Run a copy; what the system refuses is told as it tells other reports, for the report is what was being written."""
    import duckdb

    try:
        connection.execute(statement)
    except duckdb.IOException as error:
        told = _ERRNO.search(str(error))
        if told is None:
            raise
        raise OSError(int(told[1]), os.strerror(int(told[1]))) from error


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
