"""The plan: a compiled policy and mapping, ready for any engine. `Plan(reduce, fields, exclude, revisions)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from supportpolicy.expr.nodes import Demand, Truth, reads
from supportpolicy.expr.reading import FieldPlan
from supportpolicy.model.instant import Instant
from supportpolicy.model.objective import Of, Target
from supportpolicy.model.recurrence import Recurrence
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.verdict import OnFail, Party


@dataclass(frozen=True, slots=True)
class Reduce:
    """Several rows to one ticket: rows with the same `key` form one, of which the last or first by `order_by` is kept.

    `numeric` orders by integer, else by the text's UTF-8 bytes. Among equals the last (or first) in the file is kept.
    `nulls` are texts that are no key.
    """

    key: str
    keep: Literal["last", "first"]
    order_by: str
    numeric: bool
    ties: Literal["last_in_file", "first_in_file"]
    nulls: frozenset[str] = frozenset({""})


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Tickets for which `when` is certainly true are not judged."""

    reason: str
    when: Truth


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule, lowered. `gates` are the ids of the gates that must admit the ticket, in file order."""

    id: str
    kind: str
    clauses: tuple[str, ...]
    scope: Literal["ticket", "population"]
    on_fail: OnFail
    party: Party
    when: Truth | None
    gates: tuple[str, ...]
    demand: Demand

    @property
    def is_gate(self) -> bool:
        return self.on_fail is OnFail.OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class ObjectivePlan:
    """One objective: what is demanded of the tickets of each period of `per` (None: of the whole audit) that say the same of
    the fields `by`.

    The verdicts of `judged` count. It is a rule of the revision, or one made for this objective alone, which passes where a
    ticket counts; that one is told of nowhere. `rule` is the id of the rule that the policy names, empty for a quota, which
    counts the different values of `field`, or tickets where that is empty. `of` says whether the tickets of a rule count
    by their verdicts, or its clocks. `when` says of which tickets it speaks; `judged` heeds it already.
    """

    id: str
    clauses: tuple[str, ...]
    party: Party
    target: Target
    judged: RulePlan
    rule: str
    field: str
    when: Truth | None
    per: Recurrence | None
    by: tuple[str, ...]
    of: Of = "tickets"

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that it looks at besides those of its rule and the submission."""
        when = reads(self.when) if self.when is not None else ()
        return (*when, *self.by, *([self.field] if self.field else ()))


@dataclass(frozen=True, slots=True)
class RevisionPlan:
    """One revision's rules in file order, in force for tickets whose `in_force_by` lies in [since, until).

    `facts` gives for each field name the index of its plan among `Plan.fields`: two revisions may read one field by
    different vocabularies. `words` are the closed vocabularies by which the values of events are read, by kind.
    """

    label: str
    since: Instant | None
    until: Instant | None
    rules: tuple[RulePlan, ...]
    exclude: tuple[Exclusion, ...]
    facts: Mapping[str, int]
    calendars: Mapping[str, StepTable]
    words: Mapping[str, tuple[str, ...]]
    objectives: tuple[ObjectivePlan, ...] = ()

    @property
    def judged(self) -> tuple[RulePlan, ...]:
        """The rules, and behind them those that are judged for objectives alone."""
        ids = {rule.id for rule in self.rules}
        return (*self.rules, *(one.judged for one in self.objectives if one.judged.id not in ids))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an engine needs besides the input.

    `fields` in the order of the cells of a record. `exclude` are the mapping's exclusions, over `facts` (name to index).
    `in_force_by` is the field whose instant chooses the revision. `canonical` rows are tickets as they are.
    """

    fields: tuple[FieldPlan, ...]
    facts: Mapping[str, int]
    reduce: Reduce | None
    exclude: tuple[Exclusion, ...]
    in_force_by: str
    revisions: tuple[RevisionPlan, ...]
    horizon: Instant | None


def gates_in_order(rules: Sequence[RulePlan]) -> list[RulePlan]:
    """The gates, each after those it needs."""
    gates = {rule.id: rule for rule in rules if rule.is_gate}
    ordered: dict[str, RulePlan] = {}

    def add(name: str) -> None:
        if name not in ordered:
            for needed in gates[name].gates:
                add(needed)
            ordered[name] = gates[name]

    for name in gates:
        add(name)
    return list(ordered.values())
