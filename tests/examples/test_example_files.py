"""The example exports are what their generators write, byte for byte."""

from __future__ import annotations

import csv
import io
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def generator(name: str) -> dict[str, Any]:
    """The names that `examples/NAME/generate.py` defines."""
    return runpy.run_path(str(EXAMPLES / name / "generate.py"))


@pytest.mark.parametrize(
    ("name", "files"),
    [("zendesk", ["organizations.csv", "tickets.csv", "users.csv"]), ("servicenow", ["incidents.csv"])],
)
def test_generating_again_gives_the_committed_bytes(name: str, files: list[str], tmp_path: Path) -> None:
    generator(name)["main"](tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    for file in files:
        assert (tmp_path / file).read_bytes() == (EXAMPLES / name / file).read_bytes(), file


def test_the_zendesk_page_explains_every_special_ticket() -> None:
    page = (EXAMPLES / "zendesk" / "README.md").read_text(encoding="utf-8")
    special = generator("zendesk")["SPECIAL"]
    assert [ticket for ticket in special if str(ticket) not in page] == []


def test_the_zendesk_example_keeps_to_invented_domains() -> None:
    rows = csv.DictReader(io.StringIO((EXAMPLES / "zendesk" / "users.csv").read_text(encoding="utf-8"), newline=""))
    assert all(row["email"].endswith(".example") for row in rows)


def test_the_incident_log_has_the_oddities_of_the_published_one() -> None:
    with (EXAMPLES / "servicenow" / "incidents.csv").open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    incidents: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        incidents.setdefault(row["number"], []).append(row)
    assert len(rows[0]) == 36
    assert len(incidents) == 320
    assert 4.5 < len(rows) / len(incidents) < 6.5

    def varies(column: str) -> int:
        return sum(len({row[column] for row in updates}) > 1 for updates in incidents.values())

    assert varies("caller_id") == 2
    assert varies("contact_type") == 3
    assert varies("priority") == 6
    assert varies("resolved_at") == varies("closed_at") == varies("opened_at") == 0
    assert Counter(row["incident_state"] for row in rows)["-100"] == 3
    assert sum(any(row["resolved_at"] == "?" for row in updates) for updates in incidents.values()) == 8
    assert any(row["opened_at"].startswith("29/2/2016 ") for row in rows)
    counted = [[int(row["sys_mod_count"]) for row in updates] for updates in incidents.values()]
    assert sum(counts != sorted(counts) for counts in counted) == 3
    assert sum(len(set(counts)) < len(counts) for counts in counted) == 3
    # the matrix holds in every row, and every cell occurs that does in the published log
    matrix = generator("servicenow")["MATRIX"]
    assert all(matrix[row["impact"], row["urgency"]] == row["priority"] for row in rows)
    assert {(updates[-1]["impact"], updates[-1]["urgency"]) for updates in incidents.values()} == set(matrix)
