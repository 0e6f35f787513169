"""The export's own first response beside the one that events show, in SQL."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.codes import NEVER, PERHAPS, VALUE
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.engines.duckdb.truths import Columns
from supportpolicy.engines.ledger import Ledger
from supportpolicy.engines.metrics import ONLY_EVENTS, ONLY_FIELD, Compared, compared
from supportpolicy.model.finding import WORST, Differing, MetricTotals
from supportpolicy.model.limit import ALWAYS

_CAME: Final = 1
_NOT: Final = 0


@dataclass(slots=True)
class _Metric:
    """A comparison: the index of its revision, its column, and what was counted."""

    revision: int
    compared: Compared
    column: str
    totals: MetricTotals = field(default_factory=MetricTotals)
    greatest: list[tuple[int, int]] = field(default_factory=list)
    """The greatest differences, each with the number of its ticket below nought."""


@dataclass(slots=True)
class Metrics:
    """Compares the tickets in `judged`, a span of them at a time; nothing where the input has no events."""

    tickets: Tickets
    ledger: Ledger
    _metrics: list[_Metric] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for number, revision in enumerate(self.tickets.staged.plan.revisions):
            if self.tickets.revisions.judgings[number].timeline is not None:
                for one in compared(revision):
                    self._metrics.append(_Metric(number, one, f"apart{len(self._metrics)}"))

    def columns(self) -> Mapping[str, str]:
        """The columns of `judged` that it needs, as expressions over the tickets."""
        return {one.column: self._told(one) for one in self._metrics}

    def _told(self, one: _Metric) -> str:
        """What is told of a ticket, null where there is nothing to compare."""
        judging = self.tickets.revisions.judgings[one.revision]
        moments, fields, define = judging.clocks.moments, judging.truths.fields, judging.truths.define
        assert moments.timeline is not None
        start = moments.start(one.compared.start, one.compared.stop)
        found, _ = moments.response_among(moments.timeline, one.compared.stop.counts, start)
        events = fields["events"]
        ours = define(
            f"CASE WHEN {events.state} = {NEVER} THEN {_NOT} WHEN {events.state} <> {VALUE} THEN NULL "
            f"WHEN {found.state} = {NEVER} THEN {_NOT} "
            f"WHEN {found.state} IN ({VALUE}, {PERHAPS}) AND {found.hi} IS NOT NULL THEN {_CAME} END"
        )
        stated, lo, hi = _stated(fields["first_response"], fields["submitted"])
        state = define(stated)
        theirs = define(
            f"CASE WHEN {state} = {NEVER} THEN {_NOT} WHEN {state} <> {VALUE} THEN NULL "
            f"WHEN {lo} <= {self.tickets.instant.at} THEN {_CAME} ELSE {_NOT} END"
        )
        return (
            f"CASE WHEN NOT ({self.tickets.under(one.revision)}) OR {start.state} <> {VALUE} THEN NULL "
            f"WHEN {ours} = {_CAME} AND {theirs} = {_CAME} THEN greatest(0, {found.lo} - {hi}, {lo} - {found.hi}) "
            f"WHEN {ours} = {_CAME} AND {theirs} = {_NOT} THEN {ONLY_EVENTS} "
            f"WHEN {ours} = {_NOT} AND {theirs} = {_CAME} THEN {ONLY_FIELD} END"
        )

    def keep(self) -> None:
        """Count those of the tickets that are in `judged`."""
        connection = self.tickets.staged.connection
        for one in self._metrics:
            told = connection.execute(
                f"SELECT count(*) FILTER ({one.column} >= 0), count(*) FILTER ({one.column} > 0), "
                f"count(*) FILTER ({one.column} = {ONLY_EVENTS}), count(*) FILTER ({one.column} = {ONLY_FIELD}) "
                f"FROM judged"
            ).fetchone()
            assert told is not None
            one.totals += MetricTotals(*told)
            if told[1]:
                greatest = connection.execute(
                    f"SELECT {one.column}, -rec FROM judged WHERE {one.column} > 0 "
                    f"ORDER BY {one.column} DESC, rec LIMIT {WORST}"
                ).fetchall()
                one.greatest = heapq.nlargest(WORST, [*one.greatest, *greatest])

    def tell(self) -> None:
        """Put down what all tickets come to."""
        found = self.tickets.staged.found({-rec for one in self._metrics for _, rec in one.greatest})
        for one in self._metrics:
            if one.totals != MetricTotals():
                label = self.tickets.staged.plan.revisions[one.revision].label
                greatest = tuple(Differing(*found[-rec], us) for us, rec in one.greatest)
                self.ledger.metrics[label, one.compared.rule] = one.totals + MetricTotals(greatest=greatest)


def _stated(column: Columns, submitted: Columns) -> tuple[str, str, str]:
    """The state and the bounds of what the field says."""
    if column.measured is None:
        return column.state, column.lo, column.hi
    if column.measured != ALWAYS or submitted.measured is not None:
        return f"CASE WHEN {column.state} = {NEVER} THEN {NEVER} END", "NULL::BIGINT", "NULL::BIGINT"
    state = f"CASE WHEN {column.state} = {VALUE} THEN {submitted.state} ELSE {column.state} END"
    known = f"CASE WHEN {submitted.state} <> {NEVER} OR {column.state} <> {VALUE} THEN {state} END"
    return known, f"{submitted.lo} + {column.lo}", f"{submitted.hi} + {column.hi}"
