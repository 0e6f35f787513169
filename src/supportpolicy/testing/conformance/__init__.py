"""Suites that say whether an extension keeps its contract. Built-ins pass them, and plugin authors run them too.

Each is a function that raises AssertionError with what was expected and what was found. None needs a test framework:

    def test_my_source() -> None:
        check_source(SOURCE, SourceSample("tickets.mbox", CONTENT, read=3, rejected=1))
"""

from supportpolicy.testing.conformance.engines import check_engine
from supportpolicy.testing.conformance.reports import check_report
from supportpolicy.testing.conformance.rule_kinds import RuleCase, check_rule_kind
from supportpolicy.testing.conformance.sources import SourceSample, check_source

__all__ = ["RuleCase", "SourceSample", "check_engine", "check_report", "check_rule_kind", "check_source"]
