"""Rows as a scan gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportpolicy.model.finding import RowPlace
from supportpolicy.model.json_value import JsonValue, Number

__all__ = ["JsonValue", "Number", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One readable record.

    `values` are the texts in the order of the scan's columns, or the object of a row of JSON lines. `raw` is the record
    byte for byte, without its line end.
    """

    place: RowPlace
    values: Sequence[str] | Mapping[str, JsonValue]
    raw: bytes
