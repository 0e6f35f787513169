"""The sum of a clock, laid out so that a person can add it up.

Every number comes from the evidence of the finding; here it is only put in order. Where an instant is known as a span,
the least and the greatest that can have accrued are two subtractions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.nodes import (
    At,
    Clock,
    EachWithin,
    Events,
    FirstResponse,
    Moment,
    NotBefore,
    Occurrence,
    Promise,
    moment_field,
    promises,
)
from supportpolicy.expr.prose import events_prose
from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import Finding
from supportpolicy.model.instant import Instant, InstantError, format_instant, format_us, parse_instant
from supportpolicy.model.limit import ALWAYS, AsAgreed, BusinessDays, EndOfBusinessDay, OpenTime

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
    demand: Clock

    @property
    def start(self) -> Instant | None:
        return read_instant(self.text("start"))

    @property
    def stop(self) -> Instant | None:
        return read_instant(self.text("stop"))

    @property
    def audited(self) -> Instant | None:
        return read_instant(self.text("as_of"))

    @property
    def never(self) -> bool:
        """Whether the clock started and did not stop up to the audit instant."""
        return self.start is not None and "stop" in self.finding.evidence and self.text("stop") is None

    @property
    def runs(self) -> bool:
        """Whether there is something to add up."""
        if self.start is None:
            return False
        by_instant = self.promise is not None and not isinstance(self.promise.cell, OpenTime)
        return self.never or self.text("accrued") is not None or (by_instant and self.stop is not None)

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
    def stop_moment(self) -> Moment | Events:
        """What stops the clock; of clocks that something else has ended, that."""
        demand = self.demand
        if isinstance(demand, EachWithin) and demand.until is not None:
            ended = self.text("stop_field") == moment_field(demand.until) != demand.stop.kind
            return demand.until if ended else demand.stop
        return demand.stop

    @property
    def stop_name(self) -> str:
        """What stops the clock, as a noun."""
        return noun(self.stop_moment)

    @property
    def clocks(self) -> tuple[int, int]:
        """How many clocks there were, and how many of them late."""
        many, late = (self.finding.evidence.get(key) for key in ("clocks", "late"))
        return (many, late) if isinstance(many, int) and isinstance(late, int) else (1, 0)

    @property
    def promise(self) -> Promise | None:
        """The limit that was chosen for the ticket; None where that is not known, or there is none."""
        text, calendar = self.text("limit"), self.text("calendar")
        return next(
            (t for t in promises(self.demand.limit) if t.text == text and _calendar(t) == calendar),
            None,
        )

    @property
    def amount(self) -> str:
        """The limit as it is set against what accrued."""
        match self.promise:
            case Promise(OpenTime(us, calendar)) if calendar == ALWAYS:
                return format_duration(us)
            case Promise(cell):
                return str(cell)
            case _:
                return ""

    def _due(self, start: Instant) -> tuple[Term, ...]:
        due, last_in_time = self.text("due"), self.text("last_in_time")
        if due is None or self.promise is None:
            return ()
        text = self.promise.text
        if isinstance(self.promise.cell, AsAgreed):
            return (Term("", "due", f"{due}, {text}"),)
        amount = self.amount
        also = "" if text in (amount, f"{amount} in {ALWAYS}") else f", which is {amount}"
        without = ", without the pauses" if self.text("paused") is not None else ""
        counted_from = self.text("counted_from")
        terms = (
            Term("", "start", format_instant(start)),
            *((Term("", "counted from", f"{counted_from}, the next opening"),) if counted_from is not None else ()),
            Term("+", "limit", f"{text}{also}{without}"),
            Term("=", "due" if not isinstance(self.demand, NotBefore) else "not before", due),
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
        elif self.text("calendar") != ALWAYS or self.text("paused") is not None:
            yield tuple(self._stretches(accrued))
        elif (counted_from := read_instant(self.text("counted_from"))) is not None:
            if end.hi <= counted_from.lo:
                yield (Term("=", "accrued", f"{accrued}, for it came before the opening"),)
            else:
                yield from _differences(name, end, "counted from", counted_from)
        else:
            yield from _differences(name, end, "start", start)

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
        paused = self.text("paused")
        nothing = (
            "" if told else ", for the clock did not run" if paused else ", for the calendar was closed throughout"
        )
        if dots:
            yield Term("=", "at most", f"{most}{nothing}")
            with_all = ", with every pause that there may have been" if paused else ""
            yield Term("", "at least", f"{least}, from the latest start to the earliest stop{with_all}")
        else:
            yield Term("=", "accrued", f"{accrued}{nothing}")
        if paused is not None:
            yield Term("", "paused", paused)

    def _left(self) -> tuple[Term, ...]:
        left, audited, due = self.text("left"), self.audited, read_instant(self.text("due"))
        if left is None or audited is None or due is None or self.promise is None:
            return ()
        counted = self.text("calendar") != ALWAYS or self.text("paused") is not None
        if isinstance(self.promise.cell, OpenTime) and counted:
            least, _, most = (self.text("accrued") or "").rpartition("..")
            most = least if least and isinstance(self.demand, NotBefore) else most
            return (Term("", "limit", self.amount), Term("-", "accrued", most), Term("=", "left", left))
        return (
            Term("", "due" if due.exact else "earliest due", format_us(due.lo))
            if not isinstance(self.demand, NotBefore)
            else Term("", "not before", format_us(due.hi)),
            Term("-", "judged at", format_us(audited.lo)),
            Term("=", "left", left),
        )


def _calendar(promise: Promise) -> str | None:
    match promise.cell:
        case OpenTime(_, calendar) | BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar):
            return calendar
        case _:
            return None


def noun(moment: Moment | Events) -> str:
    """What happens at the moment."""
    match moment:
        case Events():
            return events_prose(moment)
        case Occurrence(which, events):
            return events_prose(events, which)
        case FirstResponse():
            return "first response"
        case At(field):
            return _NOUNS.get(field, field.replace("_", " "))
        case _:
            return "submission"


def _differences(name: str, end: Instant, start_name: str, start: Instant) -> Iterator[tuple[Term, ...]]:
    if start.exact and end.exact:
        yield _difference(name, end.lo, start_name, start.lo, "accrued")
        return
    yield _difference(f"earliest {name}", end.lo, f"latest {start_name}", start.hi, "at least")
    yield _difference(f"latest {name}", end.hi, f"earliest {start_name}", start.lo, "at most")


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


def read_instant(text: str | None) -> Instant | None:
    """The instant or span that the evidence writes; None where it is none."""
    if text is None:
        return None
    lo, dots, hi = text.partition(" (")[0].partition("..")
    try:
        first = parse_instant(lo)
        return Instant(first.lo, parse_instant(hi).hi) if dots else first
    except InstantError:
        return None
