"""The evidence of findings as JSON texts that SQL puts together, key by key as the reference engine does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from supportpolicy.engines.duckdb.codes import ELAPSED, NEVER, PERHAPS, RUNS, VALUE, Causes
from supportpolicy.engines.duckdb.judging import TEXTS, Judging
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.moments import NOTHING, Found
from supportpolicy.engines.duckdb.truths import Columns
from supportpolicy.expr.nodes import Distinct, EveryReply, Holds, Submission, Within, moment_field, reads
from supportpolicy.expr.plan import RulePlan
from supportpolicy.model.instant import format_us
from supportpolicy.model.ticket import FieldType


@dataclass(frozen=True, slots=True)
class Member:
    """A key and the expression of its value as JSON; `optional` where null leaves the key out."""

    key: str
    value: str
    optional: bool = False



@dataclass(slots=True)
class Showing:
    """Writes the evidence of a revision's rules. `bearer` is the expression of who alone bears a value."""

    judging: Judging
    bearer: str
    _fields: Mapping[str, Columns] = field(init=False)
    _causes: Causes = field(init=False)

    def __post_init__(self) -> None:
        self._fields = self.judging.truths.fields
        self._causes = self.judging.outcomes.causes

    def write(self, rule: RulePlan) -> str:
        """The expression whose value is the JSON text."""
        asked = reads(rule.when) if rule.when is not None else ()
        match rule.demand:
            case Holds(truth):
                return _object([self._values((*asked, *reads(truth)))])
            case Within():
                return _object([*self._clock(rule.demand, rule.id), *self._asked(asked)])
            case EveryReply():
                return self._replies(rule.demand, asked)
            case Distinct(name):
                return self._bearers(name, asked)

    # --- values ---
    def _values(self, names: Sequence[str]) -> Member:
        return Member("values", _object([Member(name, self._cell(name)) for name in dict.fromkeys(names)]))

    def _asked(self, names: Sequence[str]) -> list[Member]:
        return [self._values(names)] if names else []

    def _cell(self, name: str) -> str:
        """The cell's text as JSON."""
        column = self._fields[name]
        unknown = f"sp_text(concat({self._reason(column.state)}, {column.shown}))"
        return f"CASE {column.state} WHEN {VALUE} THEN {_value(column)} WHEN {NEVER} THEN 'null' ELSE {unknown} END"

    def _reason(self, state: str) -> str:
        return _reasons(self._causes, state)

    # --- clocks ---
    def _clock(self, node: Within, rule: str) -> list[Member]:
        clocks, limit = self.judging.clocks, node.limit
        start, stop = clocks.found(node)
        named = _json(moment_field(node.start))
        if isinstance(node.start, Submission) and start.own != "true":
            customer = _json("first customer message")
            named = f"CASE WHEN {start.state} = {VALUE} AND NOT ({start.own}) THEN {customer} ELSE {named} END"
        ran = f"{start.state} = {VALUE}"
        due = f"CASE WHEN {ran} THEN {_instant(f'{start.lo} + {limit.amount}', f'{start.hi} + {limit.amount}')} END"
        accrued, left = self._accrued(start, stop, self.judging.demands[rule], limit.amount)
        told = [
            Member("start_field", named),
            Member("stop_field", _json(moment_field(node.stop))),
            Member("start", self._found(start)),
            Member("stop", f"CASE WHEN {ran} THEN {self._found(stop)} ELSE 'null' END"),
            Member("limit", _json(limit.text)),
            Member("calendar", _json(limit.calendar)),
            Member("as_of", _json(format_us(clocks.audit))),
        ]
        if (start.basis, stop.basis) != (NOTHING, NOTHING):
            basis = f"CASE WHEN {ran} THEN {stop.basis} ELSE {start.basis} END"
            told.append(Member("basis", _text(f"({basis})"), optional=True))
        return [
            *told,
            Member("due", due, optional=True),
            Member("last_in_time", due, optional=True),
            Member("accrued", f"CASE WHEN {ran} THEN {accrued} END", optional=True),
            Member("left", f"CASE WHEN {ran} THEN {left} END", optional=True),
        ]

    def _accrued(self, start: Found, stop: Found, demand: str, amount: int) -> tuple[str, str]:
        """What accrued on the clock, and what is left of its limit."""
        audit = self.judging.clocks.audit
        least, greatest = f"greatest(0, {stop.lo} - {start.hi})", f"{stop.hi} - {start.lo}"
        came = f"WHEN {stop.state} = {VALUE} AND {stop.hi} >= {start.lo} THEN {_span(least, greatest)}"
        measured = f"WHEN {stop.state} = {ELAPSED} THEN {_span(stop.lo, stop.hi)}" if stop.clock != NOTHING else ""
        waited = _span(f"greatest(0, {audit} - {start.hi})", f"greatest(0, {audit} - {start.lo})")
        left = f"CASE WHEN {stop.state} = {NEVER} AND {demand} = {RUNS} THEN {_text(f'sp_duration({start.lo} + {amount - audit})')} END"
        return f"CASE {came} {measured} WHEN {stop.state} = {NEVER} THEN {waited} END", left

    def _found(self, found: Found) -> str:
        """The text of a moment as JSON."""
        arms = [f"WHEN {found.state} = {VALUE} THEN {_instant(found.lo, found.hi)}"]
        arms.append(f"WHEN {found.state} = {NEVER} THEN 'null'")
        if found.clock != NOTHING:
            measured = f"concat(sp_span({found.lo}, {found.hi}), ' on ', {found.clock})"
            arms.append(f"WHEN {found.state} = {ELAPSED} THEN sp_text({measured})")
        if found.doubt != NOTHING:
            last = f"CASE WHEN {found.hi} IS NULL THEN 'never' ELSE sp_us({found.hi}) END"
            doubt = " ".join(
                f"WHEN {number} THEN {quoted(f' (unknown: {reason.value} {name})')}"
                for (reason, name), number in self._causes.known.items()
            )
            between = f"concat('\"', sp_us({found.lo}), '..', {last}, CASE {found.doubt} {doubt} END, '\"')"
            arms.append(f"WHEN {found.state} = {PERHAPS} THEN {between}")
        return f"CASE {' '.join(arms)} ELSE sp_text(concat({self._reason(found.state)}, {found.detail})) END"

    # --- replies and bearers ---
    def _replies(self, node: EveryReply, asked: Sequence[str]) -> str:
        events, timeline = self._fields["events"], self.judging.timeline
        without = _object([self._values((*asked, "events"))])
        if timeline is None:
            return without
        number, breaking = timeline.shown(node)
        shown = f"CASE WHEN {breaking} IS NOT NULL THEN sp_text({breaking}) END"
        told = [
            Member("replies", f"coalesce({number}, 0)"),
            Member("breaking", shown, optional=True),
            *self._asked(asked),
        ]
        return f"CASE WHEN {events.state} = {VALUE} THEN {_object(told)} ELSE {without} END"

    def _bearers(self, name: str, asked: Sequence[str]) -> str:
        column, index = self._fields[name], self.judging.revision.facts[name]
        without = _object([self._values((*asked, name))])
        if column.type not in TEXTS:
            told = {one: self._cell(one) for one in asked} | {name: "'null'"}
            null = _object([Member("values", _object([Member(one, text) for one, text in told.items()]))])
            return f"CASE WHEN {column.state} = {VALUE} THEN {null} ELSE {without} END"
        borne = self.judging.borne.get(index)
        bearers = f"sp_text({self.bearer})" if borne is None else f"sp_text(coalesce({borne}, {self.bearer}))"
        shown = _object([Member("value", f"sp_text({column.value})"), Member("bearers", bearers), *self._asked(asked)])
        return f"CASE WHEN {column.state} = {VALUE} THEN {shown} ELSE {without} END"


def _value(column: Columns) -> str:
    """A value's text as JSON."""
    match column.type:
        case FieldType.INSTANT if column.measured is not None:
            return f"sp_text(concat(sp_span({column.lo}, {column.hi}), ' on ', {quoted(column.measured)}))"
        case FieldType.INSTANT:
            return _instant(column.lo, column.hi)
        case FieldType.EVENTS:
            number = column.number
            rest = f"CASE WHEN {column.complete} THEN '\"' ELSE ', not complete\"' END"
            return f"concat('\"', {number}, CASE {number} WHEN 1 THEN ' event' ELSE ' events' END, {rest})"
        case FieldType.TAGS:
            return f"sp_text(array_to_string({column.value}, ', '))"
        case FieldType.INTEGER | FieldType.BOOLEAN:
            return f"concat('\"', {column.value}, '\"')"
        case _:
            return f"sp_text({column.value})"


def _reasons(causes: Causes, state: str) -> str:
    told = " ".join(
        f"WHEN {number} THEN {quoted(f'unknown: {reason.value}')}" for (reason, _), number in causes.known.items()
    )
    return f"CASE {state} {told} END" if told else "NULL"


def _instant(lo: str, hi: str) -> str:
    return _text(f"sp_instant({lo}, {hi})")


def _span(lo: str, hi: str) -> str:
    return _text(f"sp_span({lo}, {hi})")


def _text(plain: str) -> str:
    """A text in which JSON has nothing to escape."""
    return f"'\"' || {plain} || '\"'"


def _json(text: str) -> str:
    """A constant text as an SQL literal of JSON."""
    return quoted(json.dumps(text, ensure_ascii=False))


def _object(members: Sequence[Member]) -> str:
    """An object of these members, of which the first is not optional."""
    parts: list[str] = []
    constant = "{"
    for number, member in enumerate(members):
        head = ("," if number else "") + json.dumps(member.key, ensure_ascii=False) + ":"
        literal = _literal(member.value)
        if literal is not None:
            constant += head + literal
        elif member.optional:
            parts += [quoted(constant), f"coalesce({quoted(head)} || ({member.value}), '')"]
            constant = ""
        else:
            parts += [quoted(constant + head), f"({member.value})"]
            constant = ""
    parts.append(quoted(constant + "}"))
    return parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"


def _literal(value: str) -> str | None:
    """The text of an expression that is one literal."""
    inner = value[1:-1].replace("''", "")
    if value.startswith("'") and value.endswith("'") and "'" not in inner:
        return value[1:-1].replace("''", "'")
    return None

