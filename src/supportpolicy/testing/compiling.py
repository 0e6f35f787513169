"""From a test document to cases: every name resolved, every ticket read by the policy's facts, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy
from supportpolicy.document import Document, Section, conform
from supportpolicy.engines.reference.single import SingleJudge
from supportpolicy.errors import DocumentError, Place, Problem, did_you_mean
from supportpolicy.model.instant import InstantError, parse_instant
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.text import quoted, token
from supportpolicy.model.ticket import EVENT_KINDS, FIELDS, FieldType
from supportpolicy.testing.case import Case, Expectation, PolicyTests
from supportpolicy.testing.cases_schema import CASE, ENVELOPE
from supportpolicy.testing.expecting import Expect, Expecting
from supportpolicy.testing.ticket_schema import stated_ticket_schema


def compile_tests(document: Document, policy: Policy) -> PolicyTests:
    """The tests that the document states, of this policy; raises DocumentError with every problem found."""
    draft = _Draft(document, policy)
    tests = draft.tests()
    if draft.problems:
        raise DocumentError(*sorted(dict.fromkeys(draft.problems), key=lambda p: p.place or Place(document.name)))
    return tests


def shape_problems(document: Document) -> tuple[Problem, ...]:
    """What is wrong with a test document whatever its policy says."""
    return tuple(_Shape(document).problems)


class _Shape:
    """The document by its schema: the envelope, then each case, so that one wrong case spoils no other."""

    def __init__(self, document: Document) -> None:
        self.root, found = conform(document, ENVELOPE)
        self.problems: list[Problem] = list(found)
        self.cases: dict[str, Section] = {}
        stated = self.root.data.get("cases") if isinstance(self.root.data, Mapping) else None
        self.named = list(stated) if isinstance(stated, Mapping) else []
        for name in self.named:
            if not isinstance(self.root.data["cases"][name], Mapping):
                continue
            case, found = conform(self.root.at("cases", name), CASE)
            self.problems.extend(found)
            if not found and self._begins(case):
                self.cases[name] = case

    def _begins(self, case: Section) -> bool:
        """Whether the case is a ticket in full, or a variation of another case."""
        before = len(self.problems)
        data = case.data
        if "from" in data and "ticket" in data:
            self.problems.append(
                case.problem("ticket", message="stands beside `from`", expected="one of the two", on_key=True)
            )
        elif "from" not in data:
            for key in ("change", "unset"):
                if key in data:
                    self.problems.append(
                        case.problem(
                            key, message=f"`{key}` goes with `from`", expected="`from` with a case", on_key=True
                        )
                    )
            wanted = {
                "as_of": "when the ticket is judged, such as 2021-03-02T00:00:00Z",
                "expect": "a verdict for every rule",
            }
            if "ticket" not in data:
                wanted = {"ticket": "`ticket` in full, or `from` with the case that it varies"}
            for key, expected in wanted.items():
                if key not in data:
                    message = f"the key '{key}' is missing"
                    self.problems.append(case.problem(message=message, expected=expected, on_key=True))
        return len(self.problems) == before


@dataclass(frozen=True, slots=True)
class _Told:
    """What a case says, with all that it inherits. Not `sound`: something is wrong, and has been said."""

    as_of: int
    ticket: Mapping[str, JsonValue]
    among: tuple[str, ...] | None
    expect: Expect | None
    sound: bool = True


_SPOILT = _Told(0, MappingProxyType({}), None, None, False)


class _Draft(_Shape):
    def __init__(self, document: Document, policy: Policy) -> None:
        super().__init__(document)
        self.policy = policy
        self.judge = SingleJudge(compile_plan(policy, None, {"tickets": None}))
        self.expecting = Expecting(policy, self.problems)
        self.facts: dict[str, list[FieldType]] = {name: [kind] for name, kind in FIELDS.items()}
        for revision in policy.revisions:
            for name, fact in revision.facts.items():
                if fact.type not in self.facts.setdefault(name, []):
                    self.facts[name].append(fact.type)
        self.schema = stated_ticket_schema(self.facts)
        self.told: dict[str, _Told] = {}

    def tests(self) -> PolicyTests:
        cases = {}
        for name, section in self.cases.items():
            told = self._told(name)
            if told.sound and told.expect is not None:
                cases[name] = Case(
                    name,
                    section.key_place(),
                    told.as_of,
                    told.ticket,
                    told.among,
                    told.expect if isinstance(told.expect, Expectation) else MappingProxyType(told.expect),
                    section.data.get("note", ""),
                )
        return PolicyTests(self.root.document, self.policy, self.judge, MappingProxyType(cases))

    def _told(self, name: str) -> _Told:
        """The case with all that it inherits: those that it is from are read first."""
        chain: list[str] = []
        while name in self.cases and name not in self.told:
            if name in chain:
                circle = " -> ".join([*chain[chain.index(name) :], name])
                last = self.cases[chain[-1]]
                self._problem(last, "from", message=f"the cases are from each other in a circle: {circle}")
                self.told[name] = _SPOILT
                break
            chain.append(name)
            name = self.cases[name].data.get("from", "")
        for waiting in reversed(chain):
            self.told.setdefault(waiting, self._case(waiting, self.cases[waiting]))
        return self.told.get(chain[0] if chain else name, _SPOILT)

    def _case(self, name: str, case: Section) -> _Told:
        before = len(self.problems)
        base = self._base(case)
        ticket = self._ticket(case, base)
        as_of = self._as_of(case, base)
        among = self._among(name, case, base)
        own = self.expecting.read(case, name)
        if len(self.problems) > before or not (base is None or base.sound):
            return _SPOILT
        revision, rules = self.judge.rules(ticket, as_of)
        expect = self.expecting.complete(case, own, base.expect if base else None, revision, rules)
        return _Told(as_of, MappingProxyType(ticket), among, expect, len(self.problems) == before)

    def _base(self, case: Section) -> _Told | None:
        base = case.data.get("from")
        if base is None:
            return None
        if base not in self.named:
            self._no_case(case, base, "from")
        return self.told.get(base, _SPOILT)

    def _as_of(self, case: Section, base: _Told | None) -> int:
        text = case.data.get("as_of")
        if text is None:
            return base.as_of if base else 0
        try:
            return parse_instant(text).lo
        except InstantError as error:
            self._problem(case, "as_of", message=str(error), expected="an instant such as 2021-03-01T08:00:00Z")
            return 0

    def _among(self, name: str, case: Section, base: _Told | None) -> tuple[str, ...] | None:
        stated: list[str] | None = case.data.get("among")
        if stated is None:
            return base.among if base else None
        for i, other in enumerate(stated):
            if other == name:
                self._problem(case, "among", i, message="the case itself is always judged", expected="other cases")
            elif other not in self.named:
                self._no_case(case, other, "among", i)
        return tuple(stated)

    # --- the ticket ---
    def _ticket(self, case: Section, base: _Told | None) -> dict[str, JsonValue]:
        if base is None:
            return self._fields(case, "ticket")
        changed = self._fields(case, "change")
        unset: list[str] = case.data.get("unset", [])
        for i, name in enumerate(unset):
            if name not in self.facts:
                self._no_field(case, name, "unset", i, on_key=False)
            elif name in changed:
                self._problem(
                    case, "unset", i, message=f"`{name}` stands under `change` too", expected="one of the two"
                )
        return {name: value for name, value in {**base.ticket, **changed}.items() if name not in unset}

    def _fields(self, case: Section, key: str) -> dict[str, JsonValue]:
        if not case.has(key):
            return {}
        section, found = conform(case.at(key), self.schema)
        self.problems.extend(found)
        if found:
            return {}
        for name in section.data:
            if name not in self.facts:
                self._no_field(case, name, key, name, on_key=True)
        if section.data.get("events") is not None:
            self._events(section.at("events", "items"))
        fields: dict[str, JsonValue] = section.data
        return fields

    def _events(self, items: Section) -> None:
        for _, event in items.entries():
            try:
                parse_instant(event.data["at"])
            except InstantError as error:
                self._problem(event, "at", message=str(error), expected="an instant such as 2021-03-01T08:00:00Z")
            kind = event.data["kind"]
            hint = did_you_mean(token(kind), EVENT_KINDS)
            if hint and token(kind) not in EVENT_KINDS:
                self._problem(
                    event, "kind", message=f"{quoted(kind)} is no kind of event that a rule knows", hint=hint
                )  # fmt: skip

    # --- problems ---
    def _no_case(self, case: Section, name: str, *keys: str | int) -> None:
        self._problem(
            case,
            *keys,
            message=f"there is no case {quoted(name)}",
            expected="a case of this file",
            hint=did_you_mean(name, self.named),
        )

    def _no_field(self, case: Section, name: str, *keys: str | int, on_key: bool) -> None:
        self._problem(
            case,
            *keys,
            message=f"there is no field {quoted(name)}",
            expected="a field of the ticket, or a fact that the policy declares",
            hint=did_you_mean(name, self.facts),
            on_key=on_key,
        )

    def _problem(self, section: Section, *keys: str | int, **told: Any) -> None:
        self.problems.append(section.problem(*keys, **told))
