"""Policies made from that of the eight rules: 32 rules, and the eight on a business calendar."""

from __future__ import annotations


def thirty_two(eight: str) -> str:
    """The text of the policy, from that of the eight rules. The limits are wider than those of the eight, so that the
    findings do not become many more."""
    groups = [
        *(("priority", word) for word in ("low", "normal", "high", "urgent")),
        *(("edition", word) for word in ("personal", "team", "ultimate")),
        ("channel", "email"),
    ]
    rules = ""
    for number, (field, word) in enumerate(groups):
        for rule, clause, start, stop, limit in (
            ("first-response", "response", "submitted", "first_response", f"{40 + number}h"),
            ("resolution", "resolution", "submitted", "resolved", f"{8 + number} days"),
            ("closing", "closing", "resolved", "closed", f"{9 + number} days"),
        ):
            rules += f"""\
  {rule}-{word}:
    kind: deadline
    clause: {clause}
    when: {{{field}: {word}}}
    start: {start}
    stop: {stop}
    within: {limit} in 24x7
"""
    return eight.replace("id: benchmark-eight", "id: benchmark-thirty-two") + rules


_OFFICE = """\

calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}, holidays: {country: DE}}
"""


def on_a_calendar(eight: str) -> str:
    """The text of the policy with the same rules on a business calendar. The limits are the open hours of as many days."""
    text = eight.replace("id: benchmark-eight", "id: benchmark-office") + _OFFICE
    for always, office in (("12h", "8h"), ("1h", "1h"), ("5 days", "32h"), ("7 days", "40h")):
        text = text.replace(f"within: {always} in 24x7", f"within: {office} in office")
    return text
