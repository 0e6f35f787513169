"""zen-engine: the eight rules as one expression that is compiled ahead and gives a list of verdicts."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import zen

from benchmarks.peers.tickets import DAY, ENGLISH, HORIZON, HOUR, PAID, WRITTEN, tickets
from benchmarks.peers.verdicts import RULES, report


def among(field: str, words: tuple[str, ...]) -> str:
    return f"{field} in {list(words)} ? 'pass' : {field} == '' ? 'unknown' : 'fail'"


def deadline(start: str, stop: str, limit: int) -> str:
    return f"""{start} == 0 ? 'not_applicable' : {start} < 0 or {stop} < 0 ? 'unknown'
        : {stop} == 0 ? ({HORIZON} - {start} >= {limit} ? 'fail' : 'open')
        : {stop} < {start} ? 'unknown' : {stop} - {start} <= {limit} ? 'pass' : 'fail'"""


SHUT = f"""(edition != '' and edition not in {list(PAID)}) or (language != '' and language not in {list(ENGLISH)})
    or (channel != '' and channel not in {list(WRITTEN)})"""
DOUBT = "edition == '' or language == '' or channel == ''"


def duty(demand: str, field: str = "", word: str = "") -> str:
    if not field:
        return f"({SHUT}) ? 'not_applicable' : ({DOUBT}) ? 'unknown' : {demand}"
    return f"""({SHUT}) or ({field} != '' and {field} != '{word}') ? 'not_applicable'
        : ({DOUBT}) or {field} == '' ? 'unknown' : {demand}"""


EXPRESSION = ", ".join([
    among("edition", PAID),
    among("language", ENGLISH),
    among("channel", WRITTEN),
    duty(deadline("submitted", "first_response", 12 * HOUR)),
    duty(deadline("submitted", "first_response", HOUR), "priority", "urgent"),
    duty(deadline("submitted", "resolved", 5 * DAY)),
    duty(deadline("resolved", "closed", 7 * DAY)),
    duty(
        "resolved > 0 ? 'pass' : resolved < 0 or closed < 0 ? 'unknown' : closed == 0 ? 'open' : 'fail'",
        "status",
        "closed",
    ),
])  # fmt: skip


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    judge = zen.compile_expression(f"[{EXPRESSION}]").evaluate
    for ticket in tickets(path):
        name = ticket["id"]
        for rule, verdict in zip(RULES, judge(ticket), strict=True):
            yield name, rule, verdict


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
