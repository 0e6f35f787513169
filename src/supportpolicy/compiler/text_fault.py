"""What is wrong with a text that has a grammar of its own, and at which of its characters."""

from __future__ import annotations

from dataclasses import dataclass

from supportpolicy.document import Section
from supportpolicy.errors import Problem


@dataclass(frozen=True, slots=True)
class TextFault:
    """The fault at the character `position` (from 0) of a text."""

    position: int
    message: str
    expected: str = ""
    hint: str = ""

    def problem(self, section: Section, *keys: str | int, on_key: bool = False) -> Problem:
        """The problem of the text that stands there; a key has only one place."""
        return section.problem(
            *keys,
            message=self.message,
            expected=self.expected,
            hint=self.hint,
            offset=None if on_key else self.position,
            on_key=on_key,
        )
