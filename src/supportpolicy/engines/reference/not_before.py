"""Limits that are to be waited for: what they make of a clock that stopped too soon."""

from __future__ import annotations

from dataclasses import dataclass

from supportpolicy.engines.reference.measures import ByInstant, Judged, Measure, WithPauses, beyond
from supportpolicy.model.cell import Reason
from supportpolicy.model.instant import Instant
from supportpolicy.model.verdict import FAIL, OPEN, PASS, Outcome, unknown


@dataclass(frozen=True, slots=True)
class Sooner:
    """The limit as the least that accrues before the stop."""

    measure: Measure

    def stopped(self, start: Instant, lo: int, hi: int, name: str) -> Outcome:
        """The verdict where the stop lies between `lo` and `hi`."""
        if isinstance(self.measure, ByInstant):
            due = self.measure.due_of(start)
            if due is None:
                return beyond(self.measure.calendar)
            if lo >= due.hi:
                return PASS
            return FAIL if hi < due.lo else unknown(Reason.TOO_COARSE, name)
        span = self.measure.between(start, lo, hi)
        if span is None:
            return beyond(self.measure.calendar)
        outcome = self.accrued(*span, name)
        if outcome.reason is not None and isinstance(self.measure, WithPauses):
            return self.measure.undecided(start.lo, hi, name)
        return outcome

    def accrued(self, least: int, greatest: int, name: str) -> Outcome:
        """The verdict where so much accrued. As much as the limit is enough."""
        assert not isinstance(self.measure, ByInstant)
        if least >= self.measure.us:
            return PASS
        return FAIL if greatest < self.measure.us else unknown(Reason.TOO_COARSE, name)

    def running(self, start: Instant, at: Judged, name: str) -> Outcome:
        """The verdict where the clock has not stopped up to T: it passes once no later stop can be too soon."""
        now = self.stopped(start, at.audit, at.audit, name)
        if now is PASS or now == beyond(self.measure.calendar):
            return now
        if at.as_of == at.audit:
            return OPEN
        since = self.stopped(start, at.as_of, at.as_of, name)
        if since == beyond(self.measure.calendar):
            return since
        return OPEN if since is FAIL else unknown(Reason.STALE_EXPORT, name)
