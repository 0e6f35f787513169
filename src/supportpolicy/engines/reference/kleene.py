"""The three values of a condition."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from supportpolicy.model.cell import Reason


class Undecided(NamedTuple):
    """Neither true nor false. `reason` is None where nothing but time is missing."""

    reason: Reason | None
    field: str


Kleene: TypeAlias = bool | Undecided
undecided = lru_cache(maxsize=None)(Undecided)
"""One object for each cause: there are few."""


def weightier(first: Undecided, second: Undecided) -> Undecided:
    """What the data lack outweighs what only time will settle; among equals the first stays."""
    return second if first.reason is None and second.reason is not None else first
