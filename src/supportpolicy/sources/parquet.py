"""The source `parquet`: columns with types, read by DuckDB, nothing in them lost or guessed.

A Parquet file has no lines and no bytes that are a record; what it has is a number of rows, which its footer states apart
from them. It cannot tell null from absent, so a null says nothing: in a canonical ticket it is a key left out.

DuckDB is given the file that was opened, not its name: a name may hold signs that mean something to it, and the file that is
read is the one that was looked at.

A few bytes of Parquet can stand for any number of rows, and for one long text in each of them. No export does either, so
such a file is refused, as one that unpacks out of all proportion is (see `locations`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from supportpolicy.errors import InputError, Place, Problem, did_you_mean
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.text import printable, quoted
from supportpolicy.plugin.records import Detected, Probe, Relation, RelationFile, Schema, Snapshot, Source
from supportpolicy.plugin.rows import Row
from supportpolicy.sources import locations
from supportpolicy.sources.locations import resolve
from supportpolicy.sources.mistaken import mistaken
from supportpolicy.sources.parquet_columns import (
    Column,
    Shape,
    UnknownTypeError,
    UnreadableError,
    at_path,
    columns_of,
    literal,
    shape,
)
from supportpolicy.sources.survey import Survey, survey_all

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"leave_out": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
}
EXPECTED: Final = "a Parquet file"
MEMORY: Final = "1GiB"
"""What DuckDB may take to read one file."""

MOST_ROWS: Final = 1_000
"""Most rows for each byte of a file, once they are more than `MANY_ROWS`."""
MANY_ROWS: Final = 10_000_000
LONG_ROW: Final = 4_096
"""Rows up to this many bytes may repeat as they like."""
VECTOR: Final = 2_048
"""How many rows DuckDB makes ready at a time."""
LARGE: Final = 1 << 28
"""How many bytes of them it may."""

_MAGIC: Final = b"PAR1"
_SEALED: Final = b"PARE"


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """One file of a table: its columns, of which those of the file itself are at `tops`, and the rows that its footer
    states. `numbered` is the column that DuckDB adds with the row's number, empty where the file has one of that name."""

    survey: Survey
    columns: tuple[Column, ...]
    tops: tuple[int, ...]
    records: int
    numbered: str

    def texts(self) -> Iterator[tuple[Sequence[str | None], Set[int]]]:
        """The columns of each row as text, and the places of those that hold something else than text.

        DuckDB refuses a file for one string that is not UTF-8. Then it is read in two other ways: with a sign in the place
        of what is wrong, and without it. Where the two differ, there is something wrong.
        """
        read, step = 0, self._step()
        try:
            for told in self._fetched("strict", step):
                yield told, frozenset()
                read += 1
        except _NotTextError:
            both = zip(self._fetched("replace", step), self._fetched("ignore", step), strict=True)
            for told, without in islice(both, read, None):
                yield told, {n for n, text in enumerate(told) if text != without[n]}

    def _step(self) -> int:
        """How many rows may be asked for at a time. DuckDB makes whole vectors of rows ready, however long they are, and
        knows no bound there. Raises InputError where the rows are out of all proportion to the file."""
        tops = [self.columns[at] for at in self.tops]
        sizes = [column.shape.size(column.sql) for column in tops if column.shape.size is not None]
        if not sizes:
            return self.records
        with _opened(self.survey) as (database, path):
            rows = f"SELECT {' + '.join(sizes)} AS size, {self._number} AS number FROM {_scan(path, 'replace')}"
            vectors = f"""SELECT sum(size) AS whole, max(size) AS longest, sum(greatest(size - {LONG_ROW}, 0)) AS excess
                          FROM ({rows}) GROUP BY number // {VECTOR}"""
            told = database.execute(f"SELECT max(whole), max(longest), sum(excess) FROM ({vectors})").fetchone()
        whole, longest, excess = (n or 0 for n in told or (0, 0, 0))
        if excess > locations.BOMB_BYTES and excess > locations.BOMB_RATIO * self.survey.input.size:
            name, times = self.survey.location.name, locations.BOMB_RATIO
            raise InputError(_bomb(name, f"unpacks to more than {times} times its size"))
        return self.records if whole <= LARGE else max(1, LARGE // longest)

    @property
    def _number(self) -> str:
        """A row's number in SQL, from 0."""
        return self.numbered or "row_number() OVER () - 1"

    def _fetched(
        self, validation: Literal["strict", "replace", "ignore"], step: int
    ) -> Iterator[tuple[str | None, ...]]:
        cells = ", ".join(f"{_told(self.columns[at])} AS c{at}" for at in self.tops)
        with _opened(self.survey) as (database, path):
            whole = f"SELECT {cells} FROM {_scan(path, validation)}"
            for first in range(0, max(1, self.records), max(1, step)):
                among = f"{self._number} BETWEEN {first} AND {first + step - 1}"
                part = f"{'WHERE' if self.numbered else 'QUALIFY'} {among}" if step < self.records else ""
                result = database.execute(f"{whole} {part}")
                while (told := result.fetchone()) is not None:
                    yield told


class _NotTextError(InputError):
    """Somewhere in the file a string is not UTF-8."""


def _scan(path: str, validation: str = "strict") -> str:
    options = f"hive_partitioning = false, binary_as_string = false, utf8_validation = '{validation}'"
    return f"read_parquet({literal(path)}, {options})"


def _told(column: Column) -> str:
    text = column.shape.text(column.sql)
    return f"CAST(to_json({text}) AS VARCHAR)" if column.shape.kind == "nested" else text


@dataclass(slots=True)
class ParquetScan:
    """The rows of one table, over one or more files with the same columns."""

    table: str
    files: tuple[ParquetFile, ...]
    _tallies: tuple[Tally, ...] | None = field(default=None, init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the file, each followed by the fields of its objects under dotted paths."""
        return tuple(column.name for column in self.files[0].columns)

    def rows(self) -> Iterator[Row | Rejected]:
        """Every row in the order of the files."""
        tallies: list[Tally] = []
        for file in self.files:
            yield from self._records(file, tallies)
        self._tallies = tuple(tallies)

    def tallies(self) -> tuple[Tally, ...]:
        """What was counted while `rows` ran to its end."""
        if self._tallies is None:
            raise RuntimeError("rows() has not run to its end")
        return self._tallies

    @property
    def native(self) -> Relation | None:
        """The files as they lie on disk, if every value in them is sure to be readable."""
        files = self.files
        if not all(_plainly_named(f.survey.location.name) and f.numbered for f in files):
            return None
        if not all(column.shape.sure for f in files for column in f.columns):
            return None
        first = files[0]
        plain = [n for n, c in enumerate(first.columns) if all(f.columns[n].shape.plain for f in files)]
        instants = [n for n in plain if all(f.columns[n].shape.kind == "instant" for f in files)]
        return Relation(
            files=tuple(_relation_file(f, plain, instants) for f in files),
            texts={first.columns[n].name: f"c{n}" for n in plain},
            whole=tuple(f"c{n}" for n in first.tops),
            instants={first.columns[n].name: f"t{n}" for n in instants},
        )

    def _records(self, file: ParquetFile, tallies: list[Tally]) -> Iterator[Row | Rejected]:
        name, table = file.survey.location.name, self.table
        names = [file.columns[at].name for at in file.tops]
        reading = [_reading(file.columns[at].shape) for at in file.tops]
        cells = [(column.top, column.path) for column in file.columns]
        flat = not any(path for _, path in cells)
        record = rejected = 0
        for told, wrong in file.texts():
            record += 1
            place = RowPlace(name, record, record)
            try:
                pairs = [(None, None) if text is None else read(text) for read, text in zip(reading, told, strict=True)]
            except UnreadableError:
                pairs = []
            if pairs and not wrong:
                values = [value for value, _ in pairs]
                raw = _JSON(dict(zip(names, [kept for _, kept in pairs], strict=True))).encode()
                yield Row(place, values if flat else [at_path(values[top], way) for top, way in cells], raw)
            else:
                rejected += 1
                yield _rejected(place, table, dict(zip(names, zip(reading, told, strict=True), strict=True)), wrong)
        tallies.append(Tally(name, table, None, read=record, rejected=rejected, stated=file.records))


_Reading: TypeAlias = Callable[[str], tuple[JsonValue, Any]]
"""From the text of a column to its value, and to what is kept of it in the bytes of the row."""


def _reading(of: Shape) -> _Reading:
    read = of.value
    match of.kind:
        case "nested":

            def nested(text: str) -> tuple[JsonValue, Any]:
                told = json.loads(text)
                return read(told), told

            return nested
        case "json":
            return lambda text: (read(text), text)
        case _ if read is str:
            return lambda text: (text, text)
        case _:
            return lambda text: (value := read(text), value)


def _rejected(
    place: RowPlace, table: str, columns: Mapping[str, tuple[_Reading, str | None]], wrong: Set[int]
) -> Rejected:
    """The row with the first fault in it, and all that stands in it, as far as it can be told."""
    reasons: list[str] = []
    kept: dict[str, Any] = {}
    for n, (name, (read, text)) in enumerate(columns.items()):
        try:
            kept[name] = None if text is None else read(text)[1]
            if n in wrong:
                reasons.append(f"column {quoted(name)} holds a string that is not UTF-8")
        except UnreadableError as error:
            kept[name] = text
            reasons.append(f"column {quoted(name)} {error}")
    return Rejected(place, None, reasons[0], _JSON(kept).encode(), table)


def _number(value: Any) -> str:
    text: str = value.text
    return text


_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=_number).encode


# --- the relation -----------------------------------------------------------------------------------------------------
def _plainly_named(name: str) -> bool:
    """Whether the name means to DuckDB the file of that name, lying there as it is read."""
    if any(sign in name for sign in "*?[") or "://" in name or not Path(name).is_file():
        return False
    with Path(name).open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def _relation_file(file: ParquetFile, plain: Sequence[int], instants: Sequence[int]) -> RelationFile:
    path = file.survey.location.name
    columns = [f"{file.numbered} + 1 AS record"]
    columns += [f"{_told(file.columns[n])} AS c{n}" for n in sorted({*plain, *file.tops})]
    columns += [f"{_microsecond(file.columns[n].sql)} AS t{n}" for n in instants]
    scalars = [n for n in file.tops if file.columns[n].shape.kind == "scalar"]
    bare = tuple(f"c{n}" for n in scalars if isinstance(file.columns[n].shape.value("1"), int))
    return RelationFile(path, f"SELECT {', '.join(columns)}\nFROM {_scan(path)}", file.records, bare)


def _microsecond(instant: str) -> str:
    """Instants beyond the years that have a canonical shape are none."""
    first, last = "'0001-01-01 00:00:00+00'", "'9999-12-31 23:59:59.999999+00'"
    within = f"{instant} BETWEEN TIMESTAMPTZ {first} AND TIMESTAMPTZ {last}"
    return f"CASE WHEN {within} THEN epoch_us({instant}) END"


# --- opening ----------------------------------------------------------------------------------------------------------
def open_parquet(locations: Sequence[str], options: Mapping[str, Any], table: str = "tickets") -> Snapshot:
    """Open Parquet files as one table; raises InputError with the problems of all files."""
    left_out = tuple(options.get("leave_out", ()))
    files: list[ParquetFile] = []
    problems: list[Problem] = []
    surveys = survey_all(resolve(locations), table)
    for survey in surveys:
        try:
            file = _read_footer(survey, left_out)
            if files:
                _same_columns(file, files[0])
            files.append(file)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(*problems)
    return Snapshot({table: ParquetScan(table, tuple(files))}, tuple(survey.input for survey in surveys))


def _read_footer(survey: Survey, left_out: Sequence[str]) -> ParquetFile:
    place = Place(survey.location.name)
    head = survey.location.probe().head
    if not head.startswith(_MAGIC):
        if head.startswith(_SEALED):
            raise InputError(Problem("the Parquet file is encrypted", place, hint="export it again without encryption"))
        wrong = mistaken(place.file, head, EXPECTED) or Problem("this is no Parquet file", place, expected=EXPECTED)
        raise InputError(wrong)
    with _opened(survey) as (database, path):
        rows = database.execute(f"SELECT num_rows FROM parquet_file_metadata({literal(path)})").fetchone()
        names = _names(database, path)
        relation = database.sql(f"SELECT * FROM {_scan(path)}")
        in_sql, types = relation.columns, relation.types
        numbered = "" if "file_row_number" in {name.lower() for name in names} else "file_row_number"
    if len(in_sql) != len(names) or rows is None:
        raise InputError(_damaged(place, "its columns are not those that it names"))
    if rows[0] > MANY_ROWS and rows[0] > MOST_ROWS * survey.input.size:
        raise InputError(_bomb(place.file, f"states {rows[0]:,} rows in {survey.input.size:,} bytes"))
    _distinct(names, place)
    _known(left_out, names, place)
    shapes: list[Shape] = []
    kept = [n for n, name in enumerate(names) if name not in left_out]
    problems: list[Problem] = []
    for n in kept:
        try:
            shapes.append(shape(types[n]))
        except UnknownTypeError as error:
            message = f"the column {quoted(names[n])} holds {quoted(error.type)}, which is not read"
            problems.append(Problem(message, place, hint=_leave_out(names[n])))
    if problems:
        raise InputError(*problems)
    if not kept:
        raise InputError(Problem("the file has no column", place, expected="a column for each field"))
    columns = columns_of([names[n] for n in kept], [in_sql[n] for n in kept], shapes)
    tops = tuple(at for at, column in enumerate(columns) if not column.path)
    return ParquetFile(survey, columns, tops, int(rows[0]), numbered)


def _leave_out(name: str) -> str:
    return f"say in the mapping's `source:` leave_out: [{printable(json.dumps(name, ensure_ascii=False))}]"


def _names(database: DuckDBPyConnection, path: str) -> list[str]:
    """The names of the columns as the file spells them; DuckDB renames those that differ only in case."""
    elements = database.execute(f"SELECT name, num_children FROM parquet_schema({literal(path)})").fetchall()
    names, at = [], 1
    while at < len(elements):
        names.append(elements[at][0])
        inside = 1
        while inside and at < len(elements):
            inside += (elements[at][1] or 0) - 1
            at += 1
    return names


def _distinct(names: Sequence[str], place: Place) -> None:
    problems = []
    for name in dict.fromkeys(names):
        if not name.strip():
            problems.append(Problem("a column has no name", place, expected="a name"))
        elif names.count(name) > 1:
            problems.append(Problem(f"the file has the column {quoted(name)} twice", place, expected="it once"))
    if problems:
        raise InputError(*problems)


def _known(left_out: Sequence[str], names: Sequence[str], place: Place) -> None:
    if problems := [
        Problem(
            f"there is no column {quoted(name)} to leave out",
            place,
            expected=f"one of {', '.join(map(quoted, names))}",
            hint=did_you_mean(name, names),
        )
        for name in left_out
        if name not in names
    ]:
        raise InputError(*problems)


def _same_columns(file: ParquetFile, first: ParquetFile) -> None:
    pairs = zip_longest((c.name for c in file.columns), (c.name for c in first.columns))
    for number, (found, expected) in enumerate(pairs, 1):
        if found != expected:
            raise InputError(
                Problem(
                    f"the columns differ from those of {first.survey.location.name}: column {number} is {_shown(found)}",
                    Place(file.survey.location.name),
                    expected=_shown(expected),
                    hint="the files of one table need the same columns in the same order; give this one another table",
                )
            )


def _shown(name: str | None) -> str:
    return "not there" if name is None else quoted(name)


@contextmanager
def _opened(survey: Survey) -> Iterator[tuple[DuckDBPyConnection, str]]:
    """A database, and the path under which it finds the content of the file. Whatever it says against that is an
    InputError."""
    import duckdb

    place = Place(survey.location.name)
    with survey.location.as_file() as path:
        try:
            with _database() as database:
                yield database, path
        except duckdb.OutOfMemoryException as error:
            hint = f"a row group of it takes more than {MEMORY}; write it again with smaller ones"
            raise InputError(Problem("the Parquet file is too large to be read", place, hint=hint)) from error
        except (duckdb.Error, UnicodeDecodeError) as error:
            why = str(error).partition("\n")[0].replace(path, survey.location.name)
            problem = _damaged(place, printable(why.partition(": ")[2] or why))
            if "not valid UTF8" in why and not isinstance(error, UnicodeDecodeError):
                raise _NotTextError(problem) from error
            raise InputError(problem) from error


@contextmanager
def _database() -> Iterator[DuckDBPyConnection]:
    """A database that nobody else uses meanwhile. To make one takes longer than to read most files, so that each is used
    again, unless it broke over a file."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_external_file_cache": "false",  # several files have the same path, one after the other
    }
    database, broken = _IDLE.pop() if _IDLE else duckdb.connect(config=settings), False
    try:
        yield database
    except (duckdb.InternalException, duckdb.FatalException, duckdb.OutOfMemoryException):
        broken = True
        raise
    finally:
        if broken:
            database.close()
        else:
            _IDLE.append(database)


_IDLE: Final[list[DuckDBPyConnection]] = []


def _damaged(place: Place, why: str) -> Problem:
    return Problem(
        f"the Parquet file cannot be read: {why}",
        place,
        expected="a whole Parquet file",
        hint="copy or download it again",
    )


def _bomb(name: str, what: str) -> Problem:
    return Problem(
        f"the Parquet file {what}, as only a bomb does",
        Place(name),
        expected="an export",
        hint="if it is one, write it again as JSON lines or CSV",
    )


def detect(probe: Probe) -> Detected | None:
    """A Parquet file begins with a word of its own."""
    if probe.head.startswith((_MAGIC + b"\x15", _SEALED + b"\x15")):
        return Detected(95, "it begins as Parquet files do")
    if Path(probe.name).suffix.lower() in (".parquet", ".pq"):
        return Detected(3, "its name ends as those of Parquet files do")
    return None


SOURCE: Final = Source(
    name="parquet",
    summary="Parquet files, read by DuckDB; tickets in the canonical form need no mapping.",
    schema=SCHEMA,
    detect=detect,
    open=open_parquet,
    canonical=True,
)
