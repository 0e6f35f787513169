"""The numbers by which SQL speaks of truths and outcomes.

A truth is 0 false, 1 true, 2 waiting (only time is missing), or 3 and more: undecided for a cause. A cell's state is 0 where
it has a value, 1 for never, or the number of the cause why it is unknown, the same as the truth's. A moment has besides the
states -1, a duration that the source measured, and 2, somewhere between two instants. An outcome is 0 pass, 1 fail, 2 open,
3 not applicable, 4 and more: barred by the gate of that number less 4; after the gates, unknown for a cause. A verdict is an
outcome's number times four, plus what it could still become.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.reference.combinations import Judged
from supportpolicy.expr.plan import Plan
from supportpolicy.model.cell import Reason, Unknown
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Outcome, Verdict

FALSE: Final = 0
TRUE: Final = 1
WAITING: Final = 2
FIRST_CAUSE: Final = 3
VALUE: Final = 0
NEVER: Final = 1
ELAPSED: Final = -1
PERHAPS: Final = 2
PASSES: Final = 0
FAILS: Final = 1
RUNS: Final = 2
APPLIES_NOT: Final = 3
BARRED: Final = 4
"""The numbers of outcomes; `BARRED` is that of the first gate."""
COULD_PASS: Final = 1
COULD_FAIL: Final = 2
COULDS: Final = 4


@dataclass(slots=True)
class Causes:
    """Numbers the reasons for which a cell can be unknown, as they are met."""

    known: dict[tuple[Reason, str], int] = field(default_factory=dict)

    def number(self, reason: Reason, name: str) -> int:
        """The number of the cause: that `name` is unknown for `reason`."""
        return self.known.setdefault((reason, name), FIRST_CAUSE + len(self.known))

    def of(self, unknown: Unknown) -> int:
        """The number of a cell's cause."""
        return self.number(unknown.reason, unknown.field)

    def told(self, number: int) -> tuple[Reason, str]:
        """The reason and the field of a cause."""
        return list(self.known)[number - FIRST_CAUSE]

    def having(self, reason: Reason) -> list[int]:
        """The numbers of the causes met so far that have this reason."""
        return [number for (why, _), number in self.known.items() if why is reason]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The numbers of outcomes. `gates` are the ids of all gates of the plan, each once."""

    gates: Sequence[str]
    causes: Causes

    @classmethod
    def of(cls, plan: Plan, causes: Causes) -> Outcomes:
        """Those of a plan."""
        gates = (rule.id for revision in plan.revisions for rule in revision.rules if rule.is_gate)
        return cls(tuple(dict.fromkeys(gates)), causes)

    @property
    def unknown(self) -> int:
        """What is added to a cause to make it an outcome."""
        return BARRED + len(self.gates) - FIRST_CAUSE

    @property
    def verdicts(self) -> int:
        """How many numbers of verdicts there are, with the causes met so far."""
        return (self.unknown + FIRST_CAUSE + len(self.causes.known)) * COULDS

    def barred(self, gate: str) -> int:
        """The number of not being admitted by a gate."""
        return BARRED + self.gates.index(gate)

    def missing(self, reason: Reason, name: str) -> int:
        """The number of being unknown for a cause."""
        return self.unknown + self.causes.number(reason, name)

    def outcome(self, number: int) -> Outcome:
        """The outcome of this number."""
        if number >= self.unknown + FIRST_CAUSE:
            return Outcome(Verdict.UNKNOWN, *self.causes.told(number - self.unknown))
        if number >= BARRED:
            return Outcome(Verdict.NOT_APPLICABLE, barred_by=self.gates[number - BARRED])
        return (PASS, FAIL, OPEN, NOT_APPLICABLE)[number]

    def judged(self, verdict: int) -> Judged:
        """The verdict of this number."""
        number, could = divmod(verdict, COULDS)
        either = {COULD_PASS: Verdict.PASS, COULD_FAIL: Verdict.FAIL}
        return Judged(self.outcome(number), frozenset(v for bit, v in either.items() if could & bit))
