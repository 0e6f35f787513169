"""The `parquet` report: one row for each finding, exact, for programs that read columns.

The columns are those of `plugin.columns`. The key-value metadata of the file holds the head and the totals as JSON, as the
first and the last line of the `jsonl` report have them: `supportpolicy` names the version, `head` and `totals` follow.

Where the engine has the findings as columns it writes them itself. Else they are gathered in memory and written out in
parts, to temporary files without a name, which are put together at the end.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final

from supportpolicy.model.finding import Finding, Item, Totals
from supportpolicy.plugin.columns import FINDING_COLUMNS, copy_statement, values_of
from supportpolicy.plugin.records import Columnar, ExitCode, Head, Report, ReportOptions, Writer
from supportpolicy.reports import members
from supportpolicy.reports.exact import compact

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA: Final = "supportpolicy-report-columns/1"

_ROWS: Final = 4_096
"""Findings that are handed to DuckDB at once."""
_PART: Final = 122_880
"""Findings of one part: as many as a row group has."""
_TEXT: Final = 16 * 1024 * 1024
"""Characters of evidence after which rows are handed on, and a part is written, however few they are."""


class ParquetWriter:
    """Takes findings one by one, or lets the engine write them."""

    def __init__(self, head: Head, out: BinaryIO) -> None:
        self._head = head
        self._out = out
        self._findings: Columnar | None = None
        self._parts: _Parts | None = None

    def columns(self, findings: Columnar) -> None:
        """The engine has them as columns: what `batch` brings is not looked at."""
        self._findings = findings

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings; exclusions and rejected rows are not among the rows."""
        if self._findings is None:
            with _failing_as_a_file():
                parts = self._opened()
                for item in items:
                    if isinstance(item, Finding):
                        parts.add(item)

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the whole report."""
        metadata = self._metadata(totals, exit_code)
        with _unnamed() as (file, path), _failing_as_a_file():
            if self._findings is not None:
                self._findings.copy_to(path, metadata)
            else:
                self._opened().copy_to(path, metadata)
            file.seek(0)
            shutil.copyfileobj(file, self._out, 1 << 20)

    def _opened(self) -> _Parts:
        if self._parts is None:
            self._parts = _Parts()
        return self._parts

    def _metadata(self, totals: Totals, exit_code: ExitCode) -> Mapping[str, str]:
        sums: dict[str, Any] = members.of_sums(self._head, totals, exit_code)
        sums["inputs"] = [
            {"name": file.name, "table": file.table, "rows": members.of_input_rows(totals, file)}
            for file in self._head.inputs
        ]
        return {"supportpolicy": SCHEMA, "head": compact(members.of_head(self._head)), "totals": compact(sums)}


class _Parts:
    """Findings on their way to columns: some as rows, some in a table, the others in parts that are written already."""

    def __init__(self) -> None:
        self._connection = _connection()
        self._rows: list[tuple[Any, ...]] = []
        self._text = 0
        self._in_table = self._text_in_table = 0
        self._written: list[tuple[IO[bytes], str]] = []
        self._create()

    def add(self, finding: Finding) -> None:
        row = values_of(finding)
        self._rows.append(row)
        self._text += len(str(row[-1]))
        if len(self._rows) >= _ROWS or self._text >= _TEXT:
            self._hand_on()
            if self._in_table >= _PART or self._text_in_table >= _TEXT * 4:
                self._write_part()

    def copy_to(self, path: str, metadata: Mapping[str, str]) -> None:
        """Write all findings as one file."""
        self._hand_on()
        paths = ", ".join(f"'{part}'" for _, part in self._written)
        parts = f"SELECT * FROM read_parquet([{paths}]) UNION ALL " if paths else ""
        self._connection.execute(copy_statement(f"{parts}SELECT * FROM findings", path, metadata))
        self._connection.close()
        for file, _ in self._written:
            file.close()

    def _hand_on(self) -> None:
        if self._rows:
            columns = [list(column) for column in zip(*self._rows, strict=True)]
            values = ", ".join(f"unnest(${n}::{column.type}[])" for n, column in enumerate(FINDING_COLUMNS, 1))
            self._connection.execute(f"INSERT INTO findings SELECT {values}", columns)
            self._in_table += len(self._rows)
            self._text_in_table += self._text
            self._rows, self._text = [], 0

    def _write_part(self) -> None:
        file, path = _temporary()
        self._written.append((file, path))
        self._connection.execute(copy_statement("SELECT * FROM findings", path, {}))
        self._create()
        self._in_table = self._text_in_table = 0

    def _create(self) -> None:
        columns = ", ".join(f"{column.name} {column.type}" for column in FINDING_COLUMNS)
        self._connection.execute(f"CREATE OR REPLACE TABLE findings ({columns})")


def _connection() -> DuckDBPyConnection:
    """A database in memory; with one thread the rows keep their order and the file is always the same."""
    import duckdb

    return duckdb.connect(config={"threads": 1, "temp_directory": ""})


@contextmanager
def _failing_as_a_file() -> Iterator[None]:
    """A full disk is told as it is of any file."""
    import duckdb

    try:
        yield
    except duckdb.IOException as error:
        raise OSError(str(error)) from error


@contextmanager
def _unnamed() -> Iterator[tuple[IO[bytes], str]]:
    file, path = _temporary()
    with file:
        yield file, path


def _temporary() -> tuple[IO[bytes], str]:
    """A temporary file and a path to it: without a name where the system shows open files as paths, for then nothing is
    left of it however the process ends."""
    file = tempfile.TemporaryFile(prefix="supportpolicy-")  # noqa: SIM115 - the caller closes it
    path = f"/proc/self/fd/{file.fileno()}"
    if Path(path).exists():
        return file, path
    file.close()
    named = tempfile.NamedTemporaryFile(prefix="supportpolicy-")  # noqa: SIM115 - the caller closes it
    return named, named.name


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return ParquetWriter(head, out)


REPORT = Report(
    name="parquet",
    summary="one row for each finding, exact, for programs that read columns",
    suffix=".parquet",
    open=_open,
    columnar=True,
)
