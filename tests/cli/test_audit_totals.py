"""What `supportpolicy audit` does with `--period`, `--by` and `--expect-tickets`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supportpolicy.cli import run

POLICY = """\
supportpolicy: 1
id: small
title: Small Support
facts:
  edition: {one_of: [free, team]}
clauses:
  fast: {section: Times, says: Answers come within an hour.}
rules:
  fast: {kind: deadline, clause: fast, start: submitted, stop: first_response, within: 1h in 24x7}
"""
TICKETS = """\
{"id": 1, "submitted": "2021-01-31T23:59:59Z", "first_response": "2021-02-01T03:00:00Z", "edition": "team", "tags": []}
{"id": 2, "submitted": "2021-02-01T00:00:00Z", "first_response": "2021-02-01T00:30:00Z", "edition": "free", "region": "EU"}
{"id": 5, "submitted": "2021-02-28T00:00:00Z", "first_response": "2021-02-28T02:00:00Z", "edition": "free"}
{"id": 6, "submitted": "2021-03-01T00:00:00Z", "first_response": "2021-03-01T02:00:00Z", "edition": "team"}
"""
MAPPING = """\
supportpolicy-mapping: 1
source: {name: csv}
fields: {id: Id, submitted: Opened, first_response: {column: Answered, empty: never}, shift: Shift}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    Path("tickets.jsonl").write_text(TICKETS)


def audit(*options: str, code: int = 1, export: str = "tickets.jsonl") -> dict[str, Any]:
    ended = run(
        [
            "audit",
            export,
            "--policy",
            "policy.yaml",
            "--as-of",
            "2021-04-01T00:00:00Z",
            "-o",
            "json=report.json",
            *options,
        ]
    )
    assert ended == code
    report: dict[str, Any] = json.loads(Path("report.json").read_text())
    return report


def test_a_period() -> None:
    report = audit("--period", "2021-02-01/2021-03-01")
    assert report["totals"]["tickets"] == {"formed": 4, "judged": 2, "excluded": 2}
    assert report["totals"]["excluded"] == {"submitted outside the period": 2}
    assert report["months"] == {"judged": {"2021-02": 2}, "not_known": 0, "empty": []}
    assert report["numeric_ids"]["gaps"] == [{"first": "3", "last": "4", "missing": 2}]
    assert report["period"]["words"] == "from 2021-02-01T00:00:00Z until before 2021-03-01T00:00:00Z"
    assert report["lateness"]["fast"]["latest"][0]["late"]["words"] == "1h"


def test_groups_by_a_field_that_no_rule_reads() -> None:
    report = audit("--by", "edition", "--by", "region", "--by", "edition")
    assert report["by"] == ["edition", "region"]
    told = [([said["text"] for said in group["said"]], group["rules"]["fast"]["fail"]) for group in report["groups"]]
    assert told == [(["free", "eu"], 0), (["free", "missing"], 1), (["team", "missing"], 2)]


def test_groups_by_a_field_that_only_the_mapping_knows() -> None:
    Path("mapping.yaml").write_text(MAPPING)
    Path("tickets.csv").write_text(
        "Id,Opened,Answered,Shift\n1,2021-01-31T23:59:59Z,,Night\n2,2021-02-01T00:00:00Z,,\n"
    )
    report = audit("--by", "shift", "--mapping", "mapping.yaml", export="tickets.csv")
    assert [group["said"][0]["text"] for group in report["groups"]] == ["night", "missing"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "regon"], "--by regon: there is no such field; expected one of assignee, "),
        (["--by", "regon"], "did you mean 'region'?"),
        (["--by", "submitted"], "--by submitted: its type is instant"),
        (["--by", "tags", "--by", "events"], "--by events: its type is events"),
        (["--period", "2021-02"], "'2021-02': there is no / between its two ends; expected FROM/TO such as"),
        (["--period", "2021-02-02/2021-02-01"], "where TO is the first day that is not part of it"),
        (["--expect-tickets", "-1"], "--expect-tickets"),
    ],
)
def test_what_is_wrong_is_said(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "tickets.jsonl", "--policy", "policy.yaml", *options]) == 2
    shown = capsys.readouterr()
    assert said in " ".join(shown.err.split())
    assert shown.out == ""


def test_as_many_tickets_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("--expect-tickets", "4")["expected_tickets"] == 4
    assert audit("--expect-tickets", "5", code=3)["exit"]["why"][0] == {
        "code": 3,
        "because": "4 tickets formed where 5 are expected (--expect-tickets)",
    }
    assert (
        "exit 3: 4 tickets formed where 5 are expected (--expect-tickets) [3]; 3 violations" in capsys.readouterr().err
    )


@pytest.mark.parametrize("engine", ["reference", "duckdb"])
def test_every_format_at_once(engine: str) -> None:
    formats = ("text", "jsonl", "csv", "parquet", "junit", "markdown")
    outputs = [option for name in formats for option in ("-o", f"{name}=report.{name}")]
    report = audit("--engine", engine, "--by", "edition", *outputs)
    assert len(report["findings"]) == 3
    for name in formats:
        assert Path(f"report.{name}").stat().st_size > 0
    assert {path.name for path in Path.cwd().iterdir()} == {
        "policy.yaml", "tickets.jsonl", "report.json", *(f"report.{name}" for name in formats)
    }  # fmt: skip
