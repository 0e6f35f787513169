"""The suite for engines: the reference engine passes it, engines that differ in the least do not, and it leaves out
nothing that an engine could get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias

import pytest

from supportpolicy.engines import duckdb
from supportpolicy.engines.reference import ENGINE
from supportpolicy.expr import nodes
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, Constant, Key, LookedUp, Nowhere
from supportpolicy.model.cell import Reason
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import Counts, Excluded, Finding, Item, Rejected, Totals
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin import Engine, Progress, Run, RunOptions, Scan
from supportpolicy.testing.conformance import check_engine
from supportpolicy.testing.conformance.corpus import TRIALS, Trial, clock_counts, happenings, limits, selections
from supportpolicy.testing.conformance.engines import laid_out, scopes_of
from supportpolicy.testing.conformance.nodes import DEMANDS, MOMENTS, TRUTHS
from supportpolicy.testing.conformance.workbench import run

Change: TypeAlias = Callable[[Run], Run]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_the_reference_engine_passes(trial: Trial) -> None:
    check_engine(ENGINE, [trial])


FEW = [
    trial
    for trial in TRIALS
    if trial.name in ("conditions", "counts of CSV", "replies", "records of JSON lines", "records of CSV")
]
"""Which between them hold everything that engines are made to differ in."""


LARGE = {trial.name for trials in (clock_counts, happenings, limits, selections) for trial in trials.TRIALS}
"""Their plans are large, and DuckDB takes seconds to plan one of them."""


@pytest.mark.parametrize(
    "trial",
    [pytest.param(trial, marks=[pytest.mark.long] if trial.name in LARGE else []) for trial in TRIALS],
    ids=lambda trial: trial.name,
)
def test_the_duckdb_engine_passes(trial: Trial) -> None:
    """Trial by trial, for together they take longer than anything else."""
    check_engine(duckdb.ENGINE, [trial])


# --- engines that differ ----------------------------------------------------------------------------------------------
def changed(change: Change) -> Engine:
    """The reference engine with something done to its runs."""

    def altered(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
        return change(ENGINE.run(plan, tables, options, progress))

    return replace(ENGINE, name="changed", run=altered)


def items_changed(change: Callable[[list[Item]], list[Item]]) -> Change:
    def altered(running: Run) -> Run:
        def batches() -> Iterator[Sequence[Item]]:
            yield change([item for batch in running.batches for item in batch])

        return replace(running, batches=batches())

    return altered


def totals_changed(change: Callable[[Totals], Totals]) -> Change:
    return lambda running: replace(running, totals=lambda: change(running.totals()))


def one_changed(kind: type[Item], **values: Any) -> Change:
    """The last item of a kind with another value."""

    def altered(items: list[Item]) -> list[Item]:
        for index in reversed(range(len(items))):
            if isinstance(items[index], kind):
                return [*items[:index], replace(items[index], **values), *items[index + 1 :]]
        return items

    return items_changed(altered)


def without_last(items: list[Item]) -> list[Item]:
    return items[:-1]


def counts_changed(totals: Totals) -> Totals:
    return replace(totals, rules={key: replace(counts, could_fail=7) for key, counts in totals.rules.items()})


def later(running: Run) -> Run:
    return replace(running, instant=replace(running.instant, at=running.instant.at + 1) if running.instant else None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (items_changed(without_last), "is missing: "),
        (items_changed(lambda items: [*items, *items[:1]]), "is one too many: "),
        (items_changed(lambda items: items[::-1]), "the whole of it should be"),
        (one_changed(Finding, verdict=Verdict.PASS), "verdict: expected <Verdict."),
        (one_changed(Finding, reason=Reason.CHANGED_SINCE), "reason: expected "),
        (one_changed(Finding, evidence={}), "evidence: expected {"),
        (one_changed(Finding, clauses=()), "clauses: expected ('all',), found ()"),
        (one_changed(Excluded, reason="late"), ": reason: expected "),
        (one_changed(Rejected, raw=b""), "raw: expected b'"),
        (later, "the audit instant: expected "),
        (totals_changed(lambda totals: replace(totals, formed=totals.formed + 1)), "total `formed`: expected "),
        (totals_changed(lambda totals: replace(totals, tallies=())), "total `tallies`: expected "),
        (totals_changed(lambda totals: replace(totals, unmapped=totals.unmapped[::-1])), "total `unmapped`: expected "),
        (totals_changed(lambda totals: replace(totals, conflicting_ids=())), "total `conflicting_ids`: expected "),
        (totals_changed(lambda totals: replace(totals, events=EventTotals())), "total `events`: expected "),
        (totals_changed(lambda totals: replace(totals, excluded={})), "total `excluded` of "),
        (totals_changed(counts_changed), "total `rules` of "),
        (
            totals_changed(lambda totals: replace(totals, rules=dict(reversed([*totals.rules.items()])))),
            "the order of total `rules`",
        ),
    ],
)
def test_whatever_differs_is_named(change: Change, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_engine(changed(change), FEW)
    assert str(caught.value).startswith("engine 'changed', trial '")
    assert message in str(caught.value)


def test_an_engine_that_raises_is_named_with_the_trial() -> None:
    def run_(*_: object) -> Run:
        raise KeyError("edition")

    with pytest.raises(
        AssertionError, match=r"^engine 'reference', trial 'conditions', .* raised KeyError: 'edition'$"
    ):
        check_engine(replace(ENGINE, run=run_))


def test_how_items_are_cut_and_mixed_is_free() -> None:
    def sorted_by_kind(items: list[Item]) -> list[Item]:
        return sorted(items, key=lambda item: type(item).__name__)

    check_engine(changed(items_changed(sorted_by_kind)), FEW)


def test_an_engine_for_single_tickets_is_tried_with_those_rules() -> None:
    seen: set[str] = set()

    def run_(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, progress: Progress) -> Run:
        seen.update(scopes_of(plan))
        return ENGINE.run(plan, tables, options, progress)

    check_engine(replace(ENGINE, run=run_, scopes=frozenset({"ticket"})), FEW)
    assert seen == {"ticket"}


# --- what the trials hold ---------------------------------------------------------------------------------------------
def within(value: Any) -> Iterator[Any]:
    """A frozen value and all that it is made of."""
    yield value
    if isinstance(value, tuple):
        for part in value:
            yield from within(part)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from within(part)
    elif is_dataclass(value):
        for member in fields(value):
            yield from within(getattr(value, member.name))


@pytest.fixture(scope="module")
def judged() -> list[tuple[Plan, Totals]]:
    """Every trial's plan, and what the reference engine counts by it."""
    found: list[tuple[Plan, Totals]] = []
    for trial in TRIALS:
        with laid_out(trial) as (plan, tables):
            told = next(options for options in trial.options() if options.include == "all")
            found.append((plan, run(ENGINE, plan, tables, told).totals))
    return found


@pytest.fixture(scope="module")
def totals(judged: list[tuple[Plan, Totals]]) -> list[Totals]:
    return [total for _, total in judged]


@pytest.mark.xdist_group("totals")
def test_every_node_stands_in_a_plan(judged: list[tuple[Plan, Totals]]) -> None:
    known = {*DEMANDS, *TRUTHS, *MOMENTS, Column, Constant, Key, LookedUp, Nowhere} - {nodes.Const}  # for faults only
    assert known - {type(part) for plan, _ in judged for part in within(plan)} == set()


@pytest.mark.xdist_group("totals")
def test_every_verdict_and_every_reason_is_given(totals: list[Totals]) -> None:
    counts = [of_rule for total in totals for of_rule in total.rules.values()]
    for verdict in ("passed", "failed", "open", "not_applicable", "unknown"):
        assert any(getattr(one, verdict) for one in counts), verdict
    never = {Reason.WHOLE_POPULATION}  # said of a ticket judged alone
    assert set(Reason) - never == {reason for one in counts for _, reason in one.unknown_by}


@pytest.mark.xdist_group("totals")
def test_every_total_is_put_to_the_test(totals: list[Totals]) -> None:
    for total in ("excluded", "unmapped", "conflicting_ids", "metrics", "clocks"):
        assert any(getattr(one, total) for one in totals), total
    for counted in EventTotals.__slots__:
        assert any(getattr(one.events, counted) for one in totals), counted
    for tally in ("rejected", "blank", "inner"):
        assert any(getattr(of_file, tally) for one in totals for of_file in one.tallies), tally
    for rate in ("rated_pass", "rated_fail", "could_pass", "could_fail"):
        assert any(
            getattr(of_rule, rate) != getattr(Counts(), rate) for one in totals for of_rule in one.rules.values()
        ), rate
