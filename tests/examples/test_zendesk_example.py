"""What the example view shows, ticket by ticket."""

from __future__ import annotations

import pytest
from example_audits import EXAMPLES, ROOT, Report, counts, findings, report

from supportpolicy.audit import AuditRequest

VIEW = EXAMPLES / "zendesk"
POLICY = ROOT / "policies" / "memsource-technical-support" / "policy.yaml"


def request(include: str = "findings") -> AuditRequest:
    return AuditRequest(
        policy=str(POLICY),
        exports=(str(VIEW / "tickets.csv"),),
        tables={"organizations": str(VIEW / "organizations.csv"), "users": str(VIEW / "users.csv")},
        include=include,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def audited() -> Report:
    return report(request("all"))


def verdict(audited: Report, ticket: str, rule: str) -> str:
    """The verdict on a ticket with its reason and field, such as `unknown: missing (edition)`."""
    (found,) = [f for f in findings(audited, rule) if f["ticket"] == ticket]
    reason = f": {found['reason']} ({found['field']})" if found["reason"] else ""
    return f"{found['verdict']}{reason}"


def test_the_view_is_recognised_and_needs_no_mapping(audited: Report) -> None:
    assert audited["source"] == "zendesk"


def test_it_exits_for_three_rejected_rows_and_says_what_else_is_wrong(audited: Report) -> None:
    assert audited["exit"]["code"] == 3
    assert [why["code"] for why in audited["exit"]["why"]] == [3, 1, 4]


def test_the_totals(audited: Report) -> None:
    assert audited["totals"]["rows"] == {"read": 302, "used": 299, "rejected": 3}
    assert audited["totals"]["tickets"] == {"formed": 299, "judged": 292, "excluded": 7}
    assert audited["totals"]["excluded"] == {
        "byte-identical repeat": 1,
        "deleted": 1,
        "merged": 2,
        "sample": 1,
        "spam": 1,
        "test": 1,
    }
    assert audited["totals"]["conflicting_ids"] == ["20301"]


def test_every_dull_ticket_is_covered_and_answered_in_time(audited: Report) -> None:
    assert counts(audited, "paid-edition") == {"pass": 285, "fail": 3, "unknown": 4}
    assert counts(audited, "english") == {"pass": 288, "fail": 3, "unknown": 1}
    assert counts(audited, "written-only") == {"pass": 287, "fail": 3, "unknown": 2}
    assert counts(audited, "first-response") == {"pass": 265, "fail": 6, "open": 2, "not_applicable": 9, "unknown": 10}


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ("20112", "unknown: too coarse (first_response)"),
        ("20119", "pass"),
        ("20127", "fail"),
        ("20134", "pass"),
        ("20141", "pass"),
        ("20146", "pass"),
        ("20151", "pass"),
        ("20158", "not_applicable"),
        ("20166", "not_applicable"),
        ("20171", "not_applicable"),
        ("20175", "not_applicable"),
        ("20183", "not_applicable"),
        ("20187", "not_applicable"),
        ("20192", "not_applicable"),
        ("20199", "not_applicable"),
        ("20203", "fail"),
        ("20204", "not_applicable"),
        ("20236", "unknown: unrecognised (edition)"),
        ("20237", "unknown: unrecognised (edition)"),
        ("20245", "unknown: no such key (edition)"),
        ("20252", "unknown: missing (organization)"),
        ("20259", "unknown: no such key (language)"),
        ("20266", "unknown: missing (first_response)"),
        ("20273", "unknown: missing (first_response)"),
        ("20278", "fail"),
        ("20285", "unknown: unrecognised (channel)"),
        ("20293", "unknown: unrecognised (channel)"),
        ("20301#1", "pass"),
        ("20301#2", "pass"),
        ("20312", "pass"),
        ("20333", "fail"),
        ("20341", "fail"),
        ("20377", "fail"),
        ("20399", "open"),
        ("20400", "open"),
    ],
)
def test_the_first_response_of_a_special_ticket(audited: Report, ticket: str, expected: str) -> None:
    assert verdict(audited, ticket, "first-response") == expected


@pytest.mark.parametrize("ticket", ["20158", "20166", "20171"])
def test_free_and_trial_editions_are_not_covered(audited: Report, ticket: str) -> None:
    assert verdict(audited, ticket, "paid-edition") == "fail"


@pytest.mark.parametrize("ticket", ["20175", "20183", "20187"])
def test_telephone_is_not_covered_however_it_is_spelt(audited: Report, ticket: str) -> None:
    assert verdict(audited, ticket, "written-only") == "fail"


@pytest.mark.parametrize("ticket", ["20192", "20199", "20204"])
def test_german_is_not_covered(audited: Report, ticket: str) -> None:
    assert verdict(audited, ticket, "english") == "fail"


def test_the_rejected_rows_are_the_torn_one_the_stray_quote_and_the_latin_bytes(audited: Report) -> None:
    assert [(row["place"]["line"], row["reason"].split(" at ")[0]) for row in audited["rejected"]] == [
        (260, "the row has 10 fields, and the header has 42"),
        (267, "white space follows the closing quote of field 11 'Subject'"),
        (275, "field 11 'Subject' holds the byte 0xE9"),
    ]


def test_the_excluded_tickets(audited: Report) -> None:
    assert {(excluded["ticket"], excluded["reason"]) for excluded in audited["excluded"]} == {
        ("20108", "sample"),
        ("20218", "merged"),
        ("20219", "merged"),
        ("20226", "spam"),
        ("20231", "deleted"),
        ("20312", "byte-identical repeat"),
        ("20347", "test"),
    }


def test_spellings_that_nothing_knows_are_listed(audited: Report) -> None:
    listed = {(entry["field"], entry["text"]): entry["tickets"] for entry in audited["unmapped"]}
    assert listed == {("channel", "Carrier pigeon"): 1, ("channel", "Closed ticket"): 1, ("edition", "ultimat"): 2}


def test_what_no_view_holds_is_told_once_for_each_rule() -> None:
    whole = [finding["rule"] for finding in report(request())["findings"] if finding["ticket"] is None]
    assert len(whole) == len(set(whole))
    assert {"receipt-acknowledged", "english-replies", "replication-attempted"} <= set(whole)
    assert "first-response" not in whole
