"""The DuckDB engine: every plan as SQL, over files that DuckDB reads by itself and over rows fed to it."""

from __future__ import annotations

from collections.abc import Mapping

from supportpolicy.expr.plan import Plan
from supportpolicy.plugin import Engine, Progress, RunOptions, Scan
from supportpolicy.plugin.records import Run


def _run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    from supportpolicy.engines.duckdb.run import run  # an audit needs the modules of one engine

    return run(plan, tables, options, progress)


def _script(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> str:
    from supportpolicy.engines.duckdb.script import script

    return script(plan, tables, options, progress)


ENGINE = Engine(name="duckdb", summary="Large inputs: every plan as SQL, in bounded memory.", run=_run, script=_script)

__all__ = ["ENGINE"]
