"""The source `example-mbox`: a mailbox file as mail servers and archives write it, one message a record.

A message begins with a line `From SENDER DATE` at the start of the file or after a blank line, and ends before the
blank lines that precede the next. A message whose header cannot be read is rejected, its bytes kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from supportpolicy.errors import InputError, Place, Problem
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.plugin import Detected, Probe, Row, Snapshot, Source
from supportpolicy.sources.lines import Overlong, single_lines
from supportpolicy.sources.locations import resolve
from supportpolicy.sources.survey import Survey, survey_all

from supportpolicy_example.message import COLUMNS, HeaderError, values

_SEPARATOR: Final = re.compile(rb"From \S+ .*[0-9]{4}")
_HEADER_LINE: Final = re.compile(rb"[!-9;-~]+:")


@dataclass(slots=True)
class MboxScan:
    """The messages of one table, over one or more files."""

    table: str
    surveys: tuple[Survey, ...]
    columns: tuple[str, ...] = COLUMNS
    _tallies: tuple[Tally, ...] | None = field(default=None, init=False)

    def rows(self) -> Iterator[Row | Rejected]:
        """Every message in the order of the files."""
        tallies: list[Tally] = []
        for survey in self.surveys:
            yield from self._messages(survey, tallies)
        self._tallies = tuple(tallies)

    def tallies(self) -> tuple[Tally, ...]:
        """What was counted while `rows` ran to its end."""
        if self._tallies is None:
            raise RuntimeError("rows() has not run to its end")
        return self._tallies

    def _messages(self, survey: Survey, tallies: list[Tally]) -> Iterator[Row | Rejected]:
        name, read, rejected, blank, inner = survey.location.name, 0, 0, 0, 0
        for line, offset, lines in _records(survey):
            while lines and lines[-1] in (b"", b"\r"):
                lines.pop()
                blank += 1
            if not lines:
                continue
            raw = b"\n".join(lines).removesuffix(b"\r")
            read, inner = read + 1, inner + len(lines) - 1
            place = RowPlace(name, read, line)
            try:
                row: Row | Rejected = Row(place, values(raw), raw)
            except HeaderError as error:
                row, rejected = Rejected(place, offset, str(error), raw, self.table), rejected + 1
            yield row
        tallies.append(Tally(name, self.table, survey.line_feeds, 0, read, rejected, blank, inner))


def _records(survey: Survey) -> Iterator[tuple[int, int, list[bytes]]]:
    """The line and offset at which each message begins, and its lines, the blank ones before the next among them."""
    lines: list[bytes] = []
    first, start = 1, 0
    with survey.location.content() as content:
        for number, found in enumerate(single_lines(content), 1):
            if isinstance(found, Overlong):
                raise InputError(Problem(found.reason, Place(survey.location.name, number)))
            offset, line = found
            if _SEPARATOR.match(line) and lines and lines[-1] in (b"", b"\r"):
                yield first, start, lines
                lines, first, start = [], number, offset
            elif not lines:
                first, start = number, offset
            if lines or line not in (b"", b"\r"):
                lines.append(line)
            else:
                yield number, offset, [line]
    yield first, start, lines


def open_mbox(locations: Sequence[str], options: Mapping[str, Any], table: str) -> Snapshot:
    """Open mailbox files as one table; raises InputError with the problems of all."""
    surveys = survey_all(resolve(locations), table)
    problems = [
        Problem(
            "this is no mailbox", Place(survey.location.name), expected="a file that begins with `From SENDER DATE`"
        )
        for survey in surveys
        if not _SEPARATOR.match(survey.location.probe().head.lstrip(b"\r\n"))
    ]
    if problems:
        raise InputError(*problems)
    return Snapshot({table: MboxScan(table, surveys)}, tuple(survey.input for survey in surveys))


def detect(probe: Probe) -> Detected | None:
    """Recognise a mailbox by its first two lines."""
    first, _, rest = probe.head.lstrip(b"\r\n").partition(b"\n")
    if _SEPARATOR.match(first) and _HEADER_LINE.match(rest):
        return Detected(80, "it begins with `From SENDER DATE` and a mail header")
    return None


def mapping() -> str:
    """The mapping of a mailbox, as YAML."""
    return resources.files("supportpolicy_example").joinpath("mapping.yaml").read_text(encoding="utf-8")


SOURCE: Final = Source(
    name="example-mbox",
    summary="A mailbox file (mbox); each message that is no reply is a ticket.",
    schema={},
    detect=detect,
    open=open_mbox,
    mapping=mapping,
)
