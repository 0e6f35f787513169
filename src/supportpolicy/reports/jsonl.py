"""The `jsonl` report: everything that the `json` report holds, one JSON object on each line, written as it is found.

The first line is the head, then come findings, exclusions and rejected rows in the order in which they were found, and the
last line holds the totals and the exit code; `type` says which of them a line is. A file whose last line is not of the
type `totals` is not whole. Nothing is held back, so that a reader at the other end of a pipe sees a finding as soon as the
engine hands it on. Texts are exact; the bytes of a rejected row are base64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final

from supportpolicy.model.finding import Excluded, Finding, Item, Rejected, Totals
from supportpolicy.plugin.records import ExitCode, Head, Report, ReportOptions, Writer
from supportpolicy.reports import members
from supportpolicy.reports.exact import compact
from supportpolicy.reports.json_report import report_schema

SCHEMA: Final = "supportpolicy-report-lines/1"

_HEAD: Final = (
    "tool", "policy", "mapping", "source", "inputs", "as_of", "period", "by", "expected_tickets", "include",
    "not_recorded", "absent", "missing_tables",
)  # fmt: skip
_SUMS: Final = (
    "answer", "exit", "inputs", "totals", "violations", "rules", "clocks", "objectives", "lateness", "metrics", "months",
    "numeric_ids", "groups", "settles_most", "unmapped",
)  # fmt: skip
_WITHOUT_ROWS: Final = ("name", "size", "sha256", "table")
_WITH_ROWS: Final = ("name", "table", "rows")


class JsonlWriter:
    """Writes each batch as it comes; holds nothing."""

    def __init__(self, head: Head, out: BinaryIO) -> None:
        self._head = head
        self._out = out
        known = members.of_head(head)
        self._out.write(_line("head", {"schema": SCHEMA, **{key: known[key] for key in _HEAD}}))

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""
        lines = bytearray()
        for item in items:
            match item:
                case Finding():
                    lines += _line("finding", members.of_finding(item))
                case Excluded():
                    lines += _line("excluded", members.of_excluded(item))
                case Rejected():
                    lines += _line("rejected", members.of_rejected(item))
        self._out.write(lines)

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the last line."""
        known = members.of_sums(self._head, totals, exit_code)
        known["inputs"] = [
            {"name": file.name, "table": file.table, "rows": members.of_input_rows(totals, file)}
            for file in self._head.inputs
        ]
        self._out.write(_line("totals", {key: known[key] for key in _SUMS}))


def _line(kind: str, value: Mapping[str, Any]) -> bytes:
    return f"{compact({'type': kind, **value})}\n".encode()


def line_schema() -> Mapping[str, Any]:
    """The JSON Schema (draft 2020-12) of one line: made from that of the `json` report, so that a member means the same in
    both."""
    report = report_schema()
    of, definitions = report["properties"], report["$defs"]
    return {
        "$schema": report["$schema"],
        "$id": "urn:supportpolicy:report-line:1",
        "title": "A line of a report of supportpolicy",
        "description": "What `supportpolicy audit -o jsonl` writes on each line: a head first, totals last, everything else "
        "between them. Later versions of the tool may add members and types of lines under the same number; a member never "
        "changes its meaning.",
        "oneOf": [{"$ref": f"#/$defs/{name}_line"} for name in ("head", "finding", "excluded", "rejected", "totals")],
        "$defs": {
            **definitions,
            "head_line": _of_type(
                "head",
                {"schema": {"const": SCHEMA}, **{key: of[key] for key in _HEAD}, "inputs": _only(of, _WITHOUT_ROWS)},
                "The first line: what is known before the first finding.",
            ),
            "finding_line": _of_type("finding", definitions["finding"]["properties"], "One verdict with its evidence."),
            "excluded_line": _of_type(
                "excluded", of["excluded"]["items"]["properties"], "A ticket that was not judged."
            ),
            "rejected_line": _of_type(
                "rejected", of["rejected"]["items"]["properties"], "A row that cannot be read, byte for byte."
            ),
            "totals_line": _of_type(
                "totals",
                {**{key: of[key] for key in _SUMS}, "inputs": _only(of, _WITH_ROWS)},
                "The last line: what it all comes to. A file without it is not whole.",
            ),
        },
    }


def _of_type(kind: str, properties: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"const": kind}, **properties},
        "required": ["type", *properties],
        "description": description,
    }


def _only(of: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The schema of `inputs` with some of the members of each input."""
    item = of["inputs"]["items"]
    kept = {name: item["properties"][name] for name in names}
    return {"type": "array", "items": {**item, "properties": kept, "required": list(names)}}


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return JsonlWriter(head, out)


REPORT = Report(
    name="jsonl",
    summary="everything, one JSON object to a line, as it is found",
    suffix=".jsonl",
    open=_open,
)
