"""What the tables are made with: the files of tickets, and the commands that are measured on them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import event_log
from benchmarks.cost import ROOT, Costs, Program, measure
from benchmarks.policies import on_a_calendar, thirty_two
from benchmarks.tickets import TicketSet

HERE: Final = Path(__file__).parent
POLICY: Final = HERE / "policy.yaml"
MAPPING: Final = HERE / "mapping.yaml"
EVENTS_POLICY: Final = HERE / "events-policy.yaml"
EVENTS_MAPPING: Final = HERE / "events-mapping.yaml"
MANY: Final = str(10**12)


@dataclass(frozen=True, slots=True)
class Bench:
    """`data`: the folder that keeps the files. `peers`: the Python that has what `requirements.txt` lists. `scales`: how
    many tickets, from few to many. `say` is told what goes on. `once`: nothing is measured in earnest."""

    data: Path
    peers: str
    scales: tuple[int, ...]
    runs: int
    say: Callable[[str], None]
    once: bool = False

    def file(self, tickets: TicketSet) -> Path:
        """The file of these tickets, made if it is not there. In another process, so that this one stays small."""
        return self._made(
            tickets.file_name, f"from benchmarks.tickets import TicketSet, write; write({tickets!r}, path)"
        )

    def log(self, rows: int) -> Path:
        """The file of the events of that many tickets, made in the same way."""
        return self._made(event_log.file_name(rows), f"from benchmarks.event_log import write; write({rows}, path)")

    def _made(self, name: str, make: str) -> Path:
        path = self.data / name
        if not path.exists():
            self.say(f"making {name}")
            code = f"import sys; from pathlib import Path; path = Path(sys.argv[1]); {make}"
            subprocess.run([sys.executable, "-c", code, str(path)], check=True, cwd=ROOT)
        return path

    def mapping(self, form: str) -> Path:
        """The mapping for files of this form."""
        path = self.data / f"mapping-{form}.yaml"
        path.write_text(MAPPING.read_text().replace("{name: csv}", f"{{name: {form}}}"))
        return path

    def policy_of_32(self) -> Path:
        """The eight rules and 24 more."""
        path = self.data / "policy-32.yaml"
        path.write_text(thirty_two(POLICY.read_text()))
        return path

    def policy_on_a_calendar(self) -> Path:
        """The eight rules, of which the deadlines are on a business calendar with holidays."""
        path = self.data / "policy-office.yaml"
        path.write_text(on_a_calendar(POLICY.read_text()))
        return path

    def measure(self, programs: Mapping[str, Program], at_least: int = 1) -> dict[str, Costs]:
        return measure(programs, max(self.runs, at_least), self.say, self.once)

    @contextmanager
    def outputs(self) -> Iterator[Path]:
        """A folder for what the programs write, removed at the end."""
        with TemporaryDirectory(dir=self.data, prefix="out-") as folder:
            yield Path(folder)

    def audit(
        self,
        file: Path,
        output: str,
        *,
        engine: str = "duckdb",
        policy: Path = POLICY,
        mapping: Path | None = None,
        **options: str,
    ) -> Program:
        """An audit by the command line; a run is good whatever it finds."""
        given = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        return Program([
            sys.executable, "-m", "supportpolicy", "audit", str(file), "--policy", str(policy), "--engine", engine,
            "--mapping", str(mapping or self.mapping(file.suffix.removeprefix("."))),
            "-o", output, "--fail-on", "none", "--max-unknown", MANY, "--max-rejected", MANY, *given,
        ])  # fmt: skip

    def reading(self, what: str, *files: Path) -> Program:
        """What reading alone costs."""
        return Program([sys.executable, "-m", "benchmarks.reading", what, *map(str, files)])


def listed(what: str) -> tuple[str, ...]:
    """The names of the built-in `sources` or `reports`."""
    command = [sys.executable, "-m", "supportpolicy", "list", what]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(line.split()[0] for line in shown.splitlines() if "  [supportpolicy " in line)


def offers(option: str) -> bool:
    """Whether `supportpolicy audit` has this option."""
    shown = subprocess.run(
        [sys.executable, "-m", "supportpolicy", "audit", "--help"], check=True, capture_output=True, text=True
    )
    return option in shown.stdout
