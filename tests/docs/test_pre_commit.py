"""The hooks of .pre-commit-config.yaml run, and the policies of this repository pass those that are about them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import ROOT

PROGRAMS = Path(sys.executable).parent
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for repo in CONFIG["repos"] for hook in repo["hooks"]}


@pytest.mark.parametrize("name", HOOKS)
def test_the_hook_is_a_program_of_the_projects_own_environment(name: str) -> None:
    program = Path(shlex.split(HOOKS[name]["entry"])[0])
    assert program.parent == Path(".venv/bin")
    assert (PROGRAMS / program.name).exists()


@pytest.mark.parametrize("name", ["supportpolicy-check", "supportpolicy-test"])
def test_the_policies_are_sound(name: str) -> None:
    program, *arguments = shlex.split(HOOKS[name]["entry"])
    done = subprocess.run(
        [PROGRAMS / Path(program).name, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
