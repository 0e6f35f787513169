"""The verdicts on tickets, and what is counted of them besides, as a relation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supportpolicy.engines.duckdb.clock_scores import ClockCounting
from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.combining import Combinations, words
from supportpolicy.engines.duckdb.event_counting import EventCounting
from supportpolicy.engines.duckdb.grouping import Grouping
from supportpolicy.engines.duckdb.metrics import Metrics
from supportpolicy.engines.duckdb.scoring import Scoring
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.ledger import Ledger
from supportpolicy.model.cell import Unknown

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(slots=True)
class Deciding:
    """Decides tickets in two steps: first `keyed`, by which words their verdicts are found; then `decided`, once for each
    combination of words, what these are. The names of its tables end with `name`; `size` is how many numbers of verdicts
    there are."""

    tickets: Tickets
    ledger: Ledger
    size: int
    name: str
    scoring: Scoring = field(init=False)
    combinations: Combinations = field(init=False)

    def __post_init__(self) -> None:
        self.scoring = Scoring(self.tickets, self.ledger)
        self.combinations = self._combine()

    def decide(self, connection: DuckDBPyConnection, among: str) -> str:
        """The name of a relation that has the verdicts on those tickets."""
        keyed, decided, judged = (f"{kind}{self.name}" for kind in ("keyed", "decided", "judged"))
        keys = ", ".join(self.combinations.words)
        connection.execute(f"CREATE OR REPLACE TABLE {keyed} AS {self.query(among)}")
        met = f"(SELECT DISTINCT {keys} FROM {keyed})"
        connection.execute(f"CREATE OR REPLACE TABLE {decided} AS {self.combinations.select(met)}")
        left, certain = ("", "") if self.tickets.among is None else (", doubted", " WHERE NOT doubted")
        connection.execute(
            f"CREATE OR REPLACE VIEW {judged} AS SELECT * EXCLUDE ({keys}{left}) FROM {keyed} JOIN {decided} "
            f"USING ({keys}){certain}"
        )
        return judged

    def doubtful(self, connection: DuckDBPyConnection) -> str:
        """The relation of those tickets that have not been decided; empty where all have."""
        if self.tickets.among is None:
            return ""
        doubtful = f"FROM keyed{self.name} WHERE doubted"
        return f"(SELECT rec {doubtful})" if connection.execute(f"SELECT 1 {doubtful} LIMIT 1").fetchall() else ""

    def drop(self, connection: DuckDBPyConnection) -> None:
        """Drop what was created."""
        connection.execute(f"DROP VIEW IF EXISTS judged{self.name}")
        connection.execute(f"DROP TABLE IF EXISTS keyed{self.name}")

    def query(self, among: str = "") -> str:
        """The query for those tickets: the words by which their verdicts are found, and what else is counted of them."""
        tickets, ledger = self.tickets, self.ledger
        columns: dict[str, str] = {"rec": "rec", **self.combinations.columns(), "month": f"({self._month()})::INTEGER"}
        counted: list[Mapping[str, str]] = [
            Grouping(tickets, ()).columns(),
            self.scoring.columns(),
            EventCounting(tickets, ledger).columns(),
            Metrics(tickets, ledger).columns(),
            ClockCounting(tickets, ledger).columns(),
        ]
        for told in counted:
            columns |= told
        if tickets.among is not None:
            columns["doubted"] = tickets.doubted()
        asked = ", ".join(f"{text} AS {name}" for name, text in columns.items())
        relation = tickets.select(among, columns.values())
        joins = f"{self.combinations.joins()}{self.scoring.joins()}"
        return f"SELECT {asked} FROM (\n{relation}\n) AS cells{joins}"

    def packed(self) -> list[str]:
        """All verdicts on a ticket packed into words."""
        return words(self._places(), self.size)

    def _combine(self) -> Combinations:
        """The reason why a ticket is excluded or else its revision, and all verdicts packed."""
        revisions, layers = self.tickets.revisions, self.tickets.layers
        head = f"{revisions.first} * 2 + {layers.code('claimed::INTEGER') if self.tickets.named else 0}"
        packed = self.packed()
        if revisions.excluded != "NULL":
            head = f"CASE WHEN {revisions.excluded} IS NULL THEN {head} ELSE -1 - {revisions.excluded} END"
            packed = [f"CASE WHEN {revisions.excluded} IS NULL THEN {word} ELSE 0 END" for word in packed]
        asked = {"head": head, **{f"w{n}": word for n, word in enumerate(packed)}, **self.scoring.verdicts()}
        size = max(self.size, len(revisions.reasons), len(self.tickets.staged.plan.revisions))
        return Combinations(layers, asked, size, self.tickets.staged.coded, f"words{self.name}")

    def _month(self) -> str:
        """The month of a ticket's submission, as `month_of` numbers it; null where it is not dated."""
        plan = self.tickets.staged.plan
        i = plan.facts["submitted"]
        if plan.fields[i].reading.measured is not None or isinstance(self.tickets.staged.constants.get(i), Unknown):
            return "NULL::BIGINT"
        at = f"make_timestamp(lo{i})"
        return f"CASE WHEN s{i} = {VALUE} THEN year({at}) * 12 + month({at}) - 1 END"

    def _places(self) -> list[str]:
        """The verdict on the rule in each place of the revision under which the ticket is judged."""
        tickets, places = self.tickets, []
        revisions = tickets.staged.plan.revisions
        for place in range(max(len(r.rules) for r in revisions)):
            verdicts = [[r.verdict for r in tickets.rules if r.revision == n] for n in range(len(revisions))]
            places.append(tickets.by_first([told[place] if place < len(told) else "0" for told in verdicts]))
        return places
