"""The seed policy's verdicts, worked out by imagining every ticket that a record may stand for: where all of them have one
verdict it is the record's, else the record's is unknown. Shares no code with the package."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LIMIT = 12 * 3_600_000_000
PAID, EDITIONS = {"personal", "team", "ultimate"}, {"free", "trial", "personal", "team", "ultimate"}
WRITTEN = {"email", "web", "chat", "messaging", "sms", "social", "api"}
CHANNELS, ENGLISH = WRITTEN | {"phone", "in_person"}, {"en", "en-gb", "en-us"}
LANGUAGES = ENGLISH | {"de", "fr", "enm", "pt-br", "zh-hant-tw"}
ROLES = {"customer", "staff", "bot", "system"}
INSTANT = re.compile(
    r"([0-9-]{10})[Tt ]([0-9:]{5})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))"
)
ABSENT = object()


def us(text: Any) -> int | None:
    """Microseconds of an instant; None for what is none."""
    found = INSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    date, time, second, fraction, sign, hours, minutes = found.groups()
    east = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    try:
        wall = datetime.fromisoformat(f"{date}T{time}:{second or '00'}+00:00")
    except ValueError:
        return None
    if abs(east) > timedelta(hours=14) or int(minutes or 0) > 59:
        return None
    return (wall - EPOCH - east) // timedelta(microseconds=1) + int((fraction or "").ljust(6, "0")[:6])


def word(value: Any) -> str:
    """The normal form of a token; empty for what is none."""
    text = re.sub("[ \t\r\n\xa0]+", " ", unicodedata.normalize("NFC", value)) if isinstance(value, str) else ""
    return re.sub("[A-Z]", lambda letter: letter.group().lower(), text.strip(" "))


def holds(record: dict[str, Any], key: str) -> set[bool]:
    """Whether a condition on the record's edition, language or channel may hold, and may not."""
    value = record.get(key, ABSENT)
    if value is None:
        return {False}
    told = word(value).replace("_", "-") if key == "language" else word(value)
    known, good = {"edition": (EDITIONS, PAID), "language": (LANGUAGES, ENGLISH), "channel": (CHANNELS, WRITTEN)}[key]
    return {told in good} if told in known else {True, False}


def agreed(verdicts: set[str]) -> str:
    return verdicts.pop() if len(verdicts) == 1 else "unknown"


def messages(record: dict[str, Any]) -> tuple[list[dict[str, Any]], bool] | None:
    """The events in order of time and whether they are all; None where the record does not hold them."""
    told = record.get("events", ABSENT)
    if told is None:
        return [], True
    return (
        (sorted(told["items"], key=lambda e: us(e["at"]) or 0), told.get("complete", False)) if readable(told) else None
    )


def readable(told: Any) -> bool:
    return (
        isinstance(told, dict)
        and isinstance(told.get("complete", False), bool)
        and isinstance(told.get("items"), list)
        and all(
            isinstance(e, dict)
            and us(e.get("at")) is not None
            and isinstance(e.get("kind"), str)
            and (e.get("role") is None or word(e["role"]) in ROLES)
            and all(e.get(flag) is None or isinstance(e[flag], bool) for flag in ("public", "automatic"))
            for e in told["items"]
        )
    )


def kind(event: dict[str, Any]) -> str:
    return word(event["kind"])


def role(event: dict[str, Any]) -> str:
    return word(event.get("role")) or {"customer_message": "customer", "staff_message": "staff"}.get(kind(event), "")


def is_reply(event: dict[str, Any]) -> set[bool]:
    """Whether the event may be a public, human, non-automatic message of staff, and may not."""
    if kind(event) != "staff_message" or role(event) != "staff":
        return {False}
    flags = (event.get("public"), event.get("automatic"))
    if flags[0] is False or flags[1] is True:
        return {False}
    return {True} if flags == (True, False) else {True, False}


def first_response(record: dict[str, Any], at: int, as_of: int) -> str:
    start = clock_start(record, at)
    if isinstance(start, str):
        return start
    stops = possible_stops(record, start[0], start[1], at)
    verdicts = {"unknown"} if stops is None else {stopped(start[0], stop, at, as_of) for stop in stops}
    return agreed(verdicts)


def stopped(start: int, stop: int | None, at: int, as_of: int) -> str:
    if stop is not None and stop <= at:
        return "unknown" if stop < start else "pass" if stop - start <= LIMIT else "fail"
    if at >= start + LIMIT:
        return "fail"
    return "unknown" if as_of >= start + LIMIT else "open"


def clock_start(record: dict[str, Any], at: int) -> tuple[int, Any] | str:
    """The start of the clock and the message that opened the ticket, or the verdict where there is none."""
    submitted, told, opener = record.get("submitted", ABSENT), messages(record), record.get("created_by_role")
    if opener is not None and (opener := word(opener)) not in ROLES:
        return "unknown"
    said = [e for e in (told[0] if told else []) if kind(e) in ("customer_message", "staff_message")]
    opening = said[0] if said and us(submitted) is not None and us(said[0]["at"]) <= us(submitted) else None
    if opening is not None and opener is not None and role(opening) != opener:
        opening = None
    by_staff = opening is not None and kind(opening) == "staff_message" and role(opening) == "staff"
    if opener == "staff" or (opener is None and by_staff):
        if told is None or not told[1]:
            return "unknown"
        asked = [us(e["at"]) for e in said if kind(e) == "customer_message" and us(e["at"]) <= at]
        return (asked[0], opening) if asked else "not_applicable"
    if submitted is None:
        return "not_applicable"
    return "unknown" if us(submitted) is None else (us(submitted), opening)


def possible_stops(record: dict[str, Any], start: int, opening: Any, at: int) -> set[int | None] | None:
    """All instants at which the first response may have come, None among them if it may not have come."""
    told = messages(record)
    if told is not None:
        stops: set[int | None] = set()
        for event in told[0]:
            if event is not opening and start <= us(event["at"]) <= at and True in is_reply(event):
                stops.add(us(event["at"]))
                if is_reply(event) == {True}:
                    return stops if told[1] else stops | {start}
        if told[1]:
            return stops | {None}
    elif "events" in record:
        return None  # among what cannot be read may be the one that matters
    field = record.get("first_response", ABSENT)
    if field is None or us(field) is not None:
        return {us(field) if field is not None else None}
    return None if told is None else {start, None}


def replies(record: dict[str, Any], key: str, at: int) -> str:
    told = messages(record)
    if told is None:
        return "unknown"
    said = [e for e in told[0] if us(e["at"]) <= at and True in is_reply(e)]
    outcomes: set[str] = set()
    for world in product(*(sorted(product(is_reply(e), holds(e, key))) for e in said)):
        sent = [good for reply, good in world if reply]
        outcomes.add("not_applicable" if not sent else "pass" if all(sent) else "fail")
    return agreed(outcomes if told[1] else outcomes | {"fail"} if outcomes == {"fail"} else {"unknown"})


def acknowledged(record: dict[str, Any], at: int) -> str:
    for key, verdict in (("acknowledged", "pass"), ("closed", "fail")):
        value = record.get(key, ABSENT)
        if value is not None and us(value) is None:
            return "unknown"
        if value is not None and us(value) <= at:
            return verdict
    return "open"


def number(record: dict[str, Any]) -> Any:
    """The reference; ABSENT where what stands there is none."""
    value = record.get("reference")
    return value if word(value) or ("reference" in record and value is None) else ABSENT


def judge(records: list[dict[str, Any]], at: int, as_of: int) -> dict[str, dict[str, str]]:
    """By id and rule the verdict, with the gate that bars; tickets submitted after the audit instant are left out."""
    judged = [r for r in records if us(r.get("submitted")) is None or us(r["submitted"]) <= at]
    bearers = Counter(number(r) for r in judged)
    told = {}
    for record in judged:
        reference = number(record)
        gates = {"paid-edition": "edition", "english": "language", "written-only": "channel"}
        admits = {gate: holds(record, key) for gate, key in gates.items()}
        bars = next((f"not_applicable: {gate}" for gate, may in admits.items() if may == {False}), "")
        doubt = "unknown" if any(len(may) == 2 for may in admits.values()) else ""
        demands = {
            "first-response": first_response(record, at, as_of),
            "english-replies": replies(record, "language", at),
            "written-replies": replies(record, "channel", at),
            "receipt-acknowledged": acknowledged(record, at),
            "reference-assigned": "unknown" if reference is ABSENT else "pass" if reference else "fail",
            "reference-unique": {ABSENT: "unknown", None: "not_applicable"}.get(
                reference, "pass" if bearers[reference] == 1 else "fail"
            ),
        }
        told[record["id"]] = {
            gate: agreed({"pass" if good else "fail" for good in may}) for gate, may in admits.items()
        }
        told[record["id"]] |= {rule: bars or doubt or verdict for rule, verdict in demands.items()}
    return told
