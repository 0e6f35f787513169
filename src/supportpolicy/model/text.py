"""Normal forms of text: one Python function each, over distinct values, for every engine."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPACE: Final = re.compile("[ \t\r\n\u00a0]+")
_UPPER: Final = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
_INTEGER: Final = re.compile("-?[0-9]{1,18}")


def token(text: str) -> str:
    """The normal form of a token: NFC, white space trimmed and collapsed to one space, A to Z lowered, nothing else.

    White space is space, tab, CR, LF and U+00A0. `str.lower` and `str.split` are not used: they know more letters and
    blanks than other engines do.
    """
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ").translate(_UPPER)


def integer(text: str) -> int | None:
    """The integer that `text` writes as `-?[0-9]{1,18}`, or None."""
    return int(text) if _INTEGER.fullmatch(text) else None


def like(pattern: str) -> re.Pattern[str]:
    """A glob over a whole value: `*` any run, `?` one character, everything else itself."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(c, re.escape(c)) for c in pattern), re.DOTALL)


def quoted(text: str, width: int = 60) -> str:
    """`text` in quotes, cut to `width` characters, with control and format characters escaped: safe on a terminal."""
    shown = text if len(text) <= width else text[: width - 1] + "…"
    return "'" + printable(shown) + "'"


def printable(text: str) -> str:
    """`text` with every control, format, surrogate and line separator character written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)
