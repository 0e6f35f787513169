"""Where reports go: stdout, or files that appear only when they are whole.

A report is written to a file without a name, which takes the place of the old report in one step when it is whole; however
a run ends before that, the old report stays and nothing new lies beside it. Where the system has no such files it is a
hidden file beside the name, `.NAME.xxxxxxxx.part`; what a killed run left of them the next run to the same name takes away.
A device or a pipe, such as /dev/null, is written to as it is.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from supportpolicy.audit import Output
from supportpolicy.errors import Place, Problem, SupportPolicyError, UsageError
from supportpolicy.plugin import Registry
from supportpolicy.plugin.records import ReportOptions

STDOUT: Final = "-"


class OutputError(SupportPolicyError):
    """A report cannot be written although its place is right: the disk is full, or has gone."""

    exit_code = 3


@contextmanager
def opened(asked: Sequence[str], registry: Registry) -> Iterator[list[Output]]:
    """The outputs for `FORMAT[=PATH]` as asked. Files are moved into place at the end of the block; if the block raises,
    what stood there before stays.

    Raises UsageError for a place that cannot be written to, and OutputError if writing there fails later.
    """
    targets = [_target(text) for text in asked]
    _each_once([path for _, path in targets])
    with ExitStack() as stack:
        files: list[_NewFile] = []
        outputs = []
        for name, path in targets:
            report = registry.report(name)
            if path == STDOUT:
                outputs.append(Output(report, sys.stdout.buffer, _terminal()))
            elif _is_special(path):
                outputs.append(Output(report, stack.enter_context(_special(path))))
            else:
                files.append(stack.enter_context(_new_file(path)))
                outputs.append(Output(report, files[-1].stream))
        try:
            yield outputs
            for output in outputs:
                output.stream.flush()
            for file in files:
                os.fsync(file.stream.fileno())
            for file in files:
                file.publish()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(_failed(error)) from error


def _target(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if equals and not path:
        raise UsageError(
            Problem(f"-o {text}: no path after the `=`", expected=f"-o {name}=PATH, or -o {name} for stdout")
        )
    return name, path or STDOUT


def _each_once(paths: Sequence[str]) -> None:
    places = [path if path == STDOUT else str(_resolved(path)) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1 and not _is_special(path):
            where = "stdout" if path == STDOUT else path
            raise UsageError(Problem(f"two reports go to {where}", expected="a place for each", hint="-o FORMAT=PATH"))


def _failed(error: OSError, path: str = "") -> Problem:
    """What went wrong while a report was being written."""
    return Problem(
        f"a report could not be written ({error.strerror or error})",
        Place(path) if path else None,
        hint=f"an old report still stands; is there room for the new one, and for what is set aside in {_temporary()}?",
    )


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:  # it tries to write there
        return "the folder of temporary files"


# --- files ------------------------------------------------------------------------------------------------------------
class _Raw(io.FileIO):
    """A file whose failures name it as it was typed."""

    typed = ""

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(_failed(error, self.typed)) from error


@dataclass(slots=True)
class _NewFile:
    """A report that is being written; `part` is what it is called until it is whole, None while it has no name."""

    typed: str
    final: Path
    stream: BinaryIO
    part: Path | None

    def publish(self) -> None:
        """Put the file in the place of what is there."""
        try:
            if self.part is None:
                part = self.final.with_name(f"{_beginning(self.final)}{secrets.token_hex(4)}{_END}")
                folder = os.open(self.final.parent, os.O_RDONLY)
                try:  # given a folder, although the name is absolute, Python follows the link
                    os.link(f"/proc/self/fd/{self.stream.fileno()}", part, src_dir_fd=folder)
                finally:
                    os.close(folder)
                self.part = part
            self.part.replace(self.final)
            self.part = None
        except OSError as error:
            raise OutputError(_failed(error, self.typed)) from error


_END: Final = ".part"


def _beginning(final: Path) -> str:
    """How the names of parts begin; cut, for a name must not be too long."""
    return f".{final.name[:40]}."


@contextmanager
def _new_file(typed: str) -> Iterator[_NewFile]:
    final = _resolved(typed)
    try:
        if final.is_dir():
            raise UsageError(Problem(f"cannot write {typed}: it is a folder", expected="the name of a file"))
        if _is_link(final):
            raise UsageError(Problem(f"cannot write {typed}: the link leads back to itself", expected="a file"))
        _sweep(final)
        handle, part = _unnamed(final.parent) or _named(final)
        mode = _mode(final)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(Problem(f"cannot write {typed}: {why}", expected="a folder to write in")) from error
    raw = _Raw(handle, "wb")
    raw.typed = typed
    file = _NewFile(typed, final, io.BufferedWriter(raw), part)
    try:
        os.fchmod(handle, mode)
        yield file
    finally:
        try:
            raw.close()  # what is not written by now never will be
        finally:
            if file.part is not None:
                file.part.unlink(missing_ok=True)


def _unnamed(folder: Path) -> tuple[int, None] | None:
    """A file without a name in the folder; None where the system has none, or no way to name it later."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        handle = os.open(folder, flag | os.O_WRONLY, 0o600)
    except OSError:
        return None
    if Path(f"/proc/self/fd/{handle}").exists():
        return handle, None
    os.close(handle)
    return None


def _named(final: Path) -> tuple[int, Path]:
    """A hidden file beside the name, locked as long as this run lives."""
    while True:
        handle, name = tempfile.mkstemp(dir=final.parent, prefix=_beginning(final), suffix=_END)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if Path(name).exists():
            return handle, Path(name)
        os.close(handle)  # another run took it for one that was left


def _sweep(final: Path) -> None:
    """Take away the parts that killed runs left: those that no run holds locked."""
    beginning = _beginning(final)
    for path in final.parent.iterdir():
        if not (path.name.startswith(beginning) and path.name.endswith(_END)):
            continue
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
            finally:
                os.close(handle)


def _mode(path: Path) -> int:
    """As the file that is replaced has it, or as any new file would."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _is_link(path: Path) -> bool:
    """Whether a link is left that could not be resolved. Raises where the name is none that a file can have."""
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _resolved(path: str) -> Path:
    """The place that a name leads to: a link stays a link, and what it points to is replaced."""
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links, or no name that a file can have
        return Path(path).absolute()


# --- stdout and devices -----------------------------------------------------------------------------------------------
def _is_special(path: str) -> bool:
    """Whether there is something that is neither a file nor a folder: a device, a pipe."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


@contextmanager
def _special(path: str) -> Iterator[BinaryIO]:
    try:
        raw = _Raw(path, "wb")
    except OSError as error:
        raise UsageError(
            Problem(f"cannot write {path}: {error.strerror}", expected="a file, a device or a pipe")
        ) from error
    raw.typed = path
    try:
        yield io.BufferedWriter(raw)
    finally:
        raw.close()


def _terminal() -> ReportOptions:
    if not sys.stdout.isatty():
        return ReportOptions()
    return ReportOptions(terminal=shutil.get_terminal_size().columns, color="NO_COLOR" not in os.environ)
