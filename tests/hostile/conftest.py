"""The bench, laid out in a folder of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_bench import MAPPING, POLICY, Bench


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """What runs in the background of a shell has SIGINT ignored, and so have its children: they would run to their end, and
    no test would tell what an interruption does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(params=["reference", "duckdb"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn, for the tests of a module that uses this fixture: audits on the bench are run by it."""
    return str(request.param)


@pytest.fixture
def bench(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Bench:
    monkeypatch.chdir(tmp_path)
    asked = "engine" in request.fixturenames
    found = Bench(tmp_path, capsys, request.getfixturevalue("engine") if asked else None)
    found.write("policy.yaml", POLICY)
    found.write("mapping.yaml", MAPPING)
    return found
