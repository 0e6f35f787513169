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
from typing import Final, TypeAlias

from supportpolicy.engines.duckdb.codes import APPLIES_NOT, NEVER, RUNS, TRUE, VALUE, WAITING, Outcomes
from supportpolicy.engines.duckdb.outermost import Found
from supportpolicy.engines.duckdb.pauses import Pauses, Standing, Stood, stood
from supportpolicy.engines.duckdb.rulers import Kind, Placed, Rulers
from supportpolicy.engines.duckdb.truths import Truths
from supportpolicy.expr.evidence import MOST_STRETCHES
from supportpolicy.expr.nodes import FirstFit, Limit, Pause, Promise, promises, reads
from supportpolicy.model.cell import Reason
from supportpolicy.model.limit import (
    ALWAYS,
    AsAgreed,
    BusinessDays,
    CalendarLimit,
    EndOfBusinessDay,
    NextOpening,
    OpenTime,
)
from supportpolicy.model.step_table import StepTable

_NAME: Final = re.compile(r"-?\w+")
_NONE: Final = -1
"""The number of the promise where a table has none for the ticket. Below it: the number of an undecided truth, negative."""


_Measured: TypeAlias = CalendarLimit | AsAgreed
"""The cells by which a clock is judged."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The limit of a ticket: `number` is the expression of its place among the `promises`."""

    promises: tuple[Promise, ...]
    number: str

    def by(self, told: Mapping[int, str]) -> str:
        """Of expressions by the places of promises that of the ticket's; tickets with another are not asked about."""
        users: dict[str, list[int]] = {}
        for number, text in told.items():
            users.setdefault(text, []).append(number)
        if len(users) < 2:
            return next(iter(users), "NULL::BIGINT")
        return f"CASE {' '.join(f'WHEN {self.among(numbers)} THEN {text}' for text, numbers in users.items())} END"

    def among(self, numbers: Iterable[int]) -> str:
        """Whether the ticket's promise is one of these."""
        listed = ", ".join(map(str, numbers))
        return f"{self.number} = {listed}" if "," not in listed else f"{self.number} IN ({listed})"

    def measured(self) -> dict[int, _Measured]:
        """Those promises, by their places, by which a clock is judged."""
        return {
            number: promise.cell for number, promise in enumerate(self.promises) if isinstance(promise.cell, _Measured)
        }


@dataclass(frozen=True, slots=True)
class Measure:
    """By what a clock is judged that started, as expressions.

    `barred` is the number of the outcome where there is nothing to judge by, and null where there is; `""` if there always
    is. `beyond` is the outcome where the calendar does not reach far enough, `""` if no calendar is asked. `now` is what
    stands at T as at a stop, `later` at the instant asked for; `opens` and `opens_later`: the first microsecond after it
    counts. `pauses` is what the clock does not count, if it pauses.
    """

    chosen: Chosen
    barred: str
    early: str
    late: str
    amount: str
    beyond: str
    now: str
    later: str
    opens: str
    opens_later: str
    pauses: Paused | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """The pauses of a clock on the calendar of its limit; `counts` is whether they count, as for open time they do;
    `stood` writes for how long it stood."""

    fewest: str
    most: str
    standing: Standing
    counts: str
    stood: Stood = stood


@dataclass(slots=True)
class Limits:
    """Writes the limits of a revision."""

    truths: Truths
    outcomes: Outcomes
    rulers: Rulers
    pauses: Pauses
    calendars: Mapping[str, StepTable]
    as_of: int
    audit: int = field(init=False)

    def __post_init__(self) -> None:
        self.audit = self.truths.audit

    # --- which ---
    def chosen(self, limit: Limit, truths: Truths | None = None) -> Chosen:
        """Which of its promises a limit comes to, by the ticket's own fields or as they were."""
        told = promises(limit)
        places = {promise: place for place, promise in enumerate(told)}
        return Chosen(told, self._define(self._number(limit, places, truths or self.truths)))

    def _number(self, limit: Limit, places: Mapping[Promise, int], truths: Truths) -> str:
        match limit:
            case Promise():
                return str(places[limit])
            case FirstFit(arms, otherwise):
                told = []
                for when, arm in arms:
                    fits = truths.write(when)
                    told.append(f"WHEN {fits} = {TRUE} THEN {self._number(arm, places, truths)}")
                    told.append(f"WHEN {fits} >= {WAITING} THEN -{fits}")
                last = str(_NONE) if otherwise is None else self._number(otherwise, places, truths)
                return f"CASE {' '.join(told)} ELSE {last} END" if told else last

    def asked(self, limit: Limit, truths: Truths) -> tuple[list[tuple[str, ...]], str]:
        """The fields that may have chosen the limit, in the order in which they were asked, for each way in which that goes;
        and the expression of the place among these of the ticket's own."""
        names: list[tuple[str, ...]] = []

        def told(limit: Limit, asked: tuple[str, ...]) -> str:
            if isinstance(limit, FirstFit):
                arms = []
                for when, arm in limit.arms:
                    asked += reads(when)
                    fits = truths.write(when)
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
    def measure(self, limit: Limit, start: Found, truths: Truths | None = None, pause: Pause | None = None) -> Measure:
        """By what a clock is judged that started then."""
        chosen = self.chosen(limit, truths)
        early, late = self._begun(chosen, start)
        measured = chosen.measured()
        beyond = {
            number: str(self.outcomes.missing(Reason.MISSING, f"calendar {cell.calendar}"))
            for number, cell in measured.items()
            if not isinstance(cell, AsAgreed) and cell.calendar != ALWAYS
        }

        def told(of: Callable[[_Measured], int | None], kind: str = "BIGINT") -> str:
            known = {number: of(cell) for number, cell in measured.items()}
            return self._define(chosen.by({n: f"NULL::{kind}" if v is None else str(v) for n, v in known.items()}))

        return Measure(
            chosen,
            self._barred(chosen),
            early,
            late,
            told(lambda cell: cell.us if isinstance(cell, OpenTime) else 0),
            chosen.by(beyond) if beyond else "",
            told(lambda cell: self._stands(cell, self.audit)),
            told(lambda cell: self._stands(cell, self.as_of)),
            told(lambda cell: self._opens(cell, self.audit), "INTEGER"),
            told(lambda cell: self._opens(cell, self.as_of), "INTEGER"),
            self._paused(chosen, pause) if pause is not None else None,
        )

    def _paused(self, chosen: Chosen, pause: Pause) -> Paused | None:
        """The pauses, if any limit there may be counts open time."""
        timed = {number: cell for number, cell in chosen.measured().items() if isinstance(cell, OpenTime)}
        if not timed:
            return None
        tables = {n: None if cell.calendar == ALWAYS else self.calendars[cell.calendar] for n, cell in timed.items()}
        spans = {number: self.pauses.spans(pause, table) for number, table in tables.items()}
        return Paused(
            self._define(chosen.by({number: span.fewest for number, span in spans.items()})),
            self._define(chosen.by({number: span.most for number, span in spans.items()})),
            self.pauses.standing(pause, next(iter(tables.values()))),
            "true" if len(timed) == len(chosen.measured()) else self._define(chosen.among(timed)),
            self.pauses.stood,
        )

    def _barred(self, chosen: Chosen) -> str:
        """The outcome of tickets with nothing to judge by."""
        unknown, measured = self.outcomes.unknown, chosen.measured()
        arms = []
        if chosen.number != "0":
            arms.append(f"WHEN {chosen.number} = {_NONE} THEN {APPLIES_NOT}")
            arms.append(f"WHEN {chosen.number} = -{WAITING} THEN {RUNS}")
            arms.append(f"WHEN {chosen.number} < 0 THEN {unknown} - {chosen.number}")
        if none := [number for number in range(len(chosen.promises)) if number not in measured]:
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
                case NextOpening(calendar):
                    rulers[number] = self.rulers.place(self.calendars[calendar], "next_opening")
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

    def opening(self, calendar: str, lo: str, hi: str) -> tuple[str, str]:
        """Two instants, moved to the next opening of a calendar."""
        place = self.rulers.place(self.calendars[calendar], "next_opening")
        return self._both(lo, hi, {place: ""})

    def open_hours(self, calendar: str, lo: str, hi: str) -> tuple[str, str, str]:
        """Whether a calendar is open, 1 or 0, at two instants, and how long it is between them."""
        table = self.calendars[calendar]
        place = {self.rulers.place(table, "accrued"): ""}
        since, until = self._both(lo, hi, place)
        lo, hi = self._named(lo), self._named(hi)
        told = []
        for at in (lo, self._define(f"CASE WHEN {hi} <> {lo} THEN {hi} END")):
            piece = self.rulers.piece(at, place)
            slope = f"CASE WHEN ruler_bases[{piece}] IS NOT NULL THEN ruler_slopes[{piece}] END"
            told.append(self._define(f"CASE WHEN {at} < {table.last} THEN {slope} END"))
        last = self._define(f"CASE WHEN {hi} = {lo} THEN {told[0]} ELSE {told[1]} END")
        return told[0], last, self._define(f"{until} - {since}")

    def closed(self, calendar: str, begin: str, end: str) -> tuple[str, str]:
        """The pauses of a clock on `24x7` that stands while a calendar is closed, from one instant to another; and whether
        the calendar reaches so far."""
        place = {self.rulers.place(self.calendars[calendar], "accrued"): ""}
        begin, end = self._named(begin), self._define(f"greatest({begin}, {end})")
        first, last = self.rulers.piece(begin, place), self.rulers.piece(end, place)
        # Open and closed pieces take turns.
        turns = f"range({first} + ruler_slopes[{first}], {last} - ruler_slopes[{last}] + 1, 2)"
        b, e = f"greatest(ruler_starts[n], {begin})", f"least(ruler_starts[n + 1], {end})"
        stretch = f"{{'b': {b}, 'e': {e}, 'tb': {b}, 'te': {e}, 'kb': NULL::BIGINT, 'ke': NULL::BIGINT}}"
        listed = f"list_filter(list_transform({turns}, lambda n: {stretch}), lambda p: p.b < p.e)"
        known = f"(ruler_bases[{first}] + ruler_bases[{last}]) IS NOT NULL"
        return self._define(listed), self._define(f"coalesce({known}, false)")

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
        return self._both(lo, hi, self._users(chosen, rulers)) if rulers else (lo, hi)

    def _both(self, lo: str, hi: str, users: Mapping[Placed, str]) -> tuple[str, str]:
        lo, hi = self._named(lo), self._named(hi)
        one = self.rulers.at(lo, users)
        if lo == hi:
            return one, one
        other = self.rulers.at(self._define(f"CASE WHEN {hi} <> {lo} THEN {hi} END"), users)
        return one, self._define(f"CASE WHEN {hi} = {lo} THEN {one} ELSE {other} END")

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
        kinds: tuple[tuple[Kind, str], ...] = (("due", "<"), ("last_in_time", "<="))
        told = []
        for kind, before in kinds:
            ends = [
                self._define(self._wanted(measure, begun, spans, before))
                for begun, spans in ((measure.early, "fewest"), (measure.late, "most"))
            ]
            rulers = {number: self.rulers.place(table, kind) for number, table in tables.items()}
            looked_up = self._pair(measure.chosen, rulers, *ends)
            told += [
                self._define(measure.chosen.by({**dict.fromkeys(rulers, one), **dict.fromkeys(others, end)}))
                for one, end in zip(looked_up, ends, strict=True)
            ]
        return told[0], told[1], told[2], told[3]

    def _wanted(self, measure: Measure, begun: str, spans: str, before: str) -> str:
        """What stands where the limit runs out: the pauses that begin before then put it off; not such of which those before
        them have left nothing."""
        wanted = f"{begun} + {measure.amount}"
        if measure.pauses is None:
            return wanted
        pauses = measure.pauses.fewest if spans == "fewest" else measure.pauses.most
        since = f"greatest(p.b, {begun})"
        later = f"CASE WHEN p.e > {since} AND {since} {before} w.e THEN w.e + p.e - {since} ELSE w.e END"
        listed = f"list_transform({pauses}, lambda p: {{'b': p.b, 'e': p.e}})"
        first = f"{{'b': 0::BIGINT, 'e': {wanted}}}"
        put_off = f"list_reduce({listed}, lambda w, p: {{'b': 0::BIGINT, 'e': {later}}}, {first}).e"
        return f"CASE WHEN {measure.pauses.counts} AND len({pauses}) > 0 THEN {put_off} ELSE {wanted} END"

    def on_calendars(self, chosen: Chosen) -> str:
        """Whether the ticket's limit is an amount of open time on a calendar, where clocks stand still."""
        numbers = self._on_calendars(chosen)
        if not numbers:
            return "false"
        return "true" if len(numbers) == len(chosen.promises) else self._define(chosen.among(numbers))

    def stretches(self, measure: Measure, begin: str, end: str) -> tuple[str, str]:
        """How many stretches between two instants count, and from when `o` to when `c` the first of them do; null where the
        clock never stands still."""
        chosen = measure.chosen
        rulers = {
            n: self.rulers.place(self.calendars[cell.calendar], "accrued")
            for n, cell in self._on_calendars(chosen).items()
        }
        told: dict[int, str] = {}
        begin, end = self._named(begin), self._named(end)
        if measure.pauses is not None:
            runs = self._define(self._runs(measure.pauses, begin, end))
            listed = self._define(f"list_transform({runs}, lambda r: {{'o': r.b, 'c': r.e}})")
            told |= dict.fromkeys((n for n, cell in chosen.measured().items() if isinstance(cell, OpenTime)), listed)
        if rulers:
            users = self._users(chosen, rulers)
            pieces = [self.rulers.piece(at, users) for at in (begin, end)]
            if measure.pauses is None:
                opened = self._define(self._opened(begin, end, *pieces))
            else:
                bounds = [f"coalesce(r.{k}, {piece})" for k, piece in zip(("kb", "ke"), pieces, strict=True)]
                each = self._opened("r.b", "r.e", *bounds)
                opened = self._define(f"flatten(list_transform({runs}, lambda r: {each}))")
            told |= dict.fromkeys(rulers, opened)
        if not told:
            return "NULL", "NULL"
        among = "true" if len(told) == len(chosen.promises) else chosen.among(told)
        listed = self._define(f"CASE WHEN {among} THEN {chosen.by(told)} END")
        return self._define(f"len({listed})"), self._define(f"{listed}[:{MOST_STRETCHES}]")

    def _opened(self, begin: str, end: str, at_begin: str, at_end: str) -> str:
        """The stretches of open time between two instants that lie in these pieces. Open and closed pieces take turns."""
        first = f"{at_begin} + 1 - ruler_slopes[{at_begin}]"
        last = f"{at_end} - 1 + ruler_slopes[{at_end}]"
        stretch = f"{{'o': greatest(ruler_starts[n], {begin}), 'c': least(ruler_starts[n + 1], {end})}}"
        # Each by itself: to cut a piece out of a list, DuckDB would first write the list out for each ticket.
        return f"list_filter(list_transform(range({first}, {last} + 1, 2), lambda n: {stretch}), lambda s: s.o < s.c)"

    def _runs(self, pauses: Paused, begin: str, end: str) -> str:
        """The stretches between two instants in which the clock certainly does not pause."""
        within = self._define(
            f"list_filter({pauses.fewest}, lambda p: p.tb < p.te AND p.tb < {end} AND p.te > {begin})"
        )
        told = {
            "b": f"CASE WHEN n = 0 THEN {begin} ELSE {within}[n].te END",
            "e": f"CASE WHEN n = len({within}) THEN {end} ELSE {within}[n + 1].tb END",
            "kb": f"CASE WHEN n > 0 THEN {within}[n].ke END",
            "ke": f"CASE WHEN n < len({within}) THEN {within}[n + 1].kb END",
        }
        members = ", ".join(f"'{name}': {text}" for name, text in told.items())
        listed = f"list_transform(range(0, coalesce(len({within}), 0) + 1), lambda n: {{{members}}})"
        return f"CASE WHEN {begin} < {end} THEN list_filter({listed}, lambda r: r.b < r.e) END"

    def _on_calendars(self, chosen: Chosen) -> dict[int, OpenTime]:
        cells = ((number, cell) for number, cell in chosen.measured().items() if isinstance(cell, OpenTime))
        return {number: cell for number, cell in cells if cell.calendar != ALWAYS}

    # --- at T ---
    def _stands(self, cell: _Measured, at: int) -> int | None:
        """What stands at an instant as at a stop."""
        if isinstance(cell, OpenTime) and cell.calendar != ALWAYS:
            return self.calendars[cell.calendar].accrued(at)
        return at

    def _opens(self, cell: _Measured, at: int) -> int | None:
        """1 if the first microsecond after an instant counts."""
        if isinstance(cell, OpenTime) and cell.calendar != ALWAYS:
            is_open = self.calendars[cell.calendar].is_open(at)
            return None if is_open is None else int(is_open)
        return 1

    def _named(self, expression: str) -> str:
        return expression if _NAME.fullmatch(expression) else self._define(expression)

    def _define(self, expression: str) -> str:
        if _NAME.fullmatch(expression):
            return expression
        return self.truths.define(expression)
