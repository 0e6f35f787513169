"""Policy tests as values: cases, what they expect, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportpolicy.compiler.policy import Policy
from supportpolicy.document import Document
from supportpolicy.engines.reference.single import SingleJudge
from supportpolicy.errors import Place
from supportpolicy.model.finding import Finding
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one rule shall say: a verdict and, if `detail` is not empty, for unknown the reason or for not_applicable the
    gate that bars. With `verdict` None: the ticket shall not be judged at all, for the reason in `detail` if there is one.

    `case` is the one that says so, which may be an ancestor of the case it holds for; `place` is where.
    """

    verdict: Verdict | None
    detail: str
    case: str
    place: Place

    def __str__(self) -> str:
        word = "excluded" if self.verdict is None else self.verdict.value
        return f"{word}: {self.detail}" if self.detail else word


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket and what is expected of it, with all that it inherits.

    `among` are the names of the cases whose tickets are judged with this one, None where it is judged alone. `expect` has
    an entry for each rule in the policy's order, or one expectation that the ticket is not judged.
    """

    name: str
    place: Place
    as_of: int
    ticket: Mapping[str, JsonValue]
    among: tuple[str, ...] | None
    expect: Mapping[str, Expectation] | Expectation
    note: str


@dataclass(frozen=True, slots=True)
class PolicyTests:
    """A test document, compiled against its policy. `cases` in the order of the file."""

    document: Document
    policy: Policy
    judge: SingleJudge
    cases: Mapping[str, Case]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one expectation. `rule` is empty where the ticket was not judged, or was against expectation.

    `finding` is what the rule said of the ticket, None where it said nothing, for `excluded` or for no rule. `because` is
    the finding that led there: the rule's own, or that of the gate on which it depends.
    """

    case: str
    rule: str
    expected: Expectation | None
    finding: Finding | None
    because: Finding | None
    excluded: str
    met: bool
    place: Place

    @property
    def wanted(self) -> str:
        """What was expected, in the words of the file."""
        return "to be judged" if self.expected is None else str(self.expected)

    @property
    def got(self) -> str:
        """What was found, in the words of the file; an unknown field after its reason."""
        if self.finding is None:
            return f"excluded: {self.excluded}" if self.excluded else "judged"
        finding = self.finding
        if finding.reason is not None:
            return f"unknown: {finding.reason.value}" + (f" ({finding.field})" if finding.field else "")
        return f"{finding.verdict.value}: {finding.barred_by}" if finding.barred_by else finding.verdict.value


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case: a result for each expectation, in the order of the policy's rules."""

    case: Case
    results: tuple[Result, ...]

    @property
    def met(self) -> bool:
        return all(result.met for result in self.results)
