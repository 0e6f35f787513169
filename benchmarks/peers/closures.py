"""Plain Python: a closure for each rule, over records."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks.peers.tickets import DAY, ENGLISH, HORIZON, HOUR, NEVER, PAID, UNKNOWN, WRITTEN, tickets
from benchmarks.peers.verdicts import RULES, report

Verdict = Callable[[dict[str, Any]], str]


def member(field: str, words: tuple[str, ...]) -> Verdict:
    allowed = frozenset(words)

    def judge(ticket: dict[str, Any]) -> str:
        value = ticket[field]
        return "pass" if value in allowed else "fail" if value else "unknown"

    return judge


def deadline(start: str, stop: str, limit: int) -> Verdict:
    def judge(ticket: dict[str, Any]) -> str:
        began, ended = ticket[start], ticket[stop]
        if began == NEVER:
            return "not_applicable"
        if began == UNKNOWN or ended == UNKNOWN:
            return "unknown"
        if ended == NEVER:
            return "fail" if HORIZON - began >= limit else "open"
        if ended < began:
            return "unknown"
        return "pass" if ended - began <= limit else "fail"

    return judge


def when(field: str, word: str, judge: Verdict) -> Verdict:
    def conditional(ticket: dict[str, Any]) -> str:
        value = ticket[field]
        if value == word:
            return judge(ticket)
        return "not_applicable" if value else "unknown"

    return conditional


def recorded(ticket: dict[str, Any]) -> str:
    if ticket["resolved"] == NEVER:
        return {NEVER: "open", UNKNOWN: "unknown"}.get(ticket["closed"], "fail")
    return "unknown" if ticket["resolved"] == UNKNOWN else "pass"


GATES: Final = (member("edition", PAID), member("language", ENGLISH), member("channel", WRITTEN))
DUTIES: Final = (
    deadline("submitted", "first_response", 12 * HOUR),
    when("priority", "urgent", deadline("submitted", "first_response", HOUR)),
    deadline("submitted", "resolved", 5 * DAY),
    deadline("resolved", "closed", 7 * DAY),
    when("status", "closed", recorded),
)


def judge(ticket: dict[str, Any]) -> list[str]:
    """The verdicts of the rules in their order: a gate that is shut goes before one that is not known, and so does a
    condition that is not met."""
    verdicts = [gate(ticket) for gate in GATES]
    if "fail" in verdicts:
        return verdicts + ["not_applicable"] * len(DUTIES)
    if "unknown" not in verdicts:
        return verdicts + [duty(ticket) for duty in DUTIES]
    urgent, closed = ticket["priority"], ticket["status"]
    return [
        *verdicts,
        "unknown",
        "not_applicable" if urgent and urgent != "urgent" else "unknown",
        "unknown",
        "unknown",
        "not_applicable" if closed and closed != "closed" else "unknown",
    ]


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    for ticket in tickets(path):
        name = ticket["id"]
        for rule, verdict in zip(RULES, judge(ticket), strict=True):
            yield name, rule, verdict


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
