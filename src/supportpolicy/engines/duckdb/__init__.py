"""The DuckDB engine: the plan as SQL over a file that DuckDB reads by itself."""

from supportpolicy.engines.duckdb.run import run
from supportpolicy.plugin import Engine

ENGINE = Engine(name="duckdb", summary="Files: the plan as one SQL script over a plain CSV file.", run=run)

__all__ = ["ENGINE"]
