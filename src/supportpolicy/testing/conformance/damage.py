"""What becomes of files: cut off, mangled in transfer, edited by hand, mixed up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

_PLACES: Final = 24
"""At how many places, spread over the file, each damage is done."""

_INSERTED: Final[tuple[tuple[str, bytes], ...]] = (
    ("a NUL", b"\0"),
    ("bytes that are not UTF-8", b"\xff\xc3("),
    ("a quote", b'"'),
    ("a line feed", b"\n"),
    ("a carriage return", b"\r"),
    ("a blank line", b"\n\n"),
    ("a brace", b"{"),
    ("a long run of digits", b"9" * 5_000),
    ("a lone surrogate", b"\\ud800"),
    ("a right-to-left override", "\u202e".encode()),
)


def damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Each damage in words, with what the file then holds."""
    places = sorted({len(content) * n // _PLACES for n in range(_PLACES + 1)})
    for at in places[:-1]:
        yield f"cut off at byte {at}", content[:at]
        yield f"without byte {at}", content[:at] + content[at + 1 :]
        yield f"beginning at byte {at}", content[at:]
    for what, piece in _INSERTED:
        for at in places:
            yield f"with {what} at byte {at}", content[:at] + piece + content[at:]
    yield "with a byte order mark", b"\xef\xbb\xbf" + content
    yield "with line ends of CR LF", content.replace(b"\n", b"\r\n")
    yield "with line ends of CR", content.replace(b"\n", b"\r")
    yield "backwards", content[::-1]
    yield "replaced by noise", b"".join(hashlib.sha256(bytes([n])).digest() for n in range(128))
    yield "replaced by NULs", bytes(4_096)
    yield "replaced by a web page", b"<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>\n"
