"""What is fed into a table stands there as it was given."""

from __future__ import annotations

from typing import Any, Final

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from supportpolicy.engines.duckdb.batch import Batch

TEXTS: Final = st.one_of(st.text(), st.sampled_from(("", "a,b", "\x1e", "\x1f", "a\x1fb", "\0", "NULL", "\x1e\x1f")))
NUMBERS: Final = st.integers(-(2**63), 2**63 - 1)
ROWS: Final = st.lists(
    st.tuples(
        st.one_of(st.none(), NUMBERS),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), TEXTS),
        st.one_of(st.none(), st.lists(TEXTS, max_size=3)),
        st.one_of(st.none(), st.binary(max_size=4)),
        st.one_of(st.none(), st.sampled_from(("a", "b"))),
    ),
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@example(rows=[], more=[(None, None, "", None, None, None)])  # an empty text alone is not nothing
@example(rows=[(None, None, None, [], b"", "a")], more=[(None,) * 6])
@given(rows=ROWS, more=ROWS)
def test_every_value_comes_back(rows: list[tuple[Any, ...]], more: list[tuple[Any, ...]]) -> None:
    kinds = ("BIGINT", "BOOLEAN", "VARCHAR", "VARCHAR[]", "BLOB", "VARCHAR")
    with duckdb.connect() as connection:
        batch = Batch(connection, "fed", {f"c{n}": kind for n, kind in enumerate(kinds)})
        batch.create()
        for told in (rows, more):
            for row in told:
                batch.add(row)
            batch.flush()
        assert connection.execute("FROM fed").fetchall() == rows + more
