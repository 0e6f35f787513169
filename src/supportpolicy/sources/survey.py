"""The independent count: one pass over the bytes of an input that knows nothing of records.

What the readers count must add up to this. It also tells early whether an input can be read to its end.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supportpolicy.errors import InputError, Problem
from supportpolicy.model.finding import Input
from supportpolicy.sources.inspection import Inspection
from supportpolicy.sources.lines import BLOCK
from supportpolicy.sources.locations import Location


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
    with location.stored() as stored:
        hashed = _Hashed(stored)
        line_feeds, last = 0, b"\n"
        with location.unpacked(hashed) as content:
            while block := content.read(BLOCK):
                if inspection is None:
                    line_feeds += block.count(b"\n")
                else:
                    inspection.look(block)
                last = block[-1:]
        while hashed.read(BLOCK):  # whatever follows the end of a gzip file is part of the digest
            pass
    if inspection is not None:
        inspection.close()
        line_feeds = inspection.feeds
    facts = Input(location.name, table, hashed.size, hashed.digest.hexdigest())
    return Survey(location, facts, line_feeds + (last != b"\n"), inspection)


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
        self.digest.update(block)
        self.size += len(block)
        buffer[: len(block)] = block
        return len(block)
