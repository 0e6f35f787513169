"""Where tickets stand: the file, the record and the line of any of them, found when they are asked for."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from supportpolicy.engines.duckdb.batch import Batch
from supportpolicy.plugin.records import DelimitedFile, ObjectFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DIGEST: int = 20


class Places(Protocol):
    """The places of the tickets of one input."""

    def placed(self, relation: str) -> str:
        """A query that gives the columns of a relation with `rec`, and `file`, `record` and `line`, in no order."""

    def digests(self, relation: str) -> str:
        """A relation of `rec` and `digest`, which tells records apart that are not the same byte for byte, of the tickets
        of a relation with `rec`, each of which it has once."""


def digest(raw: bytes) -> bytes:
    """What stands for a record where it is compared with others."""
    return hashlib.blake2b(raw, digest_size=DIGEST).digest()


def name_files(connection: DuckDBPyConnection, names: Sequence[str]) -> None:
    """Create `files`, their names by number."""
    batch = Batch(connection, "files", {"number": "INTEGER", "name": "VARCHAR"})
    batch.create()
    for number, name in enumerate(names):
        batch.add((number, name))
    batch.flush()


@dataclass(frozen=True, slots=True)
class FedPlaces:
    """The places of rows that were fed one by one, each with its place and digest."""

    def placed(self, relation: str) -> str:
        """The relation with places."""
        return (
            f"SELECT told.*, files.name AS file, fed.record, fed.line FROM {relation} AS told JOIN fed USING (rec) "
            f"JOIN files ON files.number = fed.file"
        )

    def digests(self, relation: str) -> str:
        """The digests of the rows."""
        return f"(SELECT rec, digest FROM fed WHERE rec IN (SELECT rec FROM {relation}))"


@dataclass(frozen=True, slots=True)
class LoadedPlaces:
    """The places of rows that DuckDB read, from the few where records or lines do not simply go on. `reduced` if only some
    rows stand for tickets."""

    connection: DuckDBPyConnection
    files: Sequence[DelimitedFile | ObjectFile]
    reduced: bool

    def placed(self, relation: str) -> str:
        """The relation with places."""
        told, row = f"{relation} AS told", "told.rec"
        if self.reduced:
            told, row = f"{relation} AS told JOIN narrow ON narrow.rowid = told.rec", "narrow.row"
        return (
            f"SELECT told.*, files.name AS file, {row} - steps.row + steps.record AS record, "
            f"{row} - steps.row + steps.line AS line FROM {told} ASOF JOIN steps ON {row} >= steps.row "
            f"JOIN files ON files.number = steps.file"
        )

    def digests(self, relation: str) -> str:
        """The records are read again from their files."""
        batch = Batch(self.connection, "digests", {"rec": "BIGINT", "digest": "BLOB"})
        batch.create()
        for rec, raw in self._raws(f"(SELECT rec FROM {relation})"):
            batch.add((rec, digest(raw)))
        batch.flush()
        return "digests"

    def _raws(self, relation: str) -> Iterator[tuple[int, bytes]]:
        cursor = self.connection.cursor().execute(
            f"SELECT number, line, rec FROM ({self.placed(relation)}) AS place JOIN files ON files.name = place.file "
            f"ORDER BY ALL"
        )
        for number, found in groupby(_each(cursor), key=lambda told: told[0]):
            recs: deque[int] = deque()
            for raw in self.files[number].raws(_lines(found, recs)):
                yield recs.popleft(), raw


def _lines(found: Iterator[tuple[int, int, int]], recs: deque[int]) -> Iterator[int]:
    """The lines of what was found; whose they are is put down on the way."""
    for _, line, rec in found:
        recs.append(rec)
        yield line


def _each(cursor: DuckDBPyConnection) -> Iterator[tuple[int, int, int]]:
    while found := cursor.fetchmany(10_000):
        yield from found
