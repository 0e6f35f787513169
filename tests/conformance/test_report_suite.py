"""The suite for reports: the built-ins pass it, and reports that break their contract do not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

import pytest

from supportpolicy.model.finding import Finding, Item, Totals
from supportpolicy.model.text import printable
from supportpolicy.plugin import Head, Report, Writer
from supportpolicy.plugin.records import ExitCode
from supportpolicy.reports import csv_report, json_report, jsonl, junit, markdown, parquet, text
from supportpolicy.reports.summary import faults
from supportpolicy.testing.conformance import check_report
from supportpolicy.testing.conformance import report_sample as sample


def test_the_sample_adds_up() -> None:
    assert faults(sample.totals()) == ()


def test_text() -> None:
    check_report(text.REPORT)


def test_json() -> None:
    check_report(json_report.REPORT)


def test_csv() -> None:
    check_report(csv_report.REPORT, totals=False)


def test_jsonl() -> None:
    check_report(jsonl.REPORT)


def test_junit() -> None:
    check_report(junit.REPORT)


def test_markdown() -> None:
    check_report(markdown.REPORT)


def test_parquet() -> None:
    check_report(parquet.REPORT, text=False)


# --- reports that break their contract --------------------------------------------------------------------------------
class PlainWriter:
    """Says all that a report must say, and shows nothing with care but its texts."""

    def __init__(self, head: Head, out: BinaryIO, show: Callable[[str], str] = printable) -> None:
        self.head, self.out, self.show = head, out, show

    def batch(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Finding):
                self.line(f"{item.ticket} {item.rule} {item.verdict}")

    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        self.line(f"{self.head.policy_id} {exit_code.code}")
        self.line(f"formed {totals.formed}, judged {totals.judged:,}, excluded {sum(totals.excluded.values())}")
        for (_, rule), counts in totals.rules.items():
            self.line(f"{rule} {counts.passed} {counts.failed} {counts.unknown}")

    def line(self, text: str) -> None:
        self.out.write(f"{self.show(text)}\n".encode())


class ClosingWriter(PlainWriter):
    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        super().close(totals, exit_code)
        self.out.close()


class SeekingWriter(PlainWriter):
    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        super().close(totals, exit_code)
        self.out.seek(0)


class BatchesWriter(PlainWriter):
    def batch(self, items: Sequence[Item]) -> None:
        self.line(f"{len(items)} more")


class ForgetfulWriter(PlainWriter):
    def batch(self, items: Sequence[Item]) -> None:
        super().batch([item for item in items if getattr(item, "ticket", "") != "T-4005"])


class SilentWriter(PlainWriter):
    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        self.line(f"{self.head.policy_id} {exit_code.code} {totals.judged}")


class DatedWriter(PlainWriter):
    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        super().close(totals, exit_code)
        self.line(f"written on {datetime.now(UTC).date()}")


class LocalWriter(PlainWriter):
    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        super().close(totals, exit_code)
        self.line(f"{shutil.get_terminal_size().columns} columns")


class ExpectantWriter(PlainWriter):
    def close(self, totals: Totals, exit_code: ExitCode) -> None:
        super().close(totals, exit_code)
        self.line(f"{totals.judged * 100 // totals.formed} %")


def made(writer: Callable[[Head, BinaryIO], Writer]) -> Report:
    return Report("plain", "Plain lines.", ".txt", lambda head, out, _: writer(head, out))


def test_the_report_below_is_sound_until_something_is_changed() -> None:
    check_report(made(PlainWriter))


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (replace(made(PlainWriter), summary=" "), "the summary of report 'plain' is ' '; expected one line of text"),
        (replace(made(PlainWriter), suffix="txt"), "the suffix of report 'plain' is 'txt'; expected one like .txt"),
        (made(lambda head, out: PlainWriter(head, out, str)), "writing it raised UnicodeEncodeError"),
        (
            made(lambda head, out: PlainWriter(head, out, lambda text: text.replace("\udce9", "?"))),
            "stands in it unescaped; a terminal or an editor would obey it",
        ),
        (made(ClosingWriter), "closes the stream, which is its owner's"),
        (made(SeekingWriter), "writing it raised UnsupportedOperation: seek(0, 0)"),
        (made(BatchesWriter), "its bytes where findings come in batches of 1: expected "),
        (made(ForgetfulWriter), "the violation on ticket T-4005 is not in it"),
        (made(SilentWriter), "the number of tickets formed, 1709, is not in it"),
        (made(DatedWriter), "it holds today's date; the same inputs must give the same bytes"),
        (made(LocalWriter), "its bytes in another environment: expected "),
        (made(ExpectantWriter), "an audit without a ticket raised ZeroDivisionError"),
    ],
)
def test_what_is_wrong_is_said(report: Report, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_report(report)
    assert message in str(caught.value)
