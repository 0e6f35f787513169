"""The command line: the only place that knows click and exit codes."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn

INTERRUPTED: Final = 130
NOBODY_READS: Final = 141
"""What a shell says of a command whose output nobody reads to its end, as in `| head`."""


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, _interrupt)
    code = run(args)
    if ours:  # what is done is done: while Python ends, an interruption would take the place of the exit code
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _interrupt(*_: object) -> NoReturn:
    """Once is enough: what is tidied up after it must not be interrupted again."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(args: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit code, whatever goes wrong."""
    try:
        _make_ready()
        code = _run(args)
    except KeyboardInterrupt:  # while modules were being loaded
        code = INTERRUPTED
    _let_go()
    return code


def _run(args: Sequence[str] | None) -> int:
    import click

    from supportpolicy.cli.app import app
    from supportpolicy.cli.talk import complain, say
    from supportpolicy.errors import SupportPolicyError

    stdout, stderr = sys.stdout, sys.stderr
    try:
        code = app.main(args=list(args) if args is not None else None, standalone_mode=False)
        sys.stdout.flush()
    except SupportPolicyError as error:
        complain(error)
        return error.exit_code
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return NOBODY_READS
    except SystemExit:
        if sys.stdout is stdout:
            raise
        sys.stdout, sys.stderr = stdout, stderr  # click puts others in their place when a pipe is broken, and exits
        return NOBODY_READS
    except OSError as error:
        say(f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}; exit 3")
        return 3
    except MemoryError:
        say("the memory of this machine is not enough; exit 3")
        return 3
    except Exception as error:
        if os.environ.get("SUPPORTPOLICY_DEBUG"):
            raise
        say(f"supportpolicy failed, and the fault is its own: {type(error).__name__}: {error}")
        say("set SUPPORTPOLICY_DEBUG=1 to see where, and please report it")
        return 5
    return code if isinstance(code, int) else 0


def _make_ready() -> None:
    """Records and verdicts come by the million and hold no cycles: to look for some as often as Python does takes a fifth
    of an audit's time.

    A stream that the caller closed takes everything and shows nothing; one in a small encoding shows escapes."""
    gc.set_threshold(10_000, 50, 50)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as the process
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _let_go() -> None:
    """Drop what a stream would not take, or Python complains at its end and exits with a code of its own. What stdout did
    not take has been told by now; for what stderr does not take there is nobody to tell."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
