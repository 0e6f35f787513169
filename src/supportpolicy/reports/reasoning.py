"""What follows from the values that a rule saw: the verdict as a sentence with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from supportpolicy.expr.nodes import Clock, Demand, Distinct, EachWithin, EveryReply, NotBefore, Within, reads
from supportpolicy.expr.plan import RulePlan
from supportpolicy.expr.prose import truth_prose
from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Finding
from supportpolicy.model.limit import BestEffort, NotOffered, NotStated
from supportpolicy.model.verdict import OnFail, Verdict
from supportpolicy.reports.clock_conclusion import conclusion
from supportpolicy.reports.clock_sum import ClockSum
from supportpolicy.reports.page import plain, shortened
from supportpolicy.reports.summary import sentence

NOT_SPOKEN: Final = "The rule does not speak of this ticket"
_UNKNOWN: Final = "unknown: "
_AMOUNT: Final = re.compile(r"[0-9.]+[dhms]([ .]+[0-9.]+[dhms])*( on [^ ]+)?")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T")
_LACKS: Final = {
    Reason.MISSING: "the record does not hold {}",
    Reason.INVALID: "what stands there for {} cannot be read",
    Reason.UNRECOGNISED: "the value of {} is none that the policy knows",
    Reason.CONTRADICTORY: "what the data say of {} contradicts itself",
    Reason.TOO_COARSE: "{} is known too coarsely",
    Reason.OTHER_CLOCK: "{} was measured on another clock than the rule's",
    Reason.CHANGED_SINCE: "{} has changed since, and only its value at export is known",
    Reason.NO_SUCH_KEY: "the table that would tell {} has no row for this ticket",
    Reason.STALE_EXPORT: "the export is too old to tell {}",
    Reason.REVISION: "{} does not tell for certain which revision is in force, or whether one is",
    Reason.WHOLE_POPULATION: "{} can be judged only over all tickets",
}


def verdict_name(verdict: Verdict) -> str:
    """The verdict as people write it."""
    return verdict.value.replace("_", " ")


def verdict_words(finding: Finding) -> str:
    """The verdict and its weight: `fail, a violation by the provider`."""
    match finding.verdict, finding.on_fail:
        case Verdict.FAIL, OnFail.VIOLATION:
            return f"fail, a violation by the {finding.party}"
        case Verdict.FAIL, OnFail.OUT_OF_SCOPE:
            return "fail, so the ticket is not covered"
        case Verdict.FAIL, _:
            return "fail, a note"
        case Verdict.UNKNOWN, _:
            return f"unknown, {finding.reason}"
        case Verdict.NOT_APPLICABLE, _ if finding.barred_by:
            return f"not applicable, barred by {plain(finding.barred_by)}"
        case Verdict.NOT_APPLICABLE, _:
            return "not applicable"
        case _:
            return verdict_name(finding.verdict)


def reasoned(rule: RulePlan, finding: Finding, findings: Mapping[str, Finding]) -> str:
    """What follows, as a sentence; `findings` are those of all rules on the ticket, by rule."""
    match finding.verdict:
        case Verdict.PASS:
            kept = "the gate admits the ticket" if rule.is_gate else "the rule is kept"
            return _closed(_reached(rule.demand, finding), kept)
        case Verdict.FAIL:
            broken = {
                OnFail.OUT_OF_SCOPE: "the ticket is not covered: nothing is broken, and the rules that need this are barred",
                OnFail.NOTE: "it is noted and breaks nothing",
                OnFail.VIOLATION: f"the {rule.party} has broken the rule",
            }
            return _closed(_reached(rule.demand, finding), broken[rule.on_fail])
        case Verdict.NOT_APPLICABLE:
            return f"{NOT_SPOKEN}: {_unasked(rule, finding, findings)}."
        case Verdict.OPEN | Verdict.UNKNOWN:
            return _undecided(rule, finding, findings)


def value_words(text: str | None) -> str:
    """A value as it was read: `never` and `unknown: missing` in words, a text with blanks in quotes, and the date of a
    span within one day once."""
    if text is None:
        return "never"
    if text.startswith(_UNKNOWN):
        return shortened(text, 100)
    lo, _, hi = text.partition("..")
    if (day := _DAY.match(lo)) and hi.startswith(day.group()):
        return shortened(f"{lo}..{hi[day.end() :]}", 100)
    plainly = text and (" " not in text or _AMOUNT.fullmatch(text))
    return shortened(text, 100) if plainly else f"'{shortened(text, 100)}'"


def _closed(reached: str, verdict: str) -> str:
    return f"{reached} {sentence(verdict)}." if reached else f"{sentence(verdict)}."


def _reached(demand: Demand, finding: Finding) -> str:
    match demand:
        case Within() | NotBefore() | EachWithin():
            return conclusion(ClockSum(finding, demand))
        case EveryReply() if finding.verdict is Verdict.FAIL:
            return "One reply is enough to break it."
        case EveryReply():
            return "Each reply is as it should be."
        case Distinct(field) if finding.verdict is Verdict.FAIL:
            return f"Another ticket bears the same {plain(field)}."
        case Distinct(field):
            return f"No other judged ticket bears the same {plain(field)}."
        case _:
            return "This is met." if finding.verdict is Verdict.PASS else "This is not met."


def _unasked(rule: RulePlan, finding: Finding, findings: Mapping[str, Finding]) -> str:
    if finding.barred_by:
        gate = findings.get(finding.barred_by)
        values = gate.evidence.get("values") if gate is not None else None
        said = ""
        if gate is not None and gate.barred_by:
            said = f", being barred by {plain(gate.barred_by)} itself"
        elif isinstance(values, Mapping):
            said = f", for {' and '.join(f'{plain(name)} is {value_words(text)}' for name, text in values.items())}"
        return f"the gate {plain(finding.barred_by)} bars it{said}"
    match rule.demand:
        case EveryReply() if finding.evidence.get("replies") == 0 or _never(finding, "events"):
            return "there is no reply that it could speak of"
        case Distinct(field) if _never(finding, field):
            return f"there is no {plain(field)}"
        case Within() | NotBefore() | EachWithin() if finding.evidence.get("start", "") is None:
            return "its clock never started"
        case Within() | NotBefore() | EachWithin() as demand if (promise := _no_promise(finding, demand)) is not None:
            return promise
        case _ if rule.when is not None:
            return plain(truth_prose(rule.when, negated=True))
        case _:
            return "it asks nothing of it"


def _no_promise(finding: Finding, demand: Clock) -> str | None:
    """Why the clock of such a ticket has no limit; None where it has one, or that cannot be told."""
    promise = ClockSum(finding, demand).promise
    if promise is not None:
        promises = isinstance(promise.cell, NotOffered | BestEffort | NotStated)
        return f"for such a ticket its limit is '{plain(promise.text)}'" if promises else None
    chosen = finding.evidence.get("chosen")
    decided = isinstance(chosen, str) and _UNKNOWN not in chosen and "limit" not in finding.evidence
    return "it sets no limit for such a ticket" if decided else None


def condition_fails(rule: RulePlan, finding: Finding) -> bool:
    """Whether the rule does not speak of the ticket for want of its own condition, so that nothing else was asked."""
    return (
        finding.verdict is Verdict.NOT_APPLICABLE
        and rule.when is not None
        and _unasked(rule, finding, {}) == plain(truth_prose(rule.when, negated=True))
    )


def _never(finding: Finding, name: str) -> bool:
    values = finding.evidence.get("values")
    return isinstance(values, Mapping) and values.get(name, "") is None


def _undecided(rule: RulePlan, finding: Finding, findings: Mapping[str, Finding]) -> str:
    lack = _lack(finding)
    if finding.reason in (Reason.REVISION, Reason.WHOLE_POPULATION):
        return f"{sentence(lack)}."
    asked = reads(rule.when) if rule.when is not None else ()
    if finding.field and finding.field in asked and finding.field not in reads(rule.demand):
        return f"Whether the rule speaks of this ticket at all cannot be said: {lack}."
    gate = doubtful_gate(rule, finding, findings)
    if gate is not None:
        return f"Whether the gate {plain(gate)} admits the ticket cannot be said: {lack}."
    said = conclusion(ClockSum(finding, rule.demand)) if isinstance(rule.demand, Clock) else ""
    if said:
        return said
    if finding.verdict is Verdict.OPEN:
        return "It has not come by the audit instant, and it still may: open until time has told."
    return f"It cannot be decided: {lack}."


def doubtful_gate(rule: RulePlan, finding: Finding, findings: Mapping[str, Finding]) -> str | None:
    """The first gate that is undecided for the same cause as the rule; None where the doubt is the rule's own."""
    cause = (finding.verdict, finding.reason, finding.field)
    for gate in rule.gates:
        found = findings.get(gate)
        if found is not None and (found.verdict, found.reason, found.field) == cause:
            return gate
    return None


def _lack(finding: Finding) -> str:
    if finding.reason is None:
        return "only time can tell"
    if finding.reason is Reason.MISSING and finding.field.startswith("calendar "):
        return f"the {plain(finding.field)} does not reach that far"
    return _LACKS[finding.reason].format(plain(finding.field) or "a field")
