"""Cloud Custodian's filters: each rule selects the tickets that break it.

A filter selects or does not, so it tells violations and what is not covered. It could select what is unknown by as many
filters again. It cannot subtract one instant from another, so how long things took is worked out in front of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from c7n.filters import FilterRegistry, ValueFilter

from benchmarks.peers.tickets import DAY, ENGLISH, HOUR, PAID, WRITTEN, known, tickets
from benchmarks.peers.verdicts import report

Filter = dict[str, Any]


def value(key: str, op: str, wanted: Any) -> Filter:
    return {"type": "value", "key": key, "op": op, "value": wanted}


def uncovered(key: str, words: tuple[str, ...]) -> list[Filter]:
    return [{key: "present"}, value(key, "not-in", words)]


def covered(*demand: Filter) -> list[Filter]:
    """The cheapest first: a ticket that one filter drops does not reach the next."""
    return [
        *demand,
        value("edition", "in", PAID),
        value("language", "in", ENGLISH),
        value("channel", "in", WRITTEN),
    ]


FILTERS: Final = {
    "paid-edition": uncovered("edition", PAID),
    "english": uncovered("language", ENGLISH),
    "written-only": uncovered("channel", WRITTEN),
    "first-response": covered(value("response_took", "gt", 12 * HOUR)),
    "urgent-response": covered({"priority": "urgent"}, value("response_took", "gt", HOUR)),
    "resolution": covered(value("resolution_took", "gt", 5 * DAY)),
    "closing": covered(value("closing_took", "gt", 7 * DAY)),
    "resolution-recorded": covered({"was_resolved": False}, {"status": "closed"}, {"was_closed": True}),
}


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    registry = FilterRegistry("ticket.filters")
    registry.register("value", ValueFilter)
    facts = [known(ticket) for ticket in tickets(path)]
    for rule, filters in FILTERS.items():
        selected = facts
        for data in filters:
            one = registry.factory(data)
            one.annotate = False
            selected = one.process(selected)
        for ticket in selected:
            yield ticket["id"], rule, "fail"


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
