"""The suite for rule kinds: the built-ins pass it, and kinds that break their contract do not."""

from __future__ import annotations

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
