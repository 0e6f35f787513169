"""What is proposed for columns with types."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from supportpolicy.audit import AuditRequest, audit
from supportpolicy.plugin.registry import installed
from supportpolicy.proposing import propose

REGISTRY = installed()
POLICY = """\
supportpolicy: 1
id: small
title: Small Support
clauses: {all: {section: All, says: Everything.}}
rules:
  response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)
    return tmp_path


def test_an_export_in_parquet(folder: Path) -> None:
    """The fields of objects are columns; lists and objects themselves are none that hold nothing. It runs."""
    duckdb.sql(
        """SELECT i AS ticket_id, TIMESTAMP '2025-01-06 09:00:07' + to_hours(i) AS created_at, ['a'] AS labels,
           CASE WHEN i % 2 = 0 THEN TIMESTAMP '2025-01-06 19:00:05' END AS first_replied_at, {'name': 'x'} AS requester
           FROM range(5) t(i)"""
    ).write_parquet(str(folder / "export.parquet"))
    proposal = propose(["export.parquet"], REGISTRY, policy="policy.yaml")
    for line in (
        "source: {name: parquet}",
        "  id: ticket_id",
        "  submitted: created_at",
        "  first_response: {column: first_replied_at, empty: unknown}",
        "  requester: requester.name",
    ):
        assert line in proposal.text.splitlines()
    assert "hold nothing" not in proposal.text
    (folder / "mapping.yaml").write_text(proposal.text)
    outcome = audit(AuditRequest("policy.yaml", ("export.parquet",), mapping="mapping.yaml"), REGISTRY)
    (counts,) = outcome.totals.rules.values()
    assert (counts.passed, counts.unknown) == (3, 2)


@pytest.mark.parametrize(("response", "needed"), [("09:30:00+00'", False), ("09:30:00+00' WHERE false", True)])
def test_canonical_tickets(folder: Path, response: str, needed: bool) -> None:
    """They need no mapping, unless there are nulls of which somebody has to say what they mean."""
    duckdb.sql(
        f"""SELECT 1 AS id, TIMESTAMPTZ '2025-01-06 09:00:00+00' AS submitted, ['urgent'] AS tags,
            (SELECT TIMESTAMPTZ '2025-01-06 {response}) AS first_response"""
    ).write_parquet(str(folder / "export.parquet"))
    proposal = propose(["export.parquet"], REGISTRY, policy="policy.yaml")
    assert ("no mapping is needed" in proposal.talk[0]) is not needed
    assert "source: {name: parquet}" in proposal.text
    assert ("records: canonical" in proposal.text) is not needed
