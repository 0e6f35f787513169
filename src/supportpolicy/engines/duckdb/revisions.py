"""Which revision is in force for a ticket, whether it is judged at all, and what the rules say where it may be several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.certain_each import CertainEach
from supportpolicy.engines.duckdb.clocks import Clocks, Repeated
from supportpolicy.engines.duckdb.codes import (
    COULD_FAIL,
    COULD_PASS,
    COULDS,
    FAILS,
    PASSES,
    TRUE,
    VALUE,
    Outcomes,
)
from supportpolicy.engines.duckdb.each_clock import EachClock
from supportpolicy.engines.duckdb.grounds import ground
from supportpolicy.engines.duckdb.judging import Judging
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.marks import Marks
from supportpolicy.engines.duckdb.rulers import Store
from supportpolicy.engines.duckdb.timelines import Timeline
from supportpolicy.engines.duckdb.truths import Columns, Exact, Truths
from supportpolicy.expr.nodes import EachWithin
from supportpolicy.expr.plan import Exclusion, Plan, RevisionPlan
from supportpolicy.model.cell import Reason
from supportpolicy.model.period import Period
from supportpolicy.plugin.records import AuditInstant

REPEAT: Final = "byte-identical repeat"
LATE: Final = "submitted after the audit instant"
OUTSIDE: Final = "submitted outside the period"
NONE_IN_FORCE: Final = "no revision in force"
_NOTHING: Final = "-1"
"""What a revision says that has no verdict on the ticket."""


@dataclass(slots=True)
class Revisions:
    """Writes all that is to be known of a ticket into `layers`.

    `timelines` are the events by the index of their field; `borne` gives for the index of each field that must be
    unique the column of those who bear its value; `repeats` and `conflicts` are expressions.
    """

    plan: Plan
    layers: Layers
    outcomes: Outcomes
    instant: AuditInstant
    timelines: Mapping[int, Timeline]
    rulers: Store
    borne: Mapping[int, str]
    repeats: str = "false"
    period: Period | None = None
    assumed: list[str] | None = None
    """Takes up, where only tickets of which all is certain are written of, what is so of these."""
    reasons: list[str] = field(default_factory=list)
    """The reasons why tickets are excluded, in the order of their numbers."""
    judgings: list[Judging] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    """Whether each revision may be in force."""
    outside: str = "false"
    """Whether it may be that none is."""
    excluded: str = "NULL"
    """The number of the reason why the ticket is not judged, null where it is."""
    first: str = "0"
    """The index of the first revision that may be in force."""
    says: list[dict[str, str]] = field(default_factory=list)
    """For each revision, what its rules say by themselves, whatever the others say, by rule (see `RevisionPlan.judged`)."""
    _exclusions: list[str] = field(default_factory=list)
    _known: dict[int, tuple[Truths, Clocks]] = field(default_factory=dict)
    again: list[EachClock] = field(default_factory=list)
    """The clocks that start again and again, which are relations of their own."""

    def write_excluded(self) -> None:
        """Whether the ticket is judged, and under which revision."""
        own = Truths(self._columns_of(self.plan.facts), self.instant.at, self.outcomes.causes, self.layers.define)
        self._write_candidates(own.fields[self.plan.in_force_by])
        for revision in self.plan.revisions:
            truths = self._ground(revision)
            self._exclusions.append(self._first_reason(truths, revision.exclude))
        arms = [f"WHEN {self.repeats} THEN {self._reason(REPEAT)}"] if self.repeats != "false" else []
        for exclusion in self.plan.exclude:
            arms.append(f"WHEN {own.write(exclusion.when)} = {TRUE} THEN {self._reason(exclusion.reason)}")
        sent = own.fields["submitted"]
        if sent.measured is None:
            late = self._reason(LATE)
            arms.append(f"WHEN {sent.state} = {VALUE} AND {sent.lo} > {self.instant.at} THEN {late}")
            arms += self._outside_the_period(sent)
        arms += self._excluded_by_revisions()
        self.excluded = self._coded(f"CASE {' '.join(arms)} END") if arms else "NULL"

    def _outside_the_period(self, sent: Columns) -> list[str]:
        if self.period is None:
            return []
        beyond = [f"{sent.hi} < {self.period.since}"] if self.period.since is not None else []
        beyond += [f"{sent.lo} >= {self.period.until}"] if self.period.until is not None else []
        return [f"WHEN {sent.state} = {VALUE} AND ({' OR '.join(beyond)}) THEN {self._reason(OUTSIDE)}"]

    def _excluded_by_revisions(self) -> list[str]:
        """No revision in force, or every one that may be excludes the ticket."""
        arms = []
        if self.outside != "false":
            none = " AND ".join(f"NOT {candidate}" for candidate in self.candidates)
            arms.append(f"WHEN {none} THEN {self._reason(NONE_IN_FORCE)}")
        if all(exclusion == "NULL" for exclusion in self._exclusions):
            return arms
        pairs = list(zip(self.candidates, self._exclusions, strict=True))
        judged = [f"({candidate} AND {excluded} IS NULL)" for candidate, excluded in pairs]
        chosen = " ".join(f"WHEN {candidate} THEN {excluded}" for candidate, excluded in pairs)
        may = " OR ".join([*judged, self.outside])
        arms.append(f"WHEN NOT ({may}) THEN CASE {chosen} END")
        return arms

    def _first_reason(self, truths: Truths, exclusions: Sequence[Exclusion]) -> str:
        if not exclusions:
            return "NULL"
        arms = [f"WHEN {truths.write(e.when)} = {TRUE} THEN {self._reason(e.reason)}" for e in exclusions]
        return self._coded(f"CASE {' '.join(arms)} END")

    def _reason(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def _write_candidates(self, at: Columns) -> None:
        revisions = self.plan.revisions
        dated = f"{at.state} = {VALUE}" if at.measured is None else "false"
        for revision in revisions:
            bounds = []
            if revision.since is not None:
                bounds.append(f"{at.hi} >= {revision.since.lo}")
            if revision.until is not None:
                bounds.append(f"{at.lo} < {revision.until.lo}")
            may = f"NOT ({dated}) OR ({' AND '.join(bounds)})" if bounds else "true"
            self.candidates.append(self._coded(f"coalesce({may}, true)") if bounds else "true")
        begins, ends = revisions[0].since, revisions[-1].until
        beyond = [f"{at.lo} < {begins.lo}"] if begins is not None else []
        beyond += [f"{at.hi} >= {ends.lo}"] if ends is not None else []
        if beyond:
            self.outside = self._coded(f"coalesce(NOT ({dated}) OR {' OR '.join(beyond)}, true)")
        if len(revisions) > 1:
            arms = " ".join(f"WHEN {may} THEN {number}" for number, may in enumerate(self.candidates))
            self.first = self._coded(f"CASE {arms} END")

    # --- verdicts ---
    def write_verdicts(self) -> list[dict[str, str]]:
        """For each revision, the expressions of the verdicts on the tickets that are judged under it, by rule."""
        says = []
        for revision in self.plan.revisions:
            truths, clocks = self._known[id(revision)]
            timeline = clocks.moments.timeline
            self.judgings.append(
                Judging(revision, truths, clocks, self.outcomes, timeline, self.borne, self.layers.code)
            )
            says.append({name: self._coded(text) for name, text in self.judgings[-1].write().items()})
        self.says = says
        if len(says) == 1 and self.outside == "false":
            return says
        return [
            {rule.id: self._coded(self._agreed(number, rule.id, says)) for rule in revision.rules}
            for number, revision in enumerate(self.plan.revisions)
        ]

    def _agreed(self, first: int, rule: str, says: Sequence[Mapping[str, str]]) -> str:
        """The verdict that all revisions share that may be in force, else that it depends on which is. What each of them
        could still come to is possible."""
        told = [
            self._named(f"CASE WHEN {excluded} IS NULL THEN {said[rule]} ELSE {_NOTHING} END")
            if rule in said and excluded != "NULL"
            else said.get(rule, _NOTHING)
            for said, excluded in zip(says[first:], self._exclusions[first:], strict=True)
        ]
        others = list(zip(self.candidates[first + 1 :], told[1:], strict=True))
        alone = " AND ".join([*(f"NOT {may}" for may, _ in others), f"NOT {self.outside}"])
        agree = [f"{told[0]} <> {_NOTHING}", f"NOT {self.outside}"]
        agree += [
            f"(NOT {may} OR ({said} <> {_NOTHING} AND {said} // {COULDS} = {told[0]} // {COULDS}))"
            for may, said in others
        ]
        could = [_could(told[0]), *(f"(CASE WHEN {may} THEN {_could(said)} ELSE 0 END)" for may, said in others)]
        decided = [_decided(told[0]), *(f"(CASE WHEN {may} THEN {_decided(said)} ELSE 0 END)" for may, said in others)]
        doubt = self.outcomes.missing(Reason.REVISION, self.plan.in_force_by)
        return (
            f"CASE WHEN {alone} THEN {told[0]} WHEN {' AND '.join(agree)} THEN ({told[0]} // {COULDS}) * {COULDS} + "
            f"({' | '.join(could)}) ELSE {doubt * COULDS} + ({' | '.join([*could, *decided])}) END"
        )

    def _ground(self, revision: RevisionPlan) -> Truths:
        """What writes truths over the fields of a revision, and its clocks."""
        timeline = self.timelines.get(revision.facts["events"]) if "events" in revision.facts else None

        def over(define: Callable[[str], str], repeated: Repeated | None = None) -> Clocks:
            fields, assumed = self._columns_of(revision.facts), self.assumed if repeated is not None else None
            return ground(
                revision, fields, timeline, self.rulers, self.outcomes, self.instant, define, repeated, assumed
            )

        known: dict[EachWithin, EachClock] = {}

        def repeated(node: EachWithin) -> EachClock:
            if node not in known:
                kind = CertainEach if isinstance(timeline, Marks) else EachClock
                known[node] = kind(len(self.again), node, over)
                self.again.append(known[node])
            return known[node]

        clocks = over(self.layers.define, repeated)
        truths = clocks.moments.truths
        self._known[id(revision)] = truths, clocks
        return truths

    def _columns_of(self, facts: Mapping[str, int]) -> dict[str, Columns]:
        columns = columns_of(self.plan, facts)
        if self.assumed is None:
            return columns
        return {name: Exact(column.suffix, column.type, column.measured) for name, column in columns.items()}

    def concerned(self, number: int) -> str:
        """Whether the revision of this index may be in force and does not exclude the ticket."""
        excluded = self._exclusions[number]
        return self.candidates[number] + (f" AND {excluded} IS NULL" if excluded != "NULL" else "")

    def alone(self, number: int) -> str:
        """Whether no other revision than this may be in force, and some is."""
        others = [may for n, may in enumerate(self.candidates) if n != number]
        return " AND ".join(f"NOT {may}" for may in (*others, self.outside) if may != "false") or "true"

    def _named(self, expression: str) -> str:
        return self.layers.define(expression)

    def _coded(self, expression: str) -> str:
        return self.layers.code(expression)


def columns_of(plan: Plan, facts: Mapping[str, int]) -> dict[str, Columns]:
    """Where the fields of these names stand."""
    told = {}
    for name, i in facts.items():
        reading = plan.fields[i].reading
        told[name] = Columns(str(i), reading.type, reading.measured.clock if reading.measured is not None else None)
    return told


def _could(said: str) -> str:
    return f"(CASE WHEN {said} = {_NOTHING} THEN 0 ELSE {said} % {COULDS} END)"


def _decided(said: str) -> str:
    number = f"{said} // {COULDS}"
    return (
        f"(CASE WHEN {said} = {_NOTHING} THEN 0 WHEN {number} = {PASSES} THEN {COULD_PASS} "
        f"WHEN {number} = {FAILS} THEN {COULD_FAIL} ELSE 0 END)"
    )
