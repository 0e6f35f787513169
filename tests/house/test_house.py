"""The house keeps its own rules: style, types, and imports that point one way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent

CHECKS = {
    "ruff check": ["ruff", "check", "--no-cache", "."],
    "ruff format": ["ruff", "format", "--no-cache", "--check", "."],
    "mypy": ["mypy", "--cache-dir=/dev/null"],
    "mypy zendesk": ["mypy", "--cache-dir=/dev/null", "--strict", "plugins/supportpolicy-zendesk/src"],
    "mypy example": ["mypy", "--cache-dir=/dev/null", "--strict", "plugins/supportpolicy-example/src"],
    "mypy benchmarks": ["mypy", "--cache-dir=/dev/null", "--strict", "-p", "benchmarks"],
    "lint-imports": ["lint-imports", "--no-cache"],
}


@pytest.mark.parametrize("check", CHECKS, ids=CHECKS)
def test_the_tree_is_clean(check: str) -> None:
    tool, *arguments = CHECKS[check]
    done = subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
