"""The command line: the only place that knows click and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit code, whatever goes wrong."""
    import click

    from supportpolicy.cli.app import app
    from supportpolicy.cli.talk import complain, say
    from supportpolicy.errors import SupportPolicyError

    try:
        code = app.main(args=list(args) if args is not None else None, standalone_mode=False)
    except SupportPolicyError as error:
        complain(error)
        return error.exit_code
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit complains too
        return 141
    except Exception as error:
        if os.environ.get("SUPPORTPOLICY_DEBUG"):
            raise
        say(f"supportpolicy failed, and the fault is its own: {type(error).__name__}: {error}")
        say("set SUPPORTPOLICY_DEBUG=1 to see where, and please report it")
        return 5
    return code if isinstance(code, int) else 0
