"""Conditions: from YAML to truth nodes, with names resolved and types checked at the place where they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from supportpolicy.compiler.limit_cells import parse_cell
from supportpolicy.compiler.selections import Selections, Settings
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import Section
from supportpolicy.errors import Problem, did_you_mean
from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    Between,
    Const,
    Covers,
    During,
    Formerly,
    Happened,
    Happens,
    Is,
    Like,
    Member,
    Not,
    Present,
    Promise,
    Ruled,
    Ruling,
    Then,
    Truth,
    rulings,
)
from supportpolicy.model.language import language
from supportpolicy.model.limit import CalendarLimit
from supportpolicy.model.text import integer, quoted, token
from supportpolicy.model.ticket import FIELDS, Fact, FieldType, known_fact

CONNECTIVES: Final = ("all", "any", "not", "happens", "verdict")
"""The keys of a condition that are no fields."""
_OPERATORS: Final = ("at_least", "at_most", "like", "present", "during")
_BESIDE_HAPPENS: Final = ("within", "before", "after")
_OF_THEN: Final = ("in", "as_of")
_AS_OF: Final = "as_of"
_HARMLESS: Final = Const(False)
_VERDICTS: Final = "pass, fail or not_applicable"
_DEEPEST: Final = 64
_LARGEST: Final = 10_000

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A term spelt out, with how many conditions that takes and how deep they stand in one another."""

    truth: Truth
    size: int
    height: int


@dataclass(slots=True)
class Conditions:
    """Compiles the conditions of one document.

    `facts` are the declared fields, `terms` the section of terms if there is one. `open_tokens` accepts tokens of fields
    without a vocabulary, as mappings must, which know no policy. Problems are gathered in `problems`.
    """

    facts: Mapping[str, Fact]
    terms: Section | None
    problems: list[Problem]
    open_tokens: bool = False
    calendars: Collection[str] = ()
    """The calendars that state their hours, `24x7` apart."""
    settings: Settings = field(default_factory=Settings)
    """What the document says of first responses."""
    rules: Mapping[str, bool] = field(default_factory=dict)
    """The rules of the policy, and whether each speaks of one ticket."""
    remarks: list[Problem] = field(default_factory=list)
    """What is no fault and may yet be a mistake."""
    _open_terms: list[str] = field(default_factory=list)
    _spelt: dict[tuple[str, str], _Spelt] = field(default_factory=dict)
    _depth: int = 0
    _deepest: int = 0
    _size: int = 0

    def fact(self, name: str) -> Fact | None:
        """The declared or built-in field of that name."""
        return self.facts.get(name) or known_fact(name)

    def compile(self, part: Section, path: Path = (), settled_by: str = "") -> Truth:
        """The condition at `path` below `part`. With `settled_by`, an instant that must be present waits for that one."""
        if self._depth == 0:
            self._size = self._deepest = 0
        if self._depth >= _DEEPEST:
            return self._too_much(part, path)
        self._depth += 1
        self._size += 1
        self._deepest = max(self._deepest, self._depth)
        truth = self._condition(part, path, settled_by)
        self._depth -= 1
        if self._depth == 0 and (self._size > _LARGEST or self._deepest > _DEEPEST):
            return self._too_much(part, path)
        return truth

    def compile_entries(self, part: Section, path: Path, keys: Sequence[str]) -> Truth:
        """The condition that these keys of the mapping at `path` state together; none is always true."""
        if self._depth == 0:
            self._size = self._deepest = 0
        return self._entries(part, path, keys, "")

    def _entries(self, part: Section, path: Path, keys: Collection[str], settled_by: str) -> Truth:
        among = [key for key in keys if key not in _BESIDE_HAPPENS or "happens" not in keys]
        return _all([self._entry(part, (*path, key), key, settled_by) for key in among])

    def _too_much(self, part: Section, path: Path) -> Truth:
        return self._fault(
            part,
            path,
            f"with its terms spelt out the condition holds more than {_LARGEST:,} others, or more than {_DEEPEST} in one "
            "another",
            "terms that build less on one another",
        )

    def _condition(self, part: Section, path: Path, settled_by: str) -> Truth:
        value = part.at(*path).data
        if isinstance(value, str):
            return self._term(part, path, value, settled_by)
        if isinstance(value, Mapping):
            if not value:
                return self._fault(part, path, "an empty condition", "a field and the values it may have")
            return self._entries(part, path, value, settled_by)
        return self._fault(part, path, "not a condition", "the name of a term, or a mapping such as {edition: [team]}")

    def _fault(
        self, part: Section, path: Path, message: str, expected: str = "", hint: str = "", on_key: bool = False
    ) -> Truth:
        self.problems.append(part.problem(*path, message=message, expected=expected, hint=hint, on_key=on_key))
        return _HARMLESS

    def _term(self, part: Section, path: Path, name: str, settled_by: str) -> Truth:
        terms = self.terms.data if self.terms is not None else {}
        if name not in terms:
            return self._fault(
                part,
                path,
                f"there is no term {quoted(name)}",
                "a condition such as {tags: spam}" if self.open_tokens else "a term defined under `terms`",
                did_you_mean(name, terms),
            )
        if name in self._open_terms:
            circle = " -> ".join([*self._open_terms[self._open_terms.index(name) :], name])
            return self._fault(part, path, f"the terms define each other in a circle: {circle}")
        known = self._spelt.get((name, settled_by)) or self._spell(name, settled_by)
        self._size += known.size
        self._deepest = max(self._deepest, self._depth + known.height)
        return known.truth

    def _spell(self, name: str, settled_by: str) -> _Spelt:
        """Compiles a term, once however often it is used."""
        assert self.terms is not None
        size, deepest = self._size, self._deepest
        self._size, self._deepest = 0, self._depth
        self._open_terms.append(name)
        truth = self.compile(self.terms, (name,), settled_by)
        self._open_terms.pop()
        spelt = _Spelt(truth, self._size, self._deepest - self._depth)
        self._size, self._deepest = size, deepest
        return self._spelt.setdefault((name, settled_by), spelt)

    def _entry(self, part: Section, path: Path, key: str, settled_by: str) -> Truth:
        value = part.at(*path).data
        if key in ("all", "any"):
            if not isinstance(value, Sequence) or isinstance(value, str) or not value:
                return self._fault(part, path, f"`{key}` holds no list", "a list of conditions")
            parts = tuple(self.compile(part, (*path, i), settled_by) for i in range(len(value)))
            return All(parts) if key == "all" else AnyOf(parts)
        if key == "not":
            return Not(self.compile(part, path, settled_by))
        if key == "happens" and not self.open_tokens:
            return self._happens(part, path, settled_by)
        if key == "verdict" and not self.open_tokens:
            return self._verdicts(part, path)
        fact = self.fact(key)
        if fact is None:
            return self._fault(
                part,
                path,
                f"there is no field {quoted(key)}",
                "a field of the ticket, a fact declared under `facts`, or all, any, not"
                + ("" if self.open_tokens else ", happens, verdict"),
                did_you_mean(key, [*FIELDS, *self.facts, *CONNECTIVES]),
                on_key=True,
            )
        if isinstance(value, Mapping) and value:
            asked = [name for name in value if name != _AS_OF or self.open_tokens]
            truth = _all([self._operator(part, (*path, name), fact, name, settled_by) for name in asked])
            return truth if len(asked) == len(value) else self._formerly(part, path, fact, truth)
        if isinstance(value, str):
            return self._literals(part, [path], fact, [value])
        if isinstance(value, Sequence) and value and all(isinstance(item, str) for item in value):
            return self._literals(part, [(*path, i) for i in range(len(value))], fact, list(value))
        return self._fault(part, path, "not a value", "a value, a list of values, or an operator such as {at_least: 3}")

    # --- other rules ---
    def _verdicts(self, part: Section, path: Path) -> Truth:
        """What other rules must say: a mapping from their names to the verdict, or the verdicts, of each."""
        stated = part.at(*path).data
        if not isinstance(stated, Mapping) or not stated:
            return self._fault(part, path, "names no rule", "a rule and its verdict, as in {first-response: fail}")
        return _all([self._ruled(part, (*path, rule), rule) for rule in stated])

    def _ruled(self, part: Section, path: Path, rule: str) -> Truth:
        if rule not in self.rules:
            hint = did_you_mean(rule, self.rules)
            return self._fault(
                part, path, f"there is no rule {quoted(rule)}", "a rule of the policy", hint, on_key=True
            )
        if not self.rules[rule]:
            message = f"{quoted(rule)} is judged over all tickets together"
            return self._fault(part, path, message, "a rule that speaks of one ticket", on_key=True)
        stated = part.at(*path).data
        words = [stated] if isinstance(stated, str) else stated
        if not isinstance(words, list) or not words:
            return self._fault(part, path, "not a verdict", f"{_VERDICTS}, or a list of these")
        asked: list[Literal["pass", "fail", "not_applicable"]] = []
        for i, word in enumerate(words):
            if word == "pass" or word == "fail" or word == "not_applicable":
                asked.append(word)
                continue
            hint = f"where the rule is {word}, so is the condition" if word in ("open", "unknown") else ""
            at = path if isinstance(stated, str) else (*path, i)
            self._fault(part, at, f"{quoted(str(word))} is no verdict that can be asked for", _VERDICTS, hint)
        return Ruled(Ruling(rule), tuple(asked))

    def refuse_verdicts(self, truth: Truth, part: Section, path: Path, message: str) -> None:
        """The problem that a condition asks for the verdict of a rule where none can be had."""
        if rulings(truth):
            self._fault(part, path, message, "a condition on the ticket, or a rule with the verdict in `when`")

    # --- what was ---
    def _formerly(self, part: Section, path: Path, fact: Fact, truth: Truth) -> Truth:
        """A condition on a value that the field had."""
        when, stated = part.at(*path, _AS_OF).data, part.at(*path).data
        if fact.type is not FieldType.TOKEN:
            return self._fault(part, (*path, _AS_OF), f"{fact.type.value} fields have no history", on_key=True)
        if len(stated) == 1:
            expected = "a value beside it, as in {in: [urgent], as_of: first_set}"
            return self._fault(part, (*path, _AS_OF), "what the value must be is not said", expected)
        if when not in ("first_set", "submission"):
            hint = "the value of the export is asked for without `as_of`" if when == "export" else ""
            if when in ("start", "stop"):
                hint = "a condition has no clock that starts or stops"
            message = f"`as_of` is {quoted(str(when))}"
            return self._fault(part, (*path, _AS_OF), message, "first_set or submission", hint)
        return Formerly(Then(fact.name, when), truth)

    # --- events ---
    def _happens(self, part: Section, path: Path, settled_by: str) -> Truth:
        """The condition of which `happens` at `path` is one key, with those that stand beside it."""
        selections = Selections(self, self.settings)
        stated = part.at(*path[:-1]).data
        before, after = (
            selections.moment(part, (*path[:-1], key)) if key in stated else None for key in ("before", "after")
        )
        within = self._happens_within(part, (*path[:-1], "within"))
        if within is not None and after is not None:
            self._fault(
                part,
                (*path[:-1], "within"),
                "`within` counts from the submission, and not from the moment under `after`",
                "one of the two; a deadline counts from any moment",
            )
        return Happens(selections.events(part, path), within, before, after, "" if within is not None else settled_by)

    def _happens_within(self, part: Section, path: Path) -> Promise | None:
        stated = part.at(*path).data
        if stated is None:
            return None
        if not isinstance(stated, str):
            self._fault(part, path, "not a limit", "a limit such as 1h in 24x7")
            return None
        cell = parse_cell(stated, self.calendars)
        if isinstance(cell, TextFault):
            self.problems.append(cell.problem(part, *path))
        elif not isinstance(cell, CalendarLimit):
            self._fault(part, path, f"{quoted(stated)} never runs out", "a limit such as 1h in 24x7")
        else:
            return Promise(cell, stated)
        return None

    def _operator(self, part: Section, path: Path, fact: Fact, name: str, settled_by: str) -> Truth:
        value = part.at(*path).data
        match name:
            case "present":
                if value not in ("true", "false", True, False):
                    return self._fault(part, path, f"`present` is {quoted(str(value))}", "true or false")
                waits = settled_by and fact.type is FieldType.INSTANT
                there: Truth = Happened(fact.name, settled_by) if waits else Present(fact.name)
                return there if value in ("true", True) else Not(there)
            case "in" if not self.open_tokens:
                if _AS_OF not in part.at(*path[:-1]).data:
                    message = "`in` stands where `as_of` says which value is meant"
                    return self._fault(part, path, message, "the value, or the list of values, alone")
                texts = [value] if isinstance(value, str) else value
                if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
                    return self._fault(part, path, "not a value", "a value, or a list of values")
                paths: list[Path] = [path] if isinstance(value, str) else [(*path, i) for i in range(len(texts))]
                return self._literals(part, paths, fact, list(texts))
            case "at_least" | "at_most":
                number = integer(str(value))
                if fact.type is not FieldType.INTEGER:
                    return self._fault(part, path, f"`{fact.name}` is {_a(fact)}, not an integer", "an integer field")
                if number is None:
                    return self._fault(part, path, f"{quoted(str(value))} is not an integer", "a whole number")
                return Between(fact.name, number, None) if name == "at_least" else Between(fact.name, None, number)
            case "during":
                if fact.type is not FieldType.INSTANT:
                    return self._fault(part, path, f"`{fact.name}` is {_a(fact)}, not an instant", "an instant")
                if not isinstance(value, str) or value not in self.calendars:
                    return self._fault(
                        part,
                        path,
                        f"there is no calendar {quoted(str(value))} that states its hours",
                        f"one of {', '.join(self.calendars)}" if self.calendars else "a calendar of the policy",
                        did_you_mean(str(value), self.calendars),
                    )
                return During(fact.name, value)
            case "like":
                if fact.type not in (FieldType.TEXT, FieldType.TOKEN, FieldType.TAGS) or not isinstance(value, str):
                    return self._fault(part, path, f"`like` does not fit {_a(fact)}", "a text with * and ?")
                return Like(fact.name, value if fact.type is FieldType.TEXT else token(value))
            case _:
                known = _OPERATORS if self.open_tokens else (*_OPERATORS, *_OF_THEN)
                return self._fault(
                    part,
                    path,
                    f"there is no operator {quoted(name)}",
                    f"one of {', '.join(known)}",
                    did_you_mean(name, known),
                    on_key=True,
                )

    def _literals(self, part: Section, paths: list[Path], fact: Fact, texts: list[str]) -> Truth:
        match fact.type:
            case FieldType.TOKEN | FieldType.TAGS:
                return Member(fact.name, self.tokens(part, paths, fact, texts))
            case FieldType.LANGUAGE:
                return Covers(fact.name, self.languages(part, paths, texts))
            case FieldType.TEXT:
                return Member(fact.name, tuple(texts))
            case FieldType.INTEGER:
                return _any([self._number(part, p, fact, t) for p, t in zip(paths, texts, strict=True)])
            case FieldType.BOOLEAN:
                return _any([self._boolean(part, p, fact, t) for p, t in zip(paths, texts, strict=True)])
            case _:
                return self._fault(part, paths[0], f"`{fact.name}` is {_a(fact)}", "{present: true}")

    def _number(self, part: Section, path: Path, fact: Fact, text: str) -> Truth:
        number = integer(text)
        if number is None:
            return self._fault(part, path, f"{quoted(text)} is not an integer", "a whole number")
        return Between(fact.name, number, number)

    def _boolean(self, part: Section, path: Path, fact: Fact, text: str) -> Truth:
        if text not in ("true", "false"):
            return self._fault(part, path, f"{quoted(text)} is not a boolean", "true or false")
        return Is(fact.name, text == "true")

    def tokens(self, part: Section, paths: Sequence[Path], fact: Fact, texts: Sequence[str]) -> tuple[str, ...]:
        """The normalised tokens, each one of the fact's vocabulary."""
        words = [token(text) for text in texts]
        if fact.one_of is None:
            if fact.type is FieldType.TOKEN and not self.open_tokens:
                self._fault(
                    part,
                    paths[0],
                    f"the values of `{fact.name}` are not declared",
                    f"`facts: {{{fact.name}: {{one_of: [...]}}}}`",
                    "without a vocabulary a misspelt value would pass for another one",
                )
            return tuple(words)
        for path, text, word in zip(paths, texts, words, strict=True):
            if word not in fact.one_of:
                self._fault(
                    part,
                    path,
                    f"{quoted(text)} is no value of `{fact.name}`",
                    f"one of {', '.join(fact.one_of)}",
                    did_you_mean(word, fact.one_of),
                )
        return tuple(words)

    def languages(self, part: Section, paths: Sequence[Path], texts: Sequence[str]) -> tuple[str, ...]:
        """The language ranges in normal form."""
        ranges = []
        for path, text in zip(paths, texts, strict=True):
            tag = language(text)
            if tag is None:
                self._fault(part, path, f"{quoted(text)} is no language", "a BCP 47 tag such as en or pt-BR")
            else:
                ranges.append(tag)
        return tuple(ranges)


def _all(parts: list[Truth]) -> Truth:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _any(parts: list[Truth]) -> Truth:
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _a(fact: Fact) -> str:
    return {
        FieldType.INTEGER: "an integer",
        FieldType.INSTANT: "an instant",
        FieldType.TAGS: "a list of tags",
        FieldType.EVENTS: "the list of events",
    }.get(fact.type, f"a {fact.type.value}")
