"""What `import supportpolicy` offers for files."""

from __future__ import annotations

from pathlib import Path

import pytest

import supportpolicy

ROOT = Path(__file__).parents[2]
POLICY = str(ROOT / "policies" / "memsource-technical-support")
TICKETS = """\
{"id": "1", "submitted": "2021-03-27T19:00:00Z", "first_response": "2021-03-28T08:00:00Z", "edition": "team"}
{"id": "2", "submitted": "2021-04-02T19:00:00Z", "first_response": "2021-04-02T20:00:00Z", "edition": "free"}
"""


@pytest.fixture
def tickets(tmp_path: Path) -> str:
    path = tmp_path / "tickets.jsonl"
    path.write_text(TICKETS)
    return str(path)


def test_an_audit_of_a_period_by_a_field(tickets: str) -> None:
    audit = supportpolicy.audit_export(
        tickets, POLICY, as_of="2021-05-01T00:00:00Z", period="2021-03-01/2021-04-01", by=["edition"], expect_tickets=2
    )
    assert [(out.ticket, out.reason) for out in audit.excluded] == [("2", "submitted outside the period")]
    assert [group.judged for group in audit.totals.groups] == [1]
    assert all(code != 3 for code, _ in audit.exit.why)


def test_another_number_of_tickets_than_expected(tickets: str) -> None:
    audit = supportpolicy.audit_export(tickets, POLICY, as_of="2021-05-01T00:00:00Z", expect_tickets=3)
    assert audit.exit.code == 3


def test_an_export_made_before_the_limit_ran_out(tickets: str) -> None:
    audit = supportpolicy.audit_export(tickets, POLICY, exported_at="2021-03-27T20:00:00Z")
    assert audit.head.instant is not None
    assert audit.head.instant.basis == "--exported-at"


def test_a_period_that_is_none(tickets: str) -> None:
    with pytest.raises(supportpolicy.SupportPolicyError, match="FROM/TO"):
        supportpolicy.audit_export(tickets, POLICY, period="2021-03")
