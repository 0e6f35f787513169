"""CEL, by the Python binding of its C++ runtime: the eight rules as one typed expression that gives a list of verdicts."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cel_expr_python import cel

from benchmarks.peers.tickets import DAY, ENGLISH, HORIZON, HOUR, PAID, WRITTEN, tickets
from benchmarks.peers.verdicts import RULES, report


def among(field: str, words: tuple[str, ...]) -> str:
    return f"({field} in {list(words)} ? 'pass' : {field} == '' ? 'unknown' : 'fail')"


def deadline(start: str, stop: str, limit: int) -> str:
    return f"""({start} == 0 ? 'not_applicable' : {start} < 0 || {stop} < 0 ? 'unknown'
        : {stop} == 0 ? ({HORIZON} - {start} >= {limit} ? 'fail' : 'open')
        : {stop} < {start} ? 'unknown' : {stop} - {start} <= {limit} ? 'pass' : 'fail')"""


SHUT = f"""((edition != '' && !(edition in {list(PAID)})) || (language != '' && !(language in {list(ENGLISH)}))
    || (channel != '' && !(channel in {list(WRITTEN)})))"""
DOUBT = "(edition == '' || language == '' || channel == '')"


def duty(demand: str, field: str = "", word: str = "") -> str:
    if not field:
        return f"({SHUT} ? 'not_applicable' : {DOUBT} ? 'unknown' : {demand})"
    return f"""({SHUT} || ({field} != '' && {field} != '{word}') ? 'not_applicable'
        : {DOUBT} || {field} == '' ? 'unknown' : {demand})"""


GATES = [among("edition", PAID), among("language", ENGLISH), among("channel", WRITTEN)]
DUTIES = [
    duty(deadline("submitted", "first_response", 12 * HOUR)),
    duty(deadline("submitted", "first_response", HOUR), "priority", "urgent"),
    duty(deadline("submitted", "resolved", 5 * DAY)),
    duty(deadline("resolved", "closed", 7 * DAY)),
    duty(
        "resolved > 0 ? 'pass' : resolved < 0 || closed < 0 ? 'unknown' : closed == 0 ? 'open' : 'fail'",
        "status",
        "closed",
    ),
]


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    instants = ("submitted", "first_response", "resolved", "closed")
    words = ("edition", "language", "channel", "priority", "status")
    types = dict.fromkeys(instants, cel.Type.INT) | dict.fromkeys(words, cel.Type.STRING)
    judge = cel.NewEnv(variables=types).compile(f"[{', '.join(GATES + DUTIES)}]")
    for ticket in tickets(path):
        name = ticket.pop("id")
        for rule, verdict in zip(RULES, judge.eval(data=ticket).plain_value(), strict=True):
            yield name, rule, verdict


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
