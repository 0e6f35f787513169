"""Rejected rows on disk: their number and length are a hostile file's to choose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from supportpolicy.model.finding import Rejected, RowPlace


@dataclass(slots=True)
class Spool:
    """Rejected rows in the order in which they were added; once it is closed, they can be iterated again and again."""

    path: Path
    rows: int = 0
    _stream: BinaryIO | None = field(default=None, init=False)

    def add(self, rejected: Rejected) -> None:
        """Keep a row."""
        if self._stream is None:
            self._stream = self.path.open("wb")
        place = rejected.place
        told = [place.file, place.record, place.line, rejected.offset, rejected.reason, rejected.table]
        head = json.dumps([*told, len(rejected.raw)]).encode("ascii")
        self._stream.write(head + b"\n" + rejected.raw)
        self.rows += 1

    def mark(self) -> tuple[int, int]:
        """Where the spool stands, to go back to."""
        return self.rows, self._stream.tell() if self._stream is not None else 0

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget what was added since."""
        self.rows, size = mark
        if self._stream is not None:
            self._stream.seek(size)
            self._stream.truncate()

    def __iter__(self) -> Iterator[Rejected]:
        if not self.rows:
            return
        assert self._stream is None, "the spool is still open"
        with self.path.open("rb") as stream:
            while head := stream.readline():
                file, record, line, offset, reason, table, length = json.loads(head)
                yield Rejected(RowPlace(file, record, line), offset, reason, stream.read(length), table)

    def close(self) -> None:
        """Nothing more will be added."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
