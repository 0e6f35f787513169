"""Clocks that start or stop with the latest or the earliest of several moments, whichever of them are known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: outermost
title: Outermost
clauses:
  all: {section: Preamble, says: Everything.}
facts:
  informed: {type: instant}
  status: {one_of: [open, solved]}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: [09:00-12:00, 13:00-17:00]}, span: {from: 2025-03-01, until: 2025-06-01}}
rules:
  later-start: {kind: deadline, clause: all, start: {latest: [submitted, informed]}, stop: first_response,
    within: 2h in office}
  earlier-start: {kind: deadline, clause: all, start: {earliest: [informed, submitted]}, stop: first_response,
    within: 1 business day in office}
  of-three: {kind: deadline, clause: all, start: {latest: [informed, first call, first_response]}, stop: closed,
    within: 5h in 24x7, start_at_next_opening: office}
  last-before: {kind: deadline, clause: all, start: {latest: [last call, informed]}, stop: closed,
    not_before: 1h in 24x7}
  later-stop: {kind: deadline, clause: all, start: submitted, stop: {latest: [first_response, first call]},
    within: 3h in office, pause_while: {status: solved}}
  earlier-stop: {kind: deadline, clause: all, start: submitted, stop: {earliest: [first_response, first call, closed]},
    within: 1h in 24x7, start_at_next_opening: office}
  too-soon: {kind: deadline, clause: all, start: informed, stop: {earliest: [closed, {last: {status: solved}}]},
    not_before: 4h in office}
  by-status: {kind: deadline, clause: all, start: {earliest: [informed, first call]},
    stop: {latest: [closed, submitted]}, within: {by: status, table: {open: 4h in office, solved: as agreed informed}}}
  replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message,
    until: {latest: [closed, {last: {status: solved}}]}, within: 2h in office}
"""

_TIMES: Final = (
    "2025-03-28T07:59:59.999999Z",
    "2025-03-28T09:00:00Z",
    "2025-03-28T11:00:00Z",  # at the closing for lunch
    "2025-03-28T14:00:00.000001Z",
    "2025-03-31T07:00:00Z",  # Monday, at the opening in summer time
    None,
    "",
    "soon",
)


def _tickets() -> Iterator[dict[str, Any]]:
    messages = [
        {"at": _TIMES[1], "kind": "customer_message"},
        {"at": _TIMES[2], "kind": "staff_message", "public": True, "automatic": False},
        {"at": _TIMES[2], "kind": "staff_message", "public": None, "automatic": False},
    ]
    for number, (submitted, informed, closed) in enumerate(product((*_TIMES[1:3], *_TIMES[5:7]), _TIMES, _TIMES[1:7])):
        ticket: dict[str, Any] = {"id": str(number), "status": ("open", "solved", None, "odd")[number % 4]}
        answered = _TIMES[number % 7]
        for name, at in (
            ("submitted", submitted),
            ("informed", informed),
            ("closed", closed),
            ("first_response", answered),
        ):
            if at != "":
                ticket[name] = at
        if number % 5 == 4:
            ticket["created_by_role"] = "staff"
        if number % 3:
            solved = {"at": _TIMES[3], "kind": "status", "value": ("solved", "open", "odd")[number % 11 % 3]}
            items = [*messages[: number % 4], *([{"at": _TIMES[number % 5], "kind": "call"}] * (number % 2)), solved]
            ticket["events"] = {"complete": number % 7 > 0, "items": items}
        elif number % 2:
            ticket["events"] = None
        yield ticket


_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: UTC
exported_at: 2025-03-28T15:00
fields:
  id: number
  submitted: {column: opened, precision: {unit: 1h, by: floor}, empty: unknown}
  informed: {column: informed, precision: {unit: 1h, by: ceil}, empty: never}
  closed: {column: closed, precision: {unit: 1h, by: nearest}, empty: never}
  first_response: {elapsed: reply, unit: m, clock: 24x7, empty: never}
  status: {constant: open}
"""


def _rows() -> Iterator[str]:
    hours = ("2025-03-28 09:00", "2025-03-28 09:20", "2025-03-28 10:00", "2025-03-28 15:00", "")
    for number, (opened, informed, closed) in enumerate(product(hours, hours, hours)):
        yield f"{number},{opened},{informed},{closed},{('', '30', '-1')[number % 3]}"


TRIALS: Final = (
    Trial(
        "outermost, of moments and events",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_tickets())},
        as_of=("2025-03-28T13:00:00Z", "2025-03-31T09:00:00Z"),
        asked="17",
    ),
    Trial(
        "outermost, by the hour",
        (_POLICY,),
        {"tickets.csv": csv_lines("number,opened,informed,closed,reply", _rows())},
        mapping=_MAPPING,
        as_of=("", "2025-03-29T00:00:00Z"),
    ),
)
