"""The database of one run and its folder, which nobody else can read and which never outlives the run for long."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from supportpolicy.errors import Problem, ResourceError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PREFIX: Final = "supportpolicy-run-"
_LOCK: Final = "owner"

OPTIMIZERS_OFF: Final = "partial_aggregate_pushdown"
"""It writes every layer of named expressions out into the one above, which grows with each layer as a power."""

OPTIMIZERS_OFF_FOR_FEW: Final = f"{OPTIMIZERS_OFF}, projection_placement"
"""Many rows cost less with it; where there are few, it weighs for longer than they take, for minutes at worst, what to work
out below and what above."""


class Workspace:
    """A folder for what a run spills, locked while the run lives, and a database that uses it.

    It is removed when the workspace is closed, or forgotten, or the process ends; the folder of a process that was killed
    is removed by the next run.
    """

    def __init__(self, memory_limit: int | None = None, threads: int | None = None) -> None:
        import duckdb

        _sweep()
        self.folder, self._lock = _locked_folder()
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(self.folder / "spill"),
            "disabled_optimizers": OPTIMIZERS_OFF,
        }
        if memory_limit is not None:
            config["memory_limit"] = f"{memory_limit}B"
        self._threads = threads
        if threads is not None:
            config["threads"] = threads
        try:
            self.connection = duckdb.connect(config=config)
        except BaseException:
            _remove(self.folder, self._lock)
            raise
        self._finalizer = weakref.finalize(self, _end, self.connection, self.folder, self._lock)

    def weigh_less(self) -> None:
        """Plan what follows in the time that few rows are worth."""
        self.connection.execute("SET disabled_optimizers = ?", [OPTIMIZERS_OFF_FOR_FEW])

    def expect_few(self) -> None:
        """Plan what follows for few rows, and for one thread unless somebody wanted more: each of them makes ready all that
        is worked out, though one has all the rows."""
        self.weigh_less()
        if self._threads is None:
            self.connection.execute("SET threads = 1")

    def close(self) -> None:
        """Close the database and remove the folder."""
        self._finalizer()


@contextmanager
def in_plain_words(memory_limit: int | None) -> Iterator[None]:
    """What the database cannot do for want of memory or disk is told as what it is; so is an interruption."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        limit = "" if memory_limit is None else f" of {memory_limit:,} bytes"
        raise ResourceError(
            Problem(
                f"the memory limit{limit} is not enough, even with {tempfile.gettempdir()} for what does not fit",
                expected="more memory, or more room on that disk",
                hint=f"raise --memory-limit, use fewer --threads, or set TMPDIR ({_first_line(error)})",
            )
        ) from error
    except duckdb.IOException as error:
        raise ResourceError(
            Problem(
                f"the database could not read or write: {_first_line(error)}", hint="set TMPDIR to a disk with room"
            )
        ) from error
    except (duckdb.InterruptException, RuntimeError) as error:
        if isinstance(error, RuntimeError) and str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _end(connection: DuckDBPyConnection, folder: Path, lock: int) -> None:
    try:
        connection.close()
    finally:
        _remove(folder, lock)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    """A new folder and its lock. Another run may sweep the folder away before it is locked; then it is made anew."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / _LOCK).exists():
            return folder, lock
        os.close(lock)


def _sweep() -> None:
    """Remove what runs left that were killed: their folders are still there, and nobody holds their lock."""
    for folder in _left():
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
            else:
                _remove(folder, lock)


def _left() -> Iterator[Path]:
    """The folders of runs of this user, but such as are being made."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            with suppress(OSError):  # another run may have removed it
                named = entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False)
                if named and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                    yield Path(entry.path)
