"""Normal forms of text: one Python function each, over distinct values, for every engine."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 4_096
"""The longest text, in characters, that is read as a token."""
_SPACE: Final = re.compile("[ \t\r\n\u00a0]+")
_UPPER: Final = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
_INTEGER: Final = re.compile("-?[0-9]{1,18}")


def token(text: str) -> str:
    """The normal form of a token: NFC, white space trimmed and collapsed to one space, A to Z lowered, nothing else.

    White space is space, tab, CR, LF and U+00A0. `str.lower` and `str.split` are not used: they know more letters and
    blanks than other engines do. A text beyond `LONGEST` characters is no word of any vocabulary and stays as it is: to
    compose accents heaped by the million takes hours.
    """
    if len(text) > LONGEST:
        return text
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ").translate(_UPPER)


def integer(text: str) -> int | None:
    """The integer that `text` writes as `-?[0-9]{1,18}`, or None."""
    return int(text) if _INTEGER.fullmatch(text) else None


def like(pattern: str) -> re.Pattern[str]:
    """A glob over a whole value: `*` any run, `?` one character, everything else itself.

    What stands between two stars is looked for once, where it comes first: no other place could fit where that one does
    not, so a match never goes back over the text.
    """
    first, *parts = ["".join("." if c == "?" else re.escape(c) for c in part) for part in pattern.split("*")]
    if not parts:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in parts[:-1] if part)
    return re.compile(f"{first}{middle}.*{parts[-1]}", re.DOTALL)


def quoted(text: str, width: int = 60) -> str:
    """`text` in quotes, cut to `width` characters, with control and format characters escaped: safe on a terminal."""
    shown = text if len(text) <= width else text[: width - 1] + "…"
    return "'" + printable(shown) + "'"


def printable(text: str) -> str:
    """`text` with every control, format, surrogate and line separator character written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)
