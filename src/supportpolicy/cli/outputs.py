"""Where reports go: stdout, or files that appear only when they are whole."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from supportpolicy.audit import Output
from supportpolicy.errors import Problem, UsageError
from supportpolicy.plugin import Registry
from supportpolicy.plugin.records import ReportOptions

STDOUT: Final = "-"


@contextmanager
def opened(asked: Sequence[str], registry: Registry) -> Iterator[list[Output]]:
    """The outputs for `FORMAT[=PATH]` as asked. A file is written beside its name and moved into place at the end of the
    block; if the block raises, what stood there before stays."""
    targets = [_target(text) for text in asked]
    _each_once([path for _, path in targets])
    with ExitStack() as stack:
        moves: list[tuple[Path, Path]] = []
        outputs = []
        for name, path in targets:
            report = registry.report(name)
            if path == STDOUT:
                outputs.append(Output(report, stack.enter_context(_stdout()), _terminal()))
            else:
                stream, temporary = stack.enter_context(_beside(Path(path)))
                moves.append((temporary, Path(path)))
                outputs.append(Output(report, stream))
        yield outputs
        for output, (_, path) in zip(outputs, targets, strict=True):
            output.stream.flush()
            if path != STDOUT:
                os.fsync(output.stream.fileno())
        for temporary, final in moves:
            temporary.replace(final)


def _target(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if equals and not path:
        raise UsageError(
            Problem(f"-o {text}: no path after the `=`", expected=f"-o {name}=PATH, or -o {name} for stdout")
        )
    return name, path or STDOUT


def _each_once(paths: Sequence[str]) -> None:
    for path in paths:
        if paths.count(path) > 1:
            where = "stdout" if path == STDOUT else path
            raise UsageError(Problem(f"two reports go to {where}", expected="a place for each", hint="-o FORMAT=PATH"))


@contextmanager
def _beside(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    if path.is_dir():
        raise UsageError(Problem(f"cannot write {path}: it is a folder", expected="the name of a file"))
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise UsageError(Problem(f"cannot write {path}: {error.strerror}", expected="a folder to write in")) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), _mode(path))
            yield stream, temporary
    finally:
        temporary.unlink(missing_ok=True)


def _mode(path: Path) -> int:
    """As the file that is replaced has it, or as any new file would."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _terminal() -> ReportOptions:
    if not sys.stdout.isatty():
        return ReportOptions()
    return ReportOptions(terminal=shutil.get_terminal_size().columns, color="NO_COLOR" not in os.environ)
