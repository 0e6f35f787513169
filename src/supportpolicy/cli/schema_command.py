"""`supportpolicy schema`."""

from __future__ import annotations

import json

import click

from supportpolicy.plugin.registry import installed
from supportpolicy.schemas import NAMES, schema


@click.command("schema")
@click.argument("what", metavar=f"[{'|'.join(NAMES)}]")
def COMMAND(what: str) -> int:  # noqa: N802 - the name by which the group finds it
    """Print a JSON Schema (draft 2020-12), for editors and other tools. Plugins' rule kinds and sources are in it."""
    click.echo(json.dumps(schema(what, installed()), indent=2, ensure_ascii=False))
    return 0
