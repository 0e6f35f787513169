"""The findings of a run and the tickets that were not judged, a span of tickets at a time and in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.evidence import Showing
from supportpolicy.engines.duckdb.literals import one_of, quoted
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.engines.ledger import Ledger, finding
from supportpolicy.expr.nodes import Distinct
from supportpolicy.model.finding import Excluded, Finding, RowPlace
from supportpolicy.model.verdict import Outcome
from supportpolicy.plugin import RunOptions

_FETCHED: Final = 2_000


@dataclass(slots=True)
class Telling:
    """Tells what was found. `seen` are the numbers of the verdicts that each rule was found to have."""

    tickets: Tickets
    ledger: Ledger
    options: RunOptions
    seen: Mapping[int, set[int]]
    _asked: bool = field(init=False)
    _alike: dict[tuple[int, int], tuple[Rule, Outcome, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._asked = self.options.ticket is not None

    # --- tickets that are not judged ---
    def excluded(self) -> Iterator[Sequence[Excluded]]:
        """The excluded tickets, in batches."""
        tickets, reasons = self.tickets, self.tickets.revisions.reasons
        if not self.ledger.excluded:
            return
        reason = tickets.revisions.excluded
        for among in tickets.spans():
            told = (
                f"(SELECT rec, {tickets.id} AS id, unnest(CASE WHEN {reason} IS NOT NULL THEN [{reason}] END) AS reason "
                f"FROM (\n{tickets.select(among)}\n))"
            )
            located = tickets.staged.located(told, identified=True)
            for rows in self._rows(f"SELECT name, file, record, line, reason FROM ({located}) ORDER BY rec"):
                yield [Excluded(name, reasons[why], RowPlace(file, record, line)) for name, file, record, line, why in rows]

    # --- findings ---
    def findings(self) -> Iterator[Sequence[Finding]]:
        """The findings, in batches."""
        telling = self.telling()
        if not telling:
            return
        if self._asked:
            self._ask()
        for among in self._among():
            query, evidence = self.query(telling, among)
            for rows in self._rows(f"SELECT name, file, record, line, rule, verdict, {evidence} FROM (\n{query}\n)"):
                yield [self._finding(*row) for row in rows]

    def everything(self) -> tuple[str, str]:
        """A query for all findings in order, of which there must be one, and the column that holds the evidence."""
        if self._asked:
            self._ask()
        return self.query(self.telling(), next(iter(self._among())) if self._asked else "")

    def telling(self) -> list[tuple[Rule, list[int]]]:
        """The rules that have verdicts worth telling, with the numbers of these."""
        told = []
        for rule in self.tickets.rules:
            numbers = sorted(
                number
                for number in self.seen.get(rule.number, ())
                if self._asked or self.ledger.tells(rule.plan.on_fail, self.tickets.outcomes.outcome(number // 4))
            )
            if numbers:
                told.append((rule, numbers))
        return told

    def query(self, telling: Sequence[tuple[Rule, list[int]]], among: str) -> tuple[str, str]:
        """A query for those findings in order: the ticket and its place, the rule, the verdict, the evidence; and the name
        of the last."""
        tickets, showing = self.tickets, Showing(self.tickets, [rule for rule, _ in telling])
        evidence = showing.write()
        tests = {
            rule.number: f"{tickets.under(rule.revision)} AND {one_of(rule.verdict, numbers)}" for rule, numbers in telling
        }
        any_of = " OR ".join(f"({test})" for test in tests.values())
        listed = ", ".join(f"CASE WHEN {test} THEN {number} END" for number, test in tests.items())
        verdicts = " ".join(f"WHEN {rule.number} THEN {rule.verdict}" for rule, _ in telling)
        bearers = any(isinstance(rule.plan.demand, Distinct) for rule, _ in telling)
        inputs = showing.inputs()
        kept = ", ".join(dict.fromkeys([*inputs, *(rule.verdict for rule, _ in telling)]))
        found = (
            f"(SELECT rec, id, rule, CASE rule {verdicts} END AS verdict{''.join(f', {name}' for name in inputs)} FROM (\n"
            f"SELECT rec, {tickets.id} AS id, {kept}, "
            f"unnest(CASE WHEN {any_of} THEN list_filter([{listed}], lambda one: one IS NOT NULL) END) AS rule "
            f"FROM (\n{tickets.select(among, bearers)}\n)\n))"
        )
        located = tickets.staged.located(found, identified=True)
        return showing.layers.select(f"(SELECT * FROM ({located}) ORDER BY rec, rule)"), evidence

    def _finding(
        self, name: str, file: str, record: int, line: int, rule: int, verdict: int, evidence: str
    ) -> Finding:
        told, outcome, label = self._like(rule, verdict)
        return finding(name, told.plan, outcome, label, json.loads(evidence), RowPlace(file, record, line))

    def finding_like(self, rule: int, verdict: int) -> Finding:
        """What findings of a rule with this verdict have in common."""
        told, outcome, label = self._like(rule, verdict)
        return finding(None, told.plan, outcome, label, {}, None)

    def _like(self, rule: int, verdict: int) -> tuple[Rule, Outcome, str]:
        key = (rule, verdict)
        if key not in self._alike:
            told = self.tickets.rules[rule]
            self._alike[key] = (told, self.tickets.outcomes.judged(verdict).outcome, self.tickets.label(told))
        return self._alike[key]

    # --- one ticket ---
    def _ask(self) -> None:
        """Create `asked`: the tickets whose id or name is the one asked for."""
        staged, name = self.tickets.staged, quoted(self.options.ticket or "")
        i = staged.plan.facts["id"]
        unnamed = f"(SELECT rec FROM staged WHERE s{i} <> {VALUE})"
        staged.connection.execute(
            f"CREATE OR REPLACE TABLE asked AS SELECT rec FROM staged WHERE s{i} = {VALUE} AND v{i} = {name} "
            f"UNION SELECT rec FROM naming WHERE name = {name} "
            f"UNION SELECT rec FROM ({staged.placed(unnamed)}) WHERE concat(file, '#', record) = {name}"
        )

    def _among(self) -> Iterator[str]:
        if self._asked:
            yield "rec IN (SELECT rec FROM asked)"
        else:
            yield from self.tickets.spans()

    # --- rows ---
    def _rows(self, query: str) -> Iterator[list[tuple[Any, ...]]]:
        cursor = self.tickets.staged.connection.cursor().execute(query)
        while rows := cursor.fetchmany(_FETCHED):
            yield rows
        cursor.close()
