"""The JSON Schemas of all that users write and read, for editors and other tools."""

from __future__ import annotations

from typing import Any, Final

from supportpolicy.errors import Problem, UsageError, did_you_mean
from supportpolicy.plugin import Registry

NAMES: Final = ("policy", "mapping", "calendars", "ticket", "tests", "report")


def schema(name: str, registry: Registry) -> dict[str, Any]:
    """The schema of that name, with what plugins add to it; `test` is `tests`. Raises UsageError for another name."""
    match name:
        case "policy":
            from supportpolicy.compiler.policy_schema import policy_schema

            return policy_schema(registry.rule_kinds)
        case "mapping":
            from supportpolicy.compiler.mapping_schema import mapping_schema

            return mapping_schema(registry.sources)
        case "calendars":
            from supportpolicy.compiler.calendar_schema import calendar_schema

            return calendar_schema()
        case "ticket":
            from supportpolicy.testing.ticket_schema import ticket_schema

            return ticket_schema()
        case "tests" | "test":
            from supportpolicy.testing.cases_schema import cases_schema

            return cases_schema()
        case "report":
            from supportpolicy.reports.json_report import report_schema

            return dict(report_schema())
        case _:
            raise UsageError(
                Problem(
                    f"there is no schema {name!r}",
                    expected=f"one of {', '.join(NAMES)}",
                    hint=did_you_mean(name, NAMES),
                )
            )
