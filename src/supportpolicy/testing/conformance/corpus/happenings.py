"""Clocks of events: each response, updates, pauses, the first and the last, openings; what happened; facts as they were."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: happenings
title: Happenings
clauses:
  all: {section: Preamble, says: Everything.}
facts:
  status: {one_of: [new, open, pending, hold, solved, closed]}
  priority: {one_of: [low, high]}
  plan: {one_of: [basic, pro]}
  stage: {one_of: [a, b], as_of: stop}
  tier: {one_of: [a, b], as_of: export}
  severity: {one_of: [s1, s2], as_of: first_set}
  promised: {type: instant}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: [09:00-12:00, 13:00-17:00]}, span: {from: 2025-03-01, until: 2025-06-01}}
  night: {zone: America/New_York, hours: {mon-sun: 22:00-06:00}}
rules:
  replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message, within: 2h in office}
  noted-replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message,
    within: 1h in 24x7, until: resolved,
    first_response: {counts: [internal_note, bot]}}
  updates: {kind: deadline, clause: all, each: staff_message, stop: staff_message, within: 5h in 24x7,
    until: {last: {status: [solved, closed]}}}
  paused-replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message, until: closed,
    within: 1h in office, pause_while: {status: [pending, hold]}}
  reopened: {kind: deadline, clause: all, each: {status: open}, stop: {status: [solved, closed]},
    within: 1 business day in office}
  agreed: {kind: deadline, clause: all, each: escalation, stop: call, within: as agreed promised, on_fail: note}
  paused: {kind: deadline, clause: all, start: submitted, stop: resolved,
    within: 4h in office, pause_while: {status: pending}}
  worked: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 6h in 24x7,
    pause_while: {not: {status: [new, open]}}}
  first-solved: {kind: deadline, clause: all, start: submitted, stop: {first: {status: [solved, closed]}},
    within: 5h in office}
  last-solved: {kind: deadline, clause: all, start: submitted, stop: {last: {status: [solved, closed]}},
    within: 30h in 24x7}
  escalated: {kind: deadline, clause: all, start: {first: escalation}, stop: first staff_message, within: 3h in night}
  no-early-close: {kind: deadline, clause: all, start: last staff_message, stop: closed,
    not_before: 1 business day in office}
  waited: {kind: deadline, clause: all, start: submitted, stop: resolved, not_before: 3h in office,
    pause_while: {status: [pending, hold]}}
  opening: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 1h in 24x7,
    start_at_next_opening: office}
  opening-resolved: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 2h in 24x7,
    start_at_next_opening: office, pause_while: {status: pending}}
  until-escalated: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 4h in 24x7,
    only_in: {calendar: office, until: {first: escalation}}}
  until-called: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 2h in 24x7,
    only_in: {calendar: night, until: {earliest: [{first: {kind: call, by: customer}}, promised]}}}
  until-answered: {kind: deadline, clause: all, start: submitted, stop: closed, not_before: 3h in 24x7,
    only_in: {calendar: office, until: first_response}}
  by-priority: {kind: deadline, clause: all, start: submitted, stop: resolved,
    within: {by: priority, table: {low: 8h in office, high: 2h in office}}}
  by-plan: {kind: deadline, clause: all, start: first_response, stop: resolved,
    within: {by: plan, table: {basic: 8h in 24x7, pro: 1h in 24x7}}}
  by-stage: {kind: deadline, clause: all, start: submitted, stop: resolved, pause_while: {status: hold},
    within: {by: [stage, tier], table: {a: {a: 8h in office, b: not offered}, b: 1h in 24x7}}}
  each-by-severity: {kind: deadline, clause: all, each: customer_message, stop: staff_message,
    within: {by: [severity, plan], table: {s1: {basic: 2h in office, pro: 1h in 24x7}, s2: best effort}}}
  called: {kind: duty, clause: all, require: {happens: call}, when: {submitted: {during: office}}}
  called-in-time: {kind: duty, clause: all, require: {happens: call, within: 2h in office}}
  solved-by-day: {kind: eligibility, clause: all, on_fail: note,
    require: {resolved: {during: office}, happens: {status: solved}}}
  first-severe: {kind: eligibility, clause: all, on_fail: note,
    require: {severity: {in: s1, as_of: first_set}, plan: {like: "p*", as_of: submission}}}
  was-high: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 6h in office,
    when: {any: [{priority: {in: [high], as_of: submission}}, {not: {status: {present: true, as_of: first_set}}}]}}
  answered: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 10h in 24x7,
    when: {happens: staff_message, within: 1 business day in office}}
"""

_TIMES: Final = (
    "2025-03-28T07:59:59Z",
    "2025-03-28T08:00:00Z",  # Friday, at the opening
    "2025-03-28T09:00:00Z",
    "2025-03-28T10:00:00Z",
    "2025-03-28T11:00:00Z",  # at the closing for lunch
    "2025-03-28T12:00:00Z",
    "2025-03-28T14:00:00Z",
    "2025-03-28T15:59:59.999999Z",
    "2025-03-28T16:00:00Z",
    "2025-03-28T20:00:00Z",
    "2025-03-31T06:00:00Z",
    "2025-03-31T07:00:00Z",  # Monday, at the opening in summer time
    "2025-03-31T08:00:00Z",
    "2025-03-31T10:30:00Z",
    "2025-04-01T09:00:00Z",
    "2025-06-02T09:00:00Z",  # beyond the span
)
_STATUS: Final = ("new", "Open", "pending", "hold", "solved", "closed", "pendin", 3, None)
_VALUES: Final = {
    "priority": ("low", "high", "urgent"),
    "plan": ("basic", "pro"),
    "stage": ("a", "b"),
    "severity": ("s1", "s2"),
}
_FLAGS: Final = (True, True, False, None)


def _event(chance: Random, at: str) -> dict[str, Any]:
    kind = chance.choice(
        (
            "customer_message",
            "staff_message",
            "staff_message",
            "status",
            "status",
            "status",
            "call",
            "escalation",
            "other",
        )
    )
    event: dict[str, Any] = {"at": at, "kind": kind}
    if kind == "other":
        event["kind"] = kind = chance.choice(tuple(_VALUES))
        event["value"] = chance.choice(_VALUES[kind])
        if chance.random() < 0.5:
            event["from"] = chance.choice((*_VALUES[kind], None))
    elif kind == "status":
        if chance.random() < 0.95:
            event["value"] = chance.choice(_STATUS[:6] if chance.random() < 0.9 else _STATUS)
        if chance.random() < 0.6:
            event["from"] = chance.choice((*_STATUS[:6], None))
    elif kind.endswith("_message"):
        for flag, values in (("public", _FLAGS), ("automatic", (False, False, True, None))):
            if chance.random() < 0.95:
                event[flag] = chance.choice(values)
        if chance.random() < 0.15:
            event["role"] = chance.choice(("customer", "staff", "bot", "system"))
    return event


def _drawn(seed: int, number: int) -> Iterator[dict[str, Any]]:
    chance = Random(seed)
    for n in range(number):
        ticket: dict[str, Any] = {"id": f"{seed}-{n}"}
        start = chance.choice(_TIMES[:8])
        if chance.random() < 0.97:
            ticket["submitted"] = start
        for name in ("resolved", "closed", "first_response", "promised"):
            if chance.random() < 0.9:
                ticket[name] = chance.choice((*_TIMES, None, None))
        for name, values in (("status", _STATUS[:7]), ("tier", ("a", "b")), *_VALUES.items()):
            if chance.random() < 0.85:
                ticket[name] = chance.choice((*values, None))
        if chance.random() < 0.3:
            ticket["created_by_role"] = chance.choice(("customer", "staff"))
        draw = chance.random()
        if draw < 0.05:
            ticket["events"] = None
        elif draw < 0.95:
            events = [_event(chance, chance.choice(_TIMES)) for _ in range(chance.choice((0, 1, 2, 3, 5, 8, 13)))]
            if events and chance.random() < 0.3:
                events.append(events[0])
            if chance.random() < 0.7:
                events.insert(0, {"at": start, "kind": "customer_message", "public": True, "automatic": False})
            ticket["events"] = {"complete": chance.random() < 0.85, "items": events}
        yield ticket


def _pairs() -> Iterator[dict[str, Any]]:
    """One pause, at every place beside the clock."""
    begins, ends = _TIMES[1:13:2], _TIMES[2:14:2]
    for number, (begin, end, resolved) in enumerate(
        product(begins, ends, ("2025-03-28T15:00:00Z", "2025-03-31T08:30:00Z", None))
    ):
        if begin < end:
            items = [
                {"at": begin, "kind": "status", "value": "pending", "from": "open"},
                {"at": end, "kind": "status", "value": "open"},
                {"at": "2025-03-28T09:30:00Z", "kind": "customer_message"},
                {"at": "2025-03-28T14:30:00Z", "kind": "staff_message", "public": True, "automatic": False},
            ]
            told = {"resolved": resolved, "closed": None, "first_response": None, "promised": None}
            yield {
                "id": f"p{number}",
                "submitted": "2025-03-28T09:00:00Z",
                **told,
                "events": {"complete": True, "items": items},
            }


_AS_OF: Final = (
    "2025-03-28T16:00:00Z",
    "2025-03-31T07:00:00Z",
    "2025-03-31T10:30:00Z",
    "2025-05-31T00:00:00Z",
)

TRIALS: Final = (
    Trial(
        "happenings, drawn",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_drawn(1, 140))},
        as_of=("", _AS_OF[1]),
        asked="1-7",
    ),
    Trial(
        "happenings, exported before",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_drawn(2, 100))},
        as_of=("2025-03-31T09:00:00Z",),
        exported_at="2025-03-28T13:00:00Z",
        by=("status",),
    ),
    Trial("happenings, paused", (_POLICY,), {"tickets.jsonl": json_lines(_pairs())}, as_of=_AS_OF[2:]),
)
