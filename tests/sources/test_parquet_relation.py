"""A Parquet file as a relation: what a database reads in it by itself is what its rows say."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportpolicy.expr.decode import scalar_text
from supportpolicy.model.instant import InstantError, parse_instant
from supportpolicy.plugin import Row
from supportpolicy.plugin.records import Relation
from supportpolicy.sources.parquet import ParquetScan, open_parquet

Write = Callable[..., str]


def opened(*names: str) -> ParquetScan:
    scan = open_parquet(names, {}).tables["tickets"]
    assert isinstance(scan, ParquetScan)
    return scan


def native(scan: ParquetScan) -> Relation:
    assert scan.native is not None
    return scan.native


def agrees(scan: ParquetScan) -> None:
    """Every text, every instant, every number of a record; and rows are equal where their bytes are."""
    relation = native(scan)
    by_database = []
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'Asia/Kathmandu'")
        for file in relation.files:
            result = database.execute(file.sql)
            aliases = [description[0] for description in result.description]
            found = [dict(zip(aliases, values, strict=True)) for values in result.fetchall()]
            assert len(found) == file.records
            by_database += [(file.name, values) for values in found]
    rows = list(scan.rows())
    assert len(rows) == len(by_database)
    wholes = []
    for row, (name, values) in zip(rows, by_database, strict=True):
        assert isinstance(row, Row)
        assert (row.place.file, row.place.record) == (name, values["record"])
        cells = dict(zip(scan.columns, row.values, strict=True))
        for column, alias in relation.texts.items():
            assert values[alias] == (None if cells[column] is None else scalar_text(cells[column])), column
        for column, alias in relation.instants.items():
            assert values[alias] == microsecond(cells[column]), column
        wholes.append((tuple(values[alias] for alias in relation.whole), row.raw))
    assert len({whole for whole, _ in wholes}) == len({raw for _, raw in wholes}) == len(set(wholes))


def microsecond(cell: object) -> int | None:
    if cell is None:
        return None
    assert isinstance(cell, str)
    try:
        return parse_instant(cell).lo
    except InstantError:
        return None


EVERY_TYPE = """
SELECT unnest([1, 2, NULL])::TINYINT AS tiny, 5::UBIGINT AS unsigned, -7::SMALLINT AS small, 8::INTEGER AS whole,
    9223372036854775807::BIGINT AS wide, 1.10::DECIMAL(10, 2) AS price, 1.5::FLOAT AS single, 0.1::DOUBLE AS double,
    100000.0::DOUBLE AS even, 'NaN'::DOUBLE AS nan, true AS truth, DATE '2021-03-01' AS day,
    TIMESTAMP '2021-03-01 08:00:00' AS local, TIMESTAMP_NS '2021-03-01 08:00:00.123456789' AS fine,
    TIMESTAMP_MS '2021-03-01 08:00:00.5' AS coarse, TIMESTAMPTZ '2021-03-01 08:00:00+02' AS instant,
    TIME '09:00' AS clock, INTERVAL 26 HOURS AS span, 'x'::ENUM('x', 'y') AS word, uuid() AS key, NULL AS nothing,
    'café' AS text, {'id': 4, 'name': 'Ann', 'home': {'zip': '0123'}} AS person, [1, NULL, 3] AS numbers,
    [{'at': TIMESTAMPTZ '2021-03-01 08:00:00+00', 'kind': 'call', 'role': NULL}] AS items
"""


def test_every_type(parquet: Write) -> None:
    scan = opened(parquet(EVERY_TYPE))
    agrees(scan)
    relation = native(scan)
    assert set(scan.columns) - set(relation.texts) == {"person", "person.home", "numbers", "items"}
    assert set(relation.instants) == {"instant"}


def test_several_files(parquet: Write) -> None:
    """They may differ in types, but not in names."""
    one = parquet("SELECT i AS id, 'a' AS word FROM range(5000) t(i)", "one.parquet")
    other = parquet("SELECT 'T-' || i AS id, 1 AS word FROM range(3) t(i)", "other.parquet")
    agrees(opened(one, other))


def test_rows_stay_in_the_order_of_the_file(parquet: Write) -> None:
    many = parquet("SELECT hash(i) AS id FROM range(300000) t(i)", options="ROW_GROUP_SIZE 2048")
    agrees(opened(many))


def test_the_name_of_a_file_is_only_a_name(parquet: Write) -> None:
    agrees(opened(parquet("SELECT 1 AS id", "it's a year=2021, 100 %.parquet")))


@pytest.mark.parametrize(
    "query",
    ["SELECT 'x'::BLOB AS id", "SELECT '{}'::JSON AS id", "SELECT MAP {'a': 1} AS id", "SELECT 1 AS file_row_number"],
)
def test_what_may_be_rejected_or_cannot_be_numbered_is_no_relation(parquet: Write, query: str) -> None:
    assert opened(parquet(query)).native is None


@pytest.mark.parametrize("name", ["tickets[1].parquet", "tickets*.parquet", "what?.parquet"])
def test_nor_is_a_file_whose_name_means_several(parquet: Write, name: str) -> None:
    assert opened(parquet("SELECT 1 AS id", name)).native is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=8),
    doubles=st.lists(st.none() | st.floats(), min_size=8, max_size=8),
    instants=st.lists(st.none() | st.integers(-(2**62), 2**62), min_size=8, max_size=8),
)
def test_any_value(
    parquet: Write, texts: list[str | None], doubles: list[float | None], instants: list[int | None]
) -> None:
    rows = list(zip(texts, doubles, instants, strict=False))
    query = (
        "SELECT unnest($texts)::VARCHAR AS text, unnest($doubles)::DOUBLE AS number, "
        "make_timestamp(unnest($instants)::BIGINT) AT TIME ZONE 'UTC' AS instant"
    )
    columns = [list(column) for column in zip(*rows, strict=True)]
    name = parquet(query, values=dict(zip(("texts", "doubles", "instants"), columns, strict=True)))
    agrees(opened(name))
