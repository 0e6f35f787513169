"""Calendars in files: of their own, of policies, shared, pinned; and the zones and holidays that they name."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.checking import check
from supportpolicy.compiler.calendar_choice import policy_calendars
from supportpolicy.compiler.calendars import calendar_file
from supportpolicy.document import parse_document, read_document
from supportpolicy.errors import DocumentError
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.opening import expand
from supportpolicy.model.public_holidays import PublicHolidays, known_years, public_holidays
from supportpolicy.model.rails_zones import RAILS_ZONES, zone_named
from supportpolicy.model.zone import ZoneError, zone_names
from supportpolicy.plugin.registry import installed

Write = Callable[[str, str], Path]

POLICY = """\
supportpolicy: 1
id: p
title: P
clauses: {c: {section: S, says: X.}}
rules: {r: {kind: unique, clause: c, field: reference}}
calendars:
"""
SHARED = """\
supportpolicy-calendars: 1
calendars:
  office: {zone: UTC, hours: {mon-fri: 09:00-17:00}}
  night: {zone: UTC, hours: {mon-fri: 22:00-06:00}}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def written(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


def calendars(path: Path) -> dict[str, Calendar]:
    return policy_calendars(read_document(path, str(path)))


def refused(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        calendars(path)
    return str(caught.value)


def test_a_policy_states_calendars_or_takes_them_from_a_file(write: Write) -> None:
    write("shared.yaml", SHARED)
    path = write(
        "p.yaml",
        POLICY + "  own: {zone: UTC, hours: {mon: 09:00-10:00}}\n"
        "  office: {file: shared.yaml}\n  hotline: {file: shared.yaml, calendar: night}\n",
    )
    found = calendars(path)
    shared = calendar_file(read_document(Path("shared.yaml")))
    assert list(found) == ["own", "office", "hotline"]
    assert found["office"] == shared["office"]
    assert expand(found["hotline"]).sha256 == expand(shared["night"]).sha256
    assert [calendar.name for calendar in found.values()] == list(found)
    assert check(["."], installed()).problems == ()
    assert set(check(["."], installed()).sound) == {("p.yaml", "policy"), ("shared.yaml", "calendars")}


def test_a_policy_without_calendars_has_none(write: Write) -> None:
    assert calendars(write("p.yaml", POLICY.replace("calendars:\n", ""))) == {}


def test_what_is_wrong_with_a_shared_file_is_told_in_it(write: Write) -> None:
    write("shared.yaml", SHARED.replace("22:00", "22:60"))
    path = write("p.yaml", POLICY + "  office: {file: shared.yaml}\n")
    expected = (
        "shared.yaml:4:39: calendars.night.hours.mon-fri: there is no time 22:60; "
        "expected a time as HH:MM, from 00:00 to 24:00"
    )
    assert refused(path) == expected
    assert [str(problem) for problem in check(["."], installed()).problems] == [expected]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a: {file: no.yaml}", "no.yaml: there is no such file\n    check the spelling and the folder you are in"),
        (
            "ofice: {file: shared.yaml}",
            "p.yaml:7:17: calendars.ofice.file: there is no calendar 'ofice' in shared.yaml; expected one of office, "
            "night\n    did you mean 'office'?",
        ),
        (
            "a: {file: shared.yaml, calendar: nights}",
            "p.yaml:7:36: calendars.a.calendar: there is no calendar 'nights' in shared.yaml; expected one of office, "
            "night\n    did you mean 'night'?",
        ),
        (
            "a: {file: shared.yaml, zone: UTC}",
            "p.yaml:7:26: calendars.a.zone: unknown key 'zone'; expected file, calendar or sha256",
        ),
        ('a: {file: "a\\0b.yaml"}', "this is not the name of a file"),
        ('a: {file: "."}', ".: this is a folder; expected a file"),
        ("24x7: {file: shared.yaml, calendar: night}", "p.yaml:7:3: calendars.24x7: 24x7 is a calendar already"),
        (
            "a: {file: p.yaml}",
            "p.yaml:7:13: calendars.a.file: p.yaml is no calendar file; expected a file that begins with "
            "`supportpolicy-calendars: 1`",
        ),
    ],
)
def test_references_that_lead_nowhere(write: Write, line: str, message: str) -> None:
    write("shared.yaml", SHARED)
    assert message in refused(write("p.yaml", f"{POLICY}  {line}\n"))


@pytest.mark.parametrize("file", ["../shared.yaml", "link.yaml"])
def test_nothing_outside_the_root_is_read(write: Write, file: str) -> None:
    write("shared.yaml", SHARED)
    path = write("policies/p.yaml", f"{POLICY}  office: {{file: {file}}}\n")
    Path("policies/link.yaml").symlink_to(Path("shared.yaml").resolve())
    assert "calendars.office.file: lies outside the root of the policies; expected a file in it" in refused(path)
    write("supportpolicy.toml", "")
    assert list(calendars(path)) == ["office"]


def test_a_calendar_file_names_no_other_file(write: Write) -> None:
    write("other.yaml", SHARED)
    path = write("shared.yaml", "supportpolicy-calendars: 1\ncalendars: {office: {file: other.yaml}}\n")
    with pytest.raises(DocumentError) as caught:
        calendar_file(read_document(path))
    assert str(caught.value) == (
        "shared.yaml:2:22: calendars.office.file: a calendar file names no other file; expected the calendar itself"
    )


def test_a_pin_holds_a_calendar_to_what_it_was(write: Write) -> None:
    write("shared.yaml", SHARED)
    pin = expand(calendars(write("p.yaml", POLICY + "  office: {file: shared.yaml}\n"))["office"]).sha256
    pinned = write("p.yaml", f"{POLICY}  office: {{file: shared.yaml, sha256: {pin}}}\n")
    assert list(calendars(pinned)) == ["office"]
    write("shared.yaml", SHARED.replace("09:00", "08:00"))
    told = refused(pinned)
    assert told.startswith(
        "p.yaml:7:39: calendars.office.sha256: the calendar is not the one that was pinned: with tzdata "
    )
    assert "\n    see what has changed with `supportpolicy calendar`" in told


def test_a_policy_with_a_wrong_calendar_does_not_compile(write: Write) -> None:
    write("p.yaml", POLICY + "  office: {zone: UTC, hours: {mon: 09:00}}\n")
    assert [str(problem) for problem in check(["p.yaml"], installed()).problems] == [
        "p.yaml:7:41: calendars.office.hours.mon: '09:00' has no closing; expected from an opening to a closing, such "
        "as 09:00-17:00"
    ]


@pytest.mark.parametrize(
    ("holidays", "begins"),
    [
        (
            "{country: DE, categories: [public, bank]}",
            "p.yaml:7:90: calendars.c.holidays.categories[1]: DE has no category of holidays 'bank' in the",
        ),
        (
            "{country: DE, language: english}",
            "p.yaml:7:79: calendars.c.holidays.language: DE has no language 'english' in the holidays package; ",
        ),
        ("{country: JP, subdivision: X}", "p.yaml:7:82: calendars.c.holidays.subdivision: JP has no subdivision 'X'"),
    ],
)
def test_what_the_holidays_package_does_not_know(write: Write, holidays: str, begins: str) -> None:
    path = write("p.yaml", f"{POLICY}  c: {{zone: UTC, hours: {{mon: 09:00-10:00}}, holidays: {holidays}}}\n")
    assert begins in refused(path)


def test_a_span_beyond_the_years_whose_holidays_are_known(write: Write) -> None:
    span = "{from: 2025-01-01, until: 2150-01-01}"
    line = f"  c: {{zone: UTC, hours: {{mon: 09:00-10:00}}, holidays: {{country: US}}, span: {span}}}"
    told = refused(write("p.yaml", f"{POLICY}{line}\n"))
    assert told.startswith("p.yaml:7:76: calendars.c.span: the holidays of US are known from ")
    assert told.endswith("; expected a span within these years")


def test_a_calendar_file_that_is_no_yaml_is_told_in_its_folder(write: Write) -> None:
    write("shared.yaml", SHARED + "  more: {zone: UTC\n")
    assert [problem.place.file for problem in check(["."], installed()).problems if problem.place] == ["shared.yaml"]


TEXTS = st.one_of(
    st.text(max_size=20),
    st.lists(
        st.sampled_from(
            ["mon", "fri", "-", " ", "09:00", "24:00", "17", ":", "/", "12-24", "2025-02-29", "closed", "٣"]
        )
    ).map("".join),
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["zone", "hours", "dates", "breaks", "holidays", "span"]))
def test_any_texts_are_a_calendar_or_refused(first: str, second: str, third: str, key: str) -> None:
    calendar: dict[str, object] = {
        "zone": "UTC",
        "hours": {"mon": "09:00-10:00"},
        "span": {"from": "2025-01-01", "until": "2025-03-01"},
    }
    calendar[key] = {
        "zone": first,
        "hours": [first, second] if third[:1] == "m" else {first: second, third: [second]},
        "dates": {first: second},
        "breaks": {first: second, third: "12:00-13:00"},
        "holidays": [first, {"date": second, "name": third}, {"country": first}, {"country": "US", "except": [second]}],
        "span": {"from": first, "until": second},
    }[key]
    text = json.dumps({"supportpolicy-calendars": "1", "calendars": {"c": calendar}}).replace('"1"', "1")
    with suppress(DocumentError):
        assert list(calendar_file(parse_document(text.encode(), "c.yaml"))) == ["c"]


@pytest.mark.parametrize("country", ["US", "GB", "DE", "JP", "IN", "LK", "SA", "IL", "CN", "FJ", "MY"])
def test_the_years_that_are_known_are_those_of_every_holiday(country: str) -> None:
    """The package warns where it knows fewer years of some holidays, and a warning fails a test."""
    first, last = known_years(country)
    assert first <= 2026 <= last
    found = public_holidays(PublicHolidays(country), first, last)
    assert {day.year for day, _ in found} >= set(range(max(1950, first), last + 1))


def test_a_span_that_is_not_stated_is_narrowed_to_what_is_known_of_every_holiday(write: Write) -> None:
    path = write(
        "p.yaml", f"{POLICY}  c: {{zone: Asia/Kolkata, hours: {{mon: 09:00-10:00}}, holidays: {{country: IN}}}}\n"
    )
    known = known_years("IN")
    assert (calendars(path)["c"].since.year, calendars(path)["c"].until.year) == (
        max(2010, known[0]),
        min(2040, known[1] + 1),
    )


# --- zones ------------------------------------------------------------------------------------------------------------
def test_every_rails_name_is_a_zone() -> None:
    assert [name for name in RAILS_ZONES if zone_named(name) not in zone_names()] == []
    assert len(RAILS_ZONES) > 150


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("Kyiv", "Europe/Kiev"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("Samoa", "Pacific/Apia"),
        ("UTC", "UTC"),
    ],
)
def test_zones_by_either_name(name: str, zone: str) -> None:
    assert zone_named(name) == zone


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Astana", "Asia/Dhaka or Asia/Almaty"),
        ("Pacific Time (US and Canada)", "'Pacific Time (US & Canada)'"),
        ("Europe/Berlim", "'Europe/Berlin'"),
        ("x" * 99, ""),
    ],
)
def test_the_nearest_of_both_lists(name: str, hint: str) -> None:
    with pytest.raises(ZoneError) as caught:
        zone_named(name)
    assert hint in str(caught.value)
