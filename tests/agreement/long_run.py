"""The long run, by hand: compares the engines over generated worlds for as long as one likes.

    .venv/bin/python tests/agreement/long_run.py --seed 1 --minutes 30

Says how much it compared. Where the engines differ it writes the smallest world that shows it, as files and with the
command that audits them, to a folder under --keep, and goes on; of differences in one and the same thing, the first.
"""

from __future__ import annotations

import argparse
import re
import shlex
import time
from itertools import count, cycle
from pathlib import Path

from comparing import Seen, difference, smallest
from worlds import KINDS, World, sample

from supportpolicy.engines import duckdb
from supportpolicy.model.instant import format_instant
from supportpolicy.plugin import RunOptions

_AT_A_TIME = 50
_ENGINES = ("reference", "duckdb")


def main() -> int:
    asked = argparse.ArgumentParser(description="Compare the engines over generated worlds.")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--kind", choices=KINDS, action="append")
    asked.add_argument("--most", type=int, default=60, help="the most rows in a file")
    asked.add_argument("--keep", type=Path, default=Path("differences"))
    asked.add_argument("--give-up", type=int, default=10, help="after so many different things")
    given = asked.parse_args()
    until = time.monotonic() + given.minutes * 60
    seen, differences, kept = Seen(), 0, set[str]()
    for number, kind in zip(count(given.seed), cycle(given.kind or KINDS), strict=False):
        for world in sample(kind, _AT_A_TIME, number, given.most):
            told = difference(duckdb.ENGINE, world, seen)
            differences += bool(told)
            if told and _subject(told) not in kept:
                kept.add(_subject(told))
                _keep(told, smallest(duckdb.ENGINE, world, 120), given.keep / f"{kind}-{number}-{differences}")
            if time.monotonic() > until or len(kept) >= given.give_up:
                print(f"seeds {given.seed} to {number}: {seen}; {differences} differences", flush=True)
                return 1 if differences else 0
        print(f"seed {number}, {kind}: {seen}; {differences} differences so far", flush=True)
    raise AssertionError("count() has no end")


def _subject(told: str) -> str:
    """What differs, without the numbers and names that are only this world's."""
    return re.sub("'[^']*'|[0-9]+", "", told.rpartition("): ")[2] if "RunOptions(" in told[:80] else told)[:60]


def _keep(first: str, world: World, folder: Path) -> None:
    """Lay the world out, with what differs and how to see it; what differed at first, if it does no more."""
    told = difference(duckdb.ENGINE, world) or f"seen once, and not again: {first}"
    folder.mkdir(parents=True, exist_ok=True)
    world.lay(folder)
    commands = [
        " ".join(shlex.quote(word) if word[0] != "#" else word for word in command)
        for options in world.questions
        for command in _commands(world, options)
    ]
    (folder / "difference.txt").write_text("\n".join((told, *commands, "")), encoding="utf-8")
    print(f"{folder}: {told[:500]}", flush=True)


def _commands(world: World, options: RunOptions) -> list[list[str]]:
    """The question as it is asked on the command line, of each engine."""
    command = [*world.exports, "--policy", "policy", "--include", options.include]
    command += ["--source", "jsonl"] if world.mapping is None else ["--mapping", "mapping.yaml"]
    for name, (file, _) in world.tables.items():
        command += ["--table", f"{name}={file}"]
    for option, instant in (("--as-of", options.as_of), ("--exported-at", options.exported_at)):
        command += [option, format_instant(instant)] if instant is not None else []
    command += [f"# of ticket {options.ticket!r}, in the library"] if options.ticket is not None else []
    return [
        ["supportpolicy", "audit", "--engine", engine, "-o", f"json={engine}.json", *command] for engine in _ENGINES
    ]


if __name__ == "__main__":
    raise SystemExit(main())
