"""`supportpolicy check`."""

from __future__ import annotations

import click

from supportpolicy.checking import check
from supportpolicy.cli.talk import say
from supportpolicy.plugin.registry import installed


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def COMMAND(paths: tuple[str, ...]) -> int:  # noqa: N802 - the name by which the group finds it
    """Check policies, mappings and tests: their schema, and whether they make sense.

    A PATH is a file or a folder. The files of one folder that are revisions of one policy are checked together.
    """
    checked = check(paths, installed())
    for problem in checked.problems:
        say(str(problem))
    for name, kind in checked.sound:
        click.echo(f"{name}: {kind}, sound")
    if checked.problems:
        many = len(checked.problems)
        say(f"{many} problem{'' if many == 1 else 's'}; exit 2")
        return 2
    return 0
