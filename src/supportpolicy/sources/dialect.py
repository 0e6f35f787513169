"""The grammar of a CSV file: what a record is, as one regular expression over bytes.

RFC 4180, read strictly. A field is bare or quoted. A quoted one begins with a quote right after the delimiter and ends
with one right before the next delimiter or line end; within it quotes are doubled, and delimiters, CR and LF are text. A
bare one holds no quote, CR or LF. NUL stands nowhere. A line end is LF or CR LF.

Every repetition is possessive, so that a match never goes back: it takes time in proportion to what it looks at. And the
lines looked at again are few, for this reason: a record that runs past the end of its first line has an odd number of
quotes on that line, and ends, or is found faulty, no later than on the next line with an odd number. So each line is
looked at from its own beginning and from that of at most one line before it, whatever a hostile file holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ENCODINGS: Final = ("utf-8", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
QUOTED: Final = rb'"[^"\0]*+(?:""[^"\0]*+)*+"'


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter, one ASCII character, and the encoding of the file."""

    delimiter: str = ","
    encoding: str = "utf-8"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Dialect:
        """The dialect that a mapping's `source:` states."""
        delimiter = options.get("delimiter", ",")
        return cls("\t" if delimiter == "tab" else delimiter, options.get("encoding", "utf-8"))

    @property
    def utf16(self) -> bool:
        """Whether the file is UTF-16, which is read as UTF-8 (see `utf16`)."""
        return self.encoding.startswith("utf-16")

    @property
    def codec(self) -> str:
        """The encoding of the bytes that are read."""
        return "utf-8" if self.utf16 else self.encoding

    @property
    def bare(self) -> bytes:
        """The expression for a bare field."""
        return rb'[^"\r\n\0%b]*+' % self._escaped

    def record(self, width: int | None = None) -> re.Pattern[bytes]:
        """The expression for a record without its line end; group 1 holds its first `width` fields.

        Fields beyond `width` must be empty. Without a width any number of fields will do, all in group 1.
        """
        field, delimiter = rb"(?:%b|%b)" % (QUOTED, self.bare), self._escaped
        more = b"*+" if width is None else b"{%d}+" % (width - 1)
        beyond = b"" if width is None else rb'(?:%b(?:"")?+)*+' % delimiter
        return re.compile(rb"(%b(?:%b%b)%b)%b(?=\r?\n|\Z)" % (field, delimiter, field, more, beyond))

    def fields(self) -> re.Pattern[str]:
        """The expression for each field of a legal record in turn: group 1 within quotes, or group 2."""
        delimiter = re.escape(self.delimiter)
        return re.compile(rf'(?:^|{delimiter})(?:"([^"]*+(?:""[^"]*+)*+)"|([^"{delimiter}]*+))', re.DOTALL)

    @property
    def _escaped(self) -> bytes:
        return re.escape(self.delimiter).encode("ascii")
