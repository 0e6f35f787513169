"""From rows to tickets in SQL: which row stands for a ticket, and what the tickets are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.places import Places
from supportpolicy.expr.plan import Plan, Reduce

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def keep_rows(connection: DuckDBPyConnection, reduce: Reduce, table: str, row: str) -> None:
    """Create `kept`: for each ticket its number `rec`, in the order in which they first appear, and the row `told` that
    stands for it. `table` has `key`, null for a row of its own, `readable`, `number` and `ordered`."""
    falling = "DESC" if reduce.keep == "last" else "ASC"
    ties = "DESC" if reduce.ties == "last_in_file" else "ASC"
    order = f"readable {falling}, number {falling}, ordered {falling}, told {ties}"
    connection.execute(
        f"CREATE TABLE kept AS WITH rows_of AS (SELECT {row} AS told, key, readable, number, ordered FROM {table}) "
        f"SELECT row_number() OVER (ORDER BY first) - 1 AS rec, told FROM ("
        f"SELECT told, told AS first FROM rows_of WHERE key IS NULL UNION ALL "
        f"SELECT told, first FROM (SELECT told, min(told) OVER (PARTITION BY key) AS first, "
        f"row_number() OVER (PARTITION BY key ORDER BY {order}) AS place FROM rows_of WHERE key IS NOT NULL) "
        f"WHERE place = 1)"
    )


def name_tickets(connection: DuckDBPyConnection, plan: Plan, places: Places) -> tuple[str, ...]:
    """Create `naming` (see `staged`) and give the ids that several records claim, in the order of their first tickets."""
    i = plan.facts["id"]
    connection.execute(
        f"CREATE TABLE claims AS SELECT rec, v{i} AS id FROM staged WHERE s{i} = {VALUE} AND v{i} IN ("
        f"SELECT v{i} FROM staged WHERE s{i} = {VALUE} GROUP BY v{i} HAVING count(*) > 1)"
    )
    connection.execute(
        f"CREATE TABLE naming AS WITH told AS ("
        f"SELECT rec, id, row_number() OVER (PARTITION BY id, digest ORDER BY rec) > 1 AS repeat "
        f"FROM claims JOIN {places.digests('claims')} USING (rec)), counted AS ("
        f"SELECT *, count(*) FILTER (NOT repeat) OVER (PARTITION BY id) AS records, "
        f"count(*) FILTER (NOT repeat) OVER (PARTITION BY id ORDER BY rec) AS number FROM told) "
        f"SELECT rec, CASE WHEN repeat THEN id ELSE concat(id, '#', number) END AS name, repeat "
        f"FROM counted WHERE repeat OR records > 1 ORDER BY rec"
    )
    found = connection.execute(
        "SELECT any_value(id) FROM naming JOIN claims USING (rec) WHERE NOT repeat GROUP BY id "
        "HAVING count(*) > 1 ORDER BY min(rec)"
    ).fetchall()
    connection.execute("DROP TABLE claims")
    return tuple(claimed for (claimed,) in found)
