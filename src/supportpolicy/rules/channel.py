"""`channel`: by which channels the request, or each reply, comes."""

from __future__ import annotations

from supportpolicy.expr.nodes import Demand, Member
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import WORDS
from supportpolicy.rules.messages import OF, demand_on, on_fail


def _lower(context: LoweringContext) -> Demand:
    fact = context.fact("channel")
    assert fact is not None  # channel is a field of every ticket
    return demand_on(context, Member("channel", context.tokens(fact, "channels")))


KIND = RuleKind(
    name="channel",
    summary="The request (or each reply) comes by one of the channels.",
    schema={"required": ["channels"], "properties": {"channels": WORDS, "of": OF}},
    lower=_lower,
    on_fail=on_fail,
    example="written-only: {kind: channel, clause: channels, channels: [email, web, chat]}",
)
