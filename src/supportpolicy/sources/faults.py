"""What is wrong with a faulty CSV record, in words: the first fault from the left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.text import quoted
from supportpolicy.sources.dialect import QUOTED, Dialect
from supportpolicy.sources.utf16 import ODD, stored_length

_QUOTED: Final = re.compile(QUOTED)
_INSIDE: Final = re.compile(rb'"[^"\0]*+(?:""[^"\0]*+)*+')


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record is rejected. `unclosed`: its last quote is still open where the bytes looked at end, so that more of
    them could make it legal."""

    reason: str
    unclosed: bool = False


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Tells what is wrong with records of one table. `columns` are named in the reasons; None while reading a header."""

    dialect: Dialect
    columns: Sequence[str] | None
    bare: re.Pattern[bytes]

    @classmethod
    def of(cls, dialect: Dialect, columns: Sequence[str] | None = None) -> Diagnosis:
        return cls(dialect, columns, re.compile(dialect.bare))

    def of_record(self, data: bytes, start: int, line: int) -> Fault:
        """The first fault of the record that begins at `start`, on the line of that number."""
        delimiter = self.dialect.delimiter.encode("ascii")
        at, number = start, 1
        while True:
            field = self._field(number)
            inside = _INSIDE.match(data, at)
            whole = _QUOTED.match(data, at) or (None if inside else self.bare.match(data, at))
            if whole is None:
                assert inside is not None
                if inside.end() < len(data):
                    return Fault(f"{field} holds a NUL at {self._where(data, start, inside.end(), line)}")
                opened = self._where(data, start, at, line)
                return Fault(f"the quote that opens {field} at {opened} is not closed", unclosed=True)
            end = whole.end()
            try:
                data[at:end].decode(self.dialect.codec)
            except UnicodeDecodeError as error:
                return Fault(f"{field} holds {self._undecoded(data, start, at + error.start, line)}")
            if self._beyond(number) and whole[0] not in (b"", b'""'):
                return Fault(f"{field} is not empty, and the header has {self._width}")
            if data.startswith(delimiter, end):
                at, number = end + 1, number + 1
                continue
            if end == len(data) or data[end] == 0x0A or data.startswith(b"\r\n", end):
                assert self.columns is not None
                assert number < len(self.columns)
                return Fault(f"the row has {_fields(number)}, and the header has {self._width}")
            return Fault(self._follows(data, start, at, end, line, field, closed=inside is not None))

    def _follows(self, data: bytes, start: int, at: int, end: int, line: int, field: str, *, closed: bool) -> str:
        """What is wrong with the byte that stands right after a field."""
        found, where = data[end], self._where(data, start, end, line)
        if found == 0:
            return f"{field} holds a NUL at {where}"
        if found == 0x0D:
            return f"{field} holds a carriage return at {where} that is neither in quotes nor part of a line end"
        if closed:
            what = "white space" if chr(found) in " \t" else f"{_character(data, end, self.dialect.codec)}"
            return f"{what} follows the closing quote of {field} at {where}, where only a delimiter or line end may"
        if not data[at:end].strip(b" \t"):
            return f"white space stands before the opening quote of {field} at {where}"
        return f"{field} holds a quote at {where} but does not begin with one"

    def _field(self, number: int) -> str:
        if self.columns is None or self._beyond(number):
            return f"field {number}"
        return f"field {number} {quoted(self.columns[number - 1])}"

    def _beyond(self, number: int) -> bool:
        return self.columns is not None and number > len(self.columns)

    def _where(self, data: bytes, start: int, at: int, line: int) -> str:
        """A byte's position in its line of the file, from 1; with the line where that is not the first of the record."""
        feeds = data.count(b"\n", start, at)
        before = data[data.rfind(b"\n", start, at) + 1 if feeds else start : at]
        byte = (stored_length(before) if self.dialect.utf16 else len(before)) + 1
        return f"byte {byte} of line {line + feeds}" if feeds else f"byte {byte}"

    @property
    def _width(self) -> int:
        return len(self.columns or ())

    def _undecoded(self, data: bytes, start: int, at: int, line: int) -> str:
        where = self._where(data, start, at, line)
        if not self.dialect.utf16:
            encoding = {"utf-8": "UTF-8"}.get(self.dialect.encoding, self.dialect.encoding)
            return f"the byte 0x{data[at]:02X} at {where}, which is not {encoding}"
        if data[at] == ODD:
            return f"a single byte at {where}, where the file ends; in UTF-16 a character has two"
        return f"half a character (a lone surrogate) at {where}"


def _fields(number: int) -> str:
    return "1 field" if number == 1 else f"{number} fields"


def _character(data: bytes, at: int, encoding: str) -> str:
    """The character at a place, quoted; its byte if it cannot be read."""
    text = data[at : at + 4].decode(encoding, "replace")[:1]
    return f"the byte 0x{data[at]:02X}" if text == "\ufffd" else quoted(text)
