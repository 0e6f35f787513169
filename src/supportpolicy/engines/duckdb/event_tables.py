"""Events from a table of their own, in SQL: read like tickets, and joined to them by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from supportpolicy.engines.duckdb.cells import EVENT_COLUMNS, Encoding, columns_of
from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.duckdb.event_forms import Forms
from supportpolicy.engines.duckdb.event_keys import Keys
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.marks import PLACES
from supportpolicy.engines.reference.event_tables import MESSAGE, ticket_field
from supportpolicy.expr.decode import MESSAGE_ROLE
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import FieldPlan, Listed
from supportpolicy.model.cell import Reason

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FLAGS: Final = ("role", "public", "automatic")
_IN_FILE: Final = "(rec::BIGINT << 32 | row)"
"""Where an event stands among those of its ticket, in the file; higher for those of the tickets after it."""


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
    """A table of events. `rows` is the plan by which its rows are read, `forms` are those that they have, `keys` by what
    they find their tickets; `whole` says that none was rejected."""

    connection: DuckDBPyConnection
    rows: Plan
    encoding: Encoding
    forms: Forms
    keys: Keys
    whole: bool

    def list(self, i: int, field: FieldPlan) -> None:
        """From the rows in `staged` create `listedI`, the events of each ticket for the field of index `i`, `formsI`, what
        many of them have in common, and `lengthsI`, how many there are and what is wrong with the first that is no event; in
        this the rows that name no ticket, too."""
        parts = _parts(field)
        own, shared = self._held(parts)
        columns = "".join(f", {text} AS {name}" for name, text in own.items())
        key, rows = self.keys.key("v0", "whole0"), f"staged{self.keys.join('v0', 'whole0')} WHERE s0 = {VALUE}"
        self._execute(
            f"CREATE TABLE listed{i} AS SELECT {key} AS ticket, rec::UINTEGER AS row, {self.forms.number} AS form{columns} "
            f"FROM {rows}"
        )
        self._execute(f"CREATE TABLE forms{i} AS {self.forms.query(f'listed{i}', shared)}")
        wrong = self._wrong(parts)
        self._execute(
            f"CREATE TABLE wrong{i} AS SELECT ticket, arg_min(wrong, rec) AS wrong FROM ("
            f"SELECT {key} AS ticket, rec, {wrong} AS wrong FROM {rows}) WHERE wrong IS NOT NULL GROUP BY ticket"
            + ("" if self._faulty(i, parts) else " LIMIT 0")
        )
        self._execute(
            f"CREATE TABLE lengths{i} AS SELECT ticket, number, wrong FROM ("
            f"SELECT ticket, count(*)::INTEGER AS number FROM listed{i} GROUP BY ticket) LEFT JOIN wrong{i} USING (ticket) "
            f"UNION ALL SELECT NULL, count(*)::INTEGER, NULL FROM staged WHERE s0 <> {VALUE}"
        )
        self._execute(f"DROP TABLE wrong{i}")

    def join(self, i: int, field: FieldPlan, identity: int, whole: str, query: str) -> str:
        """The query with the columns of the field of index `i` besides; `identity` is the index of the ticket's id, `whole`
        the expression of the whole number that it is."""
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
        own = f"told.v{identity}"
        joined = f"LEFT JOIN lengths{i} ON {known} AND lengths{i}.ticket = {self.keys.key(own, whole)}"
        return f"SELECT told.*, {texts} FROM ({query}) AS told{self.keys.join(own, whole)} {joined}"

    def settle(self, i: int, field: FieldPlan, identity: int, whole: str) -> None:
        """Create `eventsI`, `mendedI` and `tornI`, once the tickets are in `staged`: ticket by ticket, so that the events of
        a few stand together."""
        own, shared = self._held(_parts(field))
        columns = ", ".join(["form", *own])
        order = ", ".join(["rec", *(name for name in ("lo", "hi") if name in own), "row"])
        # What is narrow is sorted faster.
        given = (
            f"SELECT rec::UINTEGER AS rec, {columns}, row FROM (SELECT {self._keyed(identity, whole)} "
            f"WHERE s{i} = {VALUE} AND n{i} > 0) JOIN listed{i} USING (ticket)"
        )
        self._execute(
            f"CREATE TABLE ordered{i} AS SELECT rec, {columns}, "
            f"coalesce(lag({_IN_FILE}) OVER () > {_IN_FILE}, false) AS moved FROM (FROM ({given}) ORDER BY {order})"
        )
        self._execute(f"DROP TABLE listed{i}")
        self._execute(
            f"CREATE TABLE mended{i} AS SELECT DISTINCT rec, 0 AS repeated, true AS sorted FROM ordered{i} WHERE moved"
        )
        last = f"SELECT rowid AS seq, rec, lo FROM ordered{i} WHERE rowid % {PLACES} = 0"
        self._execute(
            f"CREATE TABLE torn{i} AS SELECT DISTINCT told.rec FROM ({last}) AS told JOIN ordered{i} AS before "
            f"ON before.rowid = told.seq - 1 WHERE before.rec = told.rec AND before.lo = told.lo"
        )
        told = {"rec": "rec", "seq": f"ordered{i}.rowid", "hi": "lo", **dict.fromkeys(shared, "")}
        told |= {name: f"ordered{i}.{name}" for name in own}
        told |= {name: f"forms{i}.{name}" for name in shared}
        listed = ", ".join(f"({told[name]})::{kind} AS {name}" for name, kind in EVENT_COLUMNS.items())
        self._execute(f"CREATE VIEW events{i} AS SELECT {listed} FROM ordered{i} JOIN forms{i} USING (form)")

    def formed(self, field: FieldPlan) -> bool:
        """Whether an event has nothing of its own but an exact instant."""
        return self._held(_parts(field))[0].keys() == {"lo"}

    def strays(self, i: int, identity: int, whole: str) -> int:
        """How many rows belong to no ticket in `staged`."""
        tickets = f"(SELECT {self._keyed(identity, whole)} WHERE s{identity} = {VALUE})"
        [(number,)] = self.connection.execute(
            f"SELECT coalesce(sum(number), 0)::BIGINT FROM lengths{i} ANTI JOIN {tickets} USING (ticket)"
        ).fetchall()
        return int(number)

    def _keyed(self, identity: int, whole: str) -> str:
        """The numbers and keys of the tickets, as columns `rec` and `ticket` and where they come from."""
        own = f"told.v{identity}"
        return f"rec, {self.keys.key(own, whole)} AS ticket FROM staged AS told{self.keys.join(own, whole)}"

    def _held(self, parts: Mapping[str, FieldPlan]) -> tuple[dict[str, str], dict[str, str]]:
        """What is held of each row, and what is told of its form alone, as expressions. An instant that is exact is held
        once."""
        told = self._told(parts)
        if parts["at"].reading.precision is None and parts["at"].reading.zone is None:
            del told["hi"]
        shared = {name: text for name, text in told.items() if name not in ("lo", "hi") and self.forms.tell(text)}
        return {name: text for name, text in told.items() if name not in shared}, shared

    def _faulty(self, i: int, parts: Mapping[str, FieldPlan]) -> bool:
        """Whether some row may be no event."""
        at = parts["at"]
        wrong = self._wrong({name: part for name, part in parts.items() if part is not at})
        if not self.forms.tell(wrong):
            return True
        faulty = f"FROM ({self.forms.query(f'listed{i}', {'wrong': wrong})}) WHERE wrong IS NOT NULL"
        undated = f"FROM listed{i} WHERE lo IS NULL"
        return any(self.connection.execute(f"SELECT 1 {told} LIMIT 1").fetchall() for told in (faulty, undated))

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


def _parts(field: FieldPlan) -> dict[str, FieldPlan]:
    """What is read of a row, by the names of an event's parts."""
    origin = field.origin
    assert isinstance(origin, Listed)
    return {part.name.removeprefix("events."): part for part in origin.parts}


def _by_kind(kind: str) -> str:
    """The role of whoever wrote a message of this kind."""
    arms = " ".join(f"WHEN {quoted(name)} THEN {quoted(role)}" for name, role in MESSAGE_ROLE.items())
    return f"CASE {kind} {arms} END"
