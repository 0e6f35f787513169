"""The suite for rule kinds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy
from supportpolicy.document import Document, conform, parse_document
from supportpolicy.errors import DocumentError
from supportpolicy.expr.nodes import Distinct, EveryReply, Holds, reads
from supportpolicy.expr.plan import RulePlan
from supportpolicy.expr.prose import demand_prose
from supportpolicy.model.finding import Excluded, Finding
from supportpolicy.model.instant import parse_instant
from supportpolicy.model.verdict import OnFail, Verdict
from supportpolicy.plugin import RuleKind, RunOptions
from supportpolicy.testing.conformance.nodes import misplaced
from supportpolicy.testing.conformance.requirement import during, require, require_equal, require_words, shown
from supportpolicy.testing.conformance.schemas import check_schema
from supportpolicy.testing.conformance.workbench import built_ins, policy_of, run

COMMON_KEYS: Final = ("kind", "title", "clause", "when", "needs", "on_fail", "party")
"""The keys that every rule has; the compiler adds them."""


@dataclass(frozen=True, slots=True)
class RuleCase:
    """What the rule says of one ticket.

    `ticket` is a canonical ticket as JSON lines hold it: a value, None for `never`, no key for unknown. `expect` is the
    verdict, with its reason after a colon where it is unknown: `pass`, `unknown: missing`. `rule` is the rule in YAML,
    the kind's example if it is empty; `among` are the other tickets of the population, `as_of` the audit instant.
    """

    ticket: Mapping[str, Any]
    expect: str
    rule: str = ""
    among: Sequence[Mapping[str, Any]] = ()
    as_of: str = "2030-01-01T00:00:00Z"


_ODD_VALUES: Final = (
    "{no-such-key: [x]}",
    "[[x]]",
    "[x, x]",
    "{}",
    "[]",
    "''",
    "-1",
    "12345678901234567890",
    "1e999",
    "null",
    "true",
    "no-such-thing",
    '"\\u202e"',
    "submitted",
    "events",
    "{submitted: {present: true}}",
    "{no_such_field: [x]}",
)
"""Values that a hurried author might give to any key."""


def check_rule_kind(kind: RuleKind, *cases: RuleCase, wrong: Sequence[str] = (), facts: str = "") -> None:
    """Check that the rule kind keeps its contract, and that the cases get their verdicts from the reference engine.

    `wrong` are rules in YAML that the kind must refuse, each with a value that only the kind can know to be wrong.
    `facts` is what the example and the cases need under a policy's `facts:`, as YAML in braces. Raises AssertionError with
    what was expected and what was found. Give at least one case that passes and one that fails.
    """
    name = f"rule kind {kind.name!r}"
    require_words(f"the summary of {name}", kind.summary)
    require(kind.scope in ("ticket", "population"), f"the scope of {name} is {kind.scope!r}")
    check_schema(name, kind.schema, COMMON_KEYS)
    example = _Rule(kind, kind.example, facts)
    _check_lowering(f"the example of {name}", kind, example)
    _check_keys(name, kind, example)
    for text in wrong:
        _Rule(kind, text, facts).must_be_refused(f"{name}: the wrong rule {text!r}")
    expected = {case.expect for case in cases}
    require({"pass", "fail"} <= expected, f"{name}: give a case that passes and one that fails")
    for number, case in enumerate(cases, 1):
        rule = _Rule(kind, case.rule, facts) if case.rule else example
        what = f"{name}, case {number} ({shown(dict(case.ticket))})"
        _check_lowering(f"the rule of {what}", kind, rule)
        require_equal(rule.verdict(what, case.ticket, case), case.expect, f"{what}: the verdict")
        _check_missing(what, rule, case)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule in a policy that holds nothing else: its text is `id: {kind: ..., clause: ..., ...}`."""

    kind: RuleKind
    text: str
    facts: str

    @property
    def document(self) -> Document:
        return parse_document(self.text.encode(), "example.yaml")

    @property
    def data(self) -> tuple[str, Mapping[str, Any]]:
        """The rule's id and its keys, all text."""
        with during(f"the rule {self.text!r}"):
            section, _ = conform(self.document, {"type": "object"})
            require(
                isinstance(section.data, dict) and len(section.data) == 1,
                f"the rule {self.text!r} is not one mapping of an id to a rule",
            )
            (id_, rule), *_ = section.data.items()
            require(isinstance(rule, dict), f"the rule {self.text!r} is not one mapping of an id to a rule")
            require_equal(rule.get("kind"), self.kind.name, f"the kind of the rule {self.text!r}")
            return id_, rule

    @property
    def policy_text(self) -> str:
        _, rule = self.data
        cited = rule.get("clause", [])
        clauses = [cited] if isinstance(cited, str) else cited
        lines = ["supportpolicy: 1", "id: conformance", "title: Conformance"]
        if self.facts:
            lines.append(f"facts: {self.facts}")
        lines.append("clauses:")
        lines.extend(f"  {clause}: {{section: Preamble, says: Something.}}" for clause in clauses)
        lines.append("rules:")
        lines.extend(f"  {line}" for line in self.text.splitlines())
        return "\n".join(lines) + "\n"

    def compiled(self) -> Policy:
        kinds = {**built_ins().rule_kinds, self.kind.name: self.kind}
        return policy_of([self.policy_text], kinds)

    def must_be_refused(self, what: str, key: str = "") -> None:
        """Each problem must have its place in the rule; one must be about `key`, if given."""
        problems = self.problems(what)
        require(bool(problems), f"{what} is taken; expected a problem")
        require(not key or any(key in problem for problem in problems), f"{what}: no problem names {key!r}: {problems}")

    def problems(self, what: str) -> list[str]:
        """What is wrong with the rule, in words; nothing if it is sound."""
        first = self.policy_text[: self.policy_text.index("\nrules:")].count("\n") + 2
        try:
            self.compiled()
        except DocumentError as error:
            for problem in error.problems:
                placed = problem.place is not None and problem.place.line > first and problem.place.column > 0
                require(placed, f"{what}: a problem does not point at the rule: {problem}")
                require_words(f"{what}: the message", problem.message)
            return [str(problem) for problem in error.problems]
        except Exception as error:
            raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error
        return []

    def verdict(self, what: str, ticket: Mapping[str, Any], case: RuleCase) -> str:
        """What the reference engine says of the ticket."""
        policy = self.compiled()
        with during(what), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tickets.jsonl"
            path.write_text("".join(json.dumps(one) + "\n" for one in (ticket, *case.among)), encoding="utf-8")
            scan = built_ins().sources["jsonl"].open([str(path)], {}, "tickets").tables["tickets"]
            plan = compile_plan(policy, None, {"tickets": None})
            options = RunOptions(include="all", as_of=parse_instant(case.as_of))
            items = run(built_ins().engines["reference"], plan, {"tickets": scan}, options).items
        for item in items:
            place = getattr(item, "place", None)
            if place is not None and place.record == 1:
                require(not isinstance(item, Excluded), f"{what}: the ticket is not judged: {item}")
                require(isinstance(item, Finding), f"{what}: the ticket cannot be read: {item}")
                assert isinstance(item, Finding)
                return str(item.verdict) if item.reason is None else f"{item.verdict}: {item.reason}"
        raise AssertionError(f"{what}: the ticket got no verdict")


# --- what the kind makes of rules -------------------------------------------------------------------------------------
def _check_lowering(what: str, kind: RuleKind, rule: _Rule) -> None:
    with during(what):
        plan, again = _plan(rule), _plan(rule)
        on_fail = kind.on_fail(rule.data[1])
    require_equal(again, plan, f"{what}: what it is lowered to the second time")
    wrong = list(misplaced(plan.demand))
    require(not wrong, f"{what}: {'; '.join(wrong)}")
    require(isinstance(on_fail, OnFail), f"{what}: `on_fail` gave {on_fail!r}; expected an OnFail")
    population = isinstance(plan.demand, Distinct)
    require_equal(kind.scope, "population" if population else "ticket", f"{what}: the scope of a kind of this demand")
    require_words(f"{what}: its demand in words", demand_prose(plan.demand))
    if not isinstance(plan.demand, EveryReply):
        facts = rule.compiled().revisions[0]
        unknown = [name for name in reads(plan.demand) if facts.fact(name) is None]
        require(not unknown, f"{what}: its demand reads {', '.join(unknown)}, which no ticket has")


def _plan(rule: _Rule) -> RulePlan:
    return rule.compiled().revisions[0].rules[0]


def _check_keys(name: str, kind: RuleKind, example: _Rule) -> None:
    """Unknown keys, missing keys and odd values are refused at their places, and never with a traceback."""
    id_, stated = example.data
    properties, required = list(kind.schema.get("properties", {})), kind.schema.get("required", ())
    for key in ("no-such-key", *(f"{key}x" for key in (*properties, *COMMON_KEYS))):
        if key not in properties:
            rule = _Rule(kind, _written(id_, {**stated, key: "x"}), example.facts)
            rule.must_be_refused(f"{name}: the example with the key `{key}`", key)
    for key in required:
        rule = _Rule(kind, _written(id_, {k: v for k, v in stated.items() if k != key}), example.facts)
        rule.must_be_refused(f"{name}: the example without `{key}`", key)
    for key in properties:
        for value in _ODD_VALUES:
            odd = {k: v for k, v in stated.items() if k != key}
            rule = _Rule(kind, f"{_written(id_, odd)[:-1]}, {key}: {value}}}", example.facts)
            rule.problems(f"{name}: the example with `{key}: {value}`")


def _written(id_: str, rule: Mapping[str, Any]) -> str:
    """The rule as YAML on one line; JSON is YAML."""
    members = ", ".join(f"{key}: {_value(value)}" for key, value in rule.items())
    return f"{id_}: {{{members}}}"


def _value(value: Any) -> str:
    """JSON, with those texts plain that a schema may want to read as numbers or booleans."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    text = str(value)
    return text if text.lstrip("-").isdecimal() or text in ("true", "false", "null") else json.dumps(value)


# --- what is not known ------------------------------------------------------------------------------------------------
def _check_missing(what: str, rule: _Rule, case: RuleCase) -> None:
    """A ticket that says nothing of what the rule reads is neither right nor wrong."""
    if case.expect not in ("pass", "fail"):
        return
    plan = _plan(rule)
    asked = _asked(plan)
    if not asked:
        return
    bare = {key: value for key, value in case.ticket.items() if key not in asked}
    found = rule.verdict(f"{what}, without {', '.join(asked)}", bare, case)
    allowed = {Verdict.UNKNOWN, Verdict.NOT_APPLICABLE}
    require(
        found.split(":")[0] in allowed,
        f"{what}: {found} without {', '.join(asked)}; expected unknown, for want of them",
    )
    if isinstance(plan.demand, Holds):
        for key in asked:
            lacking = {k: v for k, v in case.ticket.items() if k != key}
            found = rule.verdict(f"{what}, without {key}", lacking, case)
            turned = {"pass", "fail"} - {case.expect}
            require(found not in turned, f"{what}: for want of {key} the verdict turns from {case.expect} to {found}")


def _asked(plan: RulePlan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_fields(plan)))


def _fields(plan: RulePlan) -> Iterator[str]:
    yield from reads(plan.demand)
    if plan.when is not None:
        yield from reads(plan.when)
