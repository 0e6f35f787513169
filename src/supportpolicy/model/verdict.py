"""What a rule says of a ticket (docs/semantics.md, section 4)."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

from supportpolicy.model.cell import Reason


class Verdict(StrEnum):
    """The five verdicts."""

    PASS = "pass"
    FAIL = "fail"
    OPEN = "open"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class OnFail(StrEnum):
    """What a failed rule means: the ticket is not covered, a duty is broken, or a remark."""

    OUT_OF_SCOPE = "out_of_scope"
    VIOLATION = "violation"
    NOTE = "note"


class Party(StrEnum):
    """Who owes what the rule demands."""

    PROVIDER = "provider"
    CUSTOMER = "customer"


class Basis(StrEnum):
    """Where the value that decided came from, if not from the record's own history."""

    EVENTS = "events"
    VENDOR_FIELD = "vendor field"
    AT_EXPORT = "at export"


class Outcome(NamedTuple):
    """A verdict and its cause: `reason` and `field` for unknown; `barred_by` for not_applicable, the id of the gate that
    bars or "" where the rule's own `when` (or a clock that never started) excludes the ticket."""

    verdict: Verdict
    reason: Reason | None = None
    field: str = ""
    barred_by: str = ""


@cache
def unknown(reason: Reason, field: str) -> Outcome:
    """Unknown for want of a field. One object for each cause, of which there are few."""
    return Outcome(Verdict.UNKNOWN, reason, field)


PASS = Outcome(Verdict.PASS)
FAIL = Outcome(Verdict.FAIL)
OPEN = Outcome(Verdict.OPEN)
NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)
