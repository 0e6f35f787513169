"""A small policy of two revisions, and test documents about it."""

from __future__ import annotations

from textwrap import dedent, indent

from supportpolicy.compiler.policy import Policy, compile_policy
from supportpolicy.document import parse_document
from supportpolicy.errors import DocumentError
from supportpolicy.plugin.registry import installed
from supportpolicy.testing.case import CaseResult, PolicyTests
from supportpolicy.testing.compiling import compile_tests
from supportpolicy.testing.running import run_case

FIRST = """\
supportpolicy: 1
id: small
title: Small Support
revision: "1"
in_force: {until: 2022-01-01T00:00:00Z}
scope: [paid]
facts:
  edition: {one_of: [free, team]}
  seats: {type: integer}
  urgent: {type: boolean}
  topic: {one_of: [spam, bug]}
clauses:
  paid: {section: Scope, says: Paid editions are supported.}
  response: {section: Times, says: A person answers within twelve hours.}
  numbers: {section: Numbers, says: Each request gets a number of its own.}
rules:
  paid: {kind: eligibility, clause: paid, require: {edition: team}}
  answered: {kind: deadline, clause: response, start: submitted, stop: first_response, within: 12h in 24x7}
  numbered: {kind: unique, clause: numbers, field: reference}
exclude:
  - {reason: spam, when: {topic: spam}}
"""

SECOND = (
    FIRST.replace('"1"', '"2"')
    .replace("until", "from")
    .replace("within: 12h", "within: 2h")
    .replace("exclude:", "  small: {kind: eligibility, clause: paid, require: {seats: {at_most: 9}}}\nexclude:")
)

BASE = """\
base:
  as_of: 2021-06-01T00:00:00Z
  ticket: {id: T-1, reference: R-1, submitted: 2021-03-01T08:00:00Z, first_response: 2021-03-01T20:00:00Z, edition: team}
  expect: {paid: pass, answered: pass, numbered: unknown}
"""


def policy(*texts: str) -> Policy:
    documents = [parse_document(text.encode(), f"policy-{number}.yaml") for number, text in enumerate(texts, 1)]
    return compile_policy(documents, installed().rule_kinds)


def document_text(cases: str, base: str = BASE) -> str:
    return "supportpolicy-tests: 1\ncases:\n" + indent(base + dedent(cases), "  ")


def compiled(cases: str, *texts: str, base: str = BASE) -> PolicyTests:
    document = parse_document(document_text(cases, base).encode(), "tests.yaml")
    return compile_tests(document, policy(*(texts or (FIRST,))))


def problems(text: str, *texts: str) -> list[str]:
    """What is wrong with a whole test document, as a user reads it."""
    try:
        compile_tests(parse_document(text.encode(), "tests.yaml"), policy(*(texts or (FIRST,))))
    except DocumentError as error:
        return [str(problem) for problem in error.problems]
    return []


def result(cases: str, name: str, *texts: str) -> CaseResult:
    tests = compiled(cases, *texts)
    return run_case(tests, tests.cases[name])


def got(cases: str, name: str, *texts: str) -> dict[str, str]:
    """What each rule says of the case's ticket."""
    return {one.rule: one.got for one in result(cases, name, *texts).results}
