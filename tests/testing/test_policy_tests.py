"""What a case means: inheritance, the population, revisions, tickets that are not judged."""

from __future__ import annotations

import pytest
from small_policy import FIRST, SECOND, compiled, got, result

from supportpolicy.model.verdict import Verdict


def test_a_case_in_full() -> None:
    found = result("", "base")
    assert found.met
    assert {r.rule: r.got for r in found.results} == {
        "paid": "pass",
        "answered": "pass",
        "numbered": "unknown: whole population (reference)",
    }


def test_a_variation_inherits_the_ticket_the_instant_and_what_is_expected() -> None:
    tests = compiled("late: {from: base, change: {first_response: 2021-03-01T20:00:01Z}, expect: {answered: fail}}")
    late = tests.cases["late"]
    assert late.as_of == tests.cases["base"].as_of
    assert late.ticket == {**tests.cases["base"].ticket, "first_response": "2021-03-01T20:00:01Z"}
    assert isinstance(late.expect, type(tests.cases["base"].expect))
    assert {rule: (str(e), e.case) for rule, e in late.expect.items()} == {  # type: ignore[union-attr]
        "paid": ("pass", "base"),
        "answered": ("fail", "late"),
        "numbered": ("unknown", "base"),
    }


def test_a_variation_may_stand_before_its_base_and_be_varied_itself() -> None:
    tests = compiled(
        """
        third: {from: second, unset: [first_response], expect: {answered: unknown}}
        second: {from: base, change: {first_response: null}, expect: {answered: fail}}
        """
    )
    assert list(tests.cases) == ["base", "third", "second"]
    assert "first_response" not in tests.cases["third"].ticket
    assert tests.cases["second"].ticket["first_response"] is None


def test_a_long_chain_is_no_trouble() -> None:
    chain = [f"c{n}: {{from: {f'c{n + 1}' if n < 3000 else 'base'}}}" for n in range(3001)]
    assert compiled("\n".join(chain)).cases["c0"].ticket["id"] == "T-1"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("{first_response: null}", "fail"),
        ("{first_response: next morning}", "unknown: invalid (first_response)"),
        ("{edition: free}", "not_applicable: paid"),
        ("{edition: taem}", "unknown: unrecognised (edition)"),
    ],
)
def test_values_are_read_as_canonical_tickets_are(change: str, verdict: str) -> None:
    assert got(f"other: {{from: base, change: {change}}}", "other")["answered"] == verdict


def test_plain_scalars_become_what_the_facts_say() -> None:
    tests = compiled("other: {from: base, change: {id: 007, seats: 12, urgent: true, language: no, tags: [1.10, yes]}}")
    ticket = tests.cases["other"].ticket
    assert {k: ticket[k] for k in ("id", "seats", "urgent", "language", "tags")} == {
        "id": "007",
        "seats": 12,
        "urgent": True,
        "language": "no",
        "tags": ["1.10", "yes"],
    }


def test_a_ticket_is_alone_in_the_world_only_if_the_case_says_so() -> None:
    assert got("alone: {from: base, among: []}", "alone")["numbered"] == "pass"


def test_other_tickets_decide_what_is_unique() -> None:
    cases = """
    same: {from: base, change: {id: T-2}}
    other: {from: base, change: {id: T-3, reference: R-2}}
    spam: {from: same, change: {topic: spam}, expect: excluded}
    twice: {from: base, among: [other, same], expect: {numbered: fail}}
    once: {from: base, among: [other], expect: {numbered: pass}}
    not-among-spam: {from: base, among: [spam], expect: {numbered: pass}}
    inherited: {from: twice, change: {id: T-9}}
    """
    tests = compiled(cases)
    for name in ("twice", "once", "not-among-spam", "inherited"):
        assert result(cases, name).met, name
    assert tests.cases["inherited"].among == ("other", "same")


def test_a_case_that_inherits_a_population_with_itself_is_judged_once() -> None:
    cases = """
    one: {from: base, among: [two], expect: {numbered: fail}}
    two: {from: one, change: {id: T-2}, expect: {numbered: pass}}
    """
    assert result(cases, "one").met
    assert result(cases, "two").met


@pytest.mark.parametrize(
    ("expected", "met"),
    [("unknown", True), ('"unknown: missing"', True), ('"unknown: invalid"', False), ("fail", False)],
)
def test_a_reason_is_held_against_the_reason(expected: str, met: bool) -> None:
    found = result(f"other: {{from: base, unset: [first_response], expect: {{answered: {expected}}}}}", "other")
    assert found.met is met


@pytest.mark.parametrize(
    ("expected", "met"), [('"not_applicable: paid"', True), ("not_applicable", True), ("fail", False)]
)
def test_a_gate_is_held_against_the_gate(expected: str, met: bool) -> None:
    cases = f"""
    other:
      from: base
      change: {{edition: free}}
      expect: {{paid: fail, answered: {expected}, numbered: not_applicable}}
    """
    assert result(cases, "other").met is met


def test_the_gate_explains_what_depends_on_it() -> None:
    by_rule = {r.rule: r for r in result("other: {from: base, change: {edition: taem}}", "other").results}
    because = by_rule["answered"].because
    assert because is not None
    assert (because.rule, because.verdict) == ("paid", Verdict.UNKNOWN)


# --- tickets that are not judged --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("change: {topic: spam}", "spam"),
        ("as_of: 2021-01-01T00:00:00Z", "submitted after the audit instant"),
        ("change: {submitted: 2022-01-01T00:00:00Z}, as_of: 2022-02-01T00:00:00Z", "no revision in force"),
    ],
)
def test_a_ticket_that_is_not_judged(change: str, reason: str) -> None:
    for expected in ("excluded", f'"excluded: {reason}"'):
        assert result(f"other: {{from: base, {change}, expect: {expected}}}", "other").met
    (unexpected,) = result(f"other: {{from: base, {change}}}", "other").results
    assert (unexpected.met, unexpected.wanted, unexpected.got) == (False, "to be judged", f"excluded: {reason}")


def test_a_ticket_that_should_not_have_been_judged() -> None:
    (one,) = result("other: {from: base, expect: excluded}", "other").results
    assert (one.met, one.wanted, one.got) == (False, "excluded", "judged")


def test_the_wrong_reason_for_not_judging() -> None:
    cases = 'other: {from: base, change: {topic: spam}, expect: "excluded: no revision in force"}'
    (one,) = result(cases, "other").results
    assert (one.met, one.got) == (False, "excluded: spam")


# --- revisions --------------------------------------------------------------------------------------------------------
LATER = "submitted: 2022-03-01T08:00:00Z, first_response: 2022-03-01T10:00:00Z, seats: 5"


def test_the_revision_in_force_is_the_tickets_own() -> None:
    cases = f"""
    later: {{from: base, as_of: 2022-06-01T00:00:00Z, change: {{{LATER}}}, expect: {{small: pass}}}}
    """
    found = result(cases, "later", FIRST, SECOND)
    assert found.met
    assert [r.rule for r in found.results] == ["paid", "answered", "numbered", "small"]


def test_a_rule_of_another_revision_is_not_inherited() -> None:
    cases = f"""
    later: {{from: base, as_of: 2022-06-01T00:00:00Z, change: {{{LATER}}}, expect: {{small: pass}}}}
    back: {{from: later, change: {{submitted: 2021-03-01T08:00:00Z, first_response: 2021-03-01T08:01:00Z}}}}
    """
    found = result(cases, "back", FIRST, SECOND)
    assert found.met
    assert [r.rule for r in found.results] == ["paid", "answered", "numbered"]


def test_where_the_revisions_differ_the_verdict_is_unknown() -> None:
    cases = "undated: {from: base, unset: [submitted, first_response]}"
    assert got(cases, "undated", FIRST, SECOND)["paid"] == "pass"
    assert (
        got("quick: {from: base, unset: [submitted]}", "quick", FIRST, SECOND)["answered"]
        == "unknown: missing (submitted)"
    )
