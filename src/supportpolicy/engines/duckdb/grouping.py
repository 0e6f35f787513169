"""Verdicts by what tickets say of some fields, of which there may be as many values as tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from supportpolicy.engines.duckdb.codes import FIRST_CAUSE, NEVER, VALUE
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.ledger import Group
from supportpolicy.model.finding import GROUPS, Said

STATES: Final[tuple[Literal["value", "never", "unknown"], ...]] = ("value", "never", "unknown")

Alike = tuple[Group | None, tuple[int, ...], int]
"""A group, None for all that are not told apart; the verdicts of some tickets in it; how many these are."""


def said_of(tickets: Tickets, i: int) -> tuple[str, str]:
    """What a ticket says of a field, as the number of one of `STATES`, and as its value or the reason why it is unknown."""
    reasons = ", ".join(quoted(reason.value) for reason, _ in tickets.staged.causes.known)
    unknown = f"([{reasons}])[s{i} - {FIRST_CAUSE - 1}]"
    return (
        f"CASE s{i} WHEN {VALUE} THEN 0 WHEN {NEVER} THEN 1 ELSE 2 END",
        f"CASE s{i} WHEN {VALUE} THEN v{i}::VARCHAR WHEN {NEVER} THEN '' ELSE {unknown} END",
    )


@dataclass(slots=True)
class Grouping:
    """Groups the tickets in `judged` by the fields asked for; `keys` are its columns that hold verdicts."""

    tickets: Tickets
    keys: tuple[str, ...]

    def columns(self) -> dict[str, str]:
        """What a judged ticket says of each field: `stateN`, and `textN`, its value or the reason why it is unknown."""
        tickets, told = self.tickets, {}
        for n, name in enumerate(tickets.options.by):
            said = [said_of(tickets, revision.facts[name]) for revision in tickets.staged.plan.revisions]
            told[f"state{n}"] = tickets.by_first([state for state, _ in said])
            told[f"text{n}"] = tickets.by_first([text for _, text in said])
        return told

    def keep(self) -> None:
        """Count the tickets in `judged`."""
        if self.tickets.options.by:
            columns = ", ".join((*self._said(), *self.keys))
            counted = f"SELECT {columns}, count(*) AS tickets FROM judged WHERE head >= 0 GROUP BY ALL"
            connection = self.tickets.staged.connection
            connection.execute(f"CREATE TABLE IF NOT EXISTS grouped AS {counted} LIMIT 0")
            connection.execute(f"INSERT INTO grouped {counted}")

    def told(self) -> Iterator[Alike]:
        """The tickets of the largest groups, and of all others together."""
        if not self.tickets.options.by:
            return
        connection, said, keys = self.tickets.staged.connection, ", ".join(self._said()), ", ".join(self.keys)
        connection.execute(
            f"CREATE TABLE largest AS SELECT {said} FROM grouped GROUP BY {said} "
            f"ORDER BY sum(tickets) DESC, {said} LIMIT {GROUPS}"
        )
        number = len(self._said())
        for row in connection.execute(
            f"SELECT {said}, {keys}, sum(tickets) FROM grouped SEMI JOIN largest USING ({said}) GROUP BY ALL"
        ).fetchall():
            group = tuple(
                Said(STATES[state], text) for state, text in zip(row[:number:2], row[1:number:2], strict=True)
            )
            yield group, tuple(row[number:-1]), int(row[-1])
        for row in connection.execute(
            f"SELECT {keys}, sum(tickets) FROM grouped ANTI JOIN largest USING ({said}) GROUP BY ALL"
        ).fetchall():
            yield None, tuple(row[:-1]), int(row[-1])

    def others(self) -> int:
        """How many groups are not told apart."""
        if not self.tickets.options.by:
            return 0
        [(number,)] = self.tickets.staged.connection.execute(
            f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(self._said())} FROM grouped)"
        ).fetchall()
        return max(0, int(number) - GROUPS)

    def _said(self) -> tuple[str, ...]:
        return tuple(name for n in range(len(self.tickets.options.by)) for name in (f"state{n}", f"text{n}"))
