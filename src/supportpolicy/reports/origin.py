"""Where a field's value came from and how its text was read, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportpolicy.expr.decode import decoder, json_decoder, json_text, scalar_text
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column, Constant, FieldPlan, Key, Listed, LookedUp, Nowhere, Reading
from supportpolicy.model.cell import NEVER, Cell, Elapsed, Never, Reason, Unknown
from supportpolicy.model.duration import format_duration
from supportpolicy.model.instant import Instant
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.text import token
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import Row
from supportpolicy.reports.page import shortened

_BLANK = " \t\r\n\u00a0"
_ROUNDED = {
    "floor": "less than {} cut off",
    "ceil": "raised to the next {}",
    "nearest": "rounded to the nearest {}",
}


@dataclass(frozen=True, slots=True)
class Record:
    """The row a ticket was formed from, and the plan by which it was read."""

    row: Row
    columns: Sequence[str] | None
    plan: Plan

    def field(self, name: str, facts: Mapping[str, int]) -> FieldPlan | None:
        """How the field is read; None where nothing reads it."""
        index = facts.get(name, self.plan.facts.get(name))
        if index is not None:
            return self.plan.fields[index]
        return next((field for field in self.plan.fields if field.name == name), None)

    def cell(self, field: FieldPlan) -> Cell | None:
        """What the record says of the field; None where it stands in another table."""
        missing = Unknown(Reason.MISSING, field.name)
        match field.origin:
            case Key(name):
                keys = self.keys
                return json_decoder(field)(keys[name]) if name in keys else missing
            case Column(name):
                text = self.text(name)
                found = None if text is None else decoder(field)(text)
                if found is not None or text is None:
                    return missing if found is None else found
                return NEVER if self.is_never(field.reading) else missing
            case Constant(text):
                found = decoder(field)(text)
                return missing if found is None else found
            case Nowhere():
                return missing
            case LookedUp() | Listed():
                return None

    @property
    def keys(self) -> Mapping[str, JsonValue]:
        """The row as a canonical ticket. Where columns have types, null is a key left out."""
        values = self.row.values
        if isinstance(values, Mapping):
            return values
        assert self.columns is not None
        return {name: value for name, value in zip(self.columns, values, strict=True) if value is not None}

    def text(self, column: str) -> str | None:
        """The text under a column or a dotted path of keys; None where the row has none."""
        values = self.row.values
        if not isinstance(values, Mapping):
            assert self.columns is not None
            cell = values[self.columns.index(column)]
            return "" if cell is None else scalar_text(cell)
        found: JsonValue = values.get(column)
        if column not in values:
            found = dict(values)
            for key in column.split("."):
                if not isinstance(found, dict) or key not in found:
                    return None
                found = found[key]
        return "" if found is None else scalar_text(found)

    def is_never(self, reading: Reading) -> bool:
        """Whether an empty cell of this record means that there is none."""
        if reading.never_when is None:
            return reading.empty == "never"
        told = self.text(reading.never_when[0])
        return told is not None and told.strip() in reading.never_when[1]


def origin_prose(field: FieldPlan, record: Record | None) -> str:
    """Where the value stands and what its text says; empty where the value is the record's own, word for word."""
    match field.origin:
        case Key(name):
            return _of_key(name, record, field)
        case Column(name):
            return _of_column(name, record, field)
        case Constant(text):
            return f"the mapping says {_quoted(text)} of every ticket"
        case LookedUp(table, key, match, value):
            return _of_lookup(record, (table, key, match, value))
        case Listed(table, ticket):
            return f"the rows of the table {_quoted(table)} whose {_quoted(ticket)} is the ticket's id"
        case Nowhere(declared):
            said = ", and the mapping says so" if declared else ""
            return f"the input does not hold it{said}"


def _of_key(name: str, record: Record | None, field: FieldPlan) -> str:
    if record is None:
        return ""
    if name not in record.keys:
        return f"the record has no key {_quoted(name)}"
    value = record.keys[name]
    if value is None:
        return "the record says null"
    cell = record.cell(field)
    if field.reading.type is FieldType.EVENTS or (isinstance(value, str | bool | int) and cell == value):
        return ""
    text = value if isinstance(value, str) else json_text(value)
    if isinstance(cell, Instant):
        return "" if text.endswith("Z") else f"the record says {_quoted(text)}"
    return f"the record says {_quoted(text)}"


def _of_column(name: str, record: Record | None, field: FieldPlan) -> str:
    column = f"column {_quoted(name)}"
    if record is None:
        return column
    text = record.text(name)
    if text is None:
        return f"the record has no {_quoted(name)}"
    stripped, reading = text.strip(_BLANK), field.reading
    if stripped in reading.nulls:
        holds = "is empty" if not stripped else f"holds {_quoted(stripped)}, which counts as empty"
        return f"{column} {holds}{_empty_prose(record, reading)}"
    return f"{column} says {_quoted(text)}{_reading_prose(text, record.cell(field), reading)}"


def _empty_prose(record: Record, reading: Reading) -> str:
    word = "never" if record.is_never(reading) else "unknown"
    if reading.never_when is None:
        return f", which the mapping reads as {word}"
    column = reading.never_when[0]
    return f": {word}, since column {_quoted(column)} says {_quoted(record.text(column) or '')}"


def _reading_prose(text: str, cell: Cell | None, reading: Reading) -> str:
    """What the mapping did to the text on the way to the value."""
    said: list[str] = []
    if token(text) in reading.values:
        said.append(f"read as {_quoted(reading.values[token(text)])}")
    if reading.measured is not None:
        said.append(f"in units of {format_duration(reading.measured.unit)}")
    if isinstance(cell, Instant) and reading.zone is not None:
        said.append(f"in {reading.zone.name}")
    if reading.precision is not None and isinstance(cell, Instant | Elapsed):
        unit = format_duration(reading.precision.unit_us)
        said.append(_ROUNDED[reading.precision.by].format(unit))
    return "".join(f", {part}" for part in said)


def _of_lookup(record: Record | None, origin: tuple[str, str, str, str]) -> str:
    table, key, match, value = origin
    sought = f"the ticket's {key}"
    if record is not None:
        keys = record.field(key, {})
        found = record.cell(keys) if keys is not None else None
        if isinstance(found, str):
            sought += f", {_quoted(found)}"
        elif isinstance(found, Never | Unknown):
            sought += ", which is empty"
    return f"table {_quoted(table)}, column {_quoted(value)} of the row whose {_quoted(match)} is {sought}"


def _quoted(text: str) -> str:
    return f"'{shortened(text)}'"
