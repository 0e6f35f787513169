"""Files compressed with zstd that are cut short, damaged or out of all proportion: refused like those of gzip."""

from __future__ import annotations

import sys
import time

import pytest
from hostile_bench import GOOD, HEADER, Bench
from test_hostile_files import _measured as measured

from supportpolicy.sources import locations

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHECKED = {zstd.CompressionParameter.checksum_flag: 1}
ROWS = HEADER + b"".join(GOOD % n for n in range(5_000))
PACKED = zstd.compress(ROWS, options=CHECKED)


def test_an_export_in_zstd_is_read_as_it_is(bench: Bench) -> None:
    bench.write("export.csv.zst", PACKED)
    assert bench.audit("export.csv.zst").rows == (5_000, 0)


def test_a_table_in_zstd_is_read_as_it_is(bench: Bench) -> None:
    bench.write("export.csv", HEADER + GOOD % 1)
    bench.write("plans.zst", zstd.compress(b"a,b\n1,gold\n"))
    mapping = (
        bench.folder / "mapping.yaml"
    ).read_text() + "lookups: {plan: {table: plans, key: edition, match: a, value: b}}\n"
    found = bench.audit("export.csv", mapping=mapping, more=["--table", "plans=plans.zst"])
    assert found.report is not None
    assert [(file["name"], file["records"]) for file in found.report["totals"]["files"]] == [
        ("export.csv", 1),
        ("plans.zst", 1),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PACKED[:-2], "export.csv.zst: the zstd file is cut short"),
        (PACKED[: len(PACKED) // 2], "export.csv.zst: the zstd file is cut short"),
        (PACKED[:4], "export.csv.zst: the zstd file is cut short"),
        (PACKED[:-4] + b"\0" * 4, "export.csv.zst: the zstd file is damaged"),
        (PACKED[:300] + b"\xff" * 50 + PACKED[350:], "export.csv.zst: the zstd file is damaged"),
        (PACKED + b"junk", "export.csv.zst: the zstd file is damaged"),
        (zstd.compress(PACKED), "export.csv.zst: this is compressed twice over"),
    ],
)
def test_damaged(bench: Bench, content: bytes, says: str) -> None:
    """Of half an export nobody knows what is missing: it is refused as a whole, and no report is written."""
    bench.write("export.csv.zst", content)
    found = bench.audit("export.csv.zst")
    assert found.code == 3
    assert found.report is None
    assert says in found.err


def test_a_bomb_in_bounded_memory(bench: Bench) -> None:
    """Kilobytes that unpack to two gigabytes: refused when the first 64 MiB have come."""
    member = zstd.compress(b"1,2\n" * 16_000_000)
    bench.write("export.csv.zst", zstd.compress(HEADER) + member * 32)
    started = time.monotonic()
    code, memory, said = measured(
        bench, "audit", "export.csv.zst", "--policy", "policy.yaml", "--mapping", "mapping.yaml", "-o", "json=r.json"
    )
    assert code == 3
    assert "export.csv.zst: the zstd file unpacks to more than 200 times its size, as only a bomb does" in said
    assert memory < 150
    assert time.monotonic() - started < 60
    assert "r.json" not in bench.names()


def test_a_window_that_takes_gigabytes(bench: Bench) -> None:
    """What it takes to unpack a file, the file says: a frame that asks for 2 GiB is not unpacked."""
    long = {zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=long)
    bench.write("export.csv.zst", compressor.compress(ROWS) + compressor.flush())
    code, memory, said = measured(
        bench, "audit", "export.csv.zst", "--policy", "policy.yaml", "--mapping", "mapping.yaml", "-o", "json=r.json"
    )
    assert code == 3
    assert "export.csv.zst: the zstd file is damaged" in said
    assert memory < 300


def test_what_shrinks_well_is_no_bomb(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "BOMB_BYTES", 100_000)
    bench.write("export.csv.zst", zstd.compress(HEADER + b"\n" * 90_000 + GOOD % 1))
    assert bench.audit("export.csv.zst").rows == (1, 0)
