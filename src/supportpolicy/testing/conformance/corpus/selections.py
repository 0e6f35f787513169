"""Which events a rule speaks of: of several kinds, by whom, before and after a moment, and how long they are waited for."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: selections
title: Selections
clauses:
  all: {section: Preamble, says: Everything.}
facts:
  status: {one_of: [new, open, solved]}
  edition: {one_of: [pro]}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}, span: {from: 2025-03-01, until: 2025-06-01}}
terms:
  called first: {happens: {kind: call, by: customer}, before: first_response}
rules:
  communication: {kind: deadline, clause: all, start: submitted, within: 4h in 24x7,
    stop: {first: [staff_message, {kind: call, by: [staff, bot]}]}}
  each-word: {kind: deadline, clause: all, each: [customer_message, {kind: call, by: customer}], within: 2h in office,
    stop: [staff_message, call]}
  changes: {kind: deadline, clause: all, each: [{status: open, by: staff}, {status: [open, new]}], within: 1h in 24x7,
    stop: [{status: solved, by: [customer, staff]}, call], until: closed}
  solved-by-staff: {kind: deadline, clause: all, start: submitted, stop: {last: {status: solved, by: staff}},
    within: 8h in 24x7}
  last-word: {kind: deadline, clause: all, start: {last: [staff_message, call]}, stop: closed, not_before: 2h in 24x7}
  later: {kind: deadline, clause: all, each: customer_message, after: first_response, stop: staff_message,
    within: 2h in 24x7}
  after-closing: {kind: deadline, clause: all, each: [customer_message, call], after: closed, stop: staff_message,
    within: 3h in office, until: {last: {status: solved}}}
  further: {kind: deadline, clause: all, each: staff_message, after: {first: call}, stop: staff_message,
    within: 2h in 24x7}
  called: {kind: duty, clause: all, require: {happens: [call, {status: solved}]}}
  stirred: {kind: duty, clause: all, require: {happens: [{status: solved}, {kind: status, by: bot}, {status: open}]}}
  stirred-by-bots: {kind: duty, clause: all, require: {happens: [{kind: status, by: bot}, {status: [solved, open]}]}}
  not-called: {kind: duty, clause: all, require: {not: {happens: {kind: call, by: bot}}}, settled_by: resolved}
  called-before: {kind: duty, clause: all, require: {happens: call, before: {last: staff_message}}}
  called-in-between: {kind: duty, clause: all,
    require: {happens: {kind: call, by: [staff, customer]}, after: {first: customer_message}, before: resolved}}
  called-soon: {kind: duty, clause: all, require: {happens: call, within: 3h in office, before: resolved},
    settled_by: submitted}
  answered: {kind: duty, clause: all, require: {happens: staff_message, after: {first: {status: [solved]}}}}
  spoken: {kind: language, clause: all, of: [replies, {kind: call, by: staff}], languages: [en], when: called first}
  calls: {kind: channel, clause: all, of: call, channels: [phone], when: {not: called first}}
  their-words: {kind: language, clause: all, of: [customer_message, {kind: call, by: customer}], languages: [en, de]}
first_response: {counts: [internal_note]}
"""

_TIMES: Final = tuple(f"2025-03-28T{hour:02}:{minute}:00Z" for hour in range(8, 15) for minute in ("00", "30"))
_ROLES: Final = (None, "customer", "staff", "staff", "bot", "system")


def _event(chance: Random, at: str) -> dict[str, Any]:
    kind = chance.choice(("customer_message", "staff_message", "staff_message", "status", "call", "call"))
    event: dict[str, Any] = {"at": at, "kind": kind}
    if kind == "status" and chance.random() < 0.95:
        event["value"] = chance.choice(("new", "open", "open", "solved", "solved", "sovled", None))
    if kind in ("status", "call"):
        event["role"] = chance.choice(_ROLES)
    else:
        event["public"] = chance.choice((True, True, True, False, None))
        event["automatic"] = chance.choice((False, False, False, True, None))
        if chance.random() < 0.1:
            event["role"] = chance.choice(_ROLES)
    if chance.random() < 0.9:
        event["language"] = chance.choice(("en", "en", "en", "de", "xq", None))
        event["channel"] = chance.choice(("phone", "phone", "phone", "email", "fax", None))
    return event


def _drawn(seed: int, number: int) -> Iterator[dict[str, Any]]:
    chance = Random(seed)
    for n in range(number):
        ticket: dict[str, Any] = {"id": f"{seed}-{n}"}
        if chance.random() < 0.97:
            ticket["submitted"] = chance.choice(_TIMES[:4])
        for name in ("resolved", "closed", "first_response"):
            if chance.random() < 0.9:
                ticket[name] = chance.choice((*_TIMES, "2025-06-02T09:00:00Z", None, None))
        if chance.random() < 0.2:
            ticket["created_by_role"] = chance.choice(("customer", "staff"))
        if chance.random() < 0.95:
            times = [chance.choice(_TIMES) for _ in range(chance.choice((0, 1, 2, 3, 5, 8, 8)))]
            items = [_event(chance, at) for at in times]
            if chance.random() < 0.6:
                items.insert(0, {"at": _TIMES[0], "kind": "customer_message", "public": True, "automatic": False})
            ticket["events"] = {"complete": chance.random() < 0.9, "items": items} if chance.random() < 0.95 else None
        yield ticket


_DOUBLY_IN_DOUBT: Final = {
    "id": "2-0",
    "submitted": _TIMES[0],
    "events": {"complete": True, "items": [{"at": _TIMES[1], "kind": "status", "value": "sovled"}]},
}

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: UTC
fields:
  id: id
  submitted: {column: opened, precision: {unit: 1h, by: floor}}
  first_response: {elapsed: answered, unit: m, clock: 24x7, empty: never}
  resolved: {column: solved, precision: {unit: 30m, by: nearest}, empty: never}
  closed: {elapsed: closed, unit: h, clock: office, empty: unknown}
events:
  table: log
  ticket: ticket
  complete: true
  fields:
    at: {column: time, precision: {unit: 30m, by: floor}}
    kind: what
    role: who
    public: {constant: "true"}
    automatic: {column: machine, empty: unknown}
    language: tongue
    channel: {constant: phone}
    value: {column: new, optional: true}
"""


def _rows(seed: int, number: int) -> tuple[bytes, bytes]:
    """Tickets and the table of their events, whose times are coarse."""
    chance = Random(seed)
    tickets, log = [], []
    for n in range(number):
        solved, closed = chance.choice((*_TIMES, "")), chance.choice(("1", "2", "", ""))
        tickets.append(f"{n},{chance.choice(_TIMES[:4])},{chance.choice(('30', '90', ''))},{solved},{closed}")
        for _ in range(chance.choice((0, 1, 2, 3, 5, 8))):
            kind = chance.choice(("customer_message", "staff_message", "status", "call", "call"))
            who = chance.choice(("customer", "staff", "")) if kind in ("status", "call") else ""
            new = chance.choice(("open", "solved")) if kind == "status" else ""
            machine = chance.choice(("false", "false", "true", ""))
            log.append(f"{n},{chance.choice(_TIMES)},{kind},{who},{machine},{chance.choice(('en', 'de', ''))},{new}")
    return csv_lines("id,opened,answered,solved,closed", tickets), csv_lines(
        "ticket,time,what,who,machine,tongue,new", log
    )


_TICKETS, _LOG = _rows(3, 80)

TRIALS: Final = (
    Trial(
        "selections, drawn",
        (_POLICY,),
        {"tickets.jsonl": json_lines([*_drawn(1, 130), _DOUBLY_IN_DOUBT])},
        as_of=("2025-03-28T14:30:00Z",),
        exported_at="2025-04-01T00:00:00Z",
        asked="1-7",
    ),
    Trial(
        "selections, of coarse times",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.csv", _LOG)},
        as_of=("2025-03-28T12:00:00Z",),
    ),
)
