"""How objectives stand, in the words and tables that all reports share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from supportpolicy.model.finding import SAYS_MOST, ObjectiveRow, ObjectiveTotals, Totals
from supportpolicy.model.objective import Aim, Score
from supportpolicy.plugin.records import Head, ObjectiveHead
from supportpolicy.reports.groupings import in_words
from supportpolicy.reports.page import plain
from supportpolicy.reports.rates import Attainment
from supportpolicy.reports.summary import JudgedObjective, judged_objectives, number

TITLE: Final = "Objectives: what is demanded of many tickets together"
LEGEND: Final = (
    "perhaps: tickets that may belong here, for their period, group or revision is not certain; they stand in a line of "
    "their own, too, that has no standing (-). untold: tickets of which nobody knows which clocks "
    "they had, so that any number may come besides. at least, at most: what it comes to however all that is undecided turns "
    "out. met and missed are certain; open: only time can tell; unknown: the data cannot."
)
_NONE: Final = "-"
_OF_VERDICTS: Final = ("pass", "fail", "open", "unknown", "perhaps")
_NUMBERS: Final[dict[Aim, tuple[str, ...]]] = {
    "share": (*_OF_VERDICTS, "kept", "at least", "at most"),
    "passes": (*_OF_VERDICTS, "at least", "at most"),
    "fails": (*_OF_VERDICTS, "at least", "at most"),
    "counted": ("counted", "open", "unknown", "perhaps", "at most"),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an objective's number comes to, for certain and at the most; of a share, in percent, the rate besides."""

    rate: str | None
    at_least: str | int | None
    at_most: str | int | None

    @classmethod
    def of(cls, aim: Aim, score: Score) -> Bounds:
        match aim:
            case "share" if score.untold:
                rate = Attainment(score.passed, score.failed, 0, 0).rate
                return cls(str(rate) if rate.whole else None, "0.00%", "100.00%")
            case "share":
                told = Attainment(score.passed, score.failed, score.could_pass, score.could_fail)
                rates = (told.rate, told.at_least, told.at_most)
                return cls(*(str(rate) if rate.whole else None for rate in rates))
            case "fails":
                return cls(None, score.failed, None if score.untold else score.failed + score.could_fail)
            case "passes" | "counted":
                return cls(None, score.passed, None if score.untold else score.passed + score.could_pass)


@dataclass(frozen=True, slots=True)
class Line:
    """One period and group: its names as text, the cells under `ObjectiveTable.numbers`, and how the objective stands."""

    row: ObjectiveRow
    names: tuple[str, ...]
    cells: tuple[str, ...]
    standing: str

    @property
    def title(self) -> str:
        """`2021-03, gold`."""
        return ", ".join(self.names) or "the whole audit"


@dataclass(frozen=True, slots=True)
class ObjectiveTable:
    """One objective. `names` are the headings over the names of each line, `numbers` those over its cells."""

    objective: JudgedObjective
    totals: ObjectiveTotals
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def sum(self) -> str:
        """`2 met, 1 missed`."""
        told = [f"{count:,} {stands}" for stands, count in self.totals.standings.items() if count]
        return ", ".join(told) or "no ticket counts for certain"

    def first(self, most: int | None) -> tuple[Line, ...]:
        """So many lines at most, in their order: those that are missed, unknown or open before others."""
        ranked = sorted(self.lines, key=lambda line: SAYS_MOST.index(line.row.standing))
        kept = {id(line) for line in ranked[:most]}
        return tuple(line for line in self.lines if id(line) in kept)

    @property
    def others(self) -> str:
        """How many lines are left out; empty where none is."""
        return f"{number(self.totals.others, 'more line')} not told apart" if self.totals.others else ""


def objective_tables(head: Head, totals: Totals) -> Iterator[ObjectiveTable]:
    """Every objective in the order of the file."""
    for key, objective in judged_objectives(head).items():
        found = totals.objectives.get(key)
        if found is not None:
            of = objective.head
            names = (*(("period",) if of.per else ()), *map(plain, of.by))
            lines = tuple(_line(of, row) for row in found.rows)
            numbers = _NUMBERS[of.aim]
            if of.of == "clocks":
                after = numbers.index("perhaps") + 1
                numbers = (*numbers[:after], "untold", *numbers[after:])
            yield ObjectiveTable(objective, found, names, numbers, lines)


def _line(objective: ObjectiveHead, row: ObjectiveRow) -> Line:
    names = (*((row.period.words,) if row.period is not None else ()), *map(in_words, row.said))
    return Line(row, names, _cells(objective, row.score), row.standing or _NONE)


def _cells(objective: ObjectiveHead, score: Score) -> tuple[str, ...]:
    aim = objective.aim
    bounds = Bounds.of(aim, score)
    counted = [score.passed, *([score.failed] if aim != "counted" else []), score.open, score.unknown, score.perhaps]
    counted += [score.untold] if objective.of == "clocks" else []
    told = [f"{count:,}" for count in counted]
    if aim == "share":
        told.append(bounds.rate or _NONE)
    told += [_bound(bounds.at_least)] if aim != "counted" else []
    return (*told, _bound(bounds.at_most))


def _bound(bound: str | int | None) -> str:
    return f"{bound:,}" if isinstance(bound, int) else bound or _NONE
