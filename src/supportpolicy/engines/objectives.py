"""How objectives stand, from what every engine counts for them: scores by period and group."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

from supportpolicy.engines.reference.combinations import Judged
from supportpolicy.expr.plan import ObjectivePlan
from supportpolicy.model.cell import Cell
from supportpolicy.model.finding import (
    OBJECTIVE_ROWS,
    SAYS_MOST,
    ObjectivePeriod,
    ObjectiveRow,
    ObjectiveTotals,
    Said,
)
from supportpolicy.model.instant import Instant
from supportpolicy.model.objective import Score, Standing, standing
from supportpolicy.model.period import Period
from supportpolicy.model.recurrence import Recurrence
from supportpolicy.model.verdict import Verdict

Place: TypeAlias = tuple[int, int] | None
"""The numbers of the first and the last period in which a ticket may lie; None where it may lie in any."""
Group: TypeAlias = tuple[Said, ...]
Scored: TypeAlias = tuple[Group, Place, Score]
"""The tickets of a group and a place."""

EVERYWHERE: Final = (0, 0)
"""The place of every ticket where there are no periods."""


def place_of(per: Recurrence | None, submitted: Cell) -> Place:
    """Where a ticket lies by its submission."""
    if per is None:
        return EVERYWHERE
    if not isinstance(submitted, Instant):
        return None
    first = per.number(submitted.lo)
    return first, first if submitted.exact else per.number(submitted.hi)


def score_of(judged: Judged, tickets: int = 1) -> Score:
    """What tickets with this verdict add to an objective on a rule; nothing if the rule does not speak of them."""
    could_pass, could_fail = (tickets * (verdict in judged.could) for verdict in (Verdict.PASS, Verdict.FAIL))
    match judged.outcome.verdict:
        case Verdict.PASS:
            return Score(passed=tickets)
        case Verdict.FAIL:
            return Score(failed=tickets)
        case Verdict.OPEN:
            return Score(open=tickets, open_pass=could_pass, open_fail=could_fail)
        case Verdict.UNKNOWN:
            return Score(unknown=tickets, unknown_pass=could_pass, unknown_fail=could_fail)
        case Verdict.NOT_APPLICABLE:
            return Score()


def counted_score(certain: int, waiting: int, unknown: int) -> Score:
    """What so many tickets or values that count, and may count, are for a quota."""
    return Score(passed=certain, open=waiting, unknown=unknown, open_pass=waiting, unknown_pass=unknown)


def counting_as(judged: Judged) -> Verdict | None:
    """PASS if a ticket counts for a quota, OPEN or UNKNOWN if it may, None if it does not."""
    verdict = judged.outcome.verdict
    if verdict is Verdict.PASS:
        return verdict
    return verdict if verdict in (Verdict.OPEN, Verdict.UNKNOWN) and Verdict.PASS in judged.could else None


@dataclass(slots=True)
class Scores:
    """The tickets of one objective, being counted."""

    objective: ObjectivePlan
    _scores: dict[tuple[Group, Place], Score] = field(default_factory=dict)
    _values: dict[tuple[Group, Place], _Values] = field(default_factory=dict)

    def add(self, group: Group, place: Place, judged: Judged, value: Said | None, perhaps: bool) -> None:
        """Count a ticket, which perhaps belongs to another revision; `value` is what it says of the field whose values are
        counted."""
        key = (group, place)
        if self.objective.target.of == "counted":
            counts = counting_as(judged)
            if counts is not None and (value is None or value.state != "never"):
                self._values.setdefault(key, _Values()).add(Verdict.UNKNOWN if perhaps else counts, value)
            return
        self.add_score(group, place, score_of(judged), perhaps)

    def add_score(self, group: Group, place: Place, score: Score, perhaps: bool) -> None:
        """Count what a ticket comes to, which perhaps belongs to another revision."""
        key, score = (group, place), score.elsewhere() if perhaps else score
        if score != Score():
            self._scores[key] = self._scores[key] + score if key in self._scores else score

    def scored(self) -> list[Scored]:
        """What was counted, by group."""
        scores = self._scores | {key: values.score() for key, values in self._values.items()}
        ordered = sorted(scores.items(), key=lambda item: _order(item[0][0]))
        return [(group, place, score) for (group, place), score in ordered]


@dataclass(slots=True)
class _Values:
    """The values that tickets bear which count or may count; a ticket that does not say its value may bear one more."""

    certain: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    tickets: Counter[Verdict] = field(default_factory=Counter)

    def add(self, counts: Verdict, value: Said | None) -> None:
        if value is None:
            self.tickets[counts] += 1
        elif value.state == "unknown":
            self.tickets[Verdict.UNKNOWN] += 1
        elif counts is Verdict.PASS:
            self.certain.add(value.text)
        else:
            (self.waiting if counts is Verdict.OPEN else self.unknown).add(value.text)

    def score(self) -> Score:
        unknown = self.unknown - self.certain
        waiting = self.waiting - self.certain - unknown
        return counted_score(
            len(self.certain) + self.tickets[Verdict.PASS],
            len(waiting) + self.tickets[Verdict.OPEN],
            len(unknown) + self.tickets[Verdict.UNKNOWN],
        )


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Makes of scores how an objective stands at the audit instant. `limits` is the period to which the audit is limited."""

    objective: ObjectivePlan
    audit: int
    limits: Period | None

    def totals(self, apart: Iterable[Scored], scored: Iterable[Scored]) -> ObjectiveTotals:
        """The standing of each period and group. `apart` are the groups that leave a field unknown, `scored` all others, one
        after the other."""
        in_doubt, rows = _InDoubt(), _Rows()
        for group, place, score in apart:
            in_doubt.add(group, place, score)
            rows.take(place, ObjectiveRow(self._period(place), group, score, None))
        for group, of_group in groupby(scored, key=lambda one: one[0]):
            places = {place: score for _, place, score in of_group}
            elsewhere = [
                *((place, score) for place, score in places.items() if not _is_one(place)),
                *in_doubt.which_may_be(group),
            ]
            for place, score in places.items():
                rows.take(place, self._row(group, place, score, elsewhere))
        return rows.totals()

    def _row(self, group: Group, place: Place, score: Score, elsewhere: Sequence[tuple[Place, Score]]) -> ObjectiveRow:
        period = self._period(place)
        if place is None or place[0] != place[1]:
            return ObjectiveRow(period, group, score, None)
        for other, more in elsewhere:
            if other is None or other[0] <= place[0] <= other[1]:
                score += more.elsewhere()
        stands = standing(self.objective.target, score, ended=self._ended(period), whole=self._whole(period))
        return ObjectiveRow(period, group, score, stands)

    def _ended(self, period: ObjectivePeriod | None) -> bool:
        return period is None or period.until is None or period.until <= self.audit

    def _whole(self, period: ObjectivePeriod | None) -> bool:
        """Whether the audit leaves out nothing of the period."""
        if period is None or period.since is None or period.until is None or self.limits is None:
            return True
        since, until = self.limits.since, self.limits.until
        return (since is None or since <= period.since) and (until is None or period.until <= until)

    def _period(self, place: Place) -> ObjectivePeriod | None:
        per = self.objective.per
        if per is None:
            return None
        if place is None:
            return ObjectivePeriod("not known")
        first, last = place
        if first == last:
            return ObjectivePeriod(per.name(first), per.start(first), per.end(first))
        return ObjectivePeriod(f"{per.name(first)}{' or ' if last == first + 1 else ' ... '}{per.name(last)}")


@dataclass(slots=True)
class _InDoubt:
    """Tickets that leave a field unknown, by what they say of the others: each may belong to every group that says the
    same of those."""

    _by_known: dict[tuple[int, ...], dict[Group, list[tuple[Place, Score]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, group: Group, place: Place, score: Score) -> None:
        known = tuple(n for n, said in enumerate(group) if said.state != "unknown")
        self._by_known[known][tuple(group[n] for n in known)].append((place, score))

    def which_may_be(self, group: Group) -> Iterator[tuple[Place, Score]]:
        """Those that may belong to a group that leaves nothing unknown."""
        for known, groups in self._by_known.items():
            yield from groups.get(tuple(group[n] for n in known), ())


@dataclass(slots=True)
class _Rows:
    """Rows as they come, of which only those are kept that are told."""

    _standings: Counter[Standing] = field(default_factory=Counter)
    _count: int = 0
    _kept: list[_Kept] = field(default_factory=list)

    def take(self, place: Place, row: ObjectiveRow) -> None:
        self._count += 1
        if row.standing is not None:
            self._standings[row.standing] += 1
        kept = _Kept(place, row)
        if len(self._kept) < OBJECTIVE_ROWS:
            heapq.heappush(self._kept, kept)
        else:
            heapq.heappushpop(self._kept, kept)

    def totals(self) -> ObjectiveTotals:
        rows = [kept.row for kept in sorted(self._kept, key=_Kept.in_order)]
        return ObjectiveTotals(dict(self._counted()), tuple(rows), self._count - len(rows))

    def _counted(self) -> Iterator[tuple[Standing, int]]:
        yield from ((stands, self._standings[stands]) for stands in Standing)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row in the order in which rows are given up: what says least and has the fewest tickets, and of equals the last."""

    place: Place
    row: ObjectiveRow

    def in_order(self) -> tuple[bool, tuple[int, int], list[tuple[int, str]]]:
        """By period, then by group; those in no one period last."""
        return not _is_one(self.place), self.place or EVERYWHERE, _order(self.row.said)

    def _rank(self) -> tuple[int, int, tuple[bool, tuple[int, int], list[tuple[int, str]]]]:
        score = self.row.score
        return SAYS_MOST.index(self.row.standing), -(score.decided + score.open + score.unknown), self.in_order()

    def __lt__(self, other: _Kept) -> bool:
        return self._rank() > other._rank()


def _is_one(place: Place) -> bool:
    return place is not None and place[0] == place[1]


def in_doubt(group: Group) -> bool:
    """Whether tickets of the group may belong to another one."""
    return any(said.state == "unknown" for said in group)


def _order(group: Group) -> list[tuple[int, str]]:
    return [said.order for said in group]
