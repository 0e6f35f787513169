"""The `junit` report: what CI systems read as tests."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sample_audit import FILE, clock, finding, head, place, totals, written
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Counts, Excluded, Rejected, Tally, Totals, Unmapped
from supportpolicy.model.text import printable
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin.records import ExitCode
from supportpolicy.reports import junit
from supportpolicy.reports.gathering import named
from supportpolicy.testing.conformance import check_report

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, not even as a reference."""


class XmlFile(SingleFileSnapshotExtension):
    file_extension = "xml"


def suites(**more: Any) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(written(junit.REPORT, **more))
    assert root.tag == "testsuites"
    return {suite.get("name", ""): suite for suite in root}


def case(suite: ElementTree.Element, name: str) -> ElementTree.Element:
    found = [one for one in suite.iterfind("testcase") if one.get("name") == name]
    assert len(found) == 1, name
    return found[0]


def only(suite: ElementTree.Element) -> ElementTree.Element:
    """The test case beside the one that stands for all passes."""
    _, found = suite.findall("testcase")
    return found


def test_whole(snapshot: SnapshotAssertion) -> None:
    assert written(junit.REPORT) == snapshot(extension_class=XmlFile)


def test_it_keeps_the_contract_of_reports() -> None:
    check_report(junit.REPORT)


def test_there_is_a_suite_for_each_rule_of_each_revision() -> None:
    old = head().revisions[0]
    new = replace(
        old, label="2022", rules=tuple(replace(rule, revision="2022") for rule in old.rules[2:4]), objectives=()
    )
    names = list(suites(of=replace(head(), revisions=(old, new)), things=[]))
    assert names[:5] == ["the audit", "rows read", "tickets formed", "paid-edition", "written-only"]
    assert names[-4:-2] == ["english-replies@2022", "first-response@2022"]
    assert names[-2:] == ["objective monthly", "objective contacts"]


def test_a_violation_is_a_failure_with_its_evidence_in_words() -> None:
    one = case(suites()["first-response"], "4002")
    assert one.get("classname") == "memsource-technical-support.first-response"
    assert (one.get("file"), one.get("line")) == (FILE, "3")
    failure = one.find("failure")
    assert failure is not None
    assert failure.get("type") == "violation by the provider"
    evidence = (
        "submitted 2021-03-01T08:00:00Z, answered 2021-03-01T21:04:00Z, took 13h 4m, limit 12h in 24x7; "
        "basis: vendor field"
    )
    assert failure.get("message") == evidence
    assert (failure.text or "").splitlines() == [
        evidence,
        "Table 1: A first response is guaranteed within twelve hours of submission.",
        "Checked: from submission to the first response at most 12h in 24x7",
    ]
    failure = case(suites()["troubleshooting"], "4002").find("failure")
    assert failure is not None
    assert failure.get("type") == "violation by the customer"


def test_an_unknown_verdict_is_an_error_that_names_field_and_reason() -> None:
    error = case(suites()["paid-edition"], "4009").find("error")
    assert error is not None
    assert error.get("type") == "unknown: unrecognised"
    assert error.get("message") == "edition: unrecognised 'enterprize'"
    error = case(suites()["english-replies"], "the whole input").find("error")
    assert error is not None
    assert error.get("message") == (
        "reply_language: missing; the input does not hold it at all and the mapping says so; 18 tickets undecided for "
        "want of it"
    )


@pytest.mark.parametrize(
    ("verdict", "rule", "more", "message"),
    [
        (Verdict.FAIL, "workaround-prepared", {}, "note: tasks never"),
        (Verdict.FAIL, "paid-edition", {}, "out of scope: tasks never"),
        (Verdict.NOT_APPLICABLE, "first-response", {"barred_by": "paid-edition"},
         "not applicable: tasks never; barred by paid-edition"),
        (Verdict.OPEN, "troubleshooting", {}, "open: tasks never"),
    ],
)  # fmt: skip
def test_the_rest_is_skipped(verdict: Verdict, rule: str, more: dict[str, str], message: str) -> None:
    things = [finding("7", rule, verdict, {"values": {"tasks": None}}, record=1, **more)]
    one = only(suites(things=things)[rule])
    assert [part.tag for part in one] == ["skipped"]
    assert one[0].get("message") == message


def test_passes_are_counted_and_one_test_case_stands_for_them() -> None:
    suite = suites()["first-response"]
    assert suite.get("tests") == "21"
    passed = [one.get("value") for one in suite.iterfind("properties/property") if one.get("name") == "passed"]
    assert passed == ["12"]
    assert case(suite, "tickets that pass").findtext("system-out") == "12 of 21"
    none = case(suites()["troubleshooting"], "tickets that pass")
    assert none.find("skipped") is not None


def test_a_pass_that_was_asked_for_is_a_test_case_of_its_own() -> None:
    things = [finding("7", "first-response", Verdict.PASS, {"values": {"tasks": None}}, record=1)]
    assert list(only(suites(things=things)["first-response"])) == []


def test_a_row_that_cannot_be_read_is_an_error() -> None:
    suite = suites()["rows read"]
    assert (suite.get("tests"), suite.get("errors")) == ("34", "3")
    error = case(suite, "export/organizations.csv:5").find("error")
    assert error is not None
    assert error.get("message") == "not UTF-8 at byte 6"
    assert (error.text or "").splitlines()[1:] == [
        "record 4 of the table organizations, from byte 97, 13 bytes:",
        "org-9,\\xc3(,team",
    ]


def test_a_ticket_that_was_not_judged_is_skipped() -> None:
    suite = suites()["tickets formed"]
    assert (suite.get("tests"), suite.get("skipped")) == ("24", "3")
    skipped = case(suite, "4019").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not judged: spam"


def test_totals_that_do_not_add_up_are_an_error() -> None:
    assert suites()["the audit"].get("errors") == "0"
    wrong = replace(totals(), formed=25, tallies=(Tally(FILE, "tickets", line_feeds=12, header_lines=1, read=9),))
    suite = suites(sums=wrong)["the audit"]
    assert suite.get("errors") == "1"
    error = case(suite, "the control totals add up").find("error")
    assert error is not None
    assert (error.text or "").splitlines() == [
        "25 tickets formed are not 21 judged and 3 excluded",
        "export/tickets.csv has 12 line feeds where its records account for 10",
    ]


def test_a_suite_lists_a_test_case_for_each_of_many_findings() -> None:
    evidence = clock("2021-03-01T08:00:00Z", "2021-03-01T21:04:00Z", "13h 4m", "2021-03-01T20:00:00Z")
    things = [finding(f"Z-{n}", "first-response", Verdict.FAIL, evidence, record=n) for n in range(1, 2_001)]
    cases = suites(things=things)["first-response"].findall("testcase")
    assert [one.get("name") for one in cases] == ["tickets that pass", *(f"Z-{n}" for n in range(1, 2_001))]


HOSTILE = st.one_of(
    st.text(st.characters(), max_size=30),
    st.text(
        st.sampled_from("<>&\"'];!-[?%#x\x00\x01\x0b\x1b\x7f\x85\u2028\ud800\udfff\ufffe\uffff\U0001fffe\n\r\t a"),
        max_size=30,
    ),
)


@settings(deadline=None)
@given(text=HOSTILE, raw=st.binary(max_size=30))
@example(text="]]>", raw=b"<![CDATA[")
@example(text="&#0;&#x1;&amp;&lol;", raw=b"<!ENTITY lol 'lol'>")
@example(text="\ud800\udc00\ufffe\uffff", raw=b"\xed\xa0\x80")
@example(text="--><?xml version='1.1'?><!--", raw=b"\x00")
def test_it_is_valid_xml_whatever_stands_in_it(text: str, raw: bytes) -> None:
    evidence = {"value": text, "bearers": text, "values": {text: text, "edition": text}, text: text}
    things = [
        finding(text, "reference-unique", Verdict.FAIL, evidence, record=1),
        finding(text, "paid-edition", Verdict.UNKNOWN, {"values": {"edition": f"unknown: unrecognised {text!r}"}},
                record=1, reason=Reason.UNRECOGNISED, field="edition"),
        finding(text, "first-response", Verdict.OPEN, evidence, record=1),
        Excluded(text, text, place(1)),
        Rejected(place(2), 270, text, raw),
    ]  # fmt: skip
    revision = head().revisions[0]
    revision = replace(
        revision,
        assumed={text: text},
        clauses=tuple(replace(clause, section=text, says=text, reading=text) for clause in revision.clauses),
        rules=tuple(replace(rule, demand=text, title=text) for rule in revision.rules),
    )
    of = replace(head(), policy_title=text, revisions=(revision,), mapping_assumed={text: text}, source=text)
    sums = replace(totals(), unmapped=(Unmapped("edition", text, 1, text),), excluded={text: 3})
    data = written(junit.REPORT, of=of, things=things, sums=sums, code=ExitCode(3, ((3, text),)))
    decoded = data.decode("utf-8")
    assert FORBIDDEN.search(decoded) is None
    root = ElementTree.fromstring(data)
    found = {suite.get("name", ""): suite for suite in root}
    assert only(found["reference-unique"]).get("name") == named(text)
    assert printable(named(text)) == named(text)
    failure = only(found["reference-unique"]).find("failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.text.splitlines()[1:] == [f"{printable(text)}: {printable(text)}"] + (
        [f"Checked: {printable(text)}"] if text else []
    )
    assert [one.tag for suite in root for one in suite if one.tag != "testcase"] == ["properties"] * len(root)


def test_what_xml_forbids_is_shown_as_an_escape() -> None:
    things = [finding("a\x00\x01\ud800\ufffe\uffff]]>", "first-response", Verdict.OPEN, record=1)]
    assert only(suites(things=things)["first-response"]).get("name") == "a\\x00\\x01\\ud800\\ufffe\\uffff]]>"


def test_a_rule_may_be_called_like_a_suite_of_ours() -> None:
    rule = replace(head().revisions[0].rules[3], id="tickets", revision="")
    of = replace(head(), revisions=(replace(head().revisions[0], label="", rules=(rule,)),))
    sums = Totals((), 1, 1, {}, {("", "tickets"): Counts(1)}, {"": 1}, (), ())
    assert list(suites(of=of, things=[], sums=sums)) == ["the audit", "rows read", "tickets formed", "tickets"]
