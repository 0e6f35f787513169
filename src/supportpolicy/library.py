"""The library: load a policy, judge a ticket, audit a file. What `import supportpolicy` offers stands here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from supportpolicy import audit as use_case
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy as CompiledPolicy
from supportpolicy.engines.reference.judging import CompiledRule
from supportpolicy.engines.reference.single import SingleJudge, Told
from supportpolicy.errors import Problem, UsageError
from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Evidence, Excluded, Finding, Rejected, Totals
from supportpolicy.model.instant import Instant, InstantError, parse_instant
from supportpolicy.model.period import Period, PeriodError, parse_period
from supportpolicy.model.verdict import OnFail, Outcome, Party, Verdict
from supportpolicy.plugin import Head, Registry
from supportpolicy.plugin.records import ExitCode
from supportpolicy.plugin.registry import installed


class RuleVerdict:
    """What one rule says of one ticket. `reason` and `field` tell why a verdict is unknown, `barred_by` names the gate
    that makes a rule not applicable."""

    __slots__ = ("_outcome", "_rule", "_told")

    def __init__(self, rule: CompiledRule, outcome: Outcome, told: Told) -> None:
        self._rule = rule
        self._outcome = outcome
        self._told = told

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self._rule.plan.id

    @property
    def verdict(self) -> Verdict:
        return self._outcome.verdict

    @property
    def reason(self) -> Reason | None:
        return self._outcome.reason

    @property
    def field(self) -> str:
        return self._outcome.field

    @property
    def barred_by(self) -> str:
        return self._outcome.barred_by

    @property
    def on_fail(self) -> OnFail:
        return self._rule.plan.on_fail

    @property
    def party(self) -> Party:
        return self._rule.plan.party

    @property
    def clauses(self) -> tuple[str, ...]:
        return self._rule.plan.clauses

    @property
    def evidence(self) -> Evidence:
        """The values on which the verdict rests, put together when they are asked for."""
        return self._rule.evidence(self._told.cells, self._told.bearers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleVerdict) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def __repr__(self) -> str:
        cause = ": ".join(filter(None, (self.reason, self.field, self.barred_by)))
        return f"<RuleVerdict {self.rule}: {self.verdict}{f' ({cause})' if cause else ''}>"

    def _said(self) -> tuple[object, ...]:
        return self.rule, self._outcome, self.on_fail, self.party, self.clauses


class Judgement:
    """What a policy says of one ticket: a verdict for each rule, in the order of the policy.

    A ticket that is not judged (excluded by the policy, not in force, submitted after `as_of`) has no verdicts and the
    reason in `excluded`.
    """

    __slots__ = ("_told",)

    def __init__(self, told: Told) -> None:
        self._told = told

    @property
    def revision(self) -> str:
        """The revision of the policy under which the ticket is judged."""
        return self._told.revision

    @property
    def excluded(self) -> str:
        """Why the ticket is not judged; empty where it is."""
        return self._told.excluded

    @property
    def verdicts(self) -> tuple[RuleVerdict, ...]:
        told = self._told
        said = zip(told.rules, told.said.outcomes, strict=True)
        return tuple([RuleVerdict(rule, outcome, told) for rule, outcome in said])

    @property
    def violations(self) -> tuple[RuleVerdict, ...]:
        """The duties that are certainly broken."""
        told = self._told
        broken = told.said.broken
        return tuple([RuleVerdict(told.rules[n], told.said.outcomes[n], told) for n in broken]) if broken else ()

    def __getitem__(self, rule: str) -> RuleVerdict:
        for verdict in self.verdicts:
            if verdict.rule == rule:
                return verdict
        raise KeyError(f"{rule}: the ticket is not judged: {self.excluded}" if self.excluded else rule)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Judgement) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def __repr__(self) -> str:
        told = f"excluded: {self.excluded}" if self.excluded else ", ".join(map(repr, self.verdicts))
        return f"<Judgement {told}>"

    def _said(self) -> tuple[object, ...]:
        return self.revision, self.verdicts, self.excluded


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
        return Judgement(self._judge(_plain(ticket), _instant(as_of).lo))


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
    exported_at: str | datetime | None = None,
    period: str | None = None,
    by: Sequence[str] = (),
    expect_tickets: int | None = None,
) -> Audit:
    """Audit export files against a policy, as `supportpolicy audit` does. All findings are held in memory.

    `period` is `FROM/TO` as after --period, `by` are the fields after --by. Raises SupportPolicyError where a document, an
    input or a call is wrong.
    """
    request = use_case.AuditRequest(
        policy=policy,
        exports=(exports,) if isinstance(exports, str) else tuple(exports),
        source=source,
        mapping=mapping,
        tables=dict(tables or {}),
        as_of=None if as_of is None else _instant(as_of),
        exported_at=None if exported_at is None else _instant(exported_at),
        period=None if period is None else _period(period),
        by=tuple(by),
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
        use_case.exit_code(prepared, totals, use_case.Gate(expect_tickets=expect_tickets)),
    )


@cache
def _registry() -> Registry:
    return installed()


def _instant(given: str | datetime) -> Instant:
    return _parsed(given if isinstance(given, str) else _text(given))


@lru_cache(maxsize=256)  # programs ask about many tickets as of one instant
def _parsed(text: str) -> Instant:
    try:
        return parse_instant(text)
    except InstantError as error:
        raise UsageError(Problem(f"{text!r}: {error}", expected="an instant such as 2021-03-01T08:00:00Z")) from error


def _period(text: str) -> Period:
    try:
        return parse_period(text)
    except PeriodError as error:
        raise UsageError(Problem(f"{text!r}: {error}", expected="FROM/TO such as 2021-01-01/2021-02-01")) from error


def _text(at: datetime) -> str:
    if at.tzinfo is None:
        raise UsageError(Problem(f"{at!r} has no offset", expected="an aware datetime"))
    return at.isoformat()


_SCALARS: Final = frozenset({str, int, bool, type(None)})


def _plain(ticket: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ticket with its datetimes as text."""
    return ticket if _is_plain(ticket.values()) else {key: _plain_value(value) for key, value in ticket.items()}


def _is_plain(values: Iterable[Any]) -> bool:
    """Whether all of them are as JSON has them. Most tickets are, and need not be copied."""
    if _SCALARS.issuperset(map(type, values)):
        return True
    for value in values:
        kind = type(value)
        if kind not in _SCALARS and not (
            _is_plain(value) if kind is list else kind is dict and _is_plain(value.values())
        ):
            return False
    return True


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return _text(value)
    if isinstance(value, Mapping):
        return {key: _plain_value(inner) for key, inner in value.items()}
    return [_plain_value(item) for item in value] if isinstance(value, list | tuple) else value
