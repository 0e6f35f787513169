"""What the header of one message says, as the texts of a row."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import HeaderParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Final

COLUMNS: Final = ("message_id", "date", "from", "subject", "in_reply_to")


class HeaderError(ValueError):
    """The message has no header that can be read; the text says why."""


def values(raw: bytes) -> list[str]:
    """A text for each of `COLUMNS`; raises HeaderError.

    What a header says in a wrong way stays as it stands: whether that matters, the mapping and the policy decide.
    """
    _, found, rest = raw.partition(b"\n")
    head, end, _ = re.sub(rb"\r\n", b"\n", rest).partition(b"\n\n")
    if not found or not head or head.startswith(b"\n"):
        raise HeaderError("the message has no header")
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HeaderError(f"byte {error.start + 1} of the header is not UTF-8") from error
    if "\0" in text:
        raise HeaderError("there is a NUL in the header")
    message = HeaderParser().parsestr(text + (end or b"\n\n").decode())
    if message.defects:
        raise HeaderError("the header has a line that is neither a field nor the rest of one")
    stated = {name: re.sub(r"\r?\n", "", str(message.get(name, ""))).strip() for name in _FIELDS}
    return [
        stated["Message-ID"],
        _instant(stated["Date"]),
        parseaddr(_decoded(stated["From"]))[1],
        _decoded(stated["Subject"]),
        stated["In-Reply-To"],
    ]


_FIELDS: Final = ("Message-ID", "Date", "From", "Subject", "In-Reply-To")


def _instant(date: str) -> str:
    """The date in the shape that canonical tickets have, offset included; as it stands where it is none."""
    try:
        return parsedate_to_datetime(date).isoformat()
    except (ValueError, IndexError):
        return date


def _decoded(text: str) -> str:
    """The text with its encoded words (`=?utf-8?q?caf=C3=A9?=`) decoded; as it stands where they cannot be."""
    try:
        return str(make_header(decode_header(text)))
    except (MessageError, ValueError, LookupError):
        return text
