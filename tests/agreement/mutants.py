"""Plans with one thing amiss in each: what an engine would do that had misread the semantics there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    Between,
    Const,
    Covers,
    Distinct,
    During,
    EachWithin,
    Events,
    EveryReply,
    FirstFit,
    FirstResponse,
    Happened,
    Happens,
    Holds,
    Is,
    Like,
    Member,
    Not,
    NotBefore,
    Occurrence,
    Pause,
    Present,
    Promise,
    Submission,
    Within,
)
from supportpolicy.expr.plan import ObjectivePlan, Plan, Reduce, RevisionPlan, RulePlan
from supportpolicy.expr.reading import LookedUp, Reading
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS, BusinessDays, EndOfBusinessDay, NotOffered, OpenTime
from supportpolicy.model.precision import Precision
from supportpolicy.model.verdict import OnFail
from supportpolicy.model.zone import load_zone

Change = Callable[[Any], Any]
"""What becomes of a part of a plan; the same object where nothing does."""

_MINUTE: Final = 60_000_000


def mutated(part: Any, change: Change) -> Any:
    """The part with the change made wherever it applies, from the inside out."""
    match part:
        case tuple():
            parts = tuple(mutated(inner, change) for inner in part)
            same = all(one is other for one, other in zip(parts, part, strict=True))
            return part if same else parts
        case Mapping() if any(is_dataclass(inner) for inner in part.values()):
            return MappingProxyType({key: mutated(inner, change) for key, inner in part.items()})
        case _ if is_dataclass(part) and type(part).__module__.startswith("supportpolicy.expr"):
            changed = {f.name: mutated(getattr(part, f.name), change) for f in fields(part)}
            same = all(changed[name] is getattr(part, name) for name in changed)
            return change(part if same else replace(part, **changed))
        case _:
            return part


def _of(kind: type | tuple[type, ...], make: Change) -> Change:
    return lambda part: make(part) if isinstance(part, kind) else part


def _reading(**changes: Any) -> Change:
    """A change of how a field is read, where there was something to change."""

    def change(part: Any) -> Any:
        if isinstance(part, Reading) and all(getattr(part, name) for name in changes):
            return replace(part, **changes)
        return part

    return change


def _later(instant: Instant | None) -> Instant | None:
    return instant and Instant.at(instant.lo + 1)


def _moved(promise: Promise, us: int) -> Promise:
    cell = promise.cell
    return replace(promise, cell=replace(cell, us=cell.us + us)) if isinstance(cell, OpenTime) else promise


def _a_day_more(promise: Promise) -> Promise:
    cell = promise.cell
    days = isinstance(cell, BusinessDays | EndOfBusinessDay)
    return replace(promise, cell=replace(cell, count=cell.count + 1)) if days else promise


def _around_the_clock(promise: Promise) -> Promise:
    cell = promise.cell
    return replace(promise, cell=replace(cell, calendar=ALWAYS)) if isinstance(cell, OpenTime) else promise


MUTANTS: Final[dict[str, Change]] = {
    "a member less": _of(Member, lambda m: replace(m, values=m.values[1:])),
    "a language less": _of(Covers, lambda c: replace(c, ranges=c.ranges[1:])),
    "at least one more": _of(
        Between, lambda b: replace(b, at_least=b.at_least if b.at_least is None else b.at_least + 1)
    ),
    "at most one less": _of(Between, lambda b: replace(b, at_most=b.at_most if b.at_most is None else b.at_most - 1)),
    "the other boolean": _of(Is, lambda i: replace(i, value=not i.value)),
    "a star behind a pattern": _of(Like, lambda like: replace(like, pattern=like.pattern + "*")),
    "presence taken for granted": _of(Present, lambda _: Const(True)),
    "nothing is awaited": _of(Happened, lambda h: Present(h.field)),
    "settled when it happens": _of(Happened, lambda h: replace(h, settled_by=h.field)),
    "any for all": _of(All, lambda a: AnyOf(a.parts)),
    "all for any": _of(AnyOf, lambda a: All(a.parts)),
    "not forgotten": _of(Not, lambda n: n.part),
    "a limit longer by a microsecond": _of(Promise, lambda promise: _moved(promise, 1)),
    "a limit shorter by a microsecond": _of(Promise, lambda promise: _moved(promise, -1)),
    "a business day more": _of(Promise, _a_day_more),
    "hours around the clock": _of(Promise, _around_the_clock),
    "nothing is promised": _of(Promise, lambda promise: replace(promise, cell=NotOffered())),
    "the last arm first": _of(FirstFit, lambda table: replace(table, arms=table.arms[::-1])),
    "an arm less": _of(FirstFit, lambda table: replace(table, arms=table.arms[1:])),
    "nothing for the others": _of(FirstFit, lambda table: replace(table, otherwise=None)),
    "pauses count": _of((Within, NotBefore, EachWithin), lambda clock: replace(clock, pause=None)),
    "paused while it ran": _of(Pause, lambda pause: replace(pause, inside=not pause.inside)),
    "clocks start again for ever": _of(EachWithin, lambda clock: replace(clock, until=None)),
    "not before is within": _of(NotBefore, lambda c: Within(c.start, c.stop, c.limit, c.pause, as_of=c.as_of)),
    "no opening is waited for": _of(Within, lambda clock: replace(clock, opening="")),
    "fields as they are now": _of((Within, NotBefore, EachWithin), lambda clock: replace(clock, as_of=())),
    "the last is the first": _of(Occurrence, lambda o: replace(o, which="first" if o.which == "last" else "last")),
    "every change counts": _of(Events, lambda events: replace(events, values=())),
    "whenever it happened": _of(Happens, lambda happens: replace(happens, within=None)),
    "it is always open": _of(During, lambda _: Const(True)),
    "only staff counts": _of(FirstResponse, lambda f: replace(f, counts=())),
    "bots count": _of(FirstResponse, lambda f: replace(f, counts=("bot",))),
    "notes count": _of(FirstResponse, lambda f: replace(f, counts=("internal_note",))),
    "automatic messages count": _of(FirstResponse, lambda f: replace(f, counts=("automatic",))),
    "staff never opens a ticket": _of(Submission, lambda s: replace(s, staff_opened="submission")),
    "what staff opens has no clock": _of(Submission, lambda s: replace(s, staff_opened="not_applicable")),
    "replies are not looked at": _of(EveryReply, lambda _: EveryReply(Const(True))),
    "nothing is distinct": _of(Distinct, lambda _: Holds(Const(True))),
    "no gates": _of(RulePlan, lambda r: replace(r, gates=())),
    "gates in another order": _of(RulePlan, lambda r: replace(r, gates=r.gates[::-1])),
    "no when": _of(RulePlan, lambda r: replace(r, when=None)),
    "every failure a violation": _of(RulePlan, lambda r: replace(r, on_fail=OnFail.VIOLATION)),
    "the policy excludes nothing": _of(RevisionPlan, lambda r: replace(r, exclude=())),
    "the policy excludes in another order": _of(RevisionPlan, lambda r: replace(r, exclude=r.exclude[::-1])),
    "objectives of the whole audit": _of(ObjectivePlan, lambda o: replace(o, per=None)),
    "objectives by nothing": _of(ObjectivePlan, lambda o: replace(o, by=())),
    "periods of another zone": _of(
        ObjectivePlan, lambda o: replace(o, per=o.per and replace(o.per, zone=load_zone("Asia/Tokyo")))
    ),
    "years and quarters from January": _of(ObjectivePlan, lambda o: replace(o, per=o.per and replace(o.per, first=0))),
    "weeks for days": _of(
        ObjectivePlan, lambda o: replace(o, per=replace(o.per, unit="week") if o.per and o.per.unit == "day" else o.per)
    ),
    "quotas of tickets": _of(ObjectivePlan, lambda o: replace(o, field="")),
    "one more is allowed": _of(
        ObjectivePlan, lambda o: replace(o, target=replace(o.target, amount=o.target.amount + (o.target.of != "share")))
    ),
    "one pass is share enough": _of(
        ObjectivePlan, lambda o: replace(o, target=replace(o.target, amount=min(o.target.amount, 1))) if o.rule else o
    ),
    "no minimum": _of(ObjectivePlan, lambda o: replace(o, target=replace(o.target, minimum=0))),
    "in force a microsecond later": _of(
        RevisionPlan, lambda r: replace(r, since=_later(r.since), until=_later(r.until))
    ),
    "revisions overlap": _of(RevisionPlan, lambda r: replace(r, until=_later(r.until))),
    "in force by the submission": _of(Plan, lambda p: replace(p, in_force_by="submitted")),
    "the mapping excludes nothing": _of(Plan, lambda p: replace(p, exclude=())),
    "the mapping excludes in another order": _of(Plan, lambda p: replace(p, exclude=p.exclude[::-1])),
    "no horizon": _of(Plan, lambda p: replace(p, horizon=None)),
    "each row a ticket": _of(Plan, lambda p: replace(p, reduce=None)),
    "the other row kept": _of(Reduce, lambda r: replace(r, keep="first" if r.keep == "last" else "last")),
    "the other row of equals": _of(
        Reduce, lambda r: replace(r, ties="first_in_file" if r.ties == "last_in_file" else "last_in_file")
    ),
    "the other order": _of(Reduce, lambda r: replace(r, numeric=not r.numeric)),
    "rows hold for ever": _of(LookedUp, lambda origin: replace(origin, valid=None)),
    "any word goes": _of(Reading, lambda r: replace(r, vocabulary=None)),
    "nothing renamed": _reading(values=MappingProxyType({})),
    "only nothing is empty": _of(Reading, lambda r: replace(r, nulls=frozenset({""}))),
    "empty is unknown": _of(Reading, lambda r: replace(r, empty="unknown")),
    "empty is never": _of(Reading, lambda r: replace(r, empty="never")),
    "no other column explains": _reading(never_when=None),
    "local times of another place": _reading(zone=load_zone("Asia/Tokyo")),
    "exact times": _reading(precision=None),
    "rounded down": _of(
        Reading, lambda r: replace(r, precision=r.precision and Precision(r.precision.unit_us, "floor"))
    ),
    "canonical times": _reading(format=None),
    "another separator": _reading(separator="/"),
    "measured on any clock": _of(
        Reading, lambda r: replace(r, measured=r.measured and replace(r.measured, clock="24x7"))
    ),
    "measured in minutes": _of(
        Reading, lambda r: replace(r, measured=r.measured and replace(r.measured, unit=_MINUTE))
    ),
}
