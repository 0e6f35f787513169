"""Relations, which a database reads by itself, into the table `narrow`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.narrowing import Narrowing
from supportpolicy.model.finding import Tally
from supportpolicy.plugin.records import Misread, Relation, RelationFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLED: Final = 20_000


@dataclass(slots=True)
class RelationLoading:
    """Loads the files of a relation; `rows` has the number of rows of each."""

    connection: DuckDBPyConnection
    narrowing: Narrowing
    relation: Relation
    rows: list[int] = field(default_factory=list, init=False)

    def load(self) -> None:
        """Read all files; raises Misread where one cannot be read to its end, or the relation lacks a column."""
        import duckdb

        if not self.narrowing.asked() <= self.relation.texts.keys():
            raise Misread
        try:
            self._read_the_rest()
            self._load()
        except duckdb.Error as error:
            raise Misread from error

    def _load(self) -> None:
        texts = ", ".join(f"coalesce(r{n}, '')" for n in self._present())
        columns = len(self.narrowing.columns)
        sampled: list[list[str]] = []
        for file in self.relation.files if texts else ():
            spread = max(1, file.records // _SAMPLED * len(self.relation.files))
            found = self.connection.execute(f"SELECT {texts} FROM ({self._renamed(file)}) WHERE record % {spread} = 0")
            for told in found.fetchall():
                row = [""] * columns
                for n, text in zip(self._present(), told, strict=True):
                    row[n] = text
                sampled.append(row)
        self.narrowing.hold(sampled)
        for number, file in enumerate(self.relation.files):
            verb = "INSERT INTO narrow" if number else "CREATE TABLE narrow AS"
            self.connection.execute(f"{verb} {self.narrowing.query(f'({self._renamed(file)})')}")
            counted = self.connection.execute("SELECT count(*) FROM narrow").fetchone()
            assert counted is not None
            self.rows.append(counted[0] - sum(self.rows))

    def _read_the_rest(self) -> None:
        """Look at the texts that nobody asks for: whether a row can be read does not depend on the policy.

        `strlen` would not do, for DuckDB counts bytes without looking at them.
        """
        rest = [alias for name, alias in self.relation.texts.items() if name not in self.narrowing.asked()]
        lengths = ", ".join(f"sum(length({alias}))" for alias in rest)
        for file in self.relation.files if rest else ():
            self.connection.execute(f"SELECT {lengths} FROM ({file.sql})").fetchall()

    def _present(self) -> list[int]:
        """The columns that are asked for, by their places."""
        return [n for n, name in enumerate(self.narrowing.columns) if name in self.narrowing.asked()]

    def _renamed(self, file: RelationFile) -> str:
        """The file's columns under the names by which they are held."""
        columns = self.narrowing.columns
        told = [f"{self.relation.texts[columns[n]]} AS r{n}" for n in self._present()]
        told += [f"{alias} AS i{columns.index(name)}" for name, alias in self.relation.instants.items()]
        return f"SELECT {', '.join(['record', *told])} FROM ({file.sql})"

    def tallies(self) -> Iterator[Tally]:
        """What was counted."""
        for file, rows in zip(self.relation.files, self.rows, strict=True):
            yield Tally(file.name, "tickets", None, read=rows, stated=file.records)


@dataclass(frozen=True, slots=True)
class RelationPlaces:
    """The places of rows of a relation: their numbers in their files. `reduced` if only some rows stand for tickets."""

    connection: DuckDBPyConnection
    loading: RelationLoading
    reduced: bool

    def create(self) -> None:
        """Make the table of where the rows of each file begin."""
        before = 0
        self.connection.execute("CREATE TABLE spans (first BIGINT, following BIGINT, file VARCHAR)")
        for file, rows in zip(self.loading.relation.files, self.loading.rows, strict=True):
            self.connection.execute(f"INSERT INTO spans VALUES ({before}, {before + rows}, {quoted(file.name)})")
            before += rows

    def placed(self, relation: str) -> str:
        """The relation with places."""
        told, row = f"{relation} AS told", "told.rec"
        if self.reduced:
            told, row = f"{relation} AS told JOIN narrow ON narrow.rowid = told.rec", "narrow.row"
        return (
            f"SELECT told.*, spans.file, {row} - spans.first + 1 AS record, {row} - spans.first + 1 AS line "
            f"FROM {told} JOIN spans ON {row} >= spans.first AND {row} < spans.following"
        )

    def digests(self, relation: str) -> str:
        """The rows themselves tell apart what differs."""
        place = self.placed(f"(SELECT rec FROM {relation})")
        files = " UNION ALL ".join(
            f"SELECT place.rec, {self._whole(file)} AS digest FROM ({place}) AS place "
            f"JOIN ({file.sql}) AS told ON told.record = place.record WHERE place.file = {quoted(file.name)}"
            for file in self.loading.relation.files
        )
        return f"({files})"

    def _whole(self, file: RelationFile) -> str:
        """All that is in a row, and which of its texts are numbers or booleans."""
        bare = [
            f"coalesce(strlen(ltrim({alias}, '-')) <= 18, false)" if alias in file.bare else "false"
            for alias in self.loading.relation.whole
        ]
        return f"row({', '.join([*self.loading.relation.whole, *bare])})"
