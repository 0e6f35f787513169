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

    `values` are the cells in the order of the scan's columns, or the object of a row of JSON lines. Most cells are texts;
    where columns have types they are what JSON has, None where there is no value. `raw` is the record byte for byte,
    without its line end; where a record is no run of bytes, a text that two records share only if they are equal.
    """

    place: RowPlace
    values: Sequence[JsonValue] | Mapping[str, JsonValue]
    raw: bytes
