"""The evidence of findings as JSON texts that SQL puts together, key by key as the reference engine does.

What is costly to write, instants and durations, is written in one place for all rules: first the numbers are picked by the
rule of the finding, and what there is to carry through a sort is small; then they become texts, and the texts an object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from supportpolicy.engines.duckdb.cells import columns_of
from supportpolicy.engines.duckdb.clock_texts import (
    length_text,
    promised_members,
    start_name,
    stop_name,
    stretches_text,
)
from supportpolicy.engines.duckdb.clocks import Clock, Sum
from supportpolicy.engines.duckdb.codes import ELAPSED, FAILS, FIRST_CAUSE, NEVER, PASSES, PERHAPS, RUNS, VALUE
from supportpolicy.engines.duckdb.json_texts import Member, constant, members_of, object_of, optional, plain_text
from supportpolicy.engines.duckdb.judging import TEXTS, Judging
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.outermost import NOTHING, Found
from supportpolicy.engines.duckdb.tickets import Rule, Tickets
from supportpolicy.engines.duckdb.truths import Columns
from supportpolicy.expr.evidence import Seen, seen, seen_name
from supportpolicy.expr.nodes import (
    AsOf,
    Distinct,
    EachWithin,
    EveryReply,
    Holds,
    NotBefore,
    Outermost,
    Promise,
    Ruling,
    Submission,
    Then,
    Within,
    moment_field,
    promises,
    reads,
)
from supportpolicy.expr.nodes import Clock as ClockNode
from supportpolicy.model.instant import format_us
from supportpolicy.model.limit import AsAgreed
from supportpolicy.model.ticket import FieldType
from supportpolicy.model.verdict import Basis

_TIMED: Final = (Within, NotBefore, EachWithin)
_NAME: Final = re.compile(r"\b[a-z]+[0-9]*(?:_[0-9]+)?\b")


@dataclass(frozen=True, slots=True)
class _Clock:
    """A finding on a deadline: its clock, whatever the rule, as columns."""

    named: str
    stopped_by: str
    started: str
    start: str
    stop: str
    sum: Sum
    rest: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of the clock of one rule: `named` is the start and `stopped_by` the stop, by their names as JSON; `runs`,
    whether it runs on and is open."""

    start: Found
    stop: Found
    sum: Sum
    runs: str
    named: str
    stopped_by: str


@dataclass(slots=True)
class Showing:
    """Writes the evidence of the findings of some rules, over a relation that has `rule`, the number of the finding's rule,
    and the `inputs`. `picked` is to be worked out before the findings are put in order, `layers` over what is `carried`."""

    tickets: Tickets
    rules: Sequence[Rule]
    picked: Layers = field(init=False)
    layers: Layers = field(init=False)
    _clock: _Clock | None = field(init=False)
    _users: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.picked, self.layers = Layers("", "y"), Layers("", "x")
        self._users = {}
        for rule in self.rules:
            facts = self._judging(rule).revision.facts
            for name in _asked(rule):
                self._users.setdefault(facts[name], []).append(rule.number)
        timed = [rule for rule in self.rules if isinstance(rule.plan.demand, _TIMED)]
        self._clock = self._picked(timed) if timed else None

    def write(self) -> str:
        """The name of the column that is the JSON text."""
        own = {rule.number: text for rule in self.rules if (text := self._own(rule)) is not None}
        told = self._pick(own) if own else NOTHING
        timed = [rule for rule in self.rules if isinstance(rule.plan.demand, _TIMED)]
        if not timed:
            return told
        arms = " ".join(f"WHEN {rule.number} THEN {self._timed(rule, told)}" for rule in timed)
        return self._define(f"CASE rule {arms} ELSE {told} END")

    def inputs(self) -> list[str]:
        """The columns that the evidence needs of a ticket."""
        staged = self.tickets.staged
        known = {"bearer", *self.tickets.layers.expressions, *self.tickets.borne.values()}
        for i in staged.needed:
            known.update(columns_of(i, staged.plan.fields[i]))
        for timeline in self.tickets.timelines.values():
            known.update(timeline.columns.values())
        for each in self.tickets.revisions.again:
            known.update(each.columns.values())
        return sorted(_names(self.picked) & known)

    def carried(self, evidence: str) -> list[str]:
        """What was picked and is still needed for the column of the evidence."""
        known = self.picked.expressions.keys()
        return sorted((_names(self.layers) | {evidence}) & known)

    # --- one rule ---
    def _own(self, rule: Rule) -> str | None:
        """All of the evidence, or of that on a deadline the values beside it, if any."""
        judging = self._judging(rule)
        asked = list(seen(rule.plan.when))
        match rule.plan.demand:
            case Holds(truth):
                return object_of([Member("values", self._values(judging, [*asked, *seen(truth)]))])
            case Within() | NotBefore() | EachWithin():
                return self._values(judging, asked) if asked else None
            case EveryReply():
                return self._replies(judging, rule.plan.demand, asked)
            case Distinct(name):
                return self._bearers(judging, name, asked)

    def _judging(self, rule: Rule) -> Judging:
        return self.tickets.revisions.judgings[rule.revision]

    # --- values ---
    def _values(self, judging: Judging, asked: Sequence[Seen]) -> str:
        return object_of([Member(seen_name(one), self._seen(judging, one)) for one in dict.fromkeys(asked)])

    def _seen(self, judging: Judging, one: Seen) -> str:
        match one:
            case Then():
                return self._former(judging, one)
            case Ruling(rule):
                return self._ruling(judging, rule)
            case name:
                return self._cell(judging, name)

    def _ruling(self, judging: Judging, rule: str) -> str:
        """What another rule says, as JSON."""
        told, unknown = judging.outcome(rule), self.tickets.outcomes.unknown
        arms = f"WHEN {PASSES} THEN 'pass' WHEN {FAILS} THEN 'fail' WHEN {RUNS} THEN 'open'"
        lack = self._reason(f"({told} - {unknown})")
        other = f"CASE WHEN {told} >= {unknown + FIRST_CAUSE} THEN {lack} ELSE 'not_applicable' END"
        return plain_text(f"CASE {told} {arms} ELSE {other} END")

    def _former(self, judging: Judging, then: Then) -> str:
        """What a field was, as JSON."""
        column = judging.clocks.facts.former(then).fields[then.field]
        remark = self._at_export(judging, ((then.field, "start"),), then.field, column)
        text = f"sp_text(concat({self._in_words(column)}, {remark}))"
        if remark == "''":
            return f"CASE WHEN {column.state} = {NEVER} THEN 'null' ELSE {text} END"
        return f"CASE WHEN {column.state} = {NEVER} AND {remark} = '' THEN 'null' ELSE {text} END"

    def _also(self, judging: Judging, asked: Sequence[Seen]) -> list[Member]:
        return [Member("values", self._values(judging, asked))] if asked else []

    def _cell(self, judging: Judging, name: str) -> str:
        """The cell's text as JSON."""
        column, index = judging.truths.fields[name], judging.revision.facts[name]
        value, plain = _value(column)
        unknown = f"concat({self._reason(column.state)}, {self._shown(index)})"
        if plain:
            text = f"CASE {column.state} WHEN {VALUE} THEN {value} WHEN {NEVER} THEN 'null' ELSE sp_text({unknown}) END"
        else:
            text = (
                f"CASE WHEN {column.state} = {NEVER} THEN 'null' "
                f"ELSE sp_text(CASE WHEN {column.state} = {VALUE} THEN {value} ELSE {unknown} END) END"
            )
        users = self._users.get(index, [])
        if len(users) < 2:
            return text
        return self.picked.define(f"CASE WHEN rule IN ({', '.join(map(str, users))}) THEN {text} END")

    def _shown(self, index: int) -> str:
        """The detail of a field's cell after a space, empty where there is none."""
        detail = f"d{index}"
        return self.picked.define(f"CASE WHEN {detail} <> '' THEN concat(' ', sp_shown({detail})) ELSE '' END")

    def _reason(self, state: str) -> str:
        known = self.tickets.staged.causes.known
        told = ", ".join(quoted(f"unknown: {reason.value}") for reason, _ in known)
        return f"([{told}])[{state} - {FIRST_CAUSE - 1}]"

    # --- clocks ---
    def _picked(self, rules: Sequence[Rule]) -> _Clock:
        """The clock of the finding's rule."""
        told = {rule.number: self._told(rule) for rule in rules}

        def pick(of: Callable[[_Told], str]) -> str:
            return self._pick({number: of(one) for number, one in told.items()})

        def moment(of: Callable[[_Told], Found]) -> Found:
            def part(name: str) -> str:
                return pick(lambda one: getattr(of(one), name))

            detail = pick(lambda one: self._details(of(one).detail))
            return Found(part("state"), part("lo"), part("hi"), part("clock"), part("doubt"), detail=detail)

        started = pick(lambda one: f"{one.start.state} = {VALUE}")
        basis = pick(
            lambda one: f"CASE WHEN {one.start.state} = {VALUE} THEN {one.stop.basis} ELSE {one.start.basis} END"
        )
        sums = Sum(
            **{name: self._pick({n: getattr(one.sum, name) for n, one in told.items()}) for name in Sum.__slots__}
        )
        stop = moment(lambda one: one.stop)
        return _Clock(
            pick(lambda one: one.named),
            pick(lambda one: one.stopped_by),
            started,
            self._define(self._moment(moment(lambda one: one.start))),
            self._define(f"CASE WHEN {started} THEN {self._moment(stop)} ELSE 'null' END"),
            sums,
            self._rest(sums, pick(lambda one: one.runs), basis, self._agreed(rules)),
        )

    def _told(self, rule: Rule) -> _Told:
        node, judging = rule.plan.demand, self._judging(rule)
        demand = judging.demands[rule.plan.id]
        if not isinstance(node, EachWithin):
            clock = self._read(rule)
            runs = f"{clock.stop.state} = {NEVER} AND {demand} = {RUNS}"
            stopped_by = stop_name(node, clock.start, clock.stop)
            sums = judging.clocks.sum(clock)
            return _Told(clock.start, clock.stop, sums, runs, start_name(node, clock.start), stopped_by)
        each, clock = judging.clocks.each(node), self._read(rule)
        events, unknown = judging.truths.fields["events"], self.tickets.outcomes.unknown
        ran = f"{each.outcome(0)} IS NOT NULL"
        lack = f"WHEN {demand} >= {unknown + FIRST_CAUSE} THEN {demand} - {unknown} ELSE {NEVER}"
        detail = f"CASE WHEN {events.state} >= {FIRST_CAUSE} THEN {events.shown} ELSE '' END"
        basis = quoted(Basis.EVENTS.value)
        start = replace(
            clock.start,
            state=judging.truths.define(f"CASE WHEN {ran} THEN {VALUE} {lack} END"),
            basis=NOTHING,
            detail=detail,
        )
        stop = replace(clock.stop, basis=basis, detail="''")
        until = constant(moment_field(node.until)) if node.until is not None else constant(node.stop.name)
        stopped_by = f"CASE WHEN {each.worst('until')} THEN {until} ELSE {constant(node.stop.name)} END"
        return _Told(start, stop, each.sum(), each.runs(), constant(node.start.name), stopped_by)

    def _read(self, rule: Rule) -> Clock:
        """The clock of the demand; of several that which weighs most."""
        node, clocks = rule.plan.demand, self._judging(rule).clocks
        if isinstance(node, EachWithin):
            return clocks.each(node).shown()
        assert isinstance(node, Within | NotBefore)
        return clocks.read(node)

    def _details(self, detail: str) -> str:
        """An expression with the details that evidence shows in it."""
        return re.sub(r"\bshown([0-9]+)\b", lambda name: self._shown(int(name[1])), detail)

    def _pick(self, told: Mapping[int, str]) -> str:
        """The expression of the finding's rule."""
        users: dict[str, list[int]] = {}
        for number, text in told.items():
            users.setdefault(text, []).append(number)
        if set(users) == {NOTHING}:
            return NOTHING
        arms = " ".join(f"WHEN rule IN ({', '.join(map(str, n))}) THEN {text}" for text, n in users.items())
        return self.picked.define(f"CASE {arms} END")

    def _rest(self, told: Sum, runs: str, basis: str, agreed: str) -> str:
        """The members from `basis` on, each with a comma before it. `runs`: the clock runs on, and the verdict is open."""
        members = [
            (f"({basis}) IS NOT NULL", optional("basis", basis)),
            (f"({agreed}) IS NOT NULL", f"concat(',\"due\":', {agreed})"),
            (f"{told.due_lo} IS NOT NULL", optional("due", f"sp_instant({told.due_lo}, {told.due_hi})")),
            (f"{told.last_lo} IS NOT NULL", optional("last_in_time", f"sp_instant({told.last_lo}, {told.last_hi})")),
            (
                f"{told.least} IS NOT NULL",
                optional("accrued", length_text(told.open_time, f"span({told.least}, {told.most})")),
            ),
        ]
        if told.paused_least != NOTHING:
            paused = length_text(told.open_time, f"span({told.paused_least}, {told.paused_most})")
            members.append((f"{told.paused_least} IS NOT NULL", optional("paused", paused)))
        if told.listed != NOTHING:
            members.append((f"{told.stretches} > 0", optional("intervals", stretches_text(told))))
        left = optional("left", length_text(told.open_time, f"duration({told.left})"))
        members.append((f"{told.left} IS NOT NULL AND {runs}", left))
        return self._define(f"concat({', '.join(f'CASE WHEN {test} THEN {text} END' for test, text in members)})")

    def _timed(self, rule: Rule, values: str) -> str:
        clock, node = self._clock, rule.plan.demand
        assert clock is not None
        assert isinstance(node, _TIMED)
        named, stopped_by = clock.named, clock.stopped_by
        if not isinstance(node, EachWithin):
            named = named if isinstance(node.start, Submission | Outermost) else constant(moment_field(node.start))
            stopped_by = stopped_by if isinstance(node.stop, Outermost) else constant(moment_field(node.stop))
        promised = self._promised(rule, node, clock.sum.number)
        if isinstance(node, EachWithin):
            promised = [Member("", f"CASE WHEN {clock.started} THEN {members_of(promised)} END")]
        members = [
            Member("start_field", named),
            Member("stop_field", stopped_by),
            Member("start", clock.start),
            Member("stop", clock.stop),
            *self._counted(clock.sum),
            *promised,
            Member("as_of", constant(format_us(self.tickets.instant.at))),
            Member("", clock.rest),
        ]
        if isinstance(node, EachWithin):
            repeated = self._judging(rule).clocks.each(node)
            for key, number in (("clocks", repeated.number()), ("late", repeated.number(failed=True))):
                members.append(Member(key, f"concat({self._pick({rule.number: number})})"))
        if seen(rule.plan.when):
            members.append(Member("values", values))
        return object_of(members)

    def _counted(self, told: Sum) -> list[Member]:
        """From when time is counted, where that is not the start."""
        if told.counted_lo == NOTHING:
            return []
        text = optional("counted_from", f"sp_instant({told.counted_lo}, {told.counted_hi})")
        return [Member("", f"CASE WHEN {told.counted_lo} IS NOT NULL THEN {text} END")]

    def _promised(self, rule: Rule, node: ClockNode, number: str) -> list[Member]:
        """The limit of the ticket, and what chose it."""
        if isinstance(node.limit, Promise):
            return promised_members(node.limit)
        cells = enumerate(promises(node.limit))
        arms = " ".join(f"WHEN {place} THEN {members_of(promised_members(promise))}" for place, promise in cells)
        judging, told = self._judging(rule), []
        truths = self._read(rule).truths
        if isinstance(node, EachWithin):
            names, asked = judging.clocks.each(node).asked()
        else:
            names, asked = judging.clocks.limits.asked(node.limit, truths)
        for place, fields in enumerate(names):
            asked_of = [(name, truths.fields[name]) for name in fields]
            texts = ", ', ', ".join(
                f"{quoted(name + ' ')}, {self._in_words(column)}, {self._at_export(judging, node.as_of, name, column)}"
                for name, column in asked_of
            )
            if texts:
                told.append(f"WHEN {place} THEN concat(',\"chosen\":', sp_text(concat({texts})))")
        chosen = [Member("", self._pick({rule.number: f"CASE {asked} {' '.join(told)} END"}))] if told else []
        return [Member("", f"CASE {number} {arms} END"), *chosen]

    def _agreed(self, rules: Sequence[Rule]) -> str:
        """What was agreed for the ticket, as JSON, where that is its limit."""
        told: dict[int, str] = {}
        for rule in rules:
            judging, chosen = self._judging(rule), self._read(rule).measure.chosen
            for number, cell in chosen.measured().items():
                if isinstance(cell, AsAgreed):
                    started = ""
                    if isinstance(rule.plan.demand, EachWithin):
                        started = f"{judging.clocks.each(rule.plan.demand).outcome()} IS NOT NULL AND "
                    text = f"WHEN {started}{chosen.among([number])} THEN {self._cell(judging, cell.field)}"
                    told[rule.number] = f"{told.get(rule.number, '')}{text} "
        return self._pick({number: f"CASE {arms}END" for number, arms in told.items()}) if told else NOTHING

    def _in_words(self, column: Columns) -> str:
        """The cell's text where it is one among others."""
        detail = column.detail
        shown = self.picked.define(f"CASE WHEN {detail} <> '' THEN concat(' ', sp_shown({detail})) ELSE '' END")
        return (
            f"CASE {column.state} WHEN {VALUE} THEN {_plain(column)[0]} WHEN {NEVER} THEN 'never' "
            f"ELSE concat({self._reason(column.state)}, {shown}) END"
        )

    def _at_export(self, judging: Judging, as_of: Sequence[tuple[str, AsOf]], name: str, column: Columns) -> str:
        """The remark that a value is but that of the export."""
        told = judging.clocks.facts.at_export(as_of, name, column.state)
        if told == "false":
            return "''"
        # Which events there are, is asked where the tickets are.
        asked = judging.truths.define(told)
        return f"CASE WHEN {asked} THEN {quoted(f' ({Basis.AT_EXPORT.value})')} ELSE '' END"

    def _moment(self, found: Found) -> str:
        """The text of a moment as JSON."""
        arms = [f"WHEN {found.state} = {VALUE} THEN {plain_text(f'sp_instant({found.lo}, {found.hi})')}"]
        arms.append(f"WHEN {found.state} = {NEVER} THEN 'null'")
        if found.clock != NOTHING:
            measured = f"concat(sp_span({found.lo}, {found.hi}), ' on ', {found.clock})"
            arms.append(f"WHEN {found.state} = {ELAPSED} THEN sp_text({measured})")
        if found.doubt != NOTHING:
            last = f"CASE WHEN {found.hi} IS NULL THEN 'never' ELSE sp_us({found.hi}) END"
            known = self.tickets.staged.causes.known
            doubts = ", ".join(quoted(f" (unknown: {reason.value} {name})") for reason, name in known)
            doubt = f"([{doubts}])[{found.doubt} - {FIRST_CAUSE - 1}]"
            told = f"concat('\"', sp_us({found.lo}), '..', {last}, {doubt}, '\"')"
            arms.append(f"WHEN {found.state} = {PERHAPS} THEN {told}")
        return f"CASE {' '.join(arms)} ELSE sp_text(concat({self._reason(found.state)}, {found.detail})) END"

    # --- replies and bearers ---
    def _replies(self, judging: Judging, node: EveryReply, asked: Sequence[Seen]) -> str:
        events, timeline = judging.truths.fields["events"], judging.timeline
        without = object_of([Member("values", self._values(judging, (*asked, "events")))])
        if timeline is None:
            return without
        number, breaking = timeline.shown(node)
        told = [Member("replies", f"coalesce({number}, 0)")]
        shown = f"CASE WHEN {breaking} IS NOT NULL THEN concat(',\"breaking\":', sp_text({breaking})) END"
        told += [Member("", shown), *self._also(judging, asked)]
        return f"CASE WHEN {events.state} = {VALUE} THEN {object_of(told)} ELSE {without} END"

    def _bearers(self, judging: Judging, name: str, asked: Sequence[Seen]) -> str:
        column, index = judging.truths.fields[name], judging.revision.facts[name]
        without = object_of([Member("values", self._values(judging, (*asked, name)))])
        if column.type not in TEXTS:
            told = {seen_name(one): self._seen(judging, one) for one in asked} | {name: "'null'"}
            null = object_of([Member("values", object_of([Member(one, text) for one, text in told.items()]))])
            return f"CASE WHEN {column.state} = {VALUE} THEN {null} ELSE {without} END"
        borne = self.tickets.borne.get(index)
        bearers = "sp_text(bearer)" if borne is None else f"sp_text(coalesce({borne}, bearer))"
        members = [Member("value", f"sp_text({column.value})"), Member("bearers", bearers)]
        shown = object_of([*members, *self._also(judging, asked)])
        return f"CASE WHEN {column.state} = {VALUE} THEN {shown} ELSE {without} END"

    def _define(self, expression: str) -> str:
        return self.layers.define(expression)


def _names(layers: Layers) -> set[str]:
    """All names in the expressions."""
    return {name for _, text in layers.expressions.values() for name in _NAME.findall(text)}


def _asked(rule: Rule) -> list[str]:
    """The fields whose values the rule's evidence shows, in their order."""
    asked = list(reads(rule.plan.when)) if rule.plan.when is not None else []
    match rule.plan.demand:
        case Holds(truth):
            asked += reads(truth)
        case Within() | NotBefore() | EachWithin():
            asked += reads(rule.plan.demand.limit)
        case EveryReply():
            asked.append("events")
        case Distinct(name):
            asked.append(name)
    return list(dict.fromkeys(asked))


def _value(column: Columns) -> tuple[str, bool]:
    """A value's text; and whether it is JSON already."""
    plain, escaped = _plain(column)
    return (plain, False) if escaped else (plain_text(plain), True)


def _plain(column: Columns) -> tuple[str, bool]:
    """A value in words; and whether there may be something in it that JSON escapes."""
    match column.type:
        case FieldType.INSTANT if column.measured is not None:
            return f"concat(sp_span({column.lo}, {column.hi}), ' on ', {quoted(column.measured)})", True
        case FieldType.INSTANT:
            return f"sp_instant({column.lo}, {column.hi})", False
        case FieldType.EVENTS:
            number = column.number
            rest = f"CASE WHEN {column.complete} THEN '' ELSE ', not complete' END"
            return f"concat({number}, CASE {number} WHEN 1 THEN ' event' ELSE ' events' END, {rest})", False
        case FieldType.TAGS:
            return f"array_to_string({column.value}, ', ')", True
        case FieldType.INTEGER | FieldType.BOOLEAN:
            return f"concat({column.value})", False
        case _:
            return column.value, True
