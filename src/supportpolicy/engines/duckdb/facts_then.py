"""The value that a field had when it chose a limit, in SQL, where it has had several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from supportpolicy.engines.duckdb.codes import FIRST_CAUSE, NEVER, VALUE
from supportpolicy.engines.duckdb.histories import Histories
from supportpolicy.engines.duckdb.outermost import Found
from supportpolicy.engines.duckdb.timelines import Timeline, listed
from supportpolicy.engines.duckdb.truths import Columns, Truths
from supportpolicy.expr.nodes import AsOf, Then
from supportpolicy.model.cell import Reason


@dataclass(frozen=True, slots=True)
class Earlier(Columns):
    """A field as it was, in columns of their own."""

    then: tuple[str, str, str] = ("", "", "")

    @property
    def state(self) -> str:
        return self.then[0]

    @property
    def value(self) -> str:
        return self.then[1]

    @property
    def detail(self) -> str:
        return self.then[2]


_TOLD: Final = {"s": "sv", "v": "vv", "d": "dv", "fs": "sf", "fv": "vf"}


@dataclass(slots=True)
class FactsThen:
    """Writes the fields as they were. `put` gives the truths over them."""

    histories: Histories

    def put(self, as_of: Sequence[tuple[str, AsOf]], start: Found, stop: Found) -> Truths:
        """The truths over the fields with the values that they had for a clock that started and stopped then."""
        truths, timeline = self.histories.truths, self.histories.timeline
        asked = [(name, when) for name, when in as_of if when != "export"]
        if timeline is None or not asked:
            return truths
        fields = dict(truths.fields)
        for name, when in asked:
            fields[name] = Earlier(
                fields[name].suffix, fields[name].type, then=self._then(timeline, name, when, start, stop)
            )
        return replace(truths, fields=fields)

    def former(self, then: Then) -> Truths:
        """The truths over the fields with the value that one had, where no clock asks for it."""
        truths, timeline = self.histories.truths, self.histories.timeline
        if timeline is None:
            return truths
        own, events, start = truths.fields[then.field], truths.fields["events"], Found(str(VALUE), "NULL", "NULL")
        if then.when == "first_set":
            told = self._then(timeline, then.field, "first_set", start, start)
        else:
            sent = truths.fields["submitted"]
            start = replace(start, lo=sent.lo, hi=sent.hi)
            state, value, detail = self._then(timeline, then.field, "start", start, start)
            dated = "false" if sent.measured is not None else f"{sent.state} = {VALUE}"
            changes = self._define(timeline.whole_kind(then.field, _TOLD))
            undated = self._define(
                f"coalesce({events.state} = {VALUE} AND NOT ({dated}) AND len({changes}) > 0, false)"
            )
            since = truths.causes.number(Reason.CHANGED_SINCE, then.field)
            told = (
                self._define(f"CASE WHEN {undated} THEN {since} ELSE {state} END"),
                value,
                self._define(f"CASE WHEN {undated} THEN NULL ELSE {detail} END"),
            )
        return replace(truths, fields={**truths.fields, then.field: Earlier(own.suffix, own.type, then=told)})

    def _then(self, timeline: Timeline, name: str, when: AsOf, start: Found, stop: Found) -> tuple[str, str, str]:
        """State, value and detail."""
        truths = self.histories.truths
        own, events = truths.fields[name], truths.fields["events"]
        changes = self._define(timeline.whole_kind(name, _TOLD))
        first = f"{changes}[1]"
        since = truths.causes.number(Reason.CHANGED_SINCE, name)
        coarse = truths.causes.number(Reason.TOO_COARSE, name)
        former = f"CASE WHEN {first}.fs >= {FIRST_CAUSE} THEN {since} ELSE {first}.fs END"
        if when == "first_set":
            brought = f"{first}.fs <> {VALUE} AND {first}.lo <= {truths.audit}"
            then = {
                "s": f"CASE WHEN {brought} THEN {first}.s ELSE {former} END",
                "v": f"CASE WHEN {brought} THEN {first}.v ELSE {first}.fv END",
                "d": f"CASE WHEN {brought} THEN {first}.d END",
            }
        else:
            lo, hi = start.lo, start.hi
            if when == "stop":
                came = f"{stop.state} = {VALUE}"
                lo, hi = (
                    self._define(f"CASE WHEN {came} THEN {at} ELSE {truths.audit} END") for at in (stop.lo, stop.hi)
                )
            last = self._define(f"list_filter({changes}, lambda e: e.hi <= {lo})[-1]")
            between = self._define(f"len(list_filter({changes}, lambda e: e.hi > {lo} AND e.lo <= {hi})) > 0")
            then = {
                "s": f"CASE WHEN {between} THEN {coarse} WHEN {last} IS NOT NULL THEN {last}.s ELSE {former} END",
                "v": f"CASE WHEN {last} IS NOT NULL THEN {last}.v ELSE {first}.fv END",
                "d": f"CASE WHEN {last} IS NOT NULL THEN {last}.d END",
            }
        state, value, detail = (self._define(then[key]) for key in ("s", "v", "d"))
        started = f"{start.state} = {VALUE} AND {events.state} = {VALUE}"
        changed = self._define(f"coalesce({started} AND len({changes}) > 0, false)")
        words = self.histories.words.get(name)
        known = "true" if words is None else listed(value, words)
        unrecognised = truths.causes.number(Reason.UNRECOGNISED, "events.value")
        odd = self._define(f"{changed} AND {events.complete} AND {state} = {VALUE} AND NOT ({known})")
        return (
            self._define(
                f"CASE WHEN NOT {changed} THEN {own.state} WHEN NOT {events.complete} THEN {since} "
                f"WHEN {odd} THEN {unrecognised} ELSE {state} END"
            ),
            self._define(f"CASE WHEN {changed} THEN {value} ELSE {own.value} END"),
            self._define(
                f"CASE WHEN NOT {changed} THEN {own.detail} WHEN NOT {events.complete} THEN NULL WHEN {odd} THEN {value} "
                f"WHEN {state} >= {FIRST_CAUSE} THEN {detail} END"
            ),
        )

    def at_export(self, as_of: Sequence[tuple[str, AsOf]], name: str, state: str) -> str:
        """Whether a field, whose cell has this state, has but its value at the export, where an earlier one would count."""
        events, timeline = self.histories.truths.fields["events"], self.histories.timeline
        if not any(field == name and when != "export" for field, when in as_of):
            return "false"
        silent = "true"
        if timeline is not None:
            changes = timeline.whole_kind(name, _TOLD)
            silent = f"coalesce(len({changes}), 0) = 0 AND NOT {events.complete}"
        told = f"CASE {events.state} WHEN {NEVER} THEN false WHEN {VALUE} THEN {silent} ELSE true END"
        return f"{state} < {FIRST_CAUSE} AND {told}"

    def _define(self, expression: str) -> str:
        return self.histories.truths.define(expression)
