"""By what the rows of a table of events find their tickets: where ids are whole numbers, by these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supportpolicy.engines.duckdb.codes import VALUE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def whole_number(text: str) -> str:
    """The whole number that a text is as it would be written, as SQL; else null."""
    number = f"try_cast({text} AS BIGINT)"
    return f"CASE WHEN {number}::VARCHAR = {text} THEN {number} END"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of ids: these themselves, or if they are `numbered` whole numbers. Of the ids that are none, or are below
    nought, `names` is a table with numbers of their own, which are; empty where no row has such an id."""

    numbered: bool
    names: str = ""

    @staticmethod
    def of(connection: DuckDBPyConnection, i: int, numbered: bool) -> Keys:
        """The keys of the rows in `staged`, whose first field is the id: `whole0`, where that is a whole number."""
        if not numbered:
            return Keys(numbered)
        names = f"named{i}"
        connection.execute(
            f"CREATE TABLE {names} AS SELECT id, -row_number() OVER () AS number FROM ("
            f"SELECT DISTINCT v0 AS id FROM staged WHERE s0 = {VALUE} AND coalesce(whole0, -1) < 0)"
        )
        met = connection.execute(f"SELECT 1 FROM {names} LIMIT 1").fetchall()
        return Keys(numbered, names if met else "")

    def key(self, text: str, number: str) -> str:
        """The key of an id, of which both the text and the whole number are told."""
        if not self.numbered:
            return text
        other = f" ELSE {self.names}.number" if self.names else ""
        return f"CASE WHEN {number} >= 0 THEN {number}{other} END"

    def join(self, text: str, number: str) -> str:
        """What must be joined for that."""
        return (
            f" LEFT JOIN {self.names} ON coalesce({number}, -1) < 0 AND {self.names}.id = {text}" if self.names else ""
        )
