"""Rules on each reply: public, human, non-automatic staff messages, and what else a rule speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from supportpolicy.engines.reference.cells import AS_OF, AUDIT, FIRST, Cells, Frame, audit_instant
from supportpolicy.engines.reference.kleene import Undecided
from supportpolicy.engines.reference.responses import spoken_of
from supportpolicy.engines.reference.truths import compile_truth
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import EveryReply, Selection
from supportpolicy.model.cell import NEVER, Event, Reason, Timeline, Unknown
from supportpolicy.model.finding import Evidence
from supportpolicy.model.instant import format_instant
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Outcome, unknown

_OF_A_REPLY: Final = Frame({"channel": FIRST, "language": FIRST + 1})


def compile_replies(node: EveryReply, frame: Frame) -> tuple[Callable[[Cells], Outcome], Callable[[Cells], Evidence]]:
    """The closures that judge all replies of a ticket, and that show the first that breaks the rule."""
    test, slot = compile_truth(node.test, _OF_A_REPLY), frame.slots["events"]
    find = frame.shared(("replies", node.events), lambda: _compile_replies(node.events, slot))

    def judge(cells: Cells) -> Outcome:
        timeline = cells[slot]
        if timeline is NEVER:
            return NOT_APPLICABLE
        if not isinstance(timeline, Timeline):
            assert isinstance(timeline, Unknown)
            return unknown(timeline.reason, timeline.field)
        doubts: list[Outcome] = []
        replies = 0
        maybe: bool | Unknown = False
        audit, as_of = audit_instant(cells), cells[AS_OF]
        for event, sure in find(cells):
            truth = test((audit, as_of, event.channel, event.language))
            if sure is True and event.at.hi <= audit:
                replies += 1
                if truth is False:
                    return FAIL
            elif truth is True:
                maybe = maybe or sure  # reply or not, it breaks nothing; but there may have been one
            elif isinstance(sure, Unknown):
                doubts.append(unknown(sure.reason, sure.field))
            else:
                doubts.append(unknown(Reason.TOO_COARSE, "events"))
            if isinstance(truth, Undecided):
                doubts.append(unknown(truth.reason, truth.field) if truth.reason else OPEN)
        if not timeline.complete:
            doubts.append(unknown(Reason.MISSING, "events"))
        if doubts:
            return doubts[0]
        if not replies and isinstance(maybe, Unknown):
            return unknown(maybe.reason, maybe.field)
        return PASS if replies else NOT_APPLICABLE

    def evidence(cells: Cells) -> Evidence:
        timeline = cells[slot]
        if not isinstance(timeline, Timeline):
            return {"values": {"events": cell_text(timeline)}}
        replies = [event for event, sure in find(cells) if sure is True]
        told_of = ((event, (cells[AUDIT], cells[AS_OF], event.channel, event.language)) for event in replies)
        breaking = next((event for event, of_it in told_of if test(of_it) is False), None)
        told: dict[str, str | int | Mapping[str, str | None] | None] = {"replies": len(replies)}
        if breaking is not None:
            told["breaking"] = (
                f"{format_instant(breaking.at)} channel {cell_text(breaking.channel) or 'none'}, "
                f"language {cell_text(breaking.language) or 'none'}"
            )
        return told

    return judge, evidence


def _compile_replies(events: Selection, slot: int) -> Callable[[Cells], Sequence[tuple[Event, bool | Unknown]]]:
    """The closure that finds the events up to the audit instant of which a rule speaks, or may speak."""
    parts = events.parts

    def find(cells: Cells) -> Sequence[tuple[Event, bool | Unknown]]:
        timeline, audit = cells[slot], audit_instant(cells)
        assert isinstance(timeline, Timeline)
        found: list[tuple[Event, bool | Unknown]] = []
        for event in timeline.events:
            sure = event.at.lo <= audit and spoken_of(event, parts)
            if sure is not False:
                found.append((event, sure))
        return found

    return find
