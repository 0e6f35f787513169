"""What was worked out once and is asked for again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """What a function gives for keys that come again and again. A dict answers for a known key without a call."""

    def __init__(self, work_out: Callable[[K], V], most: int = 100_000) -> None:
        super().__init__()
        self._work_out = work_out
        self._most = most

    def __missing__(self, key: K) -> V:
        if len(self) >= self._most:  # what hardly comes again after all must not fill the memory
            self.clear()
        known = self[key] = self._work_out(key)
        return known
