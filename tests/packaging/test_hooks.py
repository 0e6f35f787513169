"""The pre-commit hooks in a repository of somebody's policies."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from workshop import ROOT, copy_of_checkout, run

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]

POLICY = Path("policies/memsource-technical-support/policy.yaml")
TESTS = POLICY.with_name("tests.yaml")


def git(*arguments: str, cwd: Path) -> str:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    return run("git", *settings, *arguments, cwd=cwd, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")


def repository(folder: Path) -> str:
    """Make a repository of the folder; the commit."""
    git("init", "--quiet", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message", "All", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder).strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a policy, its tests, and the two hooks."""
    hooks = copy_of_checkout(tmp_path_factory.mktemp("hooks"))
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / POLICY.parent, folder / POLICY.parent)
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {repository(hooks)}\n    hooks:\n"
        "      - id: supportpolicy-check\n      - id: supportpolicy-test\n"
    )
    repository(folder)
    return folder


def commit_hooks(project: Path, home: Path, *arguments: str, expect: int) -> dict[str, tuple[str, str]]:
    """Run the hooks: of each its state and what it printed."""
    printed = run(
        *(sys.executable, "-m", "pre_commit", "run", "--color=never", *arguments),
        cwd=project,
        expect=expect,
        PRE_COMMIT_HOME=str(home),
    )
    parts = re.split(r"^(.+?)\.{3,}(?:\(.*\))?(Passed|Failed|Skipped)$", printed, flags=re.MULTILINE)[1:]
    return {name: (state, text) for name, state, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


def changed(file: Path, old: str, new: str) -> str:
    """Replace the first `old` in the file; `FILE:LINE` of it."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return f"{file.relative_to(file.parents[2])}:{text[: text.index(old)].count(chr(10)) + 1}"


def test_sound_policies_pass(project: Path, home: Path) -> None:
    assert commit_hooks(project, home, "--all-files", expect=0) == {
        "check support policies": ("Passed", "\n"),
        "test support policies": ("Passed", "\n"),
    }


def test_a_broken_policy_fails_at_its_line_and_column(project: Path, home: Path) -> None:
    place = changed(project / POLICY, "kind: eligibility", "kind: eligiblity")
    try:
        git("add", "--all", cwd=project)
        found = commit_hooks(project, home, expect=1)
    finally:
        git("reset", "--quiet", "--hard", cwd=project)
    state, printed = found["check support policies"]
    assert state == "Failed"
    assert re.search(rf"^{re.escape(place)}:\d+: .*did you mean 'eligibility'\?", printed, re.MULTILINE | re.DOTALL)


def test_a_test_that_fails_is_named_with_its_place(project: Path, home: Path) -> None:
    place = changed(project / TESTS, "paid-edition: pass", "paid-edition: fail")
    try:
        git("add", "--all", cwd=project)
        found = commit_hooks(project, home, expect=1)
    finally:
        git("reset", "--quiet", "--hard", cwd=project)
    assert found["check support policies"][0] == "Passed"
    state, printed = found["test support policies"]
    assert state == "Failed"
    assert re.search(rf"^{re.escape(place)}:\d+: ", printed, re.MULTILINE)
    assert "paid-edition: expected fail" in printed


def test_other_files_do_not_run_the_hooks(project: Path, home: Path) -> None:
    (project / "notes.yaml").write_text("supportpolicy: 2\n")
    try:
        git("add", "--all", cwd=project)
        found = commit_hooks(project, home, expect=0)
    finally:
        git("reset", "--quiet", "--hard", cwd=project)
    assert {state for state, _ in found.values()} == {"Skipped"}
