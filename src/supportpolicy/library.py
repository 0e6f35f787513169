"""The library: load a policy, judge a ticket, audit a file. What `import supportpolicy` offers stands here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from supportpolicy import audit as use_case
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy as CompiledPolicy
from supportpolicy.engines.reference.single import SingleJudge
from supportpolicy.errors import Problem, UsageError
from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Evidence, Excluded, Finding, Rejected, Totals
from supportpolicy.model.instant import Instant, InstantError, parse_instant
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin import Head, Registry
from supportpolicy.plugin.records import ExitCode
from supportpolicy.plugin.registry import installed


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What one rule says of one ticket. `reason` and `field` tell why a verdict is unknown, `barred_by` names the gate
    that makes a rule not applicable."""

    rule: str
    verdict: Verdict
    reason: Reason | None
    field: str
    barred_by: str
    on_fail: OnFail
    party: Party
    clauses: tuple[str, ...]
    show: Callable[[], Evidence] = dataclasses.field(compare=False, repr=False)

    @property
    def evidence(self) -> Evidence:
        """The values on which the verdict rests, put together when they are asked for."""
        return self.show()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy says of one ticket: a verdict for each rule, in the order of the policy.

    A ticket that is not judged (excluded by the policy, not in force, submitted after `as_of`) has no verdicts and the
    reason in `excluded`.
    """

    revision: str
    verdicts: tuple[RuleVerdict, ...]
    excluded: str = ""

    def __getitem__(self, rule: str) -> RuleVerdict:
        for verdict in self.verdicts:
            if verdict.rule == rule:
                return verdict
        raise KeyError(f"{rule}: the ticket is not judged: {self.excluded}" if self.excluded else rule)

    @property
    def violations(self) -> tuple[RuleVerdict, ...]:
        """The duties that are certainly broken."""
        return tuple(v for v in self.verdicts if v.verdict is Verdict.FAIL and v.on_fail is OnFail.VIOLATION)


class Policy:
    """A policy ready to judge; `load_policy` makes one. Safe to share between threads once made."""

    def __init__(self, compiled: CompiledPolicy) -> None:
        self._compiled = compiled
        self._judge = SingleJudge(compile_plan(compiled, None, {"tickets": None}))

    @property
    def id(self) -> str:
        return self._compiled.id

    @property
    def title(self) -> str:
        return self._compiled.title

    def judge(self, ticket: Mapping[str, Any], as_of: str | datetime) -> Judgement:
        """Judge one canonical ticket (see docs/semantics.md) as of an instant with an offset.

        A key that is absent is unknown, None is never. Rules on the whole population are `unknown: whole population`.
        Raises UsageError where `as_of` or a datetime in the ticket has no offset.
        """
        told = self._judge(_plain(ticket), _instant(as_of).lo)
        return Judgement(
            told.revision,
            tuple(
                RuleVerdict(
                    rule.id,
                    outcome.verdict,
                    outcome.reason,
                    outcome.field,
                    outcome.barred_by,
                    rule.on_fail,
                    rule.party,
                    rule.clauses,
                    show,
                )
                for rule, outcome, show in told.verdicts
            ),
            told.excluded,
        )


@dataclass(frozen=True, slots=True)
class Audit:
    """A finished audit: its provenance, what was found, the totals and the exit code that the command would give."""

    head: Head
    findings: tuple[Finding, ...]
    excluded: tuple[Excluded, ...]
    rejected: tuple[Rejected, ...]
    totals: Totals
    exit: ExitCode


def load_policy(path: str) -> Policy:
    """The policy in a file, or all its revisions in a folder. Raises DocumentError with every problem and its place."""
    return Policy(use_case.load_policy(path, _registry()))


def audit_export(
    exports: str | Sequence[str],
    policy: str,
    *,
    mapping: str | None = None,
    source: str | None = None,
    tables: Mapping[str, str] | None = None,
    as_of: str | datetime | None = None,
) -> Audit:
    """Audit export files against a policy, as `supportpolicy audit` does. All findings are held in memory.

    Raises SupportPolicyError where a document or an input is wrong.
    """
    request = use_case.AuditRequest(
        policy=policy,
        exports=(exports,) if isinstance(exports, str) else tuple(exports),
        source=source,
        mapping=mapping,
        tables=dict(tables or {}),
        as_of=None if as_of is None else _instant(as_of),
    )
    registry = _registry()
    prepared = use_case.prepare(request, registry)
    head, run = use_case.start(prepared, request, registry, use_case.unseen)
    items = [item for batch in run.batches for item in batch]
    totals = run.totals()
    return Audit(
        head,
        tuple(i for i in items if isinstance(i, Finding)),
        tuple(i for i in items if isinstance(i, Excluded)),
        tuple(i for i in items if isinstance(i, Rejected)),
        totals,
        use_case.exit_code(prepared, totals, use_case.Gate()),
    )


@cache
def _registry() -> Registry:
    return installed()


def _instant(given: str | datetime) -> Instant:
    try:
        return parse_instant(given if isinstance(given, str) else _text(given))
    except InstantError as error:
        raise UsageError(Problem(f"{given!r}: {error}", expected="an instant such as 2021-03-01T08:00:00Z")) from error


def _text(at: datetime) -> str:
    if at.tzinfo is None:
        raise UsageError(Problem(f"{at!r} has no offset", expected="an aware datetime"))
    return at.isoformat()


def _plain(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """The ticket with its datetimes as text."""
    return {key: _plain_value(value) for key, value in ticket.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return _text(value)
    if isinstance(value, Mapping):
        return _plain(value)
    return [_plain_value(item) for item in value] if isinstance(value, list | tuple) else value
