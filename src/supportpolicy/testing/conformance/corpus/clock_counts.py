"""Clocks counted each for itself: gates in doubt, clocks that are not known, ends by the hour, two revisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: clock-counts
title: Clocks, each for itself
facts:
  plan: {one_of: [bronze, gold]}
  vip: {type: boolean}
  status: {one_of: [open, pending]}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  gold: {kind: eligibility, clause: all, require: {plan: gold}}
  settled: {kind: duty, clause: all, require: {acknowledged: {present: true}}, on_fail: out_of_scope}
  replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message, within: 2h in 24x7, needs: [gold]}
  updates:
    {kind: deadline, clause: all, each: staff_message, stop: staff_message, until: resolved, within: 1h in 24x7,
      when: {vip: true}, on_fail: note, needs: [settled]}
  by-plan:
    kind: deadline
    clause: all
    each: customer_message
    stop: {status: [pending]}
    until: closed
    within: {by: [plan], table: {gold: 1h in 24x7, bronze: best effort}}
objectives:
  share: {clause: all, rule: replies, of: clocks, at_least: 50%, per: month in Europe/Berlin, by: [plan], minimum: 2}
  tickets: {clause: all, rule: replies, of: tickets, at_least: 50%, per: month in Europe/Berlin, by: [plan]}
  passes: {clause: all, rule: updates, of: clocks, at_least: 5 passes, per: quarter in UTC}
  fails: {clause: all, rule: replies, of: clocks, at_most: 3 fails, when: {vip: true}, by: [vip, plan]}
  all: {clause: all, rule: by-plan, of: clocks, at_most: 9 fails}
"""
_EARLIER: Final = _POLICY.replace(
    "id: clock-counts", "id: clock-counts\nrevision: earlier\nin_force: {until: 2021-03-16T00:00:00Z}"
)
_LATER: Final = (
    _POLICY.replace("id: clock-counts", "id: clock-counts\nrevision: later\nin_force: {from: 2021-03-16T00:00:00Z}")
    .replace("within: 2h", "within: 30m")
    .replace("until: closed", "until: resolved")
)
_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: UTC
fields:
  id: Id
  submitted: {column: Opened, precision: {unit: 1h, by: floor}, empty: never}
  resolved: {column: Solved, precision: {unit: 1h, by: floor}, empty: never}
  closed: {column: Closed, precision: {unit: 1h, by: ceil}, empty: unknown}
  acknowledged: {column: Seen, empty: never}
  plan: Plan
  vip: {column: Vip, empty: unknown}
events:
  table: log
  ticket: Ticket
  complete: true
  fields:
    at: Time
    kind: What
    value: {column: New, empty: never}
    public: {column: Public, empty: unknown}
    automatic: {constant: "false"}
"""


def _at(n: int, minute: int) -> str:
    day, hour = divmod(8 * 60 + minute + n * 7, 24 * 60)
    return f"2021-03-{n % 28 + 1 + day:02d}T{hour // 60:02d}:{hour % 60:02d}:00Z"


def _events(n: int) -> Iterator[tuple[str, str, str | None, bool | None]]:
    """Instant, kind, value, and whether it was public."""
    for step in range(n % 9):
        kind = ("customer_message", "staff_message", "status", "staff_message", "customer_message")[(n + step * 3) % 5]
        value = ("pending", "open", "pending")[(n + step) % 3] if kind == "status" else None
        yield _at(n, step * (17 + n * 13 % 90)), kind, value, None if (n + step) % 23 == 0 else (n + step) % 7 != 0


def _tickets() -> Iterator[dict[str, Any]]:
    for n in range(140):
        items = [
            {"at": at, "kind": kind, "value": value, "automatic": False}
            | ({} if public is None else {"public": public})
            for at, kind, value, public in _events(n)
        ]
        ticket: dict[str, Any] = {"id": n, "submitted": _at(n, 0), "events": {"complete": n % 11 != 0, "items": items}}
        for name, told in (
            ("plan", ("gold", "gold", "bronze", "silver", None)[n % 5]),
            ("vip", (True, True, False)[n % 3]),
            ("acknowledged", None if n % 4 else _at(n, 5)),
            ("resolved", None if n % 3 else _at(n, 100)),
            ("closed", None if n % 2 else _at(n, 180)),
        ):
            if n * 7 % 13 != len(name):
                ticket[name] = told
        if n % 17 == 3:
            ticket["submitted"] = None
        yield ticket


def _rows() -> Iterator[str]:
    for n in range(140):
        solved, closed, seen = ("" if n % k else _at(n, m) for k, m in ((3, 100), (2, 180), (4, 5)))
        plan = ("gold", "gold", "bronze", "silver", "")[n % 5]
        yield f"{n},{_at(n, 0)},{solved},{closed},{seen},{plan},{('true', 'true', 'false', '')[n % 4]}"


def _log() -> Iterator[str]:
    for n in range(140):
        for at, kind, value, public in _events(n):
            yield f"{n},{at},{kind},{value or ''},{'' if public is None else str(public).lower()}"


TRIALS: Final = (
    Trial(
        "clocks counted",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_tickets())},
        as_of=("", "2021-03-20T12:00:00Z"),
    ),
    Trial(
        "clocks counted, ends by the hour, under two revisions",
        (_EARLIER, _LATER),
        {"tickets.csv": csv_lines("Id,Opened,Solved,Closed,Seen,Plan,Vip", _rows())},
        _MAPPING,
        {"log": ("log.csv", csv_lines("Ticket,Time,What,New,Public", _log()))},
        as_of=("2021-03-20T12:00:00Z",),
    ),
)
