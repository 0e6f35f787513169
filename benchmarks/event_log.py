"""The events of the benchmark's tickets, a row for each, as helpdesks export them: eight for a ticket that came to its end.

python -m benchmarks.event_log 1000000 log.csv
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from benchmarks import tickets
from benchmarks.shape import EVENT_COLUMNS
from benchmarks.tickets import LAST, TicketSet, instant, lives

_BLOCK: Final = 100_000
"""Lines that are written at a time."""

_EVENTS: Final = (
    ("submitted_s", "message", "customer", "true", "", ""),
    ("submitted_s + 1", "status", "system", "", "open", "new"),
    ("answered_s", "message", "staff", "true", "", ""),
    ("answered_s + 1", "status", "staff", "", "pending", "open"),
    ("answered_s + wait // 3", "message", "customer", "true", "", ""),
    ("answered_s + wait // 3 + 1", "status", "system", "", "open", "pending"),
    ("answered_s + wait * 2 // 3", "message", "staff", "true", "", ""),
    ("resolved_s", "status", "staff", "", "solved", "open"),
)
"""When it was, in seconds; what it was; who did it; whether all see it; what a change brought, and what was before."""


def file_name(rows: int) -> str:
    """A name that another log, or another version of its makers, does not share."""
    makers = b"".join(Path(str(module)).read_bytes() for module in (__file__, tickets.__file__))
    return f"log-{rows}-{sha256(makers).hexdigest()[:8]}.csv"


def write(rows: int, path: Path) -> None:
    """Write the log of that many tickets in the order of time, whole or not at all."""
    import duckdb

    told = ", ".join(
        f"{{'at_s': {at}, 'seq': {seq}, 'rest': ',{','.join(rest)}'}}" for seq, (at, *rest) in enumerate(_EVENTS)
    )
    lived = f"SELECT *, resolved_s - answered_s AS wait FROM ({lives(TicketSet(rows), 0, rows)})"
    events = f"SELECT rec, unnest([{told}]) AS event FROM ({lived})"
    lines = (
        f"SELECT rec || ',' || {instant('event.at_s')} || event.rest AS line FROM ({events}) WHERE event.at_s <= {LAST}"
    )
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            out.write(",".join(EVENT_COLUMNS).encode() + b"\n")
            cursor = duckdb.connect().execute(f"{lines} ORDER BY event.at_s, rec, event.seq")
            while block := cursor.fetchmany(_BLOCK):
                out.writelines(line.encode() + b"\n" for (line,) in block)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@click.command()
@click.argument("rows", type=click.IntRange(min=1))
@click.argument("path", type=click.Path(path_type=Path))
def main(rows: int, path: Path) -> None:
    """Write the events of ROWS tickets to PATH."""
    write(rows, path)


if __name__ == "__main__":
    main()
