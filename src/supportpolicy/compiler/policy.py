"""From policy documents to a policy: all revisions, every rule lowered, every name resolved, all problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from supportpolicy.compiler.assumptions import stated_assumptions
from supportpolicy.compiler.calendar_choice import Calendars
from supportpolicy.compiler.calendars import compile_calendars
from supportpolicy.compiler.conditions import CONNECTIVES, Conditions
from supportpolicy.compiler.limit_table import Limits
from supportpolicy.compiler.lowering import Lowering
from supportpolicy.compiler.objectives import Objectives, conforming_objectives
from supportpolicy.compiler.policy_schema import ENVELOPE, rule_schema
from supportpolicy.compiler.problems import refusal
from supportpolicy.compiler.selections import Settings
from supportpolicy.document import Document, Section, conform
from supportpolicy.errors import Problem, did_you_mean
from supportpolicy.expr.nodes import Const, Demand, Holds, calendars_of, rulings
from supportpolicy.expr.plan import Exclusion, ObjectivePlan, RulePlan
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.instant import Instant, InstantError, format_instant, parse_instant
from supportpolicy.model.opening import expand
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import FIELDS, Fact, FieldType, known_fact
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin import RuleKind

_HIGHEST: Final = 64
"""How many gates may stand on one another."""

HEADING: Final = "supportpolicy"
"""The key that makes a document a policy."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement of the prose. `unchecked` is the reason why no rule cites it, else empty."""

    id: str
    section: str
    says: str
    reading: str
    unchecked: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One policy file. `rules` and `objectives` are lowered and in file order; `titles` and `objective_titles`
    give the title that one has, if any. `calendars` are those that limits of the rules name, expanded; `remarks` what is
    no fault and may yet be a mistake."""

    label: str
    document: Document
    title: str
    since: Instant | None
    until: Instant | None
    in_force_by: str
    assumed: Mapping[str, str]
    facts: Mapping[str, Fact]
    clauses: tuple[Clause, ...]
    rules: tuple[RulePlan, ...]
    titles: Mapping[str, str]
    exclude: tuple[Exclusion, ...]
    calendars: Mapping[str, StepTable]
    remarks: tuple[Problem, ...]
    objectives: tuple[ObjectivePlan, ...]
    objective_titles: Mapping[str, str]

    def fact(self, name: str) -> Fact | None:
        """The declared or built-in field of that name."""
        return self.facts.get(name) or known_fact(name)


@dataclass(frozen=True, slots=True)
class Policy:
    """All revisions of one policy id, in order of time."""

    id: str
    title: str
    revisions: tuple[Revision, ...]

    @property
    def in_force_by(self) -> str:
        return self.revisions[0].in_force_by


def compile_policy(documents: Sequence[Document], kinds: Mapping[str, RuleKind]) -> Policy:
    """The policy that the documents state, one revision each; raises DocumentError with every problem found."""
    problems: list[Problem] = []
    drafts = [_Draft(document, kinds, problems) for document in documents]
    revisions = [r for r in (draft.revision() for draft in drafts) if r is not None]
    if not problems:
        _timeline(drafts, revisions, problems)
    if problems:
        raise refusal(problems)
    revisions.sort(key=lambda r: (r.since is not None, r.since.lo if r.since else 0))
    return Policy(drafts[0].root.data["id"], revisions[-1].title, tuple(revisions))


def _expanded(
    calendars: Mapping[str, Calendar], rules: Sequence[RulePlan], exclude: Sequence[Exclusion]
) -> dict[str, StepTable]:
    """The step tables of the calendars that the rules and exclusions are reckoned on."""
    nodes = [*(rule.demand for rule in rules), *(rule.when for rule in rules if rule.when), *(e.when for e in exclude)]
    named = {name for node in nodes for name in calendars_of(node)}
    return {name: expand(calendar) for name, calendar in calendars.items() if name in named}


def _timeline(drafts: Sequence[_Draft], revisions: Sequence[Revision], problems: list[Problem]) -> None:
    """One id, distinct labels, spans that neither overlap nor leave a gap."""
    first = drafts[0]
    for draft in drafts[1:]:
        if draft.root.data["id"] != first.root.data["id"]:
            problems.append(
                draft.root.problem(
                    "id",
                    message=f"this is another policy than the {first.root.data['id']!r} of {first.root.document.name}",
                    expected="one policy id per run",
                    hint="name one policy file, or a folder that holds the revisions of one policy",
                )
            )
    spans = sorted(
        zip(drafts, revisions, strict=True),
        key=lambda pair: (pair[1].since is not None, pair[1].since.lo if pair[1].since else 0),
    )
    labels: dict[str, str] = {}
    for draft, revision in spans:
        named = labels.setdefault(revision.label, revision.document.name)
        if revision.label and named != revision.document.name:  # those without a label overlap, which is told
            problems.append(
                draft.root.problem(
                    "revision",
                    message=f"two revisions are called {revision.label!r} ({named})",
                    expected="a label of its own",
                )
            )
    for (_, before), (draft, after) in pairwise(spans):
        if after.in_force_by != before.in_force_by:
            problems.append(
                draft.root.problem(
                    "in_force_by", message=f"differs from {before.document.name}", expected=before.in_force_by
                )
            )
        if before.until != after.since or after.since is None:
            until = format_instant(before.until) if before.until else "no end"
            since = format_instant(after.since) if after.since else "no beginning"
            overlap = before.until is None or after.since is None or after.since.lo < before.until.lo
            problems.append(
                draft.root.problem(
                    "in_force",
                    message=f"{'overlaps with' if overlap else 'leaves a gap after'} {before.document.name}, which is in "
                    f"force until {until}; this one is from {since}",
                    expected="each revision to begin where the one before ends",
                )
            )


class _Draft:
    """A policy document on its way to a revision."""

    def __init__(self, document: Document, kinds: Mapping[str, RuleKind], problems: list[Problem]) -> None:
        self.kinds = kinds
        self.problems = problems
        self.root, found = conform(document, ENVELOPE)
        self.sound = not found
        problems.extend(found)

    def revision(self) -> Revision | None:
        rules = self._conforming_rules()
        stated = self.root.at("calendars") if self.root.has("calendars") else None
        plain = compile_calendars(stated, self.problems) if stated is not None else {}
        aims = conforming_objectives(self.root, self.problems)
        if not self.sound:
            return None
        data = self.root.data
        self.facts = self._facts()
        terms = self.root.at("terms") if "terms" in data else None
        self.conditions = Conditions(
            self.facts,
            terms,
            self.problems,
            calendars=tuple(plain),
            settings=Settings.stated(data),
            rules=self._kinds_of_rules(),
        )
        for name in data.get("terms", {}):
            self.conditions.compile(self.root, ("terms", name))
        calendars = Calendars(plain, stated, self.conditions)
        self.limits = Limits(self.conditions, calendars)
        lowered = {name: self._lower(name, rule) for name, rule in rules.items()}
        gates = {name for name, plan in lowered.items() if plan is not None and plan.is_gate}
        scope = self._scope(gates, lowered)
        plans = tuple(self._gated(plan, gates, scope, lowered) for name, plan in lowered.items() if plan is not None)
        self._circles(plans)
        self._together(plans)
        objectives = Objectives(self.root, aims, plans, scope, self.conditions, self.problems).compile()
        since, until = self._span()
        exclude = tuple(self._exclusion(i, item["reason"]) for i, item in enumerate(data.get("exclude", [])))
        return Revision(
            label=data.get("revision") or (format_instant(since) if since else ""),
            document=self.root.document,
            title=data["title"],
            since=since,
            until=until,
            in_force_by=self._in_force_by(),
            assumed=MappingProxyType(stated_assumptions(self.root, self.problems)),
            facts=MappingProxyType(self.facts),
            clauses=self._clauses(),
            rules=plans,
            titles=MappingProxyType({name: rule.data.get("title", "") for name, rule in rules.items()}),
            exclude=exclude,
            calendars=MappingProxyType(_expanded(calendars.plain, plans, exclude)),
            remarks=tuple(dict.fromkeys(self.conditions.remarks)),
            objectives=objectives,
            objective_titles=MappingProxyType(
                {name: one["title"] for name, one in data.get("objectives", {}).items() if "title" in one}
            ),
        )

    def _conforming_rules(self) -> dict[str, Section]:
        """The second step of validation: each rule against the schema of its kind."""
        rules: dict[str, Section] = {}
        data = self.root.data
        named = data.get("rules") if isinstance(data, Mapping) else None
        for name, rule in (named or {}).items() if isinstance(named, Mapping) else ():
            kind = rule.get("kind") if isinstance(rule, Mapping) else None
            if not isinstance(kind, str):
                continue
            if kind not in self.kinds:
                self.problems.append(
                    self.root.problem(
                        "rules",
                        name,
                        "kind",
                        message=f"there is no rule kind {quoted(kind)}",
                        expected=f"one of {', '.join(sorted(self.kinds))}",
                        hint=did_you_mean(kind, self.kinds),
                    )
                )
                continue
            section, found = conform(self.root.at("rules", name), rule_schema(self.kinds[kind]))
            self.problems.extend(found)
            if not found:
                rules[name] = section
        return rules

    def _kinds_of_rules(self) -> dict[str, bool]:
        """Whether each rule speaks of one ticket, or of all together."""
        kinds = {name: self.kinds.get(rule["kind"]) for name, rule in self.root.data["rules"].items()}
        return {name: kind is None or kind.scope == "ticket" for name, kind in kinds.items()}

    def _exclusion(self, index: int, reason: str) -> Exclusion:
        when = self.conditions.compile(self.root, ("exclude", index, "when"))
        message = "what is excluded is not judged, and no rule speaks of it"
        self.conditions.refuse_verdicts(when, self.root, ("exclude", index, "when"), message)
        return Exclusion(reason, when)

    def _facts(self) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        for name, stated in self.root.data.get("facts", {}).items():
            built_in = FIELDS.get(name)
            if name in CONNECTIVES:
                message = f"a condition means something else by `{name}`"
                self._problem("facts", name, message=message, expected="another name", on_key=True)
            kind = FieldType(stated["type"]) if "type" in stated else built_in or FieldType.TOKEN
            if built_in is not None and kind is not built_in:
                self._problem(
                    "facts", name, "type", message=f"`{name}` is a field of every ticket", expected=built_in.value
                )
                kind = built_in
            words = stated.get("one_of")
            if words is not None and kind not in (FieldType.TOKEN, FieldType.TAGS):
                self._problem("facts", name, "one_of", message=f"{kind.value} fields have no list of values")
                words = None
            if words is None and kind is FieldType.TOKEN and built_in is None and "type" not in stated:
                self._problem("facts", name, message="says nothing of its values", expected="one_of or type")
            normal = [token(word) for word in words or ()]
            for i, word in enumerate(normal):
                if word in normal[:i]:
                    self._problem("facts", name, "one_of", i, message=f"{quoted(words[i])} repeats {quoted(word)}")
            vocabulary = tuple(normal) if words is not None else getattr(known_fact(name), "one_of", None)
            facts[name] = Fact(name, kind, vocabulary, stated.get("as_of"))
            if "as_of" in stated and kind is not FieldType.TOKEN:
                self._problem("facts", name, "as_of", message=f"{kind.value} fields have no history", on_key=True)
        return facts

    def _lower(self, name: str, rule: Section) -> RulePlan | None:
        kind = self.kinds[rule.data["kind"]]
        before = len(self.problems)
        context = Lowering(rule, self.root, self.conditions, self.limits)
        demand: Demand = kind.lower(context)
        when = self.conditions.compile(rule, ("when",)) if "when" in rule.data else None
        stated = rule.data["clause"]
        if len(self.problems) > before:
            demand, when = Holds(Const(False)), None
        return RulePlan(
            id=name,
            kind=kind.name,
            clauses=(stated,) if isinstance(stated, str) else tuple(stated),
            scope=kind.scope,
            on_fail=OnFail(rule.data["on_fail"]) if "on_fail" in rule.data else kind.on_fail(rule.data),
            party=Party(rule.data.get("party", Party.PROVIDER)),
            when=when,
            gates=(),
            demand=demand,
        )

    def _scope(self, gates: set[str], lowered: Mapping[str, RulePlan | None]) -> list[str]:
        scope: list[str] = self.root.data.get("scope", [])
        self._only_gates(("scope",), scope, gates, lowered)
        return scope

    def _only_gates(
        self, path: tuple[str, ...], names: Sequence[str], gates: set[str], known: Mapping[str, RulePlan | None]
    ) -> None:
        rules = self.root.data["rules"]
        for i, name in enumerate(names):
            if name in rules and name not in known:
                continue  # what is wrong with that rule is told already
            if name not in known:
                self._problem(
                    *path, i, message=f"there is no rule {quoted(name)}", hint=did_you_mean(name, gates or rules)
                )
            elif name not in gates:
                self._problem(
                    *path,
                    i,
                    message=f"{quoted(name)} is not a gate",
                    expected="a rule whose on_fail is out_of_scope",
                    hint=did_you_mean(name, gates),
                )

    def _gated(
        self, plan: RulePlan, gates: set[str], scope: Sequence[str], lowered: Mapping[str, RulePlan | None]
    ) -> RulePlan:
        needs = self.root.data["rules"][plan.id].get("needs", [])
        self._only_gates(("rules", plan.id, "needs"), needs, gates, lowered)
        wanted = {*needs, *(scope if plan.id not in scope else ())} & gates
        return RulePlan(
            plan.id,
            plan.kind,
            plan.clauses,
            plan.scope,
            plan.on_fail,
            plan.party,
            plan.when,
            tuple(name for name in lowered if name in wanted),
            plan.demand,
        )

    def _circles(self, plans: Sequence[RulePlan]) -> None:
        asked = {plan.id: [ruling.rule for ruling in rulings(plan.demand, plan.when)] for plan in plans}
        needs = {plan.id: (*plan.gates, *asked[plan.id]) for plan in plans}
        heights: dict[str, int] = {}

        def height(name: str, trail: tuple[str, ...]) -> int:
            """How many gates and rules stand on one another below this rule."""
            if name in trail:
                around = [*trail[trail.index(name) :], name]
                asks = any(other in asked[one] for one, other in pairwise(around))
                what = "the rules hang on each other" if asks else "the gates need each other"
                self._problem("rules", trail[-1], message=f"{what} in a circle: {' -> '.join(around)}")
                return 0
            if name not in heights and len(trail) <= _HIGHEST:
                below = [height(gate, (*trail, name)) for gate in needs.get(name, ())]
                heights[name] = 1 + max(below, default=0)
            return heights.get(name, _HIGHEST)

        for plan in plans:
            if height(plan.id, ()) > _HIGHEST:
                self._problem(
                    "rules",
                    plan.id,
                    message=f"more than {_HIGHEST} gates or rules stand on one another",
                    expected="fewer, or gates that need no others",
                )
                return

    def _together(self, plans: Sequence[RulePlan]) -> None:
        """Refuse what asks for a verdict that hangs on rules which are judged over all tickets together."""
        known = {plan.id: plan for plan in plans}
        asked = {plan.id: [ruling.rule for ruling in rulings(plan.demand, plan.when)] for plan in plans}

        def below(name: str, met: set[str]) -> set[str]:
            """The rule, and all gates and rules on which its verdict hangs."""
            if name in known and name not in met:
                met.add(name)
                for other in (*known[name].gates, *asked[name]):
                    below(other, met)
            return met

        for asking, name in ((plan.id, name) for plan in plans for name in asked[plan.id]):
            together = [other for other in known if other in below(name, set()) and known[other].scope == "population"]
            if together:
                self._problem(
                    "rules",
                    asking,
                    message=f"the verdict of {quoted(name)} hangs on {quoted(together[0])}, "
                    "which is judged over all tickets together",
                    expected="the verdict of a rule that speaks of one ticket, with its gates",
                )

    def _clauses(self) -> tuple[Clause, ...]:
        cited: dict[str, str] = {}
        stated = self.root.data["clauses"]
        for section, name, part in self._citing():
            named = part.get("clause", [])
            for i, clause in enumerate(named if isinstance(named, list) else [named]):
                if not isinstance(clause, str):
                    continue  # what is wrong with that part is told already
                cited.setdefault(clause, f"{section.removesuffix('s')} {name!r}")
                if clause not in stated:
                    path = (section, name, "clause", *(() if isinstance(named, str) else (i,)))
                    self._problem(
                        *path,
                        message=f"there is no clause {quoted(clause)}",
                        expected="a clause defined under `clauses`",
                        hint=did_you_mean(clause, stated),
                    )
        for name, clause in stated.items():
            if name in cited and "unchecked" in clause:
                self._problem(
                    "clauses", name, "unchecked", message=f"the {cited[name]} checks this clause", on_key=True
                )
            if name not in cited and "unchecked" not in clause:
                self._problem(
                    "clauses",
                    name,
                    message="no rule cites this clause",
                    expected="a rule with `clause: " + name + "`, or `unchecked:` with the reason",
                    on_key=True,
                )
        return tuple(
            Clause(name, c["section"], c["says"], c.get("reading", ""), c.get("unchecked", ""))
            for name, c in stated.items()
        )

    def _citing(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """What cites clauses: the section, the name, and what stands there."""
        for section in ("rules", "objectives"):
            for name, part in self.root.data.get(section, {}).items():
                if isinstance(part, Mapping):
                    yield section, name, part

    def _span(self) -> tuple[Instant | None, Instant | None]:
        bounds: list[Instant | None] = []
        for key in ("from", "until"):
            text = self.root.data.get("in_force", {}).get(key)
            try:
                bounds.append(parse_instant(text) if text is not None else None)
            except InstantError as error:
                self._problem("in_force", key, message=str(error), expected="an instant with its offset")
                bounds.append(None)
        since, until = bounds
        if since is not None and until is not None and since.lo >= until.lo:
            self._problem("in_force", message="ends before it begins")
        return since, until

    def _in_force_by(self) -> str:
        name: str = self.root.data.get("in_force_by", "submitted")
        fact = self.conditions.fact(name)
        if fact is None or fact.type is not FieldType.INSTANT:
            self._problem("in_force_by", message=f"{quoted(name)} is no instant of the ticket", expected="submitted")
            return "submitted"
        return name

    def _problem(
        self, *path: str | int, message: str, expected: str = "", hint: str = "", on_key: bool = False
    ) -> None:
        self.problems.append(self.root.problem(*path, message=message, expected=expected, hint=hint, on_key=on_key))
