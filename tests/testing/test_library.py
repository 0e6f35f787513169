"""What `import supportpolicy` offers for single tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import supportpolicy

POLICY = str(Path(__file__).parents[2] / "policies" / "memsource-technical-support")
AS_OF = "2021-04-06T00:00:00Z"
SUBMITTED = datetime(2021, 3, 27, 19, tzinfo=UTC)
LATE: dict[str, Any] = {
    "id": "1",
    "submitted": "2021-03-27T19:00:00Z",
    "first_response": "2021-03-28T08:00:00Z",
    "edition": "team",
    "language": "en",
    "channel": "email",
}


@pytest.fixture(scope="module")
def policy() -> supportpolicy.Policy:
    return supportpolicy.load_policy(POLICY)


def test_a_judgement_is_what_it_says(policy: supportpolicy.Policy) -> None:
    judgement = policy.judge(LATE, AS_OF)
    assert judgement == policy.judge(dict(LATE), as_of=datetime(2021, 4, 6, tzinfo=UTC))
    assert hash(judgement) == hash(policy.judge(dict(LATE), AS_OF))
    assert judgement != policy.judge({**LATE, "first_response": None}, SUBMITTED + timedelta(hours=1))
    assert [broken.rule for broken in judgement.violations] == ["first-response"]
    assert judgement.violations[0] == judgement["first-response"] != judgement["paid-edition"]
    assert repr(judgement["first-response"]) == "<RuleVerdict first-response: fail>"
    assert repr(judgement["reference-assigned"]) == "<RuleVerdict reference-assigned: unknown (missing: reference)>"
    with pytest.raises(KeyError, match="'no-such-rule'"):
        judgement["no-such-rule"]


def test_a_ticket_that_is_not_judged(policy: supportpolicy.Policy) -> None:
    judgement = policy.judge({**LATE, "submitted": "2022-01-01T00:00:00Z"}, AS_OF)
    assert (judgement.revision, judgement.verdicts, judgement.violations) == ("", (), ())
    assert repr(judgement) == f"<Judgement excluded: {judgement.excluded}>"
    with pytest.raises(KeyError, match="first-response: the ticket is not judged: submitted after the audit instant"):
        judgement["first-response"]


def test_what_is_changed_in_a_ticket_later_changes_no_judgement(policy: supportpolicy.Policy) -> None:
    ticket = dict(LATE)
    judgement = policy.judge(ticket, AS_OF)
    ticket["first_response"] = "2021-03-27T20:00:00Z"
    assert judgement["first-response"].evidence["stop"] == "2021-03-28T08:00:00Z"


def in_datetimes(ticket: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ticket with its instants as datetimes, in mappings that are no dicts and tuples that are no lists."""
    told: dict[str, Any] = {}
    for key, value in ticket.items():
        if isinstance(value, dict):
            told[key] = in_datetimes(value)
        elif isinstance(value, list):
            told[key] = tuple(in_datetimes(item) for item in value)
        else:
            told[key] = datetime.fromisoformat(value) if isinstance(value, str) and value.endswith("Z") else value
    return MappingProxyType(told)


def test_datetimes_stand_for_their_instants_wherever_they_are(policy: supportpolicy.Policy) -> None:
    message = {"kind": "staff_message", "public": True, "automatic": False, "channel": "phone", "language": "en"}
    ticket = {**LATE, "events": {"complete": True, "items": [{"at": "2021-03-27T20:00:00Z", **message}]}}
    judgement = policy.judge(ticket, AS_OF)
    assert [broken.rule for broken in judgement.violations] == ["written-replies"]
    assert policy.judge(in_datetimes(ticket), AS_OF) == judgement


@pytest.mark.parametrize("wrong", [datetime(2021, 4, 6), "2021-04-06", "yesterday"])
def test_an_instant_without_an_offset_is_refused(wrong: Any, policy: supportpolicy.Policy) -> None:
    for _ in range(2):
        with pytest.raises(supportpolicy.SupportPolicyError) as refused:
            policy.judge(LATE, wrong)
        assert refused.value.problems[0].expected.startswith("an")


def test_both_readings_of_a_clock_that_is_put_back_are_told_apart(policy: supportpolicy.Policy) -> None:
    clock = datetime(2021, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    ticket = {**LATE, "submitted": "2021-10-30T13:00:00Z", "first_response": None}
    verdicts = [policy.judge(ticket, clock.replace(fold=fold))["first-response"].verdict for fold in (0, 1, 0)]
    assert verdicts == ["open", "fail", "open"]
