"""Clock cases gathered from other systems, where they lie beside the checkout: those about events of a ticket. Those that
need no more than a calendar run in `tests/calendar`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from case_tables import policy_text

from supportpolicy.library import RuleVerdict, load_policy
from supportpolicy.model.duration import parse_duration
from supportpolicy.model.instant import format_us, parse_instant

ROOT: Final = Path(__file__).parents[2]
STARTED: Final = "2020-01-01T00:00:00Z"
RESPONSE: Final = {"kind": "deadline", "start": "submitted", "stop": "first_response"}
MESSAGES: Final = {"requester": "customer_message", "agent": "staff_message", "bot": "staff_message"}
ROLES: Final = {"requester": "customer", "agent": "staff", "bot": "bot"}


def _cases() -> list[Mapping[str, Any]]:
    stated = os.environ.get("SUPPORTPOLICY_SHARED_CASES")
    file = (Path(stated) if stated else ROOT.parent / "shared" / "cases") / "clock-cases.yaml"
    if not file.is_file():
        return []
    return [case for case in yaml.safe_load(file.read_text("utf-8"))["cases"] if case["kind"] == "ticket"]


CASES: Final = {case["id"]: case for case in _cases()}

Judge = Callable[..., RuleVerdict]


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """What a policy of one rule says of a ticket."""
    monkeypatch.chdir(tmp_path)

    def judged(rule: Mapping[str, Any], ticket: Mapping[str, Any], as_of: str, **policy: Any) -> RuleVerdict:
        (tmp_path / "policy.yaml").write_text(policy_text({**policy, "rules": {"rule": rule}}), "utf-8")
        return load_policy("policy.yaml").judge({"id": "1", **ticket}, as_of).verdicts[0]

    return judged


def _ticket(case: Mapping[str, Any]) -> dict[str, Any]:
    items = [
        {
            "at": event["at"],
            "kind": MESSAGES[event["actor"]],
            "role": ROLES[event["actor"]],
            "public": event["public"],
            "automatic": False,
        }
        for event in case["events"]
    ]
    return {"submitted": case["created_at"], "events": {"complete": True, "items": items}}


def _later(seconds: int) -> str:
    return format_us(parse_instant(STARTED).lo + seconds * 1_000_000)


def _case(name: str) -> Mapping[str, Any]:
    if name not in CASES:
        pytest.skip("the shared cases are not beside the checkout; SUPPORTPOLICY_SHARED_CASES names their folder")
    return CASES[name]


@pytest.mark.parametrize("name", ["im-01", "im-02", "im-05"])
def test_the_first_response(judge: Judge, name: str) -> None:
    case = _case(name)
    found = judge({**RESPONSE, "within": "1h in 24x7"}, _ticket(case), "2023-02-01T00:00:00Z")
    expected = case["expect"]["first_response_seconds"]
    if expected is None:
        assert found.evidence["stop"] is None
    else:
        accrued = found.evidence["accrued"]
        assert isinstance(accrued, str)
        assert parse_duration(accrued).us == expected * 1_000_000


def test_a_second_message_of_the_customer_does_not_move_the_deadline(judge: Judge) -> None:
    case = _case("za-13")
    limit = f"{case['targets']['next_reply_seconds']}s in 24x7"
    rule = {"kind": "deadline", "each": "customer_message", "stop": "staff_message", "within": limit}
    found = judge(rule, _ticket(case), "2020-01-01T00:30:00Z")
    assert found.evidence["due"] == case["expect"]["next_reply_deadline"]


def test_a_ticket_that_staff_opened_has_no_clock(judge: Judge) -> None:
    case = _case("rt-12")
    ticket = {"submitted": STARTED, "created_by_role": "staff", "first_response": None, "events": None}
    rule = {**RESPONSE, "within": f"{case['targets']['first_response_seconds']}s in 24x7"}
    assert judge(rule, ticket, _later(86_400)).verdict.value == case["expect"]["first_response"]


def test_another_level_counts_from_the_creation(judge: Judge) -> None:
    moved = _case("rt-15")["expect"]["deadline_moves_seconds"]
    facts = {"plan": {"one_of": ["two", "four"], "as_of": "stop"}}
    within = {"by": "plan", "table": {"two": "2h in 24x7", "four": "4h in 24x7"}}
    rule = {"kind": "deadline", "start": "submitted", "stop": "resolved", "within": within}
    change = {"at": _later(60), "kind": "plan", "value": "four", "from": "two"}
    due = []
    for items in ([], [change]):
        ticket = {"submitted": STARTED, "resolved": None, "plan": "four" if items else "two"}
        found = judge(rule, {**ticket, "events": {"complete": True, "items": items}}, _later(600), facts=facts)
        due.append(found.evidence["due"])
    assert due == [_later(7200), _later(7200 + moved)]


@pytest.mark.parametrize("name", ["rt-17", "rt-18"])
def test_the_time_in_a_status_that_pauses(judge: Judge, name: str) -> None:
    case = _case(name)
    limit, stalled, excluded = case["targets"]["first_response_seconds"], 1800, case["exclude_time_in_ignored_status"]
    before, ignored, after = case["status_path"]
    facts = {"status": {"one_of": ["new", "open", "stalled"]}}
    items = [
        {"at": STARTED, "kind": "status", "value": before, "from": None},
        {"at": _later(600), "kind": "status", "value": ignored},
        {"at": _later(600 + stalled), "kind": "status", "value": after},
    ]
    pause = {"pause_while": {"status": ignored}} if excluded else {}
    ticket = {"submitted": STARTED, "first_response": None, "events": {"complete": True, "items": items}}
    found = judge({**RESPONSE, "within": f"{limit}s in 24x7", **pause}, ticket, _later(3600), facts=facts)
    moved = {"unchanged after reopening": 0, "later by the stalled duration": stalled}[case["expect"]["deadline"]]
    assert found.evidence["due"] == _later(limit + moved)


def test_an_unanswered_clock_is_over_at_the_very_instant(judge: Judge) -> None:
    assert _case("cw-02")["expect"]["verdict"] == "breached"
    ticket = {"submitted": STARTED, "first_response": None, "events": None}
    rule = {**RESPONSE, "within": "1h in 24x7"}
    assert judge(rule, ticket, _later(3600)).verdict.value == "fail"
    assert judge(rule, ticket, _later(3599)).verdict.value == "open"


def test_none_is_left_out() -> None:
    _case("im-01")
    assert sorted(CASES) == ["cw-02", "im-01", "im-02", "im-05", "rt-12", "rt-15", "rt-17", "rt-18", "za-13"]
