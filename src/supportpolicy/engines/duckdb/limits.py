"""Limits in SQL: which one a ticket has, and the numbers by which its clock is judged.

A clock is judged by what accrued or by instants, and both come to the same comparison. At the start of the clock stands
`early`..`late`, at its stop `come`: on a calendar the open time up to there, on `24x7` the instant itself, and so no more
than `amount` may lie between the two. Where the limit runs out at an instant, `early`..`late` is that instant and the
amount is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.engines.duckdb.codes import APPLIES_NOT, NEVER, RUNS, TRUE, VALUE, WAITING, Outcomes
from supportpolicy.engines.duckdb.moments import Found
from supportpolicy.engines.duckdb.rulers import Placed, Rulers
from supportpolicy.engines.duckdb.truths import Truths
from supportpolicy.expr.evidence import MOST_STRETCHES
from supportpolicy.expr.nodes import FirstFit, Limit, Target, reads, targets
from supportpolicy.model.cell import Reason
from supportpolicy.model.limit import ALWAYS, AsAgreed, BusinessDays, EndOfBusinessDay, OpenTime
from supportpolicy.model.step_table import StepTable

_NAME: Final = re.compile(r"-?\w+")
_NONE: Final = -1
"""The number of the target where a table has none for the ticket. Below it: the number of an undecided truth, negative."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The limit of a ticket: `number` is the expression of its place among the `targets`."""

    targets: tuple[Target, ...]
    number: str

    def by(self, told: Mapping[int, str]) -> str:
        """Of expressions by the places of targets that of the ticket's; tickets with another target are not asked about."""
        users: dict[str, list[int]] = {}
        for number, text in told.items():
            users.setdefault(text, []).append(number)
        if len(users) < 2:
            return next(iter(users), "NULL::BIGINT")
        return f"CASE {' '.join(f'WHEN {self.among(numbers)} THEN {text}' for text, numbers in users.items())} END"

    def among(self, numbers: Iterable[int]) -> str:
        """Whether the ticket's target is one of these."""
        listed = ", ".join(map(str, numbers))
        return f"{self.number} = {listed}" if "," not in listed else f"{self.number} IN ({listed})"

    def measured(self) -> dict[int, OpenTime | BusinessDays | EndOfBusinessDay | AsAgreed]:
        """Those targets, by their places, by which a clock is judged."""
        return {
            number: target.cell
            for number, target in enumerate(self.targets)
            if isinstance(target.cell, OpenTime | BusinessDays | EndOfBusinessDay | AsAgreed)
        }


@dataclass(frozen=True, slots=True)
class Measure:
    """By what a clock is judged that started, as expressions.

    `barred` is the number of the outcome where there is nothing to judge by, and null where there is; `""` if there always
    is. `beyond` is the outcome where the calendar does not reach far enough, `""` if no calendar is asked. A clock that runs
    has failed at T if `late` is at most `over`, at the instant asked for if it is at most `over_later`; `now` is what
    stands at T as at a stop.
    """

    chosen: Chosen
    barred: str
    early: str
    late: str
    amount: str
    beyond: str
    over: str
    over_later: str
    now: str


@dataclass(slots=True)
class Limits:
    """Writes the limits of a revision."""

    truths: Truths
    outcomes: Outcomes
    rulers: Rulers
    calendars: Mapping[str, StepTable]
    as_of: int
    audit: int = field(init=False)
    _measures: dict[tuple[Limit, str, str], Measure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.audit = self.truths.audit

    # --- which ---
    def chosen(self, limit: Limit) -> Chosen:
        """Which of its targets a limit comes to."""
        told = targets(limit)
        number = self._number(limit, {target: place for place, target in enumerate(told)})
        return Chosen(told, self._define(number))

    def _number(self, limit: Limit, places: Mapping[Target, int]) -> str:
        match limit:
            case Target():
                return str(places[limit])
            case FirstFit(arms, otherwise):
                told = []
                for when, arm in arms:
                    fits = self.truths.write(when)
                    told.append(f"WHEN {fits} = {TRUE} THEN {self._number(arm, places)}")
                    told.append(f"WHEN {fits} >= {WAITING} THEN -{fits}")
                last = str(_NONE) if otherwise is None else self._number(otherwise, places)
                return f"CASE {' '.join(told)} ELSE {last} END" if told else last

    def asked(self, limit: Limit) -> tuple[list[tuple[str, ...]], str]:
        """The fields that may have chosen the limit, in the order in which they were asked, for each way in which that goes;
        and the expression of the place among these of the ticket's own."""
        names: list[tuple[str, ...]] = []

        def told(limit: Limit, asked: tuple[str, ...]) -> str:
            if isinstance(limit, FirstFit):
                arms = []
                for when, arm in limit.arms:
                    asked += reads(when)
                    fits = self.truths.write(when)
                    arms.append(f"WHEN {fits} = {TRUE} THEN {told(arm, asked)}")
                    arms.append(f"WHEN {fits} >= {WAITING} THEN {place(asked)}")
                last = place(asked) if limit.otherwise is None else told(limit.otherwise, asked)
                return f"CASE {' '.join(arms)} ELSE {last} END" if arms else last
            return place(asked)

        def place(asked: tuple[str, ...]) -> str:
            once = tuple(dict.fromkeys(asked))
            if once not in names:
                names.append(once)
            return str(names.index(once))

        number = told(limit, ())
        return names, self._define(number)

    # --- by what ---
    def measure(self, limit: Limit, start: Found) -> Measure:
        """By what a clock is judged that started then."""
        key = (limit, start.lo, start.hi)
        if key not in self._measures:
            self._measures[key] = self._measure(self.chosen(limit), start)
        return self._measures[key]

    def _measure(self, chosen: Chosen, start: Found) -> Measure:
        early, late = self._begun(chosen, start)
        measured = chosen.measured()
        beyond = {
            number: str(self.outcomes.missing(Reason.MISSING, f"calendar {cell.calendar}"))
            for number, cell in measured.items()
            if not isinstance(cell, AsAgreed) and cell.calendar != ALWAYS
        }

        def told(of: Callable[[OpenTime | BusinessDays | EndOfBusinessDay | AsAgreed], int | None]) -> str:
            known = {number: of(cell) for number, cell in measured.items()}
            return self._define(chosen.by({n: "NULL::BIGINT" if v is None else str(v) for n, v in known.items()}))

        return Measure(
            chosen,
            self._barred(chosen),
            early,
            late,
            told(lambda cell: cell.us if isinstance(cell, OpenTime) else 0),
            chosen.by(beyond) if beyond else "",
            told(lambda cell: self._over(cell, self.audit)),
            told(lambda cell: self._over(cell, self.as_of)),
            told(lambda cell: self._stands(cell, self.audit)),
        )

    def _barred(self, chosen: Chosen) -> str:
        """The outcome of tickets with nothing to judge by."""
        unknown, measured = self.outcomes.unknown, chosen.measured()
        arms = []
        if chosen.number != "0":
            arms.append(f"WHEN {chosen.number} = {_NONE} THEN {APPLIES_NOT}")
            arms.append(f"WHEN {chosen.number} = -{WAITING} THEN {RUNS}")
            arms.append(f"WHEN {chosen.number} < 0 THEN {unknown} - {chosen.number}")
        if none := [number for number in range(len(chosen.targets)) if number not in measured]:
            arms.append(f"WHEN {chosen.among(none)} THEN {APPLIES_NOT}")
        for number, cell in measured.items():
            if isinstance(cell, AsAgreed):
                column = self.truths.fields[cell.field]
                there = f"{column.state} = {VALUE}"
                if column.measured is not None:
                    other = self.outcomes.missing(Reason.OTHER_CLOCK, cell.field)
                    arms.append(f"WHEN {chosen.among([number])} AND {there} THEN {other}")
                arms.append(f"WHEN {chosen.among([number])} AND {column.state} = {NEVER} THEN {APPLIES_NOT}")
                arms.append(f"WHEN {chosen.among([number])} AND NOT ({there}) THEN {unknown} + {column.state}")
        return self._define(f"CASE {' '.join(arms)} END") if arms else ""

    def _begun(self, chosen: Chosen, start: Found) -> tuple[str, str]:
        """`early` and `late`."""
        rulers, own, agreed = {}, [], {}
        for number, cell in chosen.measured().items():
            match cell:
                case OpenTime(_, calendar) if calendar == ALWAYS:
                    own.append(number)
                case AsAgreed(name):
                    agreed[number] = self.truths.fields[name]
                case OpenTime(_, calendar):
                    rulers[number] = self.rulers.place(self.calendars[calendar], "accrued")
                case BusinessDays(count, calendar):
                    rulers[number] = self.rulers.place(self.calendars[calendar], "business_days_later", count)
                case EndOfBusinessDay(count, calendar):
                    rulers[number] = self.rulers.place(self.calendars[calendar], "end_of_business_day", count)
        lo, hi = self._pair(chosen, rulers, start.lo, start.hi)
        if any(isinstance(cell, BusinessDays | EndOfBusinessDay) for cell in chosen.measured().values()):
            # Of an hour that the clocks showed twice the later instant may be due before the earlier one.
            lo, hi = (
                self._define(f"CASE WHEN {lo} <= {hi} THEN {lo} WHEN {lo} > {hi} THEN {hi} END"),
                self._define(f"CASE WHEN {lo} <= {hi} THEN {hi} WHEN {lo} > {hi} THEN {lo} END"),
            )

        def told(looked_up: str, at: str, due: Mapping[int, str]) -> str:
            return self._define(chosen.by({**dict.fromkeys(rulers, looked_up), **dict.fromkeys(own, at), **due}))

        return (
            told(lo, start.lo, {number: column.lo for number, column in agreed.items()}),
            told(hi, start.hi, {number: column.hi for number, column in agreed.items()}),
        )

    def come(self, chosen: Chosen, lo: str, hi: str) -> tuple[str, str]:
        """What stands at a stop between two instants."""
        rulers = {
            number: self.rulers.place(self.calendars[cell.calendar], "accrued")
            for number, cell in self._on_calendars(chosen).items()
        }
        others = [number for number in chosen.measured() if number not in rulers]
        looked_up = self._pair(chosen, rulers, lo, hi)
        least, most = (
            self._define(chosen.by({**dict.fromkeys(rulers, told), **dict.fromkeys(others, at)}))
            for told, at in zip(looked_up, (lo, hi), strict=True)
        )
        return least, most

    def _pair(self, chosen: Chosen, rulers: Mapping[int, Placed], lo: str, hi: str) -> tuple[str, str]:
        """Two instants looked up, the second only where it is another."""
        if not rulers:
            return lo, hi
        lo, hi = self._named(lo), self._named(hi)
        one = self._looked_up(chosen, rulers, lo)
        if lo == hi:
            return one, one
        other = self._looked_up(chosen, rulers, self._define(f"CASE WHEN {hi} <> {lo} THEN {hi} END"))
        return one, self._define(f"CASE WHEN {hi} = {lo} THEN {one} ELSE {other} END")

    def _looked_up(self, chosen: Chosen, rulers: Mapping[int, Placed], x: str) -> str:
        return self.rulers.at(x, self._users(chosen, rulers))

    def _users(self, chosen: Chosen, rulers: Mapping[int, Placed]) -> dict[Placed, str]:
        """The rulers, and whether the ticket's limit uses them; an empty condition where every limit does that is any."""
        users: dict[Placed, list[int]] = {}
        for number, place in rulers.items():
            users.setdefault(place, []).append(number)
        alone = len(users) == 1 and len(rulers) == len(chosen.measured())
        return {place: "" if alone else chosen.among(numbers) for place, numbers in users.items()}

    # --- what evidence tells ---
    def runs_out(self, measure: Measure) -> tuple[str, str, str, str]:
        """When the limit runs out, for the earliest and for the latest start, and the last instants in time."""
        tables = {n: self.calendars[cell.calendar] for n, cell in self._on_calendars(measure.chosen).items()}
        others = [number for number in measure.chosen.measured() if number not in tables]
        ends = [self._define(f"{begun} + {measure.amount}") for begun in (measure.early, measure.late)]
        told = []
        for kind in ("due", "last_in_time"):
            rulers = {number: self.rulers.place(table, kind) for number, table in tables.items()}
            looked_up = self._pair(measure.chosen, rulers, *ends)
            told += [
                self._define(measure.chosen.by({**dict.fromkeys(rulers, one), **dict.fromkeys(others, end)}))
                for one, end in zip(looked_up, ends, strict=True)
            ]
        return told[0], told[1], told[2], told[3]

    def on_calendars(self, chosen: Chosen) -> str:
        """Whether the ticket's limit is an amount of open time on a calendar, where clocks stand still."""
        numbers = self._on_calendars(chosen)
        if not numbers:
            return "false"
        return "true" if len(numbers) == len(chosen.targets) else self._define(chosen.among(numbers))

    def stretches(self, chosen: Chosen, begin: str, end: str) -> tuple[str, str]:
        """How many stretches of open time lie between two instants, and the openings and closings in turn of the first of
        them, of which the very first may lie before, and the very last after."""
        rulers = {
            n: self.rulers.place(self.calendars[cell.calendar], "accrued")
            for n, cell in self._on_calendars(chosen).items()
        }
        at_begin, at_end = (
            self.rulers.piece(x, self._users(chosen, rulers)) for x in (self._named(begin), self._named(end))
        )
        # Open and closed pieces take turns; the first of interest is the open one at the beginning, or the one after it.
        first = self._define(f"{at_begin} + 1 - ruler_slopes[{at_begin}]")
        opens = (
            f"CASE WHEN ruler_slopes[{at_end}] = 0 THEN {at_end} - 1 WHEN ruler_starts[{at_end}] < {end} THEN {at_end} "
        )
        last = self._define(f"{opens} ELSE {at_end} - 2 END")
        some = f"{end} > {begin} AND {last} >= {first}"
        number = self._define(f"CASE WHEN {some} THEN ({last} - {first}) // 2 + 1 ELSE 0 END")
        # Each by itself: to cut a piece out of a list, DuckDB would first write the list out for each ticket.
        listed = f"range({first}, {first} + 2 * least({number}, {MOST_STRETCHES}))"
        told = f"list_transform({listed}, lambda n: ruler_starts[n])"
        return number, self._define(f"CASE WHEN {number} > 0 THEN {told} END")

    def _on_calendars(self, chosen: Chosen) -> dict[int, OpenTime]:
        cells = ((number, cell) for number, cell in chosen.measured().items() if isinstance(cell, OpenTime))
        return {number: cell for number, cell in cells if cell.calendar != ALWAYS}

    # --- at T ---
    def _over(self, cell: OpenTime | BusinessDays | EndOfBusinessDay | AsAgreed, at: int) -> int | None:
        """Every instant after `at` exceeds the limit: more has accrued, or as much and more accrues at once."""
        if not isinstance(cell, OpenTime):
            return at
        if cell.calendar == ALWAYS:
            return at - cell.us
        table = self.calendars[cell.calendar]
        now, is_open = table.accrued(at), table.is_open(at)
        return None if now is None or is_open is None else now - cell.us - (not is_open)

    def _stands(self, cell: OpenTime | BusinessDays | EndOfBusinessDay | AsAgreed, at: int) -> int | None:
        if isinstance(cell, OpenTime) and cell.calendar != ALWAYS:
            return self.calendars[cell.calendar].accrued(at)
        return at

    def _named(self, expression: str) -> str:
        return expression if _NAME.fullmatch(expression) else self._define(expression)

    def _define(self, expression: str) -> str:
        if _NAME.fullmatch(expression):
            return expression
        return self.truths.define(expression)
