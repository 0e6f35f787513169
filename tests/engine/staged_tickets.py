"""What an engine staged, read back as the reference engine would hold it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import duckdb

from supportpolicy.engines.duckdb.cells import columns_of
from supportpolicy.engines.duckdb.codes import FIRST_CAUSE, NEVER, VALUE
from supportpolicy.engines.duckdb.reading import needed, stage
from supportpolicy.engines.duckdb.staged import Staged
from supportpolicy.engines.reference.forming import BEFORE, form
from supportpolicy.engines.reference.instant import fix_instant
from supportpolicy.expr.plan import Plan
from supportpolicy.model.cell import NEVER as NEVER_CELL
from supportpolicy.model.cell import Cell, Elapsed, Event, Timeline, Unknown
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.model.instant import Instant
from supportpolicy.model.ticket import FieldType
from supportpolicy.plugin import RunOptions, Scan
from supportpolicy.plugin.records import AuditInstant


@dataclass(frozen=True)
class Told:
    """All that judging needs to know of an input, as either engine gives it."""

    tickets: list[tuple[str, bool, RowPlace, dict[int, Cell]]]
    rejected: list[Rejected]
    conflicting: tuple[str, ...]
    tallies: tuple[Tally, ...]
    instant: AuditInstant | None


def same(found: Told, expected: Told) -> None:
    """Fails with the first thing that differs."""
    for name in (f.name for f in fields(Told)):
        one, other = getattr(found, name), getattr(expected, name)
        if isinstance(other, list):
            for a, b in zip(one, other, strict=False):
                assert a == b
        assert one == other, name


def by_reference(plan: Plan, tables: Mapping[str, Scan], options: RunOptions) -> Told:
    """What the reference engine forms."""
    formed, wanted = form(plan, tables, lambda _: None), sorted(needed(plan, options))
    tickets = [
        (t.name, t.repeat, t.place, {i: _without_details(t.cells[BEFORE + i]) for i in wanted}) for t in formed.tickets
    ]
    tallies = tuple(tally for table in tables.values() for tally in table.tallies())
    return Told(tickets, list(formed.rejected), formed.conflicting, tallies, fix_instant(plan, formed.tickets, options))


def by_duckdb(plan: Plan, tables: Mapping[str, Scan], options: RunOptions, settings: str = "") -> Told:
    """What is staged."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        if settings:
            connection.execute(settings)
        staged = stage(connection, Path(folder), plan, tables, options, lambda _: None)
        return read_back(staged)


def read_back(staged: Staged) -> Told:
    """The tickets that stand in the tables."""
    connection, plan = staged.connection, staged.plan
    causes = {number: cause for cause, number in staged.causes.known.items()}
    columns = ["rec", *(c for i in sorted(staged.needed) for c in columns_of(i, plan.fields[i]))]
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM staged ORDER BY rec").fetchall()
    events = {i: _events(connection, i, causes) for i in staged.events}
    repeats = {rec for (rec,) in connection.execute("SELECT rec FROM naming WHERE repeat").fetchall()}
    recs = [row[0] for row in rows]
    assert recs == sorted(set(recs))
    assert len(recs) == staged.formed
    tickets = []
    found = staged.found(recs)
    for row, (name, place) in zip(rows, (found[rec] for rec in recs), strict=True):
        told: dict[str, Any] = dict(zip(columns, row, strict=True))
        cells = {i: _cell(staged, i, told, causes, events.get(i, {})) for i in sorted(staged.needed)}
        tickets.append((name, told["rec"] in repeats, place, cells))
    for i, cell in staged.constants.items():
        assert all(cells[i] == cell for *_, cells in tickets)
    return Told(tickets, list(staged.rejected), staged.conflicting, staged.tallies, staged.instant)


def _cell(
    staged: Staged, i: int, row: Mapping[str, Any], causes: Mapping[int, Any], events: Mapping[int, list[Event]]
) -> Cell:
    reading, state = staged.plan.fields[i].reading, row[f"s{i}"]
    match reading.type:
        case FieldType.EVENTS:
            values = [row[f"complete{i}"], row[f"n{i}"]]
        case FieldType.INSTANT:
            values = [row[f"lo{i}"], row[f"hi{i}"]]
        case _:
            values = [row[f"v{i}"]]
    if state == NEVER or state >= FIRST_CAUSE:
        assert values == [None] * len(values)
        assert state != NEVER or row[f"d{i}"] is None
        return _single(state, None, row[f"d{i}"], causes)
    assert state == VALUE
    assert row[f"d{i}"] is None
    if reading.type is FieldType.EVENTS:
        told = events.get(row["rec"], [])
        assert len(told) == values[1]
        return Timeline(values[0], tuple(told))
    if reading.type is FieldType.INSTANT:
        return Elapsed(*values, reading.measured.clock) if reading.measured else Instant(*values)
    return tuple(values[0]) if reading.type is FieldType.TAGS else values[0]


def _single(state: int, value: Any, detail: str | None, causes: Mapping[int, Any]) -> Cell:
    if state == VALUE:
        return value  # type: ignore[no-any-return]
    return NEVER_CELL if state == NEVER else Unknown(*causes[state], detail or "")


def _events(connection: duckdb.DuckDBPyConnection, i: int, causes: Mapping[int, Any]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    places: dict[int, list[int]] = {}
    for rec, seq, lo, hi, kind, role, public, automatic, *said in connection.execute(
        f"SELECT * FROM events{i} ORDER BY rec, seq"
    ).fetchall():
        places.setdefault(rec, []).append(seq)
        sc, vc, dc, sl, vl, dl, sv, vv, dv, sf, vf = said
        cells = (_single(*told, causes) for told in ((sc, vc, dc), (sl, vl, dl), (sv, vv, dv), (sf, vf, "")))
        found.setdefault(rec, []).append(Event(Instant(lo, hi), kind, role, public, automatic, *cells))
    assert all(len(set(told)) == len(told) for told in places.values())  # by which one event is told from another
    return found


def _without_details(cell: Cell) -> Cell:
    """No evidence shows the text of what was before a change."""
    if not isinstance(cell, Timeline):
        return cell
    return Timeline(
        cell.complete,
        tuple(event._replace(former=_without_detail(event.former)) for event in cell.events),
    )


def _without_detail(cell: Cell) -> Cell:
    return replace(cell, detail="") if isinstance(cell, Unknown) else cell
