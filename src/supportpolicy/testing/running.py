"""Runs policy tests: each case's ticket is judged, and what its rules say is held against what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from supportpolicy.engines.ledger import finding as as_finding
from supportpolicy.engines.reference.single import Told
from supportpolicy.model.finding import Finding
from supportpolicy.model.verdict import OnFail, Verdict
from supportpolicy.testing.case import Case, CaseResult, Expectation, PolicyTests, Result


def run_tests(tests: PolicyTests, named: str = "") -> Iterator[CaseResult]:
    """The results of the cases whose name contains `named`, in the order of the file."""
    for case in tests.cases.values():
        if named in case.name:
            yield run_case(tests, case)


def run_case(tests: PolicyTests, case: Case) -> CaseResult:
    """What became of one case."""
    among = None
    if case.among is not None:
        among = [tests.cases[name].ticket for name in case.among if name != case.name]
    told = tests.judge(case.ticket, case.as_of, among)
    if isinstance(case.expect, Expectation):
        return CaseResult(case, (_excluded(case, case.expect, told),))
    if told.excluded:
        return CaseResult(case, (Result(case.name, "", None, None, None, told.excluded, False, case.place),))
    findings = _findings(case, told)
    return CaseResult(
        case, tuple(_result(case, expected, findings, findings[rule]) for rule, expected in case.expect.items())
    )


def _excluded(case: Case, expected: Expectation, told: Told) -> Result:
    met = bool(told.excluded) and expected.detail in ("", told.excluded)
    return Result(case.name, "", expected, None, None, told.excluded, met, expected.place)


def _result(case: Case, expected: Expectation, findings: Mapping[str, Finding], finding: Finding) -> Result:
    met = expected.verdict is finding.verdict
    if met and expected.detail:
        met = expected.detail == (finding.reason.value if finding.reason is not None else finding.barred_by)
    return Result(case.name, finding.rule, expected, finding, _because(findings, finding), "", met, expected.place)


def _findings(case: Case, told: Told) -> dict[str, Finding]:
    return {
        rule.id: as_finding(case.name, rule, outcome, told.revision, show(), None)
        for rule, outcome, show in told.verdicts
    }


def _because(findings: Mapping[str, Finding], finding: Finding) -> Finding:
    """The gate that bars, or the first that is unknown for the same cause; else the finding itself."""
    if finding.barred_by:
        return findings[finding.barred_by]
    if finding.verdict is Verdict.UNKNOWN:
        cause = (finding.reason, finding.field)
        gates = (other for other in findings.values() if other.on_fail is OnFail.OUT_OF_SCOPE)
        return next((gate for gate in gates if (gate.reason, gate.field) == cause), finding)
    return finding
