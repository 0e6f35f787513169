"""Texts from an export as YAML and as comments: whatever they hold, they stay what they are and do nothing."""

from __future__ import annotations

import json
import re
from typing import Final

from supportpolicy.model.text import printable

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./()+-]*(?:[ :][A-Za-z0-9_./()+-]+)*")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_LONG: Final = 60


def scalar(text: str) -> str:
    """The text as a YAML scalar that may stand anywhere, in quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return printable(json.dumps(text, ensure_ascii=False))


def flow(pairs: list[tuple[str, str]]) -> str:
    """Keys and ready values as a mapping on one line."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def shown(text: str) -> str:
    """A value of the export in a comment: on one line, in quotes, cut where it is long."""
    cut = text if len(text) <= _LONG else text[: _LONG - 1] + "…"
    return f"'{printable(cut)}'"


def folded(text: str, indent: str, width: int = 118) -> list[str]:
    """A text as a folded block's lines, or as comment lines where the indent is a comment's."""
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) + 1 > width and line.strip() not in ("", "#"):
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return [*lines, line.rstrip()]
