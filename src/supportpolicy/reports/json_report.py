"""The `json` report: everything that is known, for programs and for comparing two runs.

One JSON object, described by `report.schema.json` beside this file. Its head and totals come first; each finding,
exclusion and rejected row stands on a line of its own, so that `diff` and `grep` work on it. Texts are exact; the bytes of
a rejected row are base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, BinaryIO, Literal

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Counts, Excluded, Finding, Input, Item, Rejected, RowPlace, Totals
from supportpolicy.model.instant import format_us
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin.records import (
    AuditInstant,
    ClauseHead,
    ExitCode,
    Head,
    Report,
    ReportOptions,
    RevisionHead,
    RuleHead,
    Writer,
)
from supportpolicy.reports.breaches import Breaches
from supportpolicy.reports.exact import compact, laid_out
from supportpolicy.reports.rates import Attainment, Rate
from supportpolicy.reports.spool import Spool
from supportpolicy.reports.summary import (
    Rows,
    answer,
    faults,
    in_force,
    input_rows,
    judged_rules,
    settling,
    ticket_rows,
)

SCHEMA = "supportpolicy-report/1"

_List = Literal["findings", "excluded", "rejected"]
_LISTS: tuple[_List, ...] = ("findings", "excluded", "rejected")


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
        self._rules = judged_rules(head)
        self._breaches = Breaches()
        self._spool: Spool[_List] = Spool()

    def batch(self, items: Sequence[Item]) -> None:
        """Take some findings, exclusions and rejected rows."""
        for item in items:
            match item:
                case Finding():
                    self._breaches.add(item)
                    self._set_aside("findings", self._finding(item))
                case Excluded():
                    self._set_aside(
                        "excluded", {"ticket": item.ticket, "reason": item.reason, "place": _place(item.place)}
                    )
                case Rejected():
                    self._set_aside("rejected", _rejected(item))

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        """Write the whole report."""
        try:
            self._write("{\n")
            members = self._members(totals, exit_code)
            for n, (key, value) in enumerate(members.items()):
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
        most = next(iter(settling(totals)), None)
        return {
            "schema": SCHEMA,
            "tool": {"name": "supportpolicy", "versions": dict(head.versions)},
            "answer": answer(head, totals, self._breaches),
            "exit": {"code": exit_code.code, "why": [{"code": code, "because": why} for code, why in exit_code.why]},
            "policy": {
                "id": head.policy_id,
                "title": head.policy_title,
                "revisions": [_revision(revision, self._key) for revision in head.revisions],
            },
            "mapping": head.mapping and {**_file(head.mapping), "assumed": dict(head.mapping_assumed)},
            "source": head.source,
            "inputs": [
                {**_file(file), "table": file.table, "rows": _rows(input_rows(totals, file))} for file in head.inputs
            ],
            "as_of": _instant(head.instant),
            "include": head.include,
            "totals": {
                "rows": _rows(ticket_rows(totals)),
                "tickets": {
                    "formed": totals.formed,
                    "judged": totals.judged,
                    "excluded": sum(totals.excluded.values()),
                },
                "judged_under": dict(totals.judged_under),
                "excluded": dict(totals.excluded),
                "later_events": totals.later_events,
                "conflicting_ids": list(totals.conflicting_ids),
                "files": [
                    {
                        "name": tally.file,
                        "table": tally.table,
                        "line_feeds": tally.line_feeds,
                        "header_lines": tally.header_lines,
                        "records": tally.read,
                        "blank": tally.blank,
                        "inside_records": tally.inner,
                        "adds_up": tally.adds_up,
                    }
                    for tally in totals.tallies
                ],
                "faults": list(faults(totals)),
            },
            "violations": {
                party.value: {"violations": self._breaches.violations[party], "tickets": self._breaches.tickets[party]}
                for party in Party
            },
            "rules": {
                rule.key: _counts(rule.head, totals.rules.get(key, Counts())) for key, rule in self._rules.items()
            },
            "settles_most": most and {"field": most.field, "unknowns": most.unknowns, "reasons": [*most.reasons]},
            "unmapped": [
                {"field": item.field, "text": item.text, "tickets": item.tickets, "nearest": item.nearest}
                for item in totals.unmapped
            ],
            "not_recorded": list(head.not_recorded),
            "absent": list(head.absent),
            "missing_tables": {table: list(fields) for table, fields in head.missing_tables.items()},
        }

    def _key(self, rule: RuleHead) -> str:
        return self._rules[rule.revision, rule.id].key

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return {
            "ticket": finding.ticket,
            "rule": finding.rule,
            "verdict": finding.verdict,
            "reason": finding.reason,
            "field": finding.field or None,
            "barred_by": finding.barred_by or None,
            "clauses": list(finding.clauses),
            "on_fail": finding.on_fail,
            "party": finding.party,
            "revision": finding.revision,
            "evidence": {
                key: dict(value) if isinstance(value, Mapping) else value for key, value in finding.evidence.items()
            },
            "place": finding.place and _place(finding.place),
            "tickets": finding.tickets,
        }


def _file(file: Input) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _place(place: RowPlace) -> dict[str, Any]:
    return {"file": place.file, "record": place.record, "line": place.line, "offset": place.offset}


def _rows(rows: Rows | None) -> dict[str, int] | None:
    return None if rows is None else {"read": rows.read, "used": rows.used, "rejected": rows.rejected}


def _rejected(row: Rejected) -> dict[str, Any]:
    return {
        "table": row.table,
        "reason": row.reason,
        "place": _place(row.place),
        "size": len(row.raw),
        "bytes": base64.b64encode(row.raw).decode("ascii"),
    }


def _instant(instant: AuditInstant | None) -> dict[str, Any] | None:
    if instant is None:
        return None
    return {
        "at": format_us(instant.at),
        "as_of": format_us(instant.as_of),
        "horizon": None if instant.horizon is None else format_us(instant.horizon),
        "basis": instant.basis,
        "warning": instant.warning or None,
    }


def _revision(revision: RevisionHead, key: Callable[[RuleHead], str]) -> dict[str, Any]:
    return {
        "label": revision.label,
        "file": revision.file,
        "sha256": revision.sha256,
        "in_force": {"words": in_force(revision), "since": revision.since or None, "until": revision.until or None},
        "assumed": dict(revision.assumed),
        "clauses": {clause.id: _clause(clause) for clause in revision.clauses},
        "rules": {
            key(rule): {
                "id": rule.id,
                "kind": rule.kind,
                "title": rule.title or None,
                "clauses": list(rule.clauses),
                "on_fail": rule.on_fail,
                "party": rule.party,
                "demand": rule.demand,
            }
            for rule in revision.rules
        },
    }


def _clause(clause: ClauseHead) -> dict[str, Any]:
    return {
        "section": clause.section,
        "says": clause.says,
        "reading": clause.reading or None,
        "unchecked": clause.unchecked or None,
    }


def _counts(rule: RuleHead, counts: Counts) -> dict[str, Any]:
    return {
        "id": rule.id,
        "revision": rule.revision,
        "on_fail": rule.on_fail,
        "party": rule.party,
        "pass": counts.passed,
        "fail": counts.failed,
        "open": counts.open,
        "not_applicable": counts.not_applicable,
        "unknown": counts.unknown,
        "unknown_by": _unknown_by(counts.unknown_by.items()),
        "attainment": _attainment(Attainment.of(counts)) if rule.on_fail is OnFail.VIOLATION else None,
    }


def _unknown_by(unknowns: Iterable[tuple[tuple[str, Reason], int]]) -> list[dict[str, Any]]:
    """The most first."""
    ordered = sorted(unknowns, key=lambda item: (-item[1], item[0]))
    return [
        {"field": field or None, "reason": reason, "tickets": tickets}
        for (field, reason), tickets in ordered
        if tickets
    ]


def _attainment(attainment: Attainment) -> dict[str, Any]:
    def percentage(rate: Rate) -> str | None:
        return str(rate) if rate.whole else None

    return {
        "pass": attainment.passed,
        "fail": attainment.failed,
        "could_pass": attainment.could_pass,
        "could_fail": attainment.could_fail,
        "rate": percentage(attainment.rate),
        "at_least": percentage(attainment.at_least),
        "at_most": percentage(attainment.at_most),
        "words": str(attainment.rate),
    }


def _open(head: Head, out: BinaryIO, _options: ReportOptions) -> Writer:
    return JsonWriter(head, out)


REPORT = Report(
    name="json",
    summary="everything, for programs, with a versioned schema",
    suffix=".json",
    open=_open,
)
