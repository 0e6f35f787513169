"""What evidence says of clocks, as SQL: the names of their start and stop, what was promised, lengths and stretches."""

from __future__ import annotations

from supportpolicy.engines.duckdb.clocks import Sum
from supportpolicy.engines.duckdb.codes import VALUE
from supportpolicy.engines.duckdb.json_texts import Member, constant, plain_text
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.expr.evidence import MOST_STRETCHES
from supportpolicy.expr.nodes import Demand, NotBefore, Promise, Submission, Within, moment_field
from supportpolicy.model.limit import BusinessDays, EndOfBusinessDay, NextOpening, OpenTime


def start_name(node: Demand, start: Found) -> str:
    """The name of the start, as JSON."""
    assert isinstance(node, Within | NotBefore)
    name = constant(moment_field(node.start))
    if start.name != NOTHING:
        return plain_text(start.name)
    if not isinstance(node.start, Submission) or start.own == "true":
        return name
    customer = constant("first customer message")
    return f"CASE WHEN {start.state} = {VALUE} AND NOT ({start.own}) THEN {customer} ELSE {name} END"


def stop_name(node: Demand, start: Found, stop: Found) -> str:
    """The name of the stop, as JSON."""
    assert isinstance(node, Within | NotBefore)
    name = constant(moment_field(node.stop))
    if stop.name == NOTHING:
        return name
    return f"CASE WHEN {start.state} = {VALUE} THEN {plain_text(stop.name)} ELSE {name} END"


def promised_members(promise: Promise) -> list[Member]:
    """What one promise promises."""
    members = [Member("limit", constant(promise.text))]
    match promise.cell:
        case OpenTime(_, calendar) | BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar) | NextOpening(calendar):
            members.append(Member("calendar", constant(calendar)))
        case _:
            pass
    return members


def length_text(open_time: str, call: str) -> str:
    """A length of time, which on a calendar has no days; the call of a macro without its prefix."""
    if open_time == "false":
        return f"sp_{call}"
    return f"sp_open_{call}" if open_time == "true" else f"CASE WHEN {open_time} THEN sp_open_{call} ELSE sp_{call} END"


def stretches_text(told: Sum) -> str:
    """The first stretches of open time with the length of each, and how many more there are."""
    text = "concat(sp_us(s.o), '..', sp_us(s.c), ' (', sp_open_duration(s.c - s.o), ')')"
    listed = f"list_transform({told.listed}, lambda s: {text})"
    more = f"{told.stretches} - {MOST_STRETCHES}"
    rest = f"CASE WHEN {more} > 0 THEN concat(', and ', {more}, ' more') ELSE '' END"
    return f"concat(array_to_string({listed}, ', '), {rest})"
