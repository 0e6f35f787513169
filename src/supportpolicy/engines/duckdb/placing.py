"""Where an event lies beside a moment, in SQL: truths of the event `e` of a list."""

from __future__ import annotations

from supportpolicy.engines.duckdb.codes import ELAPSED, FALSE, NEVER, PERHAPS, TRUE, VALUE
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.truths import Truths
from supportpolicy.model.cell import Reason


def lies_before(truths: Truths, moment: Found, name: str) -> str:
    """Whether it came earlier than the moment called `name`. What has not come is later."""
    return _placed(truths, moment, name, TRUE, (f"e.hi < {moment.lo}", f"e.lo >= {moment.hi}"))


def lies_after(truths: Truths, moment: Found, name: str) -> str:
    """Whether it came later than the moment called `name`."""
    return _placed(truths, moment, name, FALSE, (f"e.lo > {moment.hi}", f"e.hi <= {moment.lo}"))


def has_come(truths: Truths, moment: Found, name: str) -> str:
    """Whether the moment called `name` has come by the audit instant."""
    return _placed(truths, moment, name, FALSE, (f"{moment.hi} <= {truths.audit}", "false"))


def _placed(truths: Truths, moment: Found, name: str, never: int, told: tuple[str, str]) -> str:
    """The truth, where `told` is when it is true and when false beside a moment that came, or that may lie between two
    instants: of these the later is null if it may never have come, and then it tells nothing."""
    arms = [
        f"WHEN {moment.state} = {NEVER} THEN {never}",
        f"WHEN {moment.state} = {VALUE} THEN {_either(told, truths.causes.number(Reason.TOO_COARSE, name))}",
    ]
    if moment.clock != NOTHING:
        arms.append(f"WHEN {moment.state} = {ELAPSED} THEN {truths.causes.number(Reason.OTHER_CLOCK, name)}")
    if moment.doubt != NOTHING:
        arms.append(f"WHEN {moment.state} = {PERHAPS} THEN {_either(told, truths.define(moment.doubt))}")
    return f"CASE {' '.join(arms)} ELSE {moment.state} END"


def _either(told: tuple[str, str], doubt: int | str) -> str:
    return f"CASE WHEN {told[0]} THEN {TRUE} WHEN {told[1]} THEN {FALSE} ELSE {doubt} END"
