"""Attainment: how often a rule was kept, and between which bounds the answer lies while some tickets are undecided."""

from __future__ import annotations

from dataclasses import dataclass

from supportpolicy.model.finding import Counts

NO_DECIDED_TICKET = "no decided ticket"


@dataclass(frozen=True, slots=True)
class Rate:
    """`passed` of `whole` tickets."""

    passed: int
    whole: int

    def __str__(self) -> str:
        """The percentage, cut to two decimals and never rounded: 99.999 % is `99.99%`, only all of them are `100.00%`."""
        if not self.whole:
            return NO_DECIDED_TICKET
        hundredths = self.passed * 10_000 // self.whole
        return f"{hundredths // 100}.{hundredths % 100:02d}%"


@dataclass(frozen=True, slots=True)
class Attainment:
    """The rate of one rule, tickets with conflicting ids left out.

    `could_pass` and `could_fail` are the unknown and open tickets that could still turn out so; the bounds take all of
    them as fail and as pass.
    """

    passed: int
    failed: int
    could_pass: int
    could_fail: int

    @classmethod
    def of(cls, counts: Counts) -> Attainment:
        return cls(counts.rated_pass, counts.rated_fail, counts.could_pass, counts.could_fail)

    @property
    def rate(self) -> Rate:
        return Rate(self.passed, self.passed + self.failed)

    @property
    def at_least(self) -> Rate:
        return Rate(self.passed, self.passed + self.failed + self.could_fail)

    @property
    def at_most(self) -> Rate:
        best = self.passed + self.could_pass
        return Rate(best, best + self.failed)
