"""The reference engine: nodes become closures once, then each ticket is judged by calling them. It is the definition of
what every plan means, and serves single tickets without heavy imports."""

from __future__ import annotations

from collections.abc import Mapping

from supportpolicy.expr.plan import Plan
from supportpolicy.plugin import Engine, Progress, RunOptions, Scan
from supportpolicy.plugin.records import Run


def _run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    from supportpolicy.engines.reference.run import run  # an audit needs the modules of one engine

    return run(plan, tables, options, progress)


ENGINE = Engine(name="reference", summary="The definition: one ticket at a time, in plain Python.", run=_run)

__all__ = ["ENGINE"]
