"""From rows to tickets in SQL: which row stands for a ticket, and what the tickets are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.places import Places
from supportpolicy.expr.plan import Plan, Reduce

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_BITS: Final = 1 << 27
"""Over so wide a range numbers are told apart by a bit each."""


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


def claim_texts(connection: DuckDBPyConnection, plan: Plan) -> None:
    """Create `claims` (`rec`, `id`): the tickets whose id another ticket has too, and perhaps a few more."""
    i = plan.facts["id"]
    connection.execute(
        f"CREATE TABLE shared AS SELECT hash(v{i}) AS id FROM staged WHERE s{i} = {VALUE} GROUP BY ALL HAVING count(*) > 1"
    )
    connection.execute(
        f"CREATE TABLE claims AS SELECT rec, v{i} AS id FROM staged WHERE s{i} = {VALUE} AND hash(v{i}) IN (FROM shared)"
        + ("" if _any(connection, "shared") else " LIMIT 0")
    )
    connection.execute("DROP TABLE shared")


def claim_numbers(connection: DuckDBPyConnection, i: int, column: str) -> None:
    """Likewise where the ids are held as whole numbers in `column` of `narrow`, and those that are none in `fixed`."""
    told = connection.execute(f"SELECT count({column}), min({column}), max({column}) FROM narrow").fetchone()
    assert told is not None
    count, least, greatest = told
    distinct = -1
    if count and greatest - least < _BITS:  # a bit for each number tells at once whether any comes twice
        found = connection.execute(
            f"SELECT bit_count(bitstring_agg({column}, {least}, {greatest})) FROM narrow WHERE {column} IS NOT NULL"
        ).fetchone()
        assert found is not None
        distinct = found[0]
    connection.execute(
        f"CREATE TABLE shared AS SELECT {column} AS id FROM narrow WHERE {column} IS NOT NULL GROUP BY ALL "
        f"HAVING count(*) > 1" + (" LIMIT 0" if distinct == count else "")
    )
    numbers = f"SELECT rowid AS rec, {column}::VARCHAR AS id FROM narrow WHERE {column} IN (FROM shared)"
    known = f"SELECT told AS rec, v{i} AS id FROM fixed WHERE s{i} = {VALUE}"
    texts = f"FROM ({known}) WHERE id IN (SELECT id FROM ({known}) GROUP BY id HAVING count(*) > 1)"
    both = f"{numbers} UNION ALL {texts}" if _any(connection, "shared") else texts
    connection.execute(f"CREATE TABLE claims AS {both}")
    connection.execute("DROP TABLE shared")


def _any(connection: DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def name_tickets(connection: DuckDBPyConnection, places: Places) -> tuple[str, ...]:
    """Create `naming` (see `staged`) from `claims`, and give the ids that several records claim, in the order of their first
    tickets."""
    if not _any(connection, "claims"):
        connection.execute("CREATE TABLE naming (rec BIGINT, name VARCHAR, repeat BOOLEAN)")
        return ()
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
