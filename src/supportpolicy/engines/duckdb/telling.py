"""The findings of a run and the tickets that were not judged, a span of tickets at a time and in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.evidence import Showing
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.engines.ledger import finding
from supportpolicy.expr.nodes import Distinct
from supportpolicy.model.finding import Excluded, Finding, RowPlace
from supportpolicy.model.verdict import Outcome
from supportpolicy.plugin import RunOptions

_FETCHED: Final = 2_000
_SPAN: Final = 200_000
"""How many tickets are told of at a time."""


@dataclass(slots=True)
class Telling:
    """Tells what `Counting` put down."""

    tickets: Tickets
    options: RunOptions
    _alike: dict[tuple[int, int], tuple[Rule, Outcome, str]] = field(default_factory=dict)

    # --- tickets that are not judged ---
    def excluded(self) -> Iterator[Sequence[Excluded]]:
        """The excluded tickets, in batches."""
        staged, reasons = self.tickets.staged, self.tickets.revisions.reasons
        for begin in range(0, self._number("excluded"), _SPAN):
            part = f"(SELECT * FROM excluded WHERE rowid >= {begin} AND rowid < {begin + _SPAN})"
            located = f"SELECT name, file, record, line, reason FROM ({staged.located(part)}) ORDER BY rec"
            for rows in self._rows(located):
                yield [
                    Excluded(name, reasons[why], RowPlace(file, record, line)) for name, file, record, line, why in rows
                ]

    # --- findings ---
    def findings(self) -> Iterator[Sequence[Finding]]:
        """The findings, in batches."""
        rules = self.rules()
        if not rules:
            return
        for among in self._among():
            query, evidence = self.query(rules, among)
            for rows in self._rows(f"SELECT name, file, record, line, rule, verdict, {evidence} FROM (\n{query}\n)"):
                yield [self._finding(*row) for row in rows]

    def everything(self) -> tuple[str, str]:
        """A query for all findings in order, of which there must be one, and the evidence as an expression."""
        return self.query(self.rules(), next(iter(self._among())) if self.options.ticket is not None else "true")

    def labels(self) -> list[tuple[int, int]]:
        """The rules with the numbers of their verdicts that are shown."""
        return self.tickets.staged.connection.execute(
            "SELECT DISTINCT rule, verdict FROM verdicts WHERE shown ORDER BY ALL"
        ).fetchall()

    def rules(self) -> list[Rule]:
        """The rules that have verdicts to show."""
        return [self.tickets.rules[number] for number in sorted({rule for rule, _ in self.labels()})]

    def query(self, rules: Sequence[Rule], among: str) -> tuple[str, str]:
        """A query for those findings in order: the ticket and its place, the rule, the verdict, and what the evidence is
        made of; and that as an expression."""
        tickets, staged, showing = self.tickets, self.tickets.staged, Showing(self.tickets, rules)
        evidence = showing.write()
        bearers = any(isinstance(rule.plan.demand, Distinct) for rule in rules)
        asked = showing.inputs()
        known = tickets.select(f"rec IN (SELECT rec FROM told WHERE {among})", asked, bearers)
        cells = f"(SELECT *, {tickets.id} AS id FROM (\n{known}\n))"
        placed = staged.placed(f"(SELECT rec, combo FROM told WHERE {among})")
        name, naming = "coalesce(cells.id, concat(place.file, '#', place.record))", ""
        if tickets.named:
            name, naming = f"coalesce(naming.name, {name})", "LEFT JOIN naming ON naming.rec = place.rec"
        inputs = "".join(f", cells.{column}" for column in asked)
        columns = (
            f"place.rec, place.file, place.record, place.line, {name} AS name, verdicts.rule, verdicts.verdict{inputs}"
        )
        found = (
            f"(SELECT {columns} "
            f"FROM ({placed}) AS place JOIN verdicts ON verdicts.combo = place.combo AND verdicts.shown "
            f"JOIN {cells} AS cells ON cells.rec = place.rec {naming})"
        )
        carried = "".join(f", {column}" for column in showing.carried(evidence))
        ordered = (
            f"(SELECT rec, name, file, record, line, rule, verdict{carried} FROM (\n{showing.picked.select(found)}\n) "
            f"ORDER BY rec, rule)"
        )
        return showing.layers.select(ordered), f"sp_json({evidence})"

    def _finding(self, name: str, file: str, record: int, line: int, rule: int, verdict: int, evidence: str) -> Finding:
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
        """Conditions of the tickets to take at a time."""
        if self.options.ticket is not None:
            self._ask()
            yield "rec IN (SELECT rec FROM asked)"
            return
        found = self._number("told")
        for begin in range(0, found, _SPAN):
            ends = self.tickets.staged.connection.execute(
                f"SELECT min(rec), max(rec) FROM told WHERE rowid >= {begin} AND rowid < {begin + _SPAN}"
            ).fetchall()
            yield f"rec BETWEEN {ends[0][0]} AND {ends[0][1]}"

    def _number(self, table: str) -> int:
        [(number,)] = self.tickets.staged.connection.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(number)

    # --- rows ---
    def _rows(self, query: str) -> Iterator[list[tuple[Any, ...]]]:
        cursor = self.tickets.staged.connection.cursor().execute(query)
        while rows := cursor.fetchmany(_FETCHED):
            yield rows
        cursor.close()
