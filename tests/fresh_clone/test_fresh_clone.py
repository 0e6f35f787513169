"""The README from a fresh clone: its first command in an empty home, the report that it shows, and all that follows.

The clone holds what is committed, so this says nothing of changes that are not. It builds and installs packages, for which
pip needs an index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT, fits, follow, marked_command, run, steps

pytestmark = [pytest.mark.fresh_clone, pytest.mark.xdist_group("fresh_clone")]

FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SUPPORTPOLICY_DEBUG", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
"""What the environment of the tests may hold and a fresh machine does not."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    if shutil.which("python3.11") is None:
        pytest.skip("the README's commands name python3.11, which is not on the path")
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone of the repository")
    folder = tmp_path_factory.mktemp("fresh") / "supportpolicy"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def first(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.CompletedProcess[str]]:
    """The README's first command, exactly as it stands there; the home stays empty for what comes after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")  # what pip says of itself is not what the README shows
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        command = marked_command("audit", (clone / "README.md").read_text())
        yield run(command, clone, Path(os.environ["PATH"].split(os.pathsep)[0]))


def test_the_first_command_ends_with_the_code_that_the_readme_names(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 3, first.stdout


def test_it_prints_the_report_that_the_readme_shows(clone: Path, first: subprocess.CompletedProcess[str]) -> None:
    shown = next(step.text for step in steps((clone / "README.md").read_text()) if step.command)
    assert fits(shown, first.stdout), f"printed:\n{first.stdout}\nthe README shows:\n{shown}"


@pytest.mark.usefixtures("first")
def test_all_else_that_the_readme_shows_works_too(clone: Path, tmp_path: Path) -> None:
    for folder in ("examples", "policies"):
        (tmp_path / folder).symlink_to(clone / folder)
    follow(steps((clone / "README.md").read_text()), tmp_path, clone / ".venv" / "bin", "README.md")


@pytest.mark.usefixtures("first")
def test_what_is_installed_is_the_clone(clone: Path) -> None:
    done = run("python -c 'import supportpolicy; print(supportpolicy.__file__)'", clone.parent, clone / ".venv" / "bin")
    assert done.stdout.startswith(str(clone / ".venv")), done.stdout
