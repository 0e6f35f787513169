"""The header of a CSV file: what stands in it, and what its columns are called in a mapping."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, Literal

from supportpolicy.errors import InputError, Place, Problem
from supportpolicy.model.text import printable, quoted
from supportpolicy.sources.dialect import Dialect
from supportpolicy.sources.faults import Diagnosis
from supportpolicy.sources.lines import Lines
from supportpolicy.sources.locations import Location
from supportpolicy.sources.mistaken import mistaken

Naming = Literal["by_name", "by_name_any_case", "by_position"]

EXPECTED: Final = "CSV: text with a header on its first line"
_BOM: Final = b"\xef\xbb\xbf"
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in the header of a file, the lines that it and blank lines before it take, and where the rows begin."""

    names: tuple[str, ...]
    lines: int
    blank: int
    end: int


def read_header(location: Location, dialect: Dialect) -> Header:
    """The header of a file; raises InputError if there is none, or the file is not what it was taken for."""
    head = location.probe().head
    if problem := mistaken(location.name, head, EXPECTED):
        raise InputError(problem)
    with location.content() as content:
        return _Reading(location.name, dialect, head, Lines(content)).header()


def named(names: Sequence[str], naming: Naming, headers: Sequence[str], place: Place) -> tuple[str, ...]:
    """What the columns are called; raises InputError if the header does not allow it.

    By position the header must be `headers`, cell by cell; a name that stands in it several times is then called `X#1`,
    `X#2`, and a blank one `column 5`.
    """
    if naming == "by_position":
        if problems := _differences(names, headers, place):
            raise InputError(*problems)
        return _told_apart(names, place)
    told_apart = [name.translate(_LOWER) for name in names] if naming == "by_name_any_case" else names
    if problems := _ambiguous(names, told_apart, place):
        raise InputError(*problems)
    return tuple(names)


def same_header(names: Sequence[str], first: Sequence[str], first_file: str, place: Place) -> None:
    """Raises InputError naming the first difference to the header of the first file of the table."""
    for number, (found, expected) in enumerate(zip_longest(names, first), 1):
        if found != expected:
            raise InputError(
                Problem(
                    f"the header differs from that of {first_file}: column {number} is {_shown(found)}",
                    place,
                    expected=_shown(expected),
                    hint="the files of one table need the same columns in the same order; give this one another table",
                )
            )


@dataclass(slots=True)
class _Reading:
    """The reading of one header; `head` is a glance at the file, for guesses at what else it might be."""

    name: str
    dialect: Dialect
    head: bytes
    lines: Lines
    blank: int = 0

    def header(self) -> Header:
        lines, pattern = self.lines, self.dialect.record()
        lines.advance(0)
        at = self._after_bom()
        while True:
            end = lines.data.find(b"\n", at)
            if end < 0 and not lines.ended:
                grown = lines.advance(at)
                at = 0
                if not grown and not lines.ended:
                    raise self._unreadable("its line is too long")
                continue
            line = lines.data[at:] if end < 0 else lines.data[at:end]
            if line in (b"", b"\r"):
                if end < 0:
                    hint = "an export without rows still has a header; export it again"
                    raise InputError(Problem("the file is empty", Place(self.name), expected=EXPECTED, hint=hint))
                at, self.blank = end + 1, self.blank + 1
                continue
            if match := pattern.match(lines.data, at):
                end = match.end() + (2 if lines.data.startswith(b"\r", match.end()) else 1)
                names = self._names(match[0])
                return Header(names, 1 + match[0].count(b"\n"), self.blank, lines.offset + min(end, len(lines.data)))
            fault = Diagnosis.of(self.dialect).of_record(lines.data, at, self.blank + 1)
            if not fault.unclosed or not lines.advance(at):
                raise self._unreadable(fault.reason)
            at = 0

    def _after_bom(self) -> int:
        if not self.lines.data.startswith(_BOM):
            return 0
        if self.dialect.codec == "utf-8":
            return len(_BOM)
        raise InputError(
            Problem(
                f"the file begins with the mark of UTF-8, and the mapping says {self.dialect.encoding}",
                Place(self.name),
                hint="leave `encoding:` out of the mapping's `source:`",
            )
        )

    def _names(self, raw: bytes) -> tuple[str, ...]:
        if re.fullmatch(rb"sep=.", raw):
            rest = f"delete the line: `tail -n +{self.blank + 2} FILE`"
            raise self._problem("a line for spreadsheets, sep=, stands before the header", rest)
        try:
            text = raw.decode(self.dialect.codec)
        except UnicodeDecodeError as error:
            fault = Diagnosis.of(self.dialect).of_record(raw, 0, self.blank + 1)
            hint = "say in the mapping's `source:` which encoding it is: `encoding: cp1252` or `encoding: latin-1`"
            raise self._problem(f"the header cannot be read: {fault.reason}", hint) from error
        return tuple(inside.replace('""', '"') or bare for inside, bare in self.dialect.fields().findall(text))

    def _unreadable(self, reason: str) -> InputError:
        if b"\n" not in self.head and b"\r" in self.head:
            hint = "turn them into today's: `tr '\\r' '\\n' < FILE`"
            return self._problem("the lines end in CR only, as on old Macs", hint)
        return self._problem(
            f"the header cannot be read: {reason}", "open the file in a text editor to see its first lines"
        )

    def _problem(self, message: str, hint: str) -> InputError:
        return InputError(Problem(message, Place(self.name, self.blank + 1), expected=EXPECTED, hint=hint))


def _differences(names: Sequence[str], headers: Sequence[str], place: Place) -> list[Problem]:
    problems = [
        Problem(f"column {number} of the header is {_shown(found)}", place, expected=_shown(expected))
        for number, (found, expected) in enumerate(zip_longest(names, headers), 1)
        if found != expected
    ]
    if problems:
        left_out = len(problems) - _SHOWN
        tail = f"and {left_out} columns more differ" if left_out > 0 else f"the file's header is {_headers(names)}"
        problems = [*problems[:_SHOWN], Problem("the header is not the one under `headers:`", place, hint=tail)]
    return problems


def _ambiguous(names: Sequence[str], columns: Sequence[str], place: Place) -> list[Problem]:
    problems = []
    positions: dict[str, list[int]] = {}
    for number, column in enumerate(columns, 1):
        positions.setdefault("" if not column.strip() else column, []).append(number)
    for column, numbers in positions.items():
        listed = ", ".join(map(str, numbers))
        if not column:
            problems.append(Problem(f"the header is blank in column {listed}", place, expected="a name"))
        elif len(numbers) > 1:
            problems.append(Problem(f"the header has {quoted(column)} in columns {listed}", place, expected="it once"))
    if problems:
        hint = f"say in the mapping's `source:` columns: by_position, headers: {_headers(names)}"
        *before, last = problems
        problems = [*before, Problem(last.message, last.place, expected=last.expected, hint=hint)]
    return problems


def _told_apart(names: Sequence[str], place: Place) -> tuple[str, ...]:
    repeated = {name for name, times in Counter(names).items() if times > 1}
    seen: Counter[str] = Counter()
    columns: list[str] = []
    for number, name in enumerate(names, 1):
        seen[name] += 1
        if not name.strip():
            columns.append(f"column {number}")
        else:
            columns.append(f"{name}#{seen[name]}" if name in repeated else name)
    clashes = [name for name, times in Counter(columns).items() if times > 1]
    if clashes:
        hint = "rename the column in the export: repeated names are numbered X#1, X#2, blank ones called 'column 5'"
        raise InputError(
            *(Problem(f"two columns would be called {quoted(name)}", place, hint=hint) for name in clashes)
        )
    return tuple(columns)


def _headers(names: Sequence[str]) -> str:
    """The names as a list that can be pasted into a mapping: every JSON text is a YAML text."""
    return "[" + ", ".join(printable(json.dumps(name, ensure_ascii=False)) for name in names) + "]"


def _shown(name: str | None) -> str:
    return "not there" if name is None else quoted(name)
