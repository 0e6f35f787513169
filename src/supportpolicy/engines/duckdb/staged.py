"""What reading leaves to judging: the tickets of an input as tables, and where each of them stands.

`staged` has one row for each formed ticket, in the order in which the reference engine lists them. For the field of index
I among the plan's it has these columns, as far as the field is `needed`:

- `sI`: the state of its cell: 0 a value, 1 never, else the number of the cause why it is unknown (see `codes`);
- `vI`: the value of a text, a token, a language (VARCHAR), an integer (BIGINT), a boolean or tags (a sorted list);
- `loI`, `hiI`: the bounds of an instant, or of a duration that the source measured, in microseconds;
- `dI`: the detail of a cell that is unknown, null where it has none;
- `kI`: where it is `coded`, the number of its cell, by which `cellsI` has as `code` the columns `sI`, `vI` and `dI`;
- for events `sI`, `dI`, `completeI` and `nI`, their number; they stand in `eventsI` in the order of time, where the input
  has any: `rec`, `seq`, which grows with it, `lo`, `hi`, `kind`, `role`, `public`, `automatic`, and for their channel `sc`,
  `vc`, `dc` and their language `sl`, `vl`, `dl` like a field; and for the value that a change brought `sv`, `vv`, `dv`, for
  the one before it `sf`, `vf`. In `mendedI` stand the tickets whose lists were no such lists in the record: `rec`, how many
  events `repeated` another of these, and whether they were `sorted`. Where events come from a table of their own, `tornI`
  has the tickets (`rec`) of which two events of one instant would as marks stand the other way round (see `marks`).

`rec` numbers the tickets from 0 on. `naming` (`rec`, `name`, `repeat`) has those that are not called as their id or
FILE#RECORD says, and those that repeat an earlier one byte for byte. Nothing here is a temporary table, so that every
cursor of the connection sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supportpolicy.engines.duckdb.codes import VALUE, Causes
from supportpolicy.expr.plan import Plan
from supportpolicy.model.cell import Cell
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.plugin.records import AuditInstant

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Staged:
    """The tickets of an input in a database. `constants` gives the cell of each field that is the same for all, which has
    its columns all the same; `coded` the fields whose different cells stand in a table; `events` the events fields that
    have a table; `forms` those of them that come from a table of their own, and whether they have but their forms,
    which stand in `formsI`, and exact instants, in `orderedI`; `conflicting` the ids that several records claim; `formed`
    the number of tickets; `strays` how many rows of a table of events belong to none of them."""

    connection: DuckDBPyConnection
    plan: Plan
    causes: Causes
    needed: frozenset[int]
    constants: Mapping[int, Cell]
    coded: frozenset[int]
    events: frozenset[int]
    forms: Mapping[int, bool]
    formed: int
    strays: int
    conflicting: tuple[str, ...]
    tallies: tuple[Tally, ...]
    instant: AuditInstant | None
    rejected: Iterable[Rejected]
    """The rejected rows of every table in the order of the reference engine, read again each time."""
    placed: Callable[[str], str]
    """For a relation with `rec`, a query that gives its columns and `file`, `record` and `line`, in no order."""
    whole: str
    """A query for the ids that are whole numbers, written as such."""
    copied: Mapping[str, str]
    """Why files of the tickets were not read in place, by their names."""

    def located(self, relation: str, identified: bool = False) -> str:
        """A query that gives the columns of a relation with `rec`, and `name`, `file`, `record` and `line` of the ticket, in
        no order. `identified` if the relation has the ticket's `id`, null where it has none; else that is looked up."""
        i = self.plan.facts["id"]
        known = "" if identified else "JOIN staged AS known USING (rec) "
        claimed = "place.id" if identified else f"CASE WHEN known.s{i} = {VALUE} THEN known.v{i} END"
        return (
            f"SELECT place.*, coalesce(naming.name, {claimed}, concat(place.file, '#', place.record)) AS name "
            f"FROM ({self.placed(relation)}) AS place {known}LEFT JOIN naming USING (rec)"
        )

    def found(self, recs: Iterable[int]) -> dict[int, tuple[str, RowPlace]]:
        """What reports call the tickets of these numbers, and where they stand."""
        asked = "(SELECT DISTINCT unnest($recs::BIGINT[]) AS rec)"
        query = f"SELECT rec, name, file, record, line FROM ({self.located(asked)})"
        rows = self.connection.cursor().execute(query, {"recs": list(recs)}).fetchall()
        return {rec: (name, RowPlace(file, record, line)) for rec, name, file, record, line in rows}
