"""What `within:` states: one cell, a table of cells by the values of fields, or a list of which the first fit counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from supportpolicy.compiler.calendar_choice import Calendars, Chosen, spread
from supportpolicy.compiler.choosing import by_value, choosing_field, first_fit
from supportpolicy.compiler.conditions import Conditions, Path
from supportpolicy.compiler.coverage import Ticket
from supportpolicy.compiler.limit_cells import parse_cell
from supportpolicy.compiler.shapes import CHOOSE
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import Section, conform
from supportpolicy.errors import did_you_mean
from supportpolicy.expr.nodes import FirstFit, Limit, Promise
from supportpolicy.model.limit import ALWAYS, AsAgreed, BusinessDays, Cell, EndOfBusinessDay, NotStated, OpenTime
from supportpolicy.model.text import quoted
from supportpolicy.model.ticket import Fact, FieldType
from supportpolicy.plugin.shapes import TEXT, WORDS

_HARMLESS: Final = Promise(NotStated(), "not stated")

_TABLE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["by", "table"],
    "additionalProperties": False,
    "properties": {
        "by": {"anyOf": [TEXT, WORDS]},
        "table": {"type": "object", "minProperties": 1, "x-expected": "limits for the values of the first field"},
    },
}
_CHOICE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["choose"],
    "additionalProperties": False,
    "properties": {"choose": CHOOSE},
}


class Limits:
    """Compiles the limits of one policy."""

    def __init__(self, conditions: Conditions, calendars: Calendars) -> None:
        self._conditions = conditions
        self._calendars = calendars

    def compile(self, part: Section, path: Path) -> Limit:
        """The limit at `path` below `part`."""
        stated = part.at(*path).data
        if isinstance(stated, str):
            return self._cell(part, path)
        section, found = conform(part.at(*path), _CHOICE if "choose" in stated else _TABLE)
        self._conditions.problems.extend(found)
        if found:
            return _HARMLESS
        if "choose" in stated:
            return FirstFit(*first_fit(self._conditions, section, ("choose",), self.compile))
        return self._table(section)

    def _table(self, section: Section) -> Limit:
        by = section.data["by"]
        names = [(("by",), by)] if isinstance(by, str) else [(("by", i), name) for i, name in enumerate(by)]
        facts = [choosing_field(self._conditions, section, path, name) for path, name in names]
        known = [fact for fact in facts if fact is not None]
        return self._level(section, ("table",), known, {}) if len(known) == len(facts) else _HARMLESS

    def _level(self, part: Section, path: Path, facts: Sequence[Fact], above: Ticket) -> Limit:
        """The limits at a path of the table, below the values `above`; a single cell stands for all that lies below it."""
        stated = part.at(*path).data
        if isinstance(stated, str):
            return self._cell(part, path)
        if not facts:
            self._problem(part, path, "goes deeper than `by` has fields", "a limit such as 8h in 24x7")
            return _HARMLESS

        def read(part: Section, below: Path) -> Limit:
            return self._level(part, below, facts[1:], {**above, facts[0].name: str(below[-1])})

        return FirstFit(*by_value(self._conditions, part, path, facts[0], above, read))

    # --- cells ---
    def _cell(self, part: Section, path: Path) -> Limit:
        text: str = part.at(*path).data
        cell = parse_cell(text, self._calendars.names[1:])
        if isinstance(cell, TextFault):
            self._conditions.problems.append(cell.problem(part, *path))
            return _HARMLESS
        match cell:
            case OpenTime(us, calendar):
                return spread(self._calendars.chosen(calendar), lambda name: Promise(OpenTime(us, name), text))
            case BusinessDays(_, calendar) | EndOfBusinessDay(_, calendar):
                return self._days(part, path, cell, self._calendars.chosen(calendar), text)
            case AsAgreed(field):
                self._agreed(part, path, field)
        return Promise(cell, text)

    def _days(
        self, part: Section, path: Path, cell: BusinessDays | EndOfBusinessDay, chosen: Chosen, text: str
    ) -> Limit:
        def on(calendar: str) -> Limit:
            if calendar == ALWAYS:
                self._problem(
                    part,
                    path,
                    f"{quoted(cell.calendar)} may choose {ALWAYS}, which has no business days",
                    "a limit of hours, or a calendar of its own for those tickets",
                )
            return Promise(_moved(cell, calendar), text)

        return spread(chosen, on)

    def _agreed(self, part: Section, path: Path, field: str) -> None:
        fact = self._conditions.fact(field)
        if fact is None:
            instants = [name for name, known in self._conditions.facts.items() if known.type is FieldType.INSTANT]
            self._problem(
                part,
                path,
                f"there is no field {quoted(field)}",
                "an instant, such as a fact {type: instant}",
                did_you_mean(field, instants),
            )
        elif fact.type is not FieldType.INSTANT:
            self._problem(part, path, f"`{field}` is not an instant", "an instant, such as a fact {type: instant}")

    def _problem(self, part: Section, path: Path, message: str, expected: str = "", hint: str = "") -> None:
        self._conditions.problems.append(part.problem(*path, message=message, expected=expected, hint=hint))


def _moved(cell: BusinessDays | EndOfBusinessDay, calendar: str) -> Cell:
    return (
        BusinessDays(cell.count, calendar) if isinstance(cell, BusinessDays) else EndOfBusinessDay(cell.count, calendar)
    )
