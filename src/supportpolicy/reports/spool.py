"""Bytes set aside until their place in a report comes."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Hashable, Iterator
from typing import IO, Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_CHUNK = 64 * 1024


class Spool(Generic[K]):
    """Strands of bytes, each read back in the order it was written.

    A strand keeps its last 64 KiB in memory; what comes before lies in one temporary file without a name, which is gone
    when the spool is closed, dropped, or the process ends.
    """

    def __init__(self) -> None:
        self._tails: dict[K, bytearray] = {}
        self._chunks: dict[K, list[tuple[int, int]]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0

    def append(self, strand: K, data: bytes) -> None:
        """Add bytes to a strand."""
        tail = self._tails.setdefault(strand, bytearray())
        tail += data
        if len(tail) >= _CHUNK:
            file = self._opened()
            file.seek(self._end)
            file.write(tail)
            self._chunks.setdefault(strand, []).append((self._end, len(tail)))
            self._end += len(tail)
            tail.clear()

    def read(self, strand: K) -> Iterator[bytes]:
        """The bytes of a strand, in pieces of any size; none if nothing was added to it."""
        for start, length in self._chunks.get(strand, ()):
            file = self._opened()
            file.seek(start)
            while length:
                piece = file.read(min(length, _CHUNK))
                if not piece:
                    raise OSError("the temporary file of a report ended early")
                length -= len(piece)
                yield piece
        tail = self._tails.get(strand)
        if tail:
            yield bytes(tail)

    def close(self) -> None:
        """Give everything back."""
        self._tails.clear()
        self._chunks.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = file = tempfile.TemporaryFile(prefix="supportpolicy-")  # noqa: SIM115 - close() or the finalizer
            weakref.finalize(self, file.close)
        return self._file
