"""The cells of one ticket, and what the closures over them are compiled against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from supportpolicy.model.cell import Cell
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.verdict import Outcome

Cells: TypeAlias = Sequence[Cell]
"""The cells of a ticket: the audit instant T at 0, the instant asked for at 1, the plan's fields from `FIRST` on."""

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
