"""The second reading of an export: what can be asked only once the columns are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.finding import Rejected
from supportpolicy.model.text import token
from supportpolicy.plugin import Scan
from supportpolicy.proposing.columns import Export, cells
from supportpolicy.proposing.spellings import NULLS
from supportpolicy.proposing.tickets import (
    Identity,
    Order,
    best_order,
    choose_identity,
    identity_candidates,
    last_resort,
)

_BREAKS: Final = re.compile("[ _-]+")
_UNFINISHED: Final = re.compile(
    "new|open|reopened|pending|(on )?hold|active|assigned|(in )?progress|(awaiting|waiting)( .*)?"
)
_NONE: Final = re.compile("0")


@dataclass(frozen=True, slots=True)
class Witness:
    """A column that may tell why cells of other columns are empty: its words that fit `meaning` say that a thing has not
    happened yet."""

    column: str
    meaning: re.Pattern[str]

    @classmethod
    def of_state(cls, column: str) -> Witness:
        """The state of the ticket."""
        return cls(column, _UNFINISHED)

    @classmethod
    def of_count(cls, column: str) -> Witness:
        """How often a thing happened."""
        return cls(column, _NONE)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The words of `column` on whose rows a cell is always empty, and not by accident as far as they say."""

    column: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows say together. `order` is the column that puts the rows of a ticket in order; `unfinished` tells of
    the cells of a column what being empty means."""

    identity: Identity | None
    order: str | None
    unfinished: Mapping[str, Unfinished]


def read_again(scan: Scan, export: Export, witnesses: Mapping[str, Witness]) -> Rows:
    """Read the table once more, for its ids, the order of its rows and what its empty cells go with. `witnesses` names
    the columns whose empty cells are asked about."""
    candidates = identity_candidates(export)
    seen: dict[str, set[str]] = {column.name: set() for column, _ in candidates if column.many}
    empty: dict[str, Counter[str]] = {name: Counter() for name in witnesses}
    filled: dict[str, Counter[str]] = {name: Counter() for name in witnesses}
    if seen or witnesses:
        for row in scan.rows():
            if isinstance(row, Rejected):
                continue
            texts = {name: text.strip() for name, text in cells(row, scan.columns)}
            for name, ids in seen.items():
                ids.add(texts.get(name, ""))
            for name, witness in witnesses.items():
                held = empty if texts.get(name, "") in {"", *NULLS} else filled
                held[name][texts.get(witness.column, "")] += 1
    distinct = {c.name: len(seen[c.name]) if c.many else len(c.values) for c, _ in candidates}
    identity = choose_identity(candidates, distinct, export.rows) or last_resort(export)
    told = {name: _always_empty(empty[name], filled[name], witness) for name, witness in witnesses.items()}
    order = _order(scan, export, identity.column.name) if identity is not None and identity.is_log else None
    return Rows(identity, order, {name: unfinished for name, unfinished in told.items() if unfinished is not None})


def _always_empty(empty: Counter[str], filled: Counter[str], witness: Witness) -> Unfinished | None:
    words = [word for word in empty if word and not filled[word]]
    sure = sorted(word for word in words if witness.meaning.fullmatch(_BREAKS.sub(" ", token(word))))
    return Unfinished(witness.column, tuple(sure)) if sure else None


def _order(scan: Scan, export: Export, ids: str) -> str | None:
    orders = [Order(column.name) for column in export.columns if column.is_integer and column.filled == export.rows]
    for row in scan.rows():
        if not isinstance(row, Rejected):
            texts = dict(cells(row, scan.columns))
            for order in orders:
                order.add(texts.get(ids, ""), texts.get(order.column, ""))
    return best_order(orders)
