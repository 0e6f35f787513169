"""Tickets judged one at a time, as the library, the policies' own tests and running helpdesks need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from supportpolicy.engines.reference.combinations import Combination
from supportpolicy.engines.reference.forming import BEFORE, RowReader
from supportpolicy.engines.reference.judging import Bearers, CompiledRevision, CompiledRule
from supportpolicy.engines.reference.revisions import Revisions
from supportpolicy.expr.nodes import reads
from supportpolicy.expr.plan import Plan, RulePlan
from supportpolicy.model.cell import Cell
from supportpolicy.model.finding import Evidence
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.verdict import Outcome


class Spoken(NamedTuple):
    """What one rule says of a ticket; `show` puts together the values on which that rests."""

    rule: RulePlan
    outcome: Outcome
    show: Callable[[], Evidence]

    @property
    def evidence(self) -> Evidence:
        """The values on which the verdict rests, put together when they are asked for."""
        return self.show()


_NOTHING: Final = Combination((), (), ())


class Told(NamedTuple):
    """What a policy says of one ticket: what each rule of the revision says of its cells, in file order.

    A ticket that is not judged has no revision, no verdicts, and the reason in `excluded`.
    """

    excluded: str
    under: CompiledRevision | None = None
    said: Combination = _NOTHING
    cells: Sequence[Cell] = ()
    bearers: Bearers | None = None
    others: Sequence[CompiledRevision | None] = ()

    @property
    def revision(self) -> str:
        """The label of the revision under which the ticket is judged."""
        return "" if self.under is None else self.under.plan.label

    @property
    def rules(self) -> Sequence[CompiledRule]:
        """The rules of that revision."""
        return () if self.under is None else self.under.rules

    @property
    def in_doubt(self) -> tuple[str, ...]:
        """Further revisions that may be in force, with "" for none at all."""
        return tuple("" if r is None else r.plan.label for r in self.others if r is not self.under)

    @property
    def verdicts(self) -> tuple[Spoken, ...]:
        """One for each rule."""
        return tuple(
            Spoken(rule.plan, judged.outcome, partial(rule.evidence, self.cells, self.bearers))
            for rule, judged in zip(self.rules, self.said.judged, strict=True)
        )


def _asked(plan: Plan) -> frozenset[int]:
    """The fields at which somebody looks. A plan has more: what dates an export whose audit instant nobody states."""
    names = {"id", "submitted", plan.in_force_by, *(name for e in plan.exclude for name in reads(e.when))}
    own = (plan.facts[name] for name in names)
    return frozenset([*own, *(index for revision in plan.revisions for index in revision.facts.values())])


class SingleJudge:
    """Judges tickets that are given as values: everything is compiled once, so that a ticket costs microseconds.

    The plan must be one for canonical tickets.
    """

    def __init__(self, plan: Plan) -> None:
        self._reader = RowReader(plan, None, {}, only=_asked(plan))
        alone = tuple(replace(revision, objectives=()) for revision in plan.revisions)  # those are of many tickets
        self._revisions = Revisions(replace(plan, revisions=alone))
        self._id = BEFORE + plan.facts["id"]

    def __call__(
        self,
        ticket: Mapping[str, JsonValue],
        as_of: int,
        among: Sequence[Mapping[str, JsonValue]] | None = None,
    ) -> Told:
        """What the policy says of the ticket as of an instant (microseconds since the epoch), which is also the last at
        which the ticket's silence counts.

        `among` are the other tickets of the population; without it, rules on the whole population are unknown.
        """
        cells = self._reader.canonical(ticket, as_of)
        excluded = self._revisions.exclusion(cells)
        if excluded is not None:
            return Told(excluded)
        bearers = (
            None if among is None else self._bearers(cells, [self._reader.canonical(other, as_of) for other in among])
        )
        revision, said = self._revisions.judge(cells, bearers)
        return Told("", revision, said, cells, bearers, self._revisions.candidates(cells))

    def rules(self, ticket: Mapping[str, JsonValue], as_of: int) -> tuple[str, tuple[str, ...]]:
        """The revision under which the ticket would be judged and the ids of its rules; empty where none is in force."""
        first = next(iter(self._revisions.candidates(self._reader.canonical(ticket, as_of))), None)
        return ("", ()) if first is None else (first.plan.label, tuple(rule.plan.id for rule in first.rules))

    def _bearers(self, cells: list[Cell], others: Sequence[list[Cell]]) -> Bearers:
        population = [cells, *(other for other in others if self._revisions.exclusion(other) is None)]
        return self._revisions.bearers((self._name(number, one), one) for number, one in enumerate(population, 1))

    def _name(self, number: int, cells: Sequence[Cell]) -> str:
        claimed = cells[self._id]
        return claimed if isinstance(claimed, str) else f"#{number}"
