"""The second reading of an export: what can be asked only once the columns are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.finding import Rejected
from supportpolicy.model.text import token
from supportpolicy.plugin import Scan
from supportpolicy.proposing.columns import MOST_VALUES, Export, cells
from supportpolicy.proposing.spellings import NULLS
from supportpolicy.proposing.tickets import (
    Identity,
    Order,
    best_order,
    choose_identity,
    identity_candidates,
    last_resort,
)

_UNFINISHED: Final = re.compile(
    "new|open|reopened|pending|(on )?hold|active|assigned|(in )?progress|(awaiting|waiting)( .*)?"
)
_BREAKS: Final = re.compile("[ _-]+")


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows say together. `order` is the column that puts the rows of a ticket in order; `unfinished` gives for
    a column of times the states on whose rows it is always empty, as far as their names say that this is no accident."""

    identity: Identity | None
    order: str | None
    unfinished: dict[str, tuple[str, ...]]


def read_again(scan: Scan, export: Export, state: str | None, times: Sequence[str]) -> Rows:
    """Read the table once more, for its ids, the order of its rows and what its empty cells go with."""
    candidates = identity_candidates(export)
    seen: dict[str, set[str]] = {column.name: set() for column, _ in candidates if column.many}
    empty: dict[str, Counter[str]] = {name: Counter() for name in times}
    filled: dict[str, Counter[str]] = {name: Counter() for name in times}
    if seen or (state is not None and times):
        for row in scan.rows():
            if isinstance(row, Rejected):
                continue
            texts = {name: text.strip() for name, text in cells(row, scan.columns)}
            for name, ids in seen.items():
                ids.add(texts.get(name, ""))
            if state is not None:
                for name in times:
                    held = empty if texts.get(name, "") in {"", *NULLS} else filled
                    held[name][texts.get(state, "")] += 1
    distinct = {c.name: len(seen[c.name]) if c.many else len(c.values) for c, _ in candidates}
    identity = choose_identity(candidates, distinct, export.rows) or last_resort(export)
    unfinished = {name: _always_empty(empty[name], filled[name]) for name in times}
    order = _order(scan, export, identity.column.name) if identity is not None and identity.is_log else None
    return Rows(identity, order, {name: states for name, states in unfinished.items() if states})


def _always_empty(empty: Counter[str], filled: Counter[str]) -> tuple[str, ...]:
    words = [word for word in empty if word and not filled[word]]
    if len(words) > MOST_VALUES:
        return ()
    return tuple(sorted(word for word in words if _UNFINISHED.fullmatch(_BREAKS.sub(" ", token(word)))))


def _order(scan: Scan, export: Export, ids: str) -> str | None:
    orders = [Order(column.name) for column in export.columns if column.is_integer and column.filled == export.rows]
    for row in scan.rows():
        if not isinstance(row, Rejected):
            texts = dict(cells(row, scan.columns))
            for order in orders:
                order.add(texts.get(ids, ""), texts.get(order.column, ""))
    return best_order(orders)
