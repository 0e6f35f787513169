"""The built-in extensions, brought by the package's own entry point like a stranger's."""

from __future__ import annotations

from supportpolicy.plugin import Engine, Report, RuleKind, Source, hookimpl


@hookimpl
def supportpolicy_rule_kinds() -> list[RuleKind]:
    from supportpolicy.rules import channel, deadline, duty, eligibility, language, unique

    return [channel.KIND, deadline.KIND, duty.KIND, eligibility.KIND, language.KIND, unique.KIND]


@hookimpl
def supportpolicy_sources() -> list[Source]:
    from supportpolicy.sources import delimited, jsonl, parquet

    return [delimited.SOURCE, jsonl.SOURCE, parquet.SOURCE]


@hookimpl
def supportpolicy_engines() -> list[Engine]:
    from supportpolicy.engines import duckdb, reference

    return [duckdb.ENGINE, reference.ENGINE]


@hookimpl
def supportpolicy_reports() -> list[Report]:
    from supportpolicy.reports import csv_report, json_report, jsonl, junit, markdown, parquet, text

    return [
        csv_report.REPORT,
        json_report.REPORT,
        jsonl.REPORT,
        junit.REPORT,
        markdown.REPORT,
        parquet.REPORT,
        text.REPORT,
    ]
