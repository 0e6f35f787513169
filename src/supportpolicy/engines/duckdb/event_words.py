"""The words of events that the vocabulary of the field of that name does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.duckdb.timelines import listed
from supportpolicy.engines.ledger import Ledger


@dataclass(slots=True)
class EventWords:
    """Lists those of the tickets in `judged`, a span of them at a time; nothing where the input has no events."""

    tickets: Tickets
    ledger: Ledger

    def keep(self) -> None:
        """List those of the tickets that are in `judged`."""
        staged = self.tickets.staged
        i = staged.plan.facts["events"]
        if i not in self.tickets.timelines:
            return
        span = staged.connection.execute("SELECT min(rec), max(rec) FROM judged").fetchone()
        assert span is not None
        first, last = span
        for number, revision in enumerate(staged.plan.revisions):
            if first is None or not revision.words:
                continue
            rows = staged.connection.execute(
                f"SELECT kind, word, count(DISTINCT rec) FROM ("
                f"SELECT rec, kind, unnest([vv, vf]) AS word FROM events{i} WHERE rec BETWEEN {first} AND {last} "
                f"AND lo <= {self.tickets.instant.at} AND ({_outside(revision.words, 'vv', 'vf')})) "
                f"JOIN judged USING (rec) WHERE head >= 0 AND head // 2 = {number} AND ({_outside(revision.words, 'word')}) "
                f"GROUP BY kind, word ORDER BY min(rec)"
            ).fetchall()
            for kind, word, tickets in rows:
                self.ledger.misspelt(f"{kind} (events)", word, revision.words[kind], tickets)


def _outside(words: Mapping[str, Sequence[str]], *columns: str) -> str:
    """Whether one of the columns is no word of its kind."""
    return " OR ".join(
        f"kind = {quoted(kind)} AND NOT ({' AND '.join(f'coalesce({listed(c, of)}, true)' for c in columns)})"
        for kind, of in words.items()
    )
