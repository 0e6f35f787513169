"""What the bytes of a delimited file show before any record is read: whether each quote in it is legal, and which quoted
fields run over several lines.

The pass looks for quotes, not for records: outside quotes for what may stand nowhere, inside for their end. In a file that
passes every record is made of legal fields, and only their number can be wrong. Of another it says what it met first.

All repetitions are possessive, as in `dialect`, and each byte is looked at a bounded number of times.
"""

from __future__ import annotations

import codecs
import re
import tempfile
import weakref
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from supportpolicy.sources.dialect import Dialect

LONGEST: Final = 8 << 20
"""The longest field of several lines, in bytes, that the pass follows."""
_HELD: Final = 1 << 16


@dataclass(slots=True, weakref_slot=True, eq=False)
class Breaks:
    """The quoted fields that hold line feeds, in the order of the file: where each begins and ends, how many line feeds
    stand before it and how many in it. Kept on disk where they are many."""

    _held: array[int] = field(default_factory=lambda: array("q"), init=False)
    _spilled: BinaryIO | None = field(default=None, init=False)
    feeds: int = field(default=0, init=False)

    def add(self, start: int, end: int, before: int, within: int) -> None:
        """Take one more."""
        self.feeds += within
        self._held.extend((start, end, before, within))
        if len(self._held) >= 4 * _HELD:
            if self._spilled is None:
                self._spilled = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the breaks, by the finalizer
                weakref.finalize(self, self._spilled.close)
            self._held.tofile(self._spilled)
            del self._held[:]

    def chunks(self) -> Iterator[tuple[array[int], array[int], array[int], array[int]]]:
        """Where they begin and end, and the line feeds before and within each, in runs."""
        if self._spilled is not None:
            self._spilled.seek(0)
            while block := self._spilled.read(32 * _HELD):
                yield _columns(array("q", block))
        if self._held:
            yield _columns(self._held)

    def __iter__(self) -> Iterator[tuple[int, int, int, int]]:
        for chunk in self.chunks():
            yield from zip(*chunk, strict=True)


def _columns(numbers: array[int]) -> tuple[array[int], array[int], array[int], array[int]]:
    return numbers[::4], numbers[1::4], numbers[2::4], numbers[3::4]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What is looked for. `quoted`: the next quote, with the field that it begins if that is legal; `plain`: text outside
    quotes and quoted fields of one line; `wary` likewise where a CR is about; `several`: a quoted field; `opened`: what a
    field of which the end is not in sight may look like; `strayed`: the rest of a line from a quote within a bare field."""

    quoted: re.Pattern[bytes]
    plain: re.Pattern[bytes]
    wary: re.Pattern[bytes]
    several: re.Pattern[bytes]
    opened: re.Pattern[bytes]
    strayed: re.Pattern[bytes]

    @classmethod
    def of(cls, dialect: Dialect, line_end: bytes) -> Grammar:
        delimiter = re.escape(dialect.delimiter).encode("ascii")
        begins = rb"(?<=[%b\n])" % delimiter
        ends = rb"(?=[%b\n])" % delimiter if line_end == b"\n" else rb"(?=%b|%b)" % (delimiter, line_end)
        single = rb'%b"[^"\n]*+(?:""[^"\n]*+)*+"%b' % (begins, ends)
        quoted = rb'"(?:(?<=[%b\n]")[^"]*+(?:""[^"]*+)*+"%b)?+' % (delimiter, ends)
        several = rb'%b"[^"]*+(?:""[^"]*+)*+"%b' % (begins, ends)
        opened = rb'%b"[^"]*+(?:""[^"]*+)*+"?+\r?+' % begins
        if line_end == b"\r\n":
            plain = wary = rb'[^"\r\n]*+(?:\r\n[^"\r\n]*+)*+'
            opened = rb"(?:%b|\r)" % opened
        else:
            plain, wary = rb'[^"]*+', rb'[^"\r]*+'
        bare = rb"[^%b\r\n]*+" % delimiter
        strayed = rb'%b(?:%b(?:"[^"\n]*+(?:""[^"\n]*+)*+"%b|(?![ \t]*+")%b))*+' % (bare, delimiter, ends, bare)
        return cls(
            re.compile(quoted),
            re.compile(rb"%b(?:%b%b)*+" % (plain, single, plain)),
            re.compile(rb"%b(?:%b%b)*+" % (wary, single, wary)),
            re.compile(several),
            re.compile(opened),
            re.compile(strayed),
        )

    def breaks(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where the fields with line feeds begin and end in whole legal records, of which the first begins at the second
        byte of `data`."""
        at = 1
        while True:
            match = self.plain.match(data, at)
            assert match is not None
            if match.end() == len(data):
                return
            field_of_lines = self.several.match(data, match.end())
            assert field_of_lines is not None
            yield field_of_lines.span()
            at = field_of_lines.end()


_REST: Final = re.compile(rb'[^"\n]*+(?:"[^"]*+"[^"\n]*+)*+(?:"[^"]*+\Z)?+')
"""To the end of a record, or of what is in sight of it."""
_BOM: Final = b"\xef\xbb\xbf"
_ANY: Final = 1 << 62
_FEED: Final = 0x0A
_QUOTE: Final = 0x22
STRAYS: Final = 1_000
"""How many stray quotes are put up with."""
_MUCH: Final = 1 << 18
_TELLING: Final = frozenset(b'\n"')


@dataclass(slots=True)
class Inspection:
    """Goes through the content of a file block by block, and counts its line feeds on the way.

    Afterwards `fault` says what forbids to read the file in place, and is empty if nothing does. `crowded` is the largest
    number of delimiters from a line feed in quotes to the end of its line: only a reader of records with no more than so
    many can take that line for a record. `strays` are the records, each a line with its place, that hold a quote within a
    bare field: not legal, but no other record is the worse for it.
    """

    dialect: Dialect
    fault: str = field(default="", init=False)
    line_end: bytes = field(default=b"", init=False)
    quotes: bool = field(default=False, init=False)
    feeds: int = field(default=0, init=False)
    crowded: int = field(default=-1, init=False)
    strays: list[tuple[int, bytes]] = field(default_factory=list, init=False)
    breaks: Breaks = field(default_factory=Breaks, init=False)
    known: list[tuple[int, int]] = field(default_factory=list, init=False)
    """At some places in the file, not far from one another, how many line feeds stand before."""
    _delimiter: bytes = field(init=False)
    _decoder: codecs.IncrementalDecoder = field(init=False)
    _grammar: Grammar | None = field(default=None, init=False)
    _head: bytes = field(default=b"", init=False)
    _data: bytes = field(default=b"\n", init=False)
    _offset: int = field(default=-1, init=False)
    _enough: int = field(default=0, init=False)
    """So much is waited for before a long field is gone through again."""

    def __post_init__(self) -> None:
        self._delimiter = self.dialect.delimiter.encode("ascii")
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def look(self, block: bytes) -> None:
        """Look at the next block."""
        if self._grammar is None:
            self._head += block
            if b"\n" not in block and len(self._head) <= LONGEST:
                return
            block, self._head = self._begin(self._head), b""
        if not self.fault:
            self.fault = self._characters(block)
        if self.fault:
            self.feeds += self._data.count(b"\n", 1) + block.count(b"\n")
            self._data = b"\n"
            return
        self._data += block
        if len(self._data) >= self._enough:
            self._walk(self._data, len(self._data))
            self._enough = min(2 * len(self._data), LONGEST) if len(self._data) > _MUCH else 0

    def close(self) -> None:
        """The content is at its end."""
        if self._grammar is None:
            self.fault = "it has one line"
        if self.fault or self._grammar is None:
            return
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.fault = _UNDECODED
        size = len(self._data)
        self._walk(self._data if self._data.endswith(b"\n") else self._data + self.line_end, size, ended=True)

    def _begin(self, block: bytes) -> bytes:
        """Learn the line end from the first line."""
        first = block.find(b"\n")
        self.line_end = b"\r\n" if block[:first].endswith(b"\r") and first > 0 else b"\n"
        self._grammar = Grammar.of(self.dialect, self.line_end)
        if block.startswith(_BOM):
            self._offset += len(_BOM)
            return block[len(_BOM) :]
        return block

    def _characters(self, block: bytes) -> str:
        """What is wrong with single characters of the block."""
        if b"\0" in block:
            return "it holds a NUL"
        if not block.isascii() or self._decoder.getstate() != _BETWEEN:
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError:
                return _UNDECODED
        return ""

    def _walk(self, data: bytes, size: int, ended: bool = False) -> None:
        """Go from the second byte of `data`, which lies outside quotes, as far as what is in sight allows. Its first
        `size` bytes are the file's."""
        grammar = self._grammar
        assert grammar is not None
        count, find, add = data.count, data.find, self.breaks.add
        at = counted = 1
        feeds = self.feeds
        notable = self._notable(grammar, data, at)
        while True:
            at, end = next(notable)
            if at == len(data):
                break
            if not end:
                begin, past = self._stray(data, at, counted)
                if past:
                    if past == len(data) and not ended:
                        break
                    self.strays.append((self._offset + begin, data[begin:past]))
                    notable = self._notable(grammar, data, past)
                    continue
                if ended or not grammar.opened.fullmatch(data, at):
                    self.fault = "it holds a quote or a carriage return that is not legal"
                elif len(data) - at > LONGEST:
                    self.fault = f"a quoted field in it is longer than {LONGEST:,} bytes"
                break
            first = find(b"\n", at, end)
            if find(self._delimiter, first, end) >= 0 or data[at - 1] == _FEED or data[end - 2] in _TELLING:
                rest = _REST.match(data, end)
                assert rest is not None
                if rest.end() == len(data) and not ended:
                    if len(data) - at > LONGEST:
                        self.fault = f"a record in it is longer than {LONGEST:,} bytes"
                    break
                self._crowd(data, first, end, rest.end())
            feeds += count(b"\n", counted, at)
            within = count(b"\n", first, end)
            add(self._offset + at, self._offset + end, feeds, within)
            feeds += within
            counted = end
        if self.fault:
            at = size
        elif (
            len(data) - at < LONGEST
        ):  # the next block is gone through from where its first line begins, if in no field
            at = max(counted, data.rfind(b"\n", 0, at) + 1)
        self.quotes = self.quotes or b'"' in data
        self.feeds = feeds + count(b"\n", counted, min(at, size))
        self._data = data[min(at, size) - 1 : size]
        self._offset += min(at, size) - 1
        if not self.known or self._offset >= self.known[-1][0] + _MUCH:
            self.known.append((self._offset + 1, self.feeds))

    def _notable(self, grammar: Grammar, data: bytes, at: int) -> Iterator[tuple[int, int]]:
        """From `at`, which lies outside quotes: where the quoted fields with line feeds begin and end, then, without an end,
        where something stands that may not, or the end of the data."""
        find = data.find
        if self._even(data):  # then all that matters begins with a quote, and those are found quickest
            for match in grammar.quoted.finditer(data, at):
                at, end = match.span()
                if end == at + 1:
                    yield at, 0
                elif find(b"\n", at, end) >= 0:
                    yield at, end
        else:
            walk, several = (grammar.wary if b"\r" in data else grammar.plain).match, grammar.several.match
            while True:
                walked = walk(data, at)
                assert walked is not None
                at = walked.end()
                field_of_lines = several(data, at)
                if field_of_lines is None:
                    break
                yield field_of_lines.span()
                at = field_of_lines.end()
            if at < len(data):
                yield at, 0
        yield len(data), 0

    def _even(self, data: bytes) -> bool:
        """Whether no CR or LF can be wrong, for all of them stand as the line ends do."""
        if self.line_end == b"\n":
            return b"\r" not in data
        return data.count(b"\r\n", 1) == data.count(b"\n", 1) == data.count(b"\r", 1)

    def _stray(self, data: bytes, at: int, past: int) -> tuple[int, int]:
        """Where the line begins and ends on which the quote at `at` stands within a bare field; zeros if it does not, or the
        line is no record of its own. What is before `past` is done with."""
        assert self._grammar is not None
        begin = data.rfind(b"\n", 0, at) + 1
        before = data[max(begin, data.rfind(self._delimiter, begin, at) + 1) : at]
        if data[at] != _QUOTE or not before.strip() or begin < past or len(self.strays) >= STRAYS:
            return 0, 0
        if data.find(b"\n", at) < 0:  # the line is not whole yet
            return (begin, len(data)) if len(data) - begin < LONGEST else (0, 0)
        match = self._grammar.strayed.match(data, at)
        assert match is not None
        return (begin, match.end()) if data.startswith(self.line_end, match.end()) else (0, 0)

    def _crowd(self, data: bytes, first: int, end: int, rest: int) -> None:
        """Count the delimiters of the lines that begin within a quoted field. Where it has none, and is not the first of its
        record, there are too few to make a record of the rest."""
        last = data.rfind(b"\n", first, end)
        tail = data[last + 1 : end - 1].rstrip(b'"')
        if not tail or tail.endswith(self._delimiter):
            self.crowded = _ANY  # the closing quote could be taken for an opening one
        elif data.count(self._delimiter, first, rest) > self.crowded:
            most = max((line.count(self._delimiter) for line in data[first + 1 : last].split(b"\n")), default=0)
            self.crowded = max(self.crowded, most, data.count(self._delimiter, last, rest))


_UNDECODED: Final = "it holds bytes that are not UTF-8"
_BETWEEN: Final = (b"", 0)
