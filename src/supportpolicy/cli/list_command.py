"""`supportpolicy list`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from supportpolicy.plugin import Engine, Report, RuleKind, Source
from supportpolicy.plugin.registry import installed


@click.command("list")
@click.argument("what", type=click.Choice(["rules", "sources", "engines", "reports"]))
def COMMAND(what: str) -> int:  # noqa: N802 - the name by which the group finds it
    """List the rule kinds, sources, engines or reports that are installed, and what brought them."""
    registry = installed()
    listed: Mapping[str, Mapping[str, RuleKind] | Mapping[str, Source] | Mapping[str, Engine] | Mapping[str, Report]]
    listed = {
        "rules": registry.rule_kinds,
        "sources": registry.sources,
        "engines": registry.engines,
        "reports": registry.reports,
    }
    extensions = listed[what]
    width = max((len(name) for name in extensions), default=0)
    for name, extension in extensions.items():
        origin = registry.origins[f"{what.removesuffix('s')} {name}"]
        click.echo(f"{name:<{width}}  {extension.summary}  [{origin}]")
    for plugin in registry.failed:
        click.echo(f"plugin {plugin.name} ({plugin.distribution}) failed to load: {plugin.error}", err=True)
    return 0
