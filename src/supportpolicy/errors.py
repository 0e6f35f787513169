"""One tree of exceptions. Every problem says what was wrong, where, what was expected and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file as the user typed its name. Lines and columns count from 1; 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if self.line and self.column:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `path` is the dotted path of keys to the value (`rules.first-response.within`), `expected` what would have been
    right, `hint` what to do. Empty strings where there is nothing to say.
    """

    message: str
    place: Place | None = None
    path: str = ""
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        where = f"{self.path}: " if self.path else ""
        tail = f"; expected {self.expected}" if self.expected else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{head}{where}{self.message}{tail}{hint}"


class SupportPolicyError(Exception):
    """The root of all errors that a user can cause; carries one or more problems, in file order."""

    exit_code = 5

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class UsageError(SupportPolicyError):
    """The command line or a library call asks for something that does not exist or does not fit together."""

    exit_code = 2


class ResourceError(SupportPolicyError):
    """Memory or disk do not suffice for what is asked."""

    exit_code = 3


class DocumentError(SupportPolicyError):
    """A policy, mapping, test or waiver file is wrong."""

    exit_code = 2


class PluginError(SupportPolicyError):
    """A plugin that was asked for could not be loaded or does not keep its contract."""

    exit_code = 2


class InputError(SupportPolicyError):
    """An input cannot be read at all: missing, no permission, not what it says, no header."""

    exit_code = 3


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word of `words` that `word` was most likely meant to be, or None."""
    candidates = sorted(set(words))
    lowered = {w.lower(): w for w in candidates}
    close = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """A hint naming the nearest word, or an empty string."""
    near = nearest(word, words)
    return f"did you mean {near!r}?" if near is not None and near != word else ""
