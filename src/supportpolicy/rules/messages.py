"""What language and channel rules share: they speak of the request, or of each reply to it, by message or by call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from supportpolicy.expr.nodes import Demand, Events, EveryReply, Holds, Selection, Truth
from supportpolicy.model.verdict import OnFail
from supportpolicy.plugin import LoweringContext
from supportpolicy.plugin.shapes import EVENTS

_REQUEST: Final = "request"
_REPLIES: Final = "replies"
_KINDS: Final = ("call", "customer_message")

OF: Final[dict[str, Any]] = {**EVENTS, "x-expected": "request, replies, or events such as [replies, call]"}
"""The schema of `of:`, which messages the rule speaks of."""


def demand_on(context: LoweringContext, test: Truth) -> Demand:
    """`test` of the request's own field, or of each reply's."""
    stated = context.rule.data.get("of", _REQUEST)
    return Holds(test) if stated == _REQUEST else EveryReply(test, _events(context, stated))


def _events(context: LoweringContext, stated: object) -> Selection:
    """The events under `of`, among which the replies are the messages of the staff."""
    expected = f"request, replies, {', '.join(_KINDS)}, or {{kind: KIND}} for another kind"
    for one in stated if isinstance(stated, list) else [stated]:
        if isinstance(one, str) and one not in (_REPLIES, *_KINDS):
            hint = "the messages of the staff are called replies here" if one == "staff_message" else ""
            found = f"`{_REQUEST}` stands alone" if one == _REQUEST else f"found {one!r}"
            context.problem("of", message=found, expected=expected, hint=hint)
    events = context.events("of")
    if any(part.values for part in events.parts):
        context.problem("of", message="a change is in no language and comes by no channel", expected=expected)
    if any(part.kind == _REPLIES and part.by for part in events.parts):
        context.problem("of", message="replies are the messages of the staff", expected="`replies` alone")
    return Selection(tuple(Events("staff_message") if part == Events(_REPLIES) else part for part in events.parts))


def on_fail(rule: Mapping[str, Any]) -> OnFail:
    """A request in the wrong language or channel is not covered; such a reply breaks a duty."""
    return OnFail.OUT_OF_SCOPE if rule.get("of", _REQUEST) == _REQUEST else OnFail.VIOLATION
