"""The engine `example-twice`: the reference engine, run twice; it stops where the two runs differ.

An audit that is evidence should be repeatable. This engine shows on the spot that it is, and that nothing wrote to the
input meanwhile. It takes twice the time and memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from supportpolicy.engines.reference import ENGINE as REFERENCE
from supportpolicy.errors import InputError, Problem
from supportpolicy.expr.plan import Plan
from supportpolicy.model.finding import Item
from supportpolicy.plugin import Engine, Progress, Run, RunOptions, Scan


def run(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
    """Run the plan twice and compare everything found."""
    first = REFERENCE.run(plan, tables, options, progress)
    second = REFERENCE.run(plan, tables, options, lambda _: None)
    if first.instant != second.instant:
        raise _differing("audit instant")
    return Run(first.instant, _compared(first, second), first.totals)


def _compared(first: Run, second: Run) -> Iterator[Sequence[Item]]:
    for batch, again in zip_longest(first.batches, second.batches):
        if batch != again:
            raise _differing("findings")
        yield batch
    if first.totals() != second.totals():
        raise _differing("totals")


def _differing(what: str) -> InputError:
    return InputError(
        Problem(f"two runs over the input gave different {what}", hint="copy it to where nothing writes to it")
    )


ENGINE: Final = Engine(
    name="example-twice",
    summary="The reference engine, run twice; it stops where the two runs differ.",
    run=run,
)
