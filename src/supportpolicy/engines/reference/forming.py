"""From rows to tickets: decode, look up, reduce, and name each ticket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from supportpolicy.engines.reference.cells import AS_OF, AUDIT
from supportpolicy.engines.reference.columns import constant_cell, read_column, text_of
from supportpolicy.engines.reference.event_tables import Listing, list_events
from supportpolicy.engines.reference.lookups import Table, index_table, look_up
from supportpolicy.expr.decode import BLANK, json_decoder
from supportpolicy.expr.plan import Plan, Reduce
from supportpolicy.expr.reading import Column, Key, Listed, LookedUp
from supportpolicy.model.cell import Cell
from supportpolicy.model.finding import Rejected, RowPlace
from supportpolicy.model.json_value import JsonValue
from supportpolicy.model.text import integer
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
    """All tickets of an input in file order, the rejected rows of every table, the ids that several records claim, and how
    many rows of a table of events belong to no ticket."""

    tickets: Sequence[Ticket]
    rejected: Sequence[Rejected]
    conflicting: tuple[str, ...]
    strays: int


def form(plan: Plan, tables: Mapping[str, Scan], progress: Progress) -> Formed:
    """Read every table to its end and form the tickets."""
    rejected: list[Rejected] = []
    scan = tables["tickets"]
    lookups: dict[str, Table] = {}
    listings: dict[int, Listing] = {}
    joined = joined_tables(plan)
    for name, kind in joined.items():
        columns, rows, before = tables[name].columns, _rows(tables[name], rejected, lambda _: None), len(rejected)
        if kind is LookedUp:
            lookups[name] = index_table(plan, name, columns, rows)
        else:
            listings.update(list_events(plan, name, columns, rows, partial(_none_since, rejected, before)))
    for name, table in tables.items():
        if name != "tickets" and name not in joined:  # no field needs it, but its rows are counted like all others
            for _ in _rows(table, rejected, lambda _: None):
                pass
    reading = RowReader(plan, scan.columns, lookups, listings)
    tickets: list[Ticket] = []
    seen: dict[str, dict[bytes, Ticket]] = defaultdict(dict)
    for row in _reduced(plan.reduce, scan, rejected, progress):
        cells = reading.cells(row)
        ticket = Ticket(None, f"{row.place.file}#{row.place.record}", row.place, cells)
        claimed = cells[BEFORE + plan.facts["id"]]
        if isinstance(claimed, str):
            ticket.id = ticket.name = claimed
            same_id = seen[claimed]
            ticket.repeat = row.raw in same_id
            same_id.setdefault(row.raw, ticket)
        tickets.append(ticket)
    conflicting = []
    for claimed, claims in seen.items():
        if len(claims) > 1:
            conflicting.append(claimed)
            for number, ticket in enumerate(claims.values(), 1):
                ticket.name = f"{claimed}#{number}"
    strays = max((listing.strays(seen.keys()) for listing in listings.values()), default=0)
    return Formed(tickets, rejected, tuple(conflicting), strays)


def joined_tables(plan: Plan) -> dict[str, type[LookedUp] | type[Listed]]:
    """The tables that fields come from, in the order of the fields, and how each is joined."""
    origins = [field.origin for field in plan.fields if isinstance(field.origin, LookedUp | Listed)]
    return {origin.table: type(origin) for origin in origins}


def _none_since(rejected: Sequence[Rejected], before: int) -> bool:
    return len(rejected) == before


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
    key_of, order_of = text_of(scan.columns, reduce.key), text_of(scan.columns, reduce.order_by)
    kept: dict[object, tuple[tuple[bool, int, bytes], Row]] = {}
    for row in _rows(scan, rejected, progress):
        text = key_of(row)
        key = row.place if text is None or text.strip(BLANK) in reduce.nulls else text
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
    number = integer(text.strip(BLANK))
    return (number is not None, number or 0, b"")


def _replaces(rank: tuple[bool, int, bytes], held: tuple[bool, int, bytes], reduce: Reduce) -> bool:
    if rank == held:
        return reduce.ties == "last_in_file"
    return rank > held if reduce.keep == "last" else rank < held


# --- one record -------------------------------------------------------------------------------------------------------
class RowReader:
    """Turns a row into cells: the plan's fields, compiled once. With `only`, the fields of these numbers and no others."""

    def __init__(
        self,
        plan: Plan,
        columns: Sequence[str] | None,
        lookups: Mapping[str, Table],
        listings: Mapping[int, Listing] | None = None,
        only: Container[int] | None = None,
    ) -> None:
        places = list(enumerate(plan.fields, BEFORE))
        plain = {(f.name, f.reading.type): i for i, f in places if f.reading.vocabulary is None}
        self._blank: list[Cell] = [0] * BEFORE + [constant_cell(field) for field in plan.fields]
        """The cells of a row in which nothing stands: constants, and `missing` for the rest."""
        if only is not None:
            places = [(i, f) for i, f in places if i - BEFORE in only]
        self._keys = [(i, f.origin.name, json_decoder(f)) for i, f in places if isinstance(f.origin, Key)]
        known = {name: index for index, name in enumerate(columns or ())}
        self._typed = [(i, known[name], decode) for i, name, decode in self._keys if name in known]
        self._columns = [(i, read_column(f, f.origin.name, columns)) for i, f in places if isinstance(f.origin, Column)]
        self._joined = [(i, look_up(f, lookups, plain)) for i, f in places if isinstance(f.origin, LookedUp)]
        self._listed = [(BEFORE + i, listing) for i, listing in (listings or {}).items()]
        self._id = BEFORE + plan.facts["id"]

    def canonical(self, ticket: Mapping[str, JsonValue], audit: int = 0) -> list[Cell]:
        """The cells of a canonical ticket, whose keys are the fields, with the audit instant where it is known already."""
        cells = self._blank.copy()
        cells[AUDIT] = cells[AS_OF] = audit
        for i, name, decode in self._keys:
            if name in ticket:
                cells[i] = decode(ticket[name])
        return cells

    def _ordered(self, values: Sequence[JsonValue]) -> list[Cell]:
        """The cells of a canonical ticket in columns with types, where null is a key left out."""
        cells = self._blank.copy()
        for i, index, decode in self._typed:
            if values[index] is not None:
                cells[i] = decode(values[index])
        return cells

    def cells(self, row: Row) -> list[Cell]:
        """The cells of a row."""
        cells = self.canonical(row.values) if isinstance(row.values, Mapping) else self._ordered(row.values)
        for i, read in self._columns:
            cells[i] = read(row)
        for i, look in self._joined:
            cells[i] = look(cells)
        for i, listing in self._listed:
            cells[i] = listing.of(cells[self._id])
        return cells
