"""A policy's revision as the heads of reports show it."""

from __future__ import annotations

from supportpolicy.compiler.policy import Revision
from supportpolicy.expr.prose import demand_prose, objective_prose, truth_prose
from supportpolicy.model.instant import format_instant
from supportpolicy.plugin.records import ClauseHead, ObjectiveHead, RevisionHead, RuleHead


def revision_head(revision: Revision) -> RevisionHead:
    """A revision as reports show it."""
    return RevisionHead(
        label=revision.label,
        file=revision.document.name,
        sha256=revision.document.sha256,
        since=format_instant(revision.since) if revision.since else "",
        until=format_instant(revision.until) if revision.until else "",
        assumed=revision.assumed,
        clauses=tuple(ClauseHead(c.id, c.section, c.says, c.reading, c.unchecked) for c in revision.clauses),
        rules=tuple(
            RuleHead(
                rule.id,
                rule.kind,
                revision.titles.get(rule.id, ""),
                rule.clauses,
                rule.on_fail,
                rule.party,
                demand_prose(rule.demand) + (f", when {truth_prose(rule.when)}" if rule.when is not None else ""),
                revision.label,
            )
            for rule in revision.rules
        ),
        calendars={name: table.sha256 for name, table in revision.calendars.items()},
        objectives=tuple(
            ObjectiveHead(
                one.id,
                revision.objective_titles.get(one.id, ""),
                one.clauses,
                one.party,
                objective_prose(one),
                str(one.target),
                one.target.of,
                one.rule,
                one.field,
                "" if one.per is None else str(one.per),
                one.by,
                revision.label,
                one.of,
            )
            for one in revision.objectives
        ),
    )
