"""Wrong test documents, and what is said of each."""

from __future__ import annotations

import pytest
from small_policy import FIRST, SECOND, document_text, problems
from syrupy.assertion import SnapshotAssertion

# The base case takes the lines 3 to 6 of each document; what stands here begins at line 7, indented by two.
WRONG = {
    "misspelt key": "other: {form: base}",
    "neither a ticket nor from": "other: {note: nothing}",
    "ticket and from": "other: {from: base, ticket: {id: T-2}}",
    "change without from": (
        "other: {ticket: {id: a}, as_of: 2021-06-01T00:00:00Z, change: {id: b}, unset: [id], "
        "expect: {paid: unknown, answered: unknown, numbered: unknown}}"
    ),
    "case with capitals": "Other: {from: base}",
    "case that is a text": "other: from base",
    "unknown base": "other: {from: bsae}",
    "circle": "one: {from: two}\ntwo: {from: three}\nthree: {from: one}\nfour: {from: one}",
    "circle of one": "one: {from: one}",
    "unknown field": "other: {from: base, change: {frist_response: null}}",
    "unknown field unset": "other: {from: base, unset: [frist_response]}",
    "changed and unset": "other: {from: base, change: {edition: free}, unset: [edition]}",
    "no integer": "other: {from: base, change: {seats: a dozen}}",
    "no boolean": "other: {from: base, change: {urgent: yes}}",
    "number for a text in a list": "other: {from: base, change: {tags: vip}}",
    "events without complete": "other: {from: base, change: {events: {items: []}}}",
    "event without an offset": (
        "other: {from: base, change: {events: {complete: true, items: [{at: 2021-03-01T08:00:00, kind: call}]}}}"
    ),
    "event on no day": (
        "other: {from: base, change: {events: {complete: true, items: [{at: 2021-02-30T08:00:00Z, kind: call}]}}}"
    ),
    "event of a misspelt kind": (
        "other: {from: base, change: {events: {complete: true, items: [{at: 2021-03-01T08:00:00Z, kind: staf_message}]}}}"
    ),
    "event by nobody": (
        "other: {from: base, change: {events: {complete: true, items: "
        "[{at: 2021-03-01T08:00:00Z, kind: staff_message, role: agent, pubic: true}]}}}"
    ),
    "as_of without an offset": "other: {from: base, as_of: 2021-06-01T00:00:00}",
    "as_of in words": "other: {from: base, as_of: tomorrow}",
    "unknown rule": "other: {from: base, expect: {answred: pass}}",
    "unknown verdict": "other: {from: base, expect: {answered: passed}}",
    "verdict that is null": "other: {from: base, expect: {answered: null}}",
    "verdict as a mapping": "other: {from: base, expect: {answered: {unknown: missing}}}",
    "unknown reason": 'other: {from: base, expect: {answered: "unknown: misssing"}}',
    "empty reason": 'other: {from: base, expect: {answered: "unknown:"}}',
    "reason of a pass": 'other: {from: base, expect: {answered: "pass: in time"}}',
    "unknown gate": 'other: {from: base, expect: {answered: "not_applicable: payd"}}',
    "rule that is no gate": 'other: {from: base, expect: {answered: "not_applicable: numbered"}}',
    "unknown exclusion": 'other: {from: base, expect: "excluded: spma"}',
    "expectation in a word": "other: {from: base, expect: pass}",
    "among nobody": "other: {from: base, among: [bsae]}",
    "among itself": "other: {from: base, among: [base, other]}",
    "among one twice": "other: {from: base, among: [base, base]}",
    "rule left out": "other: {ticket: {id: a}, as_of: 2021-06-01T00:00:00Z, expect: {paid: unknown}}",
    "several at once": "other: {from: base, as_of: tomorrow}\nthird: {from: base, change: {seatz: 1}, expect: {payd: pass}}",
}

DOCUMENTS = {
    "another heading": "supportpolicy-tests: 2\ncases:\n  base: {}\n",
    "no cases": "supportpolicy-tests: 1\n",
    "empty cases": "supportpolicy-tests: 1\ncases: {}\n",
    "cases in a list": "supportpolicy-tests: 1\ncases:\n  - ticket: {id: a}\n",
    "policy as a list": "supportpolicy-tests: 1\npolicy: [a.yaml]\n" + document_text("").partition("\n")[2],
    "ticket without the rest": "supportpolicy-tests: 1\ncases:\n  base:\n    ticket: {id: a}\n",
}


def told(document: str, found: list[str], first: int = 1) -> str:
    """The document's lines from `first` on with their numbers, and what is said of it."""
    lines = [f"{number:>2} | {line}" for number, line in enumerate(document.rstrip("\n").split("\n"), 1)]
    return "\n".join([*lines[first - 1 :], "", *found])


@pytest.mark.parametrize("name", WRONG)
def test_wrong_cases(name: str, snapshot: SnapshotAssertion) -> None:
    document = document_text(WRONG[name])
    found = problems(document)
    assert found
    assert told(document, found, first=7) == snapshot


@pytest.mark.parametrize("name", DOCUMENTS)
def test_wrong_documents(name: str, snapshot: SnapshotAssertion) -> None:
    found = problems(DOCUMENTS[name])
    assert found
    assert told(DOCUMENTS[name], found) == snapshot


def test_a_rule_that_only_another_revision_has(snapshot: SnapshotAssertion) -> None:
    document = document_text(
        """
        early: {from: base, expect: {small: pass}}
        later: {from: base, as_of: 2022-06-01T00:00:00Z, change: {submitted: 2022-03-01T08:00:00Z}}
        """
    )
    assert told(document, problems(document, FIRST, SECOND)) == snapshot


def test_what_is_right_is_refused_by_nobody() -> None:
    assert problems(document_text("other: {from: base}")) == []
