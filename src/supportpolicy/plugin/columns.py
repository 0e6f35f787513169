"""Findings as columns: what they are called, of which type they are, and how one finding fills them.

A report of findings for programs that read columns, and an engine that hands its findings over without making an object of
each, agree on this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from supportpolicy.model.finding import Evidence, Finding


class Column(NamedTuple):
    """One column; `type` in the words of SQL."""

    name: str
    type: str


FINDING_COLUMNS: Final = (
    Column("ticket", "VARCHAR"),
    Column("rule", "VARCHAR"),
    Column("revision", "VARCHAR"),
    Column("verdict", "VARCHAR"),
    Column("reason", "VARCHAR"),
    Column("field", "VARCHAR"),
    Column("barred_by", "VARCHAR"),
    Column("on_fail", "VARCHAR"),
    Column("party", "VARCHAR"),
    Column("clauses", "VARCHAR[]"),
    Column("file", "VARCHAR"),
    Column("record", "BIGINT"),
    Column("line", "BIGINT"),
    Column("tickets", "BIGINT"),
    Column("evidence", "VARCHAR"),
)
"""All text is UTF-8; half a character (a lone surrogate), as in the name of a file that is not UTF-8, is written `\\udce9`.

NULL: `ticket`, `file`, `record` and `line` of a finding on the whole input; `reason`, `field` and `barred_by` where there
is none. `evidence` is JSON text."""


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=dict).encode


def values_of(finding: Finding) -> tuple[str | int | list[str] | None, ...]:
    """What a finding puts into each of the columns."""
    place = finding.place
    return (
        None if finding.ticket is None else in_utf8(finding.ticket),
        finding.rule,
        finding.revision,
        finding.verdict.value,
        finding.reason.value if finding.reason else None,
        finding.field or None,
        finding.barred_by or None,
        finding.on_fail.value,
        finding.party.value,
        list(finding.clauses),
        in_utf8(place.file) if place else None,
        place.record if place else None,
        place.line if place else None,
        finding.tickets,
        evidence_text(finding.evidence),
    )


def evidence_text(evidence: Evidence) -> str:
    """Evidence as JSON: keys in order, no white space, and only that escaped which JSON must."""
    return in_utf8(_ENCODE(evidence))


def in_utf8(text: str) -> str:
    """The text with half characters written as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def copy_statement(query: str, path: str, metadata: Mapping[str, str]) -> str:
    """The statement by which DuckDB writes the rows of `query`, which has these columns in this order, as parquet."""
    pairs = ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in metadata.items())
    return (
        f"COPY ({query}) TO {_quoted(path)} "
        f"(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, KV_METADATA {{{pairs}}})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
