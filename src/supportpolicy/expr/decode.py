"""From the text of an input to a cell: one function per reading, the same for every engine.

A decoder maps a text to a cell, or to None where the text counts as an empty cell; what an empty cell means may depend on
another column and is decided by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from supportpolicy.expr.reading import FieldPlan, Measured, Reading
from supportpolicy.model.cell import NEVER, Cell, Elapsed, Event, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant, InstantError, ParsedTime, parse_time
from supportpolicy.model.json_value import JsonValue, Number
from supportpolicy.model.language import covers, language
from supportpolicy.model.precision import Precision
from supportpolicy.model.text import integer, token
from supportpolicy.model.ticket import CHANNELS, ROLES, FieldType
from supportpolicy.model.zone import Zone

Decoder: TypeAlias = Callable[[str], Cell | None]

BLANK: Final = " \t\r\n\u00a0"
"""The white space that is trimmed, and no other."""
_AMOUNT: Final = re.compile("(-?)([0-9]{1,12})(?:\\.([0-9]{1,6}))?")
_LONGEST: Final = 10_000 * 366 * 86_400_000_000
"""No measured duration is longer than all the years that have a date; engines reckon in 64 bits."""
_MESSAGE_ROLE: Final = {"customer_message": "customer", "staff_message": "staff"}


def decoder(plan: FieldPlan) -> Decoder:
    """The decoder of a field's texts; remembers distinct tokens and languages."""
    name, reading = plan.name, plan.reading
    decode = _value_decoder(name, reading)
    nulls = reading.nulls

    def read(text: str) -> Cell | None:
        return None if text.strip(BLANK) in nulls else decode(text)

    if reading.type not in (FieldType.TOKEN, FieldType.LANGUAGE, FieldType.BOOLEAN):
        return read
    known: dict[str, Cell | None] = {}

    def remembered(text: str) -> Cell | None:
        if text not in known:
            if len(known) > 100_000:  # a column that is no vocabulary after all must not fill the memory
                known.clear()
            known[text] = read(text)
        return known[text]

    return remembered


def _value_decoder(name: str, reading: Reading) -> Callable[[str], Cell]:
    match reading.type:
        case FieldType.TEXT:
            return lambda text: text
        case FieldType.TOKEN:
            return lambda text: _token(name, reading, text)
        case FieldType.LANGUAGE:
            return lambda text: _language(name, reading, text)
        case FieldType.TAGS:
            return lambda text: _tags(name, reading, text.split(reading.separator or ","))
        case FieldType.INTEGER:
            return lambda text: _integer(name, text)
        case FieldType.BOOLEAN:
            return lambda text: _boolean(name, reading, text)
        case FieldType.INSTANT if reading.measured is not None:
            measured = reading.measured
            return lambda text: _elapsed(name, measured, reading.precision, text)
        case FieldType.INSTANT:
            return lambda text: _instant(name, reading, text)
        case FieldType.EVENTS:
            return lambda text: Unknown(Reason.INVALID, name, text)


def _token(name: str, reading: Reading, text: str) -> Cell:
    word = token(text)
    word = reading.values.get(word, word)
    if reading.vocabulary is not None and word not in reading.vocabulary:
        return Unknown(Reason.UNRECOGNISED, name, text)
    return word


def _language(name: str, reading: Reading, text: str) -> Cell:
    word = token(text)
    tag = language(reading.values.get(word, word))
    if tag is None or (reading.vocabulary is not None and not any(covers(v, tag) for v in reading.vocabulary)):
        return Unknown(Reason.UNRECOGNISED, name, text)
    return tag


def _tags(name: str, reading: Reading, texts: Iterable[str]) -> Cell:
    words: set[str] = set()
    for text in texts:
        word = token(text)
        word = reading.values.get(word, word)
        if word and reading.vocabulary is not None and word not in reading.vocabulary:
            return Unknown(Reason.UNRECOGNISED, name, text)
        words.add(word)
    return tuple(sorted(words - {""})) or NEVER


def _integer(name: str, text: str) -> Cell:
    number = integer(text.strip(BLANK))
    return Unknown(Reason.INVALID, name, text) if number is None else number


def _boolean(name: str, reading: Reading, text: str) -> Cell:
    word = token(text)
    word = reading.values.get(word, word)
    return {"true": True, "false": False}.get(word, Unknown(Reason.UNRECOGNISED, name, text))


def _elapsed(name: str, measured: Measured, precision: Precision | None, text: str) -> Cell:
    found = _AMOUNT.fullmatch(text.strip(BLANK))
    if found is None:
        return Unknown(Reason.INVALID, name, text)
    sign, whole, fraction = found.groups()
    amount = int(whole) * measured.unit + int((fraction or "").ljust(6, "0")) * measured.unit // 1_000_000
    if amount > _LONGEST:
        return Unknown(Reason.INVALID, name, text)
    if sign and amount:
        return Unknown(Reason.CONTRADICTORY, name, text)  # nothing takes less than no time
    lo, hi = (amount, amount) if precision is None else precision.widen_amount(amount)
    return Elapsed(max(0, lo), hi, measured.clock)


def _instant(name: str, reading: Reading, text: str) -> Cell:
    stripped = text.strip(BLANK)
    try:
        parsed = reading.format.parse(stripped) if reading.format is not None else parse_time(stripped)
    except InstantError:
        return Unknown(Reason.INVALID, name, text)
    found = _placed(parsed, reading.zone)
    if found is None:
        return Unknown(Reason.INVALID, name, text)
    return found if reading.precision is None else reading.precision.widen(found)


def _placed(parsed: ParsedTime, zone: Zone | None) -> Instant | None:
    if parsed.offset_us is not None:
        return Instant.at(parsed.naive_us - parsed.offset_us)
    return zone.local_to_utc(parsed.naive_us) if zone is not None else None


# --- canonical JSON ---------------------------------------------------------------------------------------------------
def json_decoder(plan: FieldPlan) -> Callable[[JsonValue], Cell]:
    """The decoder of a canonical ticket's value: null is `never`; a value of the wrong type is `unknown: invalid`."""
    name, reading, kind = plan.name, plan.reading, plan.reading.type
    decode = decoder(plan)
    channel = Reading(FieldType.TOKEN, reading.vocabulary or CHANNELS)

    def read(value: JsonValue) -> Cell:
        if value is None:
            return NEVER
        if kind is FieldType.EVENTS:
            return _timeline(name, value, channel)
        if kind is FieldType.TAGS and isinstance(value, list):
            if all(isinstance(item, str) for item in value):
                return _tags(name, reading, [str(item) for item in value])
        elif (kind is FieldType.BOOLEAN and isinstance(value, bool)) or (
            kind is FieldType.INTEGER and isinstance(value, int) and not isinstance(value, bool)
        ):
            return value
        elif name == "id" and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        elif isinstance(value, str) and kind not in (FieldType.TAGS, FieldType.BOOLEAN, FieldType.INTEGER):
            padded = kind is FieldType.INSTANT and value.strip(BLANK) != value  # the grammar has no white space
            cell = None if padded else decode(value)
            return Unknown(Reason.INVALID, name, value) if cell is None else cell
        return Unknown(Reason.INVALID, name, json_text(value))

    return read


def json_text(value: JsonValue) -> str:
    """The value as JSON writes it."""
    import json

    return json.dumps(value, ensure_ascii=False, default=lambda other: getattr(other, "text", str(other)))


def scalar_text(value: JsonValue) -> str | None:
    """The text of a scalar in a row of JSON that a mapping reads like a cell; None where it is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.text
    return str(value) if isinstance(value, str | int) else None


_LANGUAGE: Final = Reading(FieldType.LANGUAGE)
_PLAIN_INSTANT: Final = Reading(FieldType.INSTANT)


def _timeline(name: str, value: JsonValue, channel: Reading) -> Cell:
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return Unknown(Reason.INVALID, name, "not an object with `complete` and `items`")
    complete = value.get("complete", False)
    if not isinstance(complete, bool):
        return Unknown(Reason.INVALID, name, "`complete` is not a boolean")
    items = value["items"]
    assert isinstance(items, list)
    events: list[Event] = []
    for number, item in enumerate(items, 1):
        event = _event(item, channel)
        if isinstance(event, str):
            return Unknown(Reason.INVALID, name, f"event {number}: {event}")
        events.append(event)
    events.sort(key=lambda event: (event.at.lo, event.at.hi))
    return Timeline(complete, tuple(events))


def _event(item: JsonValue, channel: Reading) -> Event | str:
    """The event, or what is wrong with it."""
    if not isinstance(item, dict):
        return "not an object"
    at, kind = item.get("at"), item.get("kind")
    if not isinstance(at, str) or not isinstance(kind, str):
        return "`at` or `kind` is missing"
    instant = _instant("at", _PLAIN_INSTANT, at)
    if not isinstance(instant, Instant):
        return f"`at` is not an instant: {at}"
    kind = token(kind)
    role = item.get("role")
    if role is None:
        role = _MESSAGE_ROLE.get(kind)
    elif not isinstance(role, str) or token(role) not in ROLES:
        return f"`role` is not one of {', '.join(ROLES)}"
    flags: list[bool | None] = []
    for key in ("public", "automatic"):
        flag = item.get(key)
        if flag is not None and not isinstance(flag, bool):
            return f"`{key}` is not a boolean"
        flags.append(flag)
    value = item.get("value")
    return Event(
        at=instant,
        kind=kind,
        role=token(role) if isinstance(role, str) else None,
        public=flags[0],
        automatic=flags[1],
        channel=_event_cell(item, "channel", channel),
        language=_event_cell(item, "language", _LANGUAGE),
        value=scalar_text(value),
    )


def _event_cell(item: dict[str, JsonValue], key: str, reading: Reading) -> Cell:
    name = f"events.{key}"
    if key not in item:
        return Unknown(Reason.MISSING, name)
    value = item[key]
    if value is None:
        return NEVER
    if not isinstance(value, str):
        return Unknown(Reason.INVALID, name, json_text(value))
    return _language(name, reading, value) if reading.type is FieldType.LANGUAGE else _token(name, reading, value)
