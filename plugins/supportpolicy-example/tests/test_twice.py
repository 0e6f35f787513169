"""The engine finds what the reference engine finds, and stops where an input does not give the same twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from supportpolicy.errors import InputError
from supportpolicy.expr.plan import Plan
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.plugin import Row, RunOptions
from supportpolicy.testing.conformance import check_engine

from supportpolicy_example.twice import ENGINE


def test_it_keeps_the_contract_of_an_engine() -> None:
    check_engine(ENGINE)


class GrowingScan:
    """A table to which somebody adds a torn row between two readings."""

    columns = ("id",)
    readings = 0

    def rows(self) -> Iterator[Row | Rejected]:
        self.readings += 1
        for record in range(1, self.readings + 1):
            yield Rejected(RowPlace("growing.csv", record, record), 10 * record, "torn", b"torn")

    def tallies(self) -> tuple[Tally, ...]:
        return (Tally("growing.csv", "tickets", self.readings, 0, self.readings, self.readings),)


def test_an_input_that_changes_is_not_judged() -> None:
    names = ("submitted", "acknowledged", "first_response", "resolved", "closed", "updated", "id", "events")
    plan = Plan((), dict.fromkeys(names, 0), None, (), "submitted", (), None)
    running = ENGINE.run(plan, {"tickets": GrowingScan()}, RunOptions(), lambda _: None)
    with pytest.raises(InputError, match="two runs over the input gave different findings"):
        list(running.batches)
