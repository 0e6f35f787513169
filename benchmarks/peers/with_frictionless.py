"""frictionless: it reads the file, and a check of ours judges each row.

Its own constraints tell no misspelt word from one that the rule does not allow, and its row constraints (formulas) no
blank instant from an unreadable one. So the check is plain Python, the closures; what is measured is the framework.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
from frictionless import Check, Checklist, Resource, Row, Schema, errors, fields

from benchmarks.peers.closures import judge
from benchmarks.peers.tickets import ticket
from benchmarks.peers.verdicts import RULES, report

COLUMNS = (
    "id", "submitted", "first_response", "resolved", "closed", "edition", "language", "channel", "priority", "status",
    "region", "organization", "requester", "subject", "updated",
)  # fmt: skip


class VerdictError(errors.RowError):
    type = "verdict"
    title = "Verdict"
    description = "A rule's verdict on a ticket."
    template = "{note}"


@attrs.define(kw_only=True, repr=False)
class Rules(Check):
    type = "rules"
    Errors = [VerdictError]  # noqa: RUF012 - the framework's way

    def validate_row(self, row: Row) -> Iterator[VerdictError]:
        for rule, verdict in zip(RULES, judge(ticket(row.cells)), strict=True):
            if verdict in ("fail", "unknown"):
                yield VerdictError.from_row(row, note=f"{rule} {verdict}")


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    schema = Schema(fields=[fields.StringField(name=name) for name in COLUMNS])
    file = Path(path)
    resource = Resource(path=file.name, basepath=str(file.parent), schema=schema, format="csv", encoding="utf-8")
    result = resource.validate(Checklist(checks=[Rules()]), limit_errors=sys.maxsize)
    for error in result.task.errors:
        rule, verdict = error.note.split()
        yield error.cells[0], rule, verdict


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
