"""The case tables beside this file: a calendar as a policy states it, and what must come of it.

| key | what it gives |
| --- | --- |
| `states` | the statements of `docs/semantics.md` that the case shows, by id |
| `calendar` | the calendar |
| `open` | the open intervals of dates in the calendar's zone, `FROM/UNTIL` without UNTIL, as local times or instants |
| `accrued` | the open time between two instants |
| `due` | for `START + LIMIT` the instant, or `unknown`; a list of it and the last in time |
| `closed`, `opens` | instants at which it is closed; the next opening from an instant on |
| `refused` | limits that are no limits on it, with the character at which and why |
| `holidays` | dates and what they are called; `null` where it is none |
| `problems` | what the calendar is refused with, word for word |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from supportpolicy.compiler.calendars import calendar_file
from supportpolicy.compiler.limit_cells import parse_cell
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import parse_document
from supportpolicy.errors import DocumentError
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.duration import format_duration
from supportpolicy.model.instant import format_us, parse_instant, parse_naive
from supportpolicy.model.limit import CalendarLimit
from supportpolicy.model.opening import expand
from supportpolicy.model.reckoning import reckon
from supportpolicy.model.step_table import StepTable

HERE = Path(__file__).parent


def all_cases() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(HERE.glob("*.yaml")):
        table = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
        for name, case in table["cases"].items():
            yield f"{path.stem}: {name}", case


CASES = dict(all_cases())


def states() -> set[str]:
    """The statements that the cases show."""
    return {state for case in CASES.values() for state in case.get("states", ())}


def _document(case: Mapping[str, Any]) -> bytes:
    lines = "".join(f"    {line}\n" for line in case["calendar"].splitlines())
    return f"supportpolicy-calendars: 1\ncalendars:\n  c:\n{lines}".encode()


def us(text: str) -> int:
    return parse_instant(text).lo


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = CASES[name]
    if "problems" in case:
        with pytest.raises(DocumentError) as caught:
            calendar_file(parse_document(_document(case), "c.yaml"))
        assert str(caught.value) == case["problems"].rstrip("\n")
        return
    calendar = calendar_file(parse_document(_document(case), "c.yaml"))["c"]
    table = expand(calendar)
    assert set(case) - {"states", "calendar"}, "a case that expects nothing"
    _open(case, table)
    told = (*_reckoned(case, table), *_accrued(case, table), *_opens(case, table), *_refused(case))
    for stated, found in told:
        assert found == stated
    _holidays(case, calendar)


def _open(case: Mapping[str, Any], table: StepTable) -> None:
    for span, expected in case.get("open", {}).items():
        first, last = (table.offsets.first_reading(parse_naive(f"{day}T00:00")) for day in span.split("/"))
        as_local = not any("Z" in text for text in expected)
        found = []
        for opens, closes in table.intervals(first, last):
            if as_local:
                found.append(f"{_local(table, opens)} - {_local(table, closes)}")
            else:
                found.append(f"{format_us(opens)} - {format_us(closes)}")
        assert found == list(expected)


def _local(table: StepTable, at: int) -> str:
    shown = format_us(table.offsets.to_local(at))
    return f"{shown[5:10]} {shown[11:16]}"


def _reckoned(case: Mapping[str, Any], table: StepTable) -> Iterator[tuple[Any, Any]]:
    for asked, expected in case.get("due", {}).items():
        start, _, text = asked.partition(" + ")
        limit = parse_cell(f"{text} in c", ["c"])
        assert isinstance(limit, CalendarLimit)
        found = reckon(limit, table, us(start))
        shown = ["unknown" if at is None else format_us(at) for at in (found.due, found.last_in_time)]
        yield expected, shown if isinstance(expected, list) else shown[0]


def _accrued(case: Mapping[str, Any], table: StepTable) -> Iterator[tuple[Any, Any]]:
    for span, expected in case.get("accrued", {}).items():
        start, stop = span.split(" - ")
        found = table.between(us(start), us(stop))
        yield expected, "unknown" if found is None else format_duration(found)


def _opens(case: Mapping[str, Any], table: StepTable) -> Iterator[tuple[Any, Any]]:
    for at, expected in case.get("opens", {}).items():
        opening = table.next_opening(us(at))
        yield expected, "unknown" if opening is None else format_us(opening)
    for at in case.get("closed", ()):
        yield at, at if table.is_open(us(at)) is False else "open"


def _refused(case: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for text, expected in case.get("refused", {}).items():
        fault = parse_cell(text, ["c"])
        yield expected, f"{fault.position + 1}: {fault.message}" if isinstance(fault, TextFault) else str(fault)


def _holidays(case: Mapping[str, Any], calendar: Calendar) -> None:
    named = {day.isoformat(): name for day, name in calendar.holidays.items()}
    for day, expected in case.get("holidays", {}).items():
        assert named.get(day, "null") == expected
