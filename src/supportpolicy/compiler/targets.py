"""What an objective aims at and for which periods, as policies write it: `90%`, `4 fails`, `quarter from Feb in ZONE`."""

from __future__ import annotations

import re
from typing import Final

from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.errors import did_you_mean
from supportpolicy.model.instant import shown
from supportpolicy.model.objective import WHOLE, Target
from supportpolicy.model.rails_zones import zone_named
from supportpolicy.model.recurrence import MONTHS, UNITS, Recurrence
from supportpolicy.model.zone import ZoneError, load_zone

_SHARE: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?%")
_COUNT: Final = re.compile(r"([0-9]{1,9}) ([a-z]+)")
_PERIODS: Final = f"{', '.join(UNITS[:-1])} or {UNITS[-1]}, perhaps `from MONTH`, and `in ZONE`"


def parse_at_least(text: str) -> Target | TextFault:
    """The target that `at_least: TEXT` states: a share, or a number of passes."""
    share = _SHARE.fullmatch(text)
    if share is not None:
        millionths = int(share[1]) * WHOLE // 100 + int((share[2] or "0").ljust(4, "0"))
        if not 0 < millionths <= WHOLE:
            return TextFault(0, f"{shown(text)} is no share", "more than 0% and at most 100%")
        return Target("share", millionths, 1)
    count = _COUNT.fullmatch(text)
    if count is not None and count[2] in ("pass", "passes"):
        return Target("passes", int(count[1]))
    hint = f"`at_most: {text}` says how many may fail" if count is not None and count[2] in ("fail", "fails") else ""
    return TextFault(0, f"{shown(text)} does not say how many must pass", "`90%` or `20 passes`", hint)


def parse_at_most(text: str) -> Target | TextFault:
    """The target that `at_most: TEXT` states: a number of fails."""
    count = _COUNT.fullmatch(text)
    if count is not None and count[2] in ("fail", "fails"):
        return Target("fails", int(count[1]))
    hint = "`at_least:` says which share must pass" if text.endswith("%") else ""
    return TextFault(0, f"{shown(text)} does not say how many may fail", "`4 fails`", hint)


def parse_recurrence(text: str) -> Recurrence | TextFault:
    """The periods that `per: TEXT` names."""
    span, separator, zone = text.partition(" in ")
    unit, since, month = span.partition(" from ")
    if unit not in UNITS:
        return TextFault(
            0, f"{shown(unit)} is no period", _PERIODS, did_you_mean(unit, UNITS) if len(unit) < 60 else ""
        )
    at = len(unit) + len(since)
    if since and unit not in ("quarter", "year"):
        return TextFault(len(unit) + 1, f"a {unit} begins with no month", f"`{unit} in ZONE`")
    if since and month not in MONTHS:
        near = did_you_mean(month, MONTHS) if len(month) < 60 else ""
        return TextFault(at, f"there is no month {shown(month)}", f"one of {', '.join(MONTHS)}", near)
    if not separator:
        return TextFault(len(text), "a period names its time zone", f"`{text} in ZONE`")
    try:
        of = load_zone(zone_named(zone))
    except ZoneError as error:
        return TextFault(len(span) + len(separator), str(error))
    return Recurrence(unit, of, MONTHS.index(month) if since else 0)
