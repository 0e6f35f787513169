"""From the text of an input to a cell: one function per reading, the same for every engine.

A decoder maps a text to a cell, or to None where the text counts as an empty cell; what an empty cell means may depend on
another column and is decided by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import is_, lt
from typing import Final, TypeAlias

from supportpolicy.expr.reading import FieldPlan, Measured, Reading
from supportpolicy.model.cell import NEVER, Cell, Elapsed, Event, Reason, Timeline, Unknown
from supportpolicy.model.instant import Instant, InstantError, parse_instant, parse_time
from supportpolicy.model.json_value import JsonValue, Number
from supportpolicy.model.language import covers, language
from supportpolicy.model.precision import Precision
from supportpolicy.model.remembered import Remembered
from supportpolicy.model.text import integer, token
from supportpolicy.model.ticket import CHANNELS, ROLES, FieldType

Decoder: TypeAlias = Callable[[str], Cell | None]

BLANK: Final = " \t\r\n\u00a0"
"""The white space that is trimmed, and no other."""
_AMOUNT: Final = re.compile("(-?)([0-9]{1,12})(?:\\.([0-9]{1,6}))?")
_LONGEST: Final = 10_000 * 366 * 86_400_000_000
"""No measured duration is longer than all the years that have a date; engines reckon in 64 bits."""
MESSAGE_ROLE: Final = {"customer_message": "customer", "staff_message": "staff"}


def decoder(plan: FieldPlan) -> Decoder:
    """The decoder of a field's texts; remembers distinct tokens and languages."""
    name, reading = plan.name, plan.reading
    decode = _value_decoder(name, reading)
    nulls = reading.nulls
    if reading.type is FieldType.TEXT:
        return lambda text: None if text.strip(BLANK) in nulls else text

    def read(text: str) -> Cell | None:
        return None if text.strip(BLANK) in nulls else decode(text)

    if reading.type in (FieldType.TOKEN, FieldType.LANGUAGE, FieldType.BOOLEAN):
        return Remembered(read).__getitem__
    return read


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
            return _instant_decoder(name, reading)
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


def _instant_decoder(name: str, reading: Reading) -> Callable[[str], Cell]:
    if reading.format is None and reading.zone is None and reading.precision is None:
        return _exact_decoder(name)
    parse = parse_time if reading.format is None else reading.format.parse
    place = reading.zone.local_to_utc if reading.zone is not None else None
    widen = reading.precision.widen if reading.precision is not None else None

    def read(text: str) -> Cell:
        try:
            naive_us, offset_us = parse(text.strip(BLANK))
        except InstantError:
            return Unknown(Reason.INVALID, name, text)
        found: Instant | None = None
        if offset_us is not None:
            found = Instant.at(naive_us - offset_us)
        elif place is not None:
            found = place(naive_us)
        if found is None:
            return Unknown(Reason.INVALID, name, text)
        return found if widen is None else widen(found)

    return read


def _exact_decoder(name: str) -> Callable[[str], Cell]:
    """Reads instants that name their offset, to the microsecond."""

    def read(text: str) -> Cell:
        try:
            return parse_instant(text.strip(BLANK))
        except InstantError:
            return Unknown(Reason.INVALID, name, text)

    return read


# --- canonical JSON ---------------------------------------------------------------------------------------------------
def json_decoder(plan: FieldPlan) -> Callable[[JsonValue], Cell]:
    """The decoder of a canonical ticket's value: null is `never`; a value of the wrong type is `unknown: invalid`."""
    name, reading = plan.name, plan.reading
    match reading.type:
        case FieldType.EVENTS:
            return _timeline_decoder(name, Reading(FieldType.TOKEN, reading.vocabulary or CHANNELS))
        case FieldType.INSTANT:
            return _json_instant(name)
        case FieldType.TAGS:
            return _json_other(name, partial(_json_tags, name, reading))
        case FieldType.BOOLEAN:
            return _json_other(name, _json_boolean)
        case FieldType.INTEGER:
            return _json_other(name, _json_integer)
        case _:
            return _json_text(name, decoder(plan), _json_id if name == "id" else lambda _: None)


def _json_text(
    name: str, decode: Decoder, of_other: Callable[[JsonValue], Cell | None] = lambda _: None
) -> Callable[[JsonValue], Cell]:
    """Reads values that are texts, or perhaps something else that counts as one."""

    def read(value: JsonValue) -> Cell:
        if isinstance(value, str):
            cell = decode(value)
            return Unknown(Reason.INVALID, name, value) if cell is None else cell
        if value is None:
            return NEVER
        cell = of_other(value)
        return Unknown(Reason.INVALID, name, json_text(value)) if cell is None else cell

    return read


def _json_other(name: str, decode: Callable[[JsonValue], Cell | None]) -> Callable[[JsonValue], Cell]:
    """Reads values of which no text is one."""

    def read(value: JsonValue) -> Cell:
        if value is None:
            return NEVER
        cell = decode(value)
        return Unknown(Reason.INVALID, name, json_text(value)) if cell is None else cell

    return read


def _json_instant(name: str) -> Callable[[JsonValue], Cell]:
    """Reads instants as the grammar has them, with an offset and without white space."""

    def read(value: JsonValue) -> Cell:
        if isinstance(value, str):
            try:
                return parse_instant(value)
            except InstantError:
                return Unknown(Reason.INVALID, name, value)
        return NEVER if value is None else Unknown(Reason.INVALID, name, json_text(value))

    return read


def _json_tags(name: str, reading: Reading, value: JsonValue) -> Cell | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _tags(name, reading, [str(item) for item in value])
    return None


def _json_boolean(value: JsonValue) -> bool | None:
    return value if isinstance(value, bool) else None


def _json_integer(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _json_id(value: JsonValue) -> str | None:
    number = _json_integer(value)
    return None if number is None else str(number)


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


# --- events -----------------------------------------------------------------------------------------------------------
class _NoEventError(ValueError):
    """What is wrong with an event."""


def _timeline_decoder(name: str, channel: Reading) -> Callable[[JsonValue], Cell]:
    read_event = _event_decoder(channel)

    def invalid(why: str) -> Unknown:
        return Unknown(Reason.INVALID, name, why)

    def read(value: JsonValue) -> Cell:
        if value is None:
            return NEVER
        items = value.get("items") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(items, list):
            return invalid("not an object with `complete` and `items`")
        complete = value.get("complete", False)
        if not isinstance(complete, bool):
            return invalid("`complete` is not a boolean")
        events: list[Event] = []
        for item in items:
            try:
                events.append(read_event(item))
            except _NoEventError as wrong:
                return invalid(f"event {len(events) + 1}: {wrong}")
        begins = [event.at.lo for event in events]
        if all(map(lt, begins, begins[1:])):  # most lists are such, and need no sorting
            return Timeline(complete, tuple(events))
        stated = list(zip(events, items, strict=True))
        ordered = sorted(stated, key=lambda told: (told[0].at.lo, told[0].at.hi))
        apart = len(set(begins)) == len(begins)
        told = tuple([event for event, _ in ordered] if apart else _once(ordered))
        return Timeline(complete, told, len(events) - len(told), all(map(is_, ordered, stated)))

    return read


def _once(events: Iterable[tuple[Event, JsonValue]]) -> Iterator[Event]:
    """The events without those that repeat another one in every key; they are in the order of their instants."""
    first: JsonValue = None
    known: set[str] = set()
    instant: Instant | None = None
    for event, item in events:
        if instant is None or event.at.lo != instant.lo or event.at.hi != instant.hi:
            instant, first = event.at, item
            known.clear()
        else:
            known = known or {_written(first)}
            text = _written(item)
            if text in known:
                continue
            known.add(text)
        yield event


def _written(item: JsonValue) -> str:
    """An event as one text, the same in whatever order its keys stand."""
    return repr(sorted(item.items(), key=lambda pair: pair[0])) if isinstance(item, dict) else repr(item)


def _event_decoder(channel: Reading) -> Callable[[JsonValue], Event]:
    """Reads one event; raises _NoEventError where it is none."""
    kinds = Remembered(token)
    read_channel = _of_event("channel", channel)
    read_language = _of_event("language", Reading(FieldType.LANGUAGE))
    read_value, read_former = _of_change("value", kinds), _of_change("from", kinds)
    no_value, no_former = (Unknown(Reason.MISSING, f"events.{key}") for key in ("value", "from"))

    def read(item: JsonValue) -> Event:
        if not isinstance(item, dict):
            raise _NoEventError("not an object")
        at, kind = item.get("at"), item.get("kind")
        if not isinstance(at, str) or not isinstance(kind, str):
            raise _NoEventError("`at` or `kind` is missing")
        try:
            instant = parse_instant(at)  # with no white space around it, as in the ticket's own fields
        except InstantError:
            raise _NoEventError(f"`at` is not an instant: {at}") from None
        kind = kinds[kind]
        role = item.get("role")
        if role is None:
            role = MESSAGE_ROLE.get(kind)
        else:
            role = kinds[role] if isinstance(role, str) else None
            if role not in ROLES:
                raise _NoEventError(f"`role` is not one of {', '.join(ROLES)}")
        return Event(
            instant,
            kind,
            role,
            _flag(item, "public"),
            _flag(item, "automatic"),
            read_channel(item),
            read_language(item),
            read_value(item["value"]) if "value" in item else no_value,
            read_former(item["from"]) if "from" in item else no_former,
        )

    return read


def _flag(item: Mapping[str, JsonValue], key: str) -> bool | None:
    flag = item.get(key)
    if flag is None or isinstance(flag, bool):
        return flag
    raise _NoEventError(f"`{key}` is not a boolean")


def _of_change(key: str, words: Mapping[str, str]) -> Callable[[JsonValue], Cell]:
    """Reads what a change brought, or took away: a token, whichever word it is."""
    name = f"events.{key}"

    def read(value: JsonValue) -> Cell:
        if isinstance(value, str):
            word = words[value]
            return word if word else Unknown(Reason.INVALID, name, value)
        if value is None:
            return NEVER
        text = scalar_text(value)
        return Unknown(Reason.INVALID, name, json_text(value)) if text is None else token(text)

    return read


def _of_event(key: str, reading: Reading) -> Callable[[Mapping[str, JsonValue]], Cell]:
    """Reads an event's own channel or language, by the words of the ticket's."""
    name = f"events.{key}"
    missing = Unknown(Reason.MISSING, name)
    known = Remembered(_value_decoder(name, reading))

    def read(item: Mapping[str, JsonValue]) -> Cell:
        value = item.get(key)
        if isinstance(value, str):
            return known[value]
        if value is None:
            return NEVER if key in item else missing
        return Unknown(Reason.INVALID, name, json_text(value))

    return read
