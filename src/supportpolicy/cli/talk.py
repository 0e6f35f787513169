"""Talk goes to stderr: problems, notes, and the line that explains the exit code."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from supportpolicy.model.text import printable

if TYPE_CHECKING:
    from supportpolicy.errors import SupportPolicyError
    from supportpolicy.plugin.records import ExitCode


def say(text: str) -> None:
    """One message on stderr, with control characters escaped. Where stderr takes nothing, nobody is there to be told."""
    with suppress(OSError):
        click.echo("\n".join(printable(line) for line in text.split("\n")), err=True)


def complain(error: SupportPolicyError) -> None:
    """Every problem of an error, then how many there are and the exit code."""
    for problem in error.problems:
        say(str(problem))
    many = len(error.problems)
    say(f"{many} problem{'' if many == 1 else 's'}; exit {error.exit_code}")


def explain_exit(code: ExitCode) -> None:
    """The last line: every code that applied, and why."""
    if not code.why:
        say("exit 0: clean")
        return
    say(f"exit {code.code}: " + "; ".join(f"{why} [{number}]" for number, why in code.why))
