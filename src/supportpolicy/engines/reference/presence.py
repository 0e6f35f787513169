"""Whether a field has a value, and an instant has come."""

from __future__ import annotations

from collections.abc import Callable

from supportpolicy.engines.reference.cells import AUDIT, Cells
from supportpolicy.engines.reference.kleene import Kleene, undecided
from supportpolicy.model.cell import NEVER, Reason, Unknown
from supportpolicy.model.instant import Instant


def compile_present(slot: int, field: str) -> Callable[[Cells], Kleene]:
    """The closure that says whether there is a value; of an instant, one at or before the audit instant."""

    def judge(cells: Cells) -> Kleene:
        cell = cells[slot]
        if isinstance(cell, Instant):
            audit = cells[AUDIT]
            assert isinstance(audit, int)
            if cell.hi <= audit:
                return True
            return False if cell.lo > audit else undecided(Reason.TOO_COARSE, field)
        if isinstance(cell, Unknown):
            return undecided(cell.reason, cell.field)
        return cell is not NEVER

    return judge
