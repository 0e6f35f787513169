"""Revisions: bounds, instants that straddle them, vocabularies and rules that differ, a time before the first."""

from __future__ import annotations

from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines

_POLICY: Final = """\
supportpolicy: 1
id: revisions
title: Revisions
revision: {label}
in_force: {{{span}}}
in_force_by: {by}
scope: [paid]
facts:
  edition: {{one_of: [{editions}]}}
clauses:
  all: {{section: Preamble, says: Everything.}}
rules:
  paid: {{kind: eligibility, clause: all, require: {{edition: [{paid}]}}}}
  answered: {{kind: deadline, clause: all, start: submitted, stop: first_response, within: {within} in 24x7}}
  apology: {{kind: duty, clause: all, when: {{verdict: {{answered: fail}}}}, require: {{closed: {{present: true}}}}}}
  {own}
exclude: [{{reason: {label} test, when: {{tags: [{label}]}}}}]
"""


def _revisions(by: str) -> tuple[str, ...]:
    first = _POLICY.format(
        label="first", span="from: 2021-01-01T00:00:00Z, until: 2021-02-01T00:00:00Z", by=by, editions="trial, team",
        paid="team", within="12h", own="old: {kind: duty, clause: all, require: {edition: {present: true}}}",
    )  # fmt: skip
    second = _POLICY.format(
        label="second", span="from: 2021-02-01T00:00:00Z, until: 2021-06-01T00:00:00Z", by=by, editions="trial, team, gold",
        paid="team, gold", within="6h", own="new: {kind: unique, clause: all, field: reference}",
    )  # fmt: skip
    return second, first  # in no order of time


_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: UTC
fields:
  id: id
  submitted: {column: submitted, precision: {unit: 1h, by: floor}}
  first_response: {column: answered, empty: never}
  closed: {column: closed, empty: never}
  edition: edition
  reference: reference
  tags: tags
"""

_SUBMITTED: Final = (
    "2020-12-31T22:00:00",
    "2020-12-31T23:00:00",
    "2020-12-31T23:30:00",
    "2021-01-01T00:00:00",
    "2021-01-31T22:59:59.999999",
    "2021-01-31T23:00:00",
    "2021-01-31T23:30:00",
    "2021-02-01T00:00:00",
    "2021-03-01T00:00:00",
    "2021-05-31T22:59:00",
    "2021-05-31T23:00:00",
    "2021-05-31T23:00:00.000001",
    "2021-06-01T00:00:00",
    "",
    "soon",
)
_ANSWERED: Final = ("", "2021-02-01T05:30:00", "2021-02-01T06:30:00", "2021-02-01T20:00:00", "2021-01-01T11:00:00")
_EDITIONS: Final = ("team", "gold", "trial", "golden", "")
_TICKETS: Final = csv_lines(
    "id,submitted,answered,closed,edition,reference,tags",
    (
        f"{n},{_SUBMITTED[n % 15]},{_ANSWERED[n % 5]},{_SUBMITTED[n * 4 % 15]},{_EDITIONS[n % 13 % 5]},"
        f"R{n % 90},{('', 'first', 'second')[n % 17 % 3]}"
        for n in range(330)
    ),
)

TRIALS: Final = (
    Trial(
        "revisions by submission", _revisions("submitted"), {"tickets.csv": _TICKETS}, _MAPPING,
        as_of=("", "2021-02-01T03:00:00Z"), asked="5",
    ),
    Trial("revisions by closing", _revisions("closed"), {"tickets.csv": _TICKETS}, _MAPPING),
)  # fmt: skip
