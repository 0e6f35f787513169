"""The DuckDB engine: the plan as SQL over a file that DuckDB reads by itself."""

from __future__ import annotations

from collections.abc import Mapping

from supportpolicy.expr.plan import Plan
from supportpolicy.plugin import Engine, Progress, Run, RunOptions, Scan


def _run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    from supportpolicy.engines.duckdb.run import run  # loaded when it runs: most audits are too small for it

    return run(plan, tables, options, progress)


ENGINE = Engine(name="duckdb", summary="Files: the plan as one SQL script over a plain CSV file.", run=_run)

__all__ = ["ENGINE"]
