"""Which column gives which field of a ticket, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from supportpolicy.model.ticket import FieldType
from supportpolicy.proposing.columns import Column, Export
from supportpolicy.proposing.headers import HEADERS, HINTS, MEASURED, NO_HAPPENING, REPLIES, UNITS, plain_header
from supportpolicy.proposing.rows import Rows, Unfinished, Witness
from supportpolicy.proposing.spellings import recognised
from supportpolicy.proposing.times import Times, twin, two_digit_years
from supportpolicy.proposing.wanted import Wanted

MOST_SPELLINGS: Final = 200
"""A column with more distinct values is no vocabulary."""

_TABLED: Final = (FieldType.TOKEN, FieldType.LANGUAGE, FieldType.BOOLEAN)
_MOSTLY: Final = 0.8
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
OTHER_CLOCK: Final = "business hours"


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text of a column, how often it stands there, and the word it is read as (None: nothing says)."""

    text: str
    count: int
    word: str | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A duration that the helpdesk measured itself. `precision` is the unit of its last digit, empty where it is finer
    than a second."""

    unit: str
    clock: str
    precision: str
    rounding: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that gives a field. `why` says in words what spoke for it, `guessed` that it was not its name alone."""

    field: str
    column: Column
    why: str
    guessed: bool = False
    times: Times | None = None
    measure: Measure | None = None
    spellings: tuple[Spelling, ...] = ()
    separator: str = ""
    unfinished: Unfinished | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """A column that would give a field if a person decided what its values mean."""

    field: str
    column: Column
    why: str
    times: Times | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Every column has its place: it gives fields, waits for a decision, or is left."""

    placed: tuple[Placed, ...]
    undecided: tuple[Undecided, ...]
    left: tuple[Column, ...]


def place(export: Export, rows: Rows, wanted: Wanted) -> Placement:
    """Find the column of each field."""
    return _Placing(export, rows, wanted).placement()


def witnesses(export: Export) -> dict[str, Witness]:
    """For columns of times and durations the column that may tell why their cells are empty: a first response is not
    there where there are no replies, an end not where the state is an early one."""
    states = [c for name in HEADERS["status"] for c in export.columns if c.plain == name and c.filled]
    counts = [c for name in REPLIES for c in export.columns if c.plain == name and c.is_integer]
    found: dict[str, Witness] = {}
    for column in export.columns:
        if any(column.plain in HEADERS[name] for name in ("resolved", "closed")) and states:
            found[column.name] = Witness.of_state(states[0].name)
        responded = column.plain in HEADERS["first_response"] or MEASURED[0][1].fullmatch(column.plain)
        if responded and counts:
            found[column.name] = Witness.of_count(counts[0].name)
    return found


@dataclass(slots=True)
class _Placing:
    export: Export
    rows: Rows
    wanted: Wanted
    placed: dict[str, Placed] = field(default_factory=dict)
    undecided: dict[str, Undecided] = field(default_factory=dict)

    def placement(self) -> Placement:
        if self.rows.identity is not None:
            identity = self.rows.identity
            self.placed["id"] = Placed("id", identity.column, identity.why, not identity.known)
        for name, column, why, guessed in (*self._by_name(), *self._by_fact(), *self._by_hint()):
            self._try(name, column, why, guessed)
        self._measured()
        for name, column in self._by_words():
            self._try(name, column, "its values are words of the policy", True)
        self._day_or_month()
        taken = {p.column.name for p in self.placed.values()} | {u.column.name for u in self.undecided.values()}
        order = list(self.wanted.types)
        return Placement(
            tuple(sorted(self.placed.values(), key=lambda p: order.index(p.field))),
            tuple(self.undecided.values()),
            tuple(c for c in self.export.columns if c.name not in taken and c.name != self.rows.order),
        )

    # --- which column for which field ---------------------------------------------------------------------------------
    def _by_name(self) -> Iterator[tuple[str, Column, str, bool]]:
        for name, headers in HEADERS.items():
            for header in headers:
                for column in self.export.columns:
                    if name != "id" and column.plain == header:
                        yield name, column, "a known name", False

    def _by_fact(self) -> Iterator[tuple[str, Column, str, bool]]:
        """A fact of the policy that is called as a column is."""
        for name in self.wanted.types:
            for column in self.export.columns:
                if name not in ("id", "events") and column.plain == plain_header(name):
                    yield name, column, "the name of the field", False

    def _by_hint(self) -> Iterator[tuple[str, Column, str, bool]]:
        for column in self.export.columns:
            if not column.is_time or NO_HAPPENING.search(column.plain):
                continue
            for name, pattern in HINTS:
                if pattern.search(column.plain):
                    yield name, column, "its name, and its values are times", True
                    break

    def _by_words(self) -> Iterator[tuple[str, Column]]:
        """Columns most of whose values are words of a vocabulary that a rule asks for and no column gives."""
        for name, words in self.wanted.vocabularies.items():
            if name in self.placed or name not in self.wanted.read:
                continue
            for column in self.export.columns:
                if not column.filled or column.is_list or column.many or len(column.values) > MOST_SPELLINGS:
                    continue
                if self._is_taken(column):
                    continue
                known = sum(n for text, n in column.values.items() if recognised(text, name, FieldType.TOKEN, words))
                if known >= _MOSTLY * column.filled:
                    yield name, column

    def _is_taken(self, column: Column) -> bool:
        """Whether the column gives a field already, one that rules read if any do."""
        fields = [placed.field for placed in self.placed.values() if placed.column is column]
        return any(not self.wanted.read or name in self.wanted.read or name == "id" for name in fields)

    # --- how it is read -----------------------------------------------------------------------------------------------
    def _try(self, name: str, column: Column, why: str, guessed: bool) -> None:
        if name in self.placed or not column.filled or (guessed and self._is_taken(column)):
            return
        kind = self.wanted.types.get(name)
        if kind is None or kind is FieldType.EVENTS or (column.is_list and kind is not FieldType.TAGS):
            return
        if kind is FieldType.INSTANT:
            self._try_times(name, column, why, guessed)
        elif kind is FieldType.INTEGER:
            if column.is_integer:
                self.placed[name] = Placed(name, column, why, guessed)
        elif kind in _TABLED:
            if not column.many and len(column.values) <= MOST_SPELLINGS:
                self.placed[name] = Placed(name, column, why, guessed, spellings=self._spellings(name, kind, column))
        elif kind is FieldType.TAGS:
            separator = "" if column.is_list else _separator(column)
            self.placed[name] = Placed(name, column, why, guessed, separator=separator)
        else:
            self.placed[name] = Placed(name, column, why, guessed)

    def _try_times(self, name: str, column: Column, why: str, guessed: bool) -> None:
        if column.times is not None:
            unfinished = self.rows.unfinished.get(column.name)
            self.undecided.pop(name, None)
            self.placed[name] = Placed(name, column, why, guessed, times=column.times, unfinished=unfinished)
        elif name not in self.undecided and not guessed:
            years = any(two_digit_years(text) for text in column.samples)
            reason = (
                "its years have two digits, which leave the century open"
                if years
                else "its values are no times that are known here"
            )
            self.undecided[name] = Undecided(name, column, reason)

    def _spellings(self, name: str, kind: FieldType, column: Column) -> tuple[Spelling, ...]:
        words = self.wanted.vocabularies.get(name)
        found = (Spelling(text, n, recognised(text, name, kind, words)) for text, n in column.values.items())
        return tuple(sorted(found, key=lambda spelling: (-spelling.count, spelling.text)))

    def _measured(self) -> None:
        for name, pattern in MEASURED:
            for column in self.export.columns:
                match = pattern.fullmatch(column.plain)
                groups = match.groupdict() if match else {}
                unit = UNITS.get(groups.get("unit") or groups.get("short") or "")
                if unit is None or name in self.placed or not column.filled:
                    continue
                if column.decimals is None:
                    self.undecided.setdefault(name, Undecided(name, column, "its durations are not written as numbers"))
                    continue
                clock = OTHER_CLOCK if "business" in (groups.get("rest") or "") else "24x7"
                measure = _measure(unit, clock, column.decimals)
                self.undecided.pop(name, None)
                unfinished = self.rows.unfinished.get(column.name)
                self.placed[name] = Placed(name, column, "a known name", measure=measure, unfinished=unfinished)

    # --- day and month ------------------------------------------------------------------------------------------------
    def _day_or_month(self) -> None:
        """Settle columns that fit with day and month either way by one that fits only one way; else leave them open."""
        times = [column.times for column in self.export.columns if column.times is not None and column.is_time]
        orders = {t.reading.format[0] for t in times if t.either is None and twin(t.reading.format) is not None}
        for name, placed in list(self.placed.items()):
            found = placed.times
            if found is None or found.either is None:
                continue
            if len(orders) == 1:
                turned = found if found.reading.format[0] in orders else found.turned()
                settled = replace(turned, either=None)
                why = f"{placed.why}; day and month as in the columns where only one order fits"
                self.placed[name] = Placed(name, placed.column, why, True, times=settled, unfinished=placed.unfinished)
            else:
                del self.placed[name]
                why = "no value tells which is the day and which is the month"
                self.undecided[name] = Undecided(name, placed.column, why, found)


def _measure(unit: str, clock: str, decimals: int) -> Measure:
    if not decimals:
        return Measure(unit, clock, f"1{unit}", "floor")
    seconds, rest = divmod(_SECONDS[unit], 10**decimals)
    return Measure(unit, clock, f"{seconds}s" if seconds and not rest else "", "nearest")


def _separator(column: Column) -> str:
    texts: Sequence[str] | Mapping[str, int] = column.values
    return next((mark for mark in (",", ";", "|", " ") if any(mark in text for text in texts)), ",")
