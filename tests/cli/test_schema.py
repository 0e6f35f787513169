"""The JSON Schemas that `supportpolicy schema` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from supportpolicy.cli import run
from supportpolicy.schemas import NAMES

ROOT = Path(__file__).parents[2]


def printed(capsys: pytest.CaptureFixture[str], name: str) -> Any:
    assert run(["schema", name]) == 0
    return json.loads(capsys.readouterr().out)


class AsText(yaml.SafeLoader):
    """Reads YAML as editors do, for which an instant is a text."""


AsText.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def faults(schema: Any, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema_with_a_title(capsys: pytest.CaptureFixture[str], name: str) -> None:
    schema = printed(capsys, name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "supportpolicy" in schema["title"]


def test_test_is_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "test") == printed(capsys, "tests")


def test_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "tickets"]) == 2
    assert capsys.readouterr().err == (
        "there is no schema 'tickets'; expected one of policy, mapping, calendars, ticket, tests, report\n"
        "    did you mean 'ticket'?\n"
        "1 problem; exit 2\n"
    )


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("policy", "policies/*/policy.yaml"),
        ("tests", "policies/*/tests.yaml"),
        ("policy", "examples/*/policy.yaml"),
        ("tests", "examples/*/tests.yaml"),
        ("mapping", "examples/*/mapping.yaml"),
    ],
)
def test_our_own_documents_conform(capsys: pytest.CaptureFixture[str], name: str, pattern: str) -> None:
    schema = printed(capsys, name)
    files = list(ROOT.glob(pattern))
    assert files
    for file in files:
        assert faults(schema, yaml.load(file.read_text(encoding="utf-8"), AsText)) == [], file


def test_our_own_tickets_conform(capsys: pytest.CaptureFixture[str]) -> None:
    schema = printed(capsys, "ticket")
    lines = (ROOT / "examples/events/tickets.jsonl").read_text(encoding="utf-8").splitlines()
    for line in filter(None, lines):
        assert faults(schema, json.loads(line)) == []


@pytest.mark.parametrize(
    ("ticket", "wrong"),
    [
        ({"id": 7, "seats": 3, "vip": True, "closed": None, "tags": ["a"]}, ""),
        ({"submitted": "2021-03-01"}, "$.submitted"),
        ({"submitted": "2021-03-01T08:00:00"}, "$.submitted"),
        ({"submitted": 1614585600}, "$.submitted"),
        ({"edition": 3}, "$.edition"),
        ({"tags": "vip"}, "$.tags"),
        ({"events": []}, "$.events"),
        ({"events": {"items": []}}, "$.events"),
        ({"events": {"complete": True, "items": [{"at": "2021-03-01T08:00:00Z"}]}}, "$.events.items[0]"),
        ({"Closed At": None}, "$"),
    ],
)
def test_what_a_ticket_may_hold(capsys: pytest.CaptureFixture[str], ticket: Any, wrong: str) -> None:
    found = [fault.partition(":")[0] for fault in faults(printed(capsys, "ticket"), ticket)]
    assert found == ([wrong] if wrong else [])


@pytest.mark.parametrize(
    ("case", "right"),
    [
        ({"from": "a"}, True),
        ({"from": "a", "change": {"first_response": "next morning"}, "expect": "excluded: spam"}, True),
        ({"as_of": "2021-03-01T00:00:00Z", "ticket": {"id": "a"}, "expect": {"r": "unknown: missing"}}, True),
        ({"ticket": {"id": "a"}, "expect": {"r": "pass"}}, False),
        ({"form": "a"}, False),
        ({}, False),
    ],
)
def test_what_a_case_may_hold(capsys: pytest.CaptureFixture[str], case: Any, right: bool) -> None:
    assert (faults(printed(capsys, "tests"), {"supportpolicy-tests": 1, "cases": {"a": case}}) == []) is right


@pytest.mark.parametrize(
    ("calendar", "right"),
    [
        ("{zone: UTC, hours: {mon-fri: 09:00-17:00, sat: [10:00-12:00]}, dates: {2025-12-24: closed}}", True),
        ("{zone: UTC, hours: mon 08:00 - fri 18:00, holidays: [{country: US, observed: false}, 12-25]}", True),
        ("{zone: UTC, hours: [mon 08:00 - fri 18:00], holidays: {country: US}, span: {from: 2025-01-01}}", False),
        ("{hours: {mon: 09:00-17:00}}", False),
        ("{zone: UTC, hours: {mon: 09:00-17:00}, holidays: {region: US}}", False),
    ],
)
def test_what_a_calendar_may_hold(capsys: pytest.CaptureFixture[str], calendar: str, right: bool) -> None:
    stated = {"calendars": {"c": yaml.load(calendar, AsText)}}
    assert (faults(printed(capsys, "calendars"), {"supportpolicy-calendars": 1, **stated}) == []) is right
    of_a_policy = printed(capsys, "policy")["properties"]["calendars"]
    assert (faults(of_a_policy, stated["calendars"]) == []) is right
    assert faults(of_a_policy, {"c": {"file": "calendars.yaml", "calendar": "office"}}) == []


def test_the_rule_kinds_and_sources_installed_are_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    rules = printed(capsys, "policy")["properties"]["rules"]["additionalProperties"]
    assert {"deadline", "duty", "eligibility"} <= set(rules["properties"]["kind"]["enum"])
    assert {"csv", "jsonl"} <= set(printed(capsys, "mapping")["properties"]["source"]["properties"]["name"]["enum"])
