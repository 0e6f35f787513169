"""Text from outside as Markdown that shows it and does nothing.

Every character that CommonMark, GitHub or GitLab would take for markup is written as a character reference, which no
parser takes for structure. What they look for in the finished page (mentions, references, bare links, emoji) is broken by a
zero width space, itself a reference.
"""

from __future__ import annotations

import re
from typing import Final

from supportpolicy.model.text import printable

_BREAK: Final = "\u200b"
"""Stands in no printable text, so that it can mark the place until it is written as a reference."""

_REFERENCES: Final = str.maketrans({c: f"&#{ord(c)};" for c in "\\`*[]<>&|~${}^@#" + _BREAK})
_FOUND_LATER: Final = re.compile(
    "(?<=[@#!$%&~])(?=[\\w\"'])"  # mentions, issues, merge requests, snippets, milestones, epics, labels
    "|(?<=:)(?=//)|(?<=www)(?=\\.)"  # bare links
    "|(?<=:)(?![0-9]{2}(?:Z|[^0-9a-z_]|$))(?=[a-z0-9_+-]+(?::|$))"  # emoji, but not the time of day
    "|(?<=GH)(?=-[0-9])|(?<=[{[])(?=[+-])",
    re.IGNORECASE,
)
_EDGE_UNDERSCORE: Final = re.compile("(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BLOCK: Final = re.compile("([-+=:])|([0-9]+)([.)])")
_NOT_IN_CODE: Final = re.compile("[\\\\`|]|^ | $|^$")


def prose(text: str) -> str:
    """`text` on one line, as nothing but text wherever it stands, at the beginning of a block too."""
    broken = _FOUND_LATER.sub(_BREAK, printable(text).strip(" "))
    written = _EDGE_UNDERSCORE.sub("&#95;", broken.translate(_REFERENCES))
    block = _BLOCK.match(written)
    if block is None:
        return written
    sign = block[1] or block[3]
    return f"{block[2] or ''}&#{ord(sign)};{written[block.end() :]}"


def code(text: str) -> str:
    """`text` on one line as code, in a table too."""
    shown = printable(text)
    if _NOT_IN_CODE.search(shown):
        return f"<code>{prose(shown)}</code>"
    return f"`{shown}`"
