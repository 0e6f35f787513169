"""Which nodes there are, and where each may stand: engines know no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

from supportpolicy.expr import nodes
from supportpolicy.expr.nodes import (
    All,
    AnyOf,
    Demand,
    EachWithin,
    Events,
    EveryReply,
    FirstFit,
    Formerly,
    Happens,
    Holds,
    Not,
    NotBefore,
    Occurrence,
    OnlyIn,
    Outermost,
    Pause,
    Promise,
    Selection,
    Within,
    reads,
    rulings,
)
from supportpolicy.model.limit import Cell

DEMANDS: Final[tuple[type, ...]] = get_args(Demand)
TRUTHS: Final[tuple[type, ...]] = get_args(nodes.Truth)
MOMENTS: Final[tuple[type, ...]] = get_args(nodes.Moment)
SINGLES: Final[tuple[type, ...]] = get_args(nodes.Single)
LIMITS: Final[tuple[type, ...]] = get_args(nodes.Limit)
CELLS: Final[tuple[type, ...]] = get_args(Cell)
OF_A_REPLY: Final = frozenset({"channel", "language"})
"""The fields that a test of each reply may read."""


def misplaced(demand: Any) -> Iterator[str]:
    """What stands in a demand that no engine knows there, in words; nothing where all is well."""
    if not isinstance(demand, DEMANDS):
        yield f"{demand!r} is no demand; expected {_either(DEMANDS)}"
        return
    try:
        hash(demand)
    except TypeError as error:
        yield f"{demand!r} is not frozen: {error}; expected tuples for lists"
    match demand:
        case Holds(truth) | EveryReply(truth):
            yield from _truths(truth)
        case Within(start, stop, limit, pause) | NotBefore(start, stop, limit, pause):
            yield from (*_moments(start), *_moments(stop), *_limits(limit), *_pauses(pause))
        case EachWithin(start, stop, until, limit, pause, _, after):
            yield from (*_events(start), *_events(stop), *_limits(limit), *_pauses(pause))
            for moment in (until, after):
                yield from _moments(moment) if moment is not None else ()
    if isinstance(demand, EveryReply):
        yield from _events(demand.events)
        for name in sorted(set(reads(demand.test)) - OF_A_REPLY):
            yield f"a test of each reply reads {name!r}; expected channel or language"
        for ruling in rulings(demand.test):
            yield f"a test of each reply asks for the {ruling.name}; expected channel or language"


def _moments(moment: Any, among: tuple[type, ...] = MOMENTS) -> Iterator[str]:
    if not isinstance(moment, among):
        yield f"{moment!r} is no moment; expected {_either(among)}"
    elif isinstance(moment, Occurrence):
        yield from _events(moment.events)
    elif isinstance(moment, Outermost):
        for one in moment.moments:
            yield from _moments(one, SINGLES)


def _events(events: Any) -> Iterator[str]:
    if not isinstance(events, Selection):
        yield f"{events!r} are no events; expected Selection"
    elif not events.parts or not all(isinstance(part, Events) for part in events.parts):
        yield f"{events.parts!r} are no events; expected one or several Events"


def _pauses(pause: Any) -> Iterator[str]:
    if isinstance(pause, OnlyIn):
        yield from _moments(pause.until)
    elif pause is not None and not isinstance(pause, Pause):
        yield f"{pause!r} is no pause; expected Pause, OnlyIn or None"


def _limits(limit: Any) -> Iterator[str]:
    match limit:
        case FirstFit(arms, otherwise):
            for when, arm in arms:
                yield from _truths(when)
                yield from _limits(arm)
            if otherwise is not None:
                yield from _limits(otherwise)
        case Promise(cell, str()) if isinstance(cell, CELLS):
            pass
        case _:
            yield f"{limit!r} is no limit; expected {_either(LIMITS)}"


def _truths(truth: Any) -> Iterator[str]:
    match truth:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _truths(part)
        case Not(part) | Formerly(_, part):
            yield from _truths(part)
        case Happens(events, within, before, after):
            yield from _events(events)
            yield from _limits(within) if within is not None else ()
            for moment in (before, after):
                yield from _moments(moment) if moment is not None else ()
        case _ if not isinstance(truth, TRUTHS):
            yield f"{truth!r} is no truth; expected {_either(TRUTHS)}"


def _either(types: tuple[type, ...]) -> str:
    return ", ".join(kind.__name__ for kind in types)
