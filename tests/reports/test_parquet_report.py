"""The `parquet` report: one row for each finding, exact, in the columns that engines and reports agree on."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from sample_audit import exit_code, finding, head, items, totals, written

from supportpolicy.audit import AuditRequest, Output, audit
from supportpolicy.model.finding import Finding
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin import Engine, Run
from supportpolicy.plugin.columns import FINDING_COLUMNS, copy_statement, evidence_text, values_of
from supportpolicy.plugin.records import ReportOptions
from supportpolicy.plugin.registry import installed
from supportpolicy.reports import jsonl, parquet
from supportpolicy.testing.conformance import report_sample

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def rows(data: bytes, folder: Path) -> list[tuple[Any, ...]]:
    return _read("FROM read_parquet(?)", data, folder)


def _read(query: str, data: bytes, folder: Path) -> list[tuple[Any, ...]]:
    place = folder / "read.parquet"
    place.write_bytes(data)
    with duckdb.connect() as connection:
        return connection.execute(query, [str(place)]).fetchall()


def of_findings(things: Sequence[object]) -> list[tuple[Any, ...]]:
    return [values_of(thing) for thing in things if isinstance(thing, Finding)]


def test_a_row_for_each_finding_in_its_order(tmp_path: Path) -> None:
    found = rows(written(parquet.REPORT), tmp_path)
    assert found == of_findings(list(items()))
    whole, first = found[0], found[1]
    assert (whole[0], whole[3:6], whole[10:14]) == (
        None,
        ("unknown", "missing", "reply_language"),
        (None, None, None, 18),
    )
    assert first[:5] == ("4002", "first-response", "2021-02", "fail", None)
    assert first[9:14] == (["first-response"], "export/tickets.csv", 2, 3, 1)
    assert list(json.loads(first[14]))[:3] == ["start", "stop", "due"]


def test_texts_are_exact(tmp_path: Path) -> None:
    found = rows(written(parquet.REPORT, report_sample.head(), report_sample.items(), report_sample.totals()), tmp_path)
    assert found == of_findings(list(report_sample.items()))
    assert {row[0] for row in found} >= set(report_sample.HOSTILE)
    assert {row[10] for row in found if row[10]} == {"export/caf\\udce9 =1+2 <b>.csv"}


def test_the_columns_are_typed(tmp_path: Path) -> None:
    described = _read(
        "SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet(?))", written(parquet.REPORT), tmp_path
    )
    assert described == [tuple(column) for column in FINDING_COLUMNS]


def test_the_metadata_is_head_and_totals(tmp_path: Path) -> None:
    found = _read("SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", written(parquet.REPORT), tmp_path)
    known = dict(found)
    assert known["supportpolicy"] == "supportpolicy-report-columns/1"
    first, *_, last = (json.loads(line) for line in written(jsonl.REPORT).splitlines())
    assert json.loads(known["head"]) == {k: v for k, v in first.items() if k not in ("type", "schema")}
    assert json.loads(known["totals"]) == {k: v for k, v in last.items() if k != "type"}


@pytest.mark.parametrize("number", [0, 1, 2, 3, 6, 7, 20])
def test_parts_are_put_together_in_their_order(tmp_path: Path, number: int) -> None:
    things = [
        finding(str(n), "first-response", Verdict.FAIL, {"stop": "x" * n}, record=n) for n in range(1, number + 1)
    ]
    with patch.object(parquet, "_ROWS", 2), patch.object(parquet, "_PART", 6):
        data = written(parquet.REPORT, things=things)
    assert rows(data, tmp_path) == of_findings(things)


def test_long_evidence_makes_parts_early(tmp_path: Path) -> None:
    things = [finding(str(n), "first-response", Verdict.FAIL, {"stop": "x" * 50}, record=n) for n in range(1, 40)]
    with patch.object(parquet, "_TEXT", 100):
        data = written(parquet.REPORT, things=things)
    assert rows(data, tmp_path) == of_findings(things)


class Given:
    """Findings as an engine has them."""

    asked: tuple[str, Mapping[str, str]] | None = None

    def copy_to(self, path: str, metadata: Mapping[str, str]) -> None:
        self.asked = (path, metadata)
        columns = ", ".join(f"NULL::{column.type} AS {column.name}" for column in FINDING_COLUMNS)
        with duckdb.connect() as connection:
            connection.execute(copy_statement(f"SELECT {columns} FROM range(3)", path, metadata))


def test_an_engine_that_has_columns_writes_them(tmp_path: Path) -> None:
    out, given = io.BytesIO(), Given()
    writer = parquet.ParquetWriter(head(), out)
    writer.columns(given)
    writer.batch(list(items()))
    assert given.asked is None
    writer.close(totals(), exit_code())
    assert given.asked is not None
    assert set(given.asked[1]) == {"supportpolicy", "head", "totals"}
    assert rows(out.getvalue(), tmp_path) == [(None,) * len(FINDING_COLUMNS)] * 3


@pytest.mark.parametrize(
    ("formats", "one_by_one", "as_columns"),
    [(["parquet"], False, True), (["parquet", "csv"], True, True), (["csv"], True, False)],
)
def test_an_audit_asks_for_what_its_reports_take(
    formats: list[str], one_by_one: bool, as_columns: bool, tmp_path: Path
) -> None:
    """And closes the run when they are written."""
    registry, closed, asked = installed(), [], []
    reference = registry.engines["reference"]

    def run(plan: Any, tables: Any, options: Any, progress: Any) -> Run:
        asked.append((options.items, options.columns))
        running = reference.run(plan, tables, options, progress)
        return replace(running, findings=Given(), close=lambda: closed.append(True))

    registry = replace(registry, engines={"fake": Engine("fake", "for this test", run)})
    outs = [io.BytesIO() for _ in formats]
    outputs = [Output(registry.report(name), out, ReportOptions()) for name, out in zip(formats, outs, strict=True)]
    export = str(ROOT / "examples/events/tickets.jsonl")
    audit(AuditRequest(str(ROOT / "policies/memsource-technical-support"), (export,), engine="fake"), registry, outputs)
    assert asked == [(one_by_one, as_columns)]
    assert closed == [True]
    if "parquet" in formats:
        assert len(rows(outs[0].getvalue(), tmp_path)) == 3


def test_evidence_is_compact_json_in_its_order() -> None:
    assert evidence_text({"b": "é\x1b\udce9", "a": None, "values": {"z": "1", "y": None}}) == (
        '{"b":"é\\u001b\\udce9","a":null,"values":{"z":"1","y":null}}'
    )
