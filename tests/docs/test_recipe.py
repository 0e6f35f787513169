"""The recipe for a rule kind in CONTRIBUTING.md works as it stands: it is followed in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, Step, follow, run, section, steps

PROGRAMS = Path(sys.executable).parent
PARTS = ("src", "docs", "tests/docs", "tests/conformance", "README.md", "CONTRIBUTING.md", "pyproject.toml", ".ci")
LINKED = ("examples", "policies", "plugins", "LICENSE", "CHANGELOG.md")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, tmp_path / part)
    for part in LINKED:
        (tmp_path / part).symlink_to(ROOT / part)
    return tmp_path


def recipe() -> list[Step]:
    return steps(section((ROOT / "CONTRIBUTING.md").read_text(), "## Add a rule kind"))


DOCUMENTED = "tests/docs/test_everything_is_documented.py"
WANTED = (
    f"{DOCUMENTED}::test_every_rule_kind",
    f"{DOCUMENTED}::test_every_built_in_is_given_to_its_suite[rules-KIND]",
    f"{DOCUMENTED}::test_every_page_is_reached_from_the_readme",
)


def test_the_recipe_for_a_rule_kind(copy: Path) -> None:
    written = recipe()
    registered = next(n for n, step in enumerate(written) if step.change) + 1
    follow(written[:registered], copy, PROGRAMS, "CONTRIBUTING.md", PYTHONPATH=str(copy / "src"))
    failed = pytest_in(copy, *WANTED)
    assert "docs/rules/handled-by.md is missing" in failed
    assert sorted(re.findall(r"^FAILED \S+::(\S+)", failed, re.MULTILINE)) == [
        "test_every_built_in_is_given_to_its_suite[rules-KIND]",
        "test_every_rule_kind[handled-by]",
    ]

    follow(written[registered:], copy, PROGRAMS, "CONTRIBUTING.md", PYTHONPATH=str(copy / "src"))
    page = "tests/docs/test_docs.py::test_the_page_shows_what_its_commands_print[docs/rules/handled-by.md]"
    passed = pytest_in(copy, *WANTED, page, "tests/conformance/test_handled_by.py")
    assert re.search(r"^\d+ passed in", passed, re.MULTILINE), passed
    style = run(
        "ruff check --no-cache src/supportpolicy/rules src/supportpolicy/builtin.py tests/conformance", copy, PROGRAMS
    )
    assert style.returncode == 0, style.stdout


def pytest_in(folder: Path, *arguments: str) -> str:
    """What pytest prints for the tests of a copy of the project."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr
