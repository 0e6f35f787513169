"""What a document says it takes for granted, by the paths of its own keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supportpolicy.document import Section
from supportpolicy.errors import Problem


def stated_assumptions(root: Section, problems: list[Problem]) -> dict[str, str]:
    """The assumptions under `assumed:`; a path that leads to no key of the document is a problem."""
    assumed: dict[str, str] = root.data.get("assumed", {})
    problems.extend(
        root.problem(
            "assumed", path, message="no such key in this file", expected="the dotted path of a key", on_key=True
        )
        for path in assumed
        if not _resolves(root.data, path)
    )
    return assumed


def _resolves(data: Any, path: str) -> bool:
    """Whether the dotted path leads to a value of `data`. Keys may hold dots themselves."""
    if isinstance(data, Mapping):
        return any(
            path == key or (path.startswith(f"{key}.") and _resolves(value, path[len(key) + 1 :]))
            for key, value in data.items()
        )
    if isinstance(data, Sequence) and not isinstance(data, str):
        head, _, rest = path.partition(".")
        if not head.isdecimal() or int(head) >= len(data):
            return False
        return not rest or _resolves(data[int(head)], rest)
    return False
