"""Clock cases gathered from other systems, where they lie beside the checkout: those that need no more than a calendar."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from supportpolicy.compiler.calendar_text import parse_days
from supportpolicy.compiler.calendars import calendar_file
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import parse_document
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.instant import DAY_US, parse_instant, parse_naive
from supportpolicy.model.opening import date_of, expand
from supportpolicy.model.running import Running, running
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.zone import load_zone

ROOT = Path(__file__).parents[2]
SPAN = "{from: 1969-01-01, until: 2026-01-01}"
NEED_MORE = {"ticket"}
"""Kinds of cases that are about events of a ticket."""


def shared_cases() -> Path | None:
    stated = os.environ.get("SUPPORTPOLICY_SHARED_CASES")
    file = (Path(stated) if stated else ROOT.parent / "shared" / "cases") / "clock-cases.yaml"
    return file if file.is_file() else None


def loaded() -> Mapping[str, Any]:
    file = shared_cases()
    return yaml.load(file.read_text("utf-8"), yaml.BaseLoader) if file else {"calendars": {}, "cases": []}


TABLE = loaded()


def as_policies_say_it(stated: Mapping[str, Any]) -> str:
    """The calendar as a calendar file states one."""

    def hours(windows: Any) -> str:
        return "[" + ", ".join(f"{opens}-{closes}" for opens, closes in windows) + "]" if windows else "closed"

    def days(named: Mapping[str, Any]) -> str:
        return "{" + ", ".join(f"{name}: {hours(windows)}" for name, windows in named.items()) + "}"

    lines = ["supportpolicy-calendars: 1", "calendars:", "  c:", f"    zone: {stated['timezone']}", f"    span: {SPAN}"]
    lines.append(f"    hours: {days(stated['hours'])}")
    for key, name in (("date_overrides", "dates"), ("breaks", "breaks")):
        if key in stated:
            lines.append(f"    {name}: {days(stated[key])}")
    holidays = [*stated.get("holidays", ()), *stated.get("recurring_holidays", ())]
    if holidays:
        lines.append(f"    holidays: [{', '.join(holidays)}]")
    return "\n".join(lines) + "\n"


CALENDARS: dict[str, tuple[Calendar, StepTable]] = {}


def calendar(case: Mapping[str, Any]) -> tuple[Calendar, StepTable]:
    name = case["calendar"]
    if name not in CALENDARS:
        text = as_policies_say_it(TABLE["calendars"][name])
        found = calendar_file(parse_document(text.encode(), f"{name}.yaml"))["c"]
        CALENDARS[name] = found, expand(found)
    return CALENDARS[name]


def us(text: str) -> int:
    return parse_instant(text).lo


def seconds(text: str) -> int:
    return int(text) * 1_000_000


def clock(case: Mapping[str, Any]) -> Running:
    return running(calendar(case)[1], [(us(a), us(b)) for a, b in case.get("pauses", ())])


def backward(table: StepTable, end: int, amount: int) -> int | None:
    """When a clock has to start to have accrued so much at the end: as late as it can; for nothing, the last closing."""
    accrued = table.accrued(end)
    assert accrued is not None
    wanted = accrued - amount
    return table.last_in_time(table.first, wanted) if amount else table.due(table.first, wanted)


def check(case: Mapping[str, Any]) -> None:
    expect = case["expect"]
    match case["kind"]:
        case "elapsed":
            start, end = us(case["start"]), us(case["end"])
            if end < start:
                assert calendar(case)[1].between(start, end) == seconds(expect["business_seconds"])
                return
            found = clock(case).between(start, end)
            assert found == seconds(expect["business_seconds"])
        case "deadline":
            start, target = us(case["start"]), seconds(case["target_seconds"])
            assert clock(case).due(start, target) == us(expect["deadline"])
            if "equivalent_next_open" in expect:
                assert clock(case).last_in_time(start, target) == us(expect["equivalent_next_open"])
        case "is_open":
            assert calendar(case)[1].is_open(us(case["at"])) == (expect["open"] == "true")
        case "next_open":
            assert calendar(case)[1].next_opening(us(case["at"])) == us(expect["opens_at"])
        case "backward":
            table, end = calendar(case)[1], us(case["end"])
            assert backward(table, end, seconds(case["target_seconds"])) == us(expect["start"])
        case "business_days":
            table, count = calendar(case)[1], int(case["days"])
            reckon = table.end_of_business_day if "round_to" in case else table.business_days_later
            found, stated = reckon(us(case["start"]), count), us(expect["lands_at"])
            if "date-only" in case.get("tags", ()):  # reckoned with dates, which have no time to move to an opening
                assert found is not None
                found, stated = (table.offsets.to_local(at) // DAY_US for at in (found, stated))
            assert found == stated
        case "open_intervals":
            found_intervals = calendar(case)[1].intervals(us(case["from"]), us(expect["intervals"][-1][1]))
            assert list(found_intervals) == [(us(a), us(b)) for a, b in expect["intervals"]]
        case "local_to_utc":
            assert load_zone(case["timezone"]).first_reading(_naive(case)) == us(expect["utc"])
        case "is_holiday":
            whole, table = calendar(case)
            day = date_of(table.offsets.to_local(us(case["at"])) // DAY_US)
            assert (day in whole.holidays) == (expect["holiday"] == "true")
        case "calendar_invalid":
            assert isinstance(parse_days(case["weekday_number"]), TextFault)
        case kind:
            raise AssertionError(f"nothing runs cases of the kind {kind}")


def _naive(case: Mapping[str, Any]) -> int:
    if case["local_time"] == "24:00":
        return parse_naive(f"{case['local_date']}T00:00") + DAY_US
    return parse_naive(f"{case['local_date']}T{case['local_time']}")


def that_need_only_a_calendar() -> Iterator[Any]:
    for case in TABLE["cases"]:
        if case["kind"] not in NEED_MORE:
            yield pytest.param(case, id=case["id"])


@pytest.mark.parametrize("case", list(that_need_only_a_calendar()))
def test_a_shared_case(case: Mapping[str, Any]) -> None:
    check(case)


def test_none_is_left_out() -> None:
    if shared_cases() is None:
        pytest.skip("the shared cases are not beside the checkout; SUPPORTPOLICY_SHARED_CASES names their folder")
    kinds = Counter(case["kind"] for case in TABLE["cases"])
    run = sum(1 for _ in that_need_only_a_calendar())
    assert run == len(TABLE["cases"]) - sum(kinds[kind] for kind in NEED_MORE)
    assert (run, len(TABLE["cases"])) == (161, 170)
