"""Deadlines at their bounds: to the microsecond, by whole minutes, measured by the vendor, in zones whose clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: clocks
title: Clocks
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 1h in 24x7}
  resolution: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 40h in 24x7}
  after-response: {kind: deadline, clause: all, start: first_response, stop: resolved, within: 2h in 24x7, on_fail: note}
  at-once: {kind: deadline, clause: all, start: submitted, stop: acknowledged, within: 1s in 24x7}
  came: {kind: eligibility, clause: all, on_fail: note, require: {resolved: {present: true}}}
  awaited: {kind: duty, clause: all, require: {resolved: {present: true}}, settled_by: closed}
  then-closed: {kind: deadline, clause: all, start: first_response, stop: closed, within: 2h in 24x7}
  closing: {kind: deadline, clause: all, start: submitted, stop: closed, within: 14 days in 24x7}
  customer: {kind: deadline, clause: all, party: customer, start: resolved, stop: closed, within: 7 days in 24x7,
    when: {priority: [high]}}
facts:
  priority: {one_of: [high, low]}
"""

_STOPS: Final = (
    "2021-03-01T07:59:59.999999Z",
    "2021-03-01T08:00:00Z",
    "2021-03-01T08:59:59.999999Z",
    "2021-03-01T09:00:00Z",
    "2021-03-01T09:00:00.000001Z",
    "2021-03-01T10:00:00+01:00",
    "2021-03-02T23:59:59.9999999Z",
    "2021-03-03T00:00:00Z",
    "2021-03-03T00:00:00.000001Z",
    None,
    "",
    "yesterday",
)


def _exact() -> Iterator[dict[str, Any]]:
    for number, (response, resolved) in enumerate(product(_STOPS, _STOPS)):
        ticket: dict[str, Any] = {"id": str(number), "submitted": "2021-03-01T08:00:00Z", "priority": "high"}
        if response != "":
            ticket["first_response"] = ticket["acknowledged"] = response
        if resolved != "":
            ticket["resolved"] = resolved
            ticket["closed"] = (None, "2021-03-10T00:00:00Z", "2021-03-09T23:59:59Z")[number % 3]
        if number % 7 == 0:
            ticket["submitted"] = (None, "2021-03-01T08:00:00", "2021-03-02T08:00:00Z")[number % 3]
        yield ticket


_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: Europe/Berlin
nulls: [n/a, "-"]
exported_at: 2021-04-15T12:00
not_recorded: [acknowledged]
fields:
  id: number
  submitted: {column: opened, format: D.M.YYYY hh:mm, precision: {unit: 1m, by: floor}}
  first_response: {column: answered, format: D.M.YYYY hh:mm, precision: {unit: 1m, by: floor}, empty: never}
  resolved: {column: solved, format: D.M.YYYY hh:mm, precision: {unit: 5m, by: nearest}, empty: unknown}
  closed: {column: closed, format: D.M.YYYY hh:mm, precision: {unit: 1h, by: ceil},
    empty: {never_when: {column: state, in: [open, pending]}}}
  priority: {column: priority, values: {"1": high, "2": low}}
"""

_MEASURED: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
fields:
  id: number
  submitted: {column: opened, precision: {unit: 1m, by: floor}}
  acknowledged: {elapsed: acknowledged, unit: s, clock: 24x7, empty: never}
  first_response: {elapsed: reply, unit: m, clock: 24x7, precision: {unit: 1m, by: floor}, empty: never}
  resolved: {elapsed: solved, unit: h, clock: business, empty: unknown}
  closed: {column: closed, empty: never}
  priority: priority
"""


_HOURLY: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: Europe/Berlin
exported_at: 2020-10-25T02:30
fields:
  id: number
  submitted: {column: opened, precision: {unit: 1h, by: floor}}
  acknowledged: {column: answered, empty: unknown}
  first_response: {column: answered, empty: never}
  resolved: {column: solved, precision: {unit: 10m, by: ceil}, empty: never}
  closed: {column: solved, empty: never}
  priority: {constant: High}
"""
_OPENED: Final = "2020-10-23T08:00:00+02:00"
_ANSWERED: Final = (
    "2020-10-23T07:59:59.999999+02:00",
    "2020-10-23T08:00:00+02:00",
    "2020-10-23T08:30:00+02:00",
    "2020-10-23T08:59:59.999999+02:00",
    "2020-10-23T09:00:00+02:00",
    "2020-10-23T09:30:00+02:00",
    "2020-10-23T09:59:59.999999+02:00",
    "2020-10-23T10:00:00+02:00",
    "",
)


def _hours() -> Iterator[str]:
    for number, (answered, solved) in enumerate(product(_ANSWERED, _ANSWERED)):
        yield f"h{number},{_OPENED},{answered},{solved}"
    for number, opened in enumerate(
        ("2020-10-25T01:00", "2020-10-25T02:00:00", "2020-10-25T02:30", "2020-10-25T03:00")
    ):
        yield f"f{number},{opened},,"
        yield f"g{number},{opened},{opened},{opened}"


def _coarse() -> Iterator[str]:
    minutes = ("08:58", "08:59", "09:00", "09:01", "07:59", "", "n/a", "9:00")
    for number, minute in enumerate(minutes):
        answered = minute and (f"1.3.2021 {minute}" if ":" in minute else minute)
        yield f"m{number},1.3.2021 08:00,{answered},2.3.2021 23:5{number},9.3.2021 0{number}:00,closed,{number % 3}"
    for number, (opened, answered) in enumerate(
        (
            ("28.3.2021 01:30", "28.3.2021 03:29"),
            ("28.3.2021 01:30", "28.3.2021 03:30"),
            ("28.3.2021 01:30", "28.3.2021 03:31"),
            ("28.3.2021 02:30", "28.3.2021 03:30"),
            ("28.3.2021 01:30", "28.3.2021 02:30"),
            ("25.10.2020 01:30", "25.10.2020 02:30"),
            ("25.10.2020 02:30", "25.10.2020 02:30"),
            ("25.10.2020 02:30", "25.10.2020 03:30"),
            ("25.10.2020 01:59", "25.10.2020 03:01"),
            ("15.4.2021 10:30", ""),
            ("15.4.2021 10:59", "-"),
            ("15.4.2021 11:00", ""),
            ("15.4.2021 11:01", ""),
            ("15.4.2021 11:59", ""),
            ("15.4.2021 12:00", ""),
            ("15.4.2021 12:01", ""),
            ("31.2.2021 12:01", "1.3.2021 12:00"),
            ("", "1.3.2021 12:00"),
        )
    ):
        yield f"z{number},{opened},{answered},,,{('open', 'closed', 'pending ')[number % 3]},{number % 4}"


def _durations() -> Iterator[str]:
    amounts = ("0", "59", "60", "61", "59.5", "60.000001", "-0", "-1", "", "1,5", "one", "999999999999")
    for number, amount in enumerate(amounts):
        quoted = f'"{amount}"' if "," in amount else amount
        closed = ("", "2021-03-01T10:59:00Z", "2021-03-01T11:00:30Z", "2021-03-01T11:02:00Z")[number % 4]
        yield f"d{number},2021-03-01T08:00:00Z,{number % 2},{quoted},{amount.partition(',')[0]},{closed},high"


TRIALS: Final = (
    Trial(
        "clocks, exact",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_exact())},
        as_of=("", "2021-03-01T08:59:59.999999Z", "2021-03-01T09:00:00Z", "2021-03-02T12:00:00Z"),
        asked="7",
    ),
    Trial(
        "clocks, exported before",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_exact())},
        as_of=("2021-03-01T09:30:00Z", "2021-03-31T00:00:00Z"),
        exported_at="2021-03-01T08:30:00Z",
    ),
    Trial(
        "clocks, by whole minutes in Berlin",
        (_POLICY,),
        {"view.csv": csv_lines("number,opened,answered,solved,closed,state,priority", _coarse())},
        _MAPPING,
        as_of=("", "2021-03-01T08:00:30Z", "2021-04-15T09:30:00Z", "2021-05-01T00:00:00Z"),
        asked="z3",
    ),
    Trial(
        "clocks, by whole hours, exported while the clocks are put back",
        (_POLICY,),
        {"view.csv": csv_lines("number,opened,answered,solved", _hours())},
        _HOURLY,
        as_of=(
            "",
            "2020-10-25T00:59:00Z",
            "2020-10-25T02:00:00Z",
            "2020-10-23T06:30:00Z",
            "2020-10-23T07:20:00.000001Z",
            "2020-10-23T07:25:00Z",
        ),
        exported_at="",
    ),
    Trial(
        "clocks, measured by the vendor",
        (_POLICY,),
        {"view.csv": csv_lines("number,opened,acknowledged,reply,solved,closed,priority", _durations())},
        _MEASURED,
        as_of=("", "2021-03-01T08:00:30Z", "2021-03-01T09:00:59.999998Z", "2022-01-01T00:00:00Z"),
    ),
)
