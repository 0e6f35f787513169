"""From the section `calendars` of a document to calendars, with all problems at their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Final, TypeVar

from supportpolicy.compiler.calendar_schema import CALENDAR, ENVELOPE, OF_TICKET, REFERENCE
from supportpolicy.compiler.calendar_text import (
    CLOSED,
    overlapping,
    parse_dates,
    parse_days,
    parse_stretch,
    parse_window,
)
from supportpolicy.compiler.conditions import Path
from supportpolicy.compiler.problems import refusal
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import Document, Section, conform, read_document
from supportpolicy.document.headings import Kind, kind_of
from supportpolicy.document.root import WHAT, root_of
from supportpolicy.errors import DocumentError, Problem, did_you_mean
from supportpolicy.model.calendar import DEFAULT_SPAN, Calendar, Dated, Hours, Stretch, Window, YearDay
from supportpolicy.model.limit import ALWAYS
from supportpolicy.model.opening import ever_opens, expand, in_years
from supportpolicy.model.public_holidays import (
    HolidayError,
    PublicHolidays,
    holidays_version,
    known_years,
    public_holidays,
)
from supportpolicy.model.rails_zones import zone_named
from supportpolicy.model.text import quoted
from supportpolicy.model.zone import ZoneError, tzdata_version

HEADING: Final = Kind.CALENDARS.value
"""The key that makes a document a calendar file."""

_MAX_YEARS: Final = 200
_UNNAMED: Final = "holiday"
_Day = TypeVar("_Day", int, Dated)


def calendar_file(document: Document) -> dict[str, Calendar]:
    """The calendars of a calendar file. Raises DocumentError with every problem found."""
    problems: list[Problem] = []
    root, found = conform(document, ENVELOPE)
    problems.extend(found)
    calendars: dict[str, Calendar] = {}
    if isinstance(root.data, Mapping) and isinstance(root.data.get("calendars"), Mapping):
        calendars = compile_calendars(root.at("calendars"), problems, shared=True)
    if problems:
        raise refusal(problems)
    return calendars


def compile_calendars(section: Section, problems: list[Problem], shared: bool = False) -> dict[str, Calendar]:
    """The calendars that a section states by their names; what is wrong with the others is added to the problems.

    In a shared file no calendar comes from another file.
    """
    calendars: dict[str, Calendar] = {}
    for name, stated in section.entries():
        before = len(problems)
        if name == ALWAYS:
            problems.append(section.problem(name, message=f"{ALWAYS} is a calendar already", on_key=True))
        if not isinstance(stated.data, Mapping) or ((is_choice(stated) or ticket_paths(stated)) and not shared):
            continue  # the schema of the envelope says so; what hangs on the ticket is compiled with the conditions
        if "file" in stated.data and shared:
            message = "a calendar file names no other file"
            problems.append(stated.problem("file", message=message, expected="the calendar itself", on_key=True))
            continue
        calendar = (
            _referred(str(name), stated, problems)
            if "file" in stated.data
            else _Draft(str(name), stated, problems).calendar()
        )
        if calendar is not None and len(problems) == before:
            _check_pin(stated, calendar, problems)
            calendars[str(name)] = calendar
    return calendars


def is_choice(stated: Section) -> bool:
    """Whether a calendar is one of others, by the ticket."""
    return isinstance(stated.data, Mapping) and "choose" in stated.data


def ticket_paths(stated: Section) -> list[Path]:
    """Where a calendar names a field of the ticket that says its zone, or of which country or subdivision its holidays are;
    nowhere in one that is the same for all tickets."""
    if not isinstance(stated.data, Mapping):
        return []
    paths: list[Path] = [("zone",)]
    holidays = stated.data.get("holidays")
    for place in [("holidays",)] if isinstance(holidays, Mapping) else _indices("holidays", holidays):
        paths += [(*place, "country"), (*place, "subdivision")]
    return [path for path in paths if isinstance(_within(stated.data, path), Mapping)]


def _indices(key: str, stated: object) -> list[tuple[str, int]]:
    return [(key, i) for i in range(len(stated))] if isinstance(stated, list) else []


def _within(stated: object, path: Path) -> object:
    for key in path:
        if isinstance(key, int):
            stated = stated[key] if isinstance(stated, list) else None
        else:
            stated = stated.get(key) if isinstance(stated, Mapping) else None
    return stated


def calendar_of_ticket(
    name: str, stated: Section, settings: Mapping[Path, str], problems: list[Problem]
) -> Calendar | None:
    """The calendar whose zone or holidays a field names, for the values of these fields: by their paths the zone, the code
    of a country, or that of a subdivision."""
    return _Draft(name, stated, problems, settings).calendar()


def _check_pin(stated: Section, calendar: Calendar, problems: list[Problem]) -> None:
    pinned = stated.data.get("sha256")
    if pinned is None or pinned == (found := expand(calendar).sha256):
        return
    problems.append(
        stated.problem(
            "sha256",
            message=f"the calendar is not the one that was pinned: with tzdata {tzdata_version()} and holidays "
            f"{holidays_version()} it is {found}",
            hint="see what has changed with `supportpolicy calendar`, then pin it anew, or install the versions of then",
        )
    )


# --- calendars of other files -----------------------------------------------------------------------------------------
def _referred(name: str, stated: Section, problems: list[Problem]) -> Calendar | None:
    stated, found = conform(stated, REFERENCE)
    if found:
        problems.extend(found)
        return None
    file: str = stated.data["file"]
    folder = FilePath(stated.document.name).parent
    try:
        within = (folder / file).resolve().is_relative_to(root_of(folder))
    except (OSError, ValueError, RuntimeError):  # a NUL in the name, or a link that leads back to itself
        within = True  # reading it says what is wrong
    if not within:
        problems.append(
            stated.problem("file", message="lies outside the root of the policies", expected="a file in it", hint=WHAT)
        )
        return None
    try:
        document = read_document(folder / file, str(folder / file))
        if kind_of(document) is not Kind.CALENDARS:
            message, expected = f"{file} is no calendar file", f"a file that begins with `{HEADING}: 1`"
            problems.append(stated.problem("file", message=message, expected=expected))
            return None
        calendars = calendar_file(document)
    except DocumentError as error:
        problems.extend(error.problems)
        return None
    wanted = stated.data.get("calendar", name)
    if wanted not in calendars:
        key = "calendar" if "calendar" in stated.data else "file"
        problems.append(
            stated.problem(
                key,
                message=f"there is no calendar {quoted(wanted)} in {file}",
                expected=f"one of {', '.join(calendars)}",
                hint=did_you_mean(wanted, calendars),
            )
        )
        return None
    return replace(calendars[wanted], name=name)


# --- one calendar -----------------------------------------------------------------------------------------------------
class _Draft:
    """A calendar on its way from its section."""

    def __init__(
        self, name: str, stated: Section, problems: list[Problem], settings: Mapping[Path, str] | None = None
    ) -> None:
        self.name = name
        self.problems = problems
        self.settings = settings or {}
        self.stated, found = conform(stated, OF_TICKET if settings else CALENDAR)
        self.sound = not found
        problems.extend(found)

    def calendar(self) -> Calendar | None:
        if not self.sound:
            return None
        before = len(self.problems)
        zone = self._zone()
        week, stretches = self._hours(zone)
        dates = self._dated("dates")
        week_breaks, breaks = self._breaks()
        since, until = self._span()
        holidays, since, until = self._holidays(since, until)
        if len(self.problems) > before:
            return None
        calendar = Calendar(
            self.name,
            zone,
            week,
            stretches,
            MappingProxyType(dates),
            week_breaks,
            MappingProxyType(breaks),
            MappingProxyType(holidays),
            since,
            until,
        )
        if not ever_opens(calendar):
            self._problem("hours", message="the calendar never opens within its span", expected="hours that are open")
        return calendar

    def _zone(self) -> str:
        name: str = self.settings.get(("zone",), self.stated.data["zone"])
        try:
            return zone_named(name)
        except ZoneError as error:
            self._problem("zone", message=str(error))
            return "UTC"

    def _hours(self, zone: str) -> tuple[tuple[Hours, ...], tuple[Stretch, ...]]:
        hours = self.stated.data["hours"]
        if isinstance(hours, Mapping):
            return self._week("hours", list(hours)), ()
        stretches: list[Stretch] = []
        for path, text in [(("hours",), hours)] if isinstance(hours, str) else _items("hours", hours):
            stretch = parse_stretch(text, zone)
            if isinstance(stretch, TextFault):
                self.problems.append(stretch.problem(self.stated, *path))
            elif not ever_opens(Calendar(self.name, zone, stretches=(stretch,))):
                self._problem(*path, message="closes before it opens", expected="a closing on a later day")
            else:
                stretches.append(stretch)
        return ((),) * 7, tuple(stretches)

    def _week(self, key: str, names: Sequence[str]) -> tuple[Hours, ...]:
        """The windows of the weekdays that these keys name."""
        told = self._by_day(key, names, parse_days, "each weekday once")
        return tuple(told.get(day, ()) for day in range(7))

    def _dated(self, key: str, names: Sequence[str] | None = None) -> dict[Dated, Hours]:
        """The windows of the dates that the keys name."""
        return self._by_day(
            key, self.stated.data.get(key, ()) if names is None else names, parse_dates, "each date once"
        )

    def _by_day(
        self, key: str, names: Iterable[str], parse: Callable[[str], Sequence[_Day] | TextFault], expected: str
    ) -> dict[_Day, Hours]:
        """The windows under each of these keys, by the days that they stand for; each day once."""
        hours: dict[_Day, Hours] = {}
        told: dict[_Day, str] = {}
        for name in names:
            days = parse(name)
            if isinstance(days, TextFault):
                self.problems.append(days.problem(self.stated, key, name, on_key=True))
                continue
            twice = next((day for day in days if day in told), None)
            if twice is not None:
                self._problem(key, name, message=f"overlaps with {told[twice]!r}", expected=expected, on_key=True)
            hours.update(dict.fromkeys(days, self._windows(key, name)))
            told.update(dict.fromkeys(days, name))
        return hours

    def _windows(self, key: str, name: str) -> Hours:
        stated = self.stated.data[key][name]
        if stated == CLOSED:
            if key == "breaks":
                self._problem(
                    key, name, message="a break is from a time to another", expected="a window such as 12:00-13:00"
                )
            return ()
        windows: list[Window] = []
        texts = [((key, name), stated)] if isinstance(stated, str) else _items(key, name, stated)
        for path, text in texts:
            window = parse_window(text)
            if isinstance(window, TextFault):
                self.problems.append(window.problem(self.stated, *path))
            else:
                windows.append(window)
        if len(windows) == len(texts) and (index := overlapping(windows)) is not None:
            self._problem(*texts[index][0], message="overlaps with another window of the day", expected="windows apart")
        return tuple(windows)

    def _breaks(self) -> tuple[tuple[Hours, ...], dict[Dated, Hours]]:
        names = list(self.stated.data.get("breaks", ()))
        dates = [name for name in names if name[:1].isdigit()]
        return self._week("breaks", [name for name in names if name not in dates]), self._dated("breaks", dates)

    def _span(self) -> tuple[date, date]:
        if "span" not in self.stated.data:
            return DEFAULT_SPAN
        bounds: list[date] = []
        for key, stands_in in zip(("from", "until"), DEFAULT_SPAN, strict=True):
            text = self.stated.data["span"][key]
            found = parse_dates(text)
            if isinstance(found, TextFault) or len(found) != 1 or not isinstance(found[0], date):
                self._problem("span", key, message=f"{quoted(text)} is not a date", expected="a date as YYYY-MM-DD")
                bounds.append(stands_in)
            else:
                bounds.append(found[0])
        since, until = bounds
        if since >= until:
            self._problem("span", message="ends before it begins")
        elif since.year < 3 or until.year - since.year > _MAX_YEARS or until.year > 9990:
            self._problem("span", message="is too wide", expected=f"at most {_MAX_YEARS} years, from year 3 to 9990")
        return since, until

    # --- holidays ---
    def _holidays(self, since: date, until: date) -> tuple[dict[date, str], date, date]:
        """The holidays of the span by their dates; and the span, which where none is stated holds only years whose
        holidays are known."""
        if "holidays" not in self.stated.data or since >= until:
            return {}, since, until
        stated = self.stated.data["holidays"]
        named: dict[date, str] = {}
        countries: list[tuple[Section, PublicHolidays]] = []
        for path in [("holidays",)] if isinstance(stated, Mapping) else [("holidays", i) for i in range(len(stated))]:
            item = self.stated.at(*path)
            if isinstance(item.data, str) or "date" in item.data:
                self._dated_holiday(item, since, until, named)
            else:
                codes = {
                    key: self.settings.get((*path, key), item.data.get(key, "")) for key in ("country", "subdivision")
                }
                countries.append((item, _whose(item.data, **codes)))
        if "span" not in self.stated.data:
            since, until = self._known_span(countries, since, until)
        for section, whose in countries:
            for day, name in self._of_country(section, whose, since, until).items():
                known = named.get(day, _UNNAMED)
                named[day] = name if known == _UNNAMED or name in known else f"{known}; {name}"
        return dict(sorted(named.items())), since, until

    def _dated_holiday(self, item: Section, since: date, until: date, named: dict[date, str]) -> None:
        path: tuple[str, ...] = () if isinstance(item.data, str) else ("date",)
        text = item.data if isinstance(item.data, str) else item.data["date"]
        name = _UNNAMED if isinstance(item.data, str) else item.data.get("name", _UNNAMED)
        days = parse_dates(text)
        if isinstance(days, TextFault):
            self.problems.append(days.problem(item, *path))
            return
        years = range(since.year - 1, until.year + 1)
        for day in days:
            for found_day in in_years(day, years) if isinstance(day, YearDay) else (day,):
                named[found_day] = name

    @staticmethod
    def _known_span(countries: Sequence[tuple[Section, PublicHolidays]], since: date, until: date) -> tuple[date, date]:
        for _, whose in countries:
            try:
                first, last = known_years(whose.country)
            except HolidayError:
                continue  # told where the holidays are asked for
            since, until = max(since, date(first, 1, 1)), min(until, date(last + 1, 1, 1))
        return since, until

    def _of_country(self, section: Section, whose: PublicHolidays, since: date, until: date) -> dict[date, str]:
        try:
            first, _ = known_years(whose.country)
            # The night before the span may belong to a holiday of the year before.
            begin = max(first, since.year - 1) if first <= since.year else since.year
            found = dict(
                public_holidays(whose, begin, until.year if until > date(until.year, 1, 1) else until.year - 1)
            )
        except HolidayError as error:
            path: tuple[str | int, ...] = (error.part,) if error.index is None else (error.part, error.index)
            if error.part == "years":
                self._problem("span", message=error.message, expected=error.expected, hint=error.hint)
            else:
                self.problems.append(
                    section.problem(*path, message=error.message, expected=error.expected, hint=error.hint)
                )
            return {}
        for index, text in enumerate(section.data.get("except", ())):
            taken = _excepted(text, found)
            if not taken:
                self.problems.append(
                    section.problem(
                        "except",
                        index,
                        message=f"{quoted(text)} is no holiday of {whose.country} within the span",
                        expected="a date or a name of one",
                        hint=did_you_mean(text, set(found.values())),
                    )
                )
            for day in taken:
                del found[day]
        return found

    def _problem(
        self, *path: str | int, message: str, expected: str = "", hint: str = "", on_key: bool = False
    ) -> None:
        self.problems.append(self.stated.problem(*path, message=message, expected=expected, hint=hint, on_key=on_key))


def _items(*keys_and_texts: object) -> list[tuple[tuple[str | int, ...], str]]:
    """The texts of a list with their paths; the list comes last, after the keys that lead to it."""
    *keys, texts = keys_and_texts
    assert isinstance(texts, list)
    return [((*map(str, keys), index), text) for index, text in enumerate(texts)]


def _whose(data: Mapping[str, object], country: str, subdivision: str) -> PublicHolidays:
    categories = data.get("categories", ["public"])
    assert isinstance(categories, list)
    return PublicHolidays(
        country,
        subdivision,
        tuple(categories),
        data.get("observed") is not False,
        str(data.get("language", "")),
    )


def _excepted(text: str, holidays: Mapping[date, str]) -> list[date]:
    """The holidays that a date, a span of dates or a name means."""
    days = parse_dates(text)
    if isinstance(days, TextFault):
        return [day for day, name in holidays.items() if name == text]
    return [day for day in holidays if day in days or YearDay(day.month, day.day) in days]


def versions() -> dict[str, str]:
    """What an expanded calendar rests on, beside the policy."""
    return {"tzdata": tzdata_version(), "holidays": holidays_version()}
