"""Where an event lies beside a moment: before it, after it, or neither for certain."""

from __future__ import annotations

from supportpolicy.engines.reference.kleene import Kleene, Undecided, undecided
from supportpolicy.engines.reference.outermost import Found, Perhaps
from supportpolicy.model.cell import Elapsed, Never, Reason, Unknown
from supportpolicy.model.instant import Instant


def lies_before(at: Instant, moment: Found, name: str) -> Kleene:
    """Whether what happened at an instant came earlier than the moment called `name`. What has not come is later."""
    match moment:
        case Instant(lo, hi):
            return _either(at.hi < lo, at.lo >= hi, undecided(Reason.TOO_COARSE, name))
        case Perhaps(lo, hi, doubt):
            return _either(at.hi < lo, hi is not None and at.lo >= hi, undecided(doubt.reason, doubt.field))
        case Never():
            return True
        case Elapsed() | Unknown():
            return _lack(moment, name)


def lies_after(at: Instant, moment: Found, name: str) -> Kleene:
    """Whether what happened at an instant came later than the moment called `name`."""
    match moment:
        case Instant(lo, hi):
            return _either(at.lo > hi, at.hi <= lo, undecided(Reason.TOO_COARSE, name))
        case Perhaps(lo, hi, doubt):
            return _either(hi is not None and at.lo > hi, at.hi <= lo, undecided(doubt.reason, doubt.field))
        case Never():
            return False
        case Elapsed() | Unknown():
            return _lack(moment, name)


def has_come(moment: Found, audit: int, name: str) -> Kleene:
    """Whether the moment called `name` has come by the audit instant."""
    match moment:
        case Instant(_, hi):
            return hi <= audit or undecided(Reason.TOO_COARSE, name)
        case Perhaps(_, hi, doubt):
            return (hi is not None and hi <= audit) or undecided(doubt.reason, doubt.field)
        case Never():
            return False
        case Elapsed() | Unknown():
            return _lack(moment, name)


def _either(true: bool, false: bool, doubt: Undecided) -> Kleene:
    return True if true else False if false else doubt


def _lack(moment: Elapsed | Unknown, name: str) -> Undecided:
    return (
        undecided(moment.reason, moment.field) if isinstance(moment, Unknown) else undecided(Reason.OTHER_CLOCK, name)
    )
