"""What `supportpolicy test` prints, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from supportpolicy.cli import run

POLICY = """\
supportpolicy: 1
id: small
title: Small Support
scope: [paid]
facts:
  edition: {one_of: [free, team]}
  topic: {one_of: [spam, bug]}
clauses:
  paid: {section: Scope, says: Paid editions are supported.}
  english: {section: Scope, says: Replies are in English.}
  response: {section: Times, says: A person answers within twelve hours.}
  receipt: {section: Times, says: Receipt is confirmed.}
  numbers: {section: Numbers, says: Each request gets a number of its own.}
rules:
  paid: {kind: eligibility, clause: paid, require: {edition: team}}
  first-response: {kind: deadline, clause: response, start: submitted, stop: first_response, within: 12h in 24x7}
  english-replies: {kind: language, clause: english, of: replies, languages: [en]}
  receipt-acknowledged: {kind: duty, clause: receipt, require: {acknowledged: {present: true}}}
  reference-unique: {kind: unique, clause: numbers, field: reference}
exclude:
  - {reason: spam, when: {topic: spam}}
"""

TESTS = """\
supportpolicy-tests: 1
cases:
  at-exactly-twelve-hours:
    note: No later than is inclusive.
    as_of: 2021-03-04T00:00:00Z
    ticket:
      id: T-1
      reference: R-1
      submitted: 2021-03-01T08:00:00Z
      acknowledged: 2021-03-01T08:00:02Z
      closed: 2021-03-03T08:00:00Z
      edition: team
      events:
        complete: true
        items:
          - {at: 2021-03-01T08:00:00Z, kind: customer_message, public: true, automatic: false, language: en}
          - {at: 2021-03-01T20:00:00Z, kind: staff_message, public: true, automatic: false, language: en}
    expect:
      paid: pass
      first-response: pass
      english-replies: pass
      receipt-acknowledged: pass
      reference-unique: "unknown: whole population"
  another: {from: at-exactly-twelve-hours, change: {id: T-2}}
  borne-twice: {from: at-exactly-twelve-hours, among: [another], expect: {reference-unique: fail}}
  not-covered:
    from: at-exactly-twelve-hours
    change: {edition: free}
    expect:
      paid: fail
      first-response: "not_applicable: paid"
      english-replies: not_applicable
      receipt-acknowledged: not_applicable
      reference-unique: not_applicable
  spam: {from: not-covered, change: {topic: spam}, expect: "excluded: spam"}
"""

WRONG = """\
  one-second-late:
    note: The fields are not asked where there are events.
    from: at-exactly-twelve-hours
    change:
      first_response: 2021-03-01T20:00:01Z
      events:
        complete: true
        items:
          - {at: 2021-03-01T08:00:00Z, kind: customer_message, public: true, automatic: false, language: en}
          - {at: 2021-03-01T20:00:01Z, kind: staff_message, public: true, automatic: false, language: de}
  never-answered:
    from: at-exactly-twelve-hours
    change: {events: {complete: true, items: []}, acknowledged: null, closed: null}
    expect: {first-response: open, english-replies: pass}
  misspelt-edition:
    from: not-covered
    change: {edition: taem}
    expect: {paid: "unknown: missing", first-response: fail}
  receipt-not-recorded:
    from: at-exactly-twelve-hours
    unset: [acknowledged]
    expect: {receipt-acknowledged: fail}
  sent-by-a-bot-\
that-nobody-has-heard-of-and-whose-name-is-far-too-long-for-a-line:
    from: at-exactly-twelve-hours
    change: {topic: spam}
  no-spam: {from: spam, change: {topic: bug}}
  unique: {from: borne-twice, expect: {reference-unique: pass}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "policies" / "small"
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "tests.yaml").write_text(TESTS)
    return folder


def told(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What the command writes to both streams, and its exit code."""
    code = run(["test", *args])
    out, err = capsys.readouterr()
    return f"{out}--- stderr\n{err}--- exit {code}"


def test_all_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys) == "5 cases, 21 verdicts: all as expected\n--- stderr\n--- exit 0"


@pytest.mark.parametrize("path", ["policies", "policies/small", "policies/small/tests.yaml", "."])
def test_paths(capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert "5 cases, 21 verdicts: all as expected" in told(capsys, path)


def test_beside_the_tests(capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    assert "5 cases, 21 verdicts: all as expected" in told(capsys)


def test_listed(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert told(capsys, "-v") == snapshot


def test_not_as_expected(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "tests.yaml").write_text(TESTS + WRONG)
    assert told(capsys) == snapshot


def test_not_as_expected_listed(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "tests.yaml").write_text(TESTS + WRONG)
    assert told(capsys, "-v", "-k", "never") == snapshot


def test_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "-k", "twice") == "1 case, 5 verdicts: all as expected\n--- stderr\n--- exit 0"


def test_a_name_that_no_case_has(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert told(capsys, "-k", "thrice") == snapshot


def test_no_test(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "tests.yaml").unlink()
    assert told(capsys) == snapshot


def test_nothing_there(capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    assert told(capsys, "nowhere", "policies") == snapshot


def test_sound_tests_run_beside_wrong_ones(
    capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion
) -> None:
    (here / "more-tests.yaml").write_text(TESTS + "  typo: {from: anothr}\n")
    (here / "failing-tests.yaml").write_text(TESTS + "  wrong: {from: another, expect: {paid: fail}}\n")
    assert told(capsys) == snapshot


def test_a_wrong_policy(capsys: pytest.CaptureFixture[str], here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "policy.yaml").write_text(POLICY.replace("within: 12h in", "within: 12x in"))
    assert told(capsys) == snapshot


def test_names_cannot_speak_to_the_terminal(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    hostile = '  wrong: {from: another, change: {edition: "\\e[31mred\\e[0m"}, note: "\\e]0;title\\a"}\n'
    (here / "tests.yaml").write_text(TESTS + hostile)
    written = told(capsys, "-v", "-k", "wrong")
    assert "\x1b" not in written
    assert "\x07" not in written
