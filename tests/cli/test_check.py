"""What `supportpolicy check` prints, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from supportpolicy.cli import run

POLICY = """\
supportpolicy: 1
id: small
title: Small Support
revision: "1"
in_force: {until: 2022-01-01T00:00:00Z}
facts:
  edition: {one_of: [free, team]}
clauses:
  paid: {section: Scope, says: Paid editions are supported.}
rules:
  paid: {kind: eligibility, clause: paid, require: {edition: team}}
"""
NEXT = POLICY.replace('"1"', '"2"').replace("until", "from")

MAPPING = """\
supportpolicy-mapping: 1
source: {name: csv}
fields:
  id: number
  edition: {column: plan, values: {Team: team}}
"""

TESTS = """\
supportpolicy-tests: 1
cases:
  paid: {as_of: 2021-06-01T00:00:00Z, ticket: {submitted: 2021-05-01T00:00:00Z, edition: team}, expect: {paid: pass}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "policies" / "small"
    folder.mkdir(parents=True)
    for name, text in {"2021": POLICY, "2022": NEXT, "mapping": MAPPING, "tests": TESTS}.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def told(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What the command writes to both streams, and its exit code."""
    code = run(["check", *args])
    out, err = capsys.readouterr()
    return f"{out}--- stderr\n{err}--- exit {code}"


def test_sound(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert told(capsys, "policies") == snapshot


def test_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "policies/small/mapping.yaml") == (
        "policies/small/mapping.yaml: mapping, sound\n--- stderr\n--- exit 0"
    )


def test_files_of_others_are_named(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "mkdocs.yml").write_text("site_name: Docs\n")
    assert told(capsys, "policies") == snapshot


def test_a_named_file_of_others(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "mkdocs.yml").write_text("suportpolicy: 1\n")
    assert told(capsys, "policies/small/mkdocs.yml", "policies/small/mapping.yaml") == snapshot


def test_everything_wrong_at_once(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "2021.yaml").write_text(POLICY.replace("paid, require: {edition", "payd, require: {editon"))
    (here / "2022.yaml").write_text(NEXT.replace("says: Paid", "says: 'Paid"))
    (here / "mapping.yaml").write_text(MAPPING.replace("  id: number\n", ""))
    (here / "tests.yaml").write_text(TESTS + "  other: {form: paid}\n")
    assert told(capsys, "policies") == snapshot


def test_revisions_that_leave_a_gap(
    capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion
) -> None:
    (here / "2022.yaml").write_text(NEXT.replace("from: 2022", "from: 2023"))
    assert told(capsys, "policies") == snapshot


def test_tests_that_do_not_fit_their_policy(
    capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion
) -> None:
    (here / "tests.yaml").write_text(
        TESTS.replace("edition: team", "editon: team").replace("{paid: pass", "{payd: pass")
    )
    assert told(capsys, "policies/small/tests.yaml") == snapshot


def test_the_tests_are_not_run(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "tests.yaml").write_text(TESTS.replace("paid: pass", "paid: fail"))
    assert told(capsys, "policies/small/tests.yaml").endswith("exit 0")


def test_nothing_there(capsys: pytest.CaptureFixture[str], tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    (tmp_path / "empty").mkdir()
    assert told(capsys, "empty", "gone.yaml") == snapshot


def test_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys).endswith("exit 2")
