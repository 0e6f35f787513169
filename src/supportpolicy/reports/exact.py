"""JSON text that is exact, yet safe to show on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_WIDTH = 100
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Made once: `json.dumps` would make an encoder for each text."""


def compact(value: Any) -> str:
    """`value` on one line.

    Letters of all scripts stand as they are; control and format characters, line separators and lone surrogates are
    written as `\\uXXXX`, so the text is always valid UTF-8 and holds no terminal escape.
    """
    text = _ENCODE(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def laid_out(value: Any, indent: int = 0) -> Iterator[str]:
    """`value` in pieces: what fits on one line does, everything else has one member to a line."""
    line = compact(value)
    if len(line) + indent <= _WIDTH or not value or not isinstance(value, dict | list):
        yield line
        return
    inner = " " * (indent + 2)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield opening
    members = (
        [(f"{compact(k)}: ", v) for k, v in value.items()] if isinstance(value, dict) else [("", v) for v in value]
    )
    for n, (label, member) in enumerate(members):
        yield f"{',' if n else ''}\n{inner}{label}"
        yield from laid_out(member, indent + 2)
    yield f"\n{' ' * indent}{closing}"


def _escaped(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF:
        code -= 0x1_0000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
