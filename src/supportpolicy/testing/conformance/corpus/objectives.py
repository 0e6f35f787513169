"""Objectives: periods of several zones, groups, quotas, tickets in doubt, two revisions, many groups, no ticket at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: objectives
title: Objectives
scope: [paid]
facts:
  edition: {one_of: [trial, team]}
  plan: {one_of: [bronze, gold]}
  seats: {type: integer}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  known: {kind: duty, clause: all, require: {acknowledged: {present: true}}, on_fail: out_of_scope}
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  noted: {kind: deadline, clause: all, on_fail: note, start: submitted, stop: closed, within: 30d in 24x7, needs: [known]}
  single: {kind: unique, clause: all, field: reference}
objectives:
  monthly: {clause: all, rule: answered, at_least: 90%, per: month in America/St_Johns, by: [plan], minimum: 3}
  daily: {clause: all, rule: answered, at_most: 0 fails, per: day in Asia/Kathmandu}
  weekly: {clause: all, rule: noted, at_least: 2 passes, per: week in UTC, by: [plan, seats]}
  gold: {clause: all, rule: answered, at_least: 33.3333%, when: {plan: gold}, per: quarter from Feb in America/Los_Angeles}
  unlike: {clause: all, rule: single, at_least: 100%, per: year from Jul in Pacific/Apia}
  all: {clause: all, rule: answered, at_most: 40 fails, party: customer}
  contacts: {clause: all, count: requester, at_most: 2, by: [organization], when: {plan: bronze}, needs: [known]}
  tickets: {clause: all, count: tickets, at_most: 9, per: month in Europe/Berlin, by: [plan]}
  sizes: {clause: all, count: seats, at_most: 4, per: quarter in UTC}
"""
_EARLIER: Final = _POLICY.replace(
    "id: objectives",
    "id: objectives\nrevision: earlier\nin_force: {from: 2021-01-04T00:00:00Z, until: 2021-03-01T00:00:00Z}",
)
_LATER: Final = (
    _POLICY.replace("id: objectives", "id: objectives\nrevision: later\nin_force: {from: 2021-03-01T00:00:00Z}")
    .replace("within: 12h", "within: 6h")
    .replace("[bronze, gold]", "[bronze, gold, silver]")
    .replace("clauses:", "exclude: [{reason: merged, when: {tags: merged}}]\nclauses:")
)

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: UTC
fields:
  id: Id
  submitted: {column: Opened, precision: {unit: 1h, by: nearest}, empty: never}
  first_response: {column: Answered, empty: never}
  acknowledged: {column: Seen, empty: never}
  closed: {column: Closed, empty: unknown}
  edition: Edition
  plan: {column: Plan, empty: never}
  seats: {column: Seats, empty: never}
  requester: {column: Who, empty: never}
  organization: {column: Firm, empty: unknown}
  reference: {column: Ref, empty: never}
  tags: {column: Tags, empty: never}
"""
_HEADER: Final = "Id,Opened,Answered,Seen,Closed,Edition,Plan,Seats,Who,Firm,Ref,Tags"


def _rows() -> Iterator[str]:
    """Some hundred tickets around ends of months, with doubt of every kind."""
    for n in range(400):
        month, day = n % 5 + 1, (1, 28, 15, 31 if n % 5 in (0, 2, 4) else 28)[n // 5 % 4]
        hour, minute = n * 7 % 24, (0, 30, 29)[n % 3]
        opened = f"2021-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"
        answered = "" if n % 7 == 0 else f"2021-{month:02d}-{day:02d} 23:{n % 60:02d}"
        if n % 37 == 0:
            opened = ("", "soon")[n % 2]
        seen = "" if n % 3 else "2021-06-10 00:00"
        closed = "" if n % 4 else f"2021-06-{n % 28 + 1:02d} 00:00"
        edition = ("team", "team", "trial", "Teem", "team")[n % 23 % 5]
        plan = ("gold", "bronze", "Silver", "", "gold ")[n % 17 % 5]
        seats = ("1", "2", "-3", "x", "", "2")[n % 13 % 6]
        who, firm = f"u{n % 31}" if n % 6 else "", f"f{n % 9}" if n % 11 else ""
        tags = "merged" if n % 19 == 0 else ""
        number = n if n % 29 else n // 2
        yield f"{number},{opened},{answered},{seen},{closed},{edition},{plan},{seats},{who},{firm},R-{n % 390},{tags}"


def _many() -> Iterator[dict[str, Any]]:
    """More periods and groups than are told apart, and dates at the ends of what there is."""
    for n in range(900):
        ticket: dict[str, Any] = {"id": n, "edition": "team", "plan": ("gold", "bronze")[n % 2], "reference": None}
        ticket["submitted"] = f"{2021 - n % 300}-0{n % 9 + 1}-01T0{n % 10}:00:00Z"
        if n % 100 == 7:
            ticket["submitted"] = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")[n % 2]
        ticket["organization"] = f"{n % 450:03d}" if n % 5 else "é" * (n % 6 + 1)
        ticket["requester"] = f"u{n % 7}"
        ticket["first_response"] = None if n % 4 else ticket["submitted"]
        ticket["acknowledged"] = "2021-03-01T00:00:00Z" if n % 3 else None
        ticket["seats"] = n % 8
        yield ticket


TRIALS: Final = (
    Trial(
        "objectives",
        (_POLICY,),
        {"tickets.csv": csv_lines(_HEADER, _rows())},
        _MAPPING,
        as_of=("2021-05-20T06:07:08Z",),
    ),
    Trial(
        "objectives under two revisions, in a period",
        (_EARLIER, _LATER),
        {"tickets.csv": csv_lines(_HEADER, _rows())},
        _MAPPING,
        as_of=("2021-05-31T22:00:00Z",),
        period="2021-01-10T00:00:00Z/2021-05-15",
        by=("plan",),
    ),
    Trial(
        "objectives of many periods and groups",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_many())},
        as_of=("9999-12-31T23:59:59Z",),
    ),
    Trial(
        "objectives and groups of no ticket",
        (_POLICY,),
        {"tickets.jsonl": b""},
        as_of=("2021-05-31T22:00:00Z",),
        by=("plan",),
    ),
    Trial(
        "objectives of what was never dated",
        (_POLICY,),
        {"tickets.jsonl": json_lines([{"id": "1", "plan": "gold"}])},
        as_of=("",),
    ),
)
