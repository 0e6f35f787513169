"""The suite for reports: the built-ins pass it, and reports that break their contract do not."""

from __future__ import annotations

from supportpolicy.reports import csv_report, json_report, text
from supportpolicy.testing.conformance import check_report
from supportpolicy.testing.conformance import report_sample as sample


def test_the_sample_adds_up() -> None:
    from supportpolicy.reports.summary import faults

    assert faults(sample.totals()) == ()


def test_text() -> None:
    check_report(text.REPORT)


def test_json() -> None:
    check_report(json_report.REPORT)


def test_csv() -> None:
    check_report(csv_report.REPORT, totals=False)
