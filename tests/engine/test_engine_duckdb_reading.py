"""The DuckDB engine reads of every input what the reference engine reads of it: cells, names, places, rejected rows."""

from __future__ import annotations

from dataclasses import fields

import pytest
from staged_tickets import Told, by_duckdb, by_reference

from supportpolicy.plugin import RunOptions
from supportpolicy.testing.conformance.corpus import TRIALS, Trial
from supportpolicy.testing.conformance.engines import laid_out


def same(found: Told, expected: Told) -> None:
    for name in (f.name for f in fields(Told)):
        one, other = getattr(found, name), getattr(expected, name)
        if isinstance(other, list):
            for a, b in zip(one, other, strict=False):
                assert a == b
        assert one == other, name


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_the_trials_are_read_alike(trial: Trial) -> None:
    with laid_out(trial) as (plan, tables):
        for options in (RunOptions(), *trial.options()):
            same(by_duckdb(plan, tables, options), by_reference(plan, tables, options))
