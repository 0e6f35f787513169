"""Delimited files into the table `narrow`: in place where their bytes allow it and what was read adds up, else from a clean
copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.narrowing import Narrowing
from supportpolicy.engines.duckdb.spool import Spool
from supportpolicy.engines.duckdb.steps import Steps
from supportpolicy.engines.duckdb.texts import sample
from supportpolicy.plugin.records import DelimitedFile, DelimitedTable, InPlace, Misread

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LONGEST: Final = 16 << 20
"""The longest record, in bytes, that DuckDB reads here; it holds some multiple of it in memory."""
_FAULTY: Final = 100_000
"""So many faulty records are read again one by one; a file with more is copied."""


@dataclass(slots=True)
class Loading:
    """Loads the files of a table. `copied` says why a file was not read in place."""

    connection: DuckDBPyConnection
    folder: Path
    narrowing: Narrowing
    table: DelimitedTable
    spool: Spool
    rows: list[int] = field(default_factory=list, init=False)
    """The number of rows up to and with each file."""
    copied: dict[str, str] = field(default_factory=dict, init=False)
    _steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        self._steps = Steps(self.connection)

    def load(self) -> None:
        """Read all files; raises Misread where DuckDB does not read even a copy as it should."""
        self._steps.create()
        mark, started = self.spool.mark(), True
        while started:
            started = False
            for number, file in enumerate(self.table.files):
                place = self.copied.get(file.name) or file.in_place
                if isinstance(place, str):
                    self.copied[file.name] = place
                    self._copied(number, file)
                elif not self._in_place(number, file, place):
                    self.copied[file.name] = "DuckDB reads it otherwise than the strict reader"
                    self.spool.rewind(mark)
                    self.rows.clear()
                    self._steps.clear()
                    self.connection.execute("DROP TABLE IF EXISTS narrow")
                    started = True
                    break
        self._steps.close()

    def _before(self, number: int) -> int:
        return self.rows[number - 1] if number > 0 else 0

    def _in_place(self, number: int, file: DelimitedFile, place: InPlace) -> bool:
        """Read a file as it lies; whether that went well."""
        try:
            rows, faulty = self._read(number, Path(place.path), place)
            for rejected in file.check(rows, faulty, partial(self._steps.add, number, self._before(number))):
                self.spool.add(rejected)
        except Misread:
            return False
        self.rows.append(self._before(number) + rows)
        return True

    def _copied(self, number: int, file: DelimitedFile) -> None:
        path = self.folder / f"copy{number}.csv"
        with path.open("wb") as out:
            for rejected in file.copy(out, partial(self._steps.add, number, self._before(number))):
                self.spool.add(rejected)
        rows, faulty = self._read(number, path, None)
        path.unlink()
        if faulty:
            raise Misread
        self.rows.append(self._before(number) + rows)

    # --- what DuckDB reads ---
    def _read(self, number: int, path: Path, place: InPlace | None) -> tuple[int, list[int]]:
        """Add the file, or its clean copy where there is no place, to `narrow`; gives the number of rows, and where the
        records begin that were left out."""
        import duckdb

        if not self.narrowing.held:
            places = [file.in_place for file in self.table.files]
            paths = [Path(place.path) for place in places if isinstance(place, InPlace)]
            sampled = sample(paths or [path], self.table.delimiter, len(self.narrowing.columns))
            self.narrowing.hold(sampled)
        before = self._before(number)
        verb = "CREATE TABLE narrow AS" if number == 0 else "INSERT INTO narrow"
        if not path.stat().st_size:
            self._empty(verb)
            return 0, []
        try:
            self.connection.execute(f"{verb} {self.script(path, place)}")
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise Misread from error
        counted = self.connection.execute("SELECT count(*) FROM narrow").fetchone()
        assert counted is not None
        left = self.connection.execute(
            "SELECT DISTINCT line_byte_position - 1 FROM reject_errors ORDER BY ALL"
        ).fetchall()
        self.connection.execute("DROP TABLE reject_errors")
        self.connection.execute("DROP TABLE reject_scans")
        if len(left) >= _FAULTY:
            raise Misread
        return counted[0] - before, [at for (at,) in left]

    def _empty(self, verb: str) -> None:
        """Read a file without a readable row."""
        types = ", ".join(f"NULL::VARCHAR AS {name}" for name in self.narrowing.names())
        self.connection.execute(f"{verb} {self.narrowing.query(f'(SELECT {types})')} LIMIT 0")

    def script(self, path: Path, place: InPlace | None) -> str:
        """The query that reads a file."""
        types = ", ".join(f"'{name}': 'VARCHAR'" for name in self.narrowing.names())
        plain = place is None or place.line_end == "\n"
        ends = ", new_line='\\n'" if plain else ""  # told of CR LF, DuckDB 2.0 reads nothing at all
        options = (
            f"columns={{{types}}}, auto_detect=false, header={str(place is not None).lower()}, compression='none', "
            f"delim={quoted(self.table.delimiter)}, quote='\"', escape='\"'{ends}, strict_mode=true, "
            f"null_padding=false, store_rejects=true, rejects_limit={_FAULTY}, max_line_size={_LONGEST}"
        ) + (", parallel=false" if place is None or place.ambiguous else "")
        return self.narrowing.query(f"read_csv({quoted(str(path))}, {options})" + (_strays(place) if place else ""))


def _strays(place: InPlace) -> str:
    """The condition that keeps out records with stray quotes. If it should keep out another one as well, the numbers do not
    add up, and the file is copied."""
    if not place.strays:
        return ""
    first = ", ".join(sorted({quoted(text) for text, _ in place.strays}))
    columns = sorted({n for _, columns in place.strays for n in columns})
    marked = " OR ".join(f"contains(coalesce(r{n}, ''), '\"')" for n in columns)
    return f" WHERE NOT (coalesce(r0, '') IN ({first}) AND ({marked}))"
