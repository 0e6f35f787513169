"""The `csv` report: one line for each finding, for spreadsheets and `grep`.

UTF-8, cells quoted as RFC 4180 says, lines end in a line feed, the first line names the columns. `stop` is `never` where
the clock never stopped and empty where there is no clock; `values` is a JSON object of the fields that were read; several
clauses are separated by a space.

Two things are changed, since spreadsheets and terminals obey what they read (the `json` report is exact): control and
format characters are written as escapes such as `\\n`, so that one finding is one line; and a cell that a spreadsheet
might take for a formula, one that starts with `=`, `+`, `-`, `@`, a tab, a line end or their full-width forms, also behind
quotes or blanks, gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from supportpolicy.model.finding import Finding, Item, Totals
from supportpolicy.model.text import printable
from supportpolicy.plugin.records import ExitCode, Head, Report, ReportOptions, Writer
from supportpolicy.reports.evidence import clock_ran
from supportpolicy.reports.exact import compact

COLUMNS = (
    "ticket", "rule", "verdict", "reason", "field", "on_fail", "party", "clauses", "revision", "tickets", "start", "stop",
    "due", "accrued", "limit", "basis", "values", "file", "record", "line",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take these too
_BEFORE_FORMULA = "'\"` \u00a0"


class CsvWriter:
    """Writes each batch as it comes; holds nothing."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._write([COLUMNS])

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings; exclusions and rejected rows are not among the lines."""
        self._write([_line(item) for item in items if isinstance(item, Finding)])

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Nothing is left to write."""

    def _write(self, lines: Sequence[Sequence[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        self._out.write(text.getvalue().encode())


def cell(text: str) -> str:
    """`text` as a cell that shows what it holds and does nothing."""
    if not text or (text[0].isalnum() and text.isascii() and text.isprintable()):  # as most are
        return text
    guarded = text.lstrip(_BEFORE_FORMULA).startswith(_FORMULA)
    return "'" + printable(text) if guarded else printable(text)


def _line(finding: Finding) -> list[str]:
    evidence = finding.evidence
    stop = _text(finding, "stop") or ("never" if clock_ran(finding) and "stop" in evidence else "")
    values = evidence.get("values")
    place = finding.place
    return [
        cell(text)
        for text in (
            finding.ticket if finding.ticket is not None else "",
            finding.rule,
            finding.verdict,
            finding.reason or "",
            finding.field,
            finding.on_fail,
            finding.party,
            " ".join(finding.clauses),
            finding.revision,
            str(finding.tickets),
            _text(finding, "start"),
            stop,
            *(_text(finding, key) for key in ("due", "accrued", "limit", "basis")),
            compact(dict(values)) if isinstance(values, Mapping) else "",
            place.file if place else "",
            str(place.record) if place else "",
            str(place.line) if place else "",
        )
    ]


def _text(finding: Finding, key: str) -> str:
    value = finding.evidence.get(key)
    return "" if value is None or isinstance(value, Mapping) else str(value)


def _open(_head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return CsvWriter(out)


REPORT = Report(
    name="csv",
    summary="one line for each finding, formulas disarmed",
    suffix=".csv",
    open=_open,
)
