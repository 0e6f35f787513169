"""JSON values as rows hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number that is not an integer of at most 18 digits, kept as written: `1.10` stays `1.10`."""

    text: str


JsonValue: TypeAlias = "str | int | bool | list[JsonValue] | dict[str, JsonValue] | Number | None"
