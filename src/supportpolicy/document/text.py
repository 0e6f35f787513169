"""From bytes to text: the length, the encoding, and characters that no reader of the file could see."""

from __future__ import annotations

import re

from supportpolicy.errors import DocumentError, Place, Problem

MAX_BYTES = 1024 * 1024
_MAX_LISTED = 10

_LINE_END = re.compile(r"\r\n|\r|\n")
# Of the control characters only tab, LF and CR may stand in a file. U+0085, U+2028 and U+2029 end a line for YAML but
# not for an editor, so that every later place would be wrong. Direction marks make a reviewer see another order than the
# machine does, and a text with a space of no width looks like one without it.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def too_long(name: str, size: int | None) -> DocumentError:
    """The error for a file over the bound; `size` is None where it is not known."""
    found = "is longer" if size is None else f"is {size:,} bytes long"
    return DocumentError(
        Problem(found, Place(name), expected=f"at most {MAX_BYTES:,} bytes (1 MiB)", hint="split it into several files")
    )


def position(name: str, text: str, index: int) -> Place:
    """The place of the character at `index` of `text`."""
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, index):
        line, start = line + 1, end.end()
    return Place(name, line, index - start + 1)


def decode(data: bytes, name: str) -> str:
    """The text of UTF-8 bytes, without a byte order mark.

    Raises `DocumentError` if the bytes are too many or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise too_long(name, len(data))
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        hint = "save the file as UTF-8"
        if data.startswith(_UTF16_MARKS):
            hint = "the file looks like UTF-16; save it as UTF-8"
        place = position(name, before, len(before))
        found = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        raise DocumentError(Problem(found, place, expected="UTF-8", hint=hint)) from None


def unseen(text: str, name: str) -> tuple[str, list[Problem]]:
    """The problems of invisible characters, and the text with a stand-in of the same width for each of them.

    With the stand-ins the rest of the file can still be read, and its other problems told at once.
    """
    problems: list[Problem] = []
    found = list(_UNSEEN.finditer(text))
    for match in found[:_MAX_LISTED]:
        problems.append(
            Problem(
                f"the invisible character U+{ord(match[0]):04X} stands here",
                position(name, text, match.start()),
                expected="characters that a reader sees",
                hint=f'remove it, or write it in double quotes as "{_escape(match[0])}"',
            )
        )
    if len(found) > _MAX_LISTED:
        further = len(found) - _MAX_LISTED
        place = position(name, text, found[_MAX_LISTED].start())
        problems.append(Problem(f"{further} more invisible characters from here on", place))
    return (_UNSEEN.sub("\ufffd", text) if found else text), problems


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
