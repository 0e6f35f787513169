"""`duty`: something that must be done, or be so."""

from __future__ import annotations

from supportpolicy.expr.nodes import Demand, Holds
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import CONDITION, FIELD


def _lower(context: LoweringContext) -> Demand:
    settled_by: str = context.rule.data.get("settled_by", "closed")
    fact = context.fact(settled_by, "settled_by")
    if fact is not None and fact.type is not FieldType.INSTANT:
        context.problem(
            "settled_by", message=f"`{settled_by}` is not an instant", expected="an instant, such as closed"
        )
    return Holds(context.duty("require", settled_by=settled_by))


KIND = RuleKind(
    name="duty",
    summary="The ticket meets a condition, or a duty is broken; instants and events may be awaited until `settled_by`.",
    schema={"required": ["require"], "properties": {"require": CONDITION, "settled_by": FIELD}},
    lower=_lower,
    example="acknowledged: {kind: duty, clause: receipt, require: {acknowledged: {present: true}}, settled_by: closed}",
)
