"""How long the command line takes to start, and an audit of ten tickets, beside importing what they need."""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.bench import MANY, Bench
from benchmarks.cost import ROOT, Costs, Program
from benchmarks.single_ticket import AS_OF, POLICY, TICKETS
from benchmarks.table import Table, times

_RUNS: Final = 15
"""A start is over soon: so many runs at least."""
_NEEDED: Final = """
import json, os, sys
from supportpolicy.cli import run
out, sys.stdout = sys.stdout, open(os.devnull, "w")
assert run(sys.argv[1:]) == 0
json.dump([name for name in sys.modules if name.partition(".")[0] not in ("__main__", "google")], out)
"""


def start(bench: Bench) -> Iterator[Table]:
    """The version beside click, and audits of ten tickets beside the modules that they load."""
    compileall.compile_dir(ROOT / "src", quiet=1)  # as the modules of an installed package are
    file = bench.data / "ten.jsonl"
    file.write_text("".join(json.dumps({**TICKETS["every field"], "id": str(n)}) + "\n" for n in range(10)))
    audits = {report: _audit(file, report) for report in ("text", "json")}
    programs = {
        "import click": Program([sys.executable, "-c", "import click"]),
        "supportpolicy --version": Program([sys.executable, "-m", "supportpolicy", "--version"]),
    }
    for report, arguments in audits.items():
        programs[f"importing what it needs, {report}"] = _importing(arguments)
        programs[f"audit of ten tickets, {report}"] = Program([sys.executable, "-m", "supportpolicy", *arguments])
    costs = bench.measure(programs, at_least=_RUNS)
    yield Table(
        "Start",
        "The version beside `python -c 'import click'`; an audit of ten tickets, its report on stdout, beside importing the "
        "modules that it loads.",
        ("", "beside", "CPU", "clock", "peak MiB"),
        (
            _row(costs, "supportpolicy --version", "import click"),
            *(_row(costs, f"audit of ten tickets, {r}", f"importing what it needs, {r}") for r in audits),
        ),
    )


def _audit(file: Path, report: str) -> list[str]:
    policy = ["--policy", str(POLICY), "--as-of", AS_OF]
    return ["audit", str(file), *policy, "-o", report, "--fail-on", "none", "--max-unknown", MANY]


def _importing(arguments: list[str]) -> Program:
    """Imports all that a command loads, and does nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _NEEDED, *arguments], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return Program([sys.executable, "-c", "import " + ", ".join(json.loads(done.stdout))])


def _row(costs: dict[str, Costs], name: str, base: str) -> tuple[str, ...]:
    mine, other = costs[name], costs[base]
    return name, base, times(mine.cpu_beside(other)), times(mine.wall_beside(other)), f"{mine.median.peak:,.0f}"
