"""Where the rows of an input's files stand: the few places at which records or lines do not simply go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.batch import Batch

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HELD: Final = 50_000

STEP_COLUMNS: Final = {"row": "BIGINT", "file": "INTEGER", "record": "BIGINT", "line": "BIGINT"}


@dataclass(slots=True)
class Steps:
    """The table `steps`: from which row on the rows stand in which file, the first of them at which record and line."""

    connection: DuckDBPyConnection
    _held: dict[int, tuple[int, int, int]] = field(default_factory=dict, init=False)

    def create(self) -> None:
        """Make the table."""
        Batch(self.connection, "steps", STEP_COLUMNS).create()

    def add(self, file: int, before: int, rows: Sequence[int], records: Sequence[int], lines: Sequence[int]) -> None:
        """Keep some steps of a file, before which there were so many rows; of those of one row the last."""
        self._held.update(
            zip((row + before for row in rows), zip(repeat(file), records, lines, strict=False), strict=True)
        )
        if len(self._held) > _HELD:
            self._flush(len(self._held) - 1)  # the last may be told of again

    def clear(self) -> None:
        """Forget them all."""
        self._held.clear()
        self.connection.execute("DELETE FROM steps")

    def close(self) -> None:
        """There are no more of them."""
        self._flush(len(self._held))

    def _flush(self, count: int) -> None:
        """Put so many steps into their table."""
        rows = list(islice(self._held, count))
        if not rows:
            return
        columns = [rows, *zip(*(self._held.pop(row) for row in rows), strict=True)]
        # As texts, which DuckDB takes at a tenth of what lists of numbers cost.
        unnested = ", ".join(f"unnest(string_split(?, ',')::{kind}[])" for kind in STEP_COLUMNS.values())
        self.connection.execute(
            f"INSERT INTO steps SELECT {unnested}", [",".join(map(str, column)) for column in columns]
        )
