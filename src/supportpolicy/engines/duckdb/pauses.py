"""When the clock of a ticket stands still, in SQL: as lists for each ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from supportpolicy.engines.duckdb.codes import FALSE, FIRST_CAUSE, NEVER, TRUE, VALUE
from supportpolicy.engines.duckdb.histories import Histories
from supportpolicy.engines.duckdb.timelines import Timeline, listed
from supportpolicy.expr.nodes import Pause
from supportpolicy.model.cell import Reason
from supportpolicy.model.step_table import StepTable

Stood: TypeAlias = Callable[[str, str, str], str]

EVER = -(2**62)
"""Before everything that happens, as an instant and as open time."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The pauses that are certain, `fewest`, and all that may be, `most`: lists of `b` and `e`, between which F, the open
    time on one calendar, did not count; with the instants `tb` and `te`, and the pieces of its ruler `kb` and `ke`."""

    fewest: str
    most: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the clock `stands` at the audit instant, for certain, or `may_stand`; and the stretches `b`..`e` of which
    nobody knows whether it stood, with the number of the cause `c`."""

    stands: str
    may_stand: str
    doubts: str


def stood(spans: str, since: str, until: str) -> str:
    """For how long a clock stood between two amounts of open time, of pauses that are listed one by one."""
    each = f"greatest(0, least(p.e, {until}) - greatest(p.b, {since}))"
    return f"coalesce(list_sum(list_transform({spans}, lambda p: {each}))::BIGINT, 0)"


@dataclass(slots=True)
class Pauses:
    """Writes the pauses of a ticket's clock. `stood` writes for how long it stood by them."""

    histories: Histories
    stood: Stood = field(default=stood, init=False)

    def standing(self, pause: Pause, table: StepTable | None) -> Standing:
        """What is the same on every calendar, this one too."""
        stretches = self._stretches(pause, table)
        end = f"coalesce({stretches}[i + 1].hi, greatest({self.histories.truths.audit}, e.hi))"
        told = f"list_transform({stretches}, lambda e, i: {{'b': e.lo, 'e': {end}, 'c': e.code}})"
        doubts = f"list_filter({told}, lambda e: e.c >= {FIRST_CAUSE})"
        last = self._define(f"{stretches}[-1].code")
        return Standing(
            self._define(f"{last} = {TRUE}"),
            self._define(f"{last} <> {FALSE}"),
            self._define(f"CASE WHEN {self._unsure(stretches)} THEN {doubts} END"),
        )

    def spans(self, pause: Pause, table: StepTable | None) -> Spans:
        """The pauses as F on a calendar, None for `24x7`."""
        stretches = self._stretches(pause, table)
        unsure = self._unsure(stretches)
        fewest = self._define(self._merged(stretches, f"= {TRUE}", "hi", "lo", table))
        most = self._apart(self._define(self._merged(stretches, f"<> {FALSE}", "lo", "hi", table, unsure)))
        return Spans(fewest, self._define(f"CASE WHEN {unsure} THEN {most} ELSE {fewest} END"))

    def _unsure(self, stretches: str) -> str:
        """Whether it is not certain of any stretch when it began, or whether the clock stood in it."""
        doubtful = f"lambda e: e.lo <> e.hi OR e.code >= {FIRST_CAUSE}"
        return self._define(f"len(list_filter({stretches}, {doubtful})) > 0")

    def _merged(
        self, stretches: str, stands: str, begin: str, end: str, table: StepTable | None, among: str = "true"
    ) -> str:
        """Stretches that follow each other are one pause: an event between them takes nothing from it. Null for tickets that
        are not `among`."""
        begun = f"lambda e, i: e.code {stands} AND (i = 1 OR NOT {stretches}[i - 1].code {stands})"
        ended = f"lambda e, i: NOT e.code {stands} AND i > 1 AND {stretches}[i - 1].code {stands}"
        begins, ends = (
            self._define(f"CASE WHEN {among} THEN list_filter({stretches}, {told}) END") for told in (begun, ended)
        )
        audit = self.histories.truths.audit
        now = audit if table is None else clamped(table, audit)
        last = f"{stretches}[-1]"
        over = f"{last}.hi > {audit}"
        # No clock is asked beyond the audit instant, so that it does not matter in which piece that lies.
        told = {
            "b": f"e.f{begin}",
            "e": f"coalesce({ends}[i].f{end}, CASE WHEN {over} THEN {last}.fhi ELSE {now} END)",
            "tb": f"e.{begin}",
            "te": f"coalesce({ends}[i].{end}, CASE WHEN {over} THEN {last}.hi ELSE {audit} END)",
            "kb": f"e.k{begin}",
            "ke": f"{ends}[i].k{end}",
        }
        members = ", ".join(f"'{name}': {text}" for name, text in told.items())
        return f"list_transform({begins}, lambda e, i: {{{members}}})"

    def _apart(self, spans: str) -> str:
        """Spans that overlap, as they may where events are not exact, count once."""
        before = f"list_max(list_transform({spans}[:i - 1], lambda p: p.e))"
        told = ", ".join(f"'{name}': e.{name}" for name in ("e", "tb", "te", "kb", "ke"))
        apart = f"{{'b': greatest(e.b, coalesce({before}, e.b)), {told}}}"
        return f"list_transform({spans}, lambda e, i: {apart})"

    def _stretches(self, pause: Pause, table: StepTable | None) -> str:
        """From one change to the next, and before the first: where each begins, and whether the clock stands."""
        timeline = self.histories.timeline
        ever = dict.fromkeys(("lo", "hi", "flo", "fhi"), str(EVER)) | dict.fromkeys(("klo", "khi"), "NULL")
        told = ", ".join(f"'{name}': {value}::BIGINT" for name, value in {"seq": "-1", **ever}.items())
        code = self._at_first(pause, timeline)
        head = f"[{{{told}, 'code': {code}::INTEGER}}]"
        if timeline is None:
            return self._define(head)
        past = timeline.of_kind(pause.field, self._told(timeline, pause, table))
        events = self.histories.truths.fields["events"]
        whole = f"{events.state} = {VALUE} AND {events.complete}"
        return self._define(f"CASE WHEN {whole} THEN list_concat({head}, coalesce({past}, [])) ELSE {head} END")

    def _at_first(self, pause: Pause, timeline: Timeline | None) -> str:
        """Whether the clock stands before the first change."""
        events, own = self.histories.truths.fields["events"], self._own(pause)
        if timeline is None:
            return self._define(f"CASE WHEN {events.state} = {NEVER} THEN {own} ELSE {events.state} END")
        first = timeline.first_of_kind(pause.field, self._stands(pause, self._among(timeline, pause, "sf", "vf")))
        return self._define(
            f"CASE WHEN {events.state} >= {FIRST_CAUSE} THEN {events.state} WHEN {events.state} = {NEVER} THEN {own} "
            f"WHEN NOT {events.complete} THEN {self.histories.not_all()} ELSE coalesce({first}, {own}) END"
        )

    def _told(self, timeline: Timeline, pause: Pause, table: StepTable | None) -> dict[str, str]:
        """What is told of each change, in the order of what stands before the first."""
        after = self._stands(pause, self._among(timeline, pause, "sv", "vv"))
        told = {"flo": "lo", "fhi": "hi", "klo": "NULL", "khi": "NULL"}
        if table is not None:
            (flo, klo), (fhi, khi) = timeline.accrued("lo", table), timeline.accrued("hi", table)
            told = {"flo": flo, "fhi": fhi, "klo": klo, "khi": khi}
        return {name: f"{value}::BIGINT" for name, value in told.items()} | {"code": f"{after}::INTEGER"}

    def _among(self, timeline: Timeline, pause: Pause, state: str, value: str) -> str:
        return timeline.among(state, value, pause.values, self.histories.words.get(pause.field))

    def _own(self, pause: Pause) -> str:
        """Whether the clock stands all the time by the ticket's own field."""
        truths = self.histories.truths
        column, words = truths.fields[pause.field], self.histories.words.get(pause.field)
        odd = ""
        if words is not None:
            unrecognised = truths.causes.number(Reason.UNRECOGNISED, "events.value")
            odd = f"WHEN {column.state} = {VALUE} AND NOT ({listed(column.value, words)}) THEN {unrecognised} "
        among = self._define(
            f"CASE {odd}WHEN {column.state} = {VALUE} THEN CASE WHEN {listed(column.value, pause.values)} THEN {TRUE} "
            f"ELSE {FALSE} END WHEN {column.state} = {NEVER} THEN {FALSE} ELSE {column.state} END"
        )
        return self._define(self._stands(pause, among))

    def _stands(self, pause: Pause, among: str) -> str:
        """Whether the clock stands, by whether a value is one of those that are told."""
        return (
            among
            if pause.inside
            else f"CASE {among} WHEN {TRUE} THEN {FALSE} WHEN {FALSE} THEN {TRUE} ELSE {among} END"
        )

    def _define(self, expression: str) -> str:
        return self.histories.truths.define(expression)


def clamped(table: StepTable, us: int) -> int:
    """F at an instant; beyond the span it does not change."""
    accrued = table.accrued(min(max(us, table.first), table.last))
    assert accrued is not None
    return accrued
