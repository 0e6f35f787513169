"""What a limit makes of a clock: whether it was kept or still can be, and when it runs out (docs/semantics.md, section 2).

There is one class for each way in which time is measured. `name` is the field of the stop,
which the reason of an unknown names.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from supportpolicy.engines.reference.pauses import Standing
from supportpolicy.model.always_open import AlwaysOpen
from supportpolicy.model.cell import Reason
from supportpolicy.model.instant import Instant
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.running import Running
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.verdict import FAIL, OPEN, PASS, Outcome, unknown


class Judged(NamedTuple):
    """The instants at which a running clock is judged: T, and the one that was asked for."""

    audit: int
    as_of: int


class RunsOut(NamedTuple):
    """When a limit runs out, and the last instant in time; None where the calendar does not reach that far."""

    due: Instant | None
    last_in_time: Instant | None


@dataclass(frozen=True, slots=True)
class Always:
    """`us` microseconds on the clock that never stands still."""

    us: int
    calendar: str = ALWAYS

    def stopped(self, start: Instant, lo: int, hi: int, name: str) -> Outcome:
        """The verdict where the stop lies between `lo` and `hi`."""
        if hi < start.lo:
            return unknown(Reason.CONTRADICTORY, name)
        if hi - start.lo <= self.us:
            return PASS
        return FAIL if lo - start.hi > self.us else unknown(Reason.TOO_COARSE, name)

    def accrued(self, least: int, greatest: int, name: str) -> Outcome:
        """The verdict where so much accrued. No later than is inclusive."""
        return _compared(self.us, least, greatest, name)

    def running(self, start: Instant, at: Judged, name: str) -> Outcome:
        """The verdict where the clock has not stopped up to T: it fails once every later stop would be late."""
        if at.audit >= start.hi + self.us:
            return FAIL
        if at.as_of >= start.lo + self.us > at.audit:
            return unknown(Reason.STALE_EXPORT, name)
        return OPEN if at.audit < start.lo + self.us else unknown(Reason.TOO_COARSE, name)

    def late(self, start: Instant, stop: int) -> int:
        """By how much a stop is certainly late."""
        return stop - start.hi - self.us

    def runs_out(self, start: Instant) -> RunsOut:
        due = Instant(start.lo + self.us, start.hi + self.us)
        return RunsOut(due, due)

    def between(self, start: Instant, lo: int, hi: int) -> tuple[int, int] | None:
        """The least and the most that accrues up to a stop between `lo` and `hi`."""
        return max(0, lo - start.hi), max(0, hi - start.lo)

    def left(self, start: Instant, audit: int) -> int | None:
        """What is left at T, at the least."""
        return start.lo + self.us - audit


@dataclass(frozen=True, slots=True)
class OnCalendar:
    """`us` microseconds of open time on a calendar."""

    us: int
    calendar: str
    table: StepTable

    def stopped(self, start: Instant, lo: int, hi: int, name: str) -> Outcome:
        if hi < start.lo:
            return unknown(Reason.CONTRADICTORY, name)
        accrued = self.between(start, lo, hi)
        return self._beyond() if accrued is None else self.accrued(*accrued, name)

    def accrued(self, least: int, greatest: int, name: str) -> Outcome:
        return _compared(self.us, least, greatest, name)

    def running(self, start: Instant, at: Judged, name: str) -> Outcome:
        early, late = self._over(start.lo, at.audit), self._over(start.hi, at.audit)
        if early is None or late is None:
            return self._beyond()
        if late:
            return FAIL
        if early:
            return unknown(Reason.TOO_COARSE, name)
        since = self._over(start.lo, at.as_of)
        if since is None:
            return self._beyond()
        return unknown(Reason.STALE_EXPORT, name) if since else OPEN

    def _over(self, start: int, at: int) -> bool | None:
        """Whether every instant after `at` exceeds the limit: more has accrued, or as much and more accrues at once."""
        begun, now, is_open = self.table.accrued(start), self.table.accrued(at), self.table.is_open(at)
        if begun is None or now is None or is_open is None:
            return None
        return now - begun > self.us or (now - begun == self.us and is_open)

    def _beyond(self) -> Outcome:
        return beyond(self.calendar)

    def late(self, start: Instant, stop: int) -> int:
        accrued = self.table.between(start.hi, stop)
        assert accrued is not None  # else it would not have failed
        return accrued - self.us

    def runs_out(self, start: Instant) -> RunsOut:
        return RunsOut(
            _span(self.table.due(start.lo, self.us), self.table.due(start.hi, self.us)),
            _span(self.table.last_in_time(start.lo, self.us), self.table.last_in_time(start.hi, self.us)),
        )

    def between(self, start: Instant, lo: int, hi: int) -> tuple[int, int] | None:
        least, greatest = self.table.between(start.hi, lo), self.table.between(start.lo, hi)
        return None if least is None or greatest is None else (least, greatest)

    def left(self, start: Instant, audit: int) -> int | None:
        accrued = self.table.between(start.lo, audit)
        return None if accrued is None else self.us - accrued


@dataclass(frozen=True, slots=True)
class WithPauses:
    """`us` microseconds of open time on a calendar, without the time in which the clock stood.

    The least that accrued is reckoned with all pauses that may have been, the most with those alone that are certain.
    Beyond the audit instant no pause is known of.
    """

    us: int
    calendar: str
    table: StepTable | AlwaysOpen
    standing: Standing

    @property
    def fewest(self) -> Running:
        """The clock as it runs if it stood no more than is certain."""
        return Running(self.table, self.standing.fewest)

    @property
    def most(self) -> Running:
        """The clock as it runs if it stood as much as may be."""
        return Running(self.table, self.standing.most)

    def stopped(self, start: Instant, lo: int, hi: int, name: str) -> Outcome:
        if hi < start.lo:
            return unknown(Reason.CONTRADICTORY, name)
        accrued = self.between(start, lo, hi)
        if accrued is None:
            return beyond(self.calendar)
        compared = _compared(self.us, *accrued, name)
        return compared if compared.reason is None else self.undecided(start.lo, hi, name)

    def running(self, start: Instant, at: Judged, name: str) -> Outcome:
        over = self._over(self.most, start.hi, at.audit, self.standing.may_stand)
        may_be = self._over(self.fewest, start.lo, at.audit, self.standing.stands)
        if over is None or may_be is None:
            return beyond(self.calendar)
        if over:
            return FAIL
        if may_be:
            return self.undecided(start.lo, at.audit, name)
        if at.as_of == at.audit:
            return OPEN
        since = self._over(self.fewest, start.lo, at.as_of, False)
        if since is None:
            return beyond(self.calendar)
        return unknown(Reason.STALE_EXPORT, name) if since else OPEN

    def _over(self, clock: Running, start: int, at: int, stands: bool) -> bool | None:
        accrued, is_open = clock.between(start, at), self.table.is_open(at)
        if accrued is None or is_open is None:
            return None
        return accrued > self.us or (accrued == self.us and is_open and not stands)

    def undecided(self, start: int, stop: int, name: str) -> Outcome:
        """What the record would have to say of the pauses, else that it is too coarse."""
        doubts = self.standing.doubts
        for n in range(bisect_right(doubts, start, key=lambda stretch: stretch[3]), len(doubts)):
            begin, end, doubt, _ = doubts[n]
            if begin >= stop:
                break
            if end > start:
                return unknown(doubt.reason, doubt.field)
        return unknown(Reason.TOO_COARSE, name)

    def late(self, start: Instant, stop: int) -> int:
        accrued = self.most.between(start.hi, stop)
        assert accrued is not None  # else it would not have failed
        return accrued - self.us

    def runs_out(self, start: Instant) -> RunsOut:
        fewest, most = self.fewest, self.most
        return RunsOut(
            _span(fewest.due(start.lo, self.us), most.due(start.hi, self.us)),
            _span(fewest.last_in_time(start.lo, self.us), most.last_in_time(start.hi, self.us)),
        )

    def between(self, start: Instant, lo: int, hi: int) -> tuple[int, int] | None:
        least, greatest = self.most.between(start.hi, lo), self.fewest.between(start.lo, hi)
        return None if least is None or greatest is None else (least, greatest)

    def paused(self, start: Instant, lo: int, hi: int) -> tuple[int, int] | None:
        """The least and the most open time in which the clock stood."""
        shortest, counted = self.table.between(start.hi, lo), self.fewest.between(start.hi, lo)
        longest, at_least = self.table.between(start.lo, hi), self.most.between(start.lo, hi)
        if shortest is None or counted is None or longest is None or at_least is None:
            return None
        return shortest - counted, longest - at_least

    def left(self, start: Instant, audit: int) -> int | None:
        accrued = self.fewest.between(start.lo, audit)
        return None if accrued is None else self.us - accrued


@dataclass(frozen=True, slots=True)
class ByInstant:
    """A limit that runs out at an instant, whatever accrues up to then: business days, or what was agreed.

    `due_of` gives the instant for a start; None beyond what the calendar knows.
    """

    calendar: str
    due_of: Callable[[Instant], Instant | None]

    def stopped(self, start: Instant, lo: int, hi: int, name: str) -> Outcome:
        if hi < start.lo:
            return unknown(Reason.CONTRADICTORY, name)
        due = self.due_of(start)
        if due is None:
            return beyond(self.calendar)
        if hi <= due.lo:
            return PASS
        return FAIL if lo > due.hi else unknown(Reason.TOO_COARSE, name)

    def running(self, start: Instant, at: Judged, name: str) -> Outcome:
        due = self.due_of(start)
        if due is None:
            return beyond(self.calendar)
        if at.audit >= due.hi:
            return FAIL
        if at.audit >= due.lo:
            return unknown(Reason.TOO_COARSE, name)
        return unknown(Reason.STALE_EXPORT, name) if at.as_of >= due.lo else OPEN

    def late(self, start: Instant, stop: int) -> int:
        due = self.due_of(start)
        assert due is not None  # else it would not have failed
        return stop - due.hi

    def runs_out(self, start: Instant) -> RunsOut:
        due = self.due_of(start)
        return RunsOut(due, due)

    def left(self, start: Instant, audit: int) -> int | None:
        due = self.due_of(start)
        return None if due is None else due.lo - audit


Measure: TypeAlias = Always | OnCalendar | WithPauses | ByInstant


def beyond(calendar: str) -> Outcome:
    """The verdict that hangs on an instant of which the calendar does not speak."""
    return unknown(Reason.MISSING, f"calendar {calendar}")


def _compared(limit: int, least: int, greatest: int, name: str) -> Outcome:
    if greatest <= limit:
        return PASS
    return FAIL if least > limit else unknown(Reason.TOO_COARSE, name)


def _span(one: int | None, other: int | None) -> Instant | None:
    return None if one is None or other is None else Instant(one, other)
