"""`supportpolicy calendar`."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import click

from supportpolicy.cli.parameters import INSTANT
from supportpolicy.compiler.calendar_choice import policy_calendars
from supportpolicy.compiler.calendars import HEADING, calendar_file, versions
from supportpolicy.compiler.limit_cells import parse_cell
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import Document, read_document
from supportpolicy.document.headings import Kind, kind_of
from supportpolicy.errors import DocumentError, Place, Problem, UsageError, did_you_mean
from supportpolicy.model.calendar import Calendar
from supportpolicy.model.instant import Instant, format_us
from supportpolicy.model.limit import CalendarLimit, format_open_time
from supportpolicy.model.opening import day_number, expand
from supportpolicy.model.reckoning import reckon
from supportpolicy.model.step_table import StepTable
from supportpolicy.model.text import printable, quoted
from supportpolicy.reports.calendar_month import local, month
from supportpolicy.reports.icalendar import icalendar

_MOST_COUNTED: Final = 40
"""How many of the intervals counted are listed."""


@click.command("calendar")
@click.argument("file", metavar="FILE")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--month", "months", metavar="YYYY-MM", help="Show this month: hours, holidays, changes of the clocks.")
@click.option("--year", metavar="YYYY", help="Show the months of this year.")
@click.option("--start", type=INSTANT, metavar="T", help="When a clock starts; with --limit.")
@click.option("--limit", metavar="LIMIT", help="Say when this runs out, such as 8h or '5 business days'; with --start.")
@click.option("--ics", is_flag=True, help="Print the month or year as iCalendar, to be imported elsewhere.")
def COMMAND(  # noqa: N802 - the name by which the group finds it
    file: str,
    name: str | None,
    months: str | None,
    year: str | None,
    start: Instant | None,
    limit: str | None,
    ics: bool,
) -> int:
    """Show the business calendars of a policy or of a calendar file.

    FILE alone lists them, each with its span, its business days and the digest that a policy can pin. NAME can be left
    out where there is only one.
    """
    if (start is None) != (limit is None):
        raise click.UsageError("--start and --limit go together: when the clock starts, and what it may take")
    if (months is not None) + (year is not None) + (start is not None) > 1:
        raise click.UsageError("--month, --year and --start ask for different things; expected one of them")
    if ics and months is None and year is None:
        raise click.UsageError("--ics needs the span to write; expected --month YYYY-MM or --year YYYY")
    calendars = _calendars(file)
    if start is not None and limit is not None:
        stated = _limit(limit, name, calendars, file)
        lines = _due(calendars[stated.calendar], stated, start)
    elif months is not None or year is not None:
        calendar = calendars[_name(name, calendars, file)]
        begins = _months(months, year, calendar)
        if ics:
            end = date(begins[-1].year + begins[-1].month // 12, begins[-1].month % 12 + 1, 1)
            lines = (f"{line}\r" for line in icalendar(calendar, expand(calendar), begins[0], end))
        else:
            lines = _shown(calendar, begins)
    else:
        lines = _listed({name: calendars[_name(name, calendars, file)]} if name else calendars)
    for line in lines:
        click.echo(line if ics else printable(line))
    return 0


# --- what is asked for ------------------------------------------------------------------------------------------------
def _calendars(file: str) -> Mapping[str, Calendar]:
    document = read_document(Path(file), file)
    kind = kind_of(document)
    calendars = calendar_file(document) if kind is Kind.CALENDARS else _of_policy(document, kind)
    if not calendars:
        raise DocumentError(
            Problem("the policy has no calendars of its own", Place(file), expected="a section `calendars`")
        )
    return calendars


def _of_policy(document: Document, kind: Kind | None) -> Mapping[str, Calendar]:
    if kind is Kind.POLICY:
        return policy_calendars(document)
    raise DocumentError(
        Problem(
            "this is neither a policy nor a calendar file",
            Place(document.name, 1, 1),
            expected=f"a file that begins with `{Kind.POLICY}: 1` or `{HEADING}: 1`",
        )
    )


def _name(name: str | None, calendars: Mapping[str, Calendar], file: str) -> str:
    if name is None and len(calendars) == 1:
        return next(iter(calendars))
    if name is not None and name in calendars:
        return name
    message = "several calendars are here" if name is None else f"there is no calendar {quoted(name)}"
    hint = did_you_mean(name, calendars) if name is not None else ""
    raise UsageError(Problem(message, Place(file), expected=f"one of {', '.join(calendars)}", hint=hint))


def _limit(text: str, name: str | None, calendars: Mapping[str, Calendar], file: str) -> CalendarLimit:
    """The limit, on the calendar that it names, or else on the one that was named."""
    whole = text if " in " in text else f"{text} in {_name(name, calendars, file)}"
    cell = parse_cell(whole, calendars)
    if isinstance(cell, TextFault):
        at = f"at character {cell.position + 1}: " if cell.position < len(text) else ""
        raise UsageError(Problem(f"--limit {quoted(text)}: {at}{cell.message}", None, "", cell.expected, cell.hint))
    if not isinstance(cell, CalendarLimit) or cell.calendar not in calendars:
        raise UsageError(
            Problem(
                f"--limit {quoted(text)} is not reckoned on a calendar of {file}",
                expected=f"a limit such as `8h in {next(iter(calendars))}`",
            )
        )
    if name is not None and name in calendars and cell.calendar != name:
        raise UsageError(Problem(f"--limit {quoted(text)} is on another calendar than {name}", expected=f"`in {name}`"))
    return cell


def _months(months: str | None, year: str | None, calendar: Calendar) -> list[date]:
    """The first days of the months asked for; of each, the calendar must know something."""
    pattern, stated = (r"([0-9]{4})-([0-9]{2})", months) if months is not None else (r"([0-9]{4})", year or "")
    match = re.fullmatch(pattern, stated)
    numbers = [int(group) for group in match.groups()] if match else []
    if not numbers or not calendar.since.year <= numbers[0] <= calendar.until.year or not numbers[-1] >= 1:
        raise _no_months(stated, calendar)
    if len(numbers) == 2 and numbers[1] > 12:
        raise _no_months(stated, calendar)
    begins = [date(numbers[0], number, 1) for number in (numbers[1:] or range(1, 13))]
    if begins[0] >= calendar.until or (begins[-1].year, begins[-1].month) < (calendar.since.year, calendar.since.month):
        raise _no_months(stated, calendar)
    return begins


def _no_months(stated: str, calendar: Calendar) -> UsageError:
    return UsageError(
        Problem(
            f"{quoted(stated)} is no month or year of the calendar {calendar.name}",
            expected=f"--month YYYY-MM or --year YYYY from {calendar.since} to before {calendar.until}",
            hint="the calendar's `span` says of which dates it speaks",
        )
    )


# --- what is shown ----------------------------------------------------------------------------------------------------
def _shown(calendar: Calendar, begins: list[date]) -> Iterator[str]:
    table = expand(calendar)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for number, first in enumerate(begins):
        if number:
            yield ""
        yield from month(calendar, table, first, width)


def _listed(calendars: Mapping[str, Calendar]) -> Iterator[str]:
    for name, calendar in calendars.items():
        table = expand(calendar)
        yield name
        yield f"  zone           {calendar.zone}"
        yield f"  span           {calendar.since} to before {calendar.until}"
        # A night that begins before the span and reaches into it belongs to a day of its own.
        yield f"  business days  {sum(day >= day_number(calendar.since) for day in table.days):,}"
        yield f"  holidays       {sum(calendar.since <= day < calendar.until for day in calendar.holidays):,}"
        yield f"  sha256         {table.sha256}"
    yield "made with " + ", ".join(f"{package} {version}" for package, version in versions().items())


def _due(calendar: Calendar, limit: CalendarLimit, start: Instant) -> Iterator[str]:
    table = expand(calendar)
    reckoned = reckon(limit, table, start.lo)
    if reckoned.due is None:
        raise UsageError(
            Problem(
                f"the calendar {calendar.name} does not say when {limit} from {format_us(start.lo)} is due",
                expected=f"instants from {calendar.since} to before {calendar.until}, the due one too",
                hint="the calendar's `span` says of which dates it speaks",
            )
        )
    moments = {"start": start.lo, "due": reckoned.due}
    if reckoned.last_in_time not in (None, reckoned.due):
        moments["last in time"] = reckoned.last_in_time or 0
    opening = table.next_opening(start.lo)
    if opening not in (None, start.lo):
        moments = {"start": start.lo, "next opening": opening or 0} | moments
    yield f"{'limit':<12}  {limit}"
    yield from (f"{name:<12}  {format_us(us)}  {local(table, us)} {calendar.zone}" for name, us in moments.items())
    yield from _counted(table, start.lo, reckoned.due)


def _counted(table: StepTable, start: int, due: int) -> Iterator[str]:
    """The open intervals between the two, so that a person can add them up."""
    total = table.between(start, due) or 0
    yield "open time from start to due:"
    intervals = list(table.intervals(start, due))
    for opens, closes in intervals[:_MOST_COUNTED]:
        yield f"  {local(table, opens)} to {local(table, closes)}  {format_open_time(closes - opens):>8}"
    if len(intervals) > _MOST_COUNTED:
        yield f"  and {len(intervals) - _MOST_COUNTED:,} more, to the sum of"
    yield f"  {format_open_time(total)}"
