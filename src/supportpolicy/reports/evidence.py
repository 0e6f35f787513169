"""The evidence of a finding, worked out in short for a person: what happened when, how long it took, what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from supportpolicy.model.cell import Reason
from supportpolicy.model.finding import Finding
from supportpolicy.model.verdict import Verdict
from supportpolicy.reports.page import shortened

_HAPPENED = {
    "submitted": "submitted",
    "first customer message": "the customer first wrote",
    "acknowledged": "acknowledged",
    "first_response": "answered",
    "resolved": "resolved",
    "closed": "closed",
    "updated": "updated",
}
_CLOCK = frozenset(
    {"start", "start_field", "stop", "stop_field", "due", "last_in_time", "accrued", "limit", "calendar", "chosen",
     "intervals", "counted_from", "paused", "clocks", "late", "basis", "left", "as_of", "values"}
)  # fmt: skip
_REPLIES = frozenset({"replies", "breaking", "values", "basis"})
_UNIQUE = frozenset({"value", "bearers", "values", "basis"})
_UNKNOWN = "unknown: "
_CLOCK_REASONS = frozenset({Reason.TOO_COARSE, Reason.CONTRADICTORY, Reason.STALE_EXPORT, Reason.OTHER_CLOCK})
_INSTANT = re.compile(r"[+-]?[0-9]{4,}-[0-9]{2}-[0-9]{2}T")


def told(finding: Finding) -> str:
    """The evidence of one finding, "" where it says no more than the reason and field do."""
    evidence = finding.evidence
    values = _values(finding)
    if finding.verdict is Verdict.UNKNOWN and not told_by_clock(finding):
        return _unknown(finding, values)
    if "start" in evidence:
        parts, known = _clock(finding, values), _CLOCK
    elif "replies" in evidence or "breaking" in evidence:
        parts, known = _replies(finding), _REPLIES
    elif "bearers" in evidence:
        parts, known = _unique(finding), _UNIQUE
        values = {}
    else:
        parts, known = [], frozenset({"values", "basis"})
    rest = [f"{name} {_shown(text)}" for name, text in values.items()]
    if rest:
        parts.append(", ".join(rest))
    for key, value in evidence.items():
        if key not in known and value is not None:
            text = ", ".join(f"{k} {_shown(v)}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)
            parts.append(f"{shortened(key.replace('_', ' '))}: {shortened(text, 120)}")
    if basis := evidence.get("basis"):
        parts.append(f"basis: {shortened(str(basis))}")
    if finding.barred_by:
        parts.append(f"barred by {shortened(finding.barred_by)}")
    return "; ".join(parts)


def told_by_clock(finding: Finding) -> bool:
    """Whether a finding is unknown for the sum of its own clock, and not for what a field holds."""
    return finding.reason in _CLOCK_REASONS and "start" in finding.evidence


def clock_ran(finding: Finding) -> bool:
    """Whether a clock started, so that a stop that is not there never came."""
    start = _text(finding, "start")
    return start is not None and not start.startswith(_UNKNOWN)


def _values(finding: Finding) -> dict[str, str | None]:
    values = finding.evidence.get("values")
    return dict(values) if isinstance(values, Mapping) else {}


def _text(finding: Finding, key: str) -> str | None:
    value = finding.evidence.get(key)
    return None if value is None or isinstance(value, Mapping) else str(value)


def _shown(text: str | None) -> str:
    """A value as it was read: quoted, but an unknown one and a `never` in plain words."""
    if text is None:
        return "never"
    if text.startswith(_UNKNOWN):
        return shortened(text.removeprefix(_UNKNOWN), 80)
    if _INSTANT.match(text):
        return _when(text)
    return f"'{shortened(text)}'" if not text or " " in text else shortened(text)


def _unknown(finding: Finding, values: Mapping[str, str | None]) -> str:
    """What the undecided field holds instead of a value, if that says more than its reason."""
    text = values.get(finding.field)
    for moment in ("start", "stop"):  # what a clock begins or ends with stands beside the values
        if text is None and finding.field and _text(finding, f"{moment}_field") == finding.field:
            text = _text(finding, moment)
    if text is None or text == f"{_UNKNOWN}{finding.reason}":
        return ""
    reason = str(finding.reason)
    shown = _shown(text)
    return shown.removeprefix(reason).lstrip(" :,") or shown


def _clock(finding: Finding, values: dict[str, str | None]) -> list[str]:
    """The clock's sum; takes the fields that it speaks of out of `values`."""
    start, stop = _text(finding, "start"), _text(finding, "stop")
    if start is None or not clock_ran(finding):
        return [f"start {_shown(start)}"]
    began = _taken(values, start, _text(finding, "start_field"))
    parts = [f"{_HAPPENED.get(began or '', 'started')} {_when(start)}"]
    limit = _limit(finding)
    accrued = _text(finding, "accrued")
    due = _text(finding, "due")
    if stop is not None:
        ended = _taken(values, stop, _text(finding, "stop_field"))
        happened = _HAPPENED.get(ended or "", "stopped")
        if _INSTANT.match(stop):
            parts.append(f"{happened} {_when(stop)}")
            if accrued is not None:
                parts.append(f"took {shortened(accrued)}")
        elif stop.startswith(_UNKNOWN):
            parts.append(f"{happened}: {_shown(stop)}")
        else:
            parts.append(f"{happened} after {shortened(stop)}, as the source measured it")
        if limit:
            parts.append(limit)
    else:
        ended = _taken(values, None, _text(finding, "stop_field"))
        as_of = _text(finding, "as_of")
        is_open = finding.verdict is Verdict.OPEN
        by = f" by {shortened(as_of)}" if as_of else ""
        parts.append(f"{'not' if is_open else 'never'} {_HAPPENED.get(ended or '', 'stopped')}{by}")
        if accrued is not None:
            parts.append(f"{shortened(accrued)} {'so far' if is_open else 'had passed'}")
        if limit:
            parts.append(limit)
        left = _text(finding, "left")
        if is_open and left is not None:
            parts.append(f"{shortened(left)} left")
        if due is not None:
            parts.append(f"due {_when(due)}")
    return [", ".join([*_of_many(finding), *parts, *_standing(finding)])]


def _of_many(finding: Finding) -> list[str]:
    """How many clocks there were, where the rule starts them again and again."""
    many, late = finding.evidence.get("clocks"), finding.evidence.get("late")
    return [f"{late} of {many} clocks late"] if isinstance(many, int) and many > 1 else []


def _standing(finding: Finding) -> list[str]:
    """From when time was counted, if not from the start, and how long the clock stood."""
    counted_from, paused = _text(finding, "counted_from"), _text(finding, "paused")
    told = [f"counted from the opening {_when(counted_from)}"] if counted_from is not None else []
    return told if paused is None else [*told, f"paused {shortened(paused)}"]


def _when(text: str) -> str:
    """An instant; the date of an interval within one day is said once."""
    lo, dots, hi = text.partition("..")
    day = _INSTANT.match(lo)
    if dots and day and hi.startswith(day.group()):
        text = f"{lo}..{hi[day.end() :]}"
    return shortened(text, 80)


def _limit(finding: Finding) -> str:
    limit, calendar = _text(finding, "limit"), _text(finding, "calendar")
    if limit is None:
        return ""
    on = ""
    if calendar and not limit.endswith(
        f" in {calendar}"
    ):  # a calendar that was chosen stands beside the name in the limit
        on = f" ({shortened(calendar)})" if " in " in limit else f" in {shortened(calendar)}"
    chosen = _text(finding, "chosen")
    return f"limit {shortened(limit)}{on}" + (f" for {shortened(chosen, 120)}" if chosen else "")


def _taken(values: dict[str, str | None], text: str | None, name: str | None) -> str | None:
    """The happening `name`, else the one whose value is `text`, taken out of `values`; None where none has it or, for a
    never, several have."""
    if name is None:
        found = [key for key, value in values.items() if value == text and key in _HAPPENED]
        if not found or (text is None and len(found) > 1):
            return None
        name = found[0]
    if values.get(name, "") == text:
        del values[name]
    return name


def _replies(finding: Finding) -> list[str]:
    count = finding.evidence.get("replies")
    parts = [f"{count} {'reply' if count == 1 else 'replies'}"] if isinstance(count, int) else []
    breaking = _text(finding, "breaking")
    if breaking is not None:
        parts.append(f"the first that breaks it: {shortened(breaking, 120)}")
    return [", ".join(parts)] if parts else []


def _unique(finding: Finding) -> list[str]:
    value, bearers = _text(finding, "value"), _text(finding, "bearers")
    shown = f"'{shortened(value)}'" if value is not None else "its value"
    return [f"{shown} is borne by {shortened(bearers, 160)}"] if bearers else [shown]
