"""What language and channel rules share: they speak of the request, or of each reply to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from supportpolicy.expr.nodes import Demand, EveryReply, Holds, Truth
from supportpolicy.model.verdict import OnFail
from supportpolicy.plugin import LoweringContext

OF: Final[dict[str, Any]] = {"enum": ["request", "replies"]}
"""The schema of `of:`, which messages the rule speaks of."""


def demand_on(context: LoweringContext, test: Truth) -> Demand:
    """`test` of the request's own field, or of each reply's."""
    return EveryReply(test) if context.rule.data.get("of") == "replies" else Holds(test)


def on_fail(rule: Mapping[str, Any]) -> OnFail:
    """A request in the wrong language or channel is not covered; such a reply breaks a duty."""
    return OnFail.VIOLATION if rule.get("of") == "replies" else OnFail.OUT_OF_SCOPE
