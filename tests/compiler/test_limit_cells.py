"""What a cell of a table of limits may say, and where the others go wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.compiler.limit_cells import FORMS, MAX_BUSINESS_DAYS, parse_cell
from supportpolicy.compiler.text_fault import TextFault
from supportpolicy.document import conform, parse_document
from supportpolicy.model.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from supportpolicy.model.limit import (
    AsAgreed,
    BestEffort,
    BusinessDays,
    Cell,
    EndOfBusinessDay,
    NextOpening,
    NotOffered,
    NotStated,
    OpenTime,
)

CALENDARS = ("office", "night-shift")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("8h in office", OpenTime(8 * HOUR_US, "office")),
        ("60m in 24x7", OpenTime(HOUR_US, "24x7")),
        ("1h 30m in night-shift", OpenTime(90 * MINUTE_US, "night-shift")),
        ("72 hours in office", OpenTime(72 * HOUR_US, "office")),
        ("2 days in 24x7", OpenTime(2 * DAY_US, "24x7")),
        ("1 business day in office", BusinessDays(1, "office")),
        ("5 business days in office", BusinessDays(5, "office")),
        ("end of business day 0 in office", EndOfBusinessDay(0, "office")),
        ("end of business day 1 in office", EndOfBusinessDay(1, "office")),
        ("next opening in office", NextOpening("office")),
        ("not offered", NotOffered()),
        ("best effort", BestEffort()),
        ("not stated", NotStated()),
        ("as agreed next_update", AsAgreed("next_update")),
    ],
)
def test_every_form(text: str, cell: Cell) -> None:
    assert parse_cell(text, CALENDARS) == cell


def test_every_form_that_messages_name_is_one() -> None:
    for form in FORMS:
        text = form.replace("CALENDAR", "office").replace("FIELD", "next_update")
        assert not isinstance(parse_cell(text, CALENDARS), TextFault)


@pytest.mark.parametrize(
    ("text", "character", "message", "hint"),
    [
        ("8h", 3, "a limit names its calendar", ""),
        ("5 business days", 16, "a limit names its calendar", ""),
        ("8 in office", 2, "a number without a unit", ""),
        ("8h in ofice", 7, "there is no calendar 'ofice'", "did you mean 'office'?"),
        ("8h in ", 6, "one space stands between the words of a limit, and none around them", ""),
        (" 8h in office", 1, "one space stands between the words of a limit, and none around them", ""),
        ("8h  in office", 3, "one space stands between the words of a limit, and none around them", ""),
        ("", 1, "one space stands between the words of a limit, and none around them", ""),
        ("1h 8q in office", 5, "unknown unit 'q'", ""),
        ("0h in office", 1, "a limit of nothing cannot be kept", ""),
        (
            "1 day in office",
            3,
            "a day of open time could be 24 hours or the hours of one business day",
            "write `1 business day in office` for the same time of a later day, or the hours of open time",
        ),
        (
            "2w in office",
            2,
            "a day of open time could be 24 hours or the hours of one business day",
            "say the hours of such a day instead",
        ),
        ("0 business days in office", 1, "'0' business days", ""),
        ("99999999999 business days in office", 1, "'99999999999' business days", ""),
        ("5 business days in 24x7", 20, "24x7 has no zone and no business days", ""),
        ("end of business day in office", 20, "which business day is not said", ""),
        ("end of business day 40000 in office", 21, "business day '40000'", ""),
        ("not offerd", 1, "'not offerd' is not a limit", "did you mean 'not offered'?"),
        ("Not offered", 1, "'Not offered' is not a limit", "did you mean 'not offered'?"),
        ("as agreed", 10, "the field that holds what was agreed is not said", ""),
        ("as agreed Next Update", 11, "'Next Update' is no name of a field", ""),
    ],
)
def test_every_fault(text: str, character: int, message: str, hint: str) -> None:
    fault = parse_cell(text, CALENDARS)
    assert isinstance(fault, TextFault)
    assert (fault.position + 1, fault.message, fault.hint) == (character, message, hint)


def test_a_fault_stands_at_its_character() -> None:
    document = parse_document(b"a:\n  - \"8h in office\"\n  - '4h in offices'\n", "p.yaml")
    root, _ = conform(document, {"type": "object"})
    fault = parse_cell("4h in offices", CALENDARS)
    assert isinstance(fault, TextFault)
    assert str(fault.problem(root, "a", 1)) == (
        "p.yaml:3:12: a[1]: there is no calendar 'offices'; expected one of 24x7, office, night-shift\n"
        "    did you mean 'office'?"
    )


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.integers(1, 10**6).map(lambda n: OpenTime(n * SECOND_US, "office")),
        st.integers(1, MAX_BUSINESS_DAYS).map(lambda n: BusinessDays(n, "office")),
        st.integers(0, MAX_BUSINESS_DAYS).map(lambda n: EndOfBusinessDay(n, "night-shift")),
        st.sampled_from([NotOffered(), BestEffort(), NotStated(), AsAgreed("next_update")]),
    )
)
def test_a_cell_reads_as_it_is_written(cell: Cell) -> None:
    assert parse_cell(str(cell), CALENDARS) == cell


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(
                [*"0123456789", " ", "h", "d", "in", "office", "24x7", "business day", "end of", "not", "٣"]
            ),
            max_size=12,
        ).map(" ".join),
    )
)
def test_any_text_is_a_cell_or_a_fault_within_it(text: str) -> None:
    found = parse_cell(text, CALENDARS)
    if isinstance(found, TextFault):
        assert 0 <= found.position <= len(text)
        assert found.message
