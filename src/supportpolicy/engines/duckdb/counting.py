"""The counts of a run: tickets by their verdicts, exclusions, and spellings that no vocabulary holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from supportpolicy.engines.duckdb.clock_scores import ClockCounting
from supportpolicy.engines.duckdb.combining import unpacked
from supportpolicy.engines.duckdb.deciding import Deciding
from supportpolicy.engines.duckdb.decoding import APART
from supportpolicy.engines.duckdb.event_counting import EventCounting
from supportpolicy.engines.duckdb.event_words import EventWords
from supportpolicy.engines.duckdb.grouping import Grouping
from supportpolicy.engines.duckdb.literals import one_of
from supportpolicy.engines.duckdb.metrics import Metrics
from supportpolicy.engines.duckdb.scoring import Scoring
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.engines.ledger import Ledger
from supportpolicy.engines.reference.combinations import Judged
from supportpolicy.expr.nodes import EachWithin, EveryReply, Within, reads
from supportpolicy.expr.plan import RevisionPlan
from supportpolicy.expr.reading import LookedUp
from supportpolicy.model.cell import Reason
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.verdict import OnFail, Party, Verdict

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FIELDS: Final = 4_096
"""More than a plan has fields."""


@dataclass(slots=True)
class Counting:
    """Counts the tickets into the ledger, a span of them at a time.

    What is told of later stays in tables: `excluded` has `rec` and the number of the reason; `told` has `rec` and `combo`,
    the number of all verdicts together, of each ticket that has one worth telling; and `verdicts` says of a `combo` which
    those are: `rule`, `verdict`, whether it is `shown` as a finding and whether it is `late`.
    """

    tickets: Tickets
    ledger: Ledger
    _known: dict[int, Judged] = field(default_factory=dict)
    _combos: dict[tuple[int, ...], int] = field(default_factory=dict)
    scoring: Scoring = field(init=False)
    _deciding: list[Deciding] = field(init=False)
    """What decides the tickets: those that are certain first, where they are told apart, and all others."""
    events: EventCounting = field(init=False)
    metrics: Metrics = field(init=False)
    words: EventWords = field(init=False)
    clocks: ClockCounting = field(init=False)
    _size: int = field(init=False)
    """How many numbers of verdicts there are."""

    def __post_init__(self) -> None:
        self.events = EventCounting(self.tickets, self.ledger)
        self.metrics = Metrics(self.tickets, self.ledger)
        self.words = EventWords(self.tickets, self.ledger)
        self.clocks = ClockCounting(self.tickets, self.ledger)
        self._size = self.tickets.outcomes.verdicts  # to tell of them may bring more
        certain = self.tickets.certain()
        self._deciding = [Deciding(certain, self.ledger, self._size, "certain")] if certain is not None else []
        self._deciding.append(Deciding(self.tickets, self.ledger, self._size, "all"))
        self.scoring = self._deciding[-1].scoring

    def count(self) -> None:
        """Count everything."""
        connection = self.tickets.staged.connection
        connection.execute("CREATE TABLE excluded (rec BIGINT, reason SMALLINT)")
        connection.execute("CREATE TABLE told (rec BIGINT, combo INTEGER)")
        connection.execute(
            "CREATE TABLE verdicts (combo INTEGER, rule INTEGER, verdict INTEGER, shown BOOLEAN, late BOOLEAN)"
        )
        self.scoring.prepare()
        for deciding in self._deciding:
            deciding.combinations.create(connection)
        for among in [*self.tickets.spans()] or ["false"]:  # of no tickets, too, so that all tables are there
            self._judge(among)
            self._span()
        connection.execute("DROP VIEW judged")
        for deciding in self._deciding:
            deciding.drop(connection)
        self._groups()
        self.scoring.reckon()
        self.metrics.tell()
        self._spellings()

    # --- verdicts ---
    def _judge(self, among: str) -> None:
        """Create `judged`, which has the verdicts on those tickets. Where those that are certain are judged apart, the
        others are judged after them."""
        connection, judged = self.tickets.staged.connection, ""
        for deciding in self._deciding:
            part = deciding.decide(connection, among)
            judged += f"{' UNION ALL BY NAME ' if judged else ''}FROM {part}"
            doubtful = deciding.doubtful(connection)
            if not doubtful:
                break
            among += f" AND rec IN {doubtful}"
        connection.execute(f"CREATE OR REPLACE VIEW judged AS {judged}")

    def _span(self) -> None:
        """Count the tickets in `judged`, and keep what is to be told of them."""
        connection, reasons = self.tickets.staged.connection, self.tickets.revisions.reasons
        connection.execute("INSERT INTO excluded SELECT rec, -1 - head FROM judged WHERE head < 0 ORDER BY rec")
        number = len(self._deciding[-1].packed())
        keys = ", ".join(f"w{n}" for n in range(number))
        cursor = connection.cursor().execute(f"SELECT head, month, {keys}, count(*) FROM judged GROUP BY ALL")
        fresh: dict[tuple[int, ...], int] = {}
        while rows := cursor.fetchmany(_FETCHED):
            for head, month, *packed, count in rows:
                if head < 0:
                    self.ledger.excluded[reasons[-1 - head]] += count
                    continue
                if month is None:
                    self.ledger.undated += count
                else:
                    self.ledger.months[month] += count
                key = (head, *packed)
                if key not in self._combos:
                    self._combos[key] = fresh[key] = len(self._combos)
                self._add(key, count)
        self._tell(fresh)
        self._grouping().keep()
        self.scoring.keep()
        self.events.keep()
        self.metrics.keep()
        self.words.keep()
        self.clocks.keep()
        connection.execute(
            f"INSERT INTO told SELECT rec, combo FROM judged JOIN combos USING (head, {keys}) "
            f"WHERE combo IN (SELECT combo FROM verdicts) ORDER BY rec"
        )

    def _tell(self, fresh: Mapping[tuple[int, ...], int]) -> None:
        """Put down the combinations that are new, and what is to be told of them."""
        connection, number = self.tickets.staged.connection, len(self._deciding[-1].packed())
        types = {"combo": "INTEGER", "head": "SMALLINT", **{f"w{n}": "BIGINT" for n in range(number)}}
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS combos ({columns})")
        if not fresh:
            return
        _insert(connection, "combos", types.values(), [(combo, *key) for key, combo in fresh.items()])
        told = [(combo, *verdict) for key, combo in fresh.items() for verdict in self._telling(key)]
        if told:
            _insert(connection, "verdicts", ("INTEGER", "INTEGER", "INTEGER", "BOOLEAN", "BOOLEAN"), told)

    def _telling(self, key: tuple[int, ...]) -> Iterator[tuple[int, int, bool, bool]]:
        """The rule and the number of each verdict worth telling, whether it is shown and whether it is late."""
        asked = self.tickets.options.ticket is not None
        for rule, code in self._codes(key):
            outcome = self._judged(code).outcome
            shown = asked or self.ledger.tells(rule.plan.on_fail, outcome)
            timed = isinstance(rule.plan.demand, Within | EachWithin) and not rule.plan.is_gate
            late = timed and outcome.verdict is Verdict.FAIL
            if shown or late:
                yield rule.number, code, shown, late

    def _codes(self, key: tuple[int, ...]) -> list[tuple[Rule, int]]:
        head, *packed = key
        rules = [rule for rule in self.tickets.rules if rule.revision == head // 2]
        return list(zip(rules, unpacked(packed, self._size, len(rules)), strict=True))

    def _add(self, key: tuple[int, ...], count: int) -> None:
        """Count so many tickets that are alike."""
        ledger, label = self.ledger, self._label(key)
        ledger.judged_under[label] += count
        breached: set[Party] = set()
        for rule, code in self._codes(key):
            judged = self._judged(code)
            ledger.rules[label, rule.plan.id].add(judged, key[0] % 2 == 0, count)
            if judged.outcome.verdict is Verdict.FAIL and rule.plan.on_fail is OnFail.VIOLATION:
                breached.add(rule.plan.party)
        for party in breached:
            ledger.breached[party] += count

    def _label(self, key: tuple[int, ...]) -> str:
        return self.tickets.staged.plan.revisions[key[0] // 2].label

    def _grouping(self) -> Grouping:
        return Grouping(self.tickets, ("head", *(f"w{n}" for n in range(len(self._deciding[-1].packed())))))

    def _groups(self) -> None:
        grouping = self._grouping()
        for said, key, count in grouping.told():
            group = self.ledger.other_groups if said is None else self.ledger.group(said, 0)
            assert group is not None
            group.judged += count
            for rule, code in self._codes(key):
                group.add((self._label(key), rule.plan.id), self._judged(code), key[0] % 2 == 0, count)
        self.ledger.other_groups.groups = grouping.others()

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
        spelled = " OR ".join(self._odd(i, unknown) for i in sorted(self._spelled()))
        listed = ", ".join(f"CASE WHEN {condition} THEN {told} END" for condition, told in lists)
        found: dict[tuple[int, str], list[int]] = {}
        for among in tickets.spans() if tickets.timelines else [f"({spelled})" if spelled else "false"]:
            rows = tickets.staged.connection.execute(
                f"SELECT x.s, x.d, count(DISTINCT rec), min(rec * {_FIELDS} + x.p), arg_min(x.i, rec * {_FIELDS} + x.p) "
                f"FROM (SELECT rec, unnest(CASE WHEN {met} THEN flatten([{listed}]) END) AS x "
                f"FROM (\n{tickets.select(among, [met, listed])}\n)) WHERE x IS NOT NULL GROUP BY x.s, x.d"
            ).fetchall()
            for state, text, count, first, index in rows:
                held = found.setdefault((state, text), [0, first, index])
                held[0] += count
                if first < held[1]:
                    held[1:] = [first, index]
        self._list(found)

    def _odd(self, i: int, causes: list[int]) -> str:
        """Whether the field's cell is unknown for one of these causes; where cells have numbers, by these: they stand in the
        table of the tickets, so that the others are not even read."""
        staged, met = self.tickets.staged, one_of(f"s{i}", causes)
        if i not in staged.coded:
            return met
        found = staged.connection.execute(f"SELECT code FROM cells{i} WHERE {met} ORDER BY code").fetchall()
        apart = f" OR k{i} >= {APART}" if found and found[-1][0] >= APART else ""
        return f"({one_of(f'k{i}', [code for (code,) in found if code < APART])}{apart})"

    def _list(self, found: Mapping[tuple[int, str], list[int]]) -> None:
        fields = self.tickets.staged.plan.fields
        for (state, text), (count, _, index) in found.items():
            _, name = self.tickets.staged.causes.told(state)
            vocabulary = () if name == "events.language" else fields[index].reading.vocabulary or ()
            self.ledger.misspelt(name, text, vocabulary, count)

    def _spelled(self) -> frozenset[int]:
        """The fields, but events, whose cells can be unrecognised."""
        staged = self.tickets.staged
        fields = ((i, staged.plan.fields[i]) for i in staged.needed - staged.constants.keys())
        return frozenset(
            i for i, f in fields if f.reading.type in _OF_WORDS or isinstance(f.origin, LookedUp)
        ) - frozenset(staged.events)

    def _unrecognised(self, number: int, revision: RevisionPlan, causes: list[int]) -> Iterable[tuple[str, str]]:
        """Conditions, and lists of what then is no known word: the cause, the text, the field and its place among them."""
        tickets, plan = self.tickets, self.tickets.staged.plan
        tests = [rule.demand.test for rule in revision.rules if isinstance(rule.demand, EveryReply)]
        asked = sorted({name for test in tests for name in reads(test)})
        under = tickets.under(number)
        for place, i in enumerate({*plan.facts.values(), *revision.facts.values()}):
            if plan.fields[i].reading.type is not FieldType.EVENTS:
                if i in self._spelled() and causes:
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
_OF_WORDS: Final = (FieldType.TOKEN, FieldType.LANGUAGE, FieldType.TAGS, FieldType.BOOLEAN)


def _insert(connection: DuckDBPyConnection, table: str, types: Iterable[str], rows: Sequence[Sequence[Any]]) -> None:
    columns = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    connection.execute(f"INSERT INTO {table} SELECT {columns}", [list(column) for column in zip(*rows, strict=True)])
