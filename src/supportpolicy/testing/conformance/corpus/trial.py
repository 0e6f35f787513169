"""One trial of an engine: a policy, an input, and the ways in which it is run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from supportpolicy.model.instant import parse_instant
from supportpolicy.model.period import parse_period
from supportpolicy.plugin import RunOptions


@dataclass(frozen=True, slots=True)
class Trial:
    """`policies` holds the text of each revision, `files` the tickets by file name, `tables` the lookup tables by name,
    each as a file name and what is in it; of Parquet files, the query in DuckDB's SQL that gives their rows. A trial without
    a mapping holds canonical tickets.

    It is run for each of `as_of` (empty: not stated) with every verdict told; for the first of them with each other kind of
    `include`, too, and for the ticket `asked`; always for what was submitted in the `period`, if one is stated, and by the
    fields `by`.
    """

    name: str
    policies: tuple[str, ...]
    files: Mapping[str, bytes]
    mapping: str = ""
    tables: Mapping[str, tuple[str, bytes]] = field(default_factory=lambda: MappingProxyType({}))
    as_of: tuple[str, ...] = ("",)
    exported_at: str = ""
    asked: str = ""
    period: str = ""
    by: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The built-in source that reads the tickets."""
        return source_of(next(iter(self.files)))

    def options(self) -> Iterator[RunOptions]:
        """The ways in which it is run."""
        exported_at = parse_instant(self.exported_at) if self.exported_at else None
        period = parse_period(self.period) if self.period else None
        instants = [parse_instant(text) if text else None for text in self.as_of]
        yield RunOptions("findings", None, instants[0], exported_at, period, self.by)
        yield RunOptions("open", None, instants[0], exported_at, period, self.by)
        if self.asked:
            yield RunOptions("findings", self.asked, instants[0], exported_at, period, self.by)
        for as_of in instants:
            yield RunOptions("all", None, as_of, exported_at, period, self.by)


def source_of(name: str) -> str:
    """The built-in source that reads a file of a trial."""
    return next((source for source in ("csv", "parquet") if f".{source}" in name), "jsonl")


def json_lines(tickets: Iterable[Mapping[str, Any]]) -> bytes:
    """Canonical tickets, one a line."""
    return "".join(json.dumps(ticket, ensure_ascii=False) + "\n" for ticket in tickets).encode()


def csv_lines(header: str, rows: Iterable[str]) -> bytes:
    """Delimited text; the rows are lines as they stand in the file."""
    return "".join(f"{line}\n" for line in (header, *rows)).encode()
