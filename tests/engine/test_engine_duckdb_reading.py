"""The DuckDB engine reads of every input what the reference engine reads of it: cells, names, places, rejected rows."""

from __future__ import annotations

import pytest
from staged_tickets import by_duckdb, by_reference, same

from supportpolicy.plugin import RunOptions
from supportpolicy.testing.conformance.corpus import TRIALS, Trial
from supportpolicy.testing.conformance.engines import laid_out


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_the_trials_are_read_alike(trial: Trial) -> None:
    with laid_out(trial) as (plan, tables):
        for options in (RunOptions(), *trial.options()):
            same(by_duckdb(plan, tables, options), by_reference(plan, tables, options))
