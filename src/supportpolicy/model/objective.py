"""What an objective demands of many tickets together, and whether it is kept (docs/semantics.md, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias

WHOLE: Final = 1_000_000
"""Shares are counted in millionths."""

Of: TypeAlias = Literal["tickets", "clocks"]
"""What of a rule is counted: the tickets by their verdicts, or each clock for itself."""

Aim: TypeAlias = Literal["share", "passes", "fails", "counted"]


class Standing(StrEnum):
    """How an objective stands in one period and group."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"
    UNKNOWN = "unknown"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class Target:
    """At least the share `amount` (in millionths) of those decided passes, at least `amount` pass, at most `amount` fail, or
    at most `amount` are counted; `minimum` tickets must be decided, or nothing is said."""

    of: Aim
    amount: int
    minimum: int = 0

    def __str__(self) -> str:
        match self.of:
            case "share":
                return f"at least {share_text(self.amount)}"
            case "passes":
                return f"at least {_number(self.amount, 'pass', 'passes')}"
            case "fails":
                return f"at most {_number(self.amount, 'fail', 'fails')}"
            case "counted":
                return f"at most {self.amount:,}"


@dataclass(frozen=True, slots=True)
class Score:
    """The tickets of an objective in one period and group, or their clocks.

    `passed`, `failed`, `open` and `unknown` are those that certainly lie there, by their verdicts; `perhaps` are others that
    may. The rest says how many could still come to pass or to fail: of the open ones, and of all that the data leave
    undecided. Of a quota, `passed` are the values or tickets that certainly count, `open` and `unknown` those that may.
    Of clocks it counts these, and `untold` are tickets of which nobody knows which clocks there were: any number may come
    besides.
    """

    passed: int = 0
    failed: int = 0
    open: int = 0
    unknown: int = 0
    perhaps: int = 0
    open_pass: int = 0
    open_fail: int = 0
    unknown_pass: int = 0
    unknown_fail: int = 0
    untold: int = 0

    @property
    def decided(self) -> int:
        return self.passed + self.failed

    @property
    def could_pass(self) -> int:
        return self.open_pass + self.unknown_pass

    @property
    def could_fail(self) -> int:
        return self.open_fail + self.unknown_fail

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in Score.__slots__))

    def elsewhere(self) -> Score:
        """What it adds to a period and group in which its tickets may lie or not."""
        return Score(
            perhaps=self.decided + self.open + self.unknown + self.perhaps,
            unknown_pass=self.passed + self.could_pass,
            unknown_fail=self.failed + self.could_fail,
            untold=self.untold,
        )


def standing(target: Target, score: Score, *, ended: bool, whole: bool) -> Standing:
    """How an objective stands. Further tickets may come into a period that has not `ended` at the audit instant; one that is
    not `whole` has tickets that the audit leaves out, as if it had where nobody knows what some of them come to.

    It is met or missed only if nothing that is undecided could make it otherwise; open, if that were so without what only
    time will tell.
    """
    whole = whole and not score.untold
    if score.decided < target.minimum:
        return Standing.TOO_FEW
    certain = _certain(target, score, score.could_pass, score.could_fail, ended and whole)
    if certain is not None:
        return certain
    if _certain(target, score, score.unknown_pass, score.unknown_fail, whole) is not None:
        return Standing.OPEN
    return Standing.UNKNOWN


def _certain(target: Target, score: Score, could_pass: int, could_fail: int, closed: bool) -> Standing | None:
    """Met or missed, if it is so whatever becomes of those that could still pass or fail; any number may come besides
    unless the period is closed."""
    amount = target.amount
    match target.of:
        case "share":
            best = score.passed + could_pass
            met = score.passed * WHOLE >= amount * (score.passed + score.failed + could_fail)
            missed = best * WHOLE < amount * (best + score.failed)
            met, missed = met and closed, missed and closed
        case "passes":
            met, missed = score.passed >= amount, score.passed + could_pass < amount and closed
        case "fails":
            met, missed = score.failed + could_fail <= amount and closed, score.failed > amount
        case "counted":
            met, missed = score.passed + could_pass <= amount and closed, score.passed > amount
    return Standing.MET if met else Standing.MISSED if missed else None


def share_text(millionths: int) -> str:
    """`90%`, `99.5%`."""
    percent, rest = divmod(millionths, WHOLE // 100)
    return f"{percent}{f'.{rest:04d}'.rstrip('0') if rest else ''}%"


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
