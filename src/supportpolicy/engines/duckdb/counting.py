"""The counts of a run: tickets by their verdicts, exclusions, and spellings that no vocabulary holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from supportpolicy.engines.duckdb.codes import NEVER, VALUE
from supportpolicy.engines.duckdb.literals import one_of
from supportpolicy.engines.duckdb.tickets import Tickets, unpacked, words
from supportpolicy.engines.ledger import Group, Ledger
from supportpolicy.engines.reference.judging import Judged
from supportpolicy.expr.nodes import EveryReply, reads
from supportpolicy.expr.plan import RevisionPlan
from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Said
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.verdict import OnFail, Party, Verdict


_FIELDS: Final = 4_096
"""More than a plan has fields."""


@dataclass(slots=True)
class Counting:
    """Counts the tickets into the ledger. `seen` are the numbers of the verdicts that a rule was found to have."""

    tickets: Tickets
    ledger: Ledger
    seen: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _known: dict[int, Judged] = field(default_factory=dict)

    def count(self) -> None:
        """Count everything."""
        self._verdicts()
        self._spellings()

    # --- verdicts ---
    def query(self, among: str = "") -> str:
        """The query for the number of tickets by the reason why they are excluded or else their revision, and by all their
        verdicts packed."""
        tickets, revisions = self.tickets, self.tickets.revisions
        head = f"{revisions.first} * 2 + {'claimed::INTEGER' if tickets.named else '0'}"
        if revisions.excluded != "NULL":
            head = f"CASE WHEN {revisions.excluded} IS NULL THEN {head} ELSE -1 - {revisions.excluded} END"
        packed = words(self._places(), tickets.outcomes.verdicts)
        if revisions.excluded != "NULL":
            packed = [f"CASE WHEN {revisions.excluded} IS NULL THEN {word} ELSE 0 END" for word in packed]
        keys = {"head": head, "month": self._month(), **{f"w{n}": word for n, word in enumerate(packed)}, **self._said()}
        told = ", ".join(f"{text} AS {name}" for name, text in keys.items())
        return (
            f"SELECT {', '.join(keys)}, count(*) AS tickets, sum(later) AS later FROM (\n"
            f"SELECT {told}, {self._later()} AS later FROM (\n{tickets.select(among)}\n)\n) GROUP BY ALL"
        )

    def _month(self) -> str:
        """The month of a judged ticket's submission, as `month_of` numbers it; null where it is not dated."""
        plan = self.tickets.staged.plan
        i = plan.facts["submitted"]
        if plan.fields[i].reading.measured is not None or i in self.tickets.staged.constants:
            return "NULL::BIGINT"
        at = f"make_timestamp(lo{i})"
        return f"CASE WHEN {self.tickets.judged} AND s{i} = {VALUE} THEN year({at}) * 12 + month({at}) - 1 END"

    def _said(self) -> dict[str, str]:
        """What judged tickets say of the fields by which they are grouped: a state and a value for each."""
        tickets, told = self.tickets, {}
        for n, name in enumerate(tickets.options.by):
            places = [revision.facts[name] for revision in tickets.staged.plan.revisions]
            states, values = [f"s{i}" for i in places], [f"CASE WHEN s{i} = {VALUE} THEN v{i}::VARCHAR END" for i in places]
            told[f"state{n}"] = f"CASE WHEN {tickets.judged} THEN {_by_first(tickets, states)} END"
            told[f"value{n}"] = f"CASE WHEN {tickets.judged} THEN {_by_first(tickets, values)} END"
        return told

    def _places(self) -> list[str]:
        """The verdict on the rule in each place of the revision under which the ticket is judged."""
        tickets, places = self.tickets, []
        revisions = tickets.staged.plan.revisions
        for place in range(max(len(r.rules) for r in revisions)):
            verdicts = [[r.verdict for r in tickets.rules if r.revision == n] for n in range(len(revisions))]
            places.append(_by_first(tickets, [told[place] if place < len(told) else "0" for told in verdicts]))
        return places

    def _later(self) -> str:
        """The number of a judged ticket's events after the audit instant."""
        timeline = self.tickets.timelines.get(self.tickets.staged.plan.facts["events"])
        return "0" if timeline is None else f"CASE WHEN {self.tickets.judged} THEN {timeline.later()} ELSE 0 END"

    def _verdicts(self) -> None:
        tickets, reasons, plan = self.tickets, self.tickets.revisions.reasons, self.tickets.staged.plan
        self._later()  # so that the events have all columns
        starts = [0]
        for revision in plan.revisions:
            starts.append(starts[-1] + len(revision.rules))
        for row in self._rows():
            head, month, *rest, count, later = row
            if head < 0:
                self.ledger.excluded[reasons[-1 - head]] += count
                continue
            index, claimed = divmod(head, 2)
            revision = plan.revisions[index]
            said = len(rest) - 2 * len(tickets.options.by)
            codes = unpacked(rest[:said], tickets.outcomes.verdicts, len(revision.rules))
            for place, code in enumerate(codes):
                self.seen[starts[index] + place].add(code)
            self.ledger.later_events += int(later or 0)
            if month is None:
                self.ledger.undated += count
            else:
                self.ledger.months[month] += count
            self._add(revision, codes, not claimed, self._group(rest[said:]), count)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for among in self.tickets.spans() if self.tickets.timelines else [""]:
            cursor = self.tickets.staged.connection.cursor().execute(self.query(among))
            while rows := cursor.fetchmany(_FETCHED):
                yield from rows

    def _group(self, said: Sequence[Any]) -> Group:
        told = []
        for state, value in zip(said[::2], said[1::2], strict=True):
            if state == VALUE:
                told.append(Said("value", value))
            elif state == NEVER:
                told.append(Said("never"))
            else:
                told.append(Said("unknown", self.tickets.staged.causes.told(state)[0].value))
        return tuple(told)

    def _add(self, revision: RevisionPlan, codes: Sequence[int], rated: bool, said: Group, count: int) -> None:
        """Count so many tickets that are alike."""
        ledger, group = self.ledger, self.ledger.group(said, count)
        ledger.judged_under[revision.label] += count
        breached: set[Party] = set()
        for rule, code in zip(revision.rules, codes, strict=True):
            key, judged = (revision.label, rule.id), self._judged(code)
            ledger.rules[key].add(judged, rated, count)
            if group is not None:
                group.add(key, judged, rated, count)
            if judged.outcome.verdict is Verdict.FAIL and rule.on_fail is OnFail.VIOLATION:
                breached.add(rule.party)
        for party in breached:
            ledger.breached[party] += count

    def _judged(self, code: int) -> Judged:
        if code not in self._known:
            self._known[code] = self.tickets.outcomes.judged(code)
        return self._known[code]

    # --- spellings ---
    def _spellings(self) -> None:
        """The spellings that the vocabularies of the revisions do not hold, each with the number of its tickets."""
        tickets, plan = self.tickets, self.tickets.staged.plan
        causes = tickets.staged.causes
        unknown = causes.having(Reason.UNRECOGNISED)
        lists = [
            told
            for number, revision in enumerate(plan.revisions)
            for told in self._unrecognised(number, revision, unknown)
        ]
        if not unknown or not lists:
            return
        met = " OR ".join(f"({condition})" for condition, _ in lists)
        listed = ", ".join(f"CASE WHEN {condition} THEN {told} END" for condition, told in lists)
        found: dict[tuple[int, str], list[int]] = {}
        for among in tickets.spans() if tickets.timelines else [""]:
            rows = tickets.staged.connection.execute(
                f"SELECT x.s, x.d, count(DISTINCT rec), min(rec * {_FIELDS} + x.p), arg_min(x.i, rec * {_FIELDS} + x.p) "
                f"FROM (SELECT rec, unnest(CASE WHEN {met} THEN flatten([{listed}]) END) AS x "
                f"FROM (\n{tickets.select(among)}\n)) WHERE x IS NOT NULL GROUP BY x.s, x.d"
            ).fetchall()
            for state, text, count, first, index in rows:
                held = found.setdefault((state, text), [0, first, index])
                held[0] += count
                if first < held[1]:
                    held[1:] = [first, index]
        self._tell(found)

    def _tell(self, found: Mapping[tuple[int, str], list[int]]) -> None:
        fields = self.tickets.staged.plan.fields
        for (state, text), (count, _, index) in found.items():
            _, name = self.tickets.staged.causes.told(state)
            self.ledger.unmapped[name, text] += count
            vocabulary = () if name == "events.language" else fields[index].reading.vocabulary or ()
            self.ledger.vocabularies.setdefault((name, text), vocabulary)

    def _unrecognised(
        self, number: int, revision: RevisionPlan, causes: list[int]
    ) -> Iterable[tuple[str, str]]:
        """Conditions, and lists of what then is no known word: the cause, the text, the field and its place among them."""
        tickets, plan = self.tickets, self.tickets.staged.plan
        tests = [rule.demand.test for rule in revision.rules if isinstance(rule.demand, EveryReply)]
        asked = sorted({name for test in tests for name in reads(test)})
        under = tickets.under(number)
        for place, i in enumerate({*plan.facts.values(), *revision.facts.values()}):
            if plan.fields[i].reading.type is not FieldType.EVENTS:
                if i in tickets.staged.needed and i not in tickets.staged.constants and causes:
                    told = f"[{{'s': s{i}, 'd': d{i}, 'i': {i}, 'p': {place}}}]"
                    yield f"{under} AND {one_of(f's{i}', causes)}", told
                continue
            timeline = tickets.timelines.get(i)
            for name in asked if timeline is not None and causes else ():
                assert timeline is not None
                column = timeline.unrecognised(name, causes)
                told = f"list_transform({column}, lambda x: {{'s': x.s, 'd': x.d, 'i': {i}, 'p': {place}}})"
                yield f"{under} AND {column} IS NOT NULL", told



_FETCHED: Final = 2_000


def _by_first(tickets: Tickets, expressions: Sequence[str]) -> str:
    """The expression of the revision under which the ticket is judged."""
    if len(set(expressions)) == 1:
        return expressions[0]
    arms = " ".join(f"WHEN {n} THEN {expression}" for n, expression in enumerate(expressions))
    return f"(CASE {tickets.revisions.first} {arms} END)"
