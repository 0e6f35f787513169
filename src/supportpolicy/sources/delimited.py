"""The source `csv`: delimited text, read strictly.

This reader defines what a CSV record is; `dialect` states the grammar. Lines are split at LF, a CR before it belonging to
the line end; a line that is empty, or holds nothing but a CR, is blank. A record that the grammar does not match, or whose
bytes cannot be decoded, is rejected: it ends at its first line end, and reading resumes on the next line. So a stray quote
costs the line it stands on, and never the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from supportpolicy.errors import InputError, Place, Problem, UsageError
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.plugin.records import DelimitedTable, Detected, Misread, Probe, Schema, Snapshot, Source
from supportpolicy.plugin.rows import Row
from supportpolicy.sources.dialect import ENCODINGS, Dialect
from supportpolicy.sources.faults import Diagnosis
from supportpolicy.sources.header import EXPECTED, Header, Naming, named, read_header, same_header
from supportpolicy.sources.inspection import Inspection
from supportpolicy.sources.lines import Lines
from supportpolicy.sources.locations import MAGIC, STDIN, Location, in_utf16, is_packed, resolve
from supportpolicy.sources.mistaken import mistaken
from supportpolicy.sources.native import NativeFile, Sink
from supportpolicy.sources.survey import Survey, survey_all
from supportpolicy.sources.utf16 import as_stored

SCHEMA: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "columns": {"enum": ["by_name", "by_name_any_case", "by_position"]},
        "headers": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "delimiter": {
            "type": "string",
            "pattern": r"^([\t -!#-~]|tab)$",
            "x-expected": "one ASCII character such as ; or |, or the word tab",
        },
        "encoding": {"enum": list(ENCODINGS)},
    },
    "if": {"properties": {"columns": {"const": "by_position"}}, "required": ["columns"]},
    "then": {"required": ["headers"]},
    "else": {"properties": {"headers": False}},
}


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One file of a table, surveyed and with its header read."""

    survey: Survey
    header: Header


@dataclass(slots=True)
class CsvScan:
    """The rows of one table, over one or more CSV files with the same header."""

    table: str
    dialect: Dialect
    columns: tuple[str, ...]
    files: tuple[CsvFile, ...]
    _tallies: tuple[Tally, ...] | None = field(default=None, init=False)
    _native: dict[int, Tally] = field(default_factory=dict, init=False)

    def rows(self) -> Iterator[Row | Rejected]:
        """Every record in the order of the files."""
        tallies: list[Tally] = []
        for file in self.files:
            records, location = self._records(file, tallies), file.survey.location
            if location.utf16 is None:
                yield from records
            else:
                with location.content() as again:
                    yield from as_stored(records, again, location.utf16)
        self._tallies = tuple(tallies)

    def tallies(self) -> tuple[Tally, ...]:
        """What was counted while `rows` ran to its end."""
        if self._tallies is None:
            raise RuntimeError("rows() has not run to its end")
        return self._tallies

    @property
    def delimited(self) -> DelimitedTable:
        """The files, for engines that read delimited text themselves."""
        return DelimitedTable(self.dialect.delimiter, tuple(NativeFile(self, n) for n in range(len(self.files))))

    def told(self, index: int, counts: Counts) -> None:
        """Note what was counted in the file of that index while another than `rows` went through it."""
        self._native[index] = self.tally(self.files[index], counts)
        if len(self._native) == len(self.files):
            self._tallies = tuple(self._native[n] for n in range(len(self.files)))

    def _records(self, file: CsvFile, tallies: list[Tally]) -> Iterator[Row | Rejected]:
        header, counts = file.header, Counts.below(file.header)
        with file.survey.location.content() as content:
            content.read(header.end)
            yield from self.parsed(file, Lines(content, header.end), counts)
        tallies.append(self.tally(file, counts))

    def tally(self, file: CsvFile, counts: Counts) -> Tally:
        """What was counted in a file."""
        header, survey = file.header, file.survey
        told = counts.record, counts.rejected, counts.blank, counts.inner
        return Tally(survey.location.name, self.table, survey.line_feeds, header.lines, *told)

    def parsed(
        self, file: CsvFile, lines: Lines, counts: Counts, sink: Sink | None = None, alone: bool = False
    ) -> Iterator[Row | Rejected]:
        """Every record of some lines, counted. With a `sink` the readable ones go there. `alone` if they are the lines of
        one record, so that a quote that is open at their end makes it a Misread."""
        name, table = file.survey.location.name, self.table
        parser = _Parser(self.dialect, len(self.columns))
        diagnosis = Diagnosis.of(self.dialect, self.columns)
        data, at, base = b"", 0, lines.offset
        while True:
            if sink is not None:
                at = sink.take(data, at, counts)
            end = data.find(b"\n", at)
            if end < 0:
                if at >= len(data):
                    grown = lines.advance(at)
                    data, at, base = lines.data, 0, lines.offset
                    if grown:
                        continue
                    if lines.ended:
                        break
                    overlong = lines.overlong()
                    reason = overlong.reason + (", counted in UTF-8" if self.dialect.utf16 else "")
                    counts.record, counts.rejected = counts.record + 1, counts.rejected + 1
                    yield Rejected(RowPlace(name, counts.record, counts.line), base, reason, overlong.head, table)
                    counts.line += 1
                    continue
                end = len(data)
            raw, after, feeds = data[at:end], end + 1, 0
            if raw[-1:] == b"\r" and end < len(data):
                raw = raw[:-1]
            values: list[str] | None = None
            reason = ""
            if b'"' not in raw:
                if raw in (b"", b"\r"):
                    counts.blank, counts.line, at = counts.blank + 1, counts.line + 1, after
                    continue
                values = parser.bare(raw)
            elif match := parser.record(data, at):
                length = match.end() - at
                if length > lines.limit:
                    reason = f"the record is {length:,} bytes long, and at most {lines.limit:,} are read"
                else:
                    values = parser.quoted(match[1])
                if values is not None and match.end() > end:
                    raw, after = match[0], match.end() + (2 if data.startswith(b"\r", match.end()) else 1)
                    feeds = raw.count(b"\n")
            if values is not None:
                counts.record += 1
                if sink is None:
                    yield Row(RowPlace(name, counts.record, counts.line), values, raw)
                else:
                    sink.put(values, counts)
            else:
                if not reason:
                    fault = diagnosis.of_record(data, at, counts.line)
                    reason = fault.reason
                    if fault.unclosed:
                        if alone:
                            raise Misread
                        grown = lines.advance(at)
                        data, at, base, after = lines.data, 0, lines.offset, after - at
                        if grown:
                            continue
                        reason += " before the file ends" if lines.ended else f" within {lines.limit:,} bytes"
                counts.record, counts.rejected = counts.record + 1, counts.rejected + 1
                yield Rejected(RowPlace(name, counts.record, counts.line), base + at, reason, raw, table)
            counts.inner, counts.line, at = counts.inner + feeds, counts.line + 1 + feeds, after


@dataclass(slots=True)
class Counts:
    """How far a reader has come: records read and rejected, blank lines, line feeds within records, and the line that comes
    next."""

    line: int
    blank: int = 0
    record: int = 0
    rejected: int = 0
    inner: int = 0

    @classmethod
    def below(cls, header: Header) -> Counts:
        return cls(header.blank + header.lines + 1, header.blank)


class _Parser:
    """Splits legal records into their fields; a record of one line without quotes by the shortest way."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        self._delimiter = dialect.delimiter
        self._encoding = dialect.codec
        self._width = width
        self._pending: list[str] = []
        self._csv = csv.reader(iter(self._pending.pop, None), delimiter=dialect.delimiter, strict=True)
        self._fields = dialect.fields()
        self.record = dialect.record(width).match

    def bare(self, raw: bytes) -> list[str] | None:
        """The fields of a line without quotes; None if it is faulty."""
        if b"\r" in raw or b"\0" in raw:
            return None
        try:
            values = raw.decode(self._encoding).split(self._delimiter, self._width)
        except UnicodeDecodeError:
            return None
        if len(values) > self._width and not values[-1].strip(self._delimiter):
            values.pop()
        return values if len(values) == self._width else None

    def quoted(self, raw: bytes) -> list[str] | None:
        """The fields of a record that the grammar matches; None if its bytes cannot be decoded."""
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            return None
        self._pending.append(text)
        try:
            return next(self._csv) or [""]  # for csv an empty text has no field; here it is one empty field
        except csv.Error:  # a field beyond csv.field_size_limit, which is the process's to set and not ours
            return [inside.replace('""', '"') or bare for inside, bare in self._fields.findall(text)]


def open_csv(locations: Sequence[str], options: Mapping[str, Any], table: str = "tickets") -> Snapshot:
    """Open CSV files as one table; raises InputError with the problems of all files."""
    naming: Naming = options.get("columns", "by_name")
    headers: Sequence[str] = options.get("headers", ())
    if (naming == "by_position") != bool(headers):
        raise UsageError(
            Problem(
                "`headers:` is missing" if naming == "by_position" else "`headers:` needs `columns: by_position`",
                path="source.headers",
                expected="with `columns: by_position` the header as it stands in the file, and only there",
            )
        )
    dialect = Dialect.of(options)
    files: list[CsvFile] = []
    columns: tuple[str, ...] = ()
    problems: list[Problem] = []
    found = resolve(locations)
    if dialect.utf16:
        found = in_utf16(found, dialect.encoding)
    for surveyed in survey_all(found, table, lambda location: _inspection(location, dialect)):
        try:
            header = read_header(surveyed.location, dialect)
            place = Place(surveyed.location.name, header.blank + 1)
            if not files:
                columns = named(header.names, naming, headers, place)
            else:
                same_header(header.names, files[0].header.names, files[0].survey.location.name, place)
            files.append(CsvFile(surveyed, header))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(*problems)
    scan = CsvScan(table, dialect, columns, tuple(files))
    return Snapshot({table: scan}, tuple(file.survey.input for file in files))


def _inspection(location: Location, dialect: Dialect) -> Inspection | None:
    """A look at the bytes of a file that another reader could read as it lies."""
    if dialect.encoding != "utf-8" or location.name == STDIN:
        return None
    with location.stored() as stored:
        return None if is_packed(stored.read(MAGIC)) else Inspection(dialect)


def detect(probe: Probe) -> Detected | None:
    """Text whose first line holds a delimiter looks like CSV; so, faintly, does anything called .csv."""
    head = probe.head.removeprefix(b"\xef\xbb\xbf")
    first = re.split(rb"[\r\n]", head.lstrip(b"\r\n"), maxsplit=1)[0]
    if not (mistaken(probe.name, probe.head, EXPECTED) or b"\0" in head or _JSON.match(head)):
        if b"," in first:
            return Detected(20, "it is text, and its first line holds a comma")
        for delimiter, name in _OTHERS.items():
            if delimiter in first:
                because = "it is text, and its first line holds no comma but"
                return Detected(
                    10, f"{because} {name!r}; say in a mapping `source: {{name: csv, delimiter: {name!r}}}`"
                )
    suffixes = {suffix.lower() for suffix in Path(probe.name).suffixes}
    called = next((suffix for suffix in (".csv", ".tsv") if suffix in suffixes), None)
    return Detected(5, f"its name ends in {called}") if called else None


_OTHERS: Final = {b";": ";", b"\t": "tab", b"|": "|"}
_JSON: Final = re.compile(rb'\s*+(?:\{\s*+["}]|\[\s*+[\[{"\]])')

SOURCE: Final = Source(
    name="csv",
    summary="Delimited text with a header, one record a row, read strictly.",
    schema=SCHEMA,
    detect=detect,
    open=open_csv,
)
