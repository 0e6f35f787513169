"""Durations as a policy writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportpolicy.model.duration import (
    MAX_DURATION_US,
    Duration,
    DurationError,
    format_duration,
    parse_duration,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("text", "us", "has_days"),
    [
        ("12h", 12 * HOUR, False),
        ("90m", 90 * MINUTE, False),
        ("45s", 45 * SECOND, False),
        ("1h30m", 90 * MINUTE, False),
        ("1h 30m", 90 * MINUTE, False),
        ("1h 0m 1s", HOUR + SECOND, False),
        ("12 h", 12 * HOUR, False),
        ("1 hour", HOUR, False),
        ("1hour", HOUR, False),
        ("10 minutes", 10 * MINUTE, False),
        ("1 hour 30 minutes", 90 * MINUTE, False),
        ("1h90m", 150 * MINUTE, False),
        ("007s", 7 * SECOND, False),
        # days are 24 hours, and the reader is told that they were written
        ("2d", 2 * DAY, True),
        ("2 days", 2 * DAY, True),
        ("1w", 7 * DAY, True),
        ("1 week 1 day", 8 * DAY, True),
        ("1d12h", 36 * HOUR, True),
        ("24h", DAY, False),
        ("36525d", MAX_DURATION_US, True),
    ],
)
def test_accepted(text: str, us: int, has_days: bool) -> None:
    assert parse_duration(text) == Duration(us, has_days)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "empty"),
        ("h", 0, "cannot go on with 'h'"),
        ("12", 2, "without a unit"),
        ("12h30", 5, "without a unit"),
        ("-3m", 0, "no sign"),
        ("+3m", 0, "no sign"),
        ("soon", 0, "cannot go on"),
        ("½h", 0, "cannot go on"),
        ("٣h", 0, "cannot go on"),
        (" 12h", 0, "white space before"),
        ("12h ", 3, "white space after"),
        ("12\th", 2, "where a unit should be"),
        ("1h\t30m", 2, "white space other than a space"),
        ("1h,30m", 2, "cannot go on with ','"),
        ("1h and 30m", 3, "cannot go on with 'a'"),
        # units
        ("12H", 2, "lower case"),
        ("1 Hour", 2, "lower case"),
        ("1 hrs", 2, "did you mean 'hours'?"),
        ("5 minuts", 2, "did you mean 'minutes'?"),
        ("5min", 1, "did you mean 'minute'?"),
        ("2 months", 2, "no fixed length"),
        ("1 year", 2, "no fixed length"),
        ("5 business days", 2, "unknown unit 'business'"),
        ("5%", 1, "where a unit should be"),
        # fractions have a whole way of writing, where there is one
        ("1.5h", 1, "write 90m"),
        ("1,5 hours", 1, "write 90m"),
        ("0.5m", 1, "write 30s"),
        ("2.0h", 1, "write 2h"),
        ("24.0h", 2, "write 24h"),
        ("1.5d", 1, "write 36h"),
        ("1h 0.5m", 4, "write 1h 30s"),
        ("1.5s", 1, "no fractions"),
        # order
        ("1m1h", 3, "follows a smaller one"),
        ("1h1h", 3, "stands twice"),
        ("1h 1 hour", 5, "stands twice"),
        # size
        ("0m", 0, "a limit of nothing"),
        ("0h 0m", 0, "a limit of nothing"),
        ("36525d 1s", 7, "100 years"),
        ("876601h", 0, "100 years"),
        ("9" * 5000 + "h", 0, "100 years"),
    ],
)
def test_refused(text: str, position: int, says: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    assert caught.value.position == position
    assert says in str(caught.value)


def test_an_error_keeps_what_it_says_apart() -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration("1.5h")
    error = caught.value
    assert (error.message, error.position) == ("a duration has no fractions", 1)
    assert (error.expected, error.hint) == ("whole numbers", "write 90m")


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0s"),
        (1, "0.000001s"),
        (1_500_000, "1.5s"),
        (-3 * MINUTE, "-3m"),
        (90 * MINUTE, "1h 30m"),
        (-90 * MINUTE, "-1h 30m"),
        (12 * HOUR, "12h"),
        (12 * HOUR + 1, "12h 0.000001s"),
        # hours below two days, days from there
        (24 * HOUR, "24h"),
        (36 * HOUR, "36h"),
        (48 * HOUR - 1, "47h 59m 59.999999s"),
        (48 * HOUR, "2d"),
        (50 * HOUR, "2d 2h"),
        (MAX_DURATION_US, "36525d"),
    ],
)
def test_format(us: int, text: str) -> None:
    assert format_duration(us) == text


@given(st.integers(1, MAX_DURATION_US // SECOND).map(lambda seconds: seconds * SECOND))
def test_whole_seconds_are_read_back(us: int) -> None:
    assert parse_duration(format_duration(us)).us == us


@given(st.integers())
def test_different_durations_are_written_differently(us: int) -> None:
    assert format_duration(us) != format_duration(us + 1)


@given(st.text() | st.text("0123456789 .,wdhmsayour-\t") | st.from_regex(r"([0-9]+ ?[a-z]* ?){1,4}", fullmatch=True))
def test_raises_nothing_but_its_own_error(text: str) -> None:
    try:
        assert 0 < parse_duration(text).us <= MAX_DURATION_US
    except DurationError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - either outcome is right, another exception is not
