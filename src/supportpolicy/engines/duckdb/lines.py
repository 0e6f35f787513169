"""Chosen lines of a plain file, read in one go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from supportpolicy.model.finding import RowPlace


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a file without line feeds in its records."""

    place: RowPlace
    raw: bytes


class Lines:
    """The records of a file below a header of one line. They must be asked for in rising order: each byte is read once."""

    def __init__(self, stream: BinaryIO, name: str, start: int) -> None:
        stream.seek(start)
        self._stream = stream
        self._name = name
        self._next = 0

    def at(self, row: int) -> Line:
        """The record of that number, from 0."""
        for line in self._stream:
            number, self._next = self._next, self._next + 1
            if number == row:
                raw = line.removesuffix(b"\n").removesuffix(b"\r")
                return Line(RowPlace(self._name, number + 1, number + 2), raw)
        raise EOFError(f"{self._name} has no record {row + 1}: it changed while it was read")


@contextmanager
def opened(path: Path, name: str, start: int) -> Iterator[Lines]:
    """The lines of the file whose records begin at byte `start`."""
    with path.open("rb") as stream:
        yield Lines(stream, name, start)
