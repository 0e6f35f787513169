"""What `supportpolicy explain` says of clocks on calendars and clocks of events: the sum, the stretches, the drawing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from supportpolicy.cli import run

POLICY: Final = """\
supportpolicy: 1
id: clocks
title: Clocks
clauses:
  all: {section: Times, says: All in its time.}
facts:
  status: {one_of: [open, pending, solved]}
  plan: {one_of: [basic, gold]}
  promised: {type: instant}
calendars:
  office: {zone: UTC, hours: {mon-fri: 09:00-17:00}}
rules:
  fix: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 8h in office}
  paused: {kind: deadline, clause: all, start: submitted, stop: resolved, pause_while: {status: pending}, within: 4h in 24x7}
  days: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 1 business day in office}
  agreed: {kind: deadline, clause: all, start: submitted, stop: resolved, within: as agreed promised}
  replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message, within: 4h in office, until: closed}
  close: {kind: deadline, clause: all, start: last staff_message, stop: closed, not_before: 12h in office}
  close-days: {kind: deadline, clause: all, start: last staff_message, stop: closed, not_before: 2 business days in office}
  opening: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 2h in 24x7,
    start_at_next_opening: office}
  table: {kind: deadline, clause: all, start: submitted, stop: first_response,
    within: {by: plan, table: {basic: not offered, gold: 2h in office}}}
"""
MESSAGE: Final = {"public": True, "automatic": False}
EVENTS: Final = [
    {"at": "2025-01-06T08:30:00Z", "kind": "customer_message"},
    {"at": "2025-01-06T09:00:00Z", "kind": "status", "value": "open", "from": None},
    {"at": "2025-01-06T12:00:00Z", "kind": "staff_message", **MESSAGE},
    {"at": "2025-01-06T12:00:00Z", "kind": "status", "value": "pending"},
    {"at": "2025-01-07T12:00:00Z", "kind": "customer_message"},
    {"at": "2025-01-07T12:00:00Z", "kind": "status", "value": "open"},
    {"at": "2025-01-08T12:00:00Z", "kind": "staff_message", **MESSAGE},
]
TICKETS: Final[dict[str, dict[str, Any]]] = {
    "stopped": {
        "first_response": "2025-01-06T12:05:00Z",
        "resolved": "2025-01-08T12:00:00Z",
        "closed": "2025-01-08T13:00:00Z",
        "promised": "2025-01-09T00:00:00Z",
        "plan": "basic",
        "events": {"complete": True, "items": EVENTS},
    },
    "runs": {
        "resolved": None,
        "closed": None,
        "promised": "2025-01-10T00:00:00Z",
        "plan": "gold",
        "events": {"complete": True, "items": EVENTS[:4]},
    },
    "doubtful": {"resolved": "2025-01-06T16:00:00Z", "closed": None, "events": {"items": EVENTS[4:]}},
}


class TextFile(SingleFileSnapshotExtension):
    file_extension = "txt"


Explain = Callable[[str, str], str]


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Explain:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)
    lines = (json.dumps({"id": name, "submitted": "2025-01-06T08:30:00Z", **told}) for name, told in TICKETS.items())
    (tmp_path / "tickets.jsonl").write_text("\n".join(lines) + "\n")

    def explained(ticket: str, as_of: str) -> str:
        code = run(["explain", ticket, "tickets.jsonl", "--policy", "policy.yaml", "--as-of", as_of])
        out, err = capsysbinary.readouterr()
        assert (code, err) == (0, b"")
        return out.decode()

    return explained


@pytest.mark.parametrize(
    ("ticket", "as_of"),
    [
        ("stopped", "2025-01-10T12:00:00Z"),
        ("runs", "2025-01-06T18:00:00Z"),
        ("doubtful", "2025-01-10T12:00:00Z"),
    ],
    ids=["stopped", "runs", "doubtful"],
)
def test_the_whole(explain: Explain, ticket: str, as_of: str, snapshot: SnapshotAssertion) -> None:
    assert explain(ticket, as_of).encode() == snapshot(extension_class=TextFile)


def test_a_metric_of_the_export_that_says_something_else_is_told(explain: Explain) -> None:
    assert "first_response is 2025-01-06T12:05:00Z, which differs; the events decide" in explain(
        "stopped", "2025-01-10T12:00:00Z"
    )
    assert "which differs" not in explain("runs", "2025-01-06T18:00:00Z")


def test_a_drawing_has_characters_of_ascii_alone(explain: Explain) -> None:
    told = explain("stopped", "2025-01-10T12:00:00Z")
    lines = [line.removeprefix("  drawn").strip() for line in told.splitlines() if line.startswith("  drawn")]
    assert len(lines) == 8
    for line in lines:
        assert set(line) <= set("SODXT=.?")
        assert line.startswith("S")
        assert "X" in line
