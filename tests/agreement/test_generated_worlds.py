"""The generated worlds are worth comparing engines over: every verdict and reason occurs in them, and whatever an engine
could misread in a plan, some world shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from comparing import Seen, laid_out, opened_again, prepared
from mutants import MUTANTS, mutated
from worlds import KINDS, World, sample

from supportpolicy.audit import Prepared
from supportpolicy.engines import reference
from supportpolicy.expr.plan import Plan
from supportpolicy.model.cell import Reason
from supportpolicy.model.verdict import Verdict
from supportpolicy.testing.conformance.engines import require_same_results
from supportpolicy.testing.conformance.workbench import Result, run

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("generated_worlds"),  # the worlds are judged once, not by every worker
]

COUNT = 100
BATCHES = 10
"""So many worlds of each kind are drawn at a time, and so often at most. What is rare may take more than one batch, for
which worlds there are hangs on everything that the generators are made of."""

Judged = tuple[World, Prepared, Result]


def _judged(world: World) -> Judged:
    """What the reference engine says of the world."""
    with laid_out(world):
        ready = prepared(world, world.questions[0])
        return world, ready, run(reference.ENGINE, ready.plan, ready.tables, world.questions[0])


def _by(plan: Plan, world: World, ready: Prepared) -> Result:
    """What it says by another plan."""
    with laid_out(world):
        return run(reference.ENGINE, plan, opened_again(world, ready), world.questions[0])


class _Worlds:
    """The worlds in turn of their kinds, drawn and judged as far as somebody asks; each is one that an audit takes."""

    def __init__(self) -> None:
        self._drawn = (
            world
            for number in range(BATCHES)
            for worlds in zip(*(sample(kind, COUNT, number) for kind in KINDS), strict=False)
            for world in worlds
        )
        self._judged: list[Judged] = []

    def __iter__(self) -> Iterator[Judged]:
        yield from self._judged
        for world in self._drawn:
            self._judged.append(_judged(world))
            yield self._judged[-1]


@pytest.fixture(scope="module")
def judged() -> _Worlds:
    return _Worlds()


def test_every_verdict_and_reason_occurs(judged: _Worlds) -> None:
    reasons = {f"unknown: {reason.value}" for reason in Reason} - {
        "unknown: changed since",
        "unknown: whole population",
    }
    wanted = {verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN} | reasons
    seen = Seen()
    for _, _, result in judged:
        seen.add(result)
        if wanted <= {*seen.verdicts} and seen.rejected > 50 and seen.excluded > 100:
            return
    pytest.fail(f"never seen: {sorted(wanted - {*seen.verdicts})}; {seen.rejected} rejected, {seen.excluded} excluded")


@pytest.mark.parametrize("name", MUTANTS)
def test_some_world_shows_what_is_amiss(name: str, judged: _Worlds) -> None:
    for world, ready, expected in judged:
        other = mutated(ready.plan, MUTANTS[name])
        if other is ready.plan:
            continue
        try:
            found = _by(other, world, ready)
        except (KeyError, ValueError):
            continue  # a plan that no compiler makes
        try:
            require_same_results(name, found, expected)
        except AssertionError:
            return
    pytest.fail(f"an engine for which there is `{name}` would not be found out")
