"""Every command that a page shows is run, and prints what the page says it prints.

In a block marked `console`, a line that begins with `$ ` is a command and the lines below it are its output, talk on
stderr included; a line `...` stands for any number of lines. Files that a page shows in full are written first: a block
whose opening fence ends with `file=NAME` is that file.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A command with what it prints, or a file to write."""

    line: int
    command: str
    output: str
    file: str = ""


def steps(page: Path) -> list[Step]:
    found = []
    text = page.read_text()
    for block in FENCE.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        info = block["info"]
        named = re.search(r"\bfile=(\S+)", info)
        if named:
            found.append(Step(line, "", block["body"], named[1]))
        elif info.strip() == "console":
            for part in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                while command.endswith("\\"):
                    more, _, output = output.partition("\n")
                    command = command[:-1] + more.removeprefix("> ")
                found.append(Step(line, command, output))
    return found


def fits(shown: str, printed: str) -> bool:
    """Whether the page shows what was printed; `...` on a line of its own stands for any lines."""
    parts = [re.escape(part.strip("\n")) for part in re.split(r"^\.\.\.$", shown.strip("\n"), flags=re.MULTILINE)]
    pattern = r"(?:.*\n)?".join(parts) if len(parts) == 1 else r"(?:\n|.*?\n|)".join(f"(?:{part})" for part in parts)
    squeezed = "\n".join(line.rstrip() for line in printed.strip("\n").split("\n"))
    return re.fullmatch(pattern, squeezed, re.DOTALL) is not None


PAGES_WITH_COMMANDS = [page for page in PAGES if page.exists() and steps(page)]


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    for name in ("examples", "policies"):
        (tmp_path / name).symlink_to(ROOT / name)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    for step in steps(page):
        if step.file:
            (tmp_path / step.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / step.file).write_text(step.output)
            continue
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        where = f"{page.relative_to(ROOT)}:{step.line}: {shlex.quote(step.command)}"
        assert fits(step.output, done.stdout), f"{where}\nprinted:\n{done.stdout}\nthe page shows:\n{step.output}"


def test_links_between_pages_lead_somewhere() -> None:
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        if page.exists()
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert lost == []
