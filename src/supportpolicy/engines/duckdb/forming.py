"""From rows to tickets in SQL: which row stands for a ticket, and what the tickets are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.expr.plan import Plan, Reduce

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FOR_FORMING: Final = ("key", "readable", "number", "ordered")


def reduce_rows(connection: DuckDBPyConnection, reduce: Reduce, events: Iterable[int]) -> None:
    """Leave one row for each ticket in `fed`, numbered anew in the order in which the tickets first appear."""
    falling = "DESC" if reduce.keep == "last" else "ASC"
    ties = "DESC" if reduce.ties == "last_in_file" else "ASC"
    order = f"readable {falling}, number {falling}, ordered {falling}, rec {ties}"
    connection.execute(
        f"CREATE TABLE kept AS SELECT row_number() OVER (ORDER BY first) - 1 AS rec, told FROM ("
        f"SELECT rec AS told, rec AS first FROM fed WHERE key IS NULL UNION ALL "
        f"SELECT told, first FROM (SELECT rec AS told, min(rec) OVER (PARTITION BY key) AS first, "
        f"row_number() OVER (PARTITION BY key ORDER BY {order}) AS place FROM fed WHERE key IS NOT NULL) WHERE place = 1)"
    )
    connection.execute(
        f"CREATE TABLE reduced AS SELECT kept.rec, fed.* EXCLUDE (rec, {', '.join(_FOR_FORMING)}) "
        f"FROM fed JOIN kept ON kept.told = fed.rec ORDER BY kept.rec"
    )
    connection.execute("DROP TABLE fed")
    connection.execute("ALTER TABLE reduced RENAME TO fed")
    for i in events:
        connection.execute(
            f"CREATE TABLE reduced AS SELECT kept.rec, told.* EXCLUDE (rec) FROM events{i} AS told "
            f"JOIN kept ON kept.told = told.rec ORDER BY kept.rec, told.seq"
        )
        connection.execute(f"DROP TABLE events{i}")
        connection.execute(f"ALTER TABLE reduced RENAME TO events{i}")
    connection.execute("DROP TABLE kept")


def name_tickets(connection: DuckDBPyConnection, plan: Plan, shared: str) -> tuple[str, ...]:
    """Create `naming` (see `staged`) and give the ids that several records claim, in the order of their first tickets.

    `shared` is a relation of `rec` and `digest`, which tells records apart, of all tickets whose id another one has too.
    """
    i = plan.facts["id"]
    connection.execute(
        f"CREATE TABLE naming AS WITH claims AS ("
        f"SELECT rec, id, row_number() OVER (PARTITION BY id, digest ORDER BY rec) > 1 AS repeat FROM ("
        f"SELECT rec, staged.v{i} AS id, digest FROM {shared} JOIN staged USING (rec) WHERE staged.s{i} = {VALUE}"
        f")), counted AS (SELECT *, count(*) FILTER (NOT repeat) OVER (PARTITION BY id) AS records, "
        f"count(*) FILTER (NOT repeat) OVER (PARTITION BY id ORDER BY rec) AS number FROM claims) "
        f"SELECT rec, CASE WHEN repeat THEN id ELSE concat(id, '#', number) END AS name, repeat "
        f"FROM counted WHERE repeat OR records > 1 ORDER BY rec"
    )
    found = connection.execute(
        f"SELECT any_value(staged.v{i}) FROM naming JOIN staged USING (rec) WHERE NOT repeat "
        f"GROUP BY staged.v{i} ORDER BY min(rec)"
    ).fetchall()
    return tuple(claimed for (claimed,) in found)


def shared_ids(plan: Plan) -> str:
    """The ids, as a query, that more than one ticket has."""
    i = plan.facts["id"]
    return f"SELECT v{i} FROM staged WHERE s{i} = {VALUE} GROUP BY v{i} HAVING count(*) > 1"
