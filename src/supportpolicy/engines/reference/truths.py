"""Truth nodes become closures over the cells of one ticket."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from supportpolicy.engines.reference.cells import Cells, Frame
from supportpolicy.engines.reference.facts_then import compile_former
from supportpolicy.engines.reference.happens import compile_during, compile_happens
from supportpolicy.engines.reference.kleene import Kleene, Undecided, undecided, weightier
from supportpolicy.engines.reference.presence import compile_present
from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    Between,
    Const,
    Covers,
    During,
    Formerly,
    Happened,
    Happens,
    Is,
    Like,
    Member,
    Not,
    Present,
    Ruled,
    Truth,
)
from supportpolicy.model.cell import Unknown
from supportpolicy.model.language import covered_by
from supportpolicy.model.text import like
from supportpolicy.model.verdict import Outcome, Verdict

Judge: TypeAlias = Callable[[Cells], Kleene]


def compile_truth(node: Truth, frame: Frame) -> Judge:
    """The closure that says whether the node holds for the cells."""
    slots = frame.slots
    match node:
        case Const(value):
            return lambda _: value
        case Member(field, values):
            return _member(slots[field], frozenset(values))
        case Covers(field, ranges):
            return _of_text(slots[field], covered_by(ranges))
        case Like(field, pattern):
            fits = like(pattern).fullmatch
            return _of_text(slots[field], lambda text: fits(text) is not None)
        case Between(field, at_least, at_most):
            return _of_number(slots[field], at_least, at_most)
        case Is(field, value):
            return _of_boolean(slots[field], value)
        case Happens():
            return compile_happens(node, frame)
        case During():
            return compile_during(node, frame)
        case Present(field):
            return compile_present(slots[field], field)
        case Happened(field, settled_by):
            return _happened(slots, field, settled_by)
        case Formerly(then, part):
            former, holds = compile_former(then, frame), compile_truth(part, frame)
            return lambda cells: holds(former(cells))
        case Ruled(ruling, verdicts):
            return _ruled(frame.verdicts[ruling.rule], frozenset(verdicts))
        case All(parts):
            return _joined([compile_truth(part, frame) for part in parts], False)
        case AnyOf(parts):
            return _joined([compile_truth(part, frame) for part in parts], True)
        case Not(part):
            return _not(compile_truth(part, frame))


def _member(slot: int, values: frozenset[str]) -> Judge:
    def judge(cells: Cells) -> Kleene:
        cell = cells[slot]
        if isinstance(cell, str):
            return cell in values
        if isinstance(cell, tuple):
            return not values.isdisjoint(cell)
        return undecided(cell.reason, cell.field) if isinstance(cell, Unknown) else False

    return judge


def _of_text(slot: int, test: Callable[[str], bool]) -> Judge:
    def judge(cells: Cells) -> Kleene:
        cell = cells[slot]
        if isinstance(cell, str):
            return test(cell)
        if isinstance(cell, tuple):
            return any(test(tag) for tag in cell)
        return undecided(cell.reason, cell.field) if isinstance(cell, Unknown) else False

    return judge


def _of_number(slot: int, at_least: int | None, at_most: int | None) -> Judge:
    def judge(cells: Cells) -> Kleene:
        cell = cells[slot]
        if isinstance(cell, int):
            return (at_least is None or cell >= at_least) and (at_most is None or cell <= at_most)
        return undecided(cell.reason, cell.field) if isinstance(cell, Unknown) else False

    return judge


def _of_boolean(slot: int, value: bool) -> Judge:
    def judge(cells: Cells) -> Kleene:
        cell = cells[slot]
        return undecided(cell.reason, cell.field) if isinstance(cell, Unknown) else cell is value

    return judge


def _happened(slots: Mapping[str, int], field: str, settled_by: str) -> Judge:
    present, settled = compile_present(slots[field], field), compile_present(slots[settled_by], settled_by)

    def judge(cells: Cells) -> Kleene:
        there = present(cells)
        if there is not False:
            return there
        over = settled(cells)
        if over is True:
            return False
        return undecided(None, field) if over is False else over

    return judge


def _ruled(says: Callable[[Cells], Outcome], verdicts: Collection[str]) -> Judge:
    """Whether another rule says one of these."""

    def judge(cells: Cells) -> Kleene:
        outcome = says(cells)
        if outcome.verdict in (Verdict.OPEN, Verdict.UNKNOWN):
            return undecided(outcome.reason, outcome.field)
        return outcome.verdict.value in verdicts

    return judge


def _joined(parts: list[Judge], decisive: bool) -> Judge:
    """One part that is `decisive` decides; else the weightiest doubt, if there is one."""

    def judge(cells: Cells) -> Kleene:
        doubt: Undecided | None = None
        for part in parts:
            truth = part(cells)
            if truth is decisive:
                return decisive
            if isinstance(truth, Undecided):
                doubt = truth if doubt is None else weightier(doubt, truth)
        return not decisive if doubt is None else doubt

    return judge


def _not(part: Judge) -> Judge:
    def judge(cells: Cells) -> Kleene:
        truth = part(cells)
        return not truth if isinstance(truth, bool) else truth

    return judge
