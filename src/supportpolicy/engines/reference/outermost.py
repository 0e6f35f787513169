"""The latest, or the earliest, of several moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from supportpolicy.engines.reference.cells import Cells, audit_instant
from supportpolicy.model.cell import Elapsed, Never, Reason, Unknown
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import Basis


@dataclass(frozen=True, slots=True)
class Perhaps:
    """The moment may lie anywhere from `lo` on, and does lie at `hi` at the latest; `hi` None: or it never came.
    `doubt` is what the record would have to say to settle it."""

    lo: int
    hi: int | None
    doubt: Unknown


Found: TypeAlias = Instant | Elapsed | Perhaps | Never | Unknown


class Came(NamedTuple):
    """When a moment came, as far as the record shows up to the audit instant; what the answer rests on; and the name of the
    moment that decided, which is a field or an event."""

    found: Found
    basis: Basis | None
    name: str


Coming: TypeAlias = tuple[Found, Basis | None, str]
"""The same as finders give it: each clock asks for two, and a tuple without names is made in a third of the time."""
Finder: TypeAlias = Callable[[Cells], Coming]
"""Finds a start."""
StopFinder: TypeAlias = Callable[[Cells, Instant], Coming]
"""Finds the stop of a clock that started then."""
Which: TypeAlias = Literal["latest", "earliest"]


def outermost_start(which: Which, finders: Sequence[Finder]) -> Finder:
    """The start of a clock. A moment that is not known leaves it unknown, unless the latest never comes anyway."""

    def find(cells: Cells) -> Coming:
        parts = [_comparable(find(cells)) for find in finders]
        never = next((part for part in parts if isinstance(part.found, Never)), None)
        if which == "latest" and never is not None:
            return never
        doubt = next((part for part in parts if not isinstance(part.found, Instant | Never)), None)
        return doubt or _outermost(which, parts) or parts[0]

    return find


def outermost_stop(which: Which, finders: Sequence[StopFinder]) -> StopFinder:
    """The stop of a clock. What is known of some of the moments bounds it where others are in doubt."""

    def find(cells: Cells, start: Instant) -> Coming:
        parts = [_comparable(find(cells, start)) for find in finders]
        never = next((part for part in parts if isinstance(part.found, Never)), None)
        if which == "latest" and never is not None:
            return never
        doubt = next((part for part in parts if isinstance(part.found, Perhaps | Unknown)), None)
        if doubt is None:
            return _outermost(which, parts) or parts[0]
        between = _between(which, [part.found for part in parts], start, audit_instant(cells))
        return doubt if between is None else Came(between, doubt.basis, doubt.name)

    return find


def _comparable(coming: Coming) -> Came:
    """A duration that the source measured is no instant that could be set against others."""
    found, basis, name = coming
    return Came(Unknown(Reason.OTHER_CLOCK, name) if isinstance(found, Elapsed) else found, basis, name)


def _outermost(which: Which, parts: Sequence[Came]) -> Came | None:
    """By lo and by hi, of those that have come; None where none has. Of equals the first counts."""
    came = [(part.found, part) for part in parts if isinstance(part.found, Instant)]
    if not came:
        return None
    if which == "latest":
        _, decided = max(came, key=lambda pair: (pair[0].hi, pair[0].lo))
        at = Instant(max(found.lo for found, _ in came), max(found.hi for found, _ in came))
    else:
        _, decided = min(came, key=lambda pair: (pair[0].lo, pair[0].hi))
        at = Instant(min(found.lo for found, _ in came), min(found.hi for found, _ in came))
    return decided if decided.found == at else Came(at, decided.basis, decided.name)


def _between(which: Which, found: Sequence[Found], start: Instant, audit: int) -> Perhaps | None:
    """Between which instants the moment lies, as far as the parts say; None where they say nothing."""
    doubt = next(one.doubt if isinstance(one, Perhaps) else one for one in found if isinstance(one, Perhaps | Unknown))
    bounds = [(one.lo, one.hi) for one in found if isinstance(one, Instant | Perhaps)]
    if not bounds:
        return None
    unsaid = any(isinstance(one, Unknown) for one in found)
    ends = [None if hi is None or hi > audit else hi for _, hi in bounds]
    known = [hi for hi in ends if hi is not None]
    if which == "latest":
        until = max(known) if len(known) == len(found) else None
        return Perhaps(max(lo for lo, _ in bounds), until, doubt)
    return Perhaps(start.lo if unsaid else min(lo for lo, _ in bounds), min(known, default=None), doubt)
