"""What a policy writes in one cell of a table of limits, alone or in a table: `8h in office`, `not offered`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.errors import did_you_mean
from supportpolicy.model.duration import DurationError, parse_duration
from supportpolicy.model.instant import shown
from supportpolicy.model.limit import (
    ALWAYS,
    AsAgreed,
    BestEffort,
    BusinessDays,
    CalendarLimit,
    Cell,
    EndOfBusinessDay,
    NextOpening,
    NotOffered,
    NotStated,
    OpenTime,
)

MAX_BUSINESS_DAYS: Final = 36_525

FORMS: Final = (
    "8h in CALENDAR",
    "5 business days in CALENDAR",
    "end of business day 1 in CALENDAR",
    "next opening in CALENDAR",
    "not offered",
    "best effort",
    "not stated",
    "as agreed FIELD",
)
"""Every form that a cell can have."""

_PHRASES: Final[dict[str, Cell]] = {
    "not offered": NotOffered(),
    "best effort": BestEffort(),
    "not stated": NotStated(),
}
_AGREED = re.compile(r"as agreed(?: (.*))?")
_FIELD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_BUSINESS_DAYS = re.compile(r"([0-9]+) business days?")
_END_OF_DAY = re.compile(r"end of business day(?: ([0-9]+))?")
_DAYS_UNIT = re.compile(r"([0-9]+) *(w|weeks?|d|days?)")


def parse_cell(text: str, calendars: Collection[str]) -> Cell | TextFault:
    """The cell that `text` states; `calendars` are the names of those that it may use, beside `24x7`.

    One space stands between words. Where it is wrong, the fault is at the first character that is.
    """
    if not text or text != text.strip(" ") or "  " in text:
        at = 0 if not text or text[0] == " " else text.find("  ") if "  " in text else len(text.rstrip(" "))
        return TextFault(max(at, 0), "one space stands between the words of a limit, and none around them", _expected())
    if text in _PHRASES:
        return _PHRASES[text]
    if (agreed := _AGREED.fullmatch(text)) is not None:
        return _agreed(text, agreed)
    amount, separator, calendar = text.partition(" in ")
    limit = _amount(text, amount, calendar)
    if isinstance(limit, TextFault):
        return limit
    if not separator:
        return TextFault(len(text), "a limit names its calendar", f"`{text} in CALENDAR`")
    at = len(amount) + len(separator)
    if calendar != ALWAYS and calendar not in calendars:
        return TextFault(
            at,
            f"there is no calendar {shown(calendar)}",
            f"one of {', '.join([ALWAYS, *calendars])}",
            did_you_mean(calendar, [ALWAYS, *calendars]) if len(calendar) <= 60 else "",
        )
    if isinstance(limit, BusinessDays | EndOfBusinessDay) and calendar == ALWAYS:
        return TextFault(at, f"{ALWAYS} has no zone and no business days", "a calendar of the policy")
    if isinstance(limit, NextOpening) and calendar == ALWAYS:
        return TextFault(at, f"{ALWAYS} is always open, and opens never", "a calendar of the policy")
    return limit


def _amount(text: str, amount: str, calendar: str) -> CalendarLimit | TextFault:
    if (days := _BUSINESS_DAYS.fullmatch(amount)) is not None:
        count = _count(days.group(1))
        if not 1 <= count <= MAX_BUSINESS_DAYS:
            return TextFault(0, f"{shown(days.group(1))} business days", f"from 1 to {MAX_BUSINESS_DAYS}")
        return BusinessDays(count, calendar)
    if (end := _END_OF_DAY.fullmatch(amount)) is not None:
        if end.group(1) is None:
            return TextFault(
                len(amount),
                "which business day is not said",
                "`end of business day 0` for the same day, 1 for the next",
            )
        if (count := _count(end.group(1))) > MAX_BUSINESS_DAYS:
            return TextFault(end.start(1), f"business day {shown(end.group(1))}", f"from 0 to {MAX_BUSINESS_DAYS}")
        return EndOfBusinessDay(count, calendar)
    if amount == "next opening":
        return NextOpening(calendar)
    if text[0].isalpha():
        return TextFault(0, f"{shown(text)} is not a limit", _expected(), did_you_mean(text, _PHRASES))
    try:
        duration = parse_duration(amount)
    except DurationError as error:
        return TextFault(error.position, error.message, error.expected, error.hint)
    if duration.has_days and calendar != ALWAYS:
        return _bare_days(amount, calendar)
    return OpenTime(duration.us, calendar)


def _bare_days(amount: str, calendar: str) -> TextFault:
    """A day is 24 hours, and a calendar with closed hours has fewer: whoever wrote it meant something else."""
    whole = _DAYS_UNIT.fullmatch(amount)
    position = next((at for at, char in enumerate(amount) if char.isalpha()), 0)
    where = f" in {calendar}" if calendar else ""
    hint = "say the hours of such a day instead"
    if whole is not None and whole.group(2)[0] == "d":
        count = _count(whole.group(1))
        days = f"{count} business day{'' if count == 1 else 's'}"
        hint = f"write `{days}{where}` for the same time of a later day, or the hours of open time"
    return TextFault(position, "a day of open time could be 24 hours or the hours of one business day", "hours", hint)


def _agreed(text: str, agreed: re.Match[str]) -> Cell | TextFault:
    field = agreed.group(1)
    if field is None:
        return TextFault(len(text), "the field that holds what was agreed is not said", "`as agreed FIELD`")
    if _FIELD.fullmatch(field) is None:
        return TextFault(agreed.start(1), f"{shown(field)} is no name of a field", "a field such as next_update")
    return AsAgreed(field)


def _count(digits: str) -> int:
    """Counting the digits first keeps a hostile number from becoming a huge integer."""
    return int(digits) if len(digits) <= 9 else MAX_BUSINESS_DAYS + 1


def _expected() -> str:
    return "one of " + ", ".join(f"`{form}`" for form in FORMS)
