"""The DuckDB engine says what the reference engine says: every verdict, reason, instant, total and rejected byte, over
generated policies, mappings and hostile tickets, in each way in which tickets are written.

A difference is told with the smallest world that shows it; every world that is drawn is one that an audit takes."""

from __future__ import annotations

import pytest
from comparing import difference, smallest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from worlds import KINDS, World, worlds

from supportpolicy.engines import duckdb
from supportpolicy.engines.duckdb import run

FEW, MANY = 10, 50
"""Of each kind, with some twenty tickets each. `long_run.py` compares more, by hand."""


def drawn(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # `smallest` knows better what to leave out of a world
    )


def compare(kind: str, data: st.DataObject) -> None:
    world: World = data.draw(worlds(kind))
    if difference(duckdb.ENGINE, world):
        small = smallest(duckdb.ENGINE, world)
        pytest.fail(f"{difference(duckdb.ENGINE, small)}\n{small!r}")


@pytest.mark.parametrize("kind", KINDS)
@drawn(FEW)
@given(data=st.data())
def test_duckdb_says_what_reference_says(kind: str, data: st.DataObject) -> None:
    compare(kind, data)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@drawn(MANY)
@given(data=st.data())
def test_duckdb_says_it_of_many_worlds(kind: str, data: st.DataObject) -> None:
    """Planned as many tickets are, with all threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "FEW", 0)
        compare(kind, data)
