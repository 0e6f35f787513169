"""The reference engine: nodes become closures once, then each ticket is judged by calling them. It is the definition of
what every plan means, and serves single tickets without heavy imports."""

from supportpolicy.engines.reference.run import run
from supportpolicy.plugin import Engine

ENGINE = Engine(name="reference", summary="The definition: one ticket at a time, in plain Python.", run=run)

__all__ = ["ENGINE"]
