"""The table `narrow`: the columns of an input that the plan asks for, each held as its texts allow (see `texts`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.marked import keyed, unmarked
from supportpolicy.engines.duckdb.texts import Held, holdings
from supportpolicy.expr.decode import BLANK
from supportpolicy.expr.plan import Plan
from supportpolicy.expr.reading import Column


@dataclass(slots=True)
class Narrowing:
    """Says what is held of a row. `instants` are the columns whose microseconds stand in iN beside their texts in rN."""

    plan: Plan
    needed: frozenset[int]
    columns: tuple[str, ...]
    instants: Collection[str] = ()
    marked: bool = False
    """Whether some texts stand for what is no text (see `marked`)."""
    held: Mapping[str, Held] = field(default_factory=dict, init=False)

    def hold(self, sampled: Sequence[Sequence[str]]) -> None:
        """Decide by a sample of the rows."""
        self.held = holdings(self.plan, self.needed, self.columns, sampled, self.instants)

    def names(self) -> list[str]:
        """What the columns are called where they are read."""
        return [f"r{n}" for n in range(len(self.columns))]

    def asked(self) -> set[str]:
        """The columns that are read at all."""
        fields = [self.plan.fields[i] for i in self.needed]
        told = {f.origin.name for f in fields if isinstance(f.origin, Column)}
        told |= {f.reading.never_when[0] for f in fields if isinstance(f.origin, Column) and f.reading.never_when}
        reduce = self.plan.reduce
        return told | ({reduce.key, reduce.order_by} if reduce is not None else set())

    def telling(self) -> set[str]:
        """The columns in which nothing means something else than an empty cell does."""
        found = set()
        for i in self.needed:
            origin, reading = self.plan.fields[i].origin, self.plan.fields[i].reading
            if isinstance(origin, Column) and (reading.empty == "never" or reading.never_when):
                found.add(origin.name)
            if reading.never_when and "" in reading.never_when[1]:
                found.add(reading.never_when[0])
        return found

    def query(self, read: str) -> str:
        """The query that holds what a relation has of the columns, as texts rN."""
        told = [held.select(f"r{held.index}") for held in self.held.values()]
        told += [f"{expression} AS {name}" for name, expression in self._beside().items()]
        apart = [(held, test) for held in self.held.values() if (test := held.apart(f"r{held.index}")) is not None]
        texts = ", ".join(f"CASE WHEN {test} THEN r{held.index} END" for held, test in apart)
        anywhere = " OR ".join(test for _, test in apart)
        told.append(f"CASE WHEN {anywhere} THEN [{texts}] END AS x" if apart else "NULL::VARCHAR[] AS x")
        told.append(f"coalesce({anywhere or 'false'}, false) AS odd")
        return f"SELECT {', '.join(told)} FROM {read}"

    def apart(self) -> dict[str, int]:
        """For each column of which texts may stand apart its place in the list of them, from 1."""
        names = [name for name, held in self.held.items() if held.apart("") is not None]
        return {name: n for n, name in enumerate(names, 1)}

    def _beside(self) -> dict[str, str]:
        """What else is kept of a row: whether the column that explains an empty cell does, and the key and the order of
        the rows of one ticket."""
        told: dict[str, str] = {}
        for i in sorted(self.needed):
            teller = self.plan.fields[i].reading.never_when
            if teller is not None and teller[0] in self.columns:
                text = f"r{self.columns.index(teller[0])}"
                told[f"w{i}"] = (
                    f"trim(coalesce({text}, ''), {quoted(BLANK)}) IN ({', '.join(map(quoted, sorted(teller[1])))})"
                )
        reduce = self.plan.reduce
        if reduce is not None:
            key, order = (f"r{self.columns.index(name)}" for name in (reduce.key, reduce.order_by))
            nulls = ", ".join(map(quoted, sorted(reduce.nulls)))
            key = f"coalesce({key}, '')"
            if self.marked:
                key, order = keyed(key), unmarked(order)
            told["key"] = f"CASE WHEN trim({key}, {quoted(BLANK)}) NOT IN ({nulls}) THEN {key} END"
            number = f"trim({order}, {quoted(BLANK)})"
            if reduce.numeric:
                whole = f"regexp_full_match({number}, '-?[0-9]{{1,18}}')"
                told["number"] = f"CASE WHEN {whole} THEN {number}::BIGINT END"
                told["readable"], told["ordered"] = "number IS NOT NULL", "''"
            else:
                told["readable"], told["number"] = f"coalesce({order}, '') <> ''", "0::BIGINT"
                told["ordered"] = f"coalesce({order}, '')"
        return told
