"""Files that are not what they were taken for, and what to do about each."""

from __future__ import annotations

import re
from typing import Final

from supportpolicy.errors import Place, Problem

_SPREADSHEET: Final = "in the spreadsheet, choose Save as and the format 'CSV UTF-8'; unpack an archive first"
_AS_IT_IS: Final = "only gzip and zstd are read as they are"
_BEGINNINGS: Final = (
    (b"PK\x03\x04", "a spreadsheet (XLSX) or another zip archive", _SPREADSHEET),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old spreadsheet (XLS)", _SPREADSHEET),
    (b"PAR1\x15", "a Parquet file", "name its source: --source parquet, in a mapping `source: {name: parquet}`"),
    (b"%PDF-", "a PDF", "export the tickets as CSV or JSON lines"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV: `sqlite3 -header -csv FILE 'SELECT ...'`"),
    (b"\x1f\x8b", "compressed twice over", "unpack it once with `gzip -d`"),
    (b"\x28\xb5\x2f\xfd", "compressed twice over", "unpack it once with `zstd -d`"),
    (b"BZh91AY&SY", "compressed with bzip2", f"unpack it with `bzip2 -d`; {_AS_IT_IS}"),
    (b"\xfd7zXZ\0", "compressed with xz", f"unpack it with `xz -d`; {_AS_IT_IS}"),
    (b"\xff\xfe\0\0", "text in UTF-32", "turn it into UTF-8: `iconv -f UTF-32 -t UTF-8 FILE`"),
    (b"\0\0\xfe\xff", "text in UTF-32", "turn it into UTF-8: `iconv -f UTF-32 -t UTF-8 FILE`"),
    (b"\xff\xfe", "text in UTF-16", "turn it into UTF-8: `iconv -f UTF-16 -t UTF-8 FILE`"),
    (b"\xfe\xff", "text in UTF-16", "turn it into UTF-8: `iconv -f UTF-16 -t UTF-8 FILE`"),
)
_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+<(?:(!doctype html|html|head|body)\b|\?xml\b)", re.IGNORECASE)
_NO_BOM: Final = re.compile(rb"(?s:(?:[^\0]\0){8}|(?:\0[^\0]){8})")


def mistaken(name: str, head: bytes, expected: str) -> Problem | None:
    """What is wrong if a file that begins with `head` was taken for `expected`; None if nothing speaks against it."""
    found, hint = _recognised(head)
    return Problem(f"this is {found}", Place(name), expected=expected, hint=hint) if found else None


def _recognised(head: bytes) -> tuple[str, str]:
    for beginning, found, hint in _BEGINNINGS:
        if head.startswith(beginning):
            return found, hint
    if markup := _MARKUP.match(head):
        if markup[1]:
            return (
                "a web page",
                "it may be the helpdesk's login or error page: sign in, and export again as CSV or JSON",
            )
        return "XML", "export the tickets as CSV or JSON lines"
    if _NO_BOM.match(head):
        order = "BE" if head.startswith(b"\0") else "LE"
        return "text in UTF-16", f"turn it into UTF-8: `iconv -f UTF-16{order} -t UTF-8 FILE`"
    return "", ""
