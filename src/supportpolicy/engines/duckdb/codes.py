"""The numbers by which SQL speaks of truths and outcomes.

A truth is 0 false, 1 true, 2 waiting (only time is missing), or 3 and more: undecided for a cause. A cell's state is 0 where
it has a value, 1 for never, or the number of the cause why it is unknown, the same as the truth's. An outcome is 0 pass, 1
fail, 2 open, 3 not applicable, 10 and more: barred by the gate of that number less 10, or 1000 and more: unknown for the
cause of that number less 1000.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from supportpolicy.model.cell import Reason, Unknown
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Outcome, Verdict

FALSE: Final = 0
TRUE: Final = 1
WAITING: Final = 2
FIRST_CAUSE: Final = 3
VALUE: Final = 0
NEVER: Final = 1
BARRED: Final = 10
UNKNOWN: Final = 1000
"""The first numbers of outcomes that are barred and unknown."""


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

    def outcome(self, code: int, gates: tuple[str, ...]) -> Outcome:
        """The outcome that a number stands for; `gates` in the order in which they were numbered."""
        if code >= UNKNOWN:
            reason, name = list(self.known)[code - UNKNOWN - FIRST_CAUSE]
            return Outcome(Verdict.UNKNOWN, reason, name)
        if code >= BARRED:
            return Outcome(Verdict.NOT_APPLICABLE, barred_by=gates[code - BARRED])
        return (PASS, FAIL, OPEN, NOT_APPLICABLE)[code]
