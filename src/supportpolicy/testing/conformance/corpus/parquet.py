"""Tables whose columns have types: canonical tickets, exports, event logs and lookup tables in Parquet."""

from __future__ import annotations

from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial

_POLICY: Final = """\
supportpolicy: 1
id: parquet
title: Parquet
scope: [paid]
facts:
  edition: {one_of: [free, team, gold]}
  vip: {type: boolean}
  seats: {type: integer}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: [team, gold]}}
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 4h in 24x7}
  vip: {kind: duty, clause: all, on_fail: note, require: {vip: true}}
  few: {kind: duty, clause: all, on_fail: note, require: {seats: {at_most: 5}}}
  tagged: {kind: duty, clause: all, on_fail: note, require: {tags: urgent}}
  once: {kind: unique, clause: all, field: reference}
"""
_REPLIES: Final = """\
  by-mail: {kind: channel, clause: all, channels: [email], of: replies}
  english: {kind: language, clause: all, languages: [en], of: replies}
"""
_SUBMITTED: Final = "TIMESTAMPTZ '2021-03-01 08:00:00+00' + to_seconds(n % 7 * 3600)"
_WORDS: Final = """\
    (CASE n % 6 WHEN 0 THEN 'team' WHEN 1 THEN ' GOLD' WHEN 2 THEN NULL WHEN 3 THEN '' WHEN 4 THEN 'gld' ELSE 'free' END)
        AS edition,
    (CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END) AS vip,
    (CASE n % 5 WHEN 0 THEN NULL ELSE n % 9 END)::SMALLINT AS seats,
    (CASE n % 4 WHEN 0 THEN ['Urgent', 'x'] WHEN 1 THEN [] WHEN 2 THEN ['calm', NULL] END) AS tags,
    (CASE WHEN n % 10 < 8 THEN 'R-' || n % 230 END) AS reference"""

_CANONICAL: Final = f"""
SELECT n // 2 AS id, {_SUBMITTED} AS submitted,
    (CASE WHEN n % 4 < 3 THEN {_SUBMITTED} + to_seconds(n * 300 % 30000) END) AS first_response,
{_WORDS}
FROM range(400) t(n)"""

_EVENTS: Final = f"""
SELECT 'T-' || n AS id, {_SUBMITTED} AS submitted,
{_WORDS},
    (CASE WHEN n % 11 > 0 THEN {{'complete': CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END, 'items': [
        {{'at': {_SUBMITTED} + to_seconds(n * 300 % 30000), 'kind': 'staff_message',
          'role': CASE WHEN n % 5 = 0 THEN 'bot' END, 'public': n % 7 > 0,
          'automatic': CASE WHEN n % 8 > 0 THEN false END,
          'channel': CASE n % 3 WHEN 0 THEN 'email' WHEN 1 THEN 'Phone' END,
          'language': CASE WHEN n % 2 = 0 THEN 'en-GB' END}},
        {{'at': CASE WHEN n % 13 > 0 THEN TIMESTAMPTZ '2021-03-01 07:00:00+00' END, 'kind': 'customer_message',
          'role': NULL, 'public': true, 'automatic': false, 'channel': 'e-mail', 'language': 'de'}}]}} END) AS events
FROM range(300) t(n)"""

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: parquet}
timezone: Europe/Berlin
fields:
  id: key
  submitted: opened
  first_response:
    column: times.answered
    precision: {unit: 1m, by: nearest}
    empty: {never_when: {column: state, in: [open, "7"]}}
  resolved: {elapsed: took, unit: m, clock: 24x7, empty: unknown}
  edition: {column: plan.name, empty: never, values: {gld: gold}}
  vip: {column: important, values: {"1": "true", "0": "false"}}
  seats: seats
  tags: {column: labels, separator: "|"}
  reference: reference
"""
_EXPORT: Final = """
SELECT n::{type} AS key,
    TIMESTAMP '2021-03-01 08:00:00' + to_seconds(n % 7 * 3600) AS opened,
    {{'answered': CASE WHEN n % 4 < 3 THEN TIMESTAMPTZ '2021-03-01 08:00:00+00' + to_seconds(n * 300 % 90000) END}} AS times,
    (CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'closed' END) AS state,
    (CASE n % 5 WHEN 0 THEN 90 WHEN 1 THEN -1 WHEN 2 THEN 0.5 END)::DECIMAL(10, 2) AS took,
    {{'name': CASE n % 4 WHEN 0 THEN 'Team' WHEN 1 THEN 'gld' WHEN 2 THEN 'x' END, 'since': DATE '2020-01-01'}} AS plan,
    (CASE n % 3 WHEN 0 THEN 1 WHEN 1 THEN 0 END)::UTINYINT AS important,
    (CASE n % 4 WHEN 0 THEN 3 WHEN 1 THEN 170141183460469231731687303715884105727 END)::{seats} AS seats,
    (CASE n % 3 WHEN 0 THEN 'Urgent|a' WHEN 1 THEN '|' END) AS labels,
    (CASE WHEN n % 10 < 8 THEN 'R-' || n % 230 END) AS reference
FROM range({first}, {last}) t(n)"""
_ONE: Final = _EXPORT.format(type="INTEGER", seats="DOUBLE", first=0, last=200)
_OTHER: Final = _EXPORT.format(type="VARCHAR", seats="VARCHAR", first=150, last=300)

_LOG: Final = """\
supportpolicy-mapping: 1
source: {name: parquet}
rows: {one_ticket_per: number, keep: last, order_by: {column: step, as: integer}, ties: last_in_file}
fields:
  id: number
  submitted: opened
  first_response: {column: answered, empty: never}
  edition: edition
  organization: company
lookups:
  vip: {table: companies, key: organization, match: name, value: vip, valid: [since, until]}
  seats: {table: companies, key: organization, match: name, value: seats}
"""
_STEPS: Final = f"""
SELECT (CASE WHEN n % 17 > 0 THEN n % 40 END) AS number, (CASE WHEN n % 19 > 0 THEN n % 5 END) AS step,
    {_SUBMITTED} AS opened,
    (CASE WHEN n % 3 > 0 THEN {_SUBMITTED} + to_seconds(n * 300 % 30000) END) AS answered,
    (CASE n % 4 WHEN 0 THEN 'team' WHEN 1 THEN 'free' WHEN 2 THEN 'gold' ELSE 'gld' END) AS edition, 'C' || n % 6 AS company
FROM range(200) t(n)"""
_COMPANIES: Final = """
SELECT 'C' || n % 5 AS name, n % 2 = 0 AS vip, n % 5 + n // 8 AS seats,
    (CASE WHEN n > 4 THEN TIMESTAMPTZ '2021-03-01 10:00:00+00' END) AS since,
    (CASE WHEN n < 5 THEN TIMESTAMPTZ '2021-03-01 10:00:00+00' END) AS until
FROM range(10) t(n)"""
_BYTES: Final = """
SELECT n AS id, TIMESTAMPTZ '2021-03-01 08:00:00+00' AS submitted, 'team'::BLOB AS edition,
    (CASE n % 3 WHEN 0 THEN 'caf\\xE9' WHEN 1 THEN 'caf\\xC3\\xA9' END)::BLOB AS reference
FROM range(12) t(n)"""

TRIALS: Final = (
    Trial(
        "parquet, canonical", (_POLICY,), {"tickets.parquet": _CANONICAL.encode()}, as_of=("", "2021-03-01T11:00:00Z")
    ),
    Trial("parquet, events", (_POLICY + _REPLIES,), {"tickets.parquet": _EVENTS.encode()}, asked="T-7"),
    Trial(
        "parquet, mapped",
        (_POLICY,),
        {"one.parquet": _ONE.encode(), "other.parquet": _OTHER.encode()},
        _MAPPING,
        as_of=("", "2021-03-01T15:30:00Z"),
        asked="160",
    ),
    Trial(
        "parquet, several rows a ticket",
        (_POLICY,),
        {"tickets.parquet": _STEPS.encode()},
        _LOG,
        {"companies": ("companies.parquet", _COMPANIES.encode())},
    ),
    Trial("parquet, bytes", (_POLICY,), {"tickets.parquet": _BYTES.encode()}, exported_at="2021-03-02T00:00:00Z"),
)
