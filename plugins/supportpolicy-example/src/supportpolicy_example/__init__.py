"""A plugin for supportpolicy with one of each: a rule kind, a source, an engine and a report.

`supportpolicy` finds this module by the entry point in pyproject.toml and calls the functions marked `hookimpl`. What
they give is imported only then. Remove the hooks that you do not need.
"""

from __future__ import annotations

from supportpolicy.plugin import Engine, Report, RuleKind, Source, hookimpl

__all__ = ["supportpolicy_engines", "supportpolicy_reports", "supportpolicy_rule_kinds", "supportpolicy_sources"]


@hookimpl
def supportpolicy_rule_kinds() -> list[RuleKind]:
    """The rule kind `example-tagged`."""
    from supportpolicy_example.tagged import KIND

    return [KIND]


@hookimpl
def supportpolicy_sources() -> list[Source]:
    """The source `example-mbox`."""
    from supportpolicy_example.mbox import SOURCE

    return [SOURCE]


@hookimpl
def supportpolicy_engines() -> list[Engine]:
    """The engine `example-twice`."""
    from supportpolicy_example.twice import ENGINE

    return [ENGINE]


@hookimpl
def supportpolicy_reports() -> list[Report]:
    """The report `example-tap`."""
    from supportpolicy_example.tap import REPORT

    return [REPORT]
