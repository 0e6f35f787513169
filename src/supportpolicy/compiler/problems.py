"""The problems of a document, as they are told: each once, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable

from supportpolicy.errors import DocumentError, Problem


def refusal(problems: Iterable[Problem]) -> DocumentError:
    """The error that tells all of them."""
    return DocumentError(*sorted(dict.fromkeys(problems), key=_by_place))


def _by_place(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)
