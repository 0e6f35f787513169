"""A file of JSON lines as engines with a reader of their own see it: as it lies where all of it is plain, else copied clean.

What is wrong with a line, and what stands in one that is not plain, the strict reader says here too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from supportpolicy.errors import InputError, Place, Problem
from supportpolicy.expr.decode import json_text
from supportpolicy.expr.keys import Nothing, value_at
from supportpolicy.model.finding import Rejected
from supportpolicy.plugin.records import MARK, Misread, Step
from supportpolicy.plugin.rows import JsonValue, Number, Row
from supportpolicy.sources.jsonl import BOM, Counts, JsonLinesScan, parse
from supportpolicy.sources.lines import BLOCK, Lines, single_lines
from supportpolicy.sources.locations import MAGIC, STDIN, Location, is_packed
from supportpolicy.sources.plain_objects import PlainObjects

_RUN: Final = 1 << 16
"""How many bytes are matched at a time."""
_LONG: Final = 4 * BLOCK
"""Where a line is longer than about this, the strict reader reads it."""
_PATIENCE: Final = 64
"""After so many lines in a row that are not plain, only one in so many is tried."""
_SIMPLE: Final = frozenset({str, int, bool, type(None)})
_CONTROL: Final = b"\\u000"
"""Without it there is no text with NUL or `MARK` in a line."""
_WRITTEN: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class ObjectLines:
    """The file of that index among those of a scan."""

    scan: JsonLinesScan
    index: int
    plain: PlainObjects

    @property
    def name(self) -> str:
        """The name as it was typed."""
        return self._location.name

    @property
    def _location(self) -> Location:
        return self.scan.surveys[self.index].location

    def in_place(self, step: Step) -> Path | str:
        """Where it can be read as it lies, or why it cannot."""
        if fault := self._packing():
            return fault
        counts = Counts()
        for found in self._found(counts):
            if not isinstance(found, bytes):
                return f"line {counts.line} is none that every reader reads alike"
            if counts.blank:
                break
        if counts.blank:
            return "it has blank lines"
        if not counts.record:
            return "it is empty"
        step([0], [1], [1])
        self.scan.read_through(self.index, counts)
        return Path(self.name).absolute()

    def copy(self, out: BinaryIO, step: Step) -> Iterator[Rejected]:
        """Write the readable records to `out`; gives the others."""
        counts = Counts()
        readers = [value_at(name) for name in self.plain.names]
        rows, following = 0, (0, 0)
        for found in self._found(counts):
            if isinstance(found, Rejected):
                yield found
                continue
            if isinstance(found, Row):
                assert isinstance(found.values, Mapping)
                values = [read(found.values) for read in readers]
                if _CONTROL in found.raw or not _SIMPLE.issuperset(map(type, values)):
                    values = [_marked(value) for value in values]
                count, line = 1, _WRITTEN(values).encode("utf-8") + b"\n"
            else:
                count, line = found.count(b"\n"), found
            first = counts.record - count + 1, counts.line - count + 1
            if first != following:
                step([rows], [first[0]], [first[1]])
            following = counts.record + 1, counts.line + 1
            rows += count
            out.write(line)
        self.scan.read_through(self.index, counts)

    def check(self, rows: int) -> None:
        """Raises Misread if there are other rows in it."""
        tally = self.scan.read_so_far(self.index)
        if rows != tally.read - tally.rejected:
            raise Misread
        with self._location.stored():  # which sees to it that the file is still the one that was looked at
            pass

    def raws(self, lines: Iterable[int]) -> Iterator[bytes]:
        """The records that begin on these lines."""
        with self._location.content() as content:
            found = enumerate(single_lines(content), 1)
            for line in lines:
                told = next((told for number, told in found if number == line), None)
                if not isinstance(told, tuple):
                    hint = "copy it to where nothing writes to it, and run again"
                    raise InputError(Problem("has changed since it was first read", Place(self.name, line), hint=hint))
                offset, raw = told
                raw = raw.removesuffix(b"\r")
                yield raw.removeprefix(BOM) if offset == 0 else raw

    def _packing(self) -> str:
        """Why its name does not mean to another reader the lines that are in it; empty if it does."""
        if self.name == STDIN:
            return "it is standard input"
        if any(c in self.name for c in "*?[{"):
            return "its name looks like a pattern"
        with self._location.stored() as stored:
            head = stored.read(MAGIC)
        if is_packed(head):
            return "it is compressed"
        if head.startswith(BOM):
            return "it begins with a byte order mark"
        return "" if self.plain.any else "a column of it has a name that is no plain path"

    # --- what stands in it ---
    def _found(self, counts: Counts) -> Iterator[bytes | Row | Rejected]:
        """Runs of plain lines, each with a line feed at its end, and the rows between them. Blank lines are only counted."""
        survey, plain = self.scan.surveys[self.index], self.plain
        plain.learn(_head(self._location))
        with self._location.content() as content:
            lines = Lines(content)
            at = doubtful = 0
            while True:
                data, size = lines.data, len(lines.data)
                checked = 0
                while at < size:
                    trusting = doubtful < _PATIENCE or doubtful % _PATIENCE == 0
                    if trusting and at >= checked:
                        checked = self._matched(data, at)
                    end = _decoded(data, at, checked) if checked > at else at
                    if end > at:
                        run = data[at:end]
                        feeds = run.count(b"\n")
                        counts.record, counts.line, at = counts.record + feeds, counts.line + feeds, end
                        doubtful = 0
                        yield run
                        continue
                    doubtful += 1
                    feed = data.find(b"\n", at)
                    raw = data[at : feed if feed >= 0 else size]
                    told = self.scan.told(survey, lines.offset + at, raw, counts)
                    at = feed + 1 if feed >= 0 else size
                    if trusting and isinstance(told, Row) and self._now_plain(told, whole=feed >= 0):
                        yield told.raw + b"\n"
                    elif told is not None:
                        yield told
                if not lines.advance(at):
                    if lines.ended:
                        return
                    told = self.scan.told(survey, lines.offset, lines.overlong(), counts)
                    assert told is not None
                    yield told
                at = 0

    def _matched(self, data: bytes, at: int) -> int:
        """How far the lines from there on are plain, if they are UTF-8."""
        last = data.rfind(b"\n", at, at + _RUN) + 1 or data.find(b"\n", at) + 1
        if not last or not self.plain.any or len(data) > _LONG:
            return at
        match = self.plain.lines.match(data, at, last)
        assert match is not None
        return match.end()

    def _now_plain(self, row: Row, whole: bool) -> bool:
        """Whether a line that was not plain is so once its keys are known, or if it is the last one, without a line feed."""
        assert isinstance(row.values, Mapping)
        return (self.plain.learn([row.values]) or not whole) and self.plain.takes(row.raw)


def _head(location: Location) -> Iterator[Mapping[str, JsonValue]]:
    """The objects at the beginning of a file."""
    *lines, _ = location.probe().head.removeprefix(BOM).split(b"\n")
    for line in lines:
        found = parse(line)
        if isinstance(found, dict):
            yield found


def _decoded(data: bytes, at: int, end: int) -> int:
    """How far whole lines are UTF-8."""
    run = data[at:end]
    if run.isascii():
        return end
    try:
        run.decode("utf-8")
    except UnicodeDecodeError as error:
        return at + run.rfind(b"\n", 0, error.start) + 1
    return end


def _marked(value: JsonValue | Nothing) -> JsonValue:
    """What is written of a value (see `plugin.records.ObjectFile`)."""
    match value:
        case Nothing():
            return MARK
        case str():
            return f"{MARK}t{_WRITTEN(value)}" if "\0" in value or value.startswith(MARK) else value
        case list() if all(isinstance(item, str) for item in value):
            return f"{MARK}l{_WRITTEN(value)}"
        case list() | dict():
            return f"{MARK}o{json_text(value)}"
        case Number():
            return value.text
        case _:
            return value
