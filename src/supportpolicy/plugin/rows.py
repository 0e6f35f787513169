"""Rows as a scan gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from supportpolicy.model.finding import RowPlace

JsonValue: TypeAlias = "str | int | bool | None | list[JsonValue] | dict[str, JsonValue] | Number"


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number that is not an integer of at most 18 digits, kept as written: `1.10` stays `1.10`."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One readable record.

    `values` are the texts in the order of the scan's columns, or the object of a row of JSON lines. `raw` is the record
    byte for byte, without its line end.
    """

    place: RowPlace
    values: Sequence[str] | Mapping[str, JsonValue]
    raw: bytes
