"""Rows of Python values on their way into a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS: Final = 5_000


@dataclass(slots=True)
class Batch:
    """Rows on their way into a table."""

    connection: DuckDBPyConnection
    table: str
    columns: Mapping[str, str]
    _rows: list[Sequence[Any]] = field(default_factory=list, init=False)

    def create(self) -> None:
        """Make the table."""
        self.connection.execute(f"CREATE TABLE {self.table} ({', '.join(f'{c} {k}' for c, k in self.columns.items())})")

    def add(self, row: Sequence[Any]) -> None:
        """Take a row."""
        self._rows.append(row)
        if len(self._rows) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Put what is held into the table."""
        if self._rows:
            told = ", ".join(f"unnest(?::{kind}[])" for kind in self.columns.values())
            columns = [list(column) for column in zip(*self._rows, strict=True)]
            self._rows.clear()
            self.connection.execute(f"INSERT INTO {self.table} SELECT {told}", columns)
