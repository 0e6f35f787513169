"""What the tickets span: the months in which they were submitted, the numbers that are their ids; in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from supportpolicy.model.finding import Months, NumericIds, Totals
from supportpolicy.model.instant import format_month
from supportpolicy.plugin.records import Head
from supportpolicy.reports.summary import number

SPAN_TITLE: Final = "What the tickets span: months and numeric ids"


def empty_months(months: Months) -> Iterator[tuple[int, int]]:
    """The spans of months without a judged ticket between the first and the last that has one."""
    for before, after in pairwise(months.tickets):
        if after - before > 1:
            yield before + 1, after - 1


def month_span(first: int, last: int) -> str:
    """`2021-03`, `2021-03 to 2021-05`."""
    return format_month(first) if first == last else f"{format_month(first)} to {format_month(last)}"


def month_rows(months: Months) -> list[tuple[str, str]]:
    """Each month with its judged tickets, spans without any among them, and last those that do not say when."""
    empty = dict(empty_months(months))
    rows = []
    for month, tickets in months.tickets.items():
        rows.append((format_month(month), f"{tickets:,}"))
        if month + 1 in empty:
            rows.append((month_span(month + 1, empty[month + 1]), "0"))
    return [*rows, *([("not known", f"{months.undated:,}")] if months.undated else [])]


def empty_months_in_words(months: Months) -> str:
    """Which months have no judged ticket; nothing where there is none between others."""
    spans = list(empty_months(months))
    count = sum(last - first + 1 for first, last in spans)
    if not count:
        return ""
    return f"{number(count, 'month')} without a judged ticket: {', '.join(month_span(*span) for span in spans)}"


def ids_in_words(ids: NumericIds) -> str:
    """Between which numbers the ids lie."""
    between = f"all the number {ids.least}" if ids.least == ids.greatest else f"from {ids.least} to {ids.greatest}"
    missing = f"{ids.missing:,} missing between them" if ids.missing else "none missing between them"
    return f"{number(ids.different, 'id')} on {number(ids.tickets, 'ticket')}, {between}, {missing}"


def gap_rows(ids: NumericIds) -> list[tuple[str, str]]:
    """The widest gaps, each with how many numbers it misses."""
    return [
        (str(first) if first == last else f"{first} to {last}", f"{last - first + 1:,}") for first, last in ids.gaps
    ]


def expected_in_words(head: Head, totals: Totals) -> str:
    """How many tickets are expected, as a sum; nothing where nobody said."""
    if head.expected_tickets is None:
        return ""
    equal = "=" if head.expected_tickets == totals.formed else "is not"
    return f"{head.expected_tickets:,} {equal} {totals.formed:,} formed"


def limited_in_words(head: Head) -> str:
    """To which period the audit is limited; nothing where it is not."""
    return f"what was submitted {head.period}" if head.period is not None else ""
