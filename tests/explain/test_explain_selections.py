"""Which events a rule speaks of, in words: of several kinds, by whom, before and after a moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supportpolicy.cli import run

POLICY = """\
supportpolicy: 1
id: selections
title: Selections
clauses:
  all: {section: Times, says: All in its time.}
rules:
  later: {kind: deadline, clause: all, each: [customer_message, {kind: call, by: customer}], after: first_response,
    stop: [staff_message, {kind: call, by: [staff, bot]}], within: 4h in 24x7}
  called: {kind: duty, clause: all, require: {happens: [call, visit], before: first_response}}
  called-soon: {kind: duty, clause: all, require: {happens: call, within: 1h in 24x7, before: {last: visit}}}
  visited: {kind: duty, clause: all, require: {happens: visit, after: resolved}, settled_by: resolved}
  english: {kind: language, clause: all, languages: [en], of: [replies, {kind: call, by: staff}]}
"""
EVENTS = [
    {"at": "2025-01-06T09:00:00Z", "kind": "staff_message", "public": True, "automatic": False, "language": "en"},
    {"at": "2025-01-06T10:00:00Z", "kind": "call", "role": "customer"},
    {"at": "2025-01-06T15:00:00Z", "kind": "call", "role": "staff", "language": "de"},
]


def test_the_events_that_are_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    ticket = {"id": "T-1", "submitted": "2025-01-06T08:00:00Z", "resolved": None, "closed": None}
    Path("tickets.jsonl").write_text(json.dumps({**ticket, "events": {"complete": True, "items": EVENTS}}) + "\n")
    Path("policy.yaml").write_text(POLICY)
    code = run(["explain", "T-1", "tickets.jsonl", "--policy", "policy.yaml", "--as-of", "2025-01-07T00:00:00Z"])
    out, err = capsysbinary.readouterr()
    assert (code, err) == (0, b"")
    told = " ".join(out.decode().split())
    for words in (
        "asks that after each message of the customer or call by customer after first response the next response or call "
        "by staff or bot comes no later than 4h in 24x7 later.",
        "message of the customer or call by customer: 2025-01-06T10:00:00Z.",
        "response or call by staff or bot: 2025-01-06T15:00:00Z, basis: events.",
        "asks that there is a call or visit before the first response by the time the ticket is closed.",
        "asks that there is a call within 1h in 24x7 after submission before the last visit.",
        "asks that there is a visit after resolved by the time the ticket is resolved.",
        "asks that of each public, human, non-automatic reply or call by staff language is en.",
        "replies, public messages by people of the staff and each call by staff: 2.",
        "the first that breaks the rule: 2025-01-06T15:00:00Z channel unknown: missing, language de.",
    ):
        assert words in told
