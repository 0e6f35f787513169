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


@pytest.mark.xdist_group("kept together")
def test_groups_of_tests_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Without a word every worker would make again what one is to make for all: pytest-xdist writes the group behind the
    name of the test, in a place that pytest must still read."""
    grouped = getattr(request.config.option, "loadgroup", False)  # only workers have it
    assert request.node.nodeid.endswith("@kept together") == grouped
