"""What is worked out for combinations is what would be worked out for each ticket."""

from __future__ import annotations

from typing import Final

import duckdb as database
import pytest

from supportpolicy.engines.duckdb.combining import Combinations
from supportpolicy.engines.duckdb.layers import Layers

SIZE: Final = 40
TICKETS: Final = 500


@pytest.fixture(name="connection")
def _connection() -> database.DuckDBPyConnection:
    """Tickets with a coded field 1, an instant 2 and a text 3, of each of which there are several values."""
    connection = database.connect()
    connection.execute(
        "CREATE TABLE cells1 AS SELECT i AS code, CASE WHEN i < 5 THEN 0 ELSE i END AS s1, "
        "CASE WHEN i < 5 THEN chr((97 + i)::INTEGER) END AS v1, NULL::VARCHAR AS d1 FROM range(8) AS told(i)"
    )
    connection.execute(
        f"CREATE TABLE staged AS SELECT rec, k1, s1, v1, rec % 3 AS s2, rec * 7 % 100 AS lo2, concat('x', rec % 11) AS v3 "
        f"FROM (SELECT i AS rec, (i * i % 8)::INTEGER AS k1 FROM range({TICKETS}) AS told(i)) "
        f"JOIN cells1 ON cells1.code = k1"
    )
    return connection


def _layers() -> tuple[Layers, dict[str, str]]:
    layers = Layers("staged")
    truth = layers.code("CASE s1 WHEN 0 THEN CASE WHEN v1 IN ('a', 'lo2') THEN 1 ELSE 0 END ELSE s1 END")
    late = layers.define("lo2 - 50")
    clock = layers.code(f"CASE WHEN s2 = 0 THEN CASE WHEN {late} > 0 THEN 1 ELSE 0 END ELSE 30 END")
    excluded = layers.code("CASE WHEN lo2 > 90 THEN 0 END")
    both = layers.define(f"CASE WHEN {truth} = 1 THEN {clock} ELSE {truth} END")
    asked = {
        "head": f"CASE WHEN {excluded} IS NULL THEN 0 ELSE -1 - {excluded} END",
        "mixed": both,
        "free": layers.define("CASE WHEN starts_with(v3, 'x1') THEN 1 ELSE 0 END"),
        "none": "0",
        "whether": f"({truth} = 1 AND NOT {clock} = 30)",
    }
    many = [layers.code(f"(lo2 + {n}) % {SIZE}") for n in range(25)]
    return layers, asked | {"many": layers.define(" + ".join(many))}


def test_combinations_say_what_each_ticket_says(connection: database.DuckDBPyConnection) -> None:
    layers, asked = _layers()
    combinations = Combinations(layers, asked, SIZE, frozenset({1}))
    combinations.create(connection)
    told = ", ".join(f"{text} AS {name}" for name, text in combinations.columns().items())
    connection.execute(
        f"CREATE TABLE keyed AS SELECT rec, {told} FROM ({layers.select('staged')}) AS cells{combinations.joins()}"
    )
    words = ", ".join(combinations.words)
    connection.execute(f"CREATE TABLE decided AS {combinations.select(f'(SELECT DISTINCT {words} FROM keyed)')}")
    columns = ", ".join(asked)
    found = connection.execute(f"SELECT rec, {columns} FROM keyed JOIN decided USING ({words}) ORDER BY rec").fetchall()
    expected = ", ".join(f"{text} AS {name}" for name, text in asked.items())
    assert (
        found == connection.execute(f"SELECT rec, {expected} FROM ({layers.select('staged')}) ORDER BY rec").fetchall()
    )
    assert len(combinations.words) > 1
    assert len(found) == TICKETS


def test_what_hangs_on_a_coded_field_alone_is_worked_out_for_its_cells(connection: database.DuckDBPyConnection) -> None:
    layers = Layers("staged")
    truth = layers.code("CASE WHEN v1 = 'a' THEN 1 ELSE s1 END")
    combinations = Combinations(layers, {"truth": f"{truth} + 1"}, SIZE, frozenset({1}))
    combinations.create(connection)
    assert combinations.columns() == {"word0": "0::BIGINT + words1.word0"}
    assert connection.execute("SELECT code, word0 FROM words1 ORDER BY code").fetchall() == [
        (0, 2), (1, 1), (2, 1), (3, 1), (4, 1), (5, 6), (6, 7), (7, 8),
    ]  # fmt: skip


def test_an_expression_with_more_in_it_than_codes_is_itself_a_key() -> None:
    layers = Layers("staged")
    truth = layers.code("CASE WHEN v1 = 'a' THEN 1 ELSE 0 END")
    name = layers.define(f"CASE WHEN {truth} = 1 THEN lo2 ELSE 3 END")
    combinations = Combinations(layers, {"mixed": name}, SIZE, frozenset())
    assert combinations.columns() == {"word0": f"1::BIGINT * coalesce({name}::BIGINT + 1, 0)"}
