"""The suite for rule kinds: the built-ins pass it, and kinds that break their contract do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from supportpolicy.errors import DocumentError, Problem
from supportpolicy.expr.nodes import (
    At,
    Demand,
    Distinct,
    EachWithin,
    Events,
    EveryReply,
    Happens,
    Holds,
    Member,
    Not,
    NotBefore,
    Occurrence,
    Promise,
    Within,
)
from supportpolicy.model.limit import OpenTime
from supportpolicy.plugin import LoweringContext
from supportpolicy.rules import channel, deadline, duty, eligibility, language, unique
from supportpolicy.testing.conformance import RuleCase, check_rule_kind

EDITIONS = "{edition: {one_of: [trial, personal, team, ultimate]}}"


def message(at: str, **more: object) -> dict[str, object]:
    """A public message that a person of the staff wrote."""
    return {"at": at, "kind": "staff_message", "public": True, "automatic": False, **more}


def events(*items: object, complete: bool = True) -> dict[str, object]:
    return {"complete": complete, "items": list(items)}


def test_eligibility() -> None:
    check_rule_kind(
        eligibility.KIND,
        RuleCase({"id": "1", "edition": "team"}, "pass"),
        RuleCase({"id": "1", "edition": " TEAM"}, "pass"),
        RuleCase({"id": "1", "edition": "trial"}, "fail"),
        RuleCase({"id": "1", "edition": None}, "fail"),
        RuleCase({"id": "1", "edition": "teem"}, "unknown: unrecognised"),
        RuleCase({"id": "1"}, "unknown: missing"),
        wrong=[
            "e: {kind: eligibility, clause: c, require: {edition: [teem]}}",
            "e: {kind: eligibility, clause: c, require: {editon: [team]}}",
            "e: {kind: eligibility, clause: c, require: paid}",
        ],
        facts=EDITIONS,
    )


def test_language() -> None:
    replies = "r: {kind: language, clause: c, languages: [en], of: replies}"
    check_rule_kind(
        language.KIND,
        RuleCase({"id": "1", "language": "en-GB"}, "pass"),
        RuleCase({"id": "1", "language": "de"}, "fail"),
        RuleCase({"id": "1", "language": "xq"}, "unknown: unrecognised"),
        RuleCase({"id": "1", "events": events(message("2021-03-01T09:00:00Z", language="en"))}, "pass", replies),
        RuleCase({"id": "1", "events": events(message("2021-03-01T09:00:00Z", language="de"))}, "fail", replies),
        RuleCase({"id": "1", "events": events(message("2021-03-01T09:00:00Z"))}, "unknown: missing", replies),
        RuleCase({"id": "1", "events": events()}, "not_applicable", replies),
        wrong=["e: {kind: language, clause: c, languages: [english]}"],
    )


def test_channel() -> None:
    check_rule_kind(
        channel.KIND,
        RuleCase({"id": "1", "channel": "Email"}, "pass"),
        RuleCase({"id": "1", "channel": "phone"}, "fail"),
        RuleCase({"id": "1", "channel": "pigeon"}, "unknown: unrecognised"),
        wrong=["e: {kind: channel, clause: c, channels: [pigeon]}"],
    )


def test_deadline() -> None:
    start = {"id": "1", "submitted": "2021-03-01T08:00:00Z"}
    resolved = "r: {kind: deadline, clause: c, start: submitted, stop: resolved, within: 40h in 24x7}"
    check_rule_kind(
        deadline.KIND,
        RuleCase({**start, "first_response": "2021-03-01T20:00:00Z"}, "pass"),
        RuleCase({**start, "first_response": "2021-03-01T20:00:00.000001Z"}, "fail"),
        RuleCase({**start, "first_response": None}, "fail"),
        RuleCase({**start, "first_response": None}, "open", as_of="2021-03-01T19:00:00Z"),
        RuleCase({**start, "first_response": "2021-02-01T20:00:00Z"}, "unknown: contradictory"),
        RuleCase({**start, "events": events(message("2021-03-01T09:00:00Z"))}, "pass"),
        RuleCase({**start, "resolved": "2021-03-03T00:00:00Z"}, "pass", resolved),
        RuleCase({**start, "resolved": "2021-03-03T00:00:01Z"}, "fail", resolved),
        wrong=[
            "e: {kind: deadline, clause: c, start: submitted, stop: subject, within: 12h in 24x7}",
            "e: {kind: deadline, clause: c, start: submitted, stop: submitted, within: 12h in 24x7}",
            "e: {kind: deadline, clause: c, start: submitted, stop: resolved, within: 12 in 24x7}",
            "e: {kind: deadline, clause: c, start: submitted, stop: resolved, within: 12h in offfice}",
            "e: {kind: deadline, clause: c, start: submited, stop: resolved, within: 12h in 24x7}",
        ],
    )


def test_duty() -> None:
    done = {"id": "1", "acknowledged": "2021-03-01T08:00:00Z"}
    check_rule_kind(
        duty.KIND,
        RuleCase({**done, "closed": None}, "pass"),
        RuleCase({"id": "1", "acknowledged": None, "closed": "2021-03-02T08:00:00Z"}, "fail"),
        RuleCase({"id": "1", "acknowledged": None, "closed": None}, "open"),
        RuleCase({"id": "1", "acknowledged": "yes"}, "unknown: invalid"),
        wrong=[
            "e: {kind: duty, clause: c, require: {acknowledged: {present: yes}}}",
            "e: {kind: duty, clause: c, require: {acknowledged: {present: true}}, settled_by: subject}",
        ],
    )


def test_unique() -> None:
    check_rule_kind(
        unique.KIND,
        RuleCase({"id": "1", "reference": "R-1"}, "pass", among=[{"id": "2", "reference": "r-1"}]),
        RuleCase({"id": "1", "reference": "R-1"}, "fail", among=[{"id": "2", "reference": "R-1"}]),
        RuleCase({"id": "1", "reference": None}, "not_applicable", among=[{"id": "2", "reference": None}]),
        wrong=["e: {kind: unique, clause: c, field: submitted}", "e: {kind: unique, clause: c, field: referense}"],
    )


# --- kinds that break their contract ----------------------------------------------------------------------------------
class Stranger:
    """A node of the kind's own."""


def lowering(demand: Any) -> Callable[[LoweringContext], Any]:
    return lambda _: demand


def edition(context: LoweringContext) -> Demand:
    """Trips over what it does not expect."""
    fact = context.fact("edition")
    assert fact is not None
    values = context.rule.data["require"]["edition"]
    return Holds(Member("edition", tuple(values)))


def unplaced(context: LoweringContext) -> Demand:
    """Reports what is wrong of another key, of which the rule has none."""
    if context.rule.data["require"] != {"edition": ["team"]}:
        raise DocumentError(Problem("wrong"))
    return Holds(Member("edition", ("team",)))


PASS = RuleCase({"id": "1", "edition": "team"}, "pass")
FAIL = RuleCase({"id": "1", "edition": "trial"}, "fail")
SOUND = replace(eligibility.KIND, name="edition", example="e: {kind: edition, clause: c, require: {edition: [team]}}")


def test_the_kind_below_is_sound_until_something_is_changed() -> None:
    check_rule_kind(SOUND, PASS, FAIL, facts=EDITIONS)


SECOND = Promise(OpenTime(1_000_000, "24x7"), "1s in 24x7")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"summary": "two\nlines"}, "the summary of rule kind 'edition' is"),
        ({"scope": "world"}, "the scope of rule kind 'edition' is 'world'"),
        ({"schema": {"properties": {"require": {"type": "objct"}}}}, "the schema of rule kind 'edition'"),
        ({"schema": {"properties": {"when": {}, "require": {}}}}, "names keys that are not its own: when"),
        ({"schema": {"properties": {}}}, "the example of rule kind 'edition' was refused: policy.yaml:8:33: "),
        ({"example": "e: {kind: other, clause: c}"}, "the kind of the rule 'e: {kind: other, clause: c}'"),
        ({"example": "- e"}, "is not one mapping of an id to a rule"),
        ({"example": "e: {kind: edition, clause: c, require: {edition: [gold]}}"}, "'gold' is no value of `edition`"),
        (
            {"lower": lowering(None)},
            "None is no demand; expected Holds, Within, NotBefore, EachWithin, EveryReply, Distinct",
        ),
        ({"lower": lowering(Holds(Stranger()))}, "is no truth; expected Const"),  # type: ignore[arg-type]
        ({"lower": lowering(Within(At("submitted"), Stranger(), SECOND))}, "is no moment; expected At"),  # type: ignore[arg-type]
        ({"lower": lowering(Within(At("submitted"), At("resolved"), Stranger()))}, "is no limit; expected Promise"),  # type: ignore[arg-type]
        (
            {"lower": lowering(Within(At("submitted"), At("resolved"), SECOND, Stranger()))},
            "is no pause; expected Pause",
        ),  # type: ignore[arg-type]
        ({"lower": lowering(NotBefore(Occurrence("last", Stranger()), At("closed"), SECOND))}, "are no events"),  # type: ignore[arg-type]
        ({"lower": lowering(EachWithin(Events("call"), Stranger(), None, SECOND))}, "are no events; expected Events"),  # type: ignore[arg-type]
        ({"lower": lowering(Holds(Happens(Stranger(), None)))}, "are no events; expected Events"),  # type: ignore[arg-type]
        ({"lower": lowering(Holds(Member("edition", ["team"])))}, "is not frozen: unhashable type: 'list'"),  # type: ignore[arg-type]
        ({"lower": lowering(EveryReply(Member("edition", ("team",))))}, "a test of each reply reads 'edition'"),
        ({"lower": lowering(Holds(Member("editon", ("team",))))}, "its demand reads editon, which no ticket has"),
        ({"lower": lowering(Distinct("edition"))}, "the scope of a kind of this demand: expected 'population'"),
        ({"lower": edition}, "raised "),
        ({"lower": unplaced}, "a problem does not point at the rule: wrong"),
        ({"lower": lowering(Holds(Not(Member("edition", ("team",)))))}, "the verdict: expected 'pass', found 'fail'"),
        ({"on_fail": lambda _: "violation"}, "`on_fail` gave 'violation'; expected an OnFail"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_rule_kind(replace(SOUND, **values), PASS, FAIL, facts=EDITIONS)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("cases", "wrong", "message"),
    [
        ([PASS], [], "give a case that passes and one that fails"),
        ([PASS, replace(FAIL, expect="pass"), FAIL], [], "case 2 ({'id': '1', 'edition': 'trial'}): the verdict"),
        ([PASS, FAIL], ["e: {kind: edition, clause: c, require: {edition: team}}"], "is taken; expected a problem"),
        ([PASS, FAIL, RuleCase({"id": [1]}, "pass", as_of="2021-01-01T00:00:00Z")], [], "the verdict: expected 'pass'"),
        (
            [PASS, FAIL, RuleCase({"id": "1", "submitted": "2031-01-01T00:00:00Z"}, "pass")],
            [],
            "the ticket is not judged: Excluded(",
        ),
    ],
)
def test_cases_that_are_not_so_are_named(cases: list[RuleCase], wrong: list[str], message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_rule_kind(SOUND, *cases, wrong=wrong, facts=EDITIONS)
    assert message in str(caught.value)
