"""The DuckDB engine: every plan as SQL, over files that DuckDB reads by itself and over rows fed to it."""

from supportpolicy.engines.duckdb.run import run
from supportpolicy.engines.duckdb.script import script
from supportpolicy.plugin import Engine

ENGINE = Engine(name="duckdb", summary="Large inputs: every plan as SQL, in bounded memory.", run=run, script=script)

__all__ = ["ENGINE"]
