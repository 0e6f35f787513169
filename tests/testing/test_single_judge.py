"""Single tickets get the verdicts that an audit of them all gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from small_policy import FIRST, SECOND, policy

from supportpolicy.audit import AuditRequest, prepare, start, unseen
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.engines.reference.single import SingleJudge
from supportpolicy.model.finding import Finding
from supportpolicy.model.instant import parse_instant
from supportpolicy.plugin.registry import installed

AS_OF = parse_instant("2023-01-01T00:00:00Z")

TICKETS: list[dict[str, Any]] = [
    {"id": "1", "submitted": "2021-03-01T08:00:00Z", "first_response": "2021-03-01T20:00:00Z", "edition": "team"},
    {"id": "2", "submitted": "2022-03-01T08:00:00Z", "first_response": None, "edition": "team", "reference": "R"},
    {"id": "3", "submitted": "2022-03-01T08:00:00Z", "edition": "free", "reference": "R", "seats": 10},
    {"id": "4", "edition": "taem", "reference": None},
    {"id": "5", "edition": "team", "first_response": "2021-03-01T20:00:00Z", "reference": "S", "topic": "spam"},
    {"id": "6", "submitted": "2024-03-01T08:00:00Z"},
    {"submitted": 5, "edition": "team", "reference": "R"},
]


def test_as_the_engine_says(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "1.yaml").write_text(FIRST)
    (tmp_path / "policy" / "2.yaml").write_text(SECOND)
    export = tmp_path / "tickets.jsonl"
    export.write_text("".join(json.dumps(ticket) + "\n" for ticket in TICKETS))
    request = AuditRequest(str(tmp_path / "policy"), (str(export),), as_of=AS_OF, include="all")
    registry = installed()
    _, run = start(prepare(request, registry), request, registry, unseen)
    audited = {
        (item.place.record, item.rule): (item.verdict, item.reason, item.field, item.barred_by, item.revision)
        for batch in run.batches
        for item in batch
        if isinstance(item, Finding) and item.place is not None
    }
    judge = SingleJudge(compile_plan(policy(FIRST, SECOND), None, {"tickets": None}))
    alone = {}
    for number, ticket in enumerate(TICKETS, 1):
        others = [other for other in TICKETS if other is not ticket]
        told = judge(ticket, AS_OF.lo, others)
        for rule, outcome, _ in told.verdicts:
            alone[number, rule.id] = (outcome.verdict, outcome.reason, outcome.field, outcome.barred_by, told.revision)
    assert alone == audited
    assert len(alone) > 10


def test_the_revisions_in_doubt_are_named() -> None:
    judge = SingleJudge(compile_plan(policy(FIRST, SECOND), None, {"tickets": None}))
    told = judge({"edition": "team"}, AS_OF.lo)
    assert (told.revision, told.in_doubt, told.excluded) == ("1", ("2",), "")


def test_a_ticket_that_is_not_judged_says_why() -> None:
    judge = SingleJudge(compile_plan(policy(FIRST), None, {"tickets": None}))
    told = judge({"submitted": "2022-03-01T08:00:00Z"}, AS_OF.lo)
    assert (told.revision, told.verdicts, told.excluded) == ("", (), "no revision in force")
