"""Every format says the same numbers of the same audit."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest
import sample_audit
from rendered import paragraphs, tables

from supportpolicy.model.finding import Finding, Item, Totals
from supportpolicy.plugin import Head, Report
from supportpolicy.plugin.records import ExitCode, ReportOptions
from supportpolicy.reports import csv_report, json_report, jsonl, junit, markdown, text
from supportpolicy.testing.conformance import report_sample

VERDICTS = ("pass", "fail", "open", "not_applicable", "unknown")
RATES = ("rate", "at_least", "at_most")
NO_RATE = {"-": None, "no decided ticket": None}
SUM = re.compile(r"(\d+) = (\d+) pass \+ (\d+) fail \+ (\d+) open \+ (\d+) n\.a\. \+ (\d+) unknown")


@dataclass
class Numbers:
    """What a report says in numbers, as far as it says it."""

    answer: str
    exit_code: int
    rows: tuple[int, ...]
    tickets: tuple[int, ...]
    verdicts: dict[str, dict[str, int]]
    rates: dict[str, dict[str, str | None]]
    listed: Counter[str] = field(default_factory=Counter)
    """Tickets by rule, where a finding is listed for each."""


@dataclass(frozen=True)
class Sample:
    head: Head
    items: tuple[Item, ...]
    totals: Totals
    code: ExitCode

    def written(self, report: Report) -> bytes:
        out = io.BytesIO()
        writer = report.open(self.head, out, ReportOptions())
        writer.batch(self.items)
        writer.close(self.totals, self.code)
        return out.getvalue()

    @property
    def keys(self) -> dict[tuple[str, str], str]:
        from supportpolicy.reports.summary import judged_rules

        return {key: rule.key for key, rule in judged_rules(self.head).items()}


SAMPLES = {
    "small": Sample(
        sample_audit.head(), tuple(sample_audit.items()), sample_audit.totals(), sample_audit.exit_code()
    ),
    "hostile": Sample(
        report_sample.head(), tuple(report_sample.items()), report_sample.totals(), report_sample.exit_code()
    ),
}  # fmt: skip


# --- readers ----------------------------------------------------------------------------------------------------------
def from_object(report: dict[str, Any]) -> Numbers:
    rules = report["rules"]
    totals = report["totals"]
    return Numbers(
        answer=report["answer"],
        exit_code=report["exit"]["code"],
        rows=tuple(totals["rows"].values()),
        tickets=tuple(totals["tickets"].values()),
        verdicts={key: {verdict: of[verdict] for verdict in VERDICTS} for key, of in rules.items()},
        rates={key: {rate: of["attainment"][rate] for rate in RATES} for key, of in rules.items() if of["attainment"]},
    )


def listed(findings: list[dict[str, Any]], sample: Sample) -> Counter[str]:
    found: Counter[str] = Counter()
    for finding in findings:
        found[sample.keys[finding["revision"], finding["rule"]]] += finding["tickets"]
    return found


def from_json(data: bytes, sample: Sample) -> Numbers:
    report = json.loads(data)
    numbers = from_object(report)
    numbers.listed = listed(report["findings"], sample)
    return numbers


def from_jsonl(data: bytes, sample: Sample) -> Numbers:
    parsed = [json.loads(line) for line in data.decode().splitlines()]
    numbers = from_object(parsed[-1])
    numbers.listed = listed([line for line in parsed if line["type"] == "finding"], sample)
    return numbers


def from_text(data: bytes, sample: Sample) -> Numbers:
    shown = data.decode()
    whole = " ".join(shown.split())
    sums = " ".join(shown.partition("\nControl totals\n")[2].replace(",", "").split())
    rated = shown.partition("\nRules\n")[2].partition("\nkept: ")[0].splitlines()
    cells = {line.split()[0]: line.split() for line in rated if line.split()}
    return Numbers(
        answer=whole if from_json(sample.written(json_report.REPORT), sample).answer in whole else "",
        exit_code=int(re.findall(r"Exit code (\d)", whole)[0]),
        rows=three(r"rows read (\d+) = (\d+) used \+ (\d+) rejected", sums),
        tickets=three(r"tickets formed (\d+) = (\d+) judged \+ (\d+) excluded", sums),
        verdicts={
            key: five(re.findall(rf"(?:^| ){re.escape(key)} ({SUM.pattern})", sums)[0][0])
            for key in sample.keys.values()
        },
        rates={key: rates(cells[key][-3:]) for key in sample.keys.values() if key in cells},
    )


def from_markdown(data: bytes, sample: Sample) -> Numbers:
    shown = data.decode()
    said = paragraphs(shown)
    rows = [row for table in tables(shown) for row in table]
    sums = {row[0]: row[1].replace(",", "") for row in rows if len(row) == 2 and " = " in row[1]}
    return Numbers(
        answer=said[1],
        exit_code=int(next(line for line in said if line.startswith("Exit code ")).split()[2].rstrip(":.")),
        rows=three(r"(\d+) = (\d+) used \+ (\d+) rejected", sums["rows read"]),
        tickets=three(r"(\d+) = (\d+) judged \+ (\d+) excluded", sums["tickets formed"]),
        verdicts={key: five(sums[key]) for key in sample.keys.values()},
        rates={row[0]: rates(row[-3:]) for row in rows if len(row) == 10 and row[0] != "rule"},
    )


def from_junit(data: bytes, sample: Sample) -> Numbers:
    root = ElementTree.fromstring(data)
    suites = {suite.get("name", ""): suite for suite in root}
    known = {name: properties(suite) for name, suite in suites.items()}
    verdicts = {}
    for key in sample.keys.values():
        of = known[key]
        verdicts[key] = {"pass": int(of["passed"]), "fail": int(of["failed"])}
        verdicts[key] |= {verdict: int(of[verdict]) for verdict in ("open", "not_applicable", "unknown")}
        tests, failures, errors, skipped = counted(suites[key])
        assert tests == sum(verdicts[key].values())
        assert errors == verdicts[key]["unknown"]
        assert failures == (verdicts[key]["fail"] if of["on_fail"] == "violation" else 0)
        assert skipped == tests - failures - errors - verdicts[key]["pass"]
    assert counted(root) == tuple(sum(column) for column in zip(*map(counted, root), strict=True))
    sums = (root.findtext("testsuite/testcase/system-out") or "").replace(",", "")
    formed, _, _, excluded = counted(suites["tickets formed"])
    return Numbers(
        answer=known["the audit"]["answer"],
        exit_code=int(known["the audit"]["exit code"]),
        rows=three(r"rows read: (\d+) = (\d+) used \+ (\d+) rejected", sums),
        tickets=(formed, int(known["tickets formed"]["passed"]), excluded),
        verdicts=verdicts,
        rates={
            key: rates([of["kept"], of["kept, at least"], of["kept, at most"]])
            for key, of in known.items()
            if "kept" in of
        },
    )


def counted(suite: ElementTree.Element) -> tuple[int, ...]:
    return tuple(int(suite.get(name, "")) for name in ("tests", "failures", "errors", "skipped"))


def properties(suite: ElementTree.Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in suite.iterfind("properties/property")}


def three(pattern: str, said: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(pattern, said)[0])


def five(said: str) -> dict[str, int]:
    found = SUM.search(said)
    assert found is not None
    whole, *verdicts = (int(number) for number in found.groups())
    assert whole == sum(verdicts)
    return dict(zip(VERDICTS, verdicts, strict=True))


def rates(cells: list[str]) -> dict[str, str | None]:
    return {name: NO_RATE.get(cell, cell) for name, cell in zip(RATES, cells, strict=True)}


READERS: dict[str, tuple[Report, Callable[[bytes, Sample], Numbers]]] = {
    "jsonl": (jsonl.REPORT, from_jsonl),
    "text": (text.REPORT, from_text),
    "markdown": (markdown.REPORT, from_markdown),
    "junit": (junit.REPORT, from_junit),
}


# --- tests ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SAMPLES)
def test_the_json_report_says_what_the_totals_hold(name: str) -> None:
    sample = SAMPLES[name]
    numbers = from_json(sample.written(json_report.REPORT), sample)
    for (revision, rule), counts in sample.totals.rules.items():
        said = numbers.verdicts[sample.keys[revision, rule]]
        assert tuple(said.values()) == (
            counts.passed, counts.failed, counts.open, counts.not_applicable, counts.unknown,
        )  # fmt: skip
    assert numbers.tickets == (sample.totals.formed, sample.totals.judged, sum(sample.totals.excluded.values()))
    assert numbers.exit_code == sample.code.code


@pytest.mark.parametrize("format_", READERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_format_carries_the_numbers_of_the_json_report(name: str, format_: str) -> None:
    sample = SAMPLES[name]
    expected = from_json(sample.written(json_report.REPORT), sample)
    report, reader = READERS[format_]
    found = reader(sample.written(report), sample)
    assert found.verdicts == expected.verdicts
    assert found.rates == expected.rates
    assert found.rows == expected.rows
    assert found.tickets == expected.tickets
    assert found.exit_code == expected.exit_code
    assert expected.answer in found.answer
    if found.listed:
        assert found.listed == expected.listed


@pytest.mark.parametrize("name", SAMPLES)
def test_csv_lists_what_the_numbers_count(name: str) -> None:
    sample = SAMPLES[name]
    expected = from_json(sample.written(json_report.REPORT), sample)
    found: Counter[tuple[str, str]] = Counter()
    table = list(csv.DictReader(io.StringIO(sample.written(csv_report.REPORT).decode(), newline="")))
    for line in table:
        found[sample.keys[line["revision"], line["rule"]], line["verdict"]] += int(line["tickets"])
    for key, verdicts in expected.verdicts.items():
        assert found[key, "unknown"] == verdicts["unknown"]
        if key in expected.rates:
            assert found[key, "fail"] == verdicts["fail"]
    assert len(table) == sum(isinstance(item, Finding) for item in sample.items)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_violation_is_listed_in_every_format(name: str) -> None:
    sample = SAMPLES[name]
    expected = Counter(
        (sample.keys[item.revision, item.rule])
        for item in sample.items
        if isinstance(item, Finding) and item.verdict == "fail" and item.on_fail == "violation"
    )
    root = ElementTree.fromstring(sample.written(junit.REPORT))
    failures = {suite.get("name"): len(suite.findall("testcase/failure")) for suite in root}
    assert {key: count for key, count in failures.items() if count} == expected
    shown = sample.written(markdown.REPORT).decode().partition("\n### Violations\n")[2].partition("\n### ")[0]
    headings = [line.partition(": ") for line in paragraphs(shown) if " by the " in line]
    assert {key: int(words.split()[0]) for key, _, words in headings} == expected
    assert [len(table) - 1 for table in tables(shown)] == [expected[key] for key, _, _ in headings]
