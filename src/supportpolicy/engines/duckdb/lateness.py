"""How late tickets were, and which whole numbers their ids leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from supportpolicy.engines.duckdb.codes import COULDS, FAILS, VALUE
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.expr.nodes import Within
from supportpolicy.model.finding import QUANTILES, WORST, Late, Lateness, NumericIds

_WHOLE: Final = "0|[1-9][0-9]{0,17}"


@dataclass(slots=True)
class Lates:
    """Works out the lateness of every deadline. `seen` are the numbers of the verdicts that each rule was found to have."""

    tickets: Tickets
    seen: Mapping[int, set[int]]

    def told(self) -> Iterator[tuple[Rule, Lateness]]:
        """The deadlines that tickets were late for, and how late these were."""
        failing = FAILS * COULDS
        rules = [
            (rule, rule.plan.demand, [code for code in self.seen.get(rule.number, ()) if code // COULDS == FAILS])
            for rule in self.tickets.rules
            if isinstance(rule.plan.demand, Within) and not rule.plan.is_gate
        ]
        asked = [(rule, demand) for rule, demand, codes in rules if codes]
        if not asked:
            return
        self._gather([(rule, demand) for rule, demand in asked if isinstance(demand, Within)], failing)
        percents = ", ".join(f"{percent / 100:.2f}" for percent in QUANTILES)
        told = self.tickets.staged.connection.execute(
            f"SELECT rule, count(*), quantile_disc(us, [{percents}]), max({{'us': us, 'nearer': -rec}}, {WORST}) "
            f"FROM late GROUP BY rule ORDER BY rule"
        ).fetchall()
        for number, count, quantiles, worst in told:
            yield self.tickets.rules[number], self._lateness(count, quantiles, worst)

    def _gather(self, asked: list[tuple[Rule, Within]], failing: int) -> None:
        """Create `late`: the rule, the ticket and its lateness."""
        tickets = self.tickets
        connection = tickets.staged.connection
        connection.execute("CREATE OR REPLACE TABLE late (rule INTEGER, rec BIGINT, us BIGINT)")
        entries = []
        for rule, demand in asked:
            clocks = tickets.revisions.judgings[rule.revision].clocks
            fails = f"{tickets.under(rule.revision)} AND {rule.verdict} BETWEEN {failing} AND {failing + COULDS - 1}"
            entries.append((fails, f"{{'rule': {rule.number}, 'us': {clocks.late(demand)}}}"))
        met = " OR ".join(f"({fails})" for fails, _ in entries)
        listed = ", ".join(f"CASE WHEN {fails} THEN {entry} END" for fails, entry in entries)
        for among in tickets.spans() if tickets.timelines else [""]:
            connection.execute(
                f"INSERT INTO late SELECT x.rule, rec, x.us FROM (SELECT rec, "
                f"unnest(CASE WHEN {met} THEN [{listed}] END) AS x FROM (\n{tickets.select(among)}\n)) WHERE x IS NOT NULL"
            )

    def _lateness(self, count: int, quantiles: list[int], worst: list[dict[str, int]]) -> Lateness:
        recs = [-entry["nearer"] for entry in worst]
        staged = self.tickets.staged
        named = zip(staged.names(recs), staged.places(recs), worst, strict=True)
        return Lateness(
            count,
            dict(zip(QUANTILES, quantiles, strict=True)),
            tuple(Late(name, place, entry["us"]) for name, place, entry in named),
        )


def numeric_ids(staged: Staged) -> NumericIds | None:
    """What is told of the ids that are whole numbers; None where none is."""
    i = staged.plan.facts["id"]
    if i in staged.constants:
        return None
    numbers = f"SELECT v{i}::BIGINT AS id FROM staged WHERE s{i} = {VALUE} AND regexp_full_match(v{i}, '{_WHOLE}')"
    found = staged.connection.execute(
        f"WITH numbers AS ({numbers}), different AS (SELECT DISTINCT id FROM numbers) "
        f"SELECT (SELECT count(*) FROM numbers), count(*), min(id), max(id) FROM different"
    ).fetchone()
    assert found is not None
    tickets, different, least, greatest = found
    if not tickets:
        return None
    gaps: list[tuple[int, int]] = []
    if greatest - least + 1 > different:
        gaps = staged.connection.execute(
            f"SELECT id + 1, next - 1 FROM (SELECT id, lead(id) OVER (ORDER BY id) AS next "
            f"FROM (SELECT DISTINCT id FROM ({numbers}))) WHERE next - id > 1 ORDER BY next - id DESC, id LIMIT {WORST}"
        ).fetchall()
    return NumericIds(tickets, different, least, greatest, tuple(gaps))
