"""The values that a rule saw on a ticket, each with where it stands, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from supportpolicy.expr.evidence import cell_text, seen, seen_name
from supportpolicy.expr.nodes import (
    Distinct,
    EachWithin,
    EveryReply,
    FirstResponse,
    NotBefore,
    Occurrence,
    Outermost,
    Selection,
    Single,
    Submission,
    Within,
    moment_field,
)
from supportpolicy.expr.plan import RevisionPlan, RulePlan
from supportpolicy.expr.prose import part_prose
from supportpolicy.expr.reading import FieldPlan
from supportpolicy.model.cell import Cell, Elapsed, Event, Timeline
from supportpolicy.model.finding import Finding
from supportpolicy.model.instant import Instant, format_instant
from supportpolicy.reports.clock_sum import ClockSum, noun
from supportpolicy.reports.origin import Record, origin_prose
from supportpolicy.reports.page import plain, shortened
from supportpolicy.reports.reasoning import condition_fails, value_words

_MOST_EVENTS: Final = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules of a revision saw of one record; without the record only what the evidence holds."""

    record: Record | None
    revision: RevisionPlan

    def value(self, name: str, text: str | None) -> str:
        """A field with its value as the evidence has it, and where it stands."""
        found = self._field(name)
        origin = origin_prose(found, self.record) if found is not None else ""
        return f"{plain(name)} is {value_words(text)}{f' ({origin})' if origin else ''}"

    def submitted(self) -> str:
        """When the ticket was submitted and where that stands, as far as the record itself says so."""
        found, cell = self._field("submitted"), self._cell("submitted")
        if found is None or cell is None:
            return "not known"
        origin = origin_prose(found, self.record)
        return f"{value_words(cell_text(cell))}{f' ({origin})' if origin else ''}"

    def of_rule(self, rule: RulePlan, finding: Finding) -> Iterator[str]:
        """Every value that the rule saw."""
        evidence = finding.evidence
        values = evidence.get("values")
        shown = dict(values) if isinstance(values, Mapping) else {}
        if rule.when is not None and condition_fails(rule, finding):
            yield from (self.value(name, shown.get(name)) for name in map(seen_name, seen(rule.when)))
            return
        for name, text in shown.items():
            yield self.value(name, text)
        match rule.demand:
            case Within() | NotBefore() | EachWithin() as demand if "start" in evidence:
                yield from self._clock(ClockSum(finding, demand))
                return
            case EveryReply(_, events) if isinstance(evidence.get("replies"), int):
                count = evidence["replies"]
                assert isinstance(count, int)
                own = "public messages by people of the staff"
                told = (own if part.kind == "staff_message" else f"each {part_prose(part)}" for part in events.parts)
                yield f"replies, {' and '.join(told)}: {count:,}"
                if isinstance(breaking := evidence.get("breaking"), str):
                    yield f"the first that breaks the rule: {shortened(breaking, 120)}"
            case Distinct(field) if isinstance(value := evidence.get("value"), str):
                yield self.value(field, value)
                yield f"tickets that bear it: {shortened(str(evidence.get('bearers')), 200)}"
            case _:
                pass
        if isinstance(basis := evidence.get("basis"), str):
            yield f"basis: {plain(basis)}"

    # --- clocks -------------------------------------------------------------------------------------------------------
    def _clock(self, clock: ClockSum) -> Iterator[str]:
        start, stop = clock.text("start"), clock.text("stop")
        many, late = clock.clocks
        if many > 1:
            yield f"{many:,} clocks, of which {late:,} late; this is the first that decided"
        begun = clock.demand.start
        if isinstance(begun, Outermost):
            yield from self._outermost(begun, clock.text("start_field"), start)
        else:
            yield self._start(begun, start)
        if clock.start is None:
            return
        if (chosen := clock.text("chosen")) is not None:
            limit = clock.text("limit")
            decided = f"{plain(limit or 'no limit')} holds for"
            yield f"{'which limit holds is not known for' if _undecided(clock) else decided} {shortened(chosen, 200)}"
        basis = clock.text("basis")
        if isinstance(clock.demand.stop, FirstResponse) and basis == "events":
            shown = "none by the audit instant" if stop is None else value_words(stop)
            if stop is not None and " (" in stop:
                shown = f"at some time within {shortened(stop, 160)}"
            yield f"first response: {shown} (basis: events)"
            yield from self._own_metric(clock)
            yield from self._passed_over(clock.demand.stop, clock)
        elif isinstance(clock.stop_moment, Outermost):
            yield from self._outermost(clock.stop_moment, clock.text("stop_field"), stop)
        else:
            yield self._stop(clock.stop_moment, stop) + (f", basis: {plain(basis)}" if basis else "")

    def _outermost(self, moment: Outermost, decided: str | None, text: str | None) -> Iterator[str]:
        """When the latest or the earliest of some moments came, which it was, and what the record says of the others."""
        names = [moment_field(one) for one in moment.moments]
        said = "none by the audit instant" if text is None else value_words(text)
        tells = decided is not None and decided in names and (text is not None or moment.which == "latest")
        yield f"{plain(noun(moment))}: {said}{f', by {plain(decided)}' if tells and decided is not None else ''}"
        for name in names:
            cell = self._cell(name) if name != decided else None
            if cell is not None:
                yield self.value(name, cell_text(cell))

    def _start(self, moment: Single | Selection, text: str | None) -> str:
        if isinstance(moment, Occurrence | Selection):
            return f"{plain(noun(moment))}: {value_words(text) if text is not None else 'none'}"
        name = moment_field(moment)
        cell = self._cell(name)
        own = cell_text(cell) if cell is not None else text
        if (
            isinstance(moment, Submission)
            and own is not None
            and own != text
            and not (text or "").startswith("unknown")
        ):
            first = (
                "no customer message starts the clock"
                if text is None
                else f"the first customer message, at {text}, starts the clock"
            )
            return f"{self.value(name, own)}; but staff opened the ticket, so {first}"
        return self.value(name, text)

    def _stop(self, moment: Single | Selection, text: str | None) -> str:
        if isinstance(moment, Occurrence | Selection):
            return f"{plain(noun(moment))}: {value_words(text) if text is not None else 'none by the audit instant'}"
        name = moment_field(moment)
        cell = self._cell(name)
        if text is None and cell is not None and (own := cell_text(cell)) is not None:
            return f"{self.value(name, own)}; that is after the audit instant, so it has not happened yet"
        return self.value(name, text)

    def _own_metric(self, clock: ClockSum) -> Iterator[str]:
        """What the export's own field says, where it says something else than the events do."""
        cell, start, stop = self._cell("first_response"), clock.start, clock.stop
        own: Instant | None = None
        match cell:
            case Instant():
                own = cell
            case Elapsed(lo, hi, "24x7") if start is not None:
                own = Instant(start.lo + lo, start.hi + hi)
            case _:
                return
        audited, undecided = clock.audited, " (" in (clock.text("stop") or "")
        if undecided or (stop is None and audited is not None and own.lo > audited.hi):
            return
        if stop is None or own.hi < stop.lo or own.lo > stop.hi:
            yield f"{self.value('first_response', cell_text(cell))}, which differs; the events decide"

    def _passed_over(self, moment: FirstResponse, clock: ClockSum) -> Iterator[str]:
        """The staff's messages before the stop, and why none of them is the first response."""
        timeline, start, stop = self._cell("events"), clock.start, clock.stop or clock.audited
        if not isinstance(timeline, Timeline) or start is None or stop is None:
            return
        before = [e for e in timeline.events if e.kind == "staff_message" and e.at.lo < stop.hi]
        told = [f"{format_instant(event.at)} ({_passed(event, moment, start.lo)})" for event in before]
        if told:
            more = f", and {len(told) - _MOST_EVENTS:,} more" if len(told) > _MOST_EVENTS else ""
            yield f"not counted as a first response: {', '.join(told[:_MOST_EVENTS])}{more}"

    # --- the record ---------------------------------------------------------------------------------------------------
    def _field(self, name: str) -> FieldPlan | None:
        return self.record.field(name, self.revision.facts) if self.record is not None else None

    def _cell(self, name: str) -> Cell | None:
        found = self._field(name)
        return self.record.cell(found) if self.record is not None and found is not None else None


def _undecided(clock: ClockSum) -> bool:
    """Whether a value was missing when the limit was chosen."""
    return clock.text("limit") is None and "unknown: " in (clock.text("chosen") or "")


def _passed(event: Event, moment: FirstResponse, start: int) -> str:
    """Why a message before the stop does not count."""
    reasons = (
        ("before the clock started", event.at.hi < start),
        (f"by {'a bot' if event.role == 'bot' else f'the {event.role}'}", _machine(event, moment)),
        ("an internal note", event.public is False and "internal_note" not in moment.counts),
        ("automatic", event.automatic is True and "automatic" not in moment.counts and event.role != "bot"),
    )
    told = [why for why, applies in reasons if applies]
    unsaid = [name for name, flag in (("public", event.public), ("automatic", event.automatic)) if flag is None]
    if not told and unsaid:
        return f"the record does not say whether it was {' or '.join(unsaid)}"
    return ", ".join(told) or "it opened the ticket"


def _machine(event: Event, moment: FirstResponse) -> bool:
    return event.role in ("customer", "system") or (event.role == "bot" and "bot" not in moment.counts)
