"""Rows of Python values on their way into a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS: Final = 5_000
_BETWEEN, _NONE = "\x1f", "\x1e"
"""What stands between values that are handed over as one text, and for none."""
_JOINED: Final = frozenset({"BIGINT", "INTEGER", "BOOLEAN", "VARCHAR"})


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
        """Put what is held into the table. To hand over a list costs DuckDB a multiple of what a text does that holds the
        same, which it divides by itself."""
        if not self._rows:
            return
        inner, outer = ["unnest(range(?)) AS row"], list[str]()
        given: list[Any] = [len(self._rows)]
        for n, (kind, column) in enumerate(zip(self.columns.values(), zip(*self._rows, strict=True), strict=True)):
            nothing = column.count(None)
            if nothing == len(column):
                outer.append(f"NULL::{kind}")
                continue
            joined = _joined(column, nothing) if kind in _JOINED else None
            inner.append(
                f"unnest({f'?::{kind}[]' if joined is None else f'string_split(?, chr({ord(_BETWEEN)}))'}) AS c{n}"
            )
            outer.append(f"c{n}" if joined is None else f"nullif(c{n}, chr({ord(_NONE)}))::{kind}")
            given.append(list(column) if joined is None else joined)
        self._rows.clear()
        query = f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)})"
        self.connection.execute(f"INSERT INTO {self.table} {query}", given)


def _joined(column: Sequence[Any], nothing: int) -> str | None:
    """The values, so many of them none, as one text; None where they cannot stand in one."""
    joined = _BETWEEN.join(
        [_NONE if value is None else value if type(value) is str else str(value) for value in column]
    )
    whole = joined.count(_BETWEEN) == len(column) - 1 and joined.count(_NONE) == nothing and "\0" not in joined
    return joined if whole else None
