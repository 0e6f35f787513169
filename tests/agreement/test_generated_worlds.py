"""The generated worlds are worth comparing engines over: every verdict and reason occurs in them, and whatever an engine
could misread in a plan, some world shows it."""

from __future__ import annotations

import pytest
from comparing import Seen, laid_out, prepared
from mutants import MUTANTS, mutated
from worlds import KINDS, World, sample

from supportpolicy.engines import reference
from supportpolicy.expr.plan import Plan
from supportpolicy.model.cell import Reason
from supportpolicy.model.verdict import Verdict
from supportpolicy.testing.conformance.engines import require_same_results
from supportpolicy.testing.conformance.workbench import Result, run

pytestmark = pytest.mark.xdist_group("generated_worlds")  # the worlds are judged once, not by every worker

COUNT = 200
"""Worlds of each kind."""

Judged = tuple[World, Plan, Result]


def _judged(world: World, plan: Plan | None = None) -> Judged:
    """What the reference engine says of the world, by its own plan or another."""
    with laid_out(world):
        ready = prepared(world, world.questions[0])
        plan = plan or ready.plan
        return world, plan, run(reference.ENGINE, plan, ready.tables, world.questions[0])


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    """The worlds in turn of their kinds; each of them is one that an audit takes."""
    return [
        _judged(world) for worlds in zip(*(sample(kind, COUNT, 2) for kind in KINDS), strict=False) for world in worlds
    ]


def test_every_verdict_and_reason_occurs(judged: list[Judged]) -> None:
    seen = Seen()
    for _, _, result in judged:
        seen.add(result)
    reasons = {f"unknown: {reason.value}" for reason in Reason} - {
        "unknown: changed since",
        "unknown: whole population",
    }
    wanted = {verdict.value for verdict in Verdict if verdict is not Verdict.UNKNOWN} | reasons
    assert sorted(wanted - {*seen.verdicts}) == []
    assert seen.rejected > 50
    assert seen.excluded > 100


@pytest.mark.parametrize("name", MUTANTS)
def test_some_world_shows_what_is_amiss(name: str, judged: list[Judged]) -> None:
    for world, plan, expected in judged:
        other = mutated(plan, MUTANTS[name])
        if other is plan:
            continue
        try:
            _, _, found = _judged(world, other)
        except (KeyError, ValueError):
            continue  # a plan that no compiler makes
        try:
            require_same_results(name, found, expected)
        except AssertionError:
            return
    pytest.fail(f"an engine for which there is `{name}` would not be found out")
