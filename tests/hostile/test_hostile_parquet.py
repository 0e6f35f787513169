"""Parquet files that are not what they should be: each is refused with a sentence, or read with what is wrong set aside. By
each engine."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hostile_bench import Audited, Bench
from test_hostile_files import _measured as measured

from supportpolicy.errors import InputError
from supportpolicy.sources.parquet import open_parquet

MAPPING = """\
supportpolicy-mapping: 1
source: {name: parquet}
fields:
  id: id
  edition: edition
  submitted: opened
  first_response: {column: answered, empty: never}
"""
TICKETS = """
SELECT n AS id, 'team' AS edition, TIMESTAMPTZ '2021-03-01 08:00:00+00' AS opened,
    TIMESTAMPTZ '2021-03-01 09:00:00+00' AS answered, 'note ' || n AS note
FROM range(5000) t(n)"""

Audit = Callable[..., Audited]


@pytest.fixture(params=["reference", "duckdb"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def audit(bench: Bench, engine: str) -> Audit:
    def audited(name: str = "export.parquet", *more: str, source: str = "{name: parquet}") -> Audited:
        mapping = MAPPING.replace("{name: parquet}", source)
        return bench.audit(name, mapping=mapping, more=["--engine", engine, *more])

    return audited


def parquet(bench: Bench, query: str = TICKETS, name: str = "export.parquet", options: str = "") -> Path:
    path = bench.folder / name
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet{', ' * bool(options)}{options})")
    return path


# --- whole files ------------------------------------------------------------------------------------------------------
CUT = {
    "empty": lambda content: content[:0],
    "the magic alone": lambda content: content[:4],
    "the magic twice": lambda content: content[:4] * 2,
    "the first half": lambda content: content[: len(content) // 2],
    "all but the last byte": lambda content: content[:-1],
    "without its footer": lambda content: content[: -int.from_bytes(content[-8:-4], "little") - 8],
    "a footer longer than the file": lambda content: content[:-8] + b"\xff\xff\xff\x7f" + content[-4:],
    "a footer of noise": lambda content: content[:-400] + b"\xa5" * 392 + content[-8:],
    "noise within": lambda content: content[:4] + random.Random(3).randbytes(len(content) - 12) + content[-8:],
    "the magic and noise": lambda content: content[:5] + random.Random(3).randbytes(5_000),
    "something behind it": lambda content: content + b"\n",
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_damaged(bench: Bench, audit: Audit, cut: Callable[[bytes], bytes]) -> None:
    """Of half an export nobody knows what is missing: it is refused as a whole, and no report is written."""
    path = parquet(bench)
    path.write_bytes(cut(path.read_bytes()))
    found = audit()
    assert found.code == 3
    assert found.report is None
    assert "export.parquet: " in found.err
    assert "arquet file" in found.err
    assert "/dev/fd" not in found.err


def test_encrypted(bench: Bench, audit: Audit) -> None:
    with duckdb.connect() as database:
        database.execute("SET force_mbedtls_unsafe = 'true'")
        database.execute("PRAGMA add_parquet_key('key', '0123456789112345')")
        encrypted = "FORMAT parquet, ENCRYPTION_CONFIG {footer_key: 'key'}"
        database.execute(f"COPY ({TICKETS}) TO '{bench.folder}/export.parquet' ({encrypted})")
    found = audit()
    assert found.code == 3
    assert "the Parquet file is encrypted" in found.err


@pytest.mark.parametrize("packing", ["gzip", "snappy", "zstd", "uncompressed"])
def test_pages_that_cannot_be_unpacked(bench: Bench, audit: Audit, packing: str) -> None:
    """It may be found in the midst of reading."""
    path = parquet(bench, options=f"COMPRESSION {packing}, ROW_GROUP_SIZE 2048")
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + b"\0\xff" * 200 + content[middle + 400 :])
    found = audit()
    if found.report is None:
        assert found.code == 3
        assert "export.parquet: the Parquet file cannot be read: " in found.err
    else:
        assert sum(found.rows) == 5_000  # no checksum says that bytes are wrong that still make pages


def test_any_byte_may_be_wrong(bench: Bench) -> None:
    """Whatever a file holds, it is read or refused in words."""
    content = parquet(
        bench, "SELECT *, [n, NULL] AS l, {'a': n} AS o, MAP {'k': n} AS m FROM (" + TICKETS + ") t(n)"
    ).read_bytes()
    footer = len(content) - int.from_bytes(content[-8:-4], "little") - 8
    chance = random.Random(20_261_125)
    refused: list[str] = []
    for number in range(60):
        wrong = bytearray(content)
        for _ in range(chance.choice([1, 2, 20])):
            wrong[chance.randrange(footer if number % 2 else 4, len(content) - 8)] = chance.randrange(256)
        (bench.folder / "export.parquet").write_bytes(wrong)
        try:
            list(open_parquet(["export.parquet"], {}).tables["tickets"].rows())
        except InputError as error:
            refused += [problem.place.file if problem.place else "" for problem in error.problems]
    assert set(refused) == {"export.parquet"}
    assert 0 < len(refused) < 60


def test_a_name_that_means_something_to_databases(bench: Bench, audit: Audit) -> None:
    """Not another file, not a set of files, not a column."""
    for name in ("it's.parquet", "a*.parquet", "[b]?.parquet", "id=7.parquet", "s3:x.parquet", "-.parquet"):
        parquet(bench, TICKETS.replace("5000", "3"), "kept.parquet").rename(bench.folder / name)
        found = audit(f"./{name}" if name.startswith("-") else name)
        assert (found.code, found.rows) == (0, (3, 0)), name
        (bench.folder / name).unlink()


# --- what stands in them ----------------------------------------------------------------------------------------------
def test_types_that_do_not_fit(bench: Bench, audit: Audit) -> None:
    """Each verdict is unknown for want of what the column should have held; nothing is made of it."""
    query = """SELECT 7 AS id, 5 AS edition, 1614585600 AS opened, {'at': 1} AS answered UNION ALL
               SELECT 8, NULL, NULL, NULL"""
    parquet(bench, query)
    found = audit()
    assert found.rows == (2, 0)
    assert found.code == 3  # nothing is dated
    found = audit("export.parquet", "--as-of", "2021-03-02T00:00:00Z")
    reasons = {(f["ticket"], f["rule"], f["reason"]) for f in found.report["findings"]}
    assert ("7", "paid", "unrecognised") in reasons
    assert ("8", "paid", "missing") in reasons


def test_numbers_beyond_64_bits(bench: Bench, audit: Audit) -> None:
    query = f"""SELECT * REPLACE ((99999999999999999999999999999999999990 + id)::DECIMAL(38, 0) AS id)
                FROM ({TICKETS.replace("5000", "3")})"""
    parquet(bench, query)
    found = audit("export.parquet", "--include", "all")
    assert found.rows == (3, 0)
    assert {f["ticket"] for f in found.report["findings"]} == {
        f"9999999999999999999999999999999999999{n}" for n in range(3)
    }


def test_instants_beyond_the_calendar(bench: Bench, audit: Audit) -> None:
    values = ", ".join(
        f"TIMESTAMPTZ '{text}'"
        for text in ("infinity", "-infinity", "0044-03-15 (BC) 00:00:00+00", "10000-01-01 00:00:00+00")
    )
    parquet(bench, f"SELECT unnest([{values}]) AS opened, 'team' AS edition, 1 AS id, NULL::TIMESTAMPTZ AS answered")
    found = audit("export.parquet", "--as-of", "2021-03-02T00:00:00Z")
    assert found.rows == (4, 0)
    fast = [f for f in found.report["findings"] if f["rule"] == "fast"]
    assert [(f["verdict"], f["reason"], f["field"]) for f in fast] == [("unknown", "invalid", "submitted")] * 4


def test_one_string_that_is_not_utf8_among_many(bench: Bench, audit: Audit) -> None:
    """In a column that no rule reads: its row is set aside, and all others are judged."""
    path = parquet(bench, options="COMPRESSION uncompressed, ROW_GROUP_SIZE 2048")
    content = path.read_bytes()
    assert content.count(b"note 4321") == 1
    path.write_bytes(content.replace(b"note 4321", b"note\xff4321"))
    found = audit()
    assert (found.code, found.rows) == (3, (4_999, 1))
    (row,) = found.report["rejected"]
    assert row["reason"] == "column 'note' holds a string that is not UTF-8"
    assert (row["place"], row["offset"]) == ({"file": "export.parquet", "record": 4_322, "line": 4_322}, None)
    assert audit("export.parquet", "--max-rejected", "1").code == 0
    assert audit(source="{name: parquet, leave_out: [note]}").rows == (5_000, 0)


def test_bytes_in_a_column(bench: Bench, audit: Audit) -> None:
    parquet(bench, f"SELECT * REPLACE ('\\xFF\\xD8\\xFF'::BLOB AS note) FROM ({TICKETS.replace('5000', '3')})")
    found = audit()
    assert (found.code, found.rows) == (3, (0, 3))
    assert found.reasons == ["column 'note' holds bytes that are not UTF-8: 0xFF at byte 1"] * 3
    assert audit(source="{name: parquet, leave_out: [note]}").rows == (3, 0)


def test_text_that_hurts(bench: Bench, audit: Audit) -> None:
    """NUL, escapes of terminals, quotes, line breaks: text as any other."""
    hurts = "chr(0) || chr(27) || '[31m\"''=cmd()<b>' || chr(10) || chr(13) || chr(8238)"
    parquet(bench, f"SELECT * REPLACE ({hurts} || id AS id) FROM ({TICKETS.replace('5000', '2')})")
    found = audit("export.parquet", "--include", "all")
    assert found.rows == (2, 0)
    assert {f["ticket"] for f in found.report["findings"]} == {f"\0\x1b[31m\"'=cmd()<b>\n\r\u202e{n}" for n in range(2)}


def test_5000_columns(bench: Bench, audit: Audit) -> None:
    more = ", ".join(f"{n} AS c{n}" for n in range(5_000))
    parquet(bench, f"SELECT *, {more} FROM ({TICKETS.replace('5000', '2')})")
    assert audit().rows == (2, 0)


def test_deep_objects(bench: Bench, audit: Audit) -> None:
    deep = "1"
    for _ in range(70):
        deep = f"{{'a': {deep}}}"
    parquet(bench, f"SELECT *, {deep} AS deep FROM ({TICKETS.replace('5000', '2')})")
    found = audit()
    assert found.code == 3
    assert "the column 'deep' holds 'more than 64 lists and objects in one another', which is not read" in found.err
    assert audit(source="{name: parquet, leave_out: [deep]}").rows == (2, 0)


def test_a_cell_of_10_megabytes(bench: Bench, audit: Audit) -> None:
    parquet(bench, f"SELECT * REPLACE (repeat('x', 10000000) AS note) FROM ({TICKETS.replace('5000', '3')})")
    assert audit().rows == (3, 0)


# --- bombs ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("*", "the Parquet file unpacks to more than 200 times its size, as only a bomb does"),
        ("* EXCLUDE long, {'a': {'b': long}} AS long", "the Parquet file unpacks to more than 200 times its size"),
        ("* EXCLUDE long, [long] AS long", "the Parquet file "),  # DuckDB may come to its bound before
    ],
)
def test_a_long_text_in_every_row(bench: Bench, column: str, says: str) -> None:
    """It stands in the file once. In the rows it would take two gigabytes."""
    query = f"""SELECT {{}} FROM ({TICKETS.replace("5000", "2000")}), (SELECT repeat('x', 1000000) AS long)"""
    path = parquet(bench, query.format(column), options="COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 10")
    assert path.stat().st_size < 1_000_000
    bench.write("mapping.yaml", MAPPING)
    code, memory, said = measured(
        bench, "audit", path.name, "--policy", "policy.yaml", "--mapping", "mapping.yaml", "-o", "json=report.json"
    )
    assert code == 3
    assert says in said
    assert memory < 1_300


def test_more_rows_than_bytes(bench: Bench) -> None:
    path = parquet(bench, "SELECT 1 AS id FROM range(20000000)", options="ROW_GROUP_SIZE 20000000")
    assert path.stat().st_size < 20_000
    bench.write("mapping.yaml", MAPPING)
    code, _, err = bench.run("audit", path.name, "--policy", "policy.yaml", "--mapping", "mapping.yaml")
    assert code == 3
    assert "the Parquet file states 20,000,000 rows in" in err
    assert "as only a bomb does" in err
