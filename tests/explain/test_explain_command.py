"""What `supportpolicy explain` says of tickets, and when it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from supportpolicy.cli import run

POLICY = """\
supportpolicy: 1
id: small
title: Small Support
revision: "2"
in_force: {from: 2021-01-01T00:00:00Z}
scope: [paid, english]
facts:
  edition: {one_of: [free, team]}
assumed:
  facts.edition: The text names no editions.
  terms.paid edition: Team is paid for.
  rules.resolution.within: Two days are our choice.
terms:
  paid edition: {edition: team}
clauses:
  paid: {section: Scope, says: Paid editions are supported.}
  english: {section: Scope, says: Support is in English., reading: Binds the request and the replies.}
  response: {section: Times, says: A person answers within twelve hours.}
  fix: {section: Times, says: Urgent requests are resolved within two days.}
  receipt: {section: Times, says: Receipt is confirmed.}
  numbers: {section: Numbers, says: Each request gets a number.}
  tidy: {section: Numbers, says: Tickets bear a subject.}
rules:
  paid: {kind: eligibility, clause: paid, require: paid edition}
  english: {kind: language, clause: english, languages: [en]}
  response: {kind: deadline, clause: response, start: submitted, stop: first_response, within: 12h in 24x7}
  resolution: {kind: deadline, clause: fix, when: {priority: urgent}, start: submitted, stop: resolved, within: 48h in 24x7}
  replies: {kind: language, clause: english, of: replies, languages: [en]}
  receipt: {kind: duty, clause: receipt, require: {acknowledged: {present: true}}}
  number: {kind: unique, clause: numbers, field: reference}
  subject: {kind: duty, clause: tidy, on_fail: note, require: {subject: {present: true}}}
""".replace("facts:\n", "facts:\n  priority: {one_of: [normal, urgent]}\n", 1)

MAPPING = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: Europe/Berlin
exported_at: 2021-04-01T00:00
assumed:
  timezone: The export does not say.
  fields.submitted.precision: The seconds are cut off.
not_recorded: [events]
fields:
  id: ID
  submitted: {column: Created, precision: {unit: 1m, by: floor}}
  resolved: {column: Solved, precision: {unit: 1m, by: nearest}, empty: unknown}
  first_response:
    elapsed: Reply
    unit: m
    clock: 24x7
    precision: {unit: 1m, by: floor}
    empty: {never_when: {column: Replies, in: ["0"]}}
  acknowledged: {column: Seen, empty: never}
  closed: {column: Solved, empty: never}
  reference: {column: ID}
  priority: {column: Priority, values: {P1: urgent, P2: normal}}
  subject: {column: Subject, empty: never}
  language: {constant: en}
lookups:
  edition: {table: orgs, key: organization, match: name, value: edition}
""".replace("  language:", "  organization: Org\n  language:")

CSV = """\
ID,Created,Solved,Reply,Replies,Seen,Priority,Subject,Org
1,2021-03-01 08:00,2021-03-02 09:00,720,1,2021-03-01 08:00,P1,Hello,Acme
2,2021-03-01 08:00,,,0,,P2,,Acme
3,2021-03-28 02:30,,10,1,,P9,x,Nobody
4,2021-03-01 08:00,,10,1,,P1,torn
5,2021-03-01 08:00,,700,1,,P2,one,Acme
5,2021-03-01 09:00,,721,1,,P2,two,Acme
5,2021-03-01 09:00,,721,1,,P2,two,Acme
6,2022-03-01 09:00,,721,1,,P2,later,Acme
7,2021-03-01 08:00,2021-02-27 09:00,10,1,,P1,"=cmd()\x1b[31m",Acme
"""
ORGS = "name,edition\nAcme,team\n"

Event = dict[str, Any]
FULL = {"edition": "team", "language": "en", "subject": "Help", "reference": "R1", "priority": "normal"}


def message(at: str, kind: str = "staff_message", **more: Any) -> Event:
    return {"at": at, "kind": kind, "public": True, "automatic": False, "language": "en", **more}


def complete(*events: Event) -> dict[str, Any]:
    return {"complete": True, "items": [message("2021-03-01T08:00:00Z", "customer_message"), *events]}


TICKETS: dict[str, dict[str, Any]] = {
    "passed-over": {
        "submitted": "2021-03-01T08:00:00Z",
        "acknowledged": "2021-03-01T09:00:00+01:00",
        "priority": "urgent",
        "resolved": None,
        "reference": "R2",
        "events": complete(
            message("2021-03-01T08:00:05Z", role="bot"),
            message("2021-03-01T09:00:00Z", public=False),
            message("2021-03-01T10:00:00Z", automatic=True),
            message("2021-03-01T20:00:00.000001Z"),
            message("2021-03-02T20:00:00Z", language="de"),
        ),
    },
    "staff-opened": {
        "submitted": "2021-03-01T08:00:00Z",
        "created_by_role": "staff",
        "acknowledged": None,
        "closed": "2021-03-02T09:00:00Z",
        "subject": None,
        "events": {
            "complete": True,
            "items": [
                message("2021-03-01T08:00:00Z"),
                message("2021-03-01T12:00:00Z", "customer_message"),
                message("2021-03-01T13:00:00Z"),
            ],
        },
    },
    "perhaps": {
        "submitted": "2021-03-01T08:00:00Z",
        "events": complete(message("2021-03-01T10:00:00Z", public=None), message("2021-03-02T10:00:00Z")),
    },
    "running": {"submitted": "2021-03-09T20:00:00Z", "closed": None, "acknowledged": None, "events": complete()},
    "a trial": {"submitted": "2021-03-01T08:00:00Z", "edition": "free", "first_response": None},
    "gone\x1b[2J": {"submitted": "2021-03-01T08:00:00Z", "edition": "tema", "first_response": "soon\u202e"},
}


class TextFile(SingleFileSnapshotExtension):
    file_extension = "txt"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [{"id": name, **FULL, **ticket} for name, ticket in TICKETS.items()]
    (tmp_path / "tickets.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "tickets.csv").write_text(CSV)
    (tmp_path / "orgs.csv").write_text(ORGS)
    return tmp_path


Explain = Callable[..., tuple[int, str, str]]


@pytest.fixture
def explain(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Explain:  # noqa: ARG001 - it makes the files
    def explained(ticket: str, *arguments: str) -> tuple[int, str, str]:
        code = run(["explain", ticket, "--policy", "policy.yaml", *arguments])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return explained


JSONL = ("tickets.jsonl", "--as-of", "2021-03-10T00:00:00Z")
MAPPED = ("tickets.csv", "--mapping", "mapping.yaml", "--table", "orgs=orgs.csv")


@pytest.mark.parametrize("ticket", TICKETS, ids=["".join(c for c in name if c.isalpha()) for name in TICKETS])
def test_a_canonical_ticket(explain: Explain, ticket: str, snapshot: SnapshotAssertion) -> None:
    code, out, err = explain(ticket, *JSONL)
    assert (code, err) == (0, "")
    assert out.encode() == snapshot(extension_class=TextFile)


@pytest.mark.parametrize("ticket", ["1", "2", "3", "5", "5#2", "6", "7"])
def test_a_mapped_ticket(explain: Explain, ticket: str, snapshot: SnapshotAssertion) -> None:
    code, out, err = explain(ticket, *MAPPED)
    assert (code, err) == (0, "")
    assert out.encode() == snapshot(extension_class=TextFile)


@pytest.mark.parametrize("width", [80, 120])
def test_the_width_of_a_terminal(
    explain: Explain, width: int, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.setattr("supportpolicy.cli.explain_command._terminal", lambda: (width, False))
    out = explain("1", *MAPPED)[1]
    assert max(map(len, out.splitlines())) <= width
    assert out.encode() == snapshot(extension_class=TextFile)


def test_colour_marks_the_verdicts(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportpolicy.cli.explain_command._terminal", lambda: (100, True))
    assert "\x1b[1;31mresponse: fail" in explain("passed-over", *JSONL)[1]


def test_several_records_of_one_id(explain: Explain) -> None:
    out = explain("5", *MAPPED)[1]
    assert [line for line in out.splitlines() if line.startswith("Ticket 5") and ":" not in line] == [
        "Ticket 5#1",
        "Ticket 5#2",
        "Ticket 5",
    ]
    assert "It was excluded and not judged: byte-identical repeat." in out


def test_one_record_of_several(explain: Explain) -> None:
    out = explain("5#2", *MAPPED)[1]
    assert "Ticket 5#2" in out
    assert "Ticket 5#1\n" not in out


def test_every_rule_is_explained_in_file_order(explain: Explain) -> None:
    out = explain("1", *MAPPED)[1]
    rules = ["paid", "english", "response", "resolution", "replies", "receipt", "number", "subject"]
    places = [out.index(f"\n{rule}: ") for rule in rules]
    assert places == sorted(places)


def test_what_is_hostile_is_escaped(explain: Explain) -> None:
    for ticket, export in (("gone\x1b[2J", JSONL), ("7", MAPPED)):
        out = explain(ticket, *export)[1]
        assert all(line.isprintable() for line in out.splitlines())


def test_an_excluded_ticket(explain: Explain) -> None:
    code, out, _ = explain("6", *MAPPED)
    assert code == 0
    assert "It was excluded and not judged: submitted after the audit instant." in out


def test_a_rejected_row(explain: Explain) -> None:
    code, out, err = explain("4", *MAPPED)
    assert (code, out) == (3, "")
    assert err.startswith("tickets.csv:5: the row that holds '4' could not be read: the row has 8 fields")


def test_a_ticket_that_is_not_there(explain: Explain) -> None:
    code, out, err = explain("pased-over", *JSONL)
    assert (code, out) == (3, "")
    assert "there is no ticket 'pased-over': 6 tickets read" in err
    assert "did you mean 'passed-over'?" in err


def test_the_same_in_another_case(explain: Explain) -> None:
    assert "did you mean 'running'?" in explain("RUNNING", *JSONL)[2]


def test_an_export_without_tickets(explain: Explain, folder: Path) -> None:
    (folder / "tickets.jsonl").write_text("")
    code, _, err = explain("x", *JSONL, "--source", "jsonl")
    assert code == 3
    assert "there is no ticket 'x': 0 tickets read" in err


def test_standard_input_needs_an_instant(explain: Explain) -> None:
    code, _, err = explain("x", "-")
    assert code == 2
    assert "--as-of" in err
