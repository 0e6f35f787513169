"""A CSV file as engines with a reader of their own see it: read as it lies and then checked, or copied clean.

What a record is, and what is wrong with it, the strict reader says here too: it reads what the other one left out, and in
a copy whatever the grammar does not match at once.
"""

from __future__ import annotations

import heapq
import io
import os
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from supportpolicy.errors import InputError, Place, Problem
from supportpolicy.model.finding import Rejected
from supportpolicy.plugin.records import InPlace, Misread, Step
from supportpolicy.plugin.rows import Row
from supportpolicy.sources.dialect import QUOTED, Dialect
from supportpolicy.sources.inspection import Breaks, Grammar, Inspection
from supportpolicy.sources.lines import BLOCK, LIMIT, Lines
from supportpolicy.sources.utf16 import as_stored

if TYPE_CHECKING:
    from supportpolicy.sources.delimited import Counts, CsvFile, CsvScan

_CHUNK: Final = 1 << 16
_REST: Final = re.compile(rb'[^"\n]*+(?:"[^"]*+"[^"\n]*+)*+')
"""From the beginning of a record whose quotes are legal to its end."""
_BLANK: Final = re.compile(rb"\n(?=\r?\n)")


@dataclass(frozen=True, slots=True)
class NativeFile:
    """The file of that index among those of a scan."""

    scan: CsvScan
    index: int

    @property
    def name(self) -> str:
        """The name as it was typed."""
        return self._file.survey.location.name

    @property
    def _file(self) -> CsvFile:
        return self.scan.files[self.index]

    @property
    def in_place(self) -> InPlace | str:
        """Where it can be read as it lies, or why it cannot."""
        header, inspection = self._file.header, self._file.survey.inspection
        if inspection is None:
            return "it is not a plain file in UTF-8"
        if inspection.fault:
            return inspection.fault
        if header.blank or header.lines != 1:
            return "its header is not its first line alone"
        if any(c in self.name for c in "*?[{"):
            return "its name looks like a pattern"
        if len(self.scan.columns) == 1:
            return "it has one column, where a blank line may be a record"
        line_end: Literal["\n", "\r\n"] = "\n" if inspection.line_end == b"\n" else "\r\n"
        strays = tuple(self._strayed(line.decode("utf-8")) for _, line in inspection.strays)
        ambiguous = inspection.crowded >= len(self.scan.columns) - 1
        return InPlace(str(Path(self.name).absolute()), line_end, ambiguous, strays)

    def _strayed(self, line: str) -> tuple[str, tuple[int, ...]]:
        """The first text of a line with stray quotes, and the columns that hold some."""
        delimiter = re.escape(self.scan.dialect.delimiter)
        field = re.compile(rf'(?:^|{delimiter})(?:"((?:[^"]|"")*+)"(?={delimiter}|$)|([^{delimiter}]*+))')
        found = field.findall(line)
        inside, bare = found[0]
        return inside.replace('""', '"') or bare, tuple(n for n, (_, text) in enumerate(found) if '"' in text)

    # --- read as it lies ---
    def check(self, rows: int, faulty: Sequence[int], step: Step) -> Iterator[Rejected]:
        """The rejected rows of the file; raises Misread where the reader cannot be right."""
        from supportpolicy.sources.delimited import Counts

        file = self._file
        inspection, header = file.survey.inspection, file.header
        assert inspection is not None
        counts = Counts.below(header)
        lines = file.survey.line_feeds - header.lines - inspection.breaks.feeds
        with file.survey.location.stored():  # which sees to it that the file is still the one that was surveyed
            pass
        with Path(self.name).open("rb") as stream:
            left_out = sorted({*(_begun(stream, at) for at in faulty), *(at for at, _ in inspection.strays)})
            missing = lines - rows - len(left_out)
            if missing < 0:
                raise Misread
            marks: Iterable[tuple[int, bool]] = ((offset, True) for offset in left_out)
            if missing:  # blank lines, if all is well; they are looked for only now
                marks = heapq.merge(marks, ((offset, False) for offset in _blank_lines(stream, inspection, header.end)))
            yield from self._checked(stream, _counted(stream, marks, inspection.known), counts, rows, step)
        self.scan.told(self.index, counts)

    def _checked(
        self, stream: BinaryIO, marks: Iterator[tuple[int, bool, int]], counts: Counts, rows: int, step: Step
    ) -> Iterator[Rejected]:
        """Go through the faulty records, the blank lines and the breaks within quotes in the order of the file, with the
        line feeds before each of them."""
        inspection = self._file.survey.inspection
        assert inspection is not None
        strays, breaks = dict(inspection.strays), _Passing(inspection.breaks)
        header, spent, past = self._file.header.lines, 0, 0
        step([0], [1], [header + 1])
        for offset, faulty, before in marks:
            self._told(breaks.upto(offset), counts, spent, step)
            row = before - header - counts.inner - counts.blank - spent
            if offset < breaks.end or offset < past:
                raise Misread
            if not faulty:
                counts.blank += 1
            else:
                raw = strays[offset] + inspection.line_end if offset in strays else self._record(stream, offset)
                past = offset + len(raw)
                breaks.skip(past)  # a faulty record is no more than its lines
                counts.line, counts.record = before + 1, row + counts.rejected
                blank = counts.blank
                for told in self.scan.parsed(self._file, Lines(io.BytesIO(raw), offset), counts, alone=True):
                    if isinstance(told, Row):
                        raise Misread
                    yield told
                spent += raw.count(b"\n") + (not raw.endswith(b"\n")) - (counts.blank - blank)
            step([row], [row + counts.rejected + 1], [1 + header + row + spent + counts.inner + counts.blank])
        self._told(breaks.upto(None), counts, spent, step)
        counts.record = rows + counts.rejected
        if header + rows + spent + counts.inner + counts.blank != self._file.survey.line_feeds:
            raise Misread

    def _told(self, breaks: Iterator[tuple[array[int], array[int]]], counts: Counts, spent: int, step: Step) -> None:
        """Tell of the records with line feeds in quotes, and count those."""
        lines = self._file.header.lines + counts.blank + spent
        for before, within in breaks:
            inner = list(accumulate(within, initial=counts.inner))
            rows = [feeds - passed - lines + 1 for feeds, passed in zip(before, inner, strict=False)]
            counts.inner = inner[-1]
            step(
                rows,
                [row + counts.rejected + 1 for row in rows],
                [row + lines + 1 + passed for row, passed in zip(rows, inner[1:], strict=True)],
            )

    def _record(self, stream: BinaryIO, offset: int) -> bytes:
        """The bytes of the record that begins there."""
        size = _CHUNK
        while True:
            window = os.pread(stream.fileno(), size + 1, offset - 1)
            if not window.startswith(b"\n"):
                raise Misread
            match = _REST.match(window, 1)
            assert match is not None
            if match.end() < len(window):
                return window[1 : match.end() + 1]
            if len(window) <= size:
                return window[1:]
            if size > LIMIT:
                raise Misread
            size *= 8

    # --- copied clean ---
    def copy(self, out: BinaryIO, step: Step) -> Iterator[Rejected]:
        """Write the readable records to `out`; gives the others."""
        from supportpolicy.sources.delimited import Counts

        file = self._file
        counts, location = Counts.below(file.header), file.survey.location
        sink = Sink(out, step, self.scan.dialect, len(self.scan.columns))
        with location.content() as content:
            content.read(file.header.end)
            found = self.scan.parsed(file, Lines(content, file.header.end), counts, sink)
            if location.utf16 is None:
                yield from (told for told in found if isinstance(told, Rejected))
            else:
                with location.content() as again:
                    stored = as_stored(found, again, location.utf16)
                    yield from (told for told in stored if isinstance(told, Rejected))
        self.scan.told(self.index, counts)

    # --- looked up again ---
    def raws(self, lines: Iterable[int]) -> Iterator[bytes]:
        """The records that begin on these lines."""
        record = self.scan.dialect.record(len(self.scan.columns)).match
        with self._file.survey.location.content() as content:
            window = Lines(content)
            at, number, feeds = (
                0,
                1,
                0,
            )  # the line of that number begins at `at`, and as many feeds follow in the window
            for line in lines:
                while line >= number + feeds + (at < len(window.data) and not window.data.endswith(b"\n")):
                    number += feeds
                    if not window.advance(len(window.data)):
                        if window.ended:
                            raise self._changed(line)
                        window.overlong()
                        number += 1
                    at, feeds = 0, window.data.count(b"\n")
                while number < line:
                    at, number, feeds = window.data.index(b"\n", at) + 1, number + 1, feeds - 1
                match = record(window.data, at)
                while match is None and window.advance(at):
                    at, feeds = 0, window.data.count(b"\n")
                    match = record(window.data, at)
                if match is None:
                    raise self._changed(line)
                yield match[0]

    def _changed(self, line: int) -> InputError:
        hint = "copy it to where nothing writes to it, and run again"
        return InputError(Problem("has changed since it was first read", Place(self.name, line), hint=hint))


class _Passing:
    """Goes through the breaks of a file with whoever walks through it. `end` is where the last one passed ends."""

    def __init__(self, breaks: Breaks) -> None:
        self._chunks = breaks.chunks()
        self._held = next(self._chunks, None)
        self._at = 0
        self.end = 0

    def upto(self, offset: int | None) -> Iterator[tuple[array[int], array[int]]]:
        """The line feeds before and within each that begins before `offset`, in runs."""
        while self._held is not None:
            starts, ends, before, within = self._held
            at, stop = self._at, len(starts) if offset is None else bisect_left(starts, offset, self._at)
            if stop > at:
                self.end = ends[stop - 1]
                yield before[at:stop], within[at:stop]
            self._at = stop
            if stop < len(starts):
                return
            self._held, self._at = next(self._chunks, None), 0

    def skip(self, offset: int) -> None:
        """Pass those that begin before `offset` without a word."""
        end = self.end
        for _ in self.upto(offset):
            pass
        self.end = end


@dataclass(slots=True)
class Sink:
    """Takes the readable records of a file: whole chunks of them as long as the grammar matches, else one by one."""

    out: BinaryIO
    step: Step
    dialect: Dialect
    width: int
    rows: int = field(default=0, init=False)
    _next: tuple[int, int] = field(default=(0, 0), init=False)
    _bulk: re.Pattern[bytes] = field(init=False)
    _grammar: Grammar = field(init=False)
    _seen: bytes = field(default=b"", init=False)
    _slow: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        delimiter = re.escape(self.dialect.delimiter).encode("ascii")
        value = rb"(?:%b|%b)" % (QUOTED, self.dialect.bare)
        self._bulk = re.compile(rb"(?:%b(?:%b%b){%d}+\r?\n)*+" % (value, delimiter, value, self.width - 1))
        self._grammar = Grammar.of(self.dialect, rb"\r?\n")

    def take(self, data: bytes, at: int, counts: Counts) -> int:
        """Take as many records as stand legal one after another; gives the place behind them."""
        if data is not self._seen:
            self._seen, self._slow = data, 0
        while self.width > 1 and at < len(data) and at >= self._slow:
            end = data.rfind(b"\n", at, at + _CHUNK) + 1
            match = self._bulk.match(data, at, end) if end else None
            if match is None or match.end() == at:
                break
            chunk = match[0]
            try:
                text = chunk if chunk.isascii() else chunk.decode(self.dialect.codec).encode("utf-8")
            except UnicodeDecodeError:
                self._slow = match.end()
                break
            self._told(counts.record + 1, counts.line)
            self._count(chunk, counts)
            self.out.write(self._with_line_feeds(text) if b"\r" in text else text)
            at = match.end()
        return at

    def put(self, values: Sequence[str], counts: Counts) -> None:
        """Take one record, at the place that `counts` gives."""
        self._told(counts.record, counts.line)
        self.rows += 1
        self._next = counts.record + 1, counts.line + 1
        self.out.write(self.dialect.delimiter.join(map(self._written, values)).encode("utf-8") + b"\n")

    def _told(self, record: int, line: int) -> None:
        if (record, line) != self._next:
            self.step([self.rows], [record], [line])

    def _count(self, chunk: bytes, counts: Counts) -> None:
        """Count the records of a chunk, and tell of the lines within them."""
        inner = at = 0
        feeds = chunk.count(b"\n")
        record, line = counts.record, counts.line
        if b'"' in chunk:
            before, rows_after, inners = 0, [], []
            for start, end in self._grammar.breaks(b"\n" + chunk):
                before += chunk.count(b"\n", at, start - 1)
                within = chunk.count(b"\n", start - 1, end - 1)
                row = before - inner + 1
                inner += within
                before += within
                at = end - 1
                rows_after.append(row)
                inners.append(inner)
            self.step(
                [self.rows + row for row in rows_after],
                [record + row + 1 for row in rows_after],
                [line + row + inside for row, inside in zip(rows_after, inners, strict=True)],
            )
        rows = feeds - inner
        self.rows += rows
        counts.record, counts.line, counts.inner = record + rows, line + feeds, counts.inner + inner
        self._next = counts.record + 1, counts.line

    def _with_line_feeds(self, text: bytes) -> bytes:
        """The records with a line feed as the only line end outside quotes."""
        parts = text.split(b'"')
        parts[::2] = [part.replace(b"\r\n", b"\n") for part in parts[::2]]
        return b'"'.join(parts)

    def _written(self, value: str) -> str:
        if (value or self.width > 1) and not any(c in value for c in ('"', "\n", "\r", self.dialect.delimiter)):
            return value
        return '"' + value.replace('"', '""') + '"'


def _begun(stream: BinaryIO, offset: int) -> int:
    """Where a record begins of which a reader may have taken the line end before it for a part."""
    ends = os.pread(stream.fileno(), 2, offset)
    return offset + len(ends) - len(ends.lstrip(b"\r\n"))


def _blank_lines(stream: BinaryIO, inspection: Inspection, start: int) -> Iterator[int]:
    """Where the blank lines below the header begin."""
    breaks = iter(inspection.breaks)
    begins, ends = 0, 0
    stream.seek(start - 1)
    before, offset = b"", start - 1
    while block := stream.read(BLOCK):
        data = before + block
        for match in _BLANK.finditer(data):
            at = offset + match.end()
            while ends <= at and ends >= 0:
                begins, ends, _, _ = next(breaks, (-1, -1, 0, 0))
            if not begins < at < ends:
                yield at
        before = next((end for end in (b"\n", b"\n\r") if data.endswith(end)), b"")
        offset += len(data) - len(before)


def _counted(
    stream: BinaryIO, marks: Iterable[tuple[int, bool]], known: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, bool, int]]:
    """The marks with the number of line feeds before each; `known` is that number at some places of the file."""
    offset = feeds = 0
    places = [place for place, _ in known]
    for mark, faulty in marks:
        nearest = bisect_right(places, mark) - 1
        if nearest >= 0 and places[nearest] > offset:
            offset, feeds = known[nearest]
        while offset < mark:
            block = os.pread(stream.fileno(), min(BLOCK, mark - offset), offset)
            if not block:
                raise Misread
            feeds += block.count(b"\n")
            offset += len(block)
        yield mark, faulty, feeds
