"""The incident log: the generated one always, and the published one where it lies beside the checkout."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from example_audits import EXAMPLES, ROOT, Report, counts, findings, report

from supportpolicy.audit import AuditRequest
from supportpolicy.errors import InputError

FOLDER = EXAMPLES / "servicenow"
GENERATED = FOLDER / "incidents.csv"
LIMITS = {"1 - Critical": 8, "2 - High": 24, "3 - Moderate": 120, "4 - Low": 240}


def published() -> Path:
    """The published log; skips the test where it is not."""
    stated = os.environ.get("SUPPORTPOLICY_SHARED_DATA")
    folder = Path(stated) if stated else ROOT.parent / "shared" / "data"
    log = folder / "servicenow_uci" / "incident_event_log.csv.gz"
    if not log.is_file():
        pytest.skip(
            f"the published log is not at {log}; SUPPORTPOLICY_SHARED_DATA names the folder above servicenow_uci"
        )
    return log


def audited(log: Path, mapping: Path = FOLDER / "mapping.yaml") -> Report:
    return report(AuditRequest(policy=str(FOLDER / "policy.yaml"), exports=(str(log),), mapping=str(mapping)))


def records(log: Path) -> Iterator[list[str]]:
    """The header and the rows, by Python's own reader."""
    read = log.read_bytes()
    text = (gzip.decompress(read) if log.suffix == ".gz" else read).decode("ascii")
    yield from csv.reader(io.StringIO(text, newline=""))


def final_rows(log: Path) -> dict[str, dict[str, str]]:
    """The last row of each incident by the update counter, reckoned apart from the tool."""
    rows = records(log)
    header = next(rows)
    final: dict[str, dict[str, str]] = {}
    for row in (dict(zip(header, values, strict=True)) for values in rows):
        kept = final.get(row["number"])
        if kept is None or int(row["sys_mod_count"]) >= int(kept["sys_mod_count"]):
            final[row["number"]] = row
    return final


def reckoned(log: Path) -> Counter[tuple[str, str]]:
    """How many incidents of each priority were resolved in time, reckoned apart from the tool.

    A written minute stands for any instant within it, so a minute more or less than the limit decides.
    """
    zone = ZoneInfo("America/Sao_Paulo")

    def minutes(text: str) -> float:
        return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=zone).timestamp() / 60

    found: Counter[tuple[str, str]] = Counter()
    for row in final_rows(log).values():
        verdict = "unknown"
        if row["resolved_at"] != "?":
            over = minutes(row["resolved_at"]) - minutes(row["opened_at"]) - LIMITS[row["priority"]] * 60
            verdict = "pass" if over <= -1 else "fail" if over >= 1 else "unknown"
        found[row["priority"][4:].lower(), verdict] += 1
    return found


def check_verdicts(found: Report, log: Path, incidents: int) -> None:
    """What must hold of both logs."""
    assert found["totals"]["tickets"] == {"formed": incidents, "judged": incidents, "excluded": 0}
    assert found["totals"]["faults"] == []
    assert all(file["adds_up"] for file in found["totals"]["files"])
    assert counts(found, "priority-matrix") == {"pass": incidents}
    for rule, field in (("first-response", "first_response"), ("served-language", "language")):
        assert counts(found, rule) == {"unknown": incidents}
        (finding,) = findings(found, rule)
        assert (finding["ticket"], finding["reason"], finding["field"], finding["tickets"]) == (
            None,
            "missing",
            field,
            incidents,
        )
    expected = reckoned(log)
    for priority in ("critical", "high", "moderate", "low"):
        own = {verdict: n for (p, verdict), n in expected.items() if p == priority}
        others = {"not_applicable": incidents - sum(own.values())}
        assert counts(found, f"resolve-{priority}") == own | others


def test_the_generated_log() -> None:
    found = audited(GENERATED)
    assert found["totals"]["rows"]["read"] == len(list(records(GENERATED))) - 1
    check_verdicts(found, GENERATED, 320)
    coarse = [f["ticket"] for f in found["findings"] if f["reason"] == "too coarse"]
    assert coarse == ["INC0001061", "INC0001721"]
    assert found["exit"]["code"] == 1


@pytest.mark.long
def test_the_published_log() -> None:
    log = published()
    found = audited(log)
    assert found["totals"]["rows"] == {"read": 141_712, "used": 141_712, "rejected": 0}
    check_verdicts(found, log, 24_918)


@pytest.mark.parametrize("which", ["generated", pytest.param("published", marks=pytest.mark.long)])
def test_a_doubled_column_is_refused_by_name(which: str, tmp_path: Path) -> None:
    log = doubled(GENERATED if which == "generated" else published(), tmp_path / "doubled.csv", "category")
    with pytest.raises(InputError, match="category") as refusal:
        audited(log)
    assert "by_position" in str(refusal.value)


@pytest.mark.parametrize("which", ["generated", pytest.param("published", marks=pytest.mark.long)])
def test_a_doubled_column_is_read_by_position(which: str, tmp_path: Path) -> None:
    original = GENERATED if which == "generated" else published()
    log = doubled(original, tmp_path / "doubled.csv", "category")
    found = audited(log, by_position(log, tmp_path / "mapping.yaml"))
    check_verdicts(found, original, len(final_rows(original)))


def test_by_position_a_mapping_names_the_copy_it_means(tmp_path: Path) -> None:
    log = doubled(GENERATED, tmp_path / "doubled.csv", "priority", first="4 - Low")
    mapping = by_position(log, tmp_path / "mapping.yaml")
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("column: priority\n", "column: priority#2\n"), encoding="utf-8")
    check_verdicts(audited(log, mapping), GENERATED, 320)
    mapping.write_text(text.replace("column: priority\n", "column: priority#1\n"), encoding="utf-8")
    assert counts(audited(log, mapping), "priority-matrix")["fail"] > 250


def doubled(log: Path, target: Path, column: str, first: str | None = None) -> Path:
    """A copy of the log in which the column stands twice; `first` replaces the values of the first copy."""
    rows = records(log)
    header = next(rows)
    at = header.index(column)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header[: at + 1], *header[at:]])
        for row in rows:
            writer.writerow([*row[:at], row[at] if first is None else first, *row[at:]])
    return target


def by_position(log: Path, target: Path) -> Path:
    """The example's mapping, with the header of the log listed."""
    text = (FOLDER / "mapping.yaml").read_text(encoding="utf-8")
    stated = next(line for line in text.splitlines() if line.startswith("source:"))
    header = ", ".join(next(records(log)))
    target.write_text(
        text.replace(stated, f"source: {{name: csv, columns: by_position, headers: [{header}]}}"), encoding="utf-8"
    )
    return target
