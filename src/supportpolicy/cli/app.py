"""The group of commands. Each is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from supportpolicy import __version__

_COMMANDS: Final = {
    "audit": "Judge an export's tickets against a policy.",
    "explain": "Say of one ticket what each rule asked, saw and found.",
    "check": "Check policies, mappings, tests and calendars: schema and sense.",
    "test": "Run policies' own tests.",
    "calendar": "Show business calendars: months, when a limit is due, iCalendar.",
    "schema": "Print a JSON Schema, for editors.",
    "list": "List the rule kinds, sources, engines or reports installed.",
    "new": "Write a new policy, test, mapping or plugin.",
}


class _Commands(click.Group):
    """Loads a command's module only when it runs or its help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"supportpolicy.cli.{cmd_name}_command").COMMAND
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"supportpolicy {__version__}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def app() -> None:
    """Support policies as code: rules in YAML, applied to tickets, with evidence for every verdict.

    Exit codes: 0 clean, 1 violation or failed test, 2 usage, policy or mapping wrong, 3 input unreadable or rows
    rejected, 4 verdicts unknown, 5 a fault of this tool, 130 interrupted.
    """
