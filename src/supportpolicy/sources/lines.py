"""A stream of bytes as whole lines, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

BLOCK = 1 << 20
"""How much is read at a time; less than `LIMIT`."""
LIMIT = 100_000_000
"""The longest line, and the longest record of several lines, that is held in memory. A longer one is rejected."""
KEPT = 1 << 16
"""How much of a line beyond the limit is kept to be shown."""


class Readable(Protocol):
    """Whatever gives bytes; none means the end."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line longer than `LIMIT`: where it starts, its beginning, and its length without the line feed."""

    offset: int
    head: bytes
    length: int

    @property
    def reason(self) -> str:
        return (
            f"the line is {self.length:,} bytes long, and at most {LIMIT:,} are read; "
            f"only its first {len(self.head):,} bytes are kept here"
        )


class Lines:
    """A window over a stream: `data` holds whole lines, and `offset` is where in the stream it begins.

    `data` ends after a line feed, unless the stream has `ended`: then there is nothing beyond `data`, and its last line
    may lack its line feed. The reader walks through `data` and calls `advance` with the place that it has come to.
    """

    __slots__ = ("_stream", "_tail", "data", "ended", "limit", "offset")

    def __init__(self, stream: Readable, offset: int = 0) -> None:
        self.data = b""
        self.offset = offset
        self.ended = False
        self.limit = LIMIT
        self._stream = stream
        self._tail = b""

    def advance(self, at: int) -> bool:
        """Drop `data[:at]` and add lines behind the rest; False if there is nothing to add or no room for it.

        There is no room when the rest is longer than `limit`, or when the next line is; the latter is then taken away
        with `overlong`, once `data` is empty. At least as much is read as the rest holds, so that a record over many
        blocks costs no more than some readings of it.
        """
        rest = self.data[at:]
        self.data = rest
        self.offset += at
        if self.ended or len(rest) > self.limit:
            return False
        parts = [rest]
        length = 0
        while chunk := self._tail or self._stream.read(max(BLOCK, len(rest))):
            self._tail = b""
            feed = chunk.find(b"\n")
            length += feed if feed >= 0 else len(chunk)
            if length > self.limit:
                self._tail = b"".join([*parts[1:], chunk])
                return False
            if feed >= 0:
                cut = chunk.rfind(b"\n") + 1
                self.data = b"".join([*parts, chunk[:cut]])
                self._tail = chunk[cut:]
                return True
            parts.append(chunk)
        self.ended = True
        self.data = b"".join(parts)
        return length > 0

    def overlong(self) -> Overlong:
        """Take away the line that `advance` had no room for."""
        head, length, offset = b"", 0, self.offset
        chunk, self._tail = self._tail, b""
        while chunk:
            part, feed, rest = chunk.partition(b"\n")
            head += part[: KEPT - len(head)]
            length += len(part)
            if feed:
                self._tail = rest
                break
            chunk = self._stream.read(BLOCK)
        self.offset = offset + length + 1
        return Overlong(offset, head, length)


def single_lines(stream: Readable) -> Iterator[tuple[int, bytes] | Overlong]:
    """Each line without its line feed, and where it starts."""
    lines = Lines(stream)
    while True:
        at = 0
        while (end := lines.data.find(b"\n", at)) >= 0:
            yield lines.offset + at, lines.data[at:end]
            at = end + 1
        if lines.ended and at < len(lines.data):
            yield lines.offset + at, lines.data[at:]
            at = len(lines.data)
        if not lines.advance(at):
            if lines.ended:
                return
            yield lines.overlong()
