"""The canonical ticket: its fields and their types (docs/semantics.md, section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal


class FieldType(StrEnum):
    """How a field's text is read. Tokens and tags are normalised, ids and other text are kept by code point."""

    TEXT = "text"
    TOKEN = "token"
    LANGUAGE = "language"
    TAGS = "tags"
    INSTANT = "instant"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    EVENTS = "events"


CHANNELS: Final = ("email", "web", "chat", "messaging", "phone", "sms", "social", "api", "in_person", "other")
ROLES: Final = ("customer", "staff", "bot", "system")
EVENT_KINDS: Final = ("customer_message", "staff_message", "status", "priority", "assignment", "call")
EVENT_PARTS: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "at": FieldType.INSTANT,
        "kind": FieldType.TOKEN,
        "role": FieldType.TOKEN,
        "public": FieldType.BOOLEAN,
        "automatic": FieldType.BOOLEAN,
        "channel": FieldType.TOKEN,
        "language": FieldType.LANGUAGE,
        "value": FieldType.TOKEN,
        "from": FieldType.TOKEN,
    }
)
"""What a record may say of an event."""

FIELDS: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "id": FieldType.TEXT,
        "reference": FieldType.TEXT,
        "submitted": FieldType.INSTANT,
        "acknowledged": FieldType.INSTANT,
        "first_response": FieldType.INSTANT,
        "resolved": FieldType.INSTANT,
        "closed": FieldType.INSTANT,
        "updated": FieldType.INSTANT,
        "status": FieldType.TOKEN,
        "priority": FieldType.TOKEN,
        "severity": FieldType.TOKEN,
        "channel": FieldType.TOKEN,
        "language": FieldType.LANGUAGE,
        "edition": FieldType.TOKEN,
        "plan": FieldType.TOKEN,
        "region": FieldType.TOKEN,
        "product": FieldType.TOKEN,
        "organization": FieldType.TEXT,
        "requester": FieldType.TEXT,
        "assignee": FieldType.TEXT,
        "group": FieldType.TEXT,
        "tags": FieldType.TAGS,
        "subject": FieldType.TEXT,
        "created_by_role": FieldType.TOKEN,
        "events": FieldType.EVENTS,
    }
)

HAPPENINGS: Final = ("submitted", "acknowledged", "first_response", "resolved", "closed", "updated")
"""Instants at which something happened, as opposed to a due date: they and the events bound the default audit instant."""

VOCABULARY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"channel": CHANNELS, "created_by_role": ROLES})
"""The values a token may have where the policy declares none."""

GROUPING: Final = (FieldType.TEXT, FieldType.TOKEN, FieldType.LANGUAGE, FieldType.INTEGER, FieldType.BOOLEAN)
"""The types of fields that hold one value, by which tickets can be grouped."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The type of one field under a policy; `one_of` is its closed vocabulary, None where any token is accepted. `as_of`
    says which of its values chooses a limit where it has had several; None where the policy does not say."""

    name: str
    type: FieldType
    one_of: tuple[str, ...] | None = None
    as_of: Literal["start", "first_set", "stop", "export"] | None = None


def known_fact(name: str) -> Fact | None:
    """The built-in fact of a canonical field, or None where no such field exists."""
    kind = FIELDS.get(name)
    return None if kind is None else Fact(name, kind, VOCABULARY.get(name))
