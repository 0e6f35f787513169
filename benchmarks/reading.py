"""What reading alone costs: programs to set an audit beside.

python -m benchmarks.reading columns FILE    the floor: DuckDB reads the needed columns as text and counts
python -m benchmarks.reading events FILE LOG the floor of tickets with a log of events
python -m benchmarks.reading bytes FILE      one pass over the bytes: their sha256, and the line feeds counted
python -m benchmarks.reading rows FILE       the strict reader alone, which makes rows of the file
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.shape import COLUMNS, EVENT_COLUMNS, NEEDED


def columns(path: str) -> object:
    """Each form in the way that was found to cost least CPU."""
    import duckdb

    texts = {
        ".csv": f"""read_csv('{path}', columns = {_texts(COLUMNS)}, auto_detect = false, header = true, delim = ',',
            quote = '"', escape = '"', new_line = '\\n')""",
        ".jsonl": f"read_json('{path}', columns = {_texts(NEEDED)}, format = 'newline_delimited', ignore_errors = true)",
        ".parquet": f"read_parquet('{path}')",
    }
    counts = ", ".join(f"count({column})" for column in NEEDED)
    return duckdb.execute(f"SELECT {counts} FROM {texts[Path(path).suffix]}").fetchall()


def events(path: str, log: str) -> object:
    """The columns that tickets with events need, and all of the log."""
    import duckdb

    return [
        duckdb.execute(
            f"""SELECT {", ".join(f'count("{column}")' for column in needed)} FROM read_csv('{file}',
            columns = {_texts(columns)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
            new_line = '\\n')"""
        ).fetchall()
        for file, columns, needed in ((path, COLUMNS, NEEDED[:2]), (log, EVENT_COLUMNS, EVENT_COLUMNS))
    ]


def _texts(names: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"


def read_bytes(path: str) -> object:
    digest, line_feeds = sha256(), 0
    with Path(path).open("rb", buffering=0) as file:
        while block := file.read(1 << 20):
            digest.update(block)
            line_feeds += block.count(b"\n")
    return digest.hexdigest(), line_feeds


def rows(path: str) -> object:
    from supportpolicy.plugin.registry import installed

    source = installed().sources[Path(path).suffix.removeprefix(".")]
    return sum(1 for _ in source.open([path], {}, "tickets").tables["tickets"].rows())


PROGRAMS: Final[dict[str, Callable[..., object]]] = {
    "columns": columns,
    "events": events,
    "bytes": read_bytes,
    "rows": rows,
}

if __name__ == "__main__":
    print(PROGRAMS[sys.argv[1]](*sys.argv[2:]))
