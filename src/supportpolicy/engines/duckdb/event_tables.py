"""Events from a table of their own, in SQL: read like tickets, and joined to them by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.cells import EVENT_COLUMNS, Encoding, columns_of
from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.reference.event_tables import MESSAGE, ticket_field
from supportpolicy.expr.decode import MESSAGE_ROLE
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import FieldPlan, Listed
from supportpolicy.model.cell import Reason

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FLAGS: Final = ("role", "public", "automatic")


def plan_of(plan: Plan, table: str) -> Plan:
    """A plan whose tickets are the rows of a table of events, and whose fields are all that is asked of them; its first
    field is the id of the ticket to which the event belongs."""
    listed = [f.origin for f in plan.fields if isinstance(f.origin, Listed) and f.origin.table == table]
    fields = [ticket_field(listed[0])]
    for origin in listed:
        fields += [part for part in origin.parts if part not in fields]
    return Plan(tuple(fields), MappingProxyType({"id": 0}), None, (), "", (), None)


@dataclass(frozen=True, slots=True)
class EventTable:
    """A table of events. `rows` is the plan by which its rows are read; `whole` says that none was rejected."""

    connection: DuckDBPyConnection
    rows: Plan
    encoding: Encoding
    whole: bool

    def list(self, i: int, field: FieldPlan) -> None:
        """From the rows in `staged` create `listedI`, the events of each ticket for the field of index `i`, and `lengthsI`,
        how many there are and what is wrong with the first that is no event."""
        origin = field.origin
        assert isinstance(origin, Listed)
        parts = {part.name.removeprefix("events."): part for part in origin.parts}
        wrong = self._wrong(parts)
        columns = ", ".join(f"{text} AS {name}" for name, text in self._told(parts).items() if _varies(text))
        self._execute(
            f"CREATE TABLE listed{i} AS SELECT v0 AS ticket, rec AS row, {columns}, {wrong} AS wrong FROM staged "
            f"WHERE s0 = {VALUE}"
        )
        self._execute(
            f"CREATE TABLE lengths{i} AS SELECT ticket, count(*)::INTEGER AS number, "
            f"arg_min(wrong, row) FILTER (wrong IS NOT NULL) AS wrong FROM listed{i} GROUP BY ticket"
        )

    def join(self, i: int, field: FieldPlan, identity: int, query: str) -> str:
        """The query with the columns of the field of index `i` besides; `identity` is the index of the ticket's id."""
        origin = field.origin
        assert isinstance(origin, Listed)
        causes, complete = self.encoding.causes, origin.complete and self.whole
        missing, invalid = (causes.number(reason, field.name) for reason in (Reason.MISSING, Reason.INVALID))
        silent = NEVER if complete else VALUE
        known = f"told.s{identity} = {VALUE}"
        state = (
            f"CASE WHEN NOT ({known}) THEN {missing} WHEN lengths{i}.wrong IS NOT NULL THEN {invalid} "
            f"WHEN lengths{i}.number IS NULL THEN {silent} ELSE {VALUE} END"
        )
        there = f"{known} AND lengths{i}.wrong IS NULL"
        if complete:
            there += f" AND lengths{i}.number IS NOT NULL"
        columns = {
            f"s{i}": state,
            f"complete{i}": f"CASE WHEN {there} THEN {str(complete).lower()} END",
            f"n{i}": f"CASE WHEN {there} THEN coalesce(lengths{i}.number, 0) END",
            f"d{i}": f"CASE WHEN {known} THEN lengths{i}.wrong END",
        }
        kinds = columns_of(i, field)
        texts = ", ".join(f"({columns[name]})::{kind} AS {name}" for name, kind in kinds.items())
        joined = f"LEFT JOIN lengths{i} ON {known} AND lengths{i}.ticket = told.v{identity}"
        return f"SELECT told.*, {texts} FROM ({query}) AS told {joined}"

    def settle(self, i: int, field: FieldPlan, identity: int) -> None:
        """Create `eventsI` and `mendedI`, once the tickets are in `staged`: ticket by ticket, so that the events of a few
        stand together, and without what is the same for all events, of which there may be many millions."""
        origin = field.origin
        assert isinstance(origin, Listed)
        told = self._told({part.name.removeprefix("events."): part for part in origin.parts})
        varying = [name for name, text in told.items() if _varies(text)]
        self._execute(
            f"CREATE TABLE ordered{i} AS SELECT rec, row_number() OVER () AS seq, {', '.join(varying)}, "
            f"coalesce(rec = lag(rec) OVER () AND row < lag(row) OVER (), false) AS moved FROM (FROM "
            f"(SELECT rec, v{identity} AS ticket FROM staged WHERE s{i} = {VALUE} AND n{i} > 0) "
            f"JOIN listed{i} USING (ticket) ORDER BY rec, lo, hi, row)"
        )
        self._execute(f"DROP TABLE listed{i}")
        self._execute(
            f"CREATE TABLE mended{i} AS SELECT DISTINCT rec, 0 AS repeated, true AS sorted FROM ordered{i} WHERE moved"
        )
        columns = ", ".join(
            name if name in ("rec", "seq") or _varies(told[name]) else f"{told[name]}::{kind} AS {name}"
            for name, kind in EVENT_COLUMNS.items()
        )
        self._execute(f"CREATE VIEW events{i} AS SELECT {columns} FROM ordered{i}")

    # --- one row ---
    def _told(self, parts: Mapping[str, FieldPlan]) -> dict[str, str]:
        """The expressions of the columns of an event (see `EVENT_COLUMNS`) but its ticket and its place among others."""
        role = f"coalesce({self._value(parts, 'role')}, {_by_kind(self._value(parts, 'kind'))})"
        kind = (
            f"CASE WHEN {self._value(parts, 'kind')} <> {quoted(MESSAGE)} THEN {self._value(parts, 'kind')} "
            f"WHEN {role} = 'customer' THEN 'customer_message' ELSE 'staff_message' END"
        )
        at = self._number(parts["at"])
        told = {"lo": f"lo{at}", "hi": f"hi{at}", "kind": kind, "role": role}
        told |= {name: self._value(parts, name) for name in ("public", "automatic")}
        for letter, name in (("c", "channel"), ("l", "language"), ("v", "value"), ("f", "from")):
            missing = self.encoding.causes.number(Reason.MISSING, f"events.{name}")
            part = parts.get(name)
            i = None if part is None else self._number(part)
            told[f"s{letter}"] = str(missing) if i is None else f"s{i}"
            told[f"v{letter}"] = "NULL::VARCHAR" if i is None else f"v{i}"
            told[f"d{letter}"] = "NULL::VARCHAR" if i is None else f"d{i}"
        return told

    def _wrong(self, parts: Mapping[str, FieldPlan]) -> str:
        """What is wrong with a row that is no event, null where it is one; in the words of the reference engine."""
        arms = []
        for name in ("at", "kind", *_FLAGS):
            if name not in parts:
                continue
            i = self._number(parts[name])
            for (reason, _), number in self.encoding.causes.known.items():
                if reason is not Reason.MISSING or name not in _FLAGS:
                    arms.append(f"WHEN s{i} = {number} THEN {quoted(f'an event whose {name} is {reason.value}')}")
            if name not in _FLAGS:
                arms.append(f"WHEN s{i} <> {VALUE} THEN {quoted(f'an event whose {name} is missing')}")
        kind = self._value(parts, "kind")
        arms.append(
            f"WHEN {kind} = {quoted(MESSAGE)} AND {self._value(parts, 'role')} IS NULL "
            f"THEN 'an event whose kind is message and whose role is missing'"
        )
        return f"CASE {' '.join(arms)} END"

    def _value(self, parts: Mapping[str, FieldPlan], name: str) -> str:
        """The part's value, null where there is none."""
        kind = "BOOLEAN" if name in ("public", "automatic") else "VARCHAR"
        return f"v{self._number(parts[name])}" if name in parts else f"NULL::{kind}"

    def _number(self, part: FieldPlan) -> int:
        return self.rows.fields.index(part)

    def _execute(self, statement: str) -> None:
        self.connection.execute(statement)


def _varies(text: str) -> bool:
    """Whether a part of an event is another for another row."""
    return not text.isdigit() and not text.startswith("NULL::")


def _by_kind(kind: str) -> str:
    """The role of whoever wrote a message of this kind."""
    arms = " ".join(f"WHEN {quoted(name)} THEN {quoted(role)}" for name, role in MESSAGE_ROLE.items())
    return f"CASE {kind} {arms} END"
