"""Files to read, made as needed."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path

import duckdb
import pytest

from supportpolicy.errors import InputError

Write = Callable[..., str]


@pytest.fixture(scope="session")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes bytes to a new file and gives its name; `packed` as gzip."""
    folder = tmp_path_factory.mktemp("inputs")
    numbers = count()

    def written(content: bytes, name: str = "", packed: bool = False) -> str:
        place: Path = folder / f"{next(numbers)}"
        if name:
            place.mkdir()
            place = place / name
        place.write_bytes(gzip.compress(content) if packed else content)
        return str(place)

    return written


@pytest.fixture(scope="session")
def said() -> Callable[[InputError], Sequence[str]]:
    """The problems of an error without the names of files, each as message | expected | hint."""
    return lambda error: [f"{p.message} | {p.expected} | {p.hint}" for p in error.problems]


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., str]:
    """Writes what a query gives into a Parquet file and gives its name."""

    def written(
        query: str, name: str = "tickets.parquet", *, options: str = "", values: Mapping[str, object] | None = None
    ) -> str:
        path = tmp_path / name
        kept = tmp_path / "written.parquet"
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            database.execute(f"CREATE TABLE written AS {query}", values or {})
            database.execute(f"COPY written TO '{kept}' (FORMAT parquet{', ' * bool(options)}{options})")
        kept.rename(path)
        return str(path)

    return written
