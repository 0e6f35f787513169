"""A first test case of a policy: a plausible ticket, and what the policy says of it today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy, Revision
from supportpolicy.engines.reference.single import SingleJudge, Told
from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    Between,
    Clock,
    Const,
    Covers,
    EachWithin,
    Events,
    EveryReply,
    FirstFit,
    Happened,
    Happens,
    Holds,
    Is,
    Like,
    Limit,
    Member,
    Not,
    Occurrence,
    Present,
    Truth,
    promises,
    reads,
    walk,
)
from supportpolicy.expr.plan import RulePlan
from supportpolicy.model.cell import Reason
from supportpolicy.model.instant import DAY_US, HOUR_US, MINUTE_US, civil_us, format_us
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.limit import BestEffort, NotOffered, NotStated
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.verdict import Verdict
from supportpolicy.proposing.wording import folded, scalar

_MONDAY: Final = civil_us(2025, 1, 6) + 8 * HOUR_US
_JUDGED_AFTER: Final = 14 * DAY_US
_AFTER: Final = {
    "submitted": 0,
    "acknowledged": MINUTE_US,
    "first_response": HOUR_US,
    "resolved": 4 * HOUR_US,
    "closed": 3 * DAY_US,
    "updated": 3 * DAY_US,
}
"""How long after the submission things happen on the plausible ticket."""


def tests_skeleton(policy: Policy, path: str) -> str:
    """A test document for the newest revision. `path` leads from it to the policy, empty where they share a folder."""
    revision = policy.revisions[-1]
    submitted = _submission(revision)
    as_of = submitted + _JUDGED_AFTER
    ticket = _Ticket(revision, submitted).made()
    told = SingleJudge(compile_plan(policy, None, {"tickets": None}))(ticket, as_of)
    lines = [
        *folded(
            f"What {policy.id} says of single tickets. The verdicts are what it says today of a ticket made up for the "
            "purpose: hold each against the text of the policy before you keep it.",
            "# ",
        ),
        "supportpolicy-tests: 1",
        *([f"policy: {scalar(path)}"] if path else []),
        "",
        "cases:",
        "  plausible-ticket:",
        f"    as_of: {format_us(as_of)}",
        "    ticket:",
        *(f"      {scalar(name)}: {_value(value)}".replace(": \n", ":\n") for name, value in ticket.items()),
        *_expected(told),
        "",
        "  # Then what differs, case by case: changed fields, fields that are not recorded, another instant.",
        "  # answered-too-late:",
        "  #   from: plausible-ticket",
        f"  #   change: {{first_response: {format_us(submitted + 10 * DAY_US)}}}",
        "  #   expect: {RULE: fail}",
        "  # not-recorded:",
        "  #   from: plausible-ticket",
        "  #   unset: [first_response]",
        '  #   expect: {RULE: "unknown: missing"}',
    ]
    return "\n".join(lines) + "\n"


def _expected(told: Told) -> Iterator[str]:
    if told.excluded:
        yield f"    expect: {scalar(f'excluded: {told.excluded}')}"
        return
    yield "    expect:"
    for rule, outcome, _ in told.verdicts:
        verdict = outcome.verdict.value
        if outcome.verdict is Verdict.UNKNOWN and outcome.reason is not None:
            verdict = f'"unknown: {outcome.reason.value}"'
        elif outcome.barred_by:
            verdict = f'"not_applicable: {outcome.barred_by}"'
        note = "    # judged alone; `among:` names other cases" if outcome.reason is Reason.WHOLE_POPULATION else ""
        yield f"      {scalar(rule.id)}: {verdict}{note}"


def _submission(revision: Revision) -> int:
    """A Monday morning, or a time within the revision's span."""
    since, until = revision.since, revision.until
    at = _MONDAY if since is None else max(_MONDAY, since.hi)
    if until is not None and at >= until.lo:
        return until.lo - DAY_US if since is None else max(since.hi, until.lo - DAY_US)
    return at


@dataclass(slots=True)
class _Ticket:
    """A ticket that meets the conditions of the rules, as far as one ticket can; what is asked for first wins."""

    revision: Revision
    submitted: int
    values: dict[str, JsonValue] = field(default_factory=dict)

    def made(self) -> Mapping[str, JsonValue]:
        self.values = {"id": "T-1"}
        rules = sorted(self.revision.rules, key=lambda rule: not rule.is_gate)
        for rule in rules:
            if rule.when is not None and not rule.is_gate:
                self._meet(rule.when)
            if isinstance(rule.demand, Holds):
                self._meet(rule.demand.truth)
            if isinstance(rule.demand, Clock):
                self._choose(rule.demand.limit)
        for rule in rules:
            for name in (*reads(rule.demand), *(reads(rule.when) if rule.when is not None else ())):
                self._fill(name)
        self._fill("submitted")
        replies = [rule.demand for rule in rules if isinstance(rule.demand, EveryReply)]
        spoken_of = tuple(dict.fromkeys(events for rule in rules for events in _events_of(rule)))
        if replies or spoken_of:
            reply = _Ticket(self.revision, self.submitted)
            for demand in replies:
                reply._meet(demand.test)
            self.values["events"] = self._events(reply.values, spoken_of)
            self.values.pop("first_response", None)
        order = ["id", *_AFTER, "events"]
        rank = {name: n for n, name in enumerate(order[:-1])}
        return dict(sorted(self.values.items(), key=lambda pair: (pair[0] == "events", rank.get(pair[0], len(rank)))))

    def _meet(self, truth: Truth) -> None:
        match truth:
            case Member(name, values):
                self._set(name, values[0])
            case Covers(name, ranges):
                self._set(name, ranges[0])
            case Between(name, at_least, at_most):
                self._set(name, at_least if at_least is not None else at_most if at_most is not None else 0)
            case Is(name, value):
                self._set(name, value)
            case Like(name, pattern):
                self._set(name, pattern.replace("*", "").replace("?", "x"))
            case Present(name) | Happened(name, _):
                self._fill(name)
            case All(parts):
                for part in parts:
                    self._meet(part)
            case AnyOf(parts):
                self._meet(parts[0])
            case Not(Present(name)):
                self.values.setdefault(name, None)
            case Not(Member(name, values)):
                fact = self.revision.fact(name)
                others = [word for word in (fact.one_of or () if fact is not None else ()) if word not in values]
                if others:
                    self._set(name, others[0])
            case Not() | Const():
                pass

    def _choose(self, limit: Limit) -> None:
        """Be one of those to whom a limit is promised, where that hangs on the ticket."""
        if not isinstance(limit, FirstFit):
            return
        for when, arm in limit.arms:
            if any(not isinstance(promise.cell, NotOffered | BestEffort | NotStated) for promise in promises(arm)):
                self._meet(when)
                self._choose(arm)
                return

    def _set(self, name: str, value: JsonValue) -> None:
        fact = self.revision.fact(name)
        self.values.setdefault(name, [value] if fact is not None and fact.type is FieldType.TAGS else value)

    def _fill(self, name: str) -> None:
        """A value for a field of which no condition asks a certain one."""
        fact = self.revision.fact(name)
        if name in self.values or fact is None or name in ("events", "created_by_role"):
            return
        match fact.type:
            case FieldType.INSTANT:
                self.values[name] = format_us(self.submitted + _AFTER.get(name, 2 * HOUR_US))
            case FieldType.TOKEN:
                self.values[name] = fact.one_of[0] if fact.one_of else name
            case FieldType.LANGUAGE:
                self.values[name] = "en"
            case FieldType.BOOLEAN:
                self.values[name] = True
            case FieldType.INTEGER:
                self.values[name] = 1
            case FieldType.TAGS:
                self.values[name] = ["example"]
            case FieldType.TEXT:
                self.values[name] = {"reference": "R-1"}.get(name, f"a {name.replace('_', ' ')}")
            case FieldType.EVENTS:
                pass

    def _events(self, reply: Mapping[str, JsonValue], spoken_of: Sequence[Events]) -> JsonValue:
        message: dict[str, JsonValue] = {"public": True, "automatic": False}
        words = {name: self.values.get(name, word) for name, word in (("channel", "email"), ("language", "en"))}
        asked = {"at": format_us(self.submitted), "kind": "customer_message"}
        answered = {"at": format_us(self.submitted + _AFTER["first_response"]), "kind": "staff_message"}
        items: list[JsonValue] = [{**asked, **message, **words}, {**answered, **message, **words, **reply}]
        for events in spoken_of:
            if events.kind not in ("customer_message", "staff_message"):
                told: dict[str, JsonValue] = {"value": events.values[0]} if events.values else {}
                items.append({"at": format_us(self.submitted + _AFTER["resolved"]), "kind": events.kind, **told})
        return {"complete": True, "items": items}


def _events_of(rule: RulePlan) -> Iterator[Events]:
    """The events of which a rule speaks by their kind."""
    for node in (*walk(rule.demand), *(walk(rule.when) if rule.when is not None else ())):
        match node:
            case Occurrence(_, events) | Happens(events):
                yield events
            case EachWithin(start, stop):
                yield start
                yield stop
            case _:
                pass


def _value(value: JsonValue) -> str:
    """A value as YAML on one line; a list of objects has a line for each."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str() if value[:1].isdigit() and value.endswith("Z"):
            return value
        case str():
            return scalar(value)
        case dict() if "items" in value and isinstance(value["items"], list):
            items = "".join(f"\n          - {_value(item)}" for item in value["items"])
            return f"\n        complete: true\n        items:{items}"
        case dict():
            return "{" + ", ".join(f"{scalar(key)}: {_value(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return str(value)
