"""Names as typed become files: globs, standard input, gzip, and everything that can be wrong with a name."""

from __future__ import annotations

import glob
import gzip
import io
import os
import shutil
import stat
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from supportpolicy.errors import InputError, Place, Problem, did_you_mean
from supportpolicy.plugin.records import Probe
from supportpolicy.sources.lines import BLOCK, Readable

STDIN: Final = "-"
HEAD: Final = 1 << 16
_GZIP: Final = b"\x1f\x8b"
_EXPECTED: Final = "a file that can be read, a glob such as 'exports/*.csv', or - for standard input"


@dataclass(frozen=True, slots=True)
class Location:
    """One input file. `name` is how it was typed, or what a glob made of it; `identity` tells files apart whatever they
    are called. It can be read again and again, standard input too."""

    name: str
    identity: tuple[int, int]
    _open: Callable[[], io.RawIOBase]

    @contextmanager
    def stored(self) -> Iterator[io.RawIOBase]:
        """The bytes as they lie on disk. What goes wrong while they are read is an InputError."""
        try:
            with self._open() as stream:
                yield stream
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            damage = "is cut short" if isinstance(error, EOFError) else f"is damaged ({error})"
            raise InputError(
                Problem(
                    f"the gzip file {damage}",
                    Place(self.name),
                    expected="a whole gzip file",
                    hint="copy or download it again; `gzip -t` tells whether it is whole",
                )
            ) from error
        except OSError as error:
            raise InputError(_unreadable(self.name, error)) from error

    @contextmanager
    def content(self) -> Iterator[Readable]:
        """The bytes, decompressed if they are gzip."""
        with self.stored() as stored, decompressed(stored) as content:
            yield content

    def probe(self) -> Probe:
        """A glance at the content, for sources to recognise it."""
        with self.content() as content:
            return Probe(self.name, content.read(HEAD))


def resolve(names: Sequence[str]) -> tuple[Location, ...]:
    """The files that `names` stand for, in order; globs in sorted order. Raises InputError with the problems of all names.

    A name with `*`, `?` or `[` is a glob only if there is no file of just that name.
    """
    found: dict[tuple[int, int], Location] = {}
    problems: list[Problem] = []
    if not names:
        problems.append(Problem("no input is named", expected=_EXPECTED))
    for name in names:
        for match in _expanded(name):
            try:
                location = _standard_input() if match == STDIN else _file(match)
            except InputError as error:
                problems.extend(error.problems)
                continue
            twin = found.setdefault(location.identity, location)
            if twin is location:
                continue
            same = "is named twice" if twin.name == match else f"is the same file as {twin.name}"
            problems.append(Problem(same, Place(match), expected="each file once", hint="leave one of the two out"))
    if problems:
        raise InputError(*problems)
    return tuple(found.values())


@contextmanager
def decompressed(stored: io.RawIOBase) -> Iterator[Readable]:
    """What is stored, or what it unpacks to if it begins as gzip does."""
    buffered = io.BufferedReader(stored, BLOCK)
    if buffered.peek(2)[:2] == _GZIP:
        with gzip.GzipFile(fileobj=buffered) as content:
            yield content
    else:
        yield buffered


def _expanded(name: str) -> list[str]:
    if name == STDIN or not any(c in name for c in "*?[") or os.path.lexists(name):
        return [name]
    found = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    matches = sorted(match for match in found if not Path(match).is_dir())
    return matches or [name]


def _file(name: str) -> Location:
    if not name:
        raise InputError(Problem("a name is empty", expected=_EXPECTED))
    path = Path(name)
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except ValueError as error:
        raise InputError(Problem(f"is not a file name ({error})", Place(name), expected=_EXPECTED)) from error
    except OSError as error:
        raise InputError(_unreadable(name, error)) from error
    if stat.S_ISDIR(status.st_mode):
        hint = f"name its files, for example {str(path / '*.csv')!r}"
        raise InputError(Problem("is a directory", Place(name), expected="a file", hint=hint))
    if not stat.S_ISREG(status.st_mode):
        hint = "an input is read more than once; pass a pipe on standard input and name it -"
        raise InputError(Problem("is a pipe or a device", Place(name), expected="a regular file", hint=hint))

    def opened() -> io.RawIOBase:
        stream = path.open("rb", buffering=0)
        now = os.fstat(stream.fileno())
        if (now.st_ino, now.st_size, now.st_mtime_ns) == (status.st_ino, status.st_size, status.st_mtime_ns):
            return stream
        stream.close()
        hint = "copy it to where nothing writes to it, and run again"
        raise InputError(Problem("has changed since it was first read", Place(name), hint=hint))

    return Location(name, (status.st_dev, status.st_ino), opened)


def _unreadable(name: str, error: OSError) -> Problem:
    place = Place(name)
    if isinstance(error, PermissionError):
        hint = "ask for permission to read it: `ls -l` shows who has it"
        return Problem("may not be read", place, expected=_EXPECTED, hint=hint)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if any(c in name for c in "*?["):
            return Problem("the glob matches no file", place, expected=_EXPECTED)
        parent = Path(name).parent
        try:
            hint = did_you_mean(Path(name).name, (path.name for path in parent.iterdir()))
        except OSError:
            hint = f"there is no folder {str(parent)!r}"
        return Problem("there is no such file", place, expected=_EXPECTED, hint=hint)
    return Problem(f"cannot be read ({error.strerror or error})", place, expected=_EXPECTED)


# --- standard input ---------------------------------------------------------------------------------------------------
class _Copy(io.RawIOBase):
    """The copy of standard input, read from a position of its own. Closing it leaves the copy open."""

    def __init__(self, spool: BinaryIO) -> None:
        self._spool = spool
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = os.pread(self._spool.fileno(), len(buffer), self._at)
        self._at += len(read)
        buffer[: len(read)] = read
        return len(read)


_spools: Final[weakref.WeakKeyDictionary[object, BinaryIO | InputError]] = weakref.WeakKeyDictionary()
"""What each standard input held, or why it could not be copied. It can be read only once, so that recognising and reading
it share one copy. The copies have no name on disk and are gone with the process, however it ends."""


def _standard_input() -> Location:
    spool = _spooled()
    status = os.fstat(spool.fileno())
    return Location(STDIN, (status.st_dev, status.st_ino), lambda: _Copy(spool))


def _spooled() -> BinaryIO:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise InputError(Problem("there is no standard input", Place(STDIN), expected=_EXPECTED))
    if stream not in _spools:
        _spools[stream] = _copied(stream)
    spool = _spools[stream]
    if isinstance(spool, InputError):
        raise spool
    return spool


def _copied(stream: BinaryIO) -> BinaryIO | InputError:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the finalizer, at the latest when the process ends
    weakref.finalize(stream, spool.close)
    try:
        shutil.copyfileobj(stream, spool)
        spool.flush()
    except OSError as error:
        return InputError(_unreadable(STDIN, error))
    return spool
