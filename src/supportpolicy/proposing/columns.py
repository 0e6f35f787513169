"""What the columns of an export hold: distinct values with their counts, nulls, times and numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from supportpolicy.expr.decode import scalar_text
from supportpolicy.model.finding import Rejected
from supportpolicy.model.json_value import JsonValue
from supportpolicy.plugin import Row, Scan
from supportpolicy.proposing.headers import plain_header
from supportpolicy.proposing.spellings import NULLS
from supportpolicy.proposing.times import Times, TimeTrial

MOST_VALUES: Final = 20_000
"""Beyond so many distinct values they are no longer kept; they are still tried."""

_BLANK: Final = " \t\r\n\u00a0"
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.([0-9]{1,6}))?")
_TEMPORAL: Final = re.compile(
    r"\b(at|on|time|date|created|updated|opened|closed|resolved|solved|timestamp)\b|(at|time|date)$"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column over all rows. `values` are the distinct texts that are no nulls, with their counts; `many` says that
    there are more than are kept. `decimals` is the longest fraction of its numbers, None where not all are numbers.
    Where cells are lists of texts, `is_list`, these are counted one by one."""

    name: str
    header: str
    rows: int
    filled: int
    values: Mapping[str, int]
    many: bool
    nulls: Mapping[str, int]
    times: Times | None
    decimals: int | None
    negative: int
    is_list: bool

    @property
    def plain(self) -> str:
        """The header as the table of known names spells it."""
        return plain_header(self.header)

    @property
    def samples(self) -> tuple[str, ...]:
        """The first three distinct values."""
        return tuple(value for value, _ in zip(self.values, range(3), strict=False))

    @property
    def is_unique(self) -> bool:
        """Whether no value stands twice, as far as they are kept."""
        return self.filled > 0 and not self.many and len(self.values) == self.filled

    @property
    def is_integer(self) -> bool:
        return self.decimals == 0

    @property
    def is_time(self) -> bool:
        """Whether its values alone tell that it holds times."""
        return self.times is not None and self.times.sure


@dataclass(frozen=True, slots=True)
class Export:
    """The columns of an export, the rows that were read and those that could not be. `nested` are the names of columns of
    objects, and of lists of objects, which no field is read from."""

    columns: tuple[Column, ...]
    rows: int
    rejected: int
    nested: tuple[str, ...]

    @property
    def texts(self) -> tuple[Column, ...]:
        """The columns that hold one text a cell, among which an id can be."""
        return tuple(column for column in self.columns if not column.is_list)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(slots=True)
class _Gathering:
    name: str
    header: str
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    many: bool = False
    nulls: Counter[str] = field(default_factory=Counter)
    trial: TimeTrial = field(default_factory=TimeTrial)
    decimals: int | None = 0
    negative: int = 0
    is_list: bool = False

    def add_list(self, texts: list[str]) -> None:
        self.is_list = True
        self.filled += bool(texts)
        for text in texts:
            if text in self.values or len(self.values) < MOST_VALUES:
                self.values[text] += 1
            else:
                self.many = True

    def add(self, text: str) -> None:
        stripped = text.strip(_BLANK)
        if not stripped or stripped in NULLS:
            self.nulls[stripped] += 1
            return
        self.filled += 1
        if stripped in self.values:
            self.values[stripped] += 1
            return
        if len(self.values) < MOST_VALUES:
            self.values[stripped] = 1
        else:
            self.many = True
        self.trial.add(stripped)
        if self.decimals is not None:
            number = _NUMBER.fullmatch(stripped)
            self.decimals = None if number is None else max(self.decimals, len(number[1] or ""))
            self.negative += stripped.startswith("-")

    def column(self, rows: int) -> Column:
        return Column(
            self.name,
            self.header,
            rows,
            self.filled,
            self.values,
            self.many,
            self.nulls,
            self.trial.times() if self.filled and not self.is_list else None,
            self.decimals if self.filled and not self.is_list else None,
            self.negative,
            self.is_list,
        )


def survey(scan: Scan, headers: Mapping[str, str]) -> Export:
    """Read the table to its end. `headers` gives what stands in the header over a column where it is called otherwise.
    The fields of objects in rows of JSON are columns of their own."""
    nested: dict[str, None] = {}
    found: dict[str, _Gathering] = {}
    for name in scan.columns or ():
        found[name] = _gathering(name, headers)
    rows = rejected = 0
    for row in scan.rows():
        if isinstance(row, Rejected):
            rejected += 1
            continue
        rows += 1
        for name, value in _values(row, scan.columns):
            texts = _texts(value)
            if texts is None:
                nested[name] = None
                continue
            if name not in found:
                found[name] = _gathering(name, headers)
            if isinstance(texts, str):
                found[name].add(texts)
            else:
                found[name].add_list(texts)
    columns = tuple(gathering.column(rows) for name, gathering in found.items() if name not in nested)
    return Export(columns, rows, rejected, tuple(nested))


def cells(row: Row, columns: tuple[str, ...] | None) -> Iterator[tuple[str, str]]:
    """The texts of a row by column; of a row of JSON by dotted path of keys. Lists and objects are left out."""
    for name, value in _values(row, columns):
        texts = _texts(value)
        if isinstance(texts, str):
            yield name, texts


def _values(row: Row, columns: tuple[str, ...] | None) -> Iterator[tuple[str, JsonValue]]:
    if columns is not None:
        yield from zip(columns, row.values, strict=True)
    elif isinstance(row.values, Mapping):
        yield from _paths("", row.values)


def _paths(above: str, values: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _paths(f"{above}{key}.", value)
        else:
            yield above + key, value


def _texts(value: JsonValue) -> str | list[str] | None:
    """The text of a cell, or those of its list; None of an object, or a list of more than texts."""
    if value is None:
        return ""
    if not isinstance(value, list):
        return scalar_text(value)
    texts = [text for item in value if (text := scalar_text(item)) is not None]
    return texts if len(texts) == len(value) else None


def _gathering(name: str, headers: Mapping[str, str]) -> _Gathering:
    header = headers.get(name, name)
    return _Gathering(name, header, trial=TimeTrial(epochs=_TEMPORAL.search(plain_header(header)) is not None))
