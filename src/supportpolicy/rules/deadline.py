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
    Moment,
    Not,
    NotBefore,
    Occurrence,
    OnlyIn,
    Outermost,
    Pause,
    Promise,
    Within,
    promises,
    singles,
)
from supportpolicy.model.limit import (
    ALWAYS,
    AsAgreed,
    BusinessDays,
    CalendarLimit,
    EndOfBusinessDay,
    NextOpening,
    OpenTime,
)
from supportpolicy.model.ticket import EVENT_KINDS
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import CONDITION, EVENTS, LIMIT, MOMENT, SETTINGS, TEXT

_EITHER: Final = (("start", "each"), ("within", "not_before"))
_ALONE: Final = {
    "until": ("each", "`until` ends clocks that start again and again"),
    "after": ("each", "`after` says from when on clocks start again and again"),
    "start_at_next_opening": ("within", "only a clock with `start` and `within` is moved to an opening"),
}
_NOT_BESIDE: Final = {
    "each": "the clocks of `each` run on one calendar",
    "pause_while": "a clock stands for one reason",
    "start_at_next_opening": "the clock stands until the opening anyway",
}
"""Why `only_in` cannot stand beside those."""
_STOP: Final = {key: EVENTS[key] for key in EVENTS if key != "x-expected"} | {
    key: MOMENT[key] for key in ("pattern", "x-expected")
}
"""A moment; with `each` events, which may be of any kind."""


def _lower(context: LoweringContext) -> Demand:
    stated = context.rule.data
    for one, other in _EITHER:
        if one in stated and other in stated:
            context.problem(other, message=f"`{one}` and `{other}` exclude each other", expected="one of the two")
        elif one not in stated and other not in stated:
            context.problem(message=f"neither `{one}` nor `{other}` is there", expected="one of the two")
    for key, (needed, why) in _ALONE.items():
        if key in stated and (needed not in stated or ("each" in stated and needed != "each")):
            context.problem(key, message=why, expected=f"`{needed}` beside it")
    limit_key = "not_before" if "not_before" in stated else "within"
    limit = context.limit(limit_key) if limit_key in stated else _NOTHING
    pause = _pause(context, limit) if "pause_while" in stated else None
    only_in = _only_in(context, limit) if "only_in" in stated else None
    if "each" in stated:
        return _each(context, limit, pause)
    start = context.moment("start") if "start" in stated else At("submitted")
    stop = context.moment("stop")
    if start == stop or _stops_before(start, stop):
        context.problem("stop", message="the clock stops where it starts", expected="another instant than `start`")
    last = any(isinstance(one, Occurrence) and one.which == "last" for one in singles(start))
    if last and not isinstance(stop, At):
        context.problem(
            "start", message="the last one before which stop?", expected="a field as `stop`, such as closed"
        )
    if "not_before" in stated:
        return NotBefore(start, stop, limit, only_in or pause, context.as_of(limit))
    opening = context.calendar("start_at_next_opening") if "start_at_next_opening" in stated else ""
    return Within(start, stop, limit, only_in or pause, opening, context.as_of(limit))


def _stops_before(start: Moment, stop: Moment) -> bool:
    """Whether the stop can only come at the start, or earlier."""
    one_of_latest = isinstance(start, Outermost) and start.which == "latest" and stop in start.moments
    return one_of_latest or (isinstance(stop, Outermost) and stop.which == "earliest" and start in stop.moments)


_NOTHING: Final = Promise(OpenTime(0, "24x7"), "")


def _each(context: LoweringContext, limit: Limit, pause: Pause | None) -> Demand:
    if "not_before" in context.rule.data:
        context.problem("not_before", message="`each` asks for something in time", expected="`within`")
    stated = context.rule.data["stop"]
    for one in stated if isinstance(stated, list) else [stated]:
        if isinstance(one, str) and one not in EVENT_KINDS:
            expected = "the next such event stops the clock"
            context.problem("stop", message=f"{one!r} is no kind of event", expected=expected)
        elif isinstance(one, Mapping) and {"first", "last", "latest", "earliest"} & one.keys():
            expected = "a kind such as staff_message"
            context.problem("stop", message="the next such event stops the clock", expected=expected)
    until, after = (context.moment(key) if key in context.rule.data else None for key in ("until", "after"))
    starts, stops = context.events("each"), context.events("stop")
    return EachWithin(starts, stops, until, limit, pause, context.as_of(limit), after)


def _pause(context: LoweringContext, limit: Limit) -> Pause | None:
    """The pause that a condition on one field states: it is one of some values, or none of them."""
    condition = context.condition("pause_while")
    asked = condition.part if isinstance(condition, Not) else condition
    for promise in promises(limit):
        if isinstance(promise.cell, BusinessDays | EndOfBusinessDay | NextOpening):
            message = f"{promise.text!r} is judged by instants, and a pause moves none"
            context.problem("pause_while", message=message, expected="a limit of open time")
    if not isinstance(asked, Member):
        context.problem("pause_while", message="asks for more than one field's value", expected="{status: [pending]}")
        return None
    return Pause(asked.field, asked.values, asked is condition)


def _only_in(context: LoweringContext, limit: Limit) -> OnlyIn:
    """The calendar outside whose hours the clock stands, and until when."""
    for key, why in _NOT_BESIDE.items():
        if key in context.rule.data:
            context.problem("only_in", message=why, expected=f"`only_in` or `{key}`")
    for promise in promises(limit):
        if isinstance(promise.cell, AsAgreed | CalendarLimit) and not _around_the_clock(promise.cell):
            message = f"after that moment the clock runs around the clock, and {promise.text!r} does not"
            context.problem("only_in", message=message, expected=f"a limit such as 4h in {ALWAYS}")
    return OnlyIn(context.calendar("only_in", "calendar"), context.moment("only_in", "until"))


def _around_the_clock(cell: AsAgreed | CalendarLimit) -> bool:
    return isinstance(cell, OpenTime) and cell.calendar == ALWAYS


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
            "after": MOMENT,
            "within": LIMIT,
            "not_before": LIMIT,
            "pause_while": CONDITION,
            "only_in": {
                "type": "object",
                "required": ["calendar", "until"],
                "additionalProperties": False,
                "properties": {"calendar": TEXT, "until": MOMENT},
            },
            "start_at_next_opening": TEXT,
            **SETTINGS,
        },
    },
    lower=_lower,
    example="first-response: {kind: deadline, clause: response, start: submitted, stop: first_response, "
    "within: 12h in 24x7}",
)
