"""The counts of a run: tickets by their verdicts, exclusions, and spellings that no vocabulary holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from supportpolicy.engines.duckdb.literals import one_of
from supportpolicy.engines.duckdb.tickets import Tickets, unpacked, words
from supportpolicy.engines.ledger import Ledger
from supportpolicy.expr.nodes import EveryReply, reads
from supportpolicy.expr.plan import RevisionPlan
from supportpolicy.model.cell import Reason
from supportpolicy.model.ticket import FieldType


@dataclass(slots=True)
class Counting:
    """Counts the tickets into the ledger. `seen` are the numbers of the verdicts that a rule was found to have."""

    tickets: Tickets
    ledger: Ledger
    seen: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

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
        told = [f"{head} AS head", *(f"{word} AS w{n}" for n, word in enumerate(packed)), f"{self._later()} AS later"]
        return (
            f"SELECT head, {''.join(f'w{n}, ' for n in range(len(packed)))}count(*) AS tickets, sum(later) AS later FROM (\n"
            f"SELECT {', '.join(told)} FROM (\n{tickets.select(among)}\n)\n) GROUP BY ALL"
        )

    def _places(self) -> list[str]:
        """The verdict on the rule in each place of the revision under which the ticket is judged."""
        tickets, places = self.tickets, []
        for place in range(max(len(r.rules) for r in tickets.staged.plan.revisions)):
            told = {r.revision: r.verdict for r in tickets.rules if r.plan is _at(tickets, r.revision, place)}
            if len(tickets.staged.plan.revisions) == 1:
                places.append(told[0])
            else:
                arms = " ".join(f"WHEN {revision} THEN {verdict}" for revision, verdict in told.items())
                places.append(f"(CASE {tickets.revisions.first} {arms} ELSE 0 END)")
        return places

    def _later(self) -> str:
        """The number of a judged ticket's events after the audit instant."""
        timeline = self.tickets.timelines.get(self.tickets.staged.plan.facts["events"])
        return "0" if timeline is None else f"CASE WHEN {self.tickets.judged} THEN {timeline.later()} ELSE 0 END"

    def _verdicts(self) -> None:
        tickets, revisions, plan = self.tickets, self.tickets.revisions, self.tickets.staged.plan
        size = tickets.outcomes.verdicts
        self._later()
        starts, number = [], 0
        for revision in plan.revisions:
            starts.append(number)
            number += len(revision.rules)
        for among in tickets.spans() if tickets.timelines else [""]:
            for head, *packed, count, later in tickets.staged.connection.execute(self.query(among)).fetchall():
                if head < 0:
                    self.ledger.excluded[revisions.reasons[-1 - head]] += count
                    continue
                index, claimed = divmod(head, 2)
                revision = plan.revisions[index]
                self.ledger.judged_under[revision.label] += count
                self.ledger.later_events += int(later or 0)
                codes = unpacked(packed, size, len(revision.rules))
                for place, (rule, code) in enumerate(zip(revision.rules, codes, strict=True)):
                    self.ledger.rules[revision.label, rule.id].add(tickets.outcomes.judged(code), not claimed, count)
                    self.seen[starts[index] + place].add(code)

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


_FIELDS = 4_096
"""More than a plan has fields."""


def _at(tickets: Tickets, revision: int, place: int) -> object:
    rules = tickets.staged.plan.revisions[revision].rules
    return rules[place] if place < len(rules) else None
