"""The latest, or the earliest, of several moments, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from supportpolicy.engines.duckdb.codes import FIRST_CAUSE, NEVER, PERHAPS, VALUE
from supportpolicy.engines.duckdb.truths import Truths

NOTHING: Final = "NULL"
Which: TypeAlias = Literal["latest", "earliest"]


@dataclass(frozen=True, slots=True)
class Found:
    """When a moment came, as far as the record shows: expressions for its state and bounds, for the clock on which it was
    measured where it is a duration, for the number of the cause that would settle it where it lies between two instants
    (the later of them null where it may never have come), and for what the answer rests on.

    `own` is whether it is what the record says of the submission, `detail` the text as it stood where it is unknown. `name`
    is the name of the moment that decided, where that is not the same for all tickets."""

    state: str
    lo: str
    hi: str
    clock: str = NOTHING
    doubt: str = NOTHING
    basis: str = NOTHING
    own: str = "false"
    detail: str = NOTHING
    name: str = NOTHING


@dataclass(frozen=True, slots=True)
class Part:
    """One of several moments, none of them a measured duration, and the expression of its name."""

    found: Found
    name: str


def outermost_start(which: Which, parts: Sequence[Part], truths: Truths) -> Found:
    """The start of a clock. A moment that is not known leaves it unknown, unless the latest never comes anyway."""
    states = [part.found.state for part in parts]
    arms = _first(states, f"= {NEVER}") if which == "latest" else []
    arms += _first(states, f"NOT IN ({VALUE}, {NEVER})")
    place = truths.define(f"CASE {' '.join([*arms, *_decisive(which, parts)])} ELSE 0 END")
    told = _told(parts, place)
    lo, hi = _bounds(which, parts)
    came = f"{told('state')} = {VALUE}"
    found_lo = truths.define(f"CASE WHEN {came} THEN {lo} ELSE {told('lo')} END")
    found_hi = truths.define(f"CASE WHEN {came} THEN {hi} ELSE {told('hi')} END")
    own = f"{told('own')} AND {told('lo')} = {found_lo} AND {told('hi')} = {found_hi}"
    return Found(
        truths.define(told("state")),
        found_lo,
        found_hi,
        doubt=told("doubt"),
        basis=told("basis"),
        own=truths.define(f"coalesce({came} AND {own}, false)"),
        detail=told("detail"),
        name=_of([part.name for part in parts], place),
    )


def outermost_stop(which: Which, parts: Sequence[Part], start: Found, truths: Truths) -> Found:
    """The stop of a clock. What is known of some of the moments bounds it where others are in doubt."""
    states = [part.found.state for part in parts]
    doubtful = f">= {PERHAPS}"
    arms = _first(states, f"= {NEVER}") if which == "latest" else []
    arms += _first(states, doubtful)
    place = truths.define(f"CASE {' '.join([*arms, *_decisive(which, parts)])} ELSE 0 END")
    told, (lo, hi) = _told(parts, place), _bounds(which, parts)
    bounded = " OR ".join(f"{state} IN ({VALUE}, {PERHAPS})" for state in states)
    in_doubt = truths.define(f"{told('state')} {doubtful} AND ({bounded})")
    unsaid = " OR ".join(f"{state} >= {FIRST_CAUSE}" for state in states)
    ends = [
        f"CASE WHEN {part.found.hi} <= {truths.audit} AND {_bounds_it(part)} THEN {part.found.hi} END" for part in parts
    ]
    if which == "latest":
        whole = " AND ".join(f"({end}) IS NOT NULL" for end in ends)
        until, since = f"CASE WHEN {whole} THEN greatest({', '.join(ends)}) END", lo
    else:
        until, since = f"least({', '.join(ends)})", f"CASE WHEN {unsaid} THEN {start.lo} ELSE {lo} END"
    cause = f"CASE WHEN {told('state')} = {PERHAPS} THEN {told('doubt')} ELSE {told('state')} END"
    return Found(
        truths.define(f"CASE WHEN {in_doubt} THEN {PERHAPS} ELSE {told('state')} END"),
        truths.define(f"CASE WHEN {in_doubt} THEN {since} ELSE {lo} END"),
        truths.define(f"CASE WHEN {in_doubt} THEN {until} ELSE {hi} END"),
        doubt=truths.define(f"CASE WHEN {in_doubt} THEN {cause} END"),
        basis=told("basis"),
        detail=told("detail"),
        name=_of([part.name for part in parts], place),
    )


def _first(states: Sequence[str], test: str) -> list[str]:
    return [f"WHEN {state} {test} THEN {i}" for i, state in enumerate(states)]


def _decisive(which: Which, parts: Sequence[Part]) -> list[str]:
    """Of those that have come the one that lies outermost, the first of equals."""
    arms = []
    for i, part in enumerate(parts):
        own, beyond = part.found, [f"{part.found.state} = {VALUE}"]
        for other in (later.found for later in parts[i + 1 :]):
            if which == "latest":
                further = f"{own.hi} > {other.hi} OR ({own.hi} = {other.hi} AND {own.lo} >= {other.lo})"
            else:
                further = f"{own.lo} < {other.lo} OR ({own.lo} = {other.lo} AND {own.hi} <= {other.hi})"
            beyond.append(f"({other.state} <> {VALUE} OR {further})")
        arms.append(f"WHEN {' AND '.join(beyond)} THEN {i}")
    return arms


def _bounds_it(part: Part) -> str:
    return f"{part.found.state} IN ({VALUE}, {PERHAPS})"


def _bounds(which: Which, parts: Sequence[Part]) -> tuple[str, str]:
    """By lo and by hi, of those whose bounds are known."""
    most = "greatest" if which == "latest" else "least"
    told = []
    for side in ("lo", "hi"):
        listed = ", ".join(f"CASE WHEN {_bounds_it(part)} THEN {getattr(part.found, side)} END" for part in parts)
        told.append(f"{most}({listed})")
    return told[0], told[1]


def _told(parts: Sequence[Part], place: str) -> Callable[[str], str]:
    """What the part says that decides, by the name of a member of what was found."""
    return lambda name: _of([getattr(part.found, name) for part in parts], place)


def _of(told: Sequence[str], place: str) -> str:
    if len(set(told)) == 1:
        return told[0]
    return f"(CASE {place} {' '.join(f'WHEN {i} THEN {text}' for i, text in enumerate(told))} END)"
