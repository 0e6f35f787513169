"""Truth nodes become SQL expressions over the columns of a ticket."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from supportpolicy.engines.duckdb.codes import FALSE, FIRST_CAUSE, NEVER, TRUE, VALUE, WAITING, Causes
from supportpolicy.engines.duckdb.literals import quoted
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
from supportpolicy.model.cell import Reason
from supportpolicy.model.ticket import FieldType


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a field's cell stands: its state, its value or its bounds, and its detail, as SQL expressions. `suffix` ends
    the names of its columns (see `staged`); `measured` is the clock of a field that holds durations."""

    suffix: str
    type: FieldType
    measured: str | None = None

    @property
    def state(self) -> str:
        return f"s{self.suffix}"

    @property
    def value(self) -> str:
        return f"v{self.suffix}"

    @property
    def lo(self) -> str:
        return f"lo{self.suffix}"

    @property
    def hi(self) -> str:
        return f"hi{self.suffix}"

    @property
    def detail(self) -> str:
        return f"d{self.suffix}"

    @property
    def shown(self) -> str:
        """The detail as evidence shows it after the reason, with a space before it; empty where there is none. Only the
        query for evidence has it."""
        return f"shown{self.suffix}"

    @property
    def complete(self) -> str:
        return f"complete{self.suffix}"

    @property
    def number(self) -> str:
        return f"n{self.suffix}"


@dataclass(frozen=True, slots=True)
class Exact(Columns):
    """The same of a field whose instants are exact."""

    @property
    def hi(self) -> str:
        return f"lo{self.suffix}"


@dataclass(slots=True)
class Truths:
    """Writes truths. `define` gives a name to a subexpression, so that no text grows with the depth of a condition."""

    fields: Mapping[str, Columns]
    audit: int
    causes: Causes
    define: Callable[[str], str]
    occasions: Callable[[Happens | During | Formerly], str] | None = None
    """Writes conditions on events and on calendars, where there are any to ask."""
    verdicts: Callable[[Ruled], str] | None = None
    """Writes conditions on what other rules say."""

    def write(self, node: Truth) -> str:
        """The expression, or the name of one, whose value is the number of the truth."""
        return self.define(self._expression(node))

    def _expression(self, node: Truth) -> str:
        match node:
            case Const(truth):
                return str(int(truth))
            case Member(field, values):
                listed = ", ".join(map(quoted, values))
                column = self.fields[field]
                if not values:
                    return self._tested(field, "false")
                if column.type is FieldType.TAGS:
                    return self._tested(field, f"list_has_any({column.value}, [{listed}])")
                return self._tested(field, f"{column.value} IN ({listed})")
            case Covers(field, ranges):
                value = self.fields[field].value
                tests = " OR ".join(f"{value} = {quoted(r)} OR starts_with({value}, {quoted(r + '-')})" for r in ranges)
                return self._tested(field, f"({tests})" if ranges else "false")
            case Like(field, pattern):
                return self._tested(field, self._like(self.fields[field], pattern))
            case Between(field, at_least, at_most):
                value = self.fields[field].value
                bounds = [f"{value} >= {at_least}"] * (at_least is not None) + [f"{value} <= {at_most}"] * (
                    at_most is not None
                )
                return self._tested(field, f"({' AND '.join(bounds)})" if bounds else "true")
            case Is(field, wanted):
                return self._tested(field, f"{self.fields[field].value} = {'true' if wanted else 'false'}")
            case Present(field):
                return self.present(field)
            case Happened(field, settled_by):
                there = self.define(self.present(field))
                over = self.define(self.present(settled_by))
                return (
                    f"CASE WHEN {there} <> {FALSE} THEN {there} WHEN {over} = {TRUE} THEN {FALSE} "
                    f"WHEN {over} = {FALSE} THEN {WAITING} ELSE {over} END"
                )
            case Happens() | During() | Formerly():
                assert self.occasions is not None  # only a policy's own conditions have such parts
                return self.occasions(node)
            case Ruled():
                assert self.verdicts is not None  # only rules ask for what others say
                return self.verdicts(node)
            case All(parts):
                return self.joined([self.write(part) for part in parts], FALSE, TRUE)
            case AnyOf(parts):
                return self.joined([self.write(part) for part in parts], TRUE, FALSE)
            case Not(part):
                inner = self.write(part)
                return f"CASE {inner} WHEN {FALSE} THEN {TRUE} WHEN {TRUE} THEN {FALSE} ELSE {inner} END"

    def present(self, field: str) -> str:
        """Whether the field has a value; for an instant, one that has come by the audit instant."""
        column = self.fields[field]
        come = str(TRUE)
        if column.type is FieldType.INSTANT and column.measured is None:
            coarse = self.causes.number(Reason.TOO_COARSE, field)
            come = (
                f"CASE WHEN {column.hi} <= {self.audit} THEN {TRUE} WHEN {column.lo} > {self.audit} THEN {FALSE} "
                f"ELSE {coarse} END"
            )
        return f"CASE {column.state} WHEN {VALUE} THEN {come} WHEN {NEVER} THEN {FALSE} ELSE {column.state} END"

    def _tested(self, field: str, test: str) -> str:
        state = self.fields[field].state
        return (
            f"CASE {state} WHEN {VALUE} THEN CASE WHEN {test} THEN {TRUE} ELSE {FALSE} END "
            f"WHEN {NEVER} THEN {FALSE} ELSE {state} END"
        )

    def _like(self, column: Columns, pattern: str) -> str:
        if column.type is FieldType.TAGS:
            return f"len(list_filter({column.value}, lambda tag: {_fits('tag', pattern)})) > 0"
        return _fits(column.value, pattern)

    def joined(self, parts: list[str], decisive: int, neutral: int) -> str:
        """One decisive part decides; else the first part that the data leave undecided, else waiting, else neutral."""
        if not parts:
            return str(neutral)
        arms = [f"WHEN {decisive} IN ({', '.join(parts)}) THEN {decisive}"]
        arms += [f"WHEN {part} >= {FIRST_CAUSE} THEN {part}" for part in parts]
        arms += [f"WHEN {WAITING} IN ({', '.join(parts)}) THEN {WAITING}"]
        return f"CASE {' '.join(arms)} ELSE {neutral} END"


def _fits(text: str, pattern: str) -> str:
    """Whether a text fits a glob. LIKE goes back over the text for each star but the last, so that it is asked only where
    there is none to go back to; the regular expressions of DuckDB never do."""
    if "*" not in pattern.removeprefix("*").removesuffix("*"):
        escaped = "".join({"*": "%", "?": "_"}.get(c, f"\\{c}" if c in "%_\\" else c) for c in pattern)
        return f"{text} LIKE {quoted(escaped)} ESCAPE '\\'"
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return f"regexp_full_match({text}, {quoted('(?s)' + expression)})"
