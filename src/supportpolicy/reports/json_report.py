"""The `json` report: everything that is known, for programs and for comparing two runs.

One JSON object, described by `report.schema.json` beside this file. Its head and totals come first; each finding,
exclusion and rejected row stands on a line of its own, so that `diff` and `grep` work on it. Texts are exact; the bytes of
a rejected row are base64.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, BinaryIO, Literal

from supportpolicy.model.finding import Excluded, Finding, Item, Rejected, Totals
from supportpolicy.plugin.records import ExitCode, Head, Report, ReportOptions, Writer
from supportpolicy.reports import members
from supportpolicy.reports.exact import compact, laid_out
from supportpolicy.reports.spool import Spool

SCHEMA = "supportpolicy-report/1"

_List = Literal["findings", "excluded", "rejected"]
_LISTS: tuple[_List, ...] = ("findings", "excluded", "rejected")
_ORDER = (
    "schema", "tool", "answer", "exit", "policy", "mapping", "source", "inputs", "as_of", "period", "by",
    "expected_tickets", "include", "totals", "violations", "rules", "clocks", "objectives", "lateness", "metrics", "months",
    "numeric_ids", "groups", "settles_most", "unmapped", "not_recorded", "absent", "missing_tables",
)  # fmt: skip


def report_schema() -> Mapping[str, Any]:
    """The JSON Schema (draft 2020-12) of the report."""
    text = files(__package__).joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


class JsonWriter:
    """Sets the lists aside until the totals are known."""

    def __init__(self, head: Head, out: BinaryIO) -> None:
        self._head = head
        self._out = out
        self._spool: Spool[_List] = Spool()

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""
        for item in items:
            match item:
                case Finding():
                    self._set_aside("findings", members.of_finding(item))
                case Excluded():
                    self._set_aside("excluded", members.of_excluded(item))
                case Rejected():
                    self._set_aside("rejected", members.of_rejected(item))

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the whole report."""
        try:
            self._write("{\n")
            for n, (key, value) in enumerate(self._members(totals, exit_code).items()):
                self._write(",\n" if n else "")
                self._write(f'  "{key}": ')
                for text in laid_out(value, 2):
                    self._write(text)
            for name in _LISTS:
                self._write(f',\n  "{name}": [')
                empty = True
                for piece in self._spool.read(name):
                    # Every line was set aside with a comma and a line feed before it; the first comes without the comma.
                    self._out.write(piece[1:] if empty else piece)
                    empty = False
                self._write("]" if empty else "\n  ]")
            self._write("\n}\n")
        finally:
            self._spool.close()

    def _set_aside(self, name: _List, value: Mapping[str, Any]) -> None:
        self._spool.append(name, f",\n    {compact(value)}".encode())

    def _write(self, text: str) -> None:
        self._out.write(text.encode())

    def _members(self, totals: Totals, exit_code: ExitCode) -> dict[str, Any]:
        head = self._head
        known = {
            "schema": SCHEMA,
            **members.of_head(head),
            **members.of_sums(head, totals, exit_code),
        }
        known["inputs"] = [
            {**of, "rows": members.of_input_rows(totals, file)}
            for of, file in zip(known["inputs"], head.inputs, strict=True)
        ]
        return {key: known[key] for key in _ORDER}


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return JsonWriter(head, out)


REPORT = Report(
    name="json",
    summary="everything, for programs, with a versioned schema",
    suffix=".json",
    open=_open,
)
