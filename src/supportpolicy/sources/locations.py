"""Names as typed become files: globs, standard input, gzip, zstd, UTF-16, and everything that can be wrong with a name.

A compressed file is unpacked as it is read, never as a whole. One that unpacks to more than `BOMB_RATIO` times its size is
refused once it has given `BOMB_BYTES`: gzip shrinks zeros a thousandfold, zstd more, but neither shrinks tickets so, and a
megabyte must not cost a gigabyte of work. Who means it unpacks the file first; then its size is there for all to see.
"""

from __future__ import annotations

import errno
import glob
import gzip
import io
import os
import re
import shutil
import stat
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from supportpolicy.errors import InputError, Place, Problem, did_you_mean
from supportpolicy.plugin.records import Probe
from supportpolicy.sources.lines import BLOCK, Readable
from supportpolicy.sources.utf16 import MARKS, AsUtf8, ByteOrder

STDIN: Final = "-"
HEAD: Final = 1 << 16
BOMB_BYTES: Final = 1 << 26
BOMB_RATIO: Final = 200
MAGIC: Final = 4
"""How many bytes tell whether a file is compressed."""
_EXPECTED: Final = "a file that can be read, a glob such as 'exports/*.csv', or - for standard input"


@dataclass(frozen=True, slots=True)
class Location:
    """One input file. `name` is how it was typed, or what a glob made of it; `identity` tells files apart whatever they
    are called. It can be read again and again, standard input too. `utf16` is the byte order if its content is UTF-16,
    which is read as UTF-8."""

    name: str
    identity: tuple[int, int]
    _open: Callable[[], io.RawIOBase]
    utf16: ByteOrder | None = None

    @contextmanager
    def stored(self) -> Iterator[io.RawIOBase]:
        """The bytes as they lie on disk. What goes wrong while they are read is an InputError."""
        try:
            with self._open() as stream:
                yield stream
        except OSError as error:
            raise InputError(_unreadable(self.name, error)) from error

    @contextmanager
    def content(self) -> Iterator[Readable]:
        """The bytes, decompressed if they are gzip or zstd, in UTF-8 if they are UTF-16."""
        with self.stored() as stored, self.unpacked(stored) as content:
            yield content

    @contextmanager
    def unpacked(self, stored: io.RawIOBase) -> Iterator[Readable]:
        """The content of what is stored."""
        with decompressed(stored, self.name) as content:
            yield content if self.utf16 is None else io.BufferedReader(AsUtf8(content, self.utf16), BLOCK)

    @contextmanager
    def as_file(self) -> Iterator[str]:
        """A path under which the content is a file, for readers that take nothing else; it is that as long as it is open.
        What is compressed, and standard input, is copied for it, to where it has no name and is gone with the process."""
        with self.stored() as stored:
            if isinstance(stored, io.FileIO) and not is_compressed(stored):
                yield f"/dev/fd/{stored.fileno()}"
                return
            with tempfile.TemporaryFile() as copy, self.unpacked(stored) as content:
                while block := content.read(BLOCK):
                    copy.write(block)
                copy.flush()
                yield f"/dev/fd/{copy.fileno()}"

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


def in_utf16(locations: Sequence[Location], encoding: str) -> tuple[Location, ...]:
    """The files with their byte order: as `encoding` says, or for `utf-16` as their marks say.

    Raises InputError with the problems of all files where the one or the other is not so.
    """
    found: list[Location] = []
    problems: list[Problem] = []
    for location in locations:
        with location.content() as content:
            mark = MARKS.get(content.read(2))
        order = mark if encoding == "utf-16" else next(o for o in MARKS.values() if o == encoding)
        if order is None or mark not in (order, None):
            begins = "does not begin with its mark" if mark is None else f"begins with the mark of {mark}"
            hint = "leave `encoding:` out of the mapping's `source:` if it is UTF-8"
            if mark is None:
                hint += "; say utf-16-le or utf-16-be if it is UTF-16 without a mark"
            problems.append(
                Problem(f"the mapping says {encoding}, and the file {begins}", Place(location.name), hint=hint)
            )
        found.append(replace(location, utf16=order))
    if problems:
        raise InputError(*problems)
    return tuple(found)


def is_packed(magic: bytes) -> bool:
    """Whether a file that begins so is compressed."""
    return _packing(magic) is not None


@contextmanager
def decompressed(stored: io.RawIOBase, name: str) -> Iterator[Readable]:
    """What is stored, or what it unpacks to if it begins as gzip or zstd does."""
    counted = _Counted(stored)
    buffered: io.BufferedReader = io.BufferedReader(counted, BLOCK)
    packing = _packing(buffered.peek(MAGIC)[:MAGIC])
    if packing is None:
        yield buffered
        return
    with packing.open(buffered) as content:
        yield _Unpacked(content, packing, counted, name)


def is_compressed(stored: io.FileIO) -> bool:
    """Whether a file begins as compressed ones do."""
    return _packing(os.pread(stored.fileno(), MAGIC, 0)) is not None


# --- compressed files -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Packing:
    """A way to compress: its name, which is the command's too, how its files are unpacked and what is raised where they are
    damaged, or EOFError where they are cut short."""

    name: str
    open: Callable[[BinaryIO], AbstractContextManager[Readable]]
    damage: tuple[type[Exception], ...]


_SKIPPED: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
"""How a zstd file may begin, too: with a frame that holds something else and is passed over."""


def _packing(magic: bytes) -> _Packing | None:
    if magic.startswith(b"\x1f\x8b"):
        return _Packing("gzip", lambda stored: gzip.GzipFile(fileobj=stored), (EOFError, gzip.BadGzipFile, zlib.error))
    if magic == b"\x28\xb5\x2f\xfd" or _SKIPPED.match(magic):
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        return _Packing("zstd", zstd.ZstdFile, (EOFError, zstd.ZstdError))
    return None


class _Counted(io.RawIOBase):
    """A stream that counts what is read from it."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer)) or b""
        self.size += len(block)
        buffer[: len(block)] = block
        return len(block)


class _Unpacked:
    """The content of a compressed file, as long as it is not out of all proportion to it."""

    def __init__(self, content: Readable, packing: _Packing, packed: _Counted, name: str) -> None:
        self._content = content
        self._packing = packing
        self._packed = packed
        self._name = name
        self._size = 0

    def read(self, size: int = -1, /) -> bytes:
        packing = self._packing.name
        try:
            block = self._content.read(size)
        except self._packing.damage as error:
            damage = "is cut short" if isinstance(error, EOFError) else f"is damaged ({error})"
            raise InputError(
                Problem(
                    f"the {packing} file {damage}",
                    Place(self._name),
                    expected=f"a whole {packing} file",
                    hint=f"copy or download it again; `{packing} -t` tells whether it is whole",
                )
            ) from error
        self._size += len(block)
        if self._size > BOMB_BYTES and self._size > BOMB_RATIO * self._packed.size:
            raise InputError(
                Problem(
                    f"the {packing} file unpacks to more than {BOMB_RATIO} times its size, as only a bomb does",
                    Place(self._name),
                    expected="an export",
                    hint=f"if it is one, unpack it with `{packing} -d` and name what comes out",
                )
            )
        return block


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
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            hint = f"it is copied to {tempfile.gettempdir()}; name another folder in the environment variable TMPDIR"
            return InputError(Problem(f"cannot be copied ({error.strerror})", Place(STDIN), hint=hint))
        return InputError(_unreadable(STDIN, error))
    return spool
