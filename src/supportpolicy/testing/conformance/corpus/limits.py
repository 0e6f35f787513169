"""Limits on calendars at their bounds: openings, closings, business days, what was agreed, tables, chosen calendars."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: limits
title: Limits
clauses:
  all: {section: Preamble, says: Everything.}
facts:
  plan: {one_of: [bronze, silver, gold]}
  severity: {one_of: [s1, s2, s3]}
  region: {one_of: [eu, us]}
  vip: {type: boolean}
  promised: {type: instant}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: [09:00-12:00, 13:00-17:00]}, holidays: [2025-03-31],
    span: {from: 2025-03-01, until: 2025-11-15}}
  ny: {zone: America/New_York, hours: {mon-fri: 09:00-17:00}}
  night: {zone: America/New_York, hours: {mon-sun: 22:00-06:00}}
  local: {choose: region, cases: {eu: office, us: ny}}
  urgent-office: {choose: [{vip: true, use: night}, {use: office}]}
  urgent: {choose: [{severity: s1, vip: true, use: 24x7}, {use: local}]}
rules:
  hours: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 7h in office}
  moment: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 1s in office}
  long: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 80h in office}
  by-night: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 8h in night}
  next-day: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 1 business day in office}
  days: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 3 business days in night}
  same-day: {kind: deadline, clause: all, start: submitted, stop: resolved, within: end of business day 0 in office}
  later-day: {kind: deadline, clause: all, start: submitted, stop: resolved, within: end of business day 2 in ny}
  opening: {kind: deadline, clause: all, start: submitted, stop: resolved, within: next opening in office}
  after-opening: {kind: deadline, clause: all, start: first_response, stop: resolved,
    not_before: next opening in urgent-office}
  agreed: {kind: deadline, clause: all, start: submitted, stop: resolved, within: as agreed promised}
  after-response: {kind: deadline, clause: all, start: first_response, stop: resolved, within: 2h in office, on_fail: note}
  table:
    kind: deadline
    clause: all
    start: submitted
    stop: first_response
    when: {vip: [true, false]}
    within:
      by: [plan, severity]
      table:
        bronze: {s1: 1 business day in local, else: not offered}
        silver: {s1: 8h in local, s2: best effort, s3: not stated}
        gold: {s1: 60m in urgent, s2: as agreed promised, s3: end of business day 1 in local}
  list:
    kind: deadline
    clause: all
    start: submitted
    stop: first_response
    within: {choose: [{vip: true, use: 1h in 24x7}, {tags: slow, use: 30h in local}, {use: 3h in urgent}]}
"""
_POLICY_WITHOUT_WHEN: Final = _POLICY.replace("    when: {vip: [true, false]}\n", "    when: {vip: {present: true}}\n")

_STARTS: Final = (
    "2025-03-28T06:00:00Z",  # Friday, before the opening
    "2025-03-28T08:00:00Z",  # at the opening
    "2025-03-28T11:00:00Z",  # at the closing for lunch
    "2025-03-28T11:30:00Z",  # at lunch
    "2025-03-28T15:59:59.999999Z",
    "2025-03-28T16:00:00Z",  # at the closing
    "2025-03-29T22:00:00Z",  # Saturday, in the night before the clocks change
    "2025-03-31T10:00:00Z",  # a holiday
    None,
    "",
    "2025-02-27T12:00:00Z",  # before the span
)
_STOPS: Final = (
    "2025-03-28T05:00:00Z",
    "2025-03-28T12:00:00Z",
    "2025-03-28T16:00:00Z",
    "2025-03-30T12:00:00Z",
    "2025-04-01T07:00:00Z",  # the next opening, in summer time
    "2025-04-01T07:00:00.000001Z",
    "2025-04-01T07:00:01Z",
    "2025-04-01T10:00:00Z",
    "2025-04-02T15:00:00Z",
    "2025-04-02T21:00:00Z",
    "2025-04-18T09:00:00Z",
    "2025-12-01T09:00:00Z",  # beyond the span
    None,
    "",
    "soon",
)
_CHOOSING: Final = tuple(
    product(("bronze", "silver", "gold", None, "golden", ""), ("s1", "s2", "s3", None, ""), ("eu", "us", ""))
)


def _exact() -> Iterator[dict[str, Any]]:
    for number, (start, stop) in enumerate(product(_STARTS, _STOPS)):
        ticket: dict[str, Any] = {"id": str(number), "vip": (True, False, None, "yes")[number % 4]}
        if start != "":
            ticket["submitted"] = start
        if stop != "":
            ticket["resolved"] = stop
            ticket["promised"] = _STOPS[number % len(_STOPS) - 1]
            ticket["first_response"] = _STOPS[number % 7]
        plan, severity, region = _CHOOSING[number % len(_CHOOSING)]
        told = {"plan": plan, "severity": severity, "region": region}
        ticket.update({name: value for name, value in told.items() if value != ""})
        if number % 5:
            ticket["tags"] = ["slow"] if number % 3 else []
        yield ticket


def _choosing() -> Iterator[dict[str, Any]]:
    responses = ("2025-03-28T13:00:00Z", "2025-03-28T21:00:00Z", "2025-04-01T09:00:00Z", None)
    for number, ((plan, severity, region), vip) in enumerate(product(_CHOOSING, (True, False, None, ""))):
        told = {"plan": plan, "severity": severity, "region": region, "vip": vip}
        yield {
            "id": f"c{number}",
            "submitted": "2025-03-28T12:00:00Z",
            "first_response": responses[number % 4],
            "tags": ["slow"] if number % 3 else [],
            "promised": ("2025-03-28T21:00:00Z", None, "soon")[number % 3],
            **{name: value for name, value in told.items() if value != ""},
        }


_COARSE: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: Europe/Berlin
exported_at: 2025-11-03T12:00
not_recorded: [vip]
fields:
  id: number
  submitted: {column: opened, precision: {unit: 1h, by: floor}}
  first_response: {column: answered, precision: {unit: 1m, by: nearest}, empty: never}
  resolved: {column: solved, precision: {unit: 1h, by: ceil}, empty: never}
  promised: {column: promised, precision: {unit: 1h, by: floor}, empty: never}
  plan: {column: plan, empty: never}
  severity: {constant: S3}
  region: {constant: eu}
  tags: {constant: quick}
"""
_MEASURED: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: Europe/Berlin
not_recorded: [vip, tags, region]
fields:
  id: number
  submitted: {column: opened, precision: {unit: 1h, by: floor}}
  first_response: {elapsed: answered, unit: h, clock: 24x7, empty: never}
  resolved: {elapsed: solved, unit: m, clock: office, precision: {unit: 1m, by: nearest}, empty: never}
  promised: {elapsed: promised, unit: h, clock: 24x7, empty: never}
  plan: {column: plan, empty: never}
  severity: {constant: s2}
"""
_HOURS: Final = (
    "2025-10-24 08:00",
    "2025-10-24 09:00",
    "2025-10-24 16:00",
    "2025-10-24 17:00",
    "2025-10-26 02:00",  # twice
    "2025-10-26 01:00",
    "2025-10-27 09:00",
    "2025-10-29 16:00",
    "2025-10-30 11:30",
    "2025-11-03 11:00",
    "2025-11-03 12:00",
    "2025-11-14 23:00",
    "",
)

_SHORT: Final = """\
supportpolicy: 1
id: short
title: A calendar of one year
calendars:
  office: {zone: UTC, hours: {mon-fri: 09:00-17:00}, span: {from: 2020-01-01, until: 2021-01-01}}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  fix: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 8h in office}
"""
_SHORTLY: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
fields:
  id: number
  submitted: opened
  resolved: {elapsed: solved, unit: m, clock: office, empty: never}
"""


def _hourly() -> Iterator[str]:
    plans = ("bronze", "silver", "gold", "")
    for number, (opened, solved) in enumerate(product(_HOURS, _HOURS)):
        answered, promised = _HOURS[number % len(_HOURS)], _HOURS[(number * 5 + 3) % len(_HOURS)]
        yield f"h{number},{opened},{answered},{solved},{promised},{plans[number % 4]}"


def _durations() -> Iterator[str]:
    minutes = ("0", "419", "420", "421", "419.5", "4800", "", "-1", "many")
    for number, (opened, solved) in enumerate(product(_HOURS, minutes)):
        yield f"d{number},{opened},{number % 9},{solved},{number % 30},{('gold', 'silver')[number % 2]}"


TRIALS: Final = (
    Trial(
        "limits, exact",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_exact())},
        as_of=(
            "",
            "2025-03-28T16:00:00Z",
            "2025-04-01T07:00:00Z",
            "2025-04-30T00:00:00Z",
            "2025-11-14T23:00:00Z",
        ),
        asked="18",
        by=("plan",),
    ),
    Trial(
        "limits, exported before",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_exact())},
        as_of=("2025-03-31T12:00:00Z", "2025-04-01T12:00:00Z", "2025-12-31T00:00:00Z"),
        exported_at="2025-03-28T12:30:00Z",
    ),
    Trial(
        "limits, out of tables",
        (_POLICY_WITHOUT_WHEN,),
        {"tickets.jsonl": json_lines(_choosing())},
        as_of=("2025-03-28T12:30:00Z", "2025-04-02T00:00:00Z"),
        asked="c7",
    ),
    Trial(
        "limits, by whole hours while the clocks are put back",
        (_POLICY,),
        {"view.csv": csv_lines("number,opened,answered,solved,promised,plan", _hourly())},
        _COARSE,
        as_of=("", "2025-10-24T15:30:00Z", "2025-10-26T00:30:00Z", "2025-10-27T08:30:00Z", "2025-11-15T00:00:00Z"),
    ),
    Trial(
        "limits, measured by the vendor",
        (_POLICY,),
        {"view.csv": csv_lines("number,opened,answered,solved,promised,plan", _durations())},
        _MEASURED,
        as_of=("", "2025-10-24T12:00:00Z", "2025-11-03T12:00:00Z"),
    ),
    Trial(
        "limits, measured beyond what the calendar knows",
        (_SHORT,),
        {
            "view.csv": csv_lines(
                "number,opened,solved",
                (
                    "1,2019-06-03T10:00:00Z,600",
                    "2,2020-06-03T10:00:00Z,600",
                    "3,2019-06-03T10:00:00Z,60",
                    "4,2019-06-03T10:00:00Z,",
                    "5,2020-12-31T10:00:00Z,",
                ),
            )
        },
        _SHORTLY,
        as_of=("2021-06-01T00:00:00Z",),
    ),
)
