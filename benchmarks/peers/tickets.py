"""Tickets as plain records, for the peers that do not read files themselves.

A word is in lower case without blanks around, empty where it is none that the policy knows; an instant is a number of
microseconds, NEVER where there is none, UNKNOWN where none can be read.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

NEVER: Final = 0
UNKNOWN: Final = -1

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
HORIZON: Final = round(datetime.fromisoformat("2025-01-01T00:00:00Z").timestamp()) * 1_000_000

PAID: Final = ("personal", "team", "ultimate")
WRITTEN: Final = ("email", "web", "chat")
ENGLISH: Final = ("en",)
WORDS: Final = {
    "edition": frozenset(("free", "trial", *PAID)),
    "channel": frozenset(("phone", *WRITTEN)),
    "language": frozenset(("en", "de", "fr")),  # those that occur: no peer knows the registry of languages
    "priority": frozenset(("low", "normal", "high", "urgent")),
    "status": frozenset(("open", "closed")),
}


def word(text: str, known: frozenset[str]) -> str:
    if text not in known:
        text = text.strip().lower()
    return text if text in known else ""


def language(text: str) -> str:
    """The language without its region."""
    return word(text.partition("-")[0], WORDS["language"])


def instant(text: str, blank: int) -> int:
    if not text:
        return blank
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return UNKNOWN
    return UNKNOWN if read.tzinfo is None else round(read.timestamp() * 1_000_000)


def ticket(row: list[str]) -> dict[str, Any]:
    """The record of one row of the file."""
    return {
        "id": row[0],
        "submitted": instant(row[1], UNKNOWN),
        "first_response": instant(row[2], NEVER),
        "resolved": instant(row[3], NEVER),
        "closed": instant(row[4], NEVER),
        "edition": word(row[5], WORDS["edition"]),
        "language": language(row[6]),
        "channel": word(row[7], WORDS["channel"]),
        "priority": word(row[8], WORDS["priority"]),
        "status": word(row[9], WORDS["status"]),
    }


def tickets(path: str) -> Iterator[dict[str, Any]]:
    """The records of the file."""
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 - the shortest way to read a CSV file
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield ticket(row)


def elapsed(start: int, stop: int) -> int | None:
    """How long it took; what still runs has taken a microsecond more than until the horizon, for if it stopped it would be
    later than that. None where it cannot be told or has not begun."""
    if start <= 0 or stop == UNKNOWN or 0 < stop < start:
        return None
    return (stop or HORIZON + 1) - start


def known(record: dict[str, Any]) -> dict[str, Any]:
    """What is known of a ticket, with how long things took: for tools that cannot subtract one field from another, or
    know only that a field is there or is not."""
    submitted, response, resolved, closed = (
        record[name] for name in ("submitted", "first_response", "resolved", "closed")
    )
    facts = {
        "id": record["id"],
        "response_took": elapsed(submitted, response),
        "resolution_took": elapsed(submitted, resolved),
        "closing_took": elapsed(resolved, closed),
        "was_resolved": None if resolved == UNKNOWN else resolved != NEVER,
        "was_closed": None if closed == UNKNOWN else closed != NEVER,
        "edition": record["edition"] or None,
        "language": record["language"] or None,
        "channel": record["channel"] or None,
        "priority": record["priority"] or None,
        "status": record["status"] or None,
    }
    return {name: value for name, value in facts.items() if value is not None}
