"""`supportpolicy calendar`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar as Read

from supportpolicy.cli import run
from supportpolicy.compiler.calendars import calendar_file
from supportpolicy.document import read_document
from supportpolicy.model.opening import expand
from supportpolicy.reports.calendar_month import month
from supportpolicy.reports.icalendar import icalendar

FILE = """\
supportpolicy-calendars: 1
calendars:
  office:
    zone: Europe/Berlin
    hours: {mon-fri: [09:00-12:00, 13:00-17:30]}
    dates: {12-24: 09:00-12:00}
    holidays: [{date: 12-25, name: "Christmas; Day, \\\\ \u00e9t\u00e9"}, 12-26]
  night: {zone: America/Los_Angeles, hours: {mon-sun: 22:00-06:00}, span: {from: 2014-01-01, until: 2014-11-16}}
"""
POLICY = """\
supportpolicy: 1
id: p
title: P
clauses: {c: {section: S, says: X.}}
rules: {r: {kind: unique, clause: c, field: reference}}
calendars: {office: {zone: UTC, hours: {mon-fri: 09:00-17:00}}}
"""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(FILE)
    Path("p.yaml").write_text(POLICY)
    Path("m.yaml").write_text("supportpolicy-mapping: 1\nsource: {name: csv}\n")
    Path("bare.yaml").write_text(POLICY[: POLICY.index("calendars:")])


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    assert run(["calendar", *args]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def test_a_file_lists_its_calendars(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "c.yaml")
    assert [line for line in lines if not line.startswith(" ")][:2] == ["office", "night"]
    assert "  span           2014-01-01 to before 2014-11-16" in lines
    night = expand(calendar_file(read_document(Path("c.yaml")))["night"])
    assert f"  sha256         {night.sha256}" in lines
    assert re.fullmatch(r"made with tzdata 20[0-9]{2}[a-z]+, holidays [0-9.]+", lines[-1])
    assert printed(capsys, "c.yaml", "night")[0] == "night"
    assert printed(capsys, "p.yaml")[0] == "office"


def test_a_month(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "c.yaml", "office", "--month", "2025-12")
    assert lines[0] == "office, December 2025, Europe/Berlin"
    week = lines.index(next(line for line in lines if line.startswith("| 22 ")))
    assert [cell.strip() for cell in lines[week].split("|")[1:-1]] == [
        "22",
        "23",
        "24",
        "25 holiday",
        "26 holiday",
        "27",
        "28",
    ]
    assert [cell.strip() for cell in lines[week + 1].split("|")[1:-1]] == ["09:00-12:00"] * 3 + [""] * 4
    assert [cell.strip() for cell in lines[week + 2].split("|")[1:-1]] == ["13:00-17:30"] * 2 + [""] * 5
    assert lines[-3:] == [
        "25 Thu  Christmas; Day, \\ \u00e9t\u00e9",
        "26 Fri  holiday",
        "open 153h in 21 business days",
    ]


def test_a_month_of_nights_in_which_the_clocks_change(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "c.yaml", "night", "--month", "2014-11")
    assert [cell.strip() for cell in lines[4].split("|")[1:-1]] == ["", "", "", "", "", "1", "2"]
    assert [cell.strip() for cell in lines[5].split("|")[1:-1]] == [""] * 5 + ["00:00-06:00"] * 2
    assert lines[-3:] == [
        " 2 Sun  the clocks go back by 1h",
        "The calendar speaks of 2014-01-01 to before 2014-11-16; of other dates nothing is known.",
        "open 121h in 15 business days",
    ]


def test_a_month_on_a_narrow_terminal() -> None:
    whole = calendar_file(read_document(Path("c.yaml")))["office"]
    lines = list(month(whole, expand(whole), date(2025, 12, 1), 80))
    assert max(map(len, lines)) <= 80
    week = lines.index(next(line for line in lines if line.startswith("| 22 ")))
    assert [cell.strip() for cell in lines[week].split("|")[1:-1]] == [
        "22",
        "23",
        "24",
        "25 hol.",
        "26 hol.",
        "27",
        "28",
    ]
    assert [cell.strip() for cell in lines[week + 2].split("|")[1:-1]] == ["13-17:30"] * 2 + [""] * 5


def test_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "p.yaml", "--year", "2025")
    assert [line for line in lines if line.startswith("office, ")][0::11] == [
        "office, January 2025, UTC",
        "office, December 2025, UTC",
    ]


def test_when_a_limit_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "c.yaml", "office", "--start", "2025-12-23T16:00:00Z", "--limit", "3h 30m") == [
        "limit         3h 30m in office",
        "start         2025-12-23T16:00:00Z  Tue 23 Dec 2025 17:00 Europe/Berlin",
        "due           2025-12-24T11:00:00Z  Wed 24 Dec 2025 12:00 Europe/Berlin",
        "last in time  2025-12-29T08:00:00Z  Mon 29 Dec 2025 09:00 Europe/Berlin",
        "open time from start to due:",
        "  Tue 23 Dec 2025 17:00 to Tue 23 Dec 2025 17:30       30m",
        "  Wed 24 Dec 2025 09:00 to Wed 24 Dec 2025 12:00        3h",
        "  3h 30m",
    ]
    assert printed(capsys, "c.yaml", "--start", "2025-12-20T08:00:00.5Z", "--limit", "1 business day in office")[
        :4
    ] == [
        "limit         1 business day in office",
        "start         2025-12-20T08:00:00.500Z  Sat 20 Dec 2025 09:00:00.500000 Europe/Berlin",
        "next opening  2025-12-22T08:00:00Z  Mon 22 Dec 2025 09:00 Europe/Berlin",
        "due           2025-12-23T08:00:00Z  Tue 23 Dec 2025 09:00 Europe/Berlin",
    ]


def test_a_long_sum_is_cut_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "p.yaml", "--start", "2025-01-06T09:00:00Z", "--limit", "800h")
    assert lines[-2:] == ["  and 60 more, to the sum of", "  800h"]
    assert sum(line.startswith("  ") for line in lines) == 42


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["c.yaml", "--month", "2025-12"], "c.yaml: several calendars are here; expected one of office, night"),
        (
            ["c.yaml", "ofice", "--year", "2025"],
            "c.yaml: there is no calendar 'ofice'; expected one of office, night\n    did",
        ),
        (["c.yaml", "office", "--month", "2025-13"], "'2025-13' is no month or year of the calendar office"),
        (["c.yaml", "office", "--month", "May"], "'May' is no month or year of the calendar office"),
        (["c.yaml", "night", "--month", "2014-12"], "from 2014-01-01 to before 2014-11-16"),
        (["c.yaml", "night", "--year", "2015"], "'2015' is no month or year of the calendar night"),
        (["c.yaml", "office", "--year", "0000"], "'0000' is no month or year"),
        (["c.yaml", "office", "--start", "2025-01-01T00:00:00Z"], "--start and --limit go together"),
        (["c.yaml", "office", "--ics"], "--ics needs the span to write"),
        (["c.yaml", "office", "--month", "2025-01", "--year", "2025"], "expected one of them"),
        (
            ["c.yaml", "office", "--start", "2025-01-01T00:00:00Z", "--limit", "1 day"],
            "--limit '1 day': at character 3: a day",
        ),
        (
            ["c.yaml", "office", "--start", "2025-01-01T00:00:00Z", "--limit", "8h in night"],
            "on another calendar than office",
        ),
        (["c.yaml", "--start", "2025-01-01T00:00:00Z", "--limit", "not offered"], "several calendars are here"),
        (
            ["c.yaml", "office", "--start", "2025-01-01T00:00:00Z", "--limit", "8h in 24x7"],
            "is not reckoned on a calendar",
        ),
        (
            ["c.yaml", "office", "--start", "2039-12-30T00:00:00Z", "--limit", "80h"],
            "does not say when 80h in office from",
        ),
        (
            ["c.yaml", "night", "--start", "2009-12-30T00:00:00Z", "--limit", "80h"],
            "does not say when 80h in night from",
        ),
        (["m.yaml"], "m.yaml:1:1: this is neither a policy nor a calendar file; expected a file that begins with"),
        (["bare.yaml"], "bare.yaml: the policy has no calendars of its own; expected a section `calendars`"),
        (["none.yaml"], "none.yaml: there is no such file"),
    ],
)
def test_what_cannot_be_shown(capsys: pytest.CaptureFixture[str], args: list[str], told: str) -> None:
    assert run(["calendar", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


def test_icalendar_as_an_independent_reader_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calendar", "c.yaml", "office", "--year", "2025", "--ics"]) == 0
    out = capsys.readouterr().out
    whole = calendar_file(read_document(Path("c.yaml")))["office"]
    table = expand(whole)
    read = Read.from_ical(out)
    assert (read["VERSION"], str(read["X-WR-CALNAME"])) == ("2.0", "office")
    events = read.walk("VEVENT")
    hours = [(event.decoded("DTSTART"), event.decoded("DTEND")) for event in events if event["TRANSP"] == "OPAQUE"]
    first, last = (int((datetime(year, 1, 1, tzinfo=UTC) - EPOCH) / timedelta(microseconds=1)) for year in (2025, 2026))
    assert [tuple((at - EPOCH) // timedelta(microseconds=1) for at in span) for span in hours] == list(
        table.intervals(first, last)
    )
    days = {event.decoded("DTSTART"): str(event["SUMMARY"]) for event in events if event["TRANSP"] == "TRANSPARENT"}
    assert days == {date(2025, 12, 25): "Christmas; Day, \\ \u00e9t\u00e9", date(2025, 12, 26): "holiday"}
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert all("DTSTAMP" in event for event in events)


def test_lines_of_icalendar_are_folded_and_end_as_they_must(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    long = "\u00e9" * 200
    Path("long.yaml").write_text(
        f"supportpolicy-calendars: 1\ncalendars: {{c: {{zone: UTC, hours: {{mon: 09:00-10:00}}, "
        f"holidays: [{{date: 01-01, name: {long}}}]}}}}\n"
    )
    assert run(["calendar", "long.yaml", "--month", "2025-01", "--ics"]) == 0
    out = capsysbinary.readouterr().out
    assert out.endswith(b"END:VCALENDAR\r\n")
    lines = out.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in line for line in lines)
    assert [line.decode() for line in lines if line[:1] == b" "]  # no character is cut
    assert next(str(e["SUMMARY"]) for e in Read.from_ical(out).walk("VEVENT") if e["TRANSP"] == "TRANSPARENT") == long


def test_the_same_calendar_gives_the_same_bytes() -> None:
    whole = calendar_file(read_document(Path("c.yaml")))["night"]
    spans = [list(icalendar(whole, expand(whole), date(2014, 3, 1), date(2014, 4, 1))) for _ in range(2)]
    assert spans[0] == spans[1]


def test_a_hostile_name_shows_no_raw_text_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text(
        "supportpolicy-calendars: 1\ncalendars: {c: {zone: UTC, hours: {mon: 09:00-10:00}, "
        'holidays: [{date: 01-01, name: "\\e[31m\\r\\nEND:VCALENDAR\\u202e"}]}}\n'
    )
    out = "\n".join(printed(capsys, "bad.yaml", "--month", "2025-01"))
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert run(["calendar", "bad.yaml", "--month", "2025-01", "--ics"]) == 0
    ics = capsys.readouterr().out
    assert "\x1b" not in ics
    assert ics.count("\nEND:VCALENDAR") == 1
