"""The rule kind `example-tagged`: the ticket bears one of some tags, or none of some others.

A rule kind does not judge tickets. It says which keys its rules have and lowers a rule to nodes that every engine
knows, so it works wherever policies do: in reports, in explanations, in `supportpolicy test`.
"""

from __future__ import annotations

from typing import Final

from supportpolicy.expr.nodes import All, Demand, Holds, Member, Not, Truth
from supportpolicy.plugin import LoweringContext, RuleKind
from supportpolicy.plugin.shapes import WORDS


def _lower(context: LoweringContext) -> Demand:
    tags = context.fact("tags")
    assert tags is not None  # every ticket has tags
    parts: list[Truth] = []
    if context.rule.has("one_of"):
        parts.append(Member("tags", context.tokens(tags, "one_of")))
    if context.rule.has("none_of"):
        parts.append(Not(Member("tags", context.tokens(tags, "none_of"))))
    if not parts:
        context.problem(message="the rule names no tag", expected="`one_of:` or `none_of:` with a list of tags")
    return Holds(parts[0] if len(parts) == 1 else All(tuple(parts)))


KIND: Final = RuleKind(
    name="example-tagged",
    summary="The ticket bears one of the tags `one_of`, and none of the tags `none_of`.",
    schema={"properties": {"one_of": WORDS, "none_of": WORDS}},
    lower=_lower,
    example="triaged: {kind: example-tagged, clause: triage, one_of: [bug, question], none_of: [untriaged]}",
)
