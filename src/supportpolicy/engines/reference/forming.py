"""From rows to tickets: decode, look up, reduce, and name each ticket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from supportpolicy.expr.decode import decoder, json_decoder, scalar_text
from supportpolicy.expr.plan import Plan, Reduce
from supportpolicy.expr.reading import Column, Constant, FieldPlan, Key, LookedUp, Nowhere, Reading
from supportpolicy.model.cell import NEVER, Cell, Never, Reason, Unknown
from supportpolicy.model.finding import Rejected, RowPlace
from supportpolicy.model.instant import Instant
from supportpolicy.model.text import integer
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import Progress, Row, Scan

BEFORE = 2
"""Cells before the plan's fields: the audit instant and the instant asked for (see `truths`)."""


@dataclass(slots=True)
class Ticket:
    """A formed ticket. `id` is None where the record has none; `name` is how reports call it."""

    id: str | None
    name: str
    place: RowPlace
    cells: list[Cell]
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Formed:
    """All tickets of an input in file order, the rejected rows of every table, and the ids that several records claim."""

    tickets: Sequence[Ticket]
    rejected: Sequence[Rejected]
    conflicting: tuple[str, ...]


def form(plan: Plan, tables: Mapping[str, Scan], progress: Progress) -> Formed:
    """Read every table to its end and form the tickets."""
    rejected: list[Rejected] = []
    scan = tables["tickets"]
    lookups = {
        origin.table: _index(origin.table, tables[origin.table], plan, rejected)
        for origin in (field.origin for field in plan.fields)
        if isinstance(origin, LookedUp)
    }
    reading = RowReader(plan, scan.columns, lookups)
    tickets: list[Ticket] = []
    seen: dict[str, list[tuple[bytes, Ticket]]] = defaultdict(list)
    for row in _reduced(plan.reduce, scan, rejected, progress):
        cells = reading.cells(row)
        ticket = Ticket(None, f"{row.place.file}#{row.place.record}", row.place, cells)
        claimed = cells[BEFORE + plan.facts["id"]]
        if isinstance(claimed, str):
            ticket.id = ticket.name = claimed
            same_id = seen[claimed]
            ticket.repeat = any(raw == row.raw for raw, _ in same_id)
            same_id.append((row.raw, ticket))
        tickets.append(ticket)
    conflicting = []
    for claimed, claims in seen.items():
        differing = [ticket for _, ticket in claims if not ticket.repeat]
        if len(differing) > 1:
            conflicting.append(claimed)
            for number, ticket in enumerate(differing, 1):
                ticket.name = f"{claimed}#{number}"
    return Formed(tickets, rejected, tuple(conflicting))


def _rows(scan: Scan, rejected: list[Rejected], progress: Progress) -> Iterator[Row]:
    for number, row in enumerate(scan.rows(), 1):
        if number % 10_000 == 0:
            progress(number)
        if isinstance(row, Rejected):
            rejected.append(row)
        else:
            yield row


def _reduced(reduce: Reduce | None, scan: Scan, rejected: list[Rejected], progress: Progress) -> Iterator[Row]:
    """One row per ticket, in the order in which the tickets first appear. A row without a key is a ticket of its own."""
    if reduce is None:
        yield from _rows(scan, rejected, progress)
        return
    key_of, order_of = _text_of(scan.columns, reduce.key), _text_of(scan.columns, reduce.order_by)
    kept: dict[object, tuple[tuple[bool, int, bytes], Row]] = {}
    for row in _rows(scan, rejected, progress):
        key = key_of(row) or row.place
        rank = _rank(order_of(row) or "", reduce.numeric)
        held = kept.get(key)
        if held is None or _replaces(rank, held[0], reduce):
            kept[key] = (rank, row)
    for _, row in kept.values():
        yield row


def _rank(text: str, numeric: bool) -> tuple[bool, int, bytes]:
    """A row whose order cannot be read comes before all others."""
    if not numeric:
        return (bool(text), 0, text.encode("utf-8", "surrogatepass"))
    number = integer(text.strip())
    return (number is not None, number or 0, b"")


def _replaces(rank: tuple[bool, int, bytes], held: tuple[bool, int, bytes], reduce: Reduce) -> bool:
    if rank == held:
        return reduce.ties == "last_in_file"
    return rank > held if reduce.keep == "last" else rank < held


class _Nothing(Enum):
    """The mark of a key that is not there; null is a value."""

    NOTHING = 0


_NOTHING: Final = _Nothing.NOTHING


def _text_of(columns: Sequence[str] | None, name: str) -> Callable[[Row], str | None]:
    """Reads the text of a column; in rows of JSON, of a dotted path of keys. None where the row has no such text."""
    if columns is not None:
        index = columns.index(name)

        def cell(row: Row) -> str | None:
            assert not isinstance(row.values, Mapping)
            return row.values[index]

        return cell
    path = name.split(".")

    def value(row: Row) -> str | None:
        assert isinstance(row.values, Mapping)
        found = row.values.get(name, _NOTHING)
        if found is _NOTHING and len(path) > 1:
            found = row.values.get(path[0], _NOTHING)
            for key in path[1:]:
                found = found.get(key, _NOTHING) if isinstance(found, dict) else _NOTHING
        if isinstance(found, _Nothing):
            return None
        return "" if found is None else scalar_text(found)

    return value


# --- one record -------------------------------------------------------------------------------------------------------
class RowReader:
    """Turns a row into cells: the plan's fields, compiled once."""

    def __init__(self, plan: Plan, columns: Sequence[str] | None, lookups: Mapping[str, _Table]) -> None:
        direct = [(i, f) for i, f in enumerate(plan.fields) if not isinstance(f.origin, LookedUp)]
        joined = [(i, f) for i, f in enumerate(plan.fields) if isinstance(f.origin, LookedUp)]
        index = {field.name: i for i, field in enumerate(plan.fields)}
        self._size = BEFORE + len(plan.fields)
        self._direct = [(BEFORE + i, _direct(field, columns)) for i, field in direct]
        self._joined = [(BEFORE + i, _joined(field, lookups, index)) for i, field in joined]

    def cells(self, row: Row) -> list[Cell]:
        cells: list[Cell] = [0] * self._size
        for i, read in self._direct:
            cells[i] = read(row)
        for i, look_up in self._joined:
            cells[i] = look_up(cells)
        return cells


def _direct(field: FieldPlan, columns: Sequence[str] | None) -> Callable[[Row], Cell]:
    match field.origin:
        case Column(name):
            return _column(field, _text_of(columns, name), columns)
        case Key(name):
            decode, missing = json_decoder(field), Unknown(Reason.MISSING, field.name)

            def key(row: Row) -> Cell:
                assert isinstance(row.values, Mapping)
                return decode(row.values[name]) if name in row.values else missing

            return key
        case Constant(text):
            cell = decoder(field)(text)
            constant: Cell = Unknown(Reason.INVALID, field.name, text) if cell is None else cell
            return lambda _: constant
        case Nowhere() | LookedUp():
            absent = Unknown(Reason.MISSING, field.name)
            return lambda _: absent


def _column(
    field: FieldPlan, text_of: Callable[[Row], str | None], columns: Sequence[str] | None
) -> Callable[[Row], Cell]:
    decode, reading = decoder(field), field.reading
    missing = Unknown(Reason.MISSING, field.name)
    empty: Cell = NEVER if reading.empty == "never" else missing
    teller = _text_of(columns, reading.never_when[0]) if reading.never_when else None
    telling = reading.never_when[1] if reading.never_when else frozenset()

    def read(row: Row) -> Cell:
        text = text_of(row)
        if text is None:
            return missing
        cell = decode(text)
        if cell is not None:
            return cell
        if teller is not None:
            told = teller(row)
            return NEVER if told is not None and told.strip() in telling else missing
        return empty

    return read


# --- lookups ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Table:
    """A lookup table: for each (match column, key) the rows as texts by column."""

    rows: Mapping[tuple[str, str], Sequence[Row]]
    columns: Sequence[str] | None


def _index(table: str, scan: Scan, plan: Plan, rejected: list[Rejected]) -> _Table:
    matches = {f.origin.match for f in plan.fields if isinstance(f.origin, LookedUp) and f.origin.table == table}
    readers = [(match, _text_of(scan.columns, match)) for match in sorted(matches)]
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _rows(scan, rejected, lambda _: None):
        for match, read in readers:
            key = read(row)
            if key:
                rows[match, key].append(row)
    return _Table(rows, scan.columns)


def _joined(
    field: FieldPlan, lookups: Mapping[str, _Table], index: Mapping[str, int]
) -> Callable[[Sequence[Cell]], Cell]:
    origin = field.origin
    assert isinstance(origin, LookedUp)
    table = lookups[origin.table]
    read = _column(field, _text_of(table.columns, origin.value), table.columns)
    key_slot = BEFORE + index[origin.key]
    valid = None
    if origin.valid is not None:
        instant = FieldPlan(field.name, Nowhere(False), _instant_reading(field))
        since, until = (_column(instant, _text_of(table.columns, name), table.columns) for name in origin.valid)
        valid = (since, until, BEFORE + index["submitted"])

    def look_up(cells: Sequence[Cell]) -> Cell:
        key = cells[key_slot]
        if isinstance(key, Never | Unknown):
            return key if isinstance(key, Unknown) else Unknown(Reason.NO_SUCH_KEY, field.name, "no key")
        rows = table.rows.get((origin.match, str(key)), ())
        found: list[Cell] = []
        for row in rows:
            in_time = True if valid is None else _in_time(valid[0](row), valid[1](row), cells[valid[2]])
            if in_time is None:
                return Unknown(Reason.INVALID, field.name, str(key))
            cell = read(row)
            if in_time and cell not in found:
                found.append(cell)
        if len(found) == 1:
            return found[0]
        return Unknown(Reason.CONTRADICTORY if found else Reason.NO_SUCH_KEY, field.name, str(key))

    return look_up


def _instant_reading(field: FieldPlan) -> Reading:
    """How the bounds of a lookup's validity are read: as instants of the same format and zone, empty is unbounded."""
    return replace(field.reading, type=FieldType.INSTANT, empty="never", vocabulary=None, never_when=None)


def _in_time(since: Cell, until: Cell, at: Cell) -> bool | None:
    """Whether the half-open span holds the instant; an empty bound is unbounded. None where it cannot be said."""
    if not isinstance(at, Instant):
        return None if (since is not NEVER or until is not NEVER) else True
    after = True if since is NEVER else at.lo >= since.hi if isinstance(since, Instant) else None
    before = True if until is NEVER else at.hi < until.lo if isinstance(until, Instant) else None
    if after is None or before is None:
        return None
    return after and before
