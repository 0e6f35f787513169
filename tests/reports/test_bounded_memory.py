"""What a report holds in memory does not grow with the number of findings."""

from __future__ import annotations

import gc
import io
import tracemalloc
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import pytest
from sample_audit import exit_code, finding, head, totals

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Excluded, Item, Rejected, RowPlace
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin import Report
from supportpolicy.plugin.records import ReportOptions
from supportpolicy.reports import csv_report, json_report, jsonl, junit, markdown, parquet, spool, text

REPORTS = [
    csv_report.REPORT,
    json_report.REPORT,
    jsonl.REPORT,
    junit.REPORT,
    markdown.REPORT,
    parquet.REPORT,
    text.REPORT,
]
FEW, MANY = 2_000, 6_000


class Nothing(io.RawIOBase):
    """Where nothing is kept."""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return len(memoryview(data))  # type: ignore[arg-type]


def batches(number: int) -> Iterator[Sequence[Item]]:
    """Violations by several rules, unknowns for several reasons, excluded tickets and rejected rows."""
    for start in range(0, number, 500):
        yield [_item(n) for n in range(start, start + 500)]


def _item(n: int) -> Item:
    place, evidence = RowPlace("tickets.csv", n + 1, n + 2), {"values": {"subject": f"{n:06} " * 10, "edition": None}}
    match n % 5:
        case 0:
            return Excluded(str(n), ("merged", "spam")[n % 2], place)
        case 1:
            return Rejected(place, 80 * n, "torn", b"torn " * 10)
        case 2:
            return finding(str(n), "first-response", Verdict.UNKNOWN, evidence, place=place,
                           reason=list(Reason)[n % 7], field="edition")  # fmt: skip
        case other:
            return finding(
                str(n), ("troubleshooting", "reference-unique")[other - 3], Verdict.FAIL, evidence, place=place
            )


def peak(report: Report, number: int) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        writer = report.open(head(), io.BufferedWriter(Nothing()), ReportOptions())
        for batch in batches(number):
            writer.batch(batch)
        writer.close(totals(), exit_code())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_three_times_the_findings_take_no_more(report: Report) -> None:
    """What is kept in memory before it is set aside is made small, so that few findings fill it."""
    with patch.object(spool, "_CHUNK", 2_000), patch.object(parquet, "_ROWS", 100), patch.object(parquet, "_PART", 500):
        peak(report, 500)  # what is imported and cached once
        few, many = peak(report, FEW), peak(report, MANY)
    assert many < few * 1.2 + 50_000, f"{few:,} bytes for {FEW:,} findings, {many:,} for {MANY:,}"
