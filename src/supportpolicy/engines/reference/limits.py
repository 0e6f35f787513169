"""Which limit a ticket has, out of a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame
from supportpolicy.engines.reference.facts_then import compile_basis
from supportpolicy.engines.reference.kleene import Undecided
from supportpolicy.engines.reference.measures import Always, OnCalendar, WithPauses
from supportpolicy.engines.reference.pauses import Standing, compile_pauses
from supportpolicy.engines.reference.promises import Measured, compile_promise
from supportpolicy.engines.reference.truths import Judge, compile_truth
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import AsOf, Limit, Pause, Promise, reads
from supportpolicy.model.always_open import ALWAYS_OPEN
from supportpolicy.model.verdict import NOT_APPLICABLE, OPEN, Basis, unknown

Chosen: TypeAlias = Promise | Undecided | None
"""The limit of a ticket: the cell of its table, a doubt about which it is, or None where the table has none for it."""


def compile_limit(limit: Limit, frame: Frame, pause: Pause | None = None) -> Callable[[Cells], Measured]:
    """The closure that gives what the clock of a ticket is judged by."""
    if pause is not None:
        return _pausing(compile_limit(limit, frame), compile_pauses(pause, frame))
    if isinstance(limit, Promise):
        return compile_promise(limit, frame)
    promises: dict[Promise, Callable[[Cells], Measured]] = {}
    choose = compile_choice(limit, frame)

    def find(cells: Cells) -> Measured:
        chosen = choose(cells)
        if chosen is None:
            return NOT_APPLICABLE
        if isinstance(chosen, Undecided):
            return OPEN if chosen.reason is None else unknown(chosen.reason, chosen.field)
        promise = promises.get(chosen)
        if promise is None:
            promise = promises[chosen] = compile_promise(chosen, frame)
        return promise(cells)

    return find


def _pausing(
    find_measure: Callable[[Cells], Measured], find_pauses: Callable[[Cells], Standing]
) -> Callable[[Cells], Measured]:
    """Open time does not accrue while the clock stands; what is judged by instants is not put off."""

    def find(cells: Cells) -> Measured:
        measure = find_measure(cells)
        if not isinstance(measure, Always | OnCalendar):
            return measure
        table = measure.table if isinstance(measure, OnCalendar) else ALWAYS_OPEN
        return WithPauses(measure.us, measure.calendar, table, find_pauses(cells))

    return find


def compile_choice(limit: Limit, frame: Frame) -> Callable[[Cells], Chosen]:
    """The closure that finds the cell of a table that holds for a ticket: that of the first arm whose condition is true."""
    if isinstance(limit, Promise):
        return lambda _: limit
    arms: list[tuple[Judge, Callable[[Cells], Chosen]]] = [
        (compile_truth(when, frame), compile_choice(arm, frame)) for when, arm in limit.arms
    ]
    otherwise = compile_choice(limit.otherwise, frame) if limit.otherwise is not None else None

    def choose(cells: Cells) -> Chosen:
        for when, arm in arms:
            fits = when(cells)
            if fits is True:
                return arm(cells)
            if fits is not False:
                return fits
        return None if otherwise is None else otherwise(cells)

    return choose


def compile_asked(limit: Limit, frame: Frame, as_of: Sequence[tuple[str, AsOf]]) -> Callable[[Cells], str]:
    """The closure that says of which values it hung which limit a ticket has, and of which of them the record holds but what
    it was at the export; empty where there is but one limit."""
    if isinstance(limit, Promise):
        return lambda _: ""
    find, at_export = _asked(limit, frame), compile_basis(as_of, frame)

    def ask(cells: Cells) -> str:
        names = dict.fromkeys(find(cells))
        return ", ".join(
            f"{name} {_value(cells, frame.slots[name])}{f' ({Basis.AT_EXPORT})' if at_export(cells, name) else ''}"
            for name in names
        )

    return ask


def _asked(limit: Limit, frame: Frame) -> Callable[[Cells], Iterator[str]]:
    """The fields that were looked at until an arm was found, as often as they were."""
    if isinstance(limit, Promise):
        return lambda _: iter(())
    arms = [(reads(when), compile_truth(when, frame), _asked(arm, frame)) for when, arm in limit.arms]
    otherwise = _asked(limit.otherwise, frame) if limit.otherwise is not None else None

    def ask(cells: Cells) -> Iterator[str]:
        for names, when, arm in arms:
            yield from names
            fits = when(cells)
            if fits is True:
                yield from arm(cells)
            if fits is not False:
                return
        if otherwise is not None:
            yield from otherwise(cells)

    return ask


def _value(cells: Cells, slot: int) -> str:
    text = cell_text(cells[slot])
    return "never" if text is None else text
