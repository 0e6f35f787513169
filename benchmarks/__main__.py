"""The one command: makes the data, measures, prints the tables."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.bench import Bench
from benchmarks.cost import BenchmarkError
from benchmarks.tables import BY_HAND, TABLES


class Amount(click.ParamType[int]):
    """A number of tickets, such as 100k, 1M or 2500."""

    name = "amount"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        digits, factor = value, 1
        for suffix, many in (("k", 1_000), ("M", 1_000_000)):
            if value.endswith(suffix):
                digits, factor = value.removesuffix(suffix), many
        if not digits.isascii() or not digits.isdigit() or int(digits) == 0:
            self.fail(f"{value!r} is no number of tickets; expected one such as 100k, 1M or 2500", param, ctx)
        return int(digits) * factor


@click.command(epilog="Without --only all tables are made but those by hand: " + ", ".join(sorted(BY_HAND)) + ".")
@click.option(
    "--scale", "scales", multiple=True, type=Amount(), metavar="N", help="Tickets; repeat. [default: 1M, 10M]"
)
@click.option("--only", multiple=True, type=click.Choice(list(TABLES)), help="Only this table; repeat for several.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=3, show_default=True, help="Runs that count, of each program."
)
@click.option("--once", is_flag=True, help="Run each program once and cold: whether all works, and no measurement.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="A folder that keeps the files of tickets."
)
@click.option(
    "--peers", default=sys.executable, metavar="PYTHON", help="The Python that has requirements.txt installed."
)
@click.option("--markdown", is_flag=True, help="Print the tables for a page.")
def main(
    scales: tuple[int, ...],
    only: tuple[str, ...],
    runs: int,
    once: bool,
    data: Path | None,
    peers: str,
    markdown: bool,
) -> None:
    """Measure supportpolicy beside the cost of reading the same file, and beside what else could do the same work.

    Tables go to stdout, talk to stderr.
    """
    with ExitStack() as stack:
        if data is None:
            data = Path(stack.enter_context(TemporaryDirectory(prefix="supportpolicy-benchmarks-")))
        data = data.resolve()
        data.mkdir(parents=True, exist_ok=True)
        ordered = tuple(sorted(set(scales))) or (1_000_000, 10_000_000)
        bench = Bench(data, _python(peers), ordered, runs, lambda text: click.echo(text, err=True), once)
        click.echo(machine(1 if once else runs) + "\n")
        for name in only or [name for name in TABLES if name not in BY_HAND]:
            try:
                for table in TABLES[name](bench):
                    click.echo(table.markdown() if markdown else table.plain())
            except BenchmarkError as error:
                raise click.ClickException(str(error)) from error


def _python(name: str) -> str:
    """Where this Python is; a link to it is kept, for it says which environment is meant."""
    found = shutil.which(name)
    if found is None:
        raise click.BadParameter(f"there is no program {name!r}", param_hint="--peers")
    return str(Path(found).absolute())


def machine(runs: int) -> str:
    """The shape of the machine, and how it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, DuckDB {metadata.version('duckdb')}; "
        f"medians of {runs} {'run' if runs == 1 else 'runs'} of whole processes, in turn."
    )


if __name__ == "__main__":
    main()
