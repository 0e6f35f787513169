"""The independent count: one pass over the bytes of an input that knows nothing of records.

What the readers count must add up to this. It also tells early whether an input can be read to its end.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from supportpolicy.errors import InputError, Problem
from supportpolicy.model.finding import Input
from supportpolicy.sources.inspection import Inspection
from supportpolicy.sources.lines import BLOCK
from supportpolicy.sources.locations import MAGIC, Location, is_packed

_SMALL: Final = 1 << 16
"""As much as stays in the processor's cache while it is looked at, and as `malloc` has at hand: for more than 128 KiB it
asks the system each time."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One input: its digest as it lies on disk, and the line feeds of its content, where a last line without one counts
    as one. In UTF-16 they are characters, not bytes. `inspection` is what was seen on the way, if anybody looked."""

    location: Location
    input: Input
    line_feeds: int
    inspection: Inspection | None = None


def survey(location: Location, table: str = "tickets", inspection: Inspection | None = None) -> Survey:
    """Go through the input once; raises InputError if it cannot be read to its end."""
    counting = _Counting(inspection)
    with location.stored() as stored:
        packed = is_packed(stored.read(MAGIC))
    with location.stored() as stored:
        hashed = _Hashed(stored)
        if packed or location.utf16 is not None:
            with location.unpacked(hashed) as content:
                while block := content.read(BLOCK):
                    counting.look(block)
            while hashed.read(BLOCK):  # whatever follows the end of a compressed file is part of the digest
                pass
        else:  # without a copy of each block for each layer between the file and its content
            while block := hashed.take():
                counting.look(block)
    facts = Input(location.name, table, hashed.size, hashed.digest.hexdigest())
    return Survey(location, facts, counting.line_feeds(), inspection)


class _Counting:
    """Counts the line feeds of a content, or has them counted by whoever looks at it closer."""

    def __init__(self, inspection: Inspection | None) -> None:
        self._inspection = inspection
        self._feeds = 0
        self._last = b"\n"

    def look(self, block: bytes) -> None:
        self._last = block[-1:]
        if self._inspection is None:
            self._feeds += block.count(b"\n")
        else:
            self._inspection.look(block)

    def line_feeds(self) -> int:
        if self._inspection is not None:
            self._inspection.close()
            self._feeds = self._inspection.feeds
        return self._feeds + (self._last != b"\n")


def survey_all(
    locations: Sequence[Location],
    table: str = "tickets",
    inspect: Callable[[Location], Inspection | None] | None = None,
) -> tuple[Survey, ...]:
    """Survey each input; raises InputError with the problems of all."""
    surveys: list[Survey] = []
    problems: list[Problem] = []
    for location in locations:
        try:
            surveys.append(survey(location, table, inspect(location) if inspect is not None else None))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(*problems)
    return tuple(surveys)


class _Hashed(io.RawIOBase):
    """A stream that digests what is read from it."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer)) or b""
        self._told(block)
        buffer[: len(block)] = block
        return len(block)

    def take(self) -> bytes:
        """The next few bytes; none at the end."""
        block = self._stream.read(_SMALL) or b""
        self._told(block)
        return block

    def _told(self, block: bytes) -> None:
        self.digest.update(block)
        self.size += len(block)
