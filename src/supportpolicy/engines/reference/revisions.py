"""A plan's revisions as closures: which of them is in force for a record, whether it is judged at all, and what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from supportpolicy.engines.reference.cells import AUDIT, Cells, Frame
from supportpolicy.engines.reference.combinations import MOST, Combination, Judged, combination
from supportpolicy.engines.reference.forming import BEFORE
from supportpolicy.engines.reference.judging import Bearers, CompiledRevision
from supportpolicy.engines.reference.truths import Judge, compile_truth
from supportpolicy.expr.nodes import Distinct
from supportpolicy.expr.plan import Plan, RevisionPlan
from supportpolicy.model.cell import Cell, Reason
from supportpolicy.model.instant import Instant
from supportpolicy.model.period import Period
from supportpolicy.model.remembered import Remembered
from supportpolicy.model.verdict import Verdict, unknown


def frame_of(revision: RevisionPlan) -> Frame:
    """What the closures of a revision are compiled against."""
    words = {kind: frozenset(vocabulary) for kind, vocabulary in revision.words.items()}
    return Frame(slots_of(revision.facts), revision.calendars, words)


def slots_of(facts: Mapping[str, int]) -> dict[str, int]:
    """Where each field stands among the cells of a record."""
    return {name: BEFORE + index for name, index in facts.items()}


class Revisions:
    """All revisions of a plan, compiled once. The cells given to its methods hold the audit instant."""

    def __init__(self, plan: Plan, period: Period | None = None) -> None:
        self.compiled = tuple(CompiledRevision(r, frame_of(r)) for r in plan.revisions)
        self.slots = slots_of(plan.facts)
        self._in_force_by = plan.in_force_by
        self._period = period
        unbounded = all(revision.since is revision.until is None for revision in plan.revisions)
        self._always = self.compiled if unbounded else ()
        """The one revision, where it is in force for every ticket."""
        self._agreed = Remembered[tuple[CompiledRevision, tuple[Judged, ...]], Combination](
            lambda said: combination(said[0].plan.rules, said[1]), MOST
        )
        self._exclusions: list[tuple[str, Judge]] = [
            (e.reason, compile_truth(e.when, Frame(self.slots))) for e in plan.exclude
        ]

    def candidates(self, cells: Cells) -> Sequence[CompiledRevision | None]:
        """The revisions that may be in force for the ticket; None among them where it may be none."""
        return self._always or in_force(self.compiled, cells[self.slots[self._in_force_by]])

    def exclusion(self, cells: Cells) -> str | None:
        """Why the ticket is certainly not judged, or None where it is."""
        for reason, when in self._exclusions:
            if when(cells) is True:
                return reason
        audit, submitted = cells[AUDIT], cells[self.slots["submitted"]]
        assert isinstance(audit, int)
        if isinstance(submitted, Instant) and submitted.lo > audit:
            return "submitted after the audit instant"
        if self._period is not None and isinstance(submitted, Instant) and self._period.certainly_without(submitted):
            return "submitted outside the period"
        if self._always:
            return self._always[0].excluded(cells)
        chosen = self.candidates(cells)
        if not any(chosen):
            return "no revision in force"
        reasons = [None if revision is None else revision.excluded(cells) for revision in chosen]
        return reasons[0] if None not in reasons else None

    def judge(self, cells: Cells, bearers: Bearers | None) -> tuple[CompiledRevision, Combination]:
        """The first revision that may be in force, and what its rules say as far as the others agree. If it is the only one,
        what those say that are judged for objectives follows."""
        if self._always:
            return self._always[0], self._always[0].judge(cells, bearers)
        candidates = self.candidates(cells)
        first = next(revision for revision in candidates if revision is not None)
        if len(candidates) == 1:
            return first, first.judge(cells, bearers)
        says = [_says(revision, cells, bearers) for revision in candidates]
        agreed = (_agreed([said.get(rule.id) for said in says], self._in_force_by) for rule in first.plan.rules)
        return first, self._agreed[first, tuple(agreed)]

    def in_doubt(self, cells: Cells) -> Sequence[CompiledRevision] | None:
        """Those revisions that may be in force and do not exclude the ticket; None where it is certain which one is."""
        candidates = self.candidates(cells)
        if len(candidates) == 1:
            return None
        return [revision for revision in candidates if revision is not None and revision.excluded(cells) is None]

    def bearers(self, judged: Iterable[tuple[str, Cells]]) -> Bearers:
        """For each field that must be unique, which judged ids bear a value; conflicting records are one bearer."""
        fields = {
            rule.plan.demand.field: BEFORE + revision.plan.facts[rule.plan.demand.field]
            for revision in self.compiled
            for rule in revision.rules
            if isinstance(rule.plan.demand, Distinct)
        }
        if not fields:
            return lambda _field, _value: ()
        bearing: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for name, cells in judged:
            for field, slot in fields.items():
                cell = cells[slot]
                if isinstance(cell, str):
                    bearing[field, cell][name] = None
        return lambda field, value: tuple(bearing.get((field, value), ()))


def in_force(revisions: Sequence[CompiledRevision], at: Cell) -> list[CompiledRevision | None]:
    """The revisions in force at an instant: more than one where it straddles a bound or is not known, and None among
    them where none may be."""
    if isinstance(at, Instant):
        found: list[CompiledRevision | None] = [
            r
            for r in revisions
            if (r.plan.since is None or at.hi >= r.plan.since.lo) and (r.plan.until is None or at.lo < r.plan.until.lo)
        ]
        begins = revisions[0].plan.since
        ends = revisions[-1].plan.until
        outside = (begins is not None and at.lo < begins.lo) or (ends is not None and at.hi >= ends.lo)
    else:
        found = list(revisions)
        outside = revisions[0].plan.since is not None or revisions[-1].plan.until is not None
    return [*found, None] if outside else found


def _says(revision: CompiledRevision | None, cells: Cells, bearers: Bearers | None) -> dict[str, Judged]:
    """What each rule of a revision says of the ticket; nothing where there is none, or it excludes the ticket."""
    if revision is None or revision.excluded(cells) is not None:
        return {}
    judged = revision.judge(cells, bearers).judged
    return {rule.id: said for rule, said in zip(revision.plan.judged, judged, strict=True)}


def _agreed(said: Sequence[Judged | None], in_force_by: str) -> Judged:
    """The verdict that all revisions share, else that it depends on which is in force; None for one that says nothing.
    What each of them could still come to is possible."""
    known = [judged for judged in said if judged is not None]
    could = frozenset[Verdict]().union(*(judged.could for judged in known))
    outcomes = {judged.outcome for judged in known}
    if len(known) == len(said) and len(outcomes) == 1:
        return Judged(known[0].outcome, could)
    decided = {outcome.verdict for outcome in outcomes} & {Verdict.PASS, Verdict.FAIL}
    return Judged(unknown(Reason.REVISION, in_force_by), could | decided)
