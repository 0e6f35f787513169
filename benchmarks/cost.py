"""What a program costs, taken as a whole process by the operating system's own account of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The programs run here, where they find this package."""


class BenchmarkError(Exception):
    """A program did not do what it was measured for."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, user and system, of a process and those it waited for; seconds on the clock; most memory in MiB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True, slots=True)
class Program:
    """A command to be measured. What it prints goes to `printed`, nowhere without it."""

    command: Sequence[str]
    printed: Path | None = None

    def run(self) -> Cost:
        """Run it once. Whoever calls this must be small: the kernel counts the memory of a process from before it is
        another program, so a child has at least its parent's."""
        with Path(self.printed or os.devnull).open("wb") as out:
            began = perf_counter()
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, cwd=ROOT
            )
            assert process.stderr is not None
            said = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            wall = perf_counter() - began
            process.stderr.close()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if code != 0:
            raise BenchmarkError(f"{' '.join(self.command)}: exit {code}\n{said.decode(errors='replace')}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of several runs."""

    runs: tuple[Cost, ...]

    @property
    def median(self) -> Cost:
        return Cost(
            median(run.cpu for run in self.runs),
            median(run.wall for run in self.runs),
            median(run.peak for run in self.runs),
        )

    def cpu_beside(self, other: Costs) -> float:
        """The CPU as a multiple of the other's, round by round, so that what slows a round down slows both."""
        return median(mine.cpu / theirs.cpu for mine, theirs in zip(self.runs, other.runs, strict=True))

    def wall_beside(self, other: Costs) -> float:
        """The same of the time on the clock."""
        return median(mine.wall / theirs.wall for mine, theirs in zip(self.runs, other.runs, strict=True))

    def without(self, part: Costs) -> Costs:
        """These costs less those of a part of the work that was measured by itself."""
        return Costs(
            tuple(
                Cost(mine.cpu - its.cpu, mine.wall - its.wall, mine.peak)
                for mine, its in zip(self.runs, part.runs, strict=True)
            )
        )


def measure(
    programs: Mapping[str, Program], runs: int, say: Callable[[str], None], once: bool = False
) -> dict[str, Costs]:
    """Run the programs in turn, again and again, after one turn that does not count; or `once`, to see that they work."""
    taken: dict[str, list[Cost]] = {name: [] for name in programs}
    for turn in range(1, 2) if once else range(runs + 1):
        for name, program in programs.items():
            cost = program.run()
            say(
                f"{name}: {cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.peak:.0f} MiB{'' if turn else ' (warming up)'}"
            )
            if turn:
                taken[name].append(cost)
    return {name: Costs(tuple(costs)) for name, costs in taken.items()}
