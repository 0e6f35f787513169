"""`supportpolicy new`: what it writes passes the commands that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from supportpolicy.cli import run

ROOT = Path(__file__).parents[2]
SEED = ROOT / "policies" / "memsource-technical-support"
SERVICENOW = ROOT / "examples" / "servicenow"
ZENDESK = ROOT / "examples" / "zendesk"

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command in an empty folder; gives its code, what stands on stdout and what on stderr."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str | Path) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


# --- policy -----------------------------------------------------------------------------------------------------------
def test_a_new_policy_passes_check_and_test(call: Call) -> None:
    code, out, err = call("new", "policy", "acme-support")
    assert (code, out) == (0, "acme-support/policy.yaml\nacme-support/tests.yaml\n")
    assert err == "next: `supportpolicy check acme-support`, `supportpolicy test acme-support`\n"
    assert call("check", "acme-support")[0] == 0
    assert call("test", "acme-support")[0] == 0
    text = Path("acme-support/policy.yaml").read_text()
    assert "\nid: acme-support\ntitle: Acme support\n" in text
    assert "tarter" not in text


def test_a_new_policy_elsewhere(call: Call) -> None:
    assert call("new", "policy", "acme", "--dir", "policies")[0] == 0
    assert Path("policies/acme/tests.yaml").exists()


def test_nothing_is_overwritten(call: Call) -> None:
    call("new", "policy", "acme")
    Path("acme/policy.yaml").unlink()
    Path("acme/tests.yaml").write_text("mine")
    code, out, err = call("new", "policy", "acme")
    assert (code, out) == (2, "")
    assert "acme/tests.yaml: exists; expected a new file" in err
    assert not Path("acme/policy.yaml").exists()
    assert Path("acme/tests.yaml").read_text() == "mine"
    assert call("new", "policy", "acme", "--force")[0] == 0
    assert Path("acme/tests.yaml").read_text() != "mine"


@pytest.mark.parametrize("name", ["Acme Support", "../acme", "acme_support", ""])
def test_a_policy_has_an_id_for_a_name(call: Call, name: str) -> None:
    code, _, err = call("new", "policy", name)
    assert code == 2
    assert "expected kebab-case, such as acme-support" in err


# --- test -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("policy", [SEED, SERVICENOW / "policy.yaml"], ids=["seed", "servicenow"])
def test_new_tests_pass_and_name_every_rule(call: Call, policy: Path) -> None:
    folder = Path("own")
    folder.mkdir()
    for file in [policy] if policy.is_file() else policy.glob("policy*.yaml"):
        (folder / "policy.yaml").write_text(file.read_text())
    assert call("new", "test", folder, "-o", folder / "tests.yaml")[::2] == (0, "")
    assert call("check", folder)[0] == 0
    assert call("test", folder)[0] == 0


def test_new_tests_speak_of_a_ticket_that_has_a_limit_and_of_the_events_that_rules_ask_for(call: Call) -> None:
    Path("policy.yaml").write_text("""
supportpolicy: 1
id: clocks
title: Clocks
clauses: {all: {section: Times, says: All in its time.}}
facts: {plan: {one_of: [bronze, gold]}, status: {one_of: [open, solved]}}
calendars: {office: {zone: UTC, hours: {mon-fri: 09:00-17:00}}}
rules:
  table: {kind: deadline, clause: all, start: submitted, stop: resolved,
    within: {by: plan, table: {bronze: not offered, gold: 8h in office}}}
  replies: {kind: deadline, clause: all, each: customer_message, stop: staff_message, within: 4h in office}
  solved: {kind: deadline, clause: all, start: submitted, stop: {last: {status: solved}}, within: 8h in office}
  called: {kind: duty, clause: all, require: {happens: call}}
""")
    code, out, err = call("new", "test", "policy.yaml")
    assert (code, err) == (0, "")
    assert out.partition("    expect:\n")[2].partition("\n\n")[0].splitlines() == [
        "      table: pass",
        "      replies: pass",
        "      solved: pass",
        "      called: pass",
    ]
    Path("tests.yaml").write_text(out)
    assert call("test", ".")[0] == 0


def test_new_tests_on_stdout(call: Call, snapshot: SnapshotAssertion) -> None:
    call("new", "policy", "acme")
    code, out, err = call("new", "test", "acme/policy.yaml")
    assert (code, err) == (0, "")
    assert out == snapshot


def test_new_tests_name_a_policy_that_lies_elsewhere(call: Call) -> None:
    call("new", "policy", "acme")
    Path("supportpolicy.toml").touch()
    call("new", "test", "acme", "-o", "cases/acme.yaml")
    assert '\npolicy: "../acme"\n' in Path("cases/acme.yaml").read_text()
    assert call("check", "cases")[0] == 0
    assert call("test", "cases")[0] == 0


def test_new_tests_of_a_policy_with_odd_conditions(call: Call) -> None:
    Path("policy.yaml").write_text(
        """\
supportpolicy: 1
id: odd
title: Odd
in_force: {until: 2020-01-01T00:00:00Z}
facts: {tier: {one_of: [a, b]}, score: {type: integer}, open: {type: boolean}, note: {type: text}}
exclude: [{reason: old, when: {tags: nothing}}]
clauses: {all: {section: All, says: Everything.}}
rules:
  gate: {kind: eligibility, clause: all, require: {not: {tier: a}}}
  quiet: {kind: duty, clause: all, require: {not: {note: {present: true}}}}
  high: {kind: duty, clause: all, require: {score: {at_least: 3, at_most: 9}}}
  marked: {kind: duty, clause: all, when: {open: false}, require: {tags: [vip, gold]}}
  named: {kind: duty, clause: all, require: {any: [{subject: {like: "Re: *"}}, {group: first}]}}
  replies: {kind: channel, clause: all, of: replies, channels: [sms]}
"""
    )
    assert call("new", "test", ".", "-o", "tests.yaml")[0] == 0
    text = Path("tests.yaml").read_text()
    assert "submitted: 2019-12-31T00:00:00Z" in text
    assert text.count(": pass\n") == 6
    assert call("test", ".")[0] == 0


# --- mapping ----------------------------------------------------------------------------------------------------------
def test_a_new_mapping_for_a_log(call: Call) -> None:
    policy = SERVICENOW / "policy.yaml"
    code, out, err = call("new", "mapping", SERVICENOW / "incidents.csv", "--policy", policy, "-o", "mapping.yaml")
    assert (code, out) == (0, "")
    assert "placed: id from 'number', submitted from 'opened_at'" in err
    assert "\nleft: 'active', " in err
    assert call("check", "mapping.yaml")[0] == 0
    code, out, _ = call("audit", SERVICENOW / "incidents.csv", "--policy", policy, "--mapping", "mapping.yaml")
    assert code in (1, 4)
    assert "of the 320 tickets judged" in out


def test_a_source_that_brings_its_mapping(call: Call) -> None:
    code, out, err = call("new", "mapping", ZENDESK / "tickets.csv")
    if "zendesk" not in call("list", "sources")[1]:
        pytest.skip("the plugin is not installed")
    assert code == 0
    assert "the source zendesk recognises the export" in err
    Path("mapping.yaml").write_text(out)
    assert call("check", "mapping.yaml")[0] == 0
    assert (
        call("audit", ZENDESK / "tickets.csv", "--policy", SEED, "--mapping", "mapping.yaml", "-o", "json=r.json")[0]
        == 3
    )


def test_a_new_mapping_for_the_same_view_as_plain_csv(call: Call) -> None:
    code, _, err = call(
        "new", "mapping", ZENDESK / "tickets.csv", "--source", "csv", "--policy", SEED, "-o", "mapping.yaml"
    )
    assert code == 0
    assert "299 rows and 42 columns read, 3 rows could not be" in err
    assert call("check", "mapping.yaml")[0] == 0
    out = call("audit", ZENDESK / "tickets.csv", "--policy", SEED, "--mapping", "mapping.yaml")[1]
    assert "of the 298 tickets judged" in out or "on the 298 tickets judged" in out


def test_a_mapping_on_stdout_is_a_file_as_it_is(call: Call) -> None:
    code, out, err = call("new", "mapping", SERVICENOW / "incidents.csv")
    Path("mapping.yaml").write_text(out)
    assert code == 0
    assert "supportpolicy-mapping: 1" not in err
    assert call("check", "mapping.yaml")[0] == 0


def test_a_mapping_is_not_overwritten(call: Call) -> None:
    Path("mapping.yaml").write_text("mine")
    code, _, err = call("new", "mapping", SERVICENOW / "incidents.csv", "-o", "mapping.yaml")
    assert code == 2
    assert "mapping.yaml: exists" in err
    assert Path("mapping.yaml").read_text() == "mine"
    assert call("new", "mapping", SERVICENOW / "incidents.csv", "-o", "mapping.yaml", "--force")[0] == 0


def test_an_export_that_is_not_there(call: Call) -> None:
    code, out, err = call("new", "mapping", "nowhere.csv")
    assert (code, out) == (3, "")
    assert "nowhere.csv: there is no such file" in err


def test_help_names_what_can_be_new(call: Call) -> None:
    out = call("new", "--help")[1]
    for name in ("mapping", "policy", "test"):
        assert f"\n  {name} " in out
