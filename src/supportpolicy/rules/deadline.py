"""`deadline`: something happens within a time limit, or not before one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from supportpolicy.expr.nodes import (
    At,
    Demand,
    EachWithin,
    Limit,
    Member,
    Not,
    NotBefore,
    Occurrence,
    Pause,
    Promise,
    Within,
    promises,
)
from supportpolicy.model.limit import BusinessDays, EndOfBusinessDay, OpenTime
from supportpolicy.model.ticket import EVENT_KINDS
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import CONDITION, EVENTS, LIMIT, MOMENT, SETTINGS, TEXT

_EITHER: Final = (("start", "each"), ("within", "not_before"))
_ALONE: Final = {
    "until": ("each", "`until` ends clocks that start again and again"),
    "start_at_next_opening": ("within", "only a clock with `start` and `within` is moved to an opening"),
}
_STOP: Final = {key: MOMENT[key] for key in MOMENT if key not in ("properties", "additionalProperties")}
"""A moment; with `each` events, which may be of any kind."""


def _lower(context: LoweringContext) -> Demand:
    stated = context.rule.data
    for one, other in _EITHER:
        if one in stated and other in stated:
            context.problem(other, message=f"`{one}` and `{other}` exclude each other", expected="one of the two")
        elif one not in stated and other not in stated:
            context.problem(message=f"neither `{one}` nor `{other}` is there", expected="one of the two")
    for key, (needed, why) in _ALONE.items():
        if key in stated and (needed not in stated or "each" in stated) and not (key == "until" and "each" in stated):
            context.problem(key, message=why, expected=f"`{needed}` beside it")
    limit_key = "not_before" if "not_before" in stated else "within"
    limit = context.limit(limit_key) if limit_key in stated else _NOTHING
    pause = _pause(context, limit) if "pause_while" in stated else None
    if "each" in stated:
        return _each(context, limit, pause)
    start = context.moment("start") if "start" in stated else At("submitted")
    stop = context.moment("stop")
    if start == stop:
        context.problem("stop", message="the clock stops where it starts", expected="another instant than `start`")
    if isinstance(start, Occurrence) and start.which == "last" and not isinstance(stop, At):
        context.problem(
            "start", message="the last one before which stop?", expected="a field as `stop`, such as closed"
        )
    if "not_before" in stated:
        return NotBefore(start, stop, limit, pause, context.as_of(limit))
    opening = context.calendar("start_at_next_opening") if "start_at_next_opening" in stated else ""
    return Within(start, stop, limit, pause, opening, context.as_of(limit))


_NOTHING: Final = Promise(OpenTime(0, "24x7"), "")


def _each(context: LoweringContext, limit: Limit, pause: Pause | None) -> Demand:
    if "not_before" in context.rule.data:
        context.problem("not_before", message="`each` asks for something in time", expected="`within`")
    stated = context.rule.data["stop"]
    if isinstance(stated, str) and (stated.startswith(("first ", "last ")) or stated not in EVENT_KINDS):
        context.problem(
            "stop", message=f"{stated!r} is no kind of event", expected="the next such event stops the clock"
        )
    elif isinstance(stated, Mapping) and {"first", "last"} & stated.keys():
        context.problem("stop", message="the next such event stops the clock", expected="a kind such as staff_message")
    until = context.moment("until") if "until" in context.rule.data else None
    return EachWithin(context.events("each"), context.events("stop"), until, limit, pause, context.as_of(limit))


def _pause(context: LoweringContext, limit: Limit) -> Pause | None:
    """The pause that a condition on one field states: it is one of some values, or none of them."""
    condition = context.condition("pause_while")
    asked = condition.part if isinstance(condition, Not) else condition
    for promise in promises(limit):
        if isinstance(promise.cell, BusinessDays | EndOfBusinessDay):
            message = f"{promise.text!r} is judged by instants, and a pause moves none"
            context.problem("pause_while", message=message, expected="a limit of open time")
    if not isinstance(asked, Member):
        context.problem("pause_while", message="asks for more than one field's value", expected="{status: [pending]}")
        return None
    return Pause(asked.field, asked.values, asked is condition)


KIND = RuleKind(
    name="deadline",
    summary="From one moment to another no more than a limit passes, or no less.",
    schema={
        "required": ["stop"],
        "properties": {
            "start": MOMENT,
            "each": EVENTS,
            "stop": _STOP,
            "until": MOMENT,
            "within": LIMIT,
            "not_before": LIMIT,
            "pause_while": CONDITION,
            "start_at_next_opening": TEXT,
            **SETTINGS,
        },
    },
    lower=_lower,
    example="first-response: {kind: deadline, clause: response, start: submitted, stop: first_response, "
    "within: 12h in 24x7}",
)
