"""The case tables beside this file, each case run from policy and export to verdicts and totals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from case_tables import HERE, Case, Ran, all_cases, load_yaml, run_alone, run_case, verdict_text
from counted_texts import COUNTED

from supportpolicy.errors import DocumentError

CASES = list(all_cases())
COMPILER_CASES = list(all_cases(HERE.parent / "compiler"))
SEMANTICS = HERE.parents[1] / "docs" / "semantics.md"

_NUMBERS = {"pass": "passed", "fail": "failed"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = case.told
    if "problems" in told:
        with pytest.raises(DocumentError) as caught:
            run_case(told, tmp_path)
        assert str(caught.value) == told["problems"].rstrip("\n")
        return
    if "alone" in told:
        assert run_alone(told, tmp_path) == told["alone"]
    ran = run_case(told, tmp_path)
    _check_verdicts(ran, told)
    _check_totals(ran, told)
    _check_the_sums(ran)


@pytest.mark.parametrize("case", [case for case in CASES if case.table == "objectives"], ids=str)
def test_duckdb_counts_alike(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin's engine is held to the whole corpus; what objectives count is made in another way in each engine."""
    monkeypatch.chdir(tmp_path)
    if "problems" not in case.told:
        ran = run_case({**case.told, "engine": "duckdb"}, tmp_path)
        assert {"objectives": _total(ran.totals, "objectives")} == {"objectives": case.told["totals"]["objectives"]}


def _check_verdicts(ran: Ran, told: Mapping[str, Any]) -> None:
    found = ran.verdicts()
    for ticket, rules in told.get("verdicts", {}).items():
        assert {ticket: {rule: found.get(ticket, {}).get(rule) for rule in rules}} == {ticket: rules}
    for ticket, rules in told.get("evidence", {}).items():
        for rule, expected in rules.items():
            evidence = next(f.evidence for f in ran.findings if (f.ticket, f.rule) == (ticket, rule))
            assert {key: _told(evidence.get(key)) for key in expected} == expected
    if "findings" in told:
        assert [f"{f.ticket or f'({f.tickets} tickets)'} {f.rule} {verdict_text(f)}" for f in ran.findings] == told[
            "findings"
        ]


def _told(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _check_totals(ran: Ran, told: Mapping[str, Any]) -> None:
    assert ran.excluded == told.get("excluded", {})
    rejected = told.get("rejected", [])
    assert len(ran.rejected) == len(rejected)
    for reason, expected in zip(ran.rejected, rejected, strict=True):
        assert expected in reason
    for name, expected in told.get("counts", {}).items():
        counts = [c for (label, rule), c in ran.totals.rules.items() if name in (rule, f"{label} {rule}")]
        assert len(counts) == 1, name
        assert {key: getattr(counts[0], _NUMBERS.get(key, key)) for key in expected} == expected
    for key, expected in told.get("totals", {}).items():
        assert {key: _total(ran.totals, key)} == {key: expected}
    for key, expected in told.get("instant", {}).items():
        assert expected in ran.instant[key] if expected else not ran.instant[key]
    if "exit" in told:
        assert ran.exit == told["exit"]


def _total(totals: Any, key: str) -> Any:
    value = getattr(totals, key)
    if key in COUNTED:
        return COUNTED[key](value)
    if key == "unmapped":
        return [f"{u.field} {u.text!r} x{u.tickets}, nearest {u.nearest}" for u in value]
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


def _check_the_sums(ran: Ran) -> None:
    """The totals law, on every case."""
    totals = ran.totals
    if ran.instant:
        assert totals.formed == totals.judged + sum(totals.excluded.values())
    assert totals.judged == sum(totals.judged_under.values())
    for (label, _), counts in totals.rules.items():
        assert counts.judged == totals.judged_under[label]
    assert totals.judged == sum(totals.months.tickets.values()) + totals.months.undated
    if totals.groups:
        assert totals.judged == sum(group.judged for group in totals.groups)
        for key, counts in totals.rules.items():
            assert counts.judged == sum(g.rules[key].judged for g in totals.groups if key in g.rules)
    for key, lateness in totals.lateness.items():
        assert lateness.tickets == totals.rules[key].failed
    assert all(tally.adds_up for tally in totals.tallies)


def _stated() -> list[str]:
    return re.findall(r"^(?:- )?\[([A-Z]-[0-9]+)\]", SEMANTICS.read_text("utf-8"), re.MULTILINE)


def _shown_of_calendars() -> set[str]:
    """The statements that the tables of calendars show, which have a form of their own."""
    tables = [load_yaml(path) for path in sorted((HERE.parent / "calendar").glob("*.yaml"))]
    return {state for table in tables for case in table["cases"].values() for state in case.get("states", ())}


def test_every_statement_has_a_case_and_every_case_a_statement() -> None:
    stated = _stated()
    assert len(stated) == len(set(stated)), "two statements bear one id"
    shown = {state for case in [*CASES, *COMPILER_CASES] for state in case.states} | _shown_of_calendars()
    assert sorted(set(stated) - shown) == [], "statements without a case"
    assert sorted(shown - set(stated)) == [], "cases of statements that are not there"
    assert [str(case) for case in CASES if not case.states] == [], "cases that show nothing"


def test_the_page_refers_only_to_its_own_statements() -> None:
    referred = re.findall(r"\[([A-Z]-[0-9]+)\]", SEMANTICS.read_text("utf-8"))
    assert sorted(set(referred) - set(_stated())) == []
