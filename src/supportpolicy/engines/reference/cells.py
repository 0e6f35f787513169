"""The cells of one ticket, and what the closures over them are compiled against."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from supportpolicy.model.cell import Cell
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.verdict import Outcome

Cells: TypeAlias = Sequence[Cell]
"""The cells of a ticket: the audit instant T at 0, the instant asked for at 1, the plan's fields from `FIRST` on."""

T = TypeVar("T")

AUDIT: Final = 0
AS_OF: Final = 1
FIRST: Final = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Where each field stands among the cells, the calendars of the revision by name, by kind the words that the values
    of events may be, where the policy says so, and what those rules say whose verdicts others ask for."""

    slots: Mapping[str, int]
    calendars: Mapping[str, StepTable] = field(default_factory=lambda: MappingProxyType({}))
    vocabularies: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    verdicts: Mapping[str, Callable[[Cells], Outcome]] = field(default_factory=lambda: MappingProxyType({}))
    _shared: dict[Hashable, Callable[[Cells], Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def shared(self, asked: Hashable, compile_reading: Callable[[], Callable[[Cells], T]]) -> Callable[[Cells], T]:
        """The closure that reads of a ticket what is asked; whoever asks for the same shares it, and what was read."""
        known = self._shared.get(asked)
        if known is None:
            known = self._shared[asked] = once(compile_reading())
        return known


def once(read: Callable[[Cells], T]) -> Callable[[Cells], T]:
    """The closure without reading again for the same cells: several ask for what there is of one ticket."""
    latest: tuple[Cells, T] | None = None

    def again(cells: Cells) -> T:
        nonlocal latest
        known = latest
        if known is None or known[0] is not cells:
            latest = known = cells, read(cells)
        return known[1]

    return again


def audit_instant(cells: Cells) -> int:
    """T in microseconds."""
    audit = cells[AUDIT]
    assert isinstance(audit, int)
    return audit


def asked_instant(cells: Cells) -> int:
    """The instant that was asked for, which may be later than T."""
    as_of = cells[AS_OF]
    assert isinstance(as_of, int)
    return as_of
