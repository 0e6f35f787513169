"""Files of objects on lines into the table `narrow`: in place where all of them are plain, else from a clean copy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.marked import mark
from supportpolicy.engines.duckdb.narrowing import Narrowing
from supportpolicy.engines.duckdb.spool import Spool
from supportpolicy.engines.duckdb.steps import Steps
from supportpolicy.expr.decode import scalar_text
from supportpolicy.expr.keys import Nothing, is_plain, path_of, value_at
from supportpolicy.model.json_value import JsonValue
from supportpolicy.plugin.records import MARK, Misread, ObjectFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SPOTS: Final = 32
_SPOT: Final = 1 << 16
"""A sample is taken at so many places of a file, and so many bytes at each."""


@dataclass(slots=True)
class ObjectLoading:
    """Loads the files. `copied` says why a file was not read in place."""

    connection: DuckDBPyConnection
    folder: Path
    narrowing: Narrowing
    files: Sequence[ObjectFile]
    spool: Spool
    copied: dict[str, str] = field(default_factory=dict, init=False)
    _rows: int = field(default=0, init=False)
    """How many there are in the files before the one that is read."""

    def load(self) -> None:
        """Read all files; raises Misread where DuckDB does not read even a copy as it should."""
        steps = Steps(self.connection)
        steps.create()
        for number, file in enumerate(self.files):
            step = partial(steps.add, number, self._rows)
            place = file.in_place(step)
            if isinstance(place, Path):
                self._read(number, place, False)
                continue
            self.copied[file.name] = place
            copy = self.folder / f"copy{number}.jsonl"
            try:
                with copy.open("wb") as out:
                    for rejected in file.copy(out, step):
                        self.spool.add(rejected)
                self._read(number, copy, True)
            finally:
                copy.unlink(missing_ok=True)  # a full disk may have kept it from being made
        steps.close()

    def _read(self, number: int, path: Path, copied: bool) -> None:
        """Add what is at the path, the file of that number or its copy, to `narrow`."""
        import duckdb

        if not self.narrowing.held:
            self.narrowing.hold(list(_sample(path, self.narrowing.columns)))
        verb = "INSERT INTO narrow" if number else "CREATE TABLE narrow AS"
        try:
            self.connection.execute(f"{verb} {self.narrowing.query(f'({self.script(path, copied)})')}")
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise Misread from error
        counted = self.connection.execute("SELECT count(*) FROM narrow").fetchone()
        assert counted is not None
        self.files[number].check(counted[0] - self._rows)
        self._rows = counted[0]

    def script(self, path: Path, copied: bool) -> str:
        """The query that reads a file, or a copy, in which there are lists for some objects."""
        columns = range(len(self.narrowing.columns))
        read = f"read_json_objects({quoted(str(path))}, format='newline_delimited', compression='uncompressed')"
        texts = f"json_extract_string(json, [{', '.join(map(self._path, columns))}])"
        if copied:
            listed = ", ".join(f"'$[{n}]'" for n in columns)
            texts = f"CASE WHEN starts_with(json, '[') THEN json_extract_string(json, [{listed}]) ELSE {texts} END"
        told = ", ".join(f"{self._text(n, copied)} AS r{n}" for n in columns)
        return f"SELECT {told} FROM (SELECT json, {texts} AS texts FROM {read})"

    def _path(self, n: int) -> str:
        """The path to a column's value. Where it is none that can be written down plainly, no object is plain, and nobody
        follows it."""
        name = self.narrowing.columns[n]
        return quoted("$" + "".join(f'."{key}"' for key in path_of(name))) if is_plain(name) else "'$'"

    def _text(self, n: int, copied: bool) -> str:
        """The text of a column, with a mark where there is none."""
        text, path = f"texts[{n + 1}]", self._path(n)
        inside = "starts_with(json, '{') AND " if copied else ""
        absent = f"{text} IS NULL AND {inside}NOT json_exists(json, {path})"
        arms = f"WHEN {absent} THEN {mark()} " if self.narrowing.columns[n] in self.narrowing.telling() else ""
        listed = f"starts_with({text}, '[') AND {inside}json_type(json, {path}) = 'ARRAY'"
        return f"CASE {arms}WHEN {listed} THEN concat({mark('l')}, {text}) ELSE {text} END"


def _sample(path: Path, columns: Sequence[str]) -> Iterator[list[str]]:
    """Rows from all over a file, as far as they can be made out."""
    size = path.stat().st_size
    reading = [value_at(name) for name in columns]
    with path.open("rb") as stream:
        for spot in range(_SPOTS):
            at = spot * size // _SPOTS
            stream.seek(at)
            lines = stream.read(_SPOT).split(b"\n")
            for line in lines[1:] if at else lines:
                try:
                    found: Any = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(found, dict):
                    yield [_text(read(found)) for read in reading]
                elif isinstance(found, list) and len(found) == len(columns):
                    yield [_text(value) for value in found]


def _text(value: JsonValue | Nothing) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Nothing) or value is None:
        return ""
    if isinstance(value, list):
        return f"{MARK}l{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
    return scalar_text(value) or ""
