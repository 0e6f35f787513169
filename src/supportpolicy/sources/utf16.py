"""UTF-16 as the readers see it: turned into UTF-8 while it is read, and back where the bytes of the file are asked for.

The way there and back loses nothing. Half a character (a lone surrogate) becomes its three bytes, which are not UTF-8, so
that the record that holds it is rejected and no other; so does the odd last byte of a file that was cut short.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

from supportpolicy.model.finding import Rejected
from supportpolicy.plugin.rows import Row
from supportpolicy.sources.lines import BLOCK, Readable

ByteOrder = Literal["utf-16-le", "utf-16-be"]

MARKS: Final[dict[bytes, ByteOrder]] = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

ODD: Final = 0xFF
"""Where the odd byte begins, a byte that is nowhere else; two bytes with half of it each follow."""

_CONTINUING: Final = bytes(range(0x80, 0xC0))
_ALL_BUT_WIDE: Final = bytes({*range(0x100)} - {*range(0xF0, 0xF5)})


class AsUtf8(io.RawIOBase):
    """A stream of UTF-16 as UTF-8."""

    def __init__(self, stored: Readable, order: ByteOrder) -> None:
        self._stored = stored
        self._decoder = codecs.getincrementaldecoder(order)("surrogatepass")
        self._order = order
        self._ready = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            self._ready = memoryview(self._more())
        length = min(len(buffer), len(self._ready))
        buffer[:length] = self._ready[:length]
        self._ready = self._ready[length:]
        return length

    def _more(self) -> bytes:
        if block := self._stored.read(BLOCK):
            return self._decoder.decode(block).encode("utf-8", "surrogatepass")
        self._ended = True
        rest = bytes(self._decoder.getstate()[0])
        whole, odd = rest[: len(rest) & ~1], rest[len(rest) & ~1 :]
        text = whole.decode(self._order, "surrogatepass").encode("utf-8", "surrogatepass")
        return text + bytes([ODD, 0x80 | odd[0] >> 4, 0x80 | odd[0] & 0xF]) if odd else text


def stored(data: bytes, order: ByteOrder) -> bytes:
    """The bytes of the file from which `data` was made; of a character that is cut at the end of `data`, none."""
    odd = b""
    if data[-3:-2] == bytes([ODD]):
        data, odd = data[:-3], bytes([(data[-2] & 0xF) << 4 | data[-1] & 0xF])
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        text = data[: error.start].decode("utf-8", "surrogatepass")
    return text.encode(order, "surrogatepass") + odd


def stored_length(data: bytes) -> int:
    """How many bytes of the file `data` was made from: two for a character, four for one beyond U+FFFF."""
    leading = data.translate(None, _CONTINUING)
    return 2 * len(leading) + 2 * len(leading.translate(None, _ALL_BUT_WIDE)) - leading.count(ODD)


def as_stored(records: Iterator[Row | Rejected], content: Readable, order: ByteOrder) -> Iterator[Row | Rejected]:
    """The records with the bytes of the file, and rejected ones with its offsets: for these `content` is read a second
    time, from its beginning."""
    at = offset = 0
    for record in records:
        raw = stored(record.raw, order)
        if isinstance(record, Row):
            yield replace(record, raw=raw)
            continue
        begins = record.offset or 0
        while at < begins and (part := content.read(min(BLOCK, begins - at))):
            at, offset = at + len(part), offset + stored_length(part)
        yield replace(record, offset=offset, raw=raw)
