"""The offsets of a time zone over a span, as integers: what is reckoned with them needs the zone no longer."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from supportpolicy.model.instant import DAY_US
from supportpolicy.model.zone import Zone, load_zone

# No zone changes twice within two days, so the ends of two days tell; a test holds the zones to it.
_STRIDE_US: Final = 2 * DAY_US


@dataclass(frozen=True, slots=True)
class Offsets:
    """From the instant `begins[k]` on, wall clocks are `offsets[k]` microseconds ahead of UTC. The first offset holds
    for all that is earlier, too.

    `turns[k]` is the reading of the wall from which the k-th change counts: what the clocks skipped is read by the
    offset before it, and so is what they showed twice.
    """

    begins: Sequence[int]
    offsets: Sequence[int]
    turns: Sequence[int]

    def to_local(self, us: int) -> int:
        """What the wall clock shows at an instant, in microseconds since 1970-01-01T00:00:00 on that wall."""
        return us + self.offsets[max(0, bisect_right(self.begins, us) - 1)]

    def first_reading(self, naive_us: int) -> int:
        """The instant of a local bound: in a fold the first reading, in a gap moved forward by the gap."""
        return naive_us - self.offsets[bisect_right(self.turns, naive_us)]

    @property
    def changes(self) -> Sequence[int]:
        """The instants within the span at which the clocks change."""
        return self.begins[1:]


@lru_cache(maxsize=64)
def zone_offsets(name: str, first_us: int, last_us: int) -> Offsets:
    """The offsets of a zone from one instant to another. Raises ZoneError for a name that is none."""
    zone = load_zone(name)
    begins, offsets = [first_us], [_offset(zone, first_us)]
    for start in range(first_us, last_us, _STRIDE_US):
        end = min(start + _STRIDE_US, last_us)
        while (change := _first_change(zone, max(start, begins[-1]), end, offsets[-1])) is not None:
            begins.append(change)
            offsets.append(_offset(zone, change))
    turns = [change + max(before, after) for change, (before, after) in zip(begins[1:], pairwise(offsets), strict=True)]
    return Offsets(array("q", begins), array("q", offsets), array("q", turns))


def _first_change(zone: Zone, start: int, end: int, offset: int) -> int | None:
    """The first instant of (start, end] whose offset is another, None if the end has the same."""
    if _offset(zone, end) == offset:
        return None
    same, other = start, end
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(zone, middle) == offset:
            same = middle
        else:
            other = middle
    return other


def _offset(zone: Zone, us: int) -> int:
    return zone.utc_to_local(us) - us
