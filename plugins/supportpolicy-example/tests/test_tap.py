"""The report keeps its contract."""

from __future__ import annotations

from supportpolicy.testing.conformance import check_report

from supportpolicy_example.tap import REPORT


def test_it_keeps_the_contract_of_a_report() -> None:
    check_report(REPORT)
