"""The rule kind keeps its contract, and these tickets get these verdicts."""

from __future__ import annotations

from supportpolicy.testing.conformance import RuleCase, check_rule_kind

from supportpolicy_example.tagged import KIND

ONE_OF = "r: {kind: example-tagged, clause: c, one_of: [bug, question]}"
NONE_OF = "r: {kind: example-tagged, clause: c, none_of: [untriaged]}"


def test_it_keeps_the_contract_of_a_rule_kind() -> None:
    check_rule_kind(
        KIND,
        RuleCase({"id": "1", "tags": ["bug"]}, "pass"),
        RuleCase({"id": "1", "tags": [" BUG"]}, "pass"),
        RuleCase({"id": "1", "tags": ["bug", "untriaged"]}, "fail"),
        RuleCase({"id": "1", "tags": ["other"]}, "fail"),
        RuleCase({"id": "1", "tags": None}, "fail"),
        RuleCase({"id": "1", "tags": "bug"}, "unknown: invalid"),
        RuleCase({"id": "1"}, "unknown: missing"),
        RuleCase({"id": "1", "tags": ["question", "x"]}, "pass", ONE_OF),
        RuleCase({"id": "1", "tags": None}, "pass", NONE_OF),
        RuleCase({"id": "1", "tags": ["untriaged"]}, "fail", NONE_OF),
        wrong=["r: {kind: example-tagged, clause: c}"],
    )
