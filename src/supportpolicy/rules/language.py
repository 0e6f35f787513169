"""`language`: in which languages the request, or each reply, is written."""

from __future__ import annotations

from supportpolicy.expr.nodes import Covers, Demand
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import WORDS
from supportpolicy.rules.messages import OF, demand_on, on_fail


def _lower(context: LoweringContext) -> Demand:
    return demand_on(context, Covers("language", context.languages("languages")))


KIND = RuleKind(
    name="language",
    summary="The request (or each reply) is in one of the languages; en covers en-GB.",
    schema={"required": ["languages"], "properties": {"languages": WORDS, "of": OF}},
    lower=_lower,
    on_fail=on_fail,
    example="english: {kind: language, clause: language, languages: [en]}",
)
