"""The tickets with events: what the page beside them says of each is what the audit finds."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from example_audits import EXAMPLES, ROOT, Report, counts, report

from supportpolicy.audit import AuditRequest
from supportpolicy.model.instant import parse_instant

PAGE = (EXAMPLES / "events" / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (T-\d+) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)


@cache
def audited() -> Report:
    """Every verdict on the tickets, as of the instant that the page gives."""
    as_of = re.search(r"--as-of (\S+)", PAGE)
    assert as_of is not None
    return report(
        AuditRequest(
            policy=str(ROOT / "policies" / "memsource-technical-support"),
            exports=(str(EXAMPLES / "events" / "tickets.jsonl"),),
            as_of=parse_instant(as_of[1]),
            include="all",
        )
    )


def test_the_page_tells_of_every_ticket() -> None:
    lines = (EXAMPLES / "events" / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    assert [ticket for ticket, _ in ROWS] == [json.loads(line)["id"] for line in lines]


@pytest.mark.parametrize(("ticket", "told"), ROWS, ids=[ticket for ticket, _ in ROWS])
def test_the_page_tells_the_verdict(ticket: str, told: str) -> None:
    found = {f["rule"]: f["verdict"] for f in audited()["findings"] if f["ticket"] == ticket}
    expected = dict(re.findall(r"`([a-z-]+)` ([a-z_]+)", told))
    assert expected
    assert {rule: found[rule] for rule in expected} == expected


def test_the_page_leaves_out_no_violation() -> None:
    told = {(ticket, rule) for ticket, cell in ROWS for rule in re.findall(r"`([a-z-]+)` fail", cell)}
    assert {(f["ticket"], f["rule"]) for f in audited()["findings"] if f["verdict"] == "fail"} == told


def test_the_totals_add_up() -> None:
    found = audited()
    assert found["totals"]["tickets"] == {"formed": 17, "judged": 17, "excluded": 0}
    assert counts(found, "first-response") == {"pass": 8, "fail": 4, "open": 1, "not_applicable": 3, "unknown": 1}
    assert found["exit"]["code"] == 1
