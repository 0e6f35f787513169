"""`unique`: no two tickets bear the same value."""

from __future__ import annotations

from supportpolicy.expr.nodes import Demand, Distinct
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import FIELD


def _lower(context: LoweringContext) -> Demand:
    name: str = context.rule.data["field"]
    fact = context.fact(name, "field")
    if fact is not None and fact.type not in (FieldType.TEXT, FieldType.TOKEN):
        context.problem("field", message=f"`{name}` is {fact.type.value}", expected="a text or token field")
    return Distinct(name)


KIND = RuleKind(
    name="unique",
    summary="No other judged ticket bears the same value.",
    schema={"required": ["field"], "properties": {"field": FIELD}},
    lower=_lower,
    scope="population",
    example="unique-reference: {kind: unique, clause: reference, field: reference}",
)
