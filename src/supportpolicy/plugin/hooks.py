"""The four hooks. A plugin is an entry point in the group `supportpolicy` whose module has functions marked `hookimpl`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from supportpolicy.plugin.records import Engine, Report, RuleKind, Source

PROJECT = "supportpolicy"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def supportpolicy_rule_kinds() -> list[RuleKind]:  # type: ignore[empty-body]
    """Rule kinds that policies may name under `kind:`."""


@hookspec
def supportpolicy_sources() -> list[Source]:  # type: ignore[empty-body]
    """Sources of tickets, for `--source` and for detection."""


@hookspec
def supportpolicy_engines() -> list[Engine]:  # type: ignore[empty-body]
    """Engines that run a plan, for `--engine`."""


@hookspec
def supportpolicy_reports() -> list[Report]:  # type: ignore[empty-body]
    """Report formats, for `-o FORMAT`."""
