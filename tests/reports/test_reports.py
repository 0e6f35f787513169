"""What the built-in reports write of one small audit."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sample_audit import FILE, clock, digest, exit_code, finding, head, items, place, totals, us, written
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Counts, Excluded, Finding, Rejected, Tally, Totals
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin.records import AuditInstant, ExitCode, Report, ReportOptions
from supportpolicy.reports import csv_report, json_report, jsonl, junit, markdown, text

REPORTS = [text.REPORT, json_report.REPORT, jsonl.REPORT, csv_report.REPORT, junit.REPORT, markdown.REPORT]
WIDTHS = (80, 100, 140)


class TextFile(SingleFileSnapshotExtension):
    file_extension = "txt"


class JsonFile(SingleFileSnapshotExtension):
    file_extension = "json"


class CsvFile(SingleFileSnapshotExtension):
    file_extension = "csv"


def page(**more: Any) -> str:
    return written(text.REPORT, **more).decode()


def tree(**more: Any) -> Any:
    return json.loads(written(json_report.REPORT, **more))


def lines(**more: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(csv_report.REPORT, **more).decode(), newline="")))


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def strict(schema: Any) -> Any:
    """The schema with every object closed, so that a key it does not describe is an error."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema and schema.get("type") == "object" else {}
    return {**{key: strict(value) for key, value in schema.items()}, **closed}


VALID = Draft202012Validator(strict(json_report.report_schema()))


def long_audit(findings: int = 37) -> list[Finding]:
    evidence = clock("2021-03-01T08:00:00Z", "2021-03-01T21:04:00Z", "13h 4m", "2021-03-01T20:00:00Z")
    return [
        finding(f"Z-{n}", "first-response", Verdict.FAIL, evidence, record=n) for n in range(1, findings + 1)
    ]  # fmt: skip


# --- whole reports ----------------------------------------------------------------------------------------------------
def test_text_in_a_file(snapshot: SnapshotAssertion) -> None:
    assert written(text.REPORT) == snapshot(extension_class=TextFile)


@pytest.mark.parametrize("width", WIDTHS)
def test_text_on_a_terminal(width: int, snapshot: SnapshotAssertion) -> None:
    assert written(text.REPORT, options=ReportOptions(width, color=width == 80)) == snapshot(extension_class=TextFile)


def test_json(snapshot: SnapshotAssertion) -> None:
    assert written(json_report.REPORT) == snapshot(extension_class=JsonFile)


def test_csv(snapshot: SnapshotAssertion) -> None:
    assert written(csv_report.REPORT) == snapshot(extension_class=CsvFile)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_same_findings_give_the_same_bytes(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(report)
    for name, value in {"COLUMNS": "33", "TERM": "dumb", "NO_COLOR": "1", "FORCE_COLOR": "1", "LANG": "C"}.items():
        monkeypatch.setenv(name, value)
    assert written(report) == first
    assert first.endswith(b"\n")


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_how_findings_are_batched_does_not_matter(report: Report) -> None:
    out = io.BytesIO()
    writer = report.open(head(), out, ReportOptions())
    writer.batch(list(items()))
    writer.batch([])
    writer.close(totals(), exit_code())
    assert out.getvalue() == written(report)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_stream_stays_open_and_the_spool_is_gone(report: Report) -> None:
    before = open_files()
    out = io.BytesIO()
    writer = report.open(head(), out, ReportOptions())
    writer.batch(long_audit(3_000))
    writer.close(totals(), exit_code())
    assert not out.closed
    assert open_files() == before


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_an_audit_of_nothing(report: Report) -> None:
    nothing = Totals((), 0, 0, {}, {}, {}, (), ())
    of = replace(head(), instant=None, mapping=None, mapping_assumed={}, inputs=(), absent=(), not_recorded=())
    data = written(report, of=of, things=[], sums=nothing, code=ExitCode(3, ((3, "nothing was judged"),)))
    if report.name == "json":
        VALID.validate(json.loads(data))
    if report.name == "text":
        assert b"Nothing was judged: the input holds no ticket that can be read." in data


# --- numbers ----------------------------------------------------------------------------------------------------------
def test_every_control_total_is_a_sum() -> None:
    report = tree()
    rows, tickets = report["totals"]["rows"], report["totals"]["tickets"]
    assert rows["read"] == rows["used"] + rows["rejected"]
    assert tickets["formed"] == tickets["judged"] + tickets["excluded"]
    assert "All of them add up." in page()
    assert report["totals"]["faults"] == []


def test_totals_that_do_not_add_up_are_said_first() -> None:
    wrong = replace(totals(), formed=25, tallies=(Tally(FILE, "tickets", line_feeds=12, header_lines=1, read=9),))
    report, shown = tree(sums=wrong), page(sums=wrong)
    assert report["answer"].startswith("The control totals do not add up")
    assert report["totals"]["faults"] == [
        "25 tickets formed are not 21 judged and 3 excluded",
        "export/tickets.csv has 12 line feeds where its records account for 10",
    ]
    assert "tickets formed       25 is not 21 judged + 3 excluded" in shown
    assert shown.count("DOES NOT ADD UP") == 2
    assert "All of them add up" not in shown


def test_violations_by_party_and_the_tickets_they_are_on() -> None:
    sums = replace(totals(), breached={Party.PROVIDER: 3, Party.CUSTOMER: 1})
    assert tree(sums=sums)["violations"] == {
        "provider": {"violations": 4, "tickets": 3},
        "customer": {"violations": 1, "tickets": 1},
    }
    answer = tree(sums=sums)["answer"]
    assert "4 violations by the provider on 3 tickets and 1 violation by the customer on 1 ticket" in answer


NOT_ALL = "No violation was found on the 5 tickets judged, but not everything could be judged."


@pytest.mark.parametrize(
    ("counts", "rejected", "expected"),
    [
        (Counts(5), 0, "The policy was kept: no rule is broken on the 5 tickets judged."),
        (Counts(4, unknown=1), 0, f"{NOT_ALL} 1 of 5 verdicts is unknown."),
        (Counts(4, open=1), 0, f"{NOT_ALL} 1 is still open."),
        (Counts(5), 2, f"{NOT_ALL} 2 rows could not be read and were not judged."),
        (Counts(0, not_applicable=5), 0, "Nothing could be decided on the 5 tickets judged."),
    ],
)
def test_the_answer(counts: Counts, rejected: int, expected: str) -> None:
    rule = next(rule for rule in head().revisions[0].rules if rule.id == "first-response")
    of = replace(head(), revisions=(replace(head().revisions[0], rules=(rule,)),))
    tally = Tally(FILE, "tickets", line_feeds=6 + rejected, header_lines=1, read=5 + rejected, rejected=rejected)
    sums = Totals((tally,), 5, 5, {}, {(rule.revision, rule.id): counts}, {rule.revision: 5}, (), ())
    assert tree(of=of, things=[], sums=sums)["answer"] == expected
    assert expected in " ".join(page(of=of, things=[], sums=sums).split())


# --- json -------------------------------------------------------------------------------------------------------------
def test_json_keeps_to_its_schema() -> None:
    Draft202012Validator.check_schema(json_report.report_schema())
    VALID.validate(tree())


def test_json_has_a_line_for_each_finding() -> None:
    report = tree()
    shown = written(json_report.REPORT).decode().splitlines()
    for name in ("findings", "excluded", "rejected"):
        start = shown.index(f'  "{name}": [') + 1
        parsed = [json.loads(line.strip().removesuffix(",")) for line in shown[start : start + len(report[name])]]
        assert parsed == report[name]


def test_json_names_a_rule_by_its_revision_where_several_have_it() -> None:
    old = head().revisions[0]
    only = replace(old.rules[0], id="only-new", revision="2022")
    new = replace(old, label="2022", rules=(*(replace(rule, revision="2022") for rule in old.rules[2:4]), only))
    of = replace(head(), revisions=(old, new))
    report = tree(of=of)
    VALID.validate(report)
    assert [key for key in report["rules"] if key.startswith(("first", "only", "paid"))] == [
        "paid-edition", "first-response@2021-02", "first-response@2022", "only-new",
    ]  # fmt: skip
    assert list(report["policy"]["revisions"][1]["rules"]) == [
        "english-replies@2022", "first-response@2022", "only-new",
    ]  # fmt: skip
    assert report["rules"]["first-response@2022"]["revision"] == "2022"
    assert "first-response@2021-02: 2 violations" in page(of=of)


def test_json_gives_rates_only_to_rules_that_can_be_violated() -> None:
    for rule in tree()["rules"].values():
        assert (rule["attainment"] is None) == (rule["on_fail"] != OnFail.VIOLATION)


def test_json_names_the_field_that_would_settle_most() -> None:
    unknown = {("edition", Reason.MISSING): 3, ("", Reason.REVISION): 90, ("channel", Reason.INVALID): 2}
    more = {("channel", Reason.INVALID): 1, ("channel", Reason.MISSING): 1}
    sums = replace(
        totals(),
        rules={("2021-02", "first-response"): Counts(unknown_by=unknown), ("2021-02", "x"): Counts(unknown_by=more)},
    )
    assert tree(sums=sums)["settles_most"] == {"field": "channel", "unknowns": 4, "reasons": ["invalid", "missing"]}


# --- text -------------------------------------------------------------------------------------------------------------
def test_text_puts_assumptions_and_readings_before_the_details() -> None:
    shown = page()
    marks = [
        "The policy was not kept",
        "Assumptions and readings",
        "\nRules\n",
        "\nViolations\n",
        "\nUnknown\n",
        "\nThe data:",
        "\nClauses that no rule checks\n",
        "\nProvenance\n",
        "\nControl totals\n",
        "\nExit code\n",
    ]
    assert sorted(shown.index(mark) for mark in marks) == [shown.index(mark) for mark in marks]


def test_text_is_cut_on_a_terminal_and_says_so_but_never_in_a_file() -> None:
    on_terminal = page(things=long_audit(), options=ReportOptions(100))
    assert "    … and 27 more; -o text=FILE shows all\n" in on_terminal
    assert "\n    Z-10 " in on_terminal
    assert "Z-11" not in on_terminal
    in_file = page(things=long_audit())
    assert "more;" not in in_file
    assert all(f"\n    Z-{n} " in in_file for n in range(1, 38))
    assert "first-response: 37 violations by the provider" in on_terminal


@pytest.mark.parametrize("width", [None, 20, 60, 80, 100, 140, 400])
def test_text_keeps_to_its_width(width: int | None) -> None:
    wide = [
        finding("ID-" + "x" * 500, "first-response", Verdict.FAIL, {"values": {"a" * 70: "b" * 90}}, record=1),
        finding("票" * 300, "first-response", Verdict.FAIL, {"values": {"編": "漢" * 90}}, record=2),
        Excluded("y" * 300, "a reason " * 40, place(3)),
        Rejected(place(4), 650, "r" * 300, b"\xff" * 5_000),
    ]
    shown = page(things=[*items(), *wide], options=ReportOptions(width))
    from rich.cells import cell_len

    most = 100 if width is None else min(max(width, 60), 140)
    assert [line for line in shown.splitlines() if cell_len(line) > max(most, 79)] == []


def test_text_lists_open_tickets_with_the_time_left() -> None:
    evidence = {**clock("2021-03-14T20:00:00Z", None, "4h", "2021-03-15T08:00:00Z"), "left": "8h"}
    shown = page(things=[finding("7", "first-response", Verdict.OPEN, evidence, record=1)])
    assert "\nOpen\n" in shown
    assert "submitted 2021-03-14T20:00:00Z, not answered by 2021-03-15T00:00:00Z, 4h so far" in " ".join(shown.split())
    assert "8h left, due 2021-03-15T08:00:00Z" in " ".join(shown.split())


def test_text_lists_every_verdict_that_is_included() -> None:
    things = [
        finding("1", "paid-edition", Verdict.FAIL, {"values": {"edition": "trial"}}, record=1),
        finding("2", "paid-edition", Verdict.PASS, {"values": {"edition": "team"}}, record=2),
        finding("1", "first-response", Verdict.NOT_APPLICABLE, {"values": {}}, record=1, barred_by="paid-edition"),
    ]
    shown = page(things=things)
    assert "\nOut of scope\n" in shown
    assert "    1               edition trial (export/tickets.csv:2)" in shown
    assert "\nPassed\n" in shown
    assert "    2               edition team (export/tickets.csv:3)" in shown
    assert "\nNot applicable\n" in shown
    assert "    1               barred by paid-edition (export/tickets.csv:2)" in shown


def test_text_names_the_events_that_a_clock_ran_between() -> None:
    evidence = {
        "start": "2021-03-01T08:00:00Z", "start_field": "submitted", "stop": "2021-03-02T08:00:00Z",
        "stop_field": "first_response", "accrued": "24h", "limit": "12h in 24x7", "calendar": "24x7", "basis": "events",
    }  # fmt: skip
    shown = " ".join(page(things=[finding("1", "first-response", Verdict.FAIL, evidence, record=1)]).split())
    assert (
        "submitted 2021-03-01T08:00:00Z, answered 2021-03-02T08:00:00Z, took 24h, limit 12h in 24x7; basis: events"
        in shown
    )
    nameless = {key: value for key, value in evidence.items() if not key.endswith("_field")}
    shown = " ".join(page(things=[finding("1", "first-response", Verdict.FAIL, nameless, record=1)]).split())
    assert "started 2021-03-01T08:00:00Z, stopped 2021-03-02T08:00:00Z" in shown


def test_text_shows_a_duration_that_the_source_measured() -> None:
    evidence = {
        "start": "2021-03-01T08:00:00Z",
        "start_field": "submitted",
        "stop": "13h on 24x7",
        "stop_field": "first_response",
        "accrued": "13h",
        "limit": "12h in 24x7",
        "calendar": "24x7",
    }
    shown = " ".join(page(things=[finding("1", "first-response", Verdict.FAIL, evidence, record=1)]).split())
    assert "answered after 13h on 24x7, as the source measured it, limit 12h in 24x7 (" in shown


def test_a_stop_that_was_never_looked_for_is_not_called_never() -> None:
    evidence = {"start": "unknown: missing", "stop": None, "limit": "12h in 24x7", "as_of": "2021-03-15T00:00:00Z"}
    things = [
        finding("1", "first-response", Verdict.UNKNOWN, evidence, record=1, reason=Reason.MISSING, field="submitted")
    ]
    assert lines(things=things)[0]["stop"] == ""
    assert "never" not in page(things=things).partition("\nUnknown\n")[2].partition("\nThe data")[0]


@pytest.mark.parametrize("moment", ["start", "stop"])
def test_text_shows_what_stands_where_a_clock_wanted_an_instant(moment: str) -> None:
    evidence = {
        "start": None,
        "stop": None,
        moment: "unknown: invalid '03/04/2025 11:00'",
        f"{moment}_field": "submitted",
    }
    things = [
        finding("1", "first-response", Verdict.UNKNOWN, evidence, record=1, reason=Reason.INVALID, field="submitted")
    ]
    assert "'03/04/2025 11:00' (" in page(things=things).partition("\nUnknown\n")[2].partition("\nThe data")[0]


def test_text_tells_which_reply_breaks_a_rule_on_replies() -> None:
    evidence = {"replies": 3, "breaking": "de at 2021-03-02T08:00:00Z", "basis": "events"}
    shown = page(things=[finding("1", "english-replies", Verdict.FAIL, evidence, record=1)])
    assert "3 replies, the first that breaks it: de at 2021-03-02T08:00:00Z; basis: events" in " ".join(shown.split())


def test_text_says_an_absent_field_once_and_a_ticket_once() -> None:
    shown = page()
    assert shown.count("reply_language: missing; the input does not hold it at all and the mapping says so") == 1
    assert shown.count("'enterprize'") == 1, "five rules are undecided for one misspelt edition"


def test_text_warns_of_the_audit_instant() -> None:
    warned = AuditInstant(
        us("2031-01-01T00:00:00Z"), us("2031-01-01T00:00:00Z"), None, "the newest instant", "40 years ahead"
    )
    shown = page(of=replace(head(), instant=warned))
    assert "Warning    40 years ahead" in shown
    assert "As of      2031-01-01T00:00:00Z, the newest instant" in shown


def test_text_has_colour_only_if_asked_for() -> None:
    assert "\x1b" not in page()
    assert "\x1b" not in page(options=ReportOptions(100))
    assert "\x1b[1m" in page(options=ReportOptions(100, color=True))


# --- hostile content --------------------------------------------------------------------------------------------------
HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    '"=1+1',
    " =1+1",
    "＝1+1",  # noqa: RUF001 - full width on purpose
    "\x1b[31mred\x1b]0;title\x07",
    "\x9b31m",
    "[bold]not markup[/bold] [link=http://example.com]x[/link]",
    "\x00nul",
    "two\nlines",
    "two\r\nlines",
    "\u2028separator",
    "\u202egnp.exe",
    "\ud800",
    "\U000e0041tag",
    'quote " and, comma; semicolon',
    "",
    "  ",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("string", HOSTILE, ids=lambda string: ascii(string[:20]))
def test_hostile_text_is_shown_and_does_nothing(string: str) -> None:
    evidence = {"value": string, "bearers": string, "values": {"edition": string}, "other": string}
    things = [
        finding(string, "reference-unique", Verdict.FAIL, evidence, record=1),
        finding(string, "paid-edition", Verdict.UNKNOWN, {"values": {"edition": f"unknown: unrecognised {string!r}"}},
                record=1, reason=Reason.UNRECOGNISED, field="edition"),
        Excluded(string, string, place(1)),
        Rejected(place(2), 270, string, string.encode("utf-8", "surrogatepass")),
    ]  # fmt: skip
    unmapped = (replace(totals().unmapped[0], text=string, nearest=string),)
    sums = replace(totals(), unmapped=unmapped, conflicting_ids=(string,), excluded={string: 3})

    data = {report.name: written(report, things=things, sums=sums) for report in REPORTS}
    for name, written_bytes in data.items():
        decoded = written_bytes.decode("utf-8")
        unsafe = {c for c in decoded if not c.isprintable()} - {"\n"}
        assert unsafe == set(), name

    report = json.loads(data["json"])
    VALID.validate(report)
    assert report["findings"][0]["ticket"] == string
    assert report["findings"][0]["evidence"]["values"] == {"edition": string}
    assert report["unmapped"][0]["text"] == string

    limit = csv.field_size_limit(2 * 1024 * 1024)
    for row in csv.reader(io.StringIO(data["csv"].decode(), newline="")):
        assert len(row) == len(csv_report.COLUMNS)
        assert not any(cell.lstrip("'\"` ").startswith(("=", "+", "-", "@", "＝")) and cell[0] != "'" for cell in row)  # noqa: RUF001
    csv.field_size_limit(limit)
    assert data["csv"].count(b"\n") == 3, "one finding is one line"

    assert len(data["text"]) < 40_000
    if len(string) > 1_000:
        assert b"\xe2\x80\xa6 (1,000,000 characters)" in data["text"]
    if "bold" in string:
        assert b"[bold]not markup[/bold]" in data["text"]


def test_csv_guards_formulas_with_an_apostrophe() -> None:
    guarded = [csv_report.cell(string) for string in ("=1", "'=1", " -1", "\t=1", "a=1", "1", "")]
    assert guarded == ["'=1", "''=1", "' -1", "'\\t=1", "a=1", "1", ""]


def test_csv_says_never_where_the_clock_never_stopped() -> None:
    by_ticket = {line["ticket"]: line for line in lines() if line["rule"] == "first-response"}
    assert by_ticket["4005"]["stop"] == "never"
    assert by_ticket["4009"]["stop"] == ""
    assert json.loads(by_ticket["4005"]["values"])["first_response"] is None


def test_parties_and_digests_of_the_sample_are_sound() -> None:
    assert {rule.party for rule in head().revisions[0].rules} == set(Party)
    assert len(digest("x")) == 64
