"""`deadline`: something happens within a time limit."""

from __future__ import annotations

from supportpolicy.expr.nodes import At, Demand, FirstResponse, Moment, Submission, Within
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import FIELD, LIMIT, SETTINGS


def _moment(context: LoweringContext, key: str) -> Moment:
    name: str = context.rule.data[key]
    staff_opened = context.setting("staff_opened", "customer_message")
    if name == "submitted":
        return Submission(staff_opened)
    if name == "first_response":
        return FirstResponse(tuple(context.setting("first_response", {"counts": []})["counts"]), staff_opened)
    fact = context.fact(name, key)
    if fact is not None and fact.type is not FieldType.INSTANT:
        context.problem(
            key, message=f"`{name}` is not an instant", expected="an instant, such as submitted or resolved"
        )
    return At(name)


def _lower(context: LoweringContext) -> Demand:
    start, stop = _moment(context, "start"), _moment(context, "stop")
    if start == stop:
        context.problem("stop", message="the clock stops where it starts", expected="another instant than `start`")
    return Within(start, stop, context.limit("within"))


KIND = RuleKind(
    name="deadline",
    summary="From one instant to another no more than a limit passes.",
    schema={
        "required": ["start", "stop", "within"],
        "properties": {
            "start": FIELD,
            "stop": FIELD,
            "within": LIMIT,
            **SETTINGS,
        },
    },
    lower=_lower,
    example="first-response: {kind: deadline, clause: response, start: submitted, stop: first_response, "
    "within: 12h in 24x7}",
)
