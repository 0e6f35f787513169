"""Rules on each reply: public, human, non-automatic staff messages, and what else a rule speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from supportpolicy.engines.reference.cells import AS_OF, AUDIT, FIRST, Cells, Frame, audit_instant
from supportpolicy.engines.reference.kleene import Undecided
from supportpolicy.engines.reference.responses import spoken_of
from supportpolicy.engines.reference.truths import compile_truth
from supportpolicy.expr.evidence import cell_text
from supportpolicy.expr.nodes import EveryReply
from supportpolicy.model.cell import NEVER, Event, Reason, Timeline, Unknown
from supportpolicy.model.finding import Evidence
from supportpolicy.model.instant import format_instant
from supportpolicy.model.verdict import FAIL, NOT_APPLICABLE, OPEN, PASS, Outcome, unknown

_OF_A_REPLY: Final = Frame({"channel": FIRST, "language": FIRST + 1})


def compile_replies(node: EveryReply, frame: Frame) -> tuple[Callable[[Cells], Outcome], Callable[[Cells], Evidence]]:
    """The closures that judge all replies of a ticket, and that show the first that breaks the rule."""
    test, slot, parts = compile_truth(node.test, _OF_A_REPLY), frame.slots["events"], node.events.parts

    def of(event: Event, cells: Cells) -> bool | Undecided:
        return test((cells[AUDIT], cells[AS_OF], event.channel, event.language))

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
        for event in timeline.events:
            sure = spoken_of(event, parts) if event.at.lo <= audit_instant(cells) else False
            if sure is False:
                continue
            truth = of(event, cells)
            if sure is True and event.at.hi <= audit_instant(cells):
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
        replies = [
            event
            for event in timeline.events
            if event.at.lo <= audit_instant(cells) and spoken_of(event, parts) is True
        ]
        breaking = next((event for event in replies if of(event, cells) is False), None)
        told: dict[str, str | int | Mapping[str, str | None] | None] = {"replies": len(replies)}
        if breaking is not None:
            told["breaking"] = (
                f"{format_instant(breaking.at)} channel {cell_text(breaking.channel) or 'none'}, "
                f"language {cell_text(breaking.language) or 'none'}"
            )
        return told

    return judge, evidence
