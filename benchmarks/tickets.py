"""The tickets of the benchmark: made up, and the same wherever they are made.

Each value is drawn from a ticket's number by whole-number arithmetic, so that neither the order of making nor a library's
random numbers decide. DuckDB does the sums, in blocks, in a process of its own: 10 million tickets take minutes.

    python -m benchmarks.tickets 1000000 tickets.csv --findings 50
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import click

from benchmarks.shape import COLUMNS

Form = Literal["csv", "jsonl", "parquet"]
Share = Literal[5, 50]

HORIZON: Final = "2025-01-01T00:00:00Z"
"""When the export was made. What would have happened later has not."""

_FIRST: Final = 1_704_067_200
LAST: Final = 1_735_689_600
"""The year 2024, in seconds."""

_BREAKING: Final = {5: 0.044, 50: 0.678}
"""How many tickets break a rule, so that with those beside them whose dirt leaves a rule unknown, and without those that
are not covered, so many per cent of all tickets have a finding."""

_PRIME: Final = 2_147_483_647
_BLOCK: Final = 100_000


@dataclass(frozen=True, slots=True)
class TicketSet:
    """A file of tickets. `findings`: the share of tickets that have one, in per cent. `dirty`: the share of cells that are
    misspelt, blank, or written in another shape; as it stands, one cell in 5 % of the tickets. `faulty`: how many records
    are not whole, evenly spread; parquet has none."""

    rows: int
    form: Form = "csv"
    findings: Share = 5
    dirty: float = 0.05 / (len(COLUMNS) - 1)
    faulty: int = 0

    @property
    def file_name(self) -> str:
        """A name that another set, or another version of this module, does not share."""
        maker = sha256(Path(__file__).read_bytes() + repr(self).encode()).hexdigest()[:8]
        return f"tickets-{self.rows}-{self.findings}-{maker}.{self.form}"


def write(tickets: TicketSet, path: Path) -> None:
    """Write the file, whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        if tickets.form == "parquet":
            _write_parquet(tickets, part)
        else:
            with part.open("wb") as out:
                out.writelines(_lines(tickets))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _lines(tickets: TicketSet) -> Iterator[bytes]:
    """The file in blocks of whole lines."""
    import duckdb

    connection = duckdb.connect()
    if tickets.form == "csv":
        yield ",".join(COLUMNS).encode() + b"\n"
    line = _csv_line(tickets) if tickets.form == "csv" else _json_line(tickets)
    for start in range(0, tickets.rows, _BLOCK):
        block = f"{_select(tickets, start, min(start + _BLOCK, tickets.rows))}"
        row = connection.execute(f"SELECT string_agg({line}, chr(10) ORDER BY rec) FROM ({block})").fetchone()
        assert row is not None
        yield row[0].encode() + b"\n"


def _write_parquet(tickets: TicketSet, path: Path) -> None:
    """As columns of text: what is misspelt has no other type."""
    import duckdb

    cells = _select(tickets, 0, tickets.rows)
    duckdb.connect().execute(
        f"COPY (SELECT {', '.join(COLUMNS)} FROM ({cells})) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )


def _csv_line(tickets: TicketSet) -> str:
    plain = " || ',' || ".join(f"coalesce({column}, '')" for column in COLUMNS if column != "subject")
    before, _, after = plain.rpartition(" || ',' || ")
    quoted = """CASE WHEN subject ~ '[",\\n]' THEN '"' || replace(subject, '"', '""') || '"'
        ELSE coalesce(subject, '') END"""
    whole = f"{before} || ',' || {quoted} || ',' || {after}"
    if not tickets.faulty:
        return whole
    kind, is_faulty = _fault(tickets)
    return f"""CASE WHEN NOT {is_faulty} THEN {whole} WHEN {kind} % 3 = 0 THEN id || ',normal'
        WHEN {kind} % 3 = 1 THEN {before} || ',one,too many,fields,' || {after}
        ELSE {before} || ',pane 5" wide,' || {after} END"""


def _json_line(tickets: TicketSet) -> str:
    line = f"to_json(struct_pack({', '.join(f'{column} := {column}' for column in COLUMNS)}))::VARCHAR"
    if not tickets.faulty:
        return line
    _, is_faulty = _fault(tickets)
    return f"CASE WHEN {is_faulty} THEN left({line}, 60) ELSE {line} END"


def _fault(tickets: TicketSet) -> tuple[str, str]:
    """The number of a faulty record among its like, and whether a record is one."""
    gap = max(1, tickets.rows // tickets.faulty)
    return f"rec // {gap}", f"(rec % {gap} = {gap // 2} AND rec < {gap * tickets.faulty})"


# --- the cells --------------------------------------------------------------------------------------------------------
def _draw(name: str, below: int) -> str:
    """A whole number from 0 to before `below`, drawn from the ticket's number for the purpose `name`."""
    odds = random.Random(name)
    one, two, plus = (odds.randrange(1, _PRIME) for _ in range(3))
    first = f"((rec * {one} + {plus}) % {_PRIME})"
    return f"((xor({first}, {first} >> 15) * {two}) % {_PRIME} % {below})"


def _chance(name: str, share: float) -> str:
    return f"{_draw(name, 1_000_000)} < {round(share * 1_000_000)}"


def _choice(name: str, weights: dict[str, int]) -> str:
    """One of the words, as often as its weight says."""
    drawn, arms, below = _draw(name, sum(weights.values())), "", 0
    for word, weight in weights.items():
        below += weight
        arms += f" WHEN {drawn} < {below} THEN '{word}'"
    return f"CASE{arms} END"


def instant(seconds: str) -> str:
    """As exports write it; nothing for what was to come."""
    return f"CASE WHEN {seconds} <= {LAST} THEN strftime(make_timestamp({seconds} * 1000000), '%Y-%m-%dT%H:%M:%SZ') END"


def _dirtied_instant(column: str) -> str:
    """Blank, without an offset, of another notation; or in shapes that are read like the common one."""
    at = f"{column}::TIMESTAMP"
    return f"""CASE {_draw("shape of " + column, 5)} WHEN 0 THEN NULL WHEN 1 THEN strftime({at}, '%Y-%m-%d %H:%M')
        WHEN 2 THEN strftime({at}, '%d.%m.%Y %H:%M') WHEN 3 THEN strftime({at} + INTERVAL 2 HOUR, '%Y-%m-%dT%H:%M:%S+02:00')
        ELSE replace({column}, 'Z', '.250Z') END"""


def _dirtied_text(column: str) -> str:
    """Blank, misspelt, a placeholder; or in other letters and with blanks around, which means the same."""
    return f"""CASE {_draw("shape of " + column, 4)} WHEN 0 THEN NULL WHEN 1 THEN '??'
        WHEN 2 THEN ' ' || upper({column}) || ' ' ELSE {column} || 'qq' END"""


def lives(tickets: TicketSet, start: int, end: int) -> str:
    """A SELECT of when the tickets numbered `start` to before `end` were submitted, answered, resolved and closed, as whole
    seconds since the epoch, the year's end or not; with their number `rec`, what rule they break and their priority."""
    breaks = f"CASE WHEN {_chance('breaks a rule', _BREAKING[tickets.findings])} THEN {_draw('which rule', 4)} END"
    drawn = f"""SELECT range AS rec, {breaks} AS breaks, {_FIRST} + {_draw("submitted", LAST - _FIRST)} AS submitted_s,
        {_choice("priority", {"low": 30, "normal": 45, "high": 20, "urgent": 5})} AS priority FROM range({start}, {end})"""
    answered = f"""SELECT *, submitted_s + CASE WHEN breaks = 0 THEN 43201 + {_draw("late answer", 150_000)}
        WHEN priority = 'urgent' THEN 60 + {_draw("urgent answer", 3541)}
        ELSE 60 + {_draw("answer", 43_141)} END AS answered_s FROM ({drawn})"""
    resolved = f"""SELECT *, CASE WHEN breaks = 1 THEN submitted_s + 432001 + {_draw("late resolution", 500_000)}
        ELSE answered_s + 60 + {_draw("resolution", 230_000)} END AS resolved_s FROM ({answered})"""
    return f"""SELECT *, resolved_s + CASE WHEN breaks = 2 THEN 604801 + {_draw("late closing", 400_000)}
        ELSE {_draw("closing", 604_801)} END AS closed_s FROM ({resolved})"""


def _select(tickets: TicketSet, start: int, end: int) -> str:
    """A SELECT of the cells of the tickets numbered `start` to before `end`."""
    clean = f"""SELECT rec, rec::VARCHAR AS id, {instant("submitted_s")} AS submitted,
        {instant("answered_s")} AS first_response,
        CASE WHEN breaks = 3 THEN NULL ELSE {instant("resolved_s")} END AS resolved, {instant("closed_s")} AS closed,
        {_choice("edition", {"free": 6, "trial": 6, "personal": 20, "team": 34, "ultimate": 34})} AS edition,
        {_choice("language", {"en": 60, "en-GB": 28, "de": 7, "fr": 5})} AS language,
        {_choice("channel", {"email": 50, "web": 25, "chat": 20, "phone": 5})} AS channel, priority,
        CASE WHEN closed_s <= {LAST} THEN 'closed' ELSE 'open' END AS status,
        {_choice("region", {"us": 50, "eu": 40, "ap": 10})} AS region,
        'org' || {_draw("organization", 5000)} AS organization, 'u' || {_draw("requester", 100_000)} AS requester,
        {_subject()} AS subject, {instant(f"least(closed_s, {LAST})")} AS updated FROM ({lives(tickets, start, end)})"""
    cells = ", ".join(
        f"CASE WHEN {_chance('dirty ' + column, tickets.dirty)} THEN {_dirtied(column)} ELSE {column} END AS {column}"
        for column in COLUMNS[1:]
    )
    return f"SELECT rec, id, {cells} FROM ({clean})"


def _dirtied(column: str) -> str:
    instants = ("submitted", "first_response", "resolved", "closed", "updated")
    return _dirtied_instant(column) if column in instants else _dirtied_text(column)


def _subject() -> str:
    """Some with a comma, with quotes and a line feed, or with letters outside ASCII."""
    plain = "'Cannot open project ' || rec"
    return f"""CASE WHEN {_draw("subject", 100)} < 15 THEN 'Re: ' || {plain} || ', please'
        WHEN {_draw("subject", 100)} < 18 THEN {plain} || chr(10) || 'Second line "quoted"'
        WHEN {_draw("subject", 100)} < 20 THEN 'Größe von Projekt ' || rec || ' 項目' ELSE {plain} END"""


@click.command()
@click.argument("rows", type=click.IntRange(min=1))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--findings", type=click.Choice(["5", "50"]), default="5", help="Per cent of the tickets.")
@click.option("--dirty", type=click.FloatRange(0, 1), help="The share of cells that are dirty.")
@click.option("--faulty", type=click.IntRange(min=0), default=0, help="How many records are not whole.")
def main(rows: int, path: Path, findings: str, dirty: float | None, faulty: int) -> None:
    """Write ROWS tickets to PATH, as its ending says: .csv, .jsonl or .parquet."""
    form: Any = path.suffix.removeprefix(".")
    if form not in ("csv", "jsonl", "parquet"):
        raise click.BadParameter(f"{os.fsdecode(path)} ends in none of .csv, .jsonl, .parquet")
    given = {} if dirty is None else {"dirty": dirty}
    write(TicketSet(rows, form, 5 if findings == "5" else 50, faulty=faulty, **given), path)


if __name__ == "__main__":
    main()
