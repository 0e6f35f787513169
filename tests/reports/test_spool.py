from __future__ import annotations

import gc
from pathlib import Path

import pytest

from supportpolicy.reports.spool import Spool


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_strands_come_back_in_the_order_they_were_written() -> None:
    spool: Spool[str] = Spool()
    expected: dict[str, bytes] = {"a": b"", "b": b""}
    for n in range(60):
        for strand in expected:
            piece = f"{strand}{n};".encode() * 1_000
            spool.append(strand, piece)
            expected[strand] += piece
    assert {strand: b"".join(spool.read(strand)) for strand in expected} == expected
    assert b"".join(spool.read("a")) == expected["a"], "it can be read again"
    assert list(spool.read("c")) == []
    spool.close()
    assert list(spool.read("a")) == []


def test_the_temporary_file_goes_with_the_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = open_files()
    spool: Spool[str] = Spool()
    spool.append("a", bytes(200_000))
    assert open_files() == before + 1
    del spool
    gc.collect()
    assert open_files() == before
    assert list(tmp_path.iterdir()) == []


def test_a_small_strand_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    spool: Spool[str] = Spool()
    spool.append("a", b"x" * 1_000)
    assert b"".join(spool.read("a")) == b"x" * 1_000
    spool.close()
