"""Which inputs and plans DuckDB reads by itself: those of which one pass over the bytes shows that its reader and the strict
one cannot differ. Everything else is the reference engine's."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, LookedUp, Nowhere
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import Scan
from supportpolicy.plugin.records import Delimited, NativeScan

_BLOCK: Final = 1 << 22
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_BESIDE: Final = re.compile(rb"[ \t]\"|\"[ \t]")
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Plain:
    """A delimited file that both readers read alike as long as no value of it holds a quote or a line feed. `line_end` is
    its one kind of line end, `quotes` says whether it holds any quote at all, `lines` counts those below the header."""

    file: Delimited
    columns: tuple[str, ...]
    line_end: str
    quotes: bool
    lines: int


def plain(scan: Scan) -> Plain | None:
    """The one file of the table, if it is plain."""
    file = scan.native if isinstance(scan, NativeScan) else None
    if not isinstance(file, Delimited) or file.encoding != "utf-8" or scan.columns is None:
        return None
    return _looked_through(file, scan.columns)


def _looked_through(file: Delimited, columns: tuple[str, ...]) -> Plain | None:
    """One pass over the bytes below the header."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    feeds = returns = pairs = 0
    quotes = False
    with Path(file.path).open("rb") as stream:
        if stream.read(2) == _GZIP:
            return None
        stream.seek(file.start)
        before = b"\n"
        while block := stream.read(_BLOCK):
            joined = before[-2:] + block
            if b"\0" in block or _BLANK_LINE.search(joined) or _BESIDE.search(joined):
                return None
            try:
                decode(block)
            except UnicodeDecodeError:
                return None
            quotes = quotes or b'"' in block
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
            pairs += joined.count(b"\r\n") - before[-2:].count(b"\r\n")
            before = block
        try:
            decode(b"", final=True)
        except UnicodeDecodeError:
            return None
        ended = before.endswith(b"\n")
    if returns and not (returns == pairs == feeds):
        return None
    lines = file.line_feeds - 1
    if lines <= 0 or (not ended and returns):
        return None
    return Plain(file, columns, "\\r\\n" if returns else "\\n", quotes, lines)


def simple(plan: Plan) -> bool:
    """Whether the plan asks only for what the script says: one revision without bounds, a row for each ticket, lookups
    without dates, nothing taken from a list of events, no field read in two ways of which both know a vocabulary."""
    revision = plan.revisions[0]
    vocabularies = [
        f.name for f in plan.fields if f.reading.vocabulary is not None or f.reading.type is FieldType.LANGUAGE
    ]
    return (
        len(plan.revisions) == 1
        and revision.since is None
        and revision.until is None
        and plan.reduce is None
        and len(set(vocabularies)) == len(vocabularies)
        and all(not isinstance(f.origin, LookedUp) or f.origin.valid is None for f in plan.fields)
        and all(isinstance(f.origin, Nowhere) for f in plan.fields if f.reading.type is FieldType.EVENTS)
        and isinstance(plan.fields[plan.facts["id"]].origin, Column)
    )
