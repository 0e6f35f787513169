"""What the pages of this project show: their commands with what they print, and the files that they have written.

In a block marked `console`, a line that begins with `$ ` is a command, one that begins with `> ` continues it, and the lines
below are its output, talk on stderr included; a line `...` stands for any number of lines. A block whose opening fence
ends with `file=NAME` is a file to be written, one with `change=NAME` a change of a file that is there: lines that begin
with `-` are replaced by those that begin with `+`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=ticks)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A command with what it prints, a file to write, or a change of one; `line` is that of its block."""

    line: int
    command: str = ""
    text: str = ""
    file: str = ""
    change: str = ""


def pages(root: Path = ROOT) -> list[Path]:
    """Every page of the project."""
    tops = [root / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    found = (path for glob in ("docs/**/*.md", "examples/*/*.md", "policies/*/*.md") for path in root.glob(glob))
    return sorted([*found, *(top for top in tops if top.exists())])


def steps(text: str) -> list[Step]:
    """What a page has its reader do, in order."""
    found = []
    for block in FENCE.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        named = re.search(r"\b(file|change)=(\S+)", block["info"])
        if named:
            found.append(Step(line, text=block["body"], **{named[1]: named[2]}))
        elif block["info"].strip() == "console":
            for part in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                while command.endswith("\\"):
                    more, _, output = output.partition("\n")
                    command = command[:-1] + more.removeprefix("> ")
                found.append(Step(line, command=command, text=output))
    return found


def marked_command(name: str, text: str) -> str:
    """The one command of the block below `<!-- command: NAME -->`."""
    found = re.search(rf"^<!-- command: {name} -->\n```sh\n(.*)\n```$", text, re.MULTILINE)
    assert found, f"no command is marked {name}"
    return found[1]


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its level or above; code blocks are left as they are."""
    level = len(heading) - len(heading.lstrip("#"))
    bare = FENCE.sub(lambda block: re.sub(r"^#", " ", block[0], flags=re.MULTILINE), text)
    start = bare.index(f"\n{heading}\n") + len(heading) + 2
    following = re.search(rf"^#{{1,{level}}} ", bare[start:], re.MULTILINE)
    return text[start : start + following.start()] if following else text[start:]


def fits(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, line for line; white space at the ends of lines does not count."""
    lines = [line.rstrip() for line in shown.strip("\n").split("\n")]
    pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in lines)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").split("\n"))) is not None


def follow(done: Iterable[Step], folder: Path, programs: Path, where: str, **environment: str) -> None:
    """Do what a page says in `folder`, with the programs in `programs` before all others."""
    for step in done:
        if step.file:
            (folder / step.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.file).write_text(step.text)
        elif step.change:
            _change(folder / step.change, step.text)
        else:
            printed = run(step.command, folder, programs, **environment).stdout
            asked = f"{where}:{step.line}: {shlex.quote(step.command)}"
            assert fits(step.text, printed), f"{asked}\nprinted:\n{printed}\nthe page shows:\n{step.text}"


def run(command: str, folder: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader would who has activated the environment of `programs`; stdout holds stderr too."""
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _change(file: Path, text: str) -> None:
    """Replace the lines marked `-` (and those without a mark, which stay) by those marked `+`."""
    lines = text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    whole = file.read_text()
    assert whole.count(before) == 1, f"{file} holds {whole.count(before)} times, and not once:\n{before}"
    file.write_text(whole.replace(before, after))
