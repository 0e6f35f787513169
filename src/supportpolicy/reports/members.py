"""The members of the reports for programs: one JSON object for the head, the sums, and each finding, exclusion and
rejected row. Texts are exact; the bytes of a rejected row are base64."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from supportpolicy.model.cell import Reason
from supportpolicy.model.duration import format_duration
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import (
    Counts,
    Excluded,
    Finding,
    GroupTotals,
    Input,
    Lateness,
    MetricTotals,
    Months,
    NumericIds,
    ObjectiveRow,
    ObjectiveTotals,
    Rejected,
    RowPlace,
    Said,
    Totals,
)
from supportpolicy.model.instant import format_month, format_us
from supportpolicy.model.objective import Score
from supportpolicy.model.period import Period
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin.records import AuditInstant, ClauseHead, ExitCode, Head, ObjectiveHead, RevisionHead, RuleHead
from supportpolicy.reports.breaches import Breaches
from supportpolicy.reports.clock_counts import clock_numbers
from supportpolicy.reports.objectives import Bounds, objective_tables
from supportpolicy.reports.rates import Attainment, Rate
from supportpolicy.reports.span import empty_months
from supportpolicy.reports.summary import (
    JudgedObjective,
    JudgedRule,
    Rows,
    answer,
    faults,
    in_force,
    input_rows,
    judged_objectives,
    judged_rules,
    settling,
    ticket_rows,
)


def of_head(head: Head) -> dict[str, Any]:
    """What is known before the first finding."""
    rules = judged_rules(head)

    def key(rule: RuleHead) -> str:
        return rules[rule.revision, rule.id].key

    return {
        "tool": {"name": "supportpolicy", "versions": dict(head.versions)},
        "policy": {
            "id": head.policy_id,
            "title": head.policy_title,
            "revisions": [_revision(revision, key, judged_objectives(head)) for revision in head.revisions],
        },
        "mapping": head.mapping and {**_file(head.mapping), "assumed": dict(head.mapping_assumed)},
        "source": head.source,
        "inputs": [{**_file(file), "table": file.table} for file in head.inputs],
        "as_of": _instant(head.instant),
        "period": head.period and _period(head.period),
        "by": list(head.by),
        "expected_tickets": head.expected_tickets,
        "include": head.include,
        "not_recorded": list(head.not_recorded),
        "absent": list(head.absent),
        "missing_tables": {table: list(fields) for table, fields in head.missing_tables.items()},
    }


def of_sums(head: Head, totals: Totals, exit_code: ExitCode) -> dict[str, Any]:
    """What is known after the last finding."""
    most = next(iter(settling(totals)), None)
    breaches, rules = Breaches.of(head, totals), judged_rules(head)
    return {
        "answer": answer(head, totals),
        "exit": {"code": exit_code.code, "why": [{"code": code, "because": why} for code, why in exit_code.why]},
        "totals": _totals(totals),
        "violations": {
            party.value: {"violations": breaches.violations[party], "tickets": breaches.tickets[party]}
            for party in Party
        },
        "rules": {rule.key: _counts(rule.head, totals.rules.get(key, Counts())) for key, rule in rules.items()},
        "clocks": {rule.key: _clocks(totals.clocks[key]) for key, rule in rules.items() if key in totals.clocks},
        "objectives": {
            table.objective.key: _objective(table.objective.head, table.totals)
            for table in objective_tables(head, totals)
        },
        "lateness": {
            rule.key: _lateness(totals.lateness[key]) for key, rule in rules.items() if key in totals.lateness
        },
        "metrics": {rule.key: _metric(totals.metrics[key]) for key, rule in rules.items() if key in totals.metrics},
        "months": _months(totals.months),
        "numeric_ids": totals.ids and _ids(totals.ids),
        "groups": [_group(group, head.by, rules) for group in totals.groups],
        "settles_most": most and {"field": most.field, "unknowns": most.unknowns, "reasons": [*most.reasons]},
        "unmapped": [
            {"field": item.field, "text": item.text, "tickets": item.tickets, "nearest": item.nearest}
            for item in totals.unmapped
        ],
    }


def of_input_rows(totals: Totals, file: Input) -> dict[str, int] | None:
    """The rows of one input, None where none were counted."""
    rows = input_rows(totals, file)
    return None if rows is None else _rows(rows)


def of_finding(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "ticket": finding.ticket,
        "rule": finding.rule,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "field": finding.field or None,
        "barred_by": finding.barred_by or None,
        "clauses": list(finding.clauses),
        "on_fail": finding.on_fail,
        "party": finding.party,
        "revision": finding.revision,
        "evidence": {
            key: dict(value) if isinstance(value, Mapping) else value for key, value in finding.evidence.items()
        },
        "place": finding.place and _place(finding.place),
        "tickets": finding.tickets,
    }


def of_excluded(excluded: Excluded) -> dict[str, Any]:
    """One ticket that was not judged."""
    return {"ticket": excluded.ticket, "reason": excluded.reason, "place": _place(excluded.place)}


def of_rejected(row: Rejected) -> dict[str, Any]:
    """One row that cannot be read."""
    return {
        "table": row.table,
        "reason": row.reason,
        "place": _place(row.place),
        "offset": row.offset,
        "size": len(row.raw),
        "bytes": base64.b64encode(row.raw).decode("ascii"),
    }


def _file(file: Input) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _place(place: RowPlace) -> dict[str, Any]:
    return {"file": place.file, "record": place.record, "line": place.line}


def _rows(rows: Rows) -> dict[str, int]:
    return {"read": rows.read, "used": rows.used, "rejected": rows.rejected}


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "rows": _rows(ticket_rows(totals)),
        "tickets": {
            "formed": totals.formed,
            "judged": totals.judged,
            "excluded": sum(totals.excluded.values()),
        },
        "judged_under": dict(totals.judged_under),
        "excluded": dict(totals.excluded),
        "events": {name: getattr(totals.events, name) for name in EventTotals.__slots__},
        "conflicting_ids": list(totals.conflicting_ids),
        "files": [
            {
                "name": tally.file,
                "table": tally.table,
                "line_feeds": tally.line_feeds,
                "header_lines": tally.header_lines,
                "records": tally.read,
                "blank": tally.blank,
                "inside_records": tally.inner,
                "stated_records": tally.stated,
                "adds_up": tally.adds_up,
            }
            for tally in totals.tallies
        ],
        "faults": list(faults(totals)),
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "words": str(period),
        "since": None if period.since is None else format_us(period.since),
        "until": None if period.until is None else format_us(period.until),
    }


def _duration(us: int) -> dict[str, Any]:
    return {"microseconds": us, "words": format_duration(us)}


def _lateness(lateness: Lateness) -> dict[str, Any]:
    return {
        "tickets": lateness.tickets,
        "quantiles": {str(percent): _duration(us) for percent, us in lateness.quantiles.items()},
        "latest": [{"ticket": t.ticket, "late": _duration(t.us), "place": _place(t.place)} for t in lateness.worst],
    }


def _clocks(score: Score) -> dict[str, int]:
    return dict(zip(("clocks", "pass", "fail", "open", "unknown", "untold"), clock_numbers(score), strict=True))


def _metric(metric: MetricTotals) -> dict[str, Any]:
    return {
        "field": "first_response",
        "both": metric.both,
        "differ": metric.differ,
        "only_events": metric.only_events,
        "only_field": metric.only_field,
        "greatest": [
            {"ticket": t.ticket, "difference": _duration(t.us), "place": _place(t.place)} for t in metric.greatest
        ],
    }


def _months(months: Months) -> dict[str, Any]:
    return {
        "judged": {format_month(month): tickets for month, tickets in months.tickets.items()},
        "not_known": months.undated,
        "empty": [{"first": format_month(first), "last": format_month(last)} for first, last in empty_months(months)],
    }


def _ids(ids: NumericIds) -> dict[str, Any]:
    return {
        "tickets": ids.tickets,
        "different": ids.different,
        "least": str(ids.least),
        "greatest": str(ids.greatest),
        "missing": ids.missing,
        "gaps": [{"first": str(first), "last": str(last), "missing": last - first + 1} for first, last in ids.gaps],
    }


def _group(group: GroupTotals, by: Sequence[str], rules: Mapping[tuple[str, str], JudgedRule]) -> dict[str, Any]:
    said = group.said
    return {
        "said": said and [_said(field, one) for field, one in zip(by, said, strict=True)],
        "groups": group.groups,
        "judged": group.judged,
        "rules": {rule.key: _counts(rule.head, group.rules[key]) for key, rule in rules.items() if key in group.rules},
    }


def _objective(objective: ObjectiveHead, totals: ObjectiveTotals) -> dict[str, Any]:
    return {
        "id": objective.id,
        "revision": objective.revision,
        "party": objective.party,
        "standings": dict(totals.standings),
        "rows": [_objective_row(objective, row) for row in totals.rows],
        "others": totals.others,
    }


def _objective_row(objective: ObjectiveHead, row: ObjectiveRow) -> dict[str, Any]:
    score, period, bounds = row.score, row.period, Bounds.of(objective.aim, row.score)
    return {
        "period": period
        and {
            "words": period.words,
            "since": None if period.since is None else format_us(period.since),
            "until": None if period.until is None else format_us(period.until),
        },
        "said": [_said(field, said) for field, said in zip(objective.by, row.said, strict=True)],
        **({"counted": score.passed} if objective.aim == "counted" else {"pass": score.passed, "fail": score.failed}),
        "open": score.open,
        "unknown": score.unknown,
        "perhaps": score.perhaps,
        "untold": score.untold,
        "rate": bounds.rate,
        "at_least": bounds.at_least,
        "at_most": bounds.at_most,
        "standing": row.standing,
    }


def _said(field: str, said: Said) -> dict[str, str]:
    return {"field": field, "state": said.state, "text": said.text}


def _instant(instant: AuditInstant | None) -> dict[str, Any] | None:
    if instant is None:
        return None
    return {
        "at": format_us(instant.at),
        "as_of": format_us(instant.as_of),
        "horizon": None if instant.horizon is None else format_us(instant.horizon),
        "basis": instant.basis,
        "warning": instant.warning or None,
    }


def _revision(
    revision: RevisionHead, key: Callable[[RuleHead], str], of_objective: Mapping[tuple[str, str], JudgedObjective]
) -> dict[str, Any]:
    return {
        "label": revision.label,
        "file": revision.file,
        "sha256": revision.sha256,
        "in_force": {"words": in_force(revision), "since": revision.since or None, "until": revision.until or None},
        "calendars": [{"name": name, "sha256": sha256} for name, sha256 in revision.calendars.items()],
        "assumed": dict(revision.assumed),
        "clauses": {clause.id: _clause(clause) for clause in revision.clauses},
        "rules": {
            key(rule): {
                "id": rule.id,
                "kind": rule.kind,
                "title": rule.title or None,
                "clauses": list(rule.clauses),
                "on_fail": rule.on_fail,
                "party": rule.party,
                "demand": rule.demand,
            }
            for rule in revision.rules
        },
        "objectives": {of_objective[revision.label, one.id].key: _objective_head(one) for one in revision.objectives},
    }


def _objective_head(one: ObjectiveHead) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title or None,
        "clauses": list(one.clauses),
        "party": one.party,
        "demand": one.demand,
        "target": one.target,
        "rule": one.rule or None,
        "of": one.of if one.rule else None,
        "count": None if one.rule else one.field or "tickets",
        "per": one.per or None,
        "by": list(one.by),
    }


def _clause(clause: ClauseHead) -> dict[str, Any]:
    return {
        "section": clause.section,
        "says": clause.says,
        "reading": clause.reading or None,
        "unchecked": clause.unchecked or None,
    }


def _counts(rule: RuleHead, counts: Counts) -> dict[str, Any]:
    return {
        "id": rule.id,
        "revision": rule.revision,
        "on_fail": rule.on_fail,
        "party": rule.party,
        "pass": counts.passed,
        "fail": counts.failed,
        "open": counts.open,
        "not_applicable": counts.not_applicable,
        "unknown": counts.unknown,
        "unknown_by": _unknown_by(counts.unknown_by.items()),
        "attainment": _attainment(Attainment.of(counts)) if rule.on_fail is OnFail.VIOLATION else None,
    }


def _unknown_by(unknowns: Iterable[tuple[tuple[str, Reason], int]]) -> list[dict[str, Any]]:
    """The most first."""
    ordered = sorted(unknowns, key=lambda item: (-item[1], item[0]))
    return [
        {"field": field or None, "reason": reason, "tickets": tickets}
        for (field, reason), tickets in ordered
        if tickets
    ]


def _attainment(attainment: Attainment) -> dict[str, Any]:
    def percentage(rate: Rate) -> str | None:
        return str(rate) if rate.whole else None

    return {
        "pass": attainment.passed,
        "fail": attainment.failed,
        "could_pass": attainment.could_pass,
        "could_fail": attainment.could_fail,
        "rate": percentage(attainment.rate),
        "at_least": percentage(attainment.at_least),
        "at_most": percentage(attainment.at_most),
        "words": str(attainment.rate),
    }
