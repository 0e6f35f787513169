"""`eligibility`: who may have support at all."""

from __future__ import annotations

from supportpolicy.expr.nodes import Demand, Holds
from supportpolicy.model.verdict import OnFail
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import CONDITION


def _lower(context: LoweringContext) -> Demand:
    return Holds(context.condition("require"))


KIND = RuleKind(
    name="eligibility",
    summary="The ticket meets a condition, or it is not covered.",
    schema={"required": ["require"], "properties": {"require": CONDITION}},
    lower=_lower,
    on_fail=lambda _: OnFail.OUT_OF_SCOPE,
    example="paid-edition: {kind: eligibility, clause: paid-versions, require: {edition: [personal, team, ultimate]}}",
)
