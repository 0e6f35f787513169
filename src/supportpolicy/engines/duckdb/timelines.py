"""What rules ask of the events of a ticket, brought together before the ticket is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from supportpolicy.engines.duckdb.codes import FALSE, FIRST_CAUSE, NEVER, RUNS, TRUE, VALUE, WAITING, Outcomes
from supportpolicy.engines.duckdb.layers import Layers
from supportpolicy.engines.duckdb.literals import quoted
from supportpolicy.engines.duckdb.rulers import Rulers, Store
from supportpolicy.engines.duckdb.truths import Columns, Truths
from supportpolicy.expr.nodes import Counted, Events, EveryReply, Role
from supportpolicy.model.cell import Reason
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.ticket import FieldType

CERTAIN = TRUE
"""Whether an event is a response: 0 no, 1 yes, else the number of the cause why that cannot be said."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first message of a ticket, as expressions that are null where it has none."""

    kind: str
    role: str
    seq: str
    lo: str


@dataclass(frozen=True, slots=True)
class Replies:
    """What the replies of a ticket say to a rule on each of them, as columns: whether one breaks it, the number of the
    outcome that the first doubt makes, how many there are, and the cause for which one that breaks nothing may be none."""

    broken: str
    doubt: str
    number: str
    perhaps: str


@dataclass(slots=True)
class Timeline:
    """The events of one field, of which there is a table. Each thing asked for becomes a column of `relation`, which has a
    row for each ticket with events."""

    index: int
    outcomes: Outcomes
    audit: int
    store: Store
    layers: Layers = field(init=False)
    columns: dict[str, str] = field(default_factory=dict)
    _ruled: bool = False

    def __post_init__(self) -> None:
        self.layers = Layers(f"events{self.index}")

    def relation(self, among: str = "", used: frozenset[str] | None = None) -> str:
        """A query: `rec` and every column that was asked for, or those of them that are `used`; `among` is the condition of
        the tickets that are."""
        wanted = {text: name for text, name in self.columns.items() if used is None or name in used}
        told = "".join(f", {text} AS {name}" for text, name in wanted.items())
        ruled = " CROSS JOIN rulers" if self._ruled else ""
        events = (
            f"(SELECT * FROM events{self.index}{ruled}{' WHERE ' if among else ''}{among})" if among or ruled else ""
        )
        return f"SELECT rec{told} FROM (\n{self.layers.select(events, wanted)}\n) GROUP BY rec"

    def opening(self) -> Opening:
        """The first message."""
        first = self._first("{'kind': kind, 'role': role, 'seq': seq, 'lo': lo}", self._message())
        return Opening(f"{first}.kind", f"{first}.role", f"{first}.seq", f"{first}.lo")

    def first_customer_message(self) -> tuple[str, str]:
        """The first message of the customer up to the audit instant: its lo and hi, null where there is none."""
        first = self._first("{'lo': lo, 'hi': hi}", f"kind = 'customer_message' AND lo <= {self.audit}")
        return f"{first}.lo", f"{first}.hi"

    def later(self) -> str:
        """The number of events after the audit instant."""
        return self._column(f"count(*) FILTER (lo > {self.audit})")

    def responses(self, counts: Sequence[Counted]) -> str:
        """The list of those up to the audit instant that are a response, or may be: seq, lo, hi and doubt."""
        doubt = self._doubt(counts)
        told = f"{{'seq': seq, 'lo': lo, 'hi': hi, 'doubt': {doubt}}}"
        return self._list(told, f"{doubt} <> {FALSE} AND lo <= {self.audit}")

    def of_kind(self, kind: str, told: Mapping[str, str] | None = None, among: str = "") -> str:
        """The list of the events of a kind up to the audit instant: seq, lo, hi and what else is `told`."""
        members = {"seq": "seq", "lo": "lo", "hi": "hi", **(told or {})}
        struct = ", ".join(f"{quoted(name)}: {text}" for name, text in members.items())
        condition = f"kind = {quoted(kind)} AND lo <= {self.audit}" + (f" AND {among}" if among else "")
        return self._list(f"{{{struct}}}", condition)

    def first_of_kind(self, kind: str, told: str) -> str:
        """What the first of all events of a kind tells, be it after the audit instant; null where there is none."""
        return self._first(told, f"kind = {quoted(kind)}")

    def done_by(self, roles: Sequence[Role]) -> str:
        """Whether somebody in one of these roles did it: 0, 1, or the cause why that is not known. Without roles always."""
        if not roles:
            return str(CERTAIN)
        nobody = self.outcomes.causes.number(Reason.MISSING, "events.role")
        return self._formed(
            f"CASE WHEN role IS NULL THEN {nobody} WHEN {listed('role', roles)} THEN {CERTAIN} ELSE {FALSE} END"
        )

    def whole_kind(self, kind: str, told: Mapping[str, str]) -> str:
        """The list of all events of a kind, also of those after the audit instant; null where there is none."""
        members = {"seq": "seq", "lo": "lo", "hi": "hi", **told}
        struct = ", ".join(f"{quoted(name)}: {text}" for name, text in members.items())
        return self._list(f"{{{struct}}}", f"kind = {quoted(kind)}")

    def accrued(self, at: str, table: StepTable) -> tuple[str, str]:
        """F on a calendar at an instant of an event, and the piece of its ruler."""
        self._ruled = True
        return accrued(Rulers(self.store, self.layers.define), at, table)

    def among(self, state: str, value: str, values: Sequence[str], words: Sequence[str] | None) -> str:
        """Whether a value of an event is one of `values`: 0, 1, or the cause why that is not known. `words` are all that it
        may be, where the policy says so."""
        arms = []
        if words is not None:
            unrecognised = self.outcomes.causes.number(Reason.UNRECOGNISED, "events.value")
            arms.append(f"WHEN {state} = {VALUE} AND NOT {listed(value, words)} THEN {unrecognised}")
        arms.append(f"WHEN {state} = {VALUE} THEN CASE WHEN {listed(value, values)} THEN {TRUE} ELSE {FALSE} END")
        return self._formed(f"CASE {' '.join(arms)} WHEN {state} = {NEVER} THEN {FALSE} ELSE {state} END")

    def replies(self, node: EveryReply) -> Replies:
        """What a rule on each reply needs."""
        sure, truth = self._reply(node)
        unknown = self.outcomes.unknown
        here = f"{sure} = {CERTAIN} AND hi <= {self.audit}"
        undecided = (
            f"CASE WHEN {truth} = {WAITING} THEN {RUNS} WHEN {truth} >= {FIRST_CAUSE} THEN {unknown} + {truth} END"
        )
        coarse = self.outcomes.missing(Reason.TOO_COARSE, "events")
        doubt = self.layers.define(
            f"CASE WHEN {sure} = {FALSE} THEN NULL WHEN {here} THEN {undecided} WHEN {truth} = {TRUE} THEN NULL "
            f"WHEN {sure} >= {FIRST_CAUSE} THEN {unknown} + {sure} ELSE {coarse} END"
        )
        return Replies(
            broken=self._column(f"bool_or({here} AND {truth} = {FALSE})"),
            doubt=self._first(doubt, f"{doubt} IS NOT NULL"),
            number=self._column(f"count(*) FILTER ({here})"),
            perhaps=self._first(sure, f"{sure} <> {FALSE} AND NOT ({here}) AND {truth} = {TRUE}"),
        )

    def shown(self, node: EveryReply) -> tuple[str, str]:
        """The number of replies up to the audit instant, and the first of them that breaks the rule, in words."""
        sure, truth = self._reply(node)
        breaking = f"{sure} = {CERTAIN} AND {truth} = {FALSE}"
        told = ", ".join(
            f"'{noun} ', coalesce(nullif({_cell(self.outcomes, s, v, d)}, ''), 'none')"
            for noun, s, v, d in ((" channel", "sc", "vc", "dc"), (", language", "sl", "vl", "dl"))
        )
        words = self.layers.define(f"CASE WHEN {breaking} THEN concat(sp_instant(lo, hi), {told}) END")
        return self._column(f"count(*) FILTER ({sure} = {CERTAIN})"), self._first(words, f"{words} IS NOT NULL")

    def unrecognised(self, name: str, causes: Sequence[int]) -> str:
        """The distinct spellings of the channels or languages up to the audit instant that are no known word."""
        state, detail = ("sc", "dc") if name == "channel" else ("sl", "dl")
        among = f"{state} IN ({', '.join(map(str, causes))}) AND lo <= {self.audit}"
        return self._column(f"list(DISTINCT {{'s': {state}, 'd': {detail}}}) FILTER ({among})")

    # --- events ---
    def _message(self) -> str:
        return "kind IN ('customer_message', 'staff_message')"

    def _doubt(self, counts: Sequence[Counted]) -> str:
        """Whether the event is a public, human, non-automatic staff message."""
        arms = ["WHEN kind <> 'staff_message' OR role IN ('customer', 'system') THEN 0"]
        if "bot" not in counts:
            arms.append("WHEN role = 'bot' THEN 0")
        human = "role IS DISTINCT FROM 'bot'"
        if "internal_note" not in counts:
            arms.append("WHEN NOT public THEN 0")
        if "automatic" not in counts:
            arms.append(f"WHEN automatic AND {human} THEN 0")
        if "internal_note" not in counts:
            arms.append(f"WHEN public IS NULL THEN {self.outcomes.causes.number(Reason.MISSING, 'events.public')}")
        if "automatic" not in counts:
            missing = self.outcomes.causes.number(Reason.MISSING, "events.automatic")
            arms.append(f"WHEN automatic IS NULL AND {human} THEN {missing}")
        return self._formed(f"CASE {' '.join(arms)} ELSE {CERTAIN} END")

    def _reply(self, node: EveryReply) -> tuple[str, str]:
        """Whether the event is a reply, and what the rule says of it."""
        fields = {"channel": Columns("c", FieldType.TOKEN), "language": Columns("l", FieldType.LANGUAGE)}
        truths = Truths(fields, self.audit, self.outcomes.causes, self.layers.define)
        spoken_of = truths.joined([self._spoken_of(part) for part in node.events.parts], TRUE, FALSE)
        come = self.layers.define(f"CASE WHEN lo <= {self.audit} THEN {spoken_of} ELSE {FALSE} END")
        return come, truths.write(node.test)

    def _spoken_of(self, part: Events) -> str:
        """Whether a rule on replies speaks of the event; the messages of the staff are the replies."""
        if part.kind == "staff_message":
            return self._doubt(())
        theirs = " AND role = 'customer'" if part.kind == "customer_message" else ""
        return self.layers.define(
            f"CASE WHEN kind = {quoted(part.kind)}{theirs} THEN {self.done_by(part.by)} ELSE {FALSE} END"
        )

    # --- columns ---
    def _formed(self, expression: str) -> str:
        """The name of an expression over what events of one form have in common."""
        return self.layers.define(expression)

    def _first(self, told: str, among: str) -> str:
        return self._column(f"arg_min({told}, seq) FILTER ({among})")

    def _list(self, told: str, among: str) -> str:
        """In their order, by `seq`, the first member. To sort lists costs DuckDB half of listing what it has sorted."""
        return self._column(f"list_sort(list({told}) FILTER ({among}))")

    def _column(self, text: str) -> str:
        return self.columns.setdefault(text, f"e{self.index}_{len(self.columns)}")


def accrued(rulers: Rulers, at: str, table: StepTable) -> tuple[str, str]:
    """F on a calendar at an instant, which beyond its span does not change; and the piece of its ruler."""
    total, place = table.accrued(table.last), {rulers.place(table, "accrued"): ""}
    piece = rulers.piece(at, place)
    beyond = f"CASE WHEN {at} < {table.first} THEN 0 ELSE {total} END"
    return rulers.define(f"coalesce({rulers.within(piece, at)}, {beyond})"), piece


def listed(value: str, values: Sequence[str]) -> str:
    """Whether a text is one of these."""
    return f"{value} IN ({', '.join(map(quoted, values))})" if values else "false"


def _cell(outcomes: Outcomes, state: str, value: str, detail: str) -> str:
    """The text of a cell with one value, null for never."""
    causes = "".join(
        f" WHEN {number} THEN 'unknown: {reason.value}'" for (reason, _), number in outcomes.causes.known.items()
    )
    shown = f"CASE WHEN {detail} <> '' THEN concat(' ', sp_shown({detail})) ELSE '' END"
    return f"CASE WHEN {state} = 0 THEN {value} WHEN {state} > 1 THEN concat(CASE {state}{causes} END, {shown}) END"
