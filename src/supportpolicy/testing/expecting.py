"""What a case expects: from the words of the file to verdicts, checked against the rules of the policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from supportpolicy.compiler.policy import Policy
from supportpolicy.document import Section
from supportpolicy.errors import Problem, did_you_mean
from supportpolicy.model.cell import Reason
from supportpolicy.model.text import quoted
from supportpolicy.model.verdict import Verdict
from supportpolicy.testing.case import Expectation

_VERDICTS: Final = tuple(verdict.value for verdict in Verdict)
_REASONS: Final = tuple(reason.value for reason in Reason)
_BEFORE_THE_POLICY: Final = ("no revision in force", "submitted after the audit instant")

Expect = Mapping[str, Expectation] | Expectation


class Expecting:
    """Reads the `expect` of cases. Problems are gathered in `problems`."""

    def __init__(self, policy: Policy, problems: list[Problem]) -> None:
        self.problems = problems
        self.rules = {rule.id: rule for revision in policy.revisions for rule in revision.rules}
        self.gates = [rule.id for rule in self.rules.values() if rule.is_gate]
        self.exclusions = [
            *(exclusion.reason for revision in policy.revisions for exclusion in revision.exclude),
            *_BEFORE_THE_POLICY,
        ]

    def read(self, case: Section, name: str) -> Expect | None:
        """What the case itself says; None where it says nothing."""
        if not case.has("expect"):
            return None
        stated = case.data["expect"]
        if isinstance(stated, str):
            return self._exclusion(case, name, stated)
        return {
            rule: found for rule, text in stated.items() if (found := self._verdict(case, name, rule, text)) is not None
        }

    def _exclusion(self, case: Section, name: str, text: str) -> Expectation:
        detail = text.partition(":")[2].strip()
        if detail and detail not in self.exclusions:
            self._problem(
                case,
                message=f"no ticket is excluded for the reason {quoted(detail)}",
                expected=f"one of {', '.join(self.exclusions)}",
                hint=did_you_mean(detail, self.exclusions),
            )
        return Expectation(None, detail, name, case.place("expect"))

    def _verdict(self, case: Section, name: str, rule: str, text: str) -> Expectation | None:
        if rule not in self.rules:
            self._problem(
                case,
                rule,
                message=f"the policy has no rule {quoted(rule)}",
                expected=f"one of {', '.join(self.rules)}",
                hint=did_you_mean(rule, self.rules),
                on_key=True,
            )
            return None
        word, colon, detail = (part.strip() for part in text.partition(":"))
        if word not in _VERDICTS:
            self._problem(
                case,
                rule,
                message=f"{quoted(word)} is no verdict",
                expected=f"one of {', '.join(_VERDICTS)}",
                hint=did_you_mean(word, _VERDICTS),
            )
            return None
        verdict = Verdict(word)
        if colon:
            self._detail(case, rule, verdict, detail)
        return Expectation(verdict, detail, name, case.place("expect", rule))

    def _detail(self, case: Section, rule: str, verdict: Verdict, detail: str) -> None:
        known: Collection[str]
        match verdict:
            case Verdict.UNKNOWN:
                known, what = _REASONS, "reason"
            case Verdict.NOT_APPLICABLE:
                known, what = self.gates, "gate"
            case _:
                self._problem(case, rule, message=f"`{verdict.value}` has no reason", expected=verdict.value)
                return
        if detail not in known:
            self._problem(
                case,
                rule,
                message=f"there is no {what} {quoted(detail)}" if detail else f"the {what} is missing after the colon",
                expected=f"one of {', '.join(known)}" if known else "not_applicable: the policy has no gate",
                hint=did_you_mean(detail, known),
            )

    def complete(
        self, case: Section, own: Expect | None, inherited: Expect | None, revision: str, rules: Collection[str]
    ) -> Expect:
        """The case's own expectations over the inherited ones, in the order of the rules of the revision in force.

        A rule that only another revision has is not inherited, and may not be listed; a rule without an expectation is a
        problem.
        """
        if isinstance(own, Expectation) or (own is None and isinstance(inherited, Expectation)):
            return own or inherited or {}
        before = {} if inherited is None or isinstance(inherited, Expectation) else inherited
        given = {**before, **(own or {})}
        if not rules:  # no revision is in force: no verdict will be as expected
            return given
        for rule in own or ():
            if rule not in rules:
                self._problem(
                    case,
                    rule,
                    message=f"the revision {quoted(revision)}, which is in force for this ticket, has no such rule",
                    expected=f"one of {', '.join(rules)}",
                    on_key=True,
                )
        missing = [rule for rule in rules if rule not in given]
        if missing:
            self._problem(
                case,
                message=f"says nothing of {', '.join(missing)}",
                expected="a verdict for every rule of the policy",
                hint="" if inherited is None else "the case that it is from says nothing of them either",
                on_key=True,
            )
        return {rule: given[rule] for rule in rules if rule in given}

    def _problem(
        self, case: Section, *keys: str, message: str, expected: str = "", hint: str = "", on_key: bool = False
    ) -> None:
        self.problems.append(
            case.problem("expect", *keys, message=message, expected=expected, hint=hint, on_key=on_key)
        )
