"""What is counted beside the verdicts: lateness, months, numeric ids, groups; and tickets outside a period."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: counts
title: Counts
facts:
  edition: {one_of: [trial, team]}
  tier: {type: integer}
  vip: {type: boolean}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  early: {kind: deadline, clause: all, start: submitted, stop: acknowledged, within: 1h in 24x7, on_fail: out_of_scope}
  answered: {kind: deadline, clause: all, needs: [paid], start: submitted, stop: first_response, within: 12h in 24x7}
  fixed: {kind: deadline, clause: all, party: customer, start: first_response, stop: resolved, within: 90s in 24x7}
  noted: {kind: deadline, clause: all, on_fail: note, start: submitted, stop: closed, within: 30d in 24x7}
"""

_LATER: Final = _POLICY.replace(
    "id: counts", "id: counts\nrevision: later\nin_force: {from: 2021-02-01T00:00:00Z}"
).replace("[trial, team]", "[trial, team, pro]")
_EARLIER: Final = _POLICY.replace(
    "id: counts", "id: counts\nrevision: earlier\nin_force: {until: 2021-02-01T00:00:00Z}"
).replace("within: 12h", "within: 6h")

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: UTC
fields:
  id: Id
  submitted: {column: Opened, precision: {unit: 1m, by: floor}, empty: never}
  first_response: {elapsed: Answered, unit: m, clock: 24x7, precision: {unit: 1m, by: nearest}, empty: never}
  resolved: {column: Solved, precision: {unit: 1h, by: ceil}, empty: never}
  closed: {column: Closed, empty: never}
  acknowledged: {column: Seen, empty: unknown}
  edition: Edition
  tier: {column: Tier, empty: never}
  group: {column: Group, empty: never}
"""

_GROUPS: Final = ("", "Ä", "a, b", "a", "A", "(never)", "\U0001f4a5", "z" * 70, " ", "7")


def _rows() -> Iterator[str]:
    """Some hundred tickets over two years, with every stage of lateness."""
    for n in range(300):
        month, day = n * 7 % 24, n % 28 + 1
        opened = f"{2020 + month // 12}-{month % 12 + 1:02d}-{day:02d} {n % 24:02d}:{n % 60:02d}"
        if n % 41 == 0:
            opened = "" if n % 2 else "soon"
        answered = "" if n % 5 == 0 else str(n * n % 1_500)
        solved = "" if n % 7 == 0 else f"{2021 + month // 12}-{month % 12 + 1:02d}-{day:02d} {n % 24:02d}"
        closed = "" if n % 3 else f"2022-03-{day:02d} 00:00:00.{n:06d}"
        seen = "" if n % 4 else opened
        edition = ("team", "trial", "pro", "Teem")[n % 13 % 4]
        group = f'"{_GROUPS[n % len(_GROUPS)]}"'
        yield f"{_id(n)},{opened},{answered},{solved}:00,{closed},{seen},{edition},{n % 9 - 4},{group}"


def _id(n: int) -> str:
    match n % 11:
        case 3:
            return f"T-{n}"
        case 5:
            return f"0{n}"
        case 7:
            return str(n * n)
        case 9:
            return "9" * (n % 22 + 1)
        case _:
            return str(n)


def _many() -> Iterator[dict[str, Any]]:
    """More groups than are told apart, many of one size."""
    for n in range(700):
        ticket: dict[str, Any] = {"id": n * 3, "submitted": "2021-03-01T08:00:00Z", "edition": "team"}
        ticket["requester"] = f"{n % 260:03d}" if n % 5 else "é" * (n % 6)
        ticket["vip"] = (True, False, None)[n % 3]
        if n % 4 == 0:
            ticket["first_response"] = f"2021-03-02T0{n % 10}:00:00Z"
        yield ticket


_HEADER: Final = "Id,Opened,Answered,Solved,Closed,Seen,Edition,Tier,Group"

TRIALS: Final = (
    Trial(
        "counts of CSV",
        (_POLICY,),
        {"tickets.csv": csv_lines(_HEADER, _rows())},
        _MAPPING,
        as_of=("", "2021-10-05T06:07:08Z"),
        by=("group", "tier"),
    ),
    Trial(
        "counts under two revisions, in a period",
        (_EARLIER, _LATER),
        {"tickets.csv": csv_lines(_HEADER, _rows())},
        _MAPPING,
        as_of=("2021-10-05T06:07:08Z",),
        period="2020-03-04T11:05:30Z/2021-07-01+02:00",
        by=("edition",),
    ),
    Trial(
        "more groups than are told apart",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_many())},
        as_of=("2021-03-05T00:00:00Z",),
        period="2021-03-01/",
        by=("requester",),
    ),
    Trial(
        "groups by what no ticket says",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_many())},
        as_of=("2021-03-02T04:30:00Z",),
        by=("vip", "language"),
    ),
)
