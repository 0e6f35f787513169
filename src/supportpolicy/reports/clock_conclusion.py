"""What follows from the sum of a clock, as a sentence."""

from __future__ import annotations

from supportpolicy.expr.nodes import NotBefore, Promise
from supportpolicy.model.cell import Reason
from supportpolicy.model.limit import AsAgreed, BusinessDays, EndOfBusinessDay, OpenTime
from supportpolicy.model.verdict import Verdict
from supportpolicy.reports.clock_sum import ClockSum


def conclusion(clock: ClockSum) -> str:
    """The sentence; empty where nothing was added up."""
    sooner = isinstance(clock.demand, NotBefore)
    match clock.promise:
        case Promise(OpenTime()) if clock.runs and (accrued := clock.text("accrued")) is not None:
            said = _waited(clock, accrued) if sooner else _concluded(clock, accrued)
        case Promise(BusinessDays() | EndOfBusinessDay() | AsAgreed()) if (due := clock.text("due")) is not None:
            said = _waited_until(clock, due) if sooner else _concluded_by_instant(clock, due)
        case _:
            return ""
    many, late = clock.clocks
    if said and many > 1:
        return f"Of {many} clocks {late or 'none'} {'was' if late < 2 else 'were'} late; of the one shown: {said}"
    return said


def _concluded(clock: ClockSum, accrued: str) -> str:
    limit, what = clock.amount, clock.stop_name
    least, most = accrued.split("..") if ".." in accrued else (accrued, accrued)
    most = most.partition(" on ")[0]
    match clock.finding.verdict, clock.finding.reason:
        case Verdict.PASS, _:
            at_most = "" if least == most else "at most "
            return f"{_capital(at_most)}{most} accrued, and {limit} is allowed: in time."
        case Verdict.FAIL, _ if clock.never:
            return (
                f"There was no {what} by {clock.text('as_of')}, when {limit} had passed: too late, whenever it comes."
            )
        case Verdict.FAIL, _:
            at_least = "" if least == most else "at least "
            return f"{_capital(at_least)}{least} accrued, and {limit} is allowed: too late."
        case Verdict.OPEN, _ if clock.never and clock.text("left"):
            left = clock.text("left")
            return f"There was no {what} by {clock.text('as_of')}, and of {limit} {left} is left: still open."
        case Verdict.UNKNOWN, Reason.TOO_COARSE:
            return f"From {least} to {most} may have accrued, and {limit} is allowed: the data are too coarse to tell."
        case _:
            return _stale(clock)


def _concluded_by_instant(clock: ClockSum, due: str) -> str:
    what, as_of = clock.stop_name, clock.text("as_of")
    match clock.finding.verdict, clock.finding.reason:
        case Verdict.PASS, _:
            return f"The {what} was due by {due} and came by then: in time."
        case Verdict.FAIL, _ if clock.never:
            return f"There was no {what} by {as_of}, and it was due by {due}: too late, whenever it comes."
        case Verdict.FAIL, _:
            return f"The {what} was due by {due} and came only after it: too late."
        case Verdict.OPEN, _ if clock.never and clock.text("left"):
            return f"There was no {what} by {as_of}, and it is due by {due}: still open."
        case Verdict.UNKNOWN, Reason.TOO_COARSE:
            return f"The {what} was due by {due}: the data are too coarse to tell whether it came by then."
        case _:
            return _stale(clock)


def _waited(clock: ClockSum, accrued: str) -> str:
    limit, what, as_of = clock.amount, clock.stop_name, clock.text("as_of")
    least, most = accrued.split("..") if ".." in accrued else (accrued, accrued)
    match clock.finding.verdict, clock.finding.reason:
        case Verdict.PASS, _ if clock.never:
            return f"There was no {what} by {as_of}, when {limit} had passed: not too soon, whenever it comes."
        case Verdict.PASS, _:
            return f"At least {least} accrued, and {limit} was to be waited for: not too soon."
        case Verdict.FAIL, _:
            return f"No more than {most} accrued, and {limit} was to be waited for: too soon."
        case Verdict.OPEN, _ if clock.never and (left := clock.text("left")):
            return f"There was no {what} by {as_of}, and of {limit} {left} is left: still open."
        case Verdict.UNKNOWN, Reason.TOO_COARSE:
            return (
                f"From {least} to {most} may have accrued, and {limit} was to be waited for: the data are too coarse."
            )
        case _:
            return _stale(clock)


def _waited_until(clock: ClockSum, due: str) -> str:
    what, as_of = clock.stop_name, clock.text("as_of")
    match clock.finding.verdict, clock.finding.reason:
        case Verdict.PASS, _ if clock.never:
            return (
                f"There was no {what} by {as_of}, and none was to come before {due}: not too soon, whenever it comes."
            )
        case Verdict.PASS, _:
            return f"The {what} was not to come before {due}, and did not: not too soon."
        case Verdict.FAIL, _:
            return f"The {what} was not to come before {due}, and did: too soon."
        case Verdict.OPEN, _ if clock.never:
            return f"There was no {what} by {as_of}, and it is not to come before {due}: still open."
        case Verdict.UNKNOWN, Reason.TOO_COARSE:
            return f"The {what} was not to come before {due}: the data are too coarse to tell whether it did."
        case _:
            return _stale(clock)


def _stale(clock: ClockSum) -> str:
    if clock.finding.reason is not Reason.STALE_EXPORT:
        return ""
    return (
        f"There was no {clock.stop_name} by {clock.text('as_of')}, the last instant that the export speaks of, "
        "and the limit ran out only after it: the export is too old to decide."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
