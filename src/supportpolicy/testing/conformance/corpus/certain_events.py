"""Logs in which of most tickets every event is exact and known, and of a few one is not: both must come to the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines

_POLICY: Final = """\
supportpolicy: 1
id: certain-events
title: Events that are certain, and some that are not
facts: {status: {one_of: [new, open, pending, solved, closed]}}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: [09:00-12:00, 13:00-17:00]}, span: {from: 2025-03-01, until: 2025-06-01}}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 1h in office}
  each-answered: {kind: deadline, clause: all, each: customer_message, stop: staff_message, within: 1h in office}
  until-solved: {kind: deadline, clause: all, each: customer_message, stop: [staff_message, {status: pending}],
    within: 20m in 24x7, until: {last: {status: [solved, closed]}}, after: {first: {status: open}}}
  resolved: {kind: deadline, clause: all, start: submitted, stop: {first: {status: [solved]}}, within: 3h in office,
    pause_while: {status: pending}}
  reopened: {kind: deadline, clause: all, start: {first: {status: open}}, stop: {last: {status: [solved, closed]}},
    within: 4h in 24x7, pause_while: {not: {status: [new, open]}}}
  called: {kind: duty, clause: all, require: {happens: {kind: call, by: staff}, after: first_response}}
"""
_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
fields: {id: id, submitted: opened}
events:
  table: log
  ticket: ticket
  complete: true
  fields: {at: time, kind: what, role: who, public: seen, automatic: {constant: "false"}, value: new, from: old}
"""
_COARSE: Final = _MAPPING.replace("at: time", "at: {column: time, precision: {unit: 1m, by: floor}}")
_NUMBER: Final = 60
_MANY: Final = 1_100
"""More events of one instant than are told apart by their places."""


def _time(minute: int, second: int = 0) -> str:
    return f"2025-03-10T{7 + minute // 60:02}:{minute % 60:02}:{second:02}Z"


def _name(number: int) -> str:
    """Mostly a whole number."""
    return {7: "007", 21: "x21", 33: "-33", 40: "9" * 25}.get(number, str(number))


def _events(number: int) -> Iterator[tuple[int, str]]:
    """The events of a ticket that was submitted in that minute, each with its own minute."""
    seen = {3: "", 4: "perhaps"}.get(number, "true")
    brought = {5: "", 6: "lost"}.get(number, "pending")
    yield number, "message,customer,true,,"
    yield number, "status,system,,open,new"
    yield number + number % 9 * 10, f"message,staff,{seen},,"
    yield number + number % 9 * 10, f"status,staff,,{brought},open"
    yield number + 95, "message,customer,true,,"
    yield number + 95, "status,system,,open,pending"
    if number == 10:
        for place in range(_MANY):
            yield number + 97, f"status,system,,{('pending', 'open')[place % 2]},{('open', 'pending')[place % 2]}"
    if number % 4:
        yield number + 100, "message,staff,true,,"
        yield number + 100 + number % 5 * 20, f"call,{'staff' if number % 3 else ''},,,"
    if number % 7:
        yield number + 150, "status,staff,,solved,open"


def _log(number: int) -> Iterator[tuple[int, int, str]]:
    for place, (minute, rest) in enumerate(_events(number)):
        at = "soon" if number == 8 and place == 3 else _time(minute)
        yield minute, number, f"{_name(number)},{at},{rest}"


_ROWS: Final = [row for number in range(_NUMBER) for row in _log(number)]
_LOG: Final = csv_lines(
    "ticket,time,what,who,seen,new,old",
    [text for _, _, text in sorted(_ROWS, key=lambda row: row[:2])] + [f"nobody,{_time(1)},call,staff,,,"],
)
_BACKWARDS: Final = csv_lines("ticket,time,what,who,seen,new,old", [text for *_, text in _ROWS[::-1]])
_TICKETS: Final = csv_lines("id,opened", [f"{_name(number)},{_time(number)}" for number in range(_NUMBER)])
_AS_OF: Final = ("2025-03-10T10:30:00Z", "2025-03-11T00:00:00Z")

TRIALS: Final[tuple[Trial, ...]] = (
    Trial(
        "events, mostly certain", (_POLICY,), {"tickets.csv": _TICKETS}, _MAPPING, {"log": ("log.csv", _LOG)}, _AS_OF
    ),
    Trial(
        "events, mostly certain, from the last to the first",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.csv", _BACKWARDS)},
        _AS_OF[1:],
    ),
    Trial(
        "events of whole minutes",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _COARSE,
        {"log": ("log.csv", _LOG)},
        _AS_OF[1:],
    ),
)
