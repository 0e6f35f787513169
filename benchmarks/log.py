"""What happened to the tickets of the benchmark, as an export of its own: eight events for each ticket.

The customer writes, is answered, is waited for, writes again, is answered again, and the ticket is solved; a macro says
thanks. Every instant is drawn from the ticket's number, like the tickets themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.tickets import FIRST, LAST, chance, draw

LOG_COLUMNS: Final = ("ticket", "time", "what", "who", "public", "new", "author", "source")
LOG_NEEDED: Final = ("ticket", "time", "what", "who", "public", "new")

_BLOCK: Final = 50_000
_EVENTS: Final = (
    # what, who, public, new, author; the order of the file is not that of time
    (0, "comment", "requester", "true", "", "u"),
    (5, "comment", "agent", "true", "", "a"),
    (2, "status", "agent", "", "pending", "a"),
    (7, "comment", "macro", "true", "", "m"),
    (4, "status", "requester", "", "open", "u"),
    (1, "comment", "agent", "true", "", "a"),
    (6, "status", "agent", "", "solved", "a"),
    (3, "comment", "requester", "true", "", "u"),
)


@dataclass(frozen=True, slots=True)
class Log:
    """A file with the events of so many tickets."""

    tickets: int

    @property
    def file_name(self) -> str:
        """A name that another log, or another version of this module, does not share."""
        maker = sha256(Path(__file__).read_bytes() + repr(self).encode()).hexdigest()[:8]
        return f"log-{self.tickets}-{maker}.csv"


def write(log: Log, path: Path) -> None:
    """Write the file, whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            out.writelines(_lines(log))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _lines(log: Log) -> Iterator[bytes]:
    import duckdb

    connection = duckdb.connect()
    yield ",".join(LOG_COLUMNS).encode() + b"\n"
    for start in range(0, log.tickets, _BLOCK):
        block = _select(start, min(start + _BLOCK, log.tickets))
        row = connection.execute(f"SELECT string_agg(line, chr(10) ORDER BY rec, place) FROM ({block})").fetchone()
        assert row is not None
        yield row[0].encode() + b"\n"


def _select(start: int, end: int) -> str:
    """The lines of the tickets numbered `start` to before `end`."""
    late = f"CASE WHEN {chance('late in the log', 0.05)} THEN {draw('how late in the log', 200_000)} ELSE 0 END"
    times = f"""SELECT range AS rec, {FIRST} + {draw("submitted", LAST - FIRST)} AS t0,
        60 + {draw("answer in the log", 40_000)} + {late} AS d1, 10 + {draw("asked back", 50)} AS d2,
        3600 + {draw("waited for", 400_000)} AS d3, {draw("open again", 3)} AS d4,
        60 + {draw("second answer", 12_000)} + {late} AS d5, 60 + {draw("solved", 100_000)} AS d6, 1 AS d7
        FROM range({start}, {end})"""
    ats = ["t0", *(f"t0 + {' + '.join(f'd{k}' for k in range(1, n + 1))}" for n in range(1, 8))]
    lines = []
    for place, (n, what, who, public, new, author) in enumerate(_EVENTS):
        at = f"strftime(make_timestamp(({ats[n]}) * 1000000), '%Y-%m-%dT%H:%M:%SZ')"
        writer = f"'{author}' || {draw('who writes', 1000)}"
        lines.append(
            f"SELECT rec, {place} AS place, rec || ',' || {at} || ',{what},{who},{public},{new},' || {writer} || ',web' "
            f"AS line FROM ({times}) WHERE {ats[n]} <= {LAST}"
        )
    return " UNION ALL ".join(lines)
