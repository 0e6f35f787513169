"""Building packages of this checkout, and environments to try them in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
_PACKAGED = ("LICENSE", "README.md", "pyproject.toml", "src", "plugins/supportpolicy-example", ".pre-commit-hooks.yaml")
_LEFT_BY_TOOLS = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "dist", "build", "*.egg-info")


def run(*command: str | Path, cwd: Path, expect: int = 0, **environment: str) -> str:
    """Run a command in a clean environment; what it prints, talk included."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "GIT_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**inherited, "NO_COLOR": "1", "COLUMNS": "120", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == expect, f"{' '.join(map(str, command))} exits {done.returncode}:\n{done.stdout}"
    return done.stdout


def copy_of_checkout(folder: Path) -> Path:
    """What a package is made of, and nothing that tools have left in the checkout."""
    for name in _PACKAGED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=_LEFT_BY_TOOLS)
        else:
            shutil.copy(source, target)
    return folder


def copy_of_plugin(name: str, folder: Path, *parts: str) -> Path:
    """A plugin of the checkout, or some parts of it."""
    target = folder / name
    for part in parts or ("LICENSE", "README.md", "pyproject.toml", "src", "tests"):
        source = PLUGINS / name / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=_LEFT_BY_TOOLS)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / part)
    return target


@dataclass(frozen=True)
class Environment:
    """A virtual environment in a folder."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> Environment:
        venv.create(folder, with_pip=True, symlinks=True)
        return cls(folder)

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def install(self, *what: str | Path) -> None:
        run(self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what, cwd=self.folder)

    def run(self, program: str, *arguments: str | Path, cwd: Path | None = None, expect: int = 0) -> str:
        return run(self.folder / "bin" / program, *arguments, cwd=cwd or self.folder, expect=expect)

    def test(self, folder: Path, *options: str) -> str:
        """Run the tests in a folder; they must pass, and none may be left out."""
        printed = self.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, cwd=folder)
        assert " passed" in printed, printed
        assert " skipped" not in printed, printed
        return printed


def build_distributions(project: Path, folder: Path) -> list[Path]:
    """The sdist, and the wheel made from it, as they would be published."""
    run(sys.executable, "-m", "build", "--outdir", folder, project, cwd=folder)
    return sorted(folder.iterdir())


def build_wheel(project: Path, folder: Path) -> Path:
    """The wheel of a project."""
    before = set(folder.iterdir())
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, project, cwd=folder)
    (wheel,) = set(folder.iterdir()) - before
    return wheel
