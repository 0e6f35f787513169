"""JSON of a helpdesk's own making, read through a mapping: keys within keys, lists, numbers, nulls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: nested
title: Nested
facts:
  edition: {one_of: [trial, team]}
  seats: {type: integer}
  vip: {type: boolean}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  seats: {kind: duty, clause: all, require: {seats: {at_least: 10}}}
  vip: {kind: duty, clause: all, require: {vip: "true"}}
  tags: {kind: duty, clause: all, require: {tags: [bug]}}
  written: {kind: channel, clause: all, channels: [email, web], on_fail: note}
  resolved: {kind: deadline, clause: all, needs: [paid], start: submitted, stop: resolved, within: 40h in 24x7}
  same: {kind: unique, clause: all, field: reference}
"""

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: jsonl}
nulls: ["-"]
fields:
  id: ticket.number
  submitted: {column: ticket.dates.opened, format: epoch-seconds}
  resolved: {column: ticket.dates.solved, format: epoch-milliseconds, empty: {never_when: {column: state.name, in: [open]}}}
  reference: {column: ticket.ref, empty: never}
  edition: {column: customer.plan, values: {"2": team}}
  seats: customer.seats
  vip: {column: customer.vip, values: {"yes": "true"}}
  tags: labels
  channel: {column: via, optional: true}
"""

_NOTHING: Final = object()
_PLANS: Final = ("team", 2, 2.0, "trial", "-", None, _NOTHING, True, ["team"], {"name": "team"})
_SOLVED: Final[tuple[Any, ...]] = (
    1614700800000,
    "1614729600000",
    1614729600001,
    None,
    "",
    "-",
    _NOTHING,
    1.5,
    "soon",
    [],
)
_LABELS: Final[tuple[Any, ...]] = (["bug"], "bug, other", ["Bug ", 3], [], None, _NOTHING, 7, "", {"0": "bug"})
_STATES: Final[tuple[Any, ...]] = ({"name": "open"}, {"name": " open "}, {"name": "closed"}, None, "open", {}, _NOTHING)
_VIPS: Final = (True, False, "yes", "no", 1, None, _NOTHING)


def _said(**stated: object) -> dict[str, object]:
    return {key: value for key, value in stated.items() if value is not _NOTHING}


def _rows() -> Iterator[dict[str, Any]]:
    for number in range(280):
        dates = _said(opened=1614585600 if number % 9 else "x", solved=_SOLVED[number % len(_SOLVED)])
        ticket = _said(number=number, ref=(f"R{number % 100}", number % 7, None)[number % 3], dates=dates)
        if number % 11 == 0:
            ticket["dates"] = ([], "2021-03-01", None)[number % 3]
        customer = _said(plan=_PLANS[number // 3 % len(_PLANS)], seats=(10, "11", 9.5, None)[number % 4],
                         vip=_VIPS[number % len(_VIPS)])  # fmt: skip
        yield _said(
            ticket=ticket,
            customer=customer if number % 13 else _NOTHING,
            state=_STATES[number // 2 % len(_STATES)],
            labels=_LABELS[number % len(_LABELS)],
            via=("email", "WEB", "pigeon", _NOTHING, 3)[number % 5],
            **({"state.name": "open"} if number % 17 == 0 else {}),
        )


TRIALS: Final = (
    Trial(
        "JSON of a helpdesk",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_rows())},
        _MAPPING,
        as_of=("", "2021-03-02T12:00:00Z"),
        asked="12",
    ),
)
