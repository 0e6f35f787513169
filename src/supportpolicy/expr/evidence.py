"""How evidence is written: what it shows of a condition, and one text per value, the same for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from supportpolicy.expr.nodes import Formerly, Ruling, Then, Truth, reads, rulings, walk
from supportpolicy.model.cell import Cell, Elapsed, Never, Timeline, Unknown
from supportpolicy.model.duration import format_duration
from supportpolicy.model.instant import Instant, format_instant, format_us
from supportpolicy.model.limit import format_open_time
from supportpolicy.model.text import quoted

MOST_STRETCHES: Final = 10
"""How many stretches of open time are told of a clock."""


Seen: TypeAlias = str | Then | Ruling
"""What evidence shows of a condition: a field, a field as it was, or what another rule says."""


def seen(truth: Truth | None) -> tuple[Seen, ...]:
    """What evidence shows of a condition, each once; nothing where there is none."""
    if truth is None:
        return ()
    then = (node.then for node in walk(truth) if isinstance(node, Formerly))
    return tuple(dict.fromkeys((*reads(truth), *then, *rulings(truth))))


def seen_name(one: Seen) -> str:
    """What evidence calls it."""
    return one if isinstance(one, str) else one.name


def cell_text(cell: Cell) -> str | None:
    """The value as read; None for `never`; `unknown: REASON` with the text as it stood where there is one."""
    match cell:
        case Never():
            return None
        case Unknown(reason, _, detail):
            return f"unknown: {reason.value}" + (f" {quoted(detail)}" if detail else "")
        case Instant():
            return format_instant(cell)
        case Elapsed(lo, hi, clock):
            return f"{span_text(lo, hi)} on {clock}"
        case Timeline(complete, events):
            return f"{len(events)} event{'' if len(events) == 1 else 's'}{'' if complete else ', not complete'}"
        case bool():
            return "true" if cell else "false"
        case tuple():
            return ", ".join(cell)
        case _:
            return str(cell)


def span_text(lo: int, hi: int) -> str:
    """A duration in words, or the two bounds of one."""
    return format_duration(lo) if lo == hi else f"{format_duration(lo)}..{format_duration(hi)}"


def open_span_text(lo: int, hi: int) -> str:
    """Open time in words, or the two bounds of it; without days, which would be read as business days."""
    return format_open_time(lo) if lo == hi else f"{format_open_time(lo)}..{format_open_time(hi)}"


def stretches_text(stretches: Sequence[tuple[int, int]]) -> str:
    """The first stretches of open time with the length of each, and how many more there are."""
    told = [
        f"{format_us(begin)}..{format_us(end)} ({format_open_time(end - begin)})"
        for begin, end in stretches[:MOST_STRETCHES]
    ]
    more = len(stretches) - len(told)
    return ", ".join(told) + (f", and {more} more" if more else "")
