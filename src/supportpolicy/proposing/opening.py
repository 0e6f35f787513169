"""Opening an export of which nothing is known yet: its source, and how its text is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from supportpolicy.errors import InputError, Place
from supportpolicy.plugin import Scan, Source
from supportpolicy.sources.delimited import SOURCE as CSV
from supportpolicy.sources.dialect import Dialect
from supportpolicy.sources.header import Header, named, read_header
from supportpolicy.sources.locations import Location, resolve

_DELIMITERS: Final = (",", ";", "\t", "|")
_LOOKED_AT: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A table of rows; `options` are what a mapping's `source:` must say to read it so, `headers` what stands in the
    header over columns that a mapping calls otherwise."""

    scan: Scan
    options: Mapping[str, Any]
    headers: Mapping[str, str]


def open_export(exports: Sequence[str], source: Source) -> Opened:
    """Open the files as one table of tickets."""
    options: dict[str, Any] = {}
    names: tuple[str, ...] = ()
    if source.name == CSV.name:
        options, names = _csv(resolve(exports)[0])
    scan = source.open(exports, options, "tickets").tables["tickets"]
    headers = dict(zip(scan.columns, names, strict=True)) if scan.columns is not None and names else {}
    return Opened(scan, options, headers)


def _csv(location: Location) -> tuple[dict[str, Any], tuple[str, ...]]:
    """How the text is delimited, encoded and headed; nothing where its header cannot be read in any way."""
    options: dict[str, Any] = {}
    encoding = "utf-8" if _is_utf8(location) else "cp1252"
    if encoding != "utf-8":
        options["encoding"] = encoding
    headers = dict(_headers(location, encoding))
    if not headers:
        return options, ()
    delimiter = max(headers, key=lambda d: len(headers[d].names))  # the first of the widest
    if delimiter != ",":
        options["delimiter"] = "tab" if delimiter == "\t" else delimiter
    names = headers[delimiter].names
    try:
        named(names, "by_name", (), Place(location.name))
    except InputError:
        options |= {"columns": "by_position", "headers": list(names)}
    return options, names


def _headers(location: Location, encoding: str) -> Iterator[tuple[str, Header]]:
    for delimiter in _DELIMITERS:
        try:
            yield delimiter, read_header(location, Dialect(delimiter, encoding))
        except InputError:
            continue


def _is_utf8(location: Location) -> bool:
    """Whether most lines that are not ASCII are UTF-8. One bad line among many is a bad line."""
    good = bad = 0
    with location.content() as content:
        for line in content.read(_LOOKED_AT).split(b"\n")[:-1]:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return good >= bad
