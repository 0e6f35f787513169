"""How late tickets were, and which whole numbers their ids leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.expr.nodes import EachWithin, Within
from supportpolicy.model.finding import QUANTILES, WORST, Late, Lateness, NumericIds


@dataclass(slots=True)
class Lates:
    """Works out the lateness of every deadline from what `Counting` put down."""

    tickets: Tickets

    def told(self) -> Iterator[tuple[Rule, Lateness]]:
        """The deadlines that tickets were late for, and how late these were."""
        connection = self.tickets.staged.connection
        numbers = connection.execute("SELECT DISTINCT rule FROM verdicts WHERE late ORDER BY rule").fetchall()
        if not numbers:
            return
        connection.execute("CREATE TABLE late (rule INTEGER, rec BIGINT, us BIGINT)")
        rules = [self.tickets.rules[number] for (number,) in numbers]
        for among in self._among():
            connection.execute(f"INSERT INTO late {self._query(rules, among)}")
        percents = ", ".join(f"{percent / 100:.2f}" for percent in QUANTILES)
        told = connection.execute(
            f"SELECT rule, count(*), quantile_disc(us, [{percents}]), max({{'us': us, 'nearer': -rec}}, {WORST}) "
            f"FROM late GROUP BY rule ORDER BY rule"
        ).fetchall()
        connection.execute("DROP TABLE late")
        found = self.tickets.staged.found({-entry["nearer"] for *_, worst in told for entry in worst})
        for number, count, quantiles, worst in told:
            late = tuple(Late(*found[-entry["nearer"]], entry["us"]) for entry in worst)
            yield self.tickets.rules[number], Lateness(count, dict(zip(QUANTILES, quantiles, strict=True)), late)

    def _among(self) -> list[str]:
        """Conditions of the tickets to take at a time: a span of them, where so many were late and have events."""
        tickets = self.tickets
        if not tickets.timelines:
            return ["true"]
        [(late,)] = tickets.staged.connection.execute(
            "SELECT count(DISTINCT told.rec) FROM told JOIN verdicts USING (combo) WHERE late"
        ).fetchall()
        return [*tickets.spans()] if late > tickets.span else ["true"]

    def _query(self, rules: Sequence[Rule], among: str) -> str:
        """The rule, the ticket and its lateness, for every ticket among these that was late."""
        arms = []
        for rule in rules:
            clocks, demand = self.tickets.revisions.judgings[rule.revision].clocks, rule.plan.demand
            assert isinstance(demand, Within | EachWithin)
            late = clocks.late(clocks.read(demand)) if isinstance(demand, Within) else clocks.each(demand).late()
            arms.append(f"WHEN {rule.number} THEN {late}")
        picked = f"CASE late.rule {' '.join(arms)} END"
        late = f"SELECT told.rec, rule FROM told JOIN verdicts USING (combo) WHERE late AND {among}"
        return (
            f"SELECT late.rule, late.rec, {picked} FROM ({late}) AS late JOIN (\n"
            f"{self.tickets.select(f'{among} AND rec IN (SELECT rec FROM ({late}))', [picked])}\n"
            f") AS cells ON cells.rec = late.rec"
        )


def numeric_ids(staged: Staged) -> NumericIds | None:
    """What is told of the ids that are whole numbers; None where none is."""
    i = staged.plan.facts["id"]
    if i in staged.constants:
        return None
    numbers = f"SELECT id FROM ({staged.whole}) WHERE id BETWEEN 0 AND {10**18 - 1}"
    if staged.connection.execute("SELECT 1 FROM naming LIMIT 1").fetchall():
        counted = "(SELECT count(*) FROM numbers), count(*), min(id), max(id) FROM (SELECT DISTINCT id FROM numbers)"
    else:
        counted = "count(*), count(*), min(id), max(id) FROM numbers"
    found = staged.connection.execute(f"WITH numbers AS ({numbers}) SELECT {counted}").fetchone()
    assert found is not None
    tickets, number, least, greatest = found
    if not tickets:
        return None
    gaps: list[tuple[int, int]] = []
    if greatest - least + 1 > number:
        gaps = staged.connection.execute(
            f"SELECT id + 1, next - 1 FROM (SELECT id, lead(id) OVER (ORDER BY id) AS next "
            f"FROM (SELECT DISTINCT id FROM ({numbers}))) WHERE next - id > 1 ORDER BY next - id DESC, id LIMIT {WORST}"
        ).fetchall()
    return NumericIds(tickets, number, least, greatest, tuple(gaps))
