"""Cells from the columns of a row, or from the keys of a row of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from supportpolicy.expr.decode import BLANK, decoder, json_decoder, scalar_text
from supportpolicy.expr.keys import Nothing, value_at
from supportpolicy.expr.reading import Constant, FieldPlan
from supportpolicy.model.cell import NEVER, Cell, Reason, Unknown
from supportpolicy.plugin import Row


def text_of(columns: Sequence[str] | None, name: str) -> Callable[[Row], str | None]:
    """Reads the text of a column. None where a row has no such text; null is an empty one."""
    if columns is not None:
        take = itemgetter(columns.index(name))

        def cell(row: Row) -> str | None:
            found = take(row.values)
            return found if isinstance(found, str) else "" if found is None else scalar_text(found)

        return cell
    value_of = value_at(name)

    def text(row: Row) -> str | None:
        assert isinstance(row.values, Mapping)
        found = value_of(row.values)
        if isinstance(found, str | Nothing):
            return found if isinstance(found, str) else None
        return "" if found is None else scalar_text(found)

    return text


def read_column(field: FieldPlan, name: str, columns: Sequence[str] | None) -> Callable[[Row], Cell]:
    """Reads a field from the column of its name."""
    empty = _empty_of(field, columns)
    if columns is None:
        return _read_value(field, name, empty)
    take, decode, structured = itemgetter(columns.index(name)), decoder(field), json_decoder(field)

    def read(row: Row) -> Cell:
        value = take(row.values)
        if isinstance(value, str):
            cell = decode(value)
        elif isinstance(value, list | dict):
            return structured(value)
        else:
            cell = decode(scalar_text(value) or "")
        return empty(row) if cell is None else cell

    return read


def _read_value(field: FieldPlan, name: str, empty: Callable[[Row], Cell]) -> Callable[[Row], Cell]:
    value_of, decode, structured = value_at(name), decoder(field), json_decoder(field)
    missing = Unknown(Reason.MISSING, field.name)

    def read(row: Row) -> Cell:
        assert isinstance(row.values, Mapping)
        value = value_of(row.values)
        if isinstance(value, Nothing):
            return missing
        if isinstance(value, list | dict):
            return structured(value)
        cell = decode(scalar_text(value) or "")
        return empty(row) if cell is None else cell

    return read


def _empty_of(field: FieldPlan, columns: Sequence[str] | None) -> Callable[[Row], Cell]:
    """What an empty cell of the field means in a row."""
    missing = Unknown(Reason.MISSING, field.name)
    if field.reading.never_when is None:
        empty: Cell = NEVER if field.reading.empty == "never" else missing
        return lambda _: empty
    teller, telling = text_of(columns, field.reading.never_when[0]), field.reading.never_when[1]

    def empty_of(row: Row) -> Cell:
        told = teller(row)
        return NEVER if told is not None and told.strip(BLANK) in telling else missing

    return empty_of


def constant_cell(field: FieldPlan) -> Cell:
    """What a field is that is the same for every row: what the mapping says, or missing."""
    if not isinstance(field.origin, Constant):
        return Unknown(Reason.MISSING, field.name)
    cell = decoder(field)(field.origin.text)
    return Unknown(Reason.INVALID, field.name, field.origin.text) if cell is None else cell
