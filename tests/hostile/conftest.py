"""The bench, laid out in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_bench import MAPPING, POLICY, Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    monkeypatch.chdir(tmp_path)
    found = Bench(tmp_path, capsys)
    found.write("policy.yaml", POLICY)
    found.write("mapping.yaml", MAPPING)
    return found
