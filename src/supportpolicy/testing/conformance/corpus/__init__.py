"""The trials that every engine must pass: plans and tables in which each node, reading and total is put to the test."""

from typing import Final

from supportpolicy.testing.conformance.corpus import (
    certain_events,
    clock_counts,
    clocks,
    conditions,
    counts,
    event_tables,
    gates,
    happenings,
    limits,
    logs,
    lookups,
    nested,
    objectives,
    outermost,
    parquet,
    records,
    replies,
    revisions,
    selections,
)
from supportpolicy.testing.conformance.corpus.trial import Trial

TRIALS: Final[tuple[Trial, ...]] = (
    *conditions.TRIALS,
    *counts.TRIALS,
    *clock_counts.TRIALS,
    *clocks.TRIALS,
    *limits.TRIALS,
    *replies.TRIALS,
    *event_tables.TRIALS,
    *certain_events.TRIALS,
    *gates.TRIALS,
    *happenings.TRIALS,
    *records.TRIALS,
    *logs.TRIALS,
    *lookups.TRIALS,
    *nested.TRIALS,
    *objectives.TRIALS,
    *outermost.TRIALS,
    *parquet.TRIALS,
    *revisions.TRIALS,
    *selections.TRIALS,
)

__all__ = ["TRIALS", "Trial"]
