"""`supportpolicy check`."""

from __future__ import annotations

import click

from supportpolicy.checking import check
from supportpolicy.cli.talk import say
from supportpolicy.model.text import printable
from supportpolicy.plugin.registry import installed


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def COMMAND(paths: tuple[str, ...]) -> int:  # noqa: N802 - the name by which the group finds it
    """Check policies, mappings, tests and calendars: their schema, and whether they make sense.

    A PATH is a file, or a folder with all YAML files in and below it, hidden ones excepted. The policies of one folder
    are checked together, as revisions of one policy; tests against the policy that they are about. The tests are not run.
    """
    checked = check(paths, installed())
    for name, kind in checked.sound:
        click.echo(printable(f"{name}: {kind}, sound"))
    for name in checked.skipped:
        say(f"{name}: skipped, no document of ours")
    for remark in checked.remarks:
        say(f"remark: {remark}")
    for problem in checked.problems:
        say(str(problem))
    if checked.problems:
        many = len(checked.problems)
        say(f"{many} problem{'' if many == 1 else 's'}; exit 2")
        return 2
    return 0
