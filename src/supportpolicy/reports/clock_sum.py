"""The sum of a clock, laid out so that a person can add it up.

Every number comes from the evidence of the finding; here it is only put in order. Where an instant is known as a span,
the least and the greatest that can have accrued are two subtractions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.nodes import At, FirstResponse, Moment, Target, Within, targets
from supportpolicy.model.cell import Reason
from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import Finding
from supportpolicy.model.instant import Instant, InstantError, format_instant, format_us, parse_instant
from supportpolicy.model.limit import ALWAYS, AsAgreed, BusinessDays, EndOfBusinessDay, OpenTime
from supportpolicy.model.verdict import Verdict

_NOUNS: Final = {
    "acknowledged": "acknowledgement",
    "resolved": "resolution",
    "closed": "closing",
    "updated": "update",
}


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a sum: `sign` is `+`, `-`, `=` or empty where a sum begins."""

    sign: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ClockSum:
    """What the evidence of a clock says."""

    finding: Finding
    demand: Within

    @property
    def start(self) -> Instant | None:
        return _instant(self.text("start"))

    @property
    def stop(self) -> Instant | None:
        return _instant(self.text("stop"))

    @property
    def audited(self) -> Instant | None:
        return _instant(self.text("as_of"))

    @property
    def never(self) -> bool:
        """Whether the clock started and did not stop up to the audit instant."""
        return self.start is not None and "stop" in self.finding.evidence and self.text("stop") is None

    @property
    def runs(self) -> bool:
        """Whether there is something to add up."""
        return self.start is not None and (self.never or self.text("accrued") is not None)

    def text(self, key: str) -> str | None:
        """A text of the evidence."""
        value = self.finding.evidence.get(key)
        return value if isinstance(value, str) else None

    def terms(self) -> tuple[tuple[Term, ...], ...]:
        """The sums: until when there was time, and how much accrued."""
        start = self.start
        if start is None:
            return ()
        return tuple(filter(None, (self._due(start), *self._accrued(start), self._left())))

    @property
    def target(self) -> Target | None:
        """The limit that was chosen for the ticket; None where that is not known, or there is none."""
        text, calendar = self.text("limit"), self.text("calendar")
        return next(
            (t for t in targets(self.demand.limit) if t.text == text and _calendar(t) == calendar),
            None,
        )

    @property
    def _amount(self) -> str:
        """The limit as it is set against what accrued."""
        match self.target:
            case Target(OpenTime(us, calendar)) if calendar == ALWAYS:
                return format_duration(us)
            case Target(cell):
                return str(cell)
            case _:
                return ""

    def _due(self, start: Instant) -> tuple[Term, ...]:
        due, last_in_time = self.text("due"), self.text("last_in_time")
        if due is None or self.target is None:
            return ()
        text = self.target.text
        if isinstance(self.target.cell, AsAgreed):
            return (Term("", "due", f"{due}, {text}"),)
        amount = self._amount
        also = "" if text in (amount, f"{amount} in {ALWAYS}") else f", which is {amount}"
        terms = (
            Term("", "start", format_instant(start)),
            Term("+", "limit", f"{text}{also}"),
            Term("=", "due", due),
        )
        if last_in_time is None or last_in_time == due:
            return terms
        return (*terms, Term("", "in time up to", f"{last_in_time}, for the calendar is closed until then"))

    def _accrued(self, start: Instant) -> Iterator[tuple[Term, ...]]:
        accrued = self.text("accrued")
        end, name = (self.audited, "judged at") if self.never else (self.stop, "stop")
        if accrued is None:
            return
        if end is None:
            yield (Term("", "accrued", f"{accrued}, as the source measured it"),)
        elif self.text("calendar") != ALWAYS:
            yield tuple(self._stretches(accrued))
        elif start.exact and end.exact:
            yield _difference(name, end.lo, "start", start.lo, "accrued")
        else:
            yield _difference(f"earliest {name}", end.lo, "latest start", start.hi, "at least")
            yield _difference(f"latest {name}", end.hi, "earliest start", start.lo, "at most")

    def _stretches(self, accrued: str) -> Iterator[Term]:
        """The stretches of open time, added up."""
        intervals = self.text("intervals")
        least, dots, most = accrued.partition("..")
        told = intervals.split(", ") if intervals is not None else []
        for number, stretch in enumerate(told):
            sign = "+" if number else ""
            if stretch.startswith("and "):
                yield Term(sign, "open", f"{stretch.removeprefix('and ')} stretches")
            else:
                span, _, length = stretch.partition(" ")
                yield Term(sign, "open", f"{span}  {length.strip('()')}")
        nothing = "" if told else ", for the calendar was closed throughout"
        if dots:
            yield Term("=", "at most", f"{most}{nothing}")
            yield Term("", "at least", f"{least}, from the latest start to the earliest stop")
        else:
            yield Term("=", "accrued", f"{accrued}{nothing}")

    def _left(self) -> tuple[Term, ...]:
        left, audited, due = self.text("left"), self.audited, _instant(self.text("due"))
        if left is None or audited is None or due is None or self.target is None:
            return ()
        if isinstance(self.target.cell, OpenTime) and self.text("calendar") != ALWAYS:
            most = (self.text("accrued") or "").rpartition("..")[2]
            return (Term("", "limit", self._amount), Term("-", "accrued", most), Term("=", "left", left))
        return (
            Term("", "due" if due.exact else "earliest due", format_us(due.lo)),
            Term("-", "judged at", format_us(audited.lo)),
            Term("=", "left", left),
        )

    def conclusion(self) -> str:
        """What follows from the sum, as a sentence; empty where nothing was added up."""
        match self.target:
            case Target(OpenTime()) if self.runs and (accrued := self.text("accrued")) is not None:
                return self._concluded(accrued)
            case Target(BusinessDays() | EndOfBusinessDay() | AsAgreed()) if (due := self.text("due")) is not None:
                return self._concluded_by_instant(due)
            case _:
                return ""

    def _concluded(self, accrued: str) -> str:
        limit, what = self._amount, noun(self.demand.stop)
        least, most = accrued.split("..") if ".." in accrued else (accrued, accrued)
        most = most.partition(" on ")[0]
        match self.finding.verdict, self.finding.reason:
            case Verdict.PASS, _:
                at_most = "" if least == most else "at most "
                return f"{_capital(at_most)}{most} accrued, and {limit} is allowed: in time."
            case Verdict.FAIL, _ if self.never:
                return f"There was no {what} by {self.text('as_of')}, when {limit} had passed: too late, whenever it comes."
            case Verdict.FAIL, _:
                at_least = "" if least == most else "at least "
                return f"{_capital(at_least)}{least} accrued, and {limit} is allowed: too late."
            case Verdict.OPEN, _ if self.never and self.text("left"):
                left = self.text("left")
                return f"There was no {what} by {self.text('as_of')}, and of {limit} {left} is left: still open."
            case Verdict.UNKNOWN, Reason.TOO_COARSE:
                return (
                    f"From {least} to {most} may have accrued, and {limit} is allowed: the data are too coarse to tell."
                )
            case _:
                return self._stale()

    def _concluded_by_instant(self, due: str) -> str:
        what, as_of = noun(self.demand.stop), self.text("as_of")
        match self.finding.verdict, self.finding.reason:
            case Verdict.PASS, _:
                return f"The {what} was due by {due} and came by then: in time."
            case Verdict.FAIL, _ if self.never:
                return f"There was no {what} by {as_of}, and it was due by {due}: too late, whenever it comes."
            case Verdict.FAIL, _:
                return f"The {what} was due by {due} and came only after it: too late."
            case Verdict.OPEN, _ if self.never and self.text("left"):
                return f"There was no {what} by {as_of}, and it is due by {due}: still open."
            case Verdict.UNKNOWN, Reason.TOO_COARSE:
                return f"The {what} was due by {due}: the data are too coarse to tell whether it came by then."
            case _:
                return self._stale()

    def _stale(self) -> str:
        if self.finding.reason is not Reason.STALE_EXPORT:
            return ""
        return (
            f"There was no {noun(self.demand.stop)} by {self.text('as_of')}, the last instant that the export speaks of, "
            "and the limit ran out only after it: the export is too old to decide."
        )


def _calendar(target: Target) -> str | None:
    match target.cell:
        case OpenTime(_, calendar) | BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar):
            return calendar
        case _:
            return None


def noun(moment: Moment) -> str:
    """What happens at the moment."""
    match moment:
        case FirstResponse():
            return "first response"
        case At(field):
            return _NOUNS.get(field, field.replace("_", " "))
        case _:
            return "submission"


def _difference(from_name: str, minuend: int, name: str, subtrahend: int, result: str) -> tuple[Term, ...]:
    difference = minuend - subtrahend
    shown = format_duration(max(0, difference))
    if difference < 0:
        shown += f", for nothing takes less (the difference is {format_duration(difference)})"
    return (
        Term("", from_name, format_us(minuend)),
        Term("-", name, format_us(subtrahend)),
        Term("=", result, shown),
    )


def _instant(text: str | None) -> Instant | None:
    """The instant or span that the evidence writes; None where it is none."""
    if text is None:
        return None
    lo, dots, hi = text.partition(" (")[0].partition("..")
    try:
        first = parse_instant(lo)
        return Instant(first.lo, parse_instant(hi).hi) if dots else first
    except InstantError:
        return None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
