"""Event logs: several rows to one ticket, of which one is kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines

_POLICY: Final = """\
supportpolicy: 1
id: logs
title: Logs
facts:
  priority: {one_of: [critical, high, low]}
  impact: {one_of: [high, low]}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  resolved: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 5 days in 24x7}
  matrix: {kind: duty, clause: all, require: {any: [{priority: low}, {impact: high}]}}
  english: {kind: language, clause: all, languages: [en], on_fail: note}
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
"""

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {{name: csv}}
rows: {{one_ticket_per: number, keep: {keep}, order_by: {{column: {column}, as: {kind}}}, ties: {ties}}}
nulls: ["?"]
timezone: America/Sao_Paulo
not_recorded: [language]
fields:
  id: number
  submitted: {{column: opened, format: D/M/YYYY hh:mm, precision: {{unit: 1m, by: floor}}}}
  resolved: {{column: resolved, format: D/M/YYYY hh:mm, precision: {{unit: 1m, by: floor}}, empty: unknown}}
  priority: {{column: priority, values: {{1 - Critical: critical, 2 - High: high, 4 - Low: low}}}}
  impact: {{column: impact, values: {{1 - High: high, 3 - Low: low}}}}
"""

_HEADER: Final = "number,changed,count,opened,resolved,priority,impact"


def _rows() -> Iterator[str]:
    counts = ("0", "1", "10", "2", "?", "", "-1", "002", "many", "2")
    for step, count in enumerate(counts):
        for ticket in range(7):
            resolved = "?" if (step + ticket) % 3 else f"{5 + ticket % 3}/3/2021 08:0{ticket}"
            priority = ("1 - Critical", "2 - High", "4 - Low", "?", "3 - Moderate")[(step + ticket) % 5]
            impact = ("1 - High", "3 - Low", "")[(step * ticket) % 3]
            number = f"INC{ticket}" if ticket else ("", " INC1", "inc1")[step % 3]
            yield f"{number},2021-03-0{step % 9 + 1},{count},1/3/2021 08:0{ticket},{resolved},{priority},{impact}"


_FILE: Final = csv_lines(_HEADER, _rows())

TRIALS: Final = tuple(
    Trial(
        f"an event log: {keep} by {column}, {ties}",
        (_POLICY,),
        {"log.csv": _FILE, "log-2.csv": _FILE.replace(b",1,", b",11,")},
        _MAPPING.format(keep=keep, column=column, kind=kind, ties=ties),
        as_of=("2021-03-20T00:00:00Z",),
    )
    for keep, (column, kind), ties in product(
        ("last", "first"), (("count", "integer"), ("changed", "text")), ("last_in_file", "first_in_file")
    )
)
