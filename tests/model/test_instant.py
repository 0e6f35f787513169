"""Which texts are instants, and which instants they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportpolicy.model.instant import (
    DAY_US,
    Instant,
    InstantError,
    ParsedTime,
    format_instant,
    format_us,
    parse_instant,
    parse_naive,
    parse_time,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FIRST_US = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
LAST_US = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - EPOCH) // MICROSECOND

ACCEPTED = [
    # as written, as we write it
    ("2021-03-01T08:00:00Z", "2021-03-01T08:00:00Z"),
    ("2021-03-01t08:00:00z", "2021-03-01T08:00:00Z"),
    ("2021-03-01 08:00:00Z", "2021-03-01T08:00:00Z"),
    ("2021-03-01T08:00Z", "2021-03-01T08:00:00Z"),
    ("1970-01-01T00:00Z", "1970-01-01T00:00:00Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    # fractions: beyond the sixth digit dropped, never rounded
    ("2021-03-01T08:00:00.5Z", "2021-03-01T08:00:00.500Z"),
    ("2021-03-01T08:00:00.000Z", "2021-03-01T08:00:00Z"),
    ("2021-03-01T08:00:00.1234Z", "2021-03-01T08:00:00.123400Z"),
    ("2021-03-01T08:00:00.999999999Z", "2021-03-01T08:00:00.999999Z"),
    ("2021-03-01T08:00:00.0000009Z", "2021-03-01T08:00:00Z"),
    # offsets
    ("2021-03-01T08:00:00+01:00", "2021-03-01T07:00:00Z"),
    ("2021-03-01T08:00:00+0100", "2021-03-01T07:00:00Z"),
    ("2021-03-01T08:00:00-03:30", "2021-03-01T11:30:00Z"),
    ("2021-03-01T08:00-0330", "2021-03-01T11:30:00Z"),
    ("2021-03-01T08:00:00-00:00", "2021-03-01T08:00:00Z"),
    ("2021-03-01T08:00:00+14:00", "2021-02-28T18:00:00Z"),
    ("2021-03-01T08:00:00-14:00", "2021-03-01T22:00:00Z"),
    # real dates
    ("2020-02-29T00:00Z", "2020-02-29T00:00:00Z"),
    ("2000-02-29T00:00Z", "2000-02-29T00:00:00Z"),
    # the ends of the range, and what an offset makes of them: still an integer, though not a text we read
    ("0001-01-01T00:00Z", "0001-01-01T00:00:00Z"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ("0001-01-01T00:00+00:01", "0000-12-31T23:59:00Z"),
    ("9999-12-31T23:59:59-00:01", "+10000-01-01T00:00:59Z"),
]

REFUSED = [
    # text, what the message says
    ("", "empty"),
    ("yesterday", "expected a date"),
    ("2021-03-01", "T or one space"),
    ("2021-03-01T", "time of day"),
    ("2021-03-01T08", "time of day"),
    ("2021-03-01T08:00:00", "no offset"),
    ("2021-03-01T08:00", "no offset"),
    ("2021-3-1T08:00Z", "expected a date"),
    ("21-03-01T08:00Z", "expected a date"),
    ("+2021-03-01T08:00Z", "expected a date"),
    ("-2021-03-01T08:00Z", "expected a date"),
    ("12021-03-01T08:00Z", "expected a date"),
    ("20210301T080000Z", "expected a date"),
    ("2021-W09-1T08:00Z", "expected a date"),
    ("2021/03/01T08:00Z", "expected a date"),
    ("2021-03-01T8:00Z", "time of day"),
    ("2021-03-01T08:00:0Z", "at character 17"),
    ("2021-03-01T0800Z", "time of day"),
    # white space
    (" 2021-03-01T08:00Z", "white space"),
    ("2021-03-01T08:00Z\n", "white space"),
    ("2021-03-01T08:00Z\N{NO-BREAK SPACE}", "white space"),
    ("2021-03-01  08:00Z", "character 12"),
    ("2021-03-01\t08:00Z", "T or one space"),
    ("2021-03-01\N{NO-BREAK SPACE}08:00Z", "T or one space"),
    ("2021-03-01T08:00 Z", "at character 17"),
    ("2021-03-01_08:00Z", "T or one space"),
    # dates and times that do not exist
    ("0000-01-01T00:00Z", "no date"),
    ("2021-02-29T00:00Z", "no date 2021-02-29"),
    ("1900-02-29T00:00Z", "no date"),
    ("2021-04-31T00:00Z", "no date"),
    ("2021-13-01T00:00Z", "no date"),
    ("2021-00-01T00:00Z", "no date"),
    ("2021-01-00T00:00Z", "no date"),
    ("2021-03-01T24:00Z", "midnight is 00:00"),
    ("2021-03-01T24:00:00Z", "midnight is 00:00"),
    ("2021-03-01T08:60Z", "no minute 60"),
    ("2016-12-31T23:59:60Z", "leap seconds"),
    # fractions
    ("2021-03-01T08:00:00.Z", "fraction"),
    ("2021-03-01T08:00:00,5Z", "character 20"),
    ("2021-03-01T08:00:00.1234567890Z", "1 to 9 digits"),
    ("2021-03-01T08:00.5Z", "character 17"),
    # offsets
    ("2021-03-01T08:00+14:01", "no offset +14:01"),
    ("2021-03-01T08:00-1401", "no offset -1401"),
    ("2021-03-01T08:00+23:00", "no offset"),
    ("2021-03-01T08:00+01:60", "no offset"),
    ("2021-03-01T08:00+0160", "no offset"),
    ("2021-03-01T08:00+01", "character 17"),
    ("2021-03-01T08:00+1:00", "character 17"),
    ("2021-03-01T08:00+01:00:00", "character 23"),
    ("2021-03-01T08:00\N{MINUS SIGN}01:00", "character 17"),
    ("2021-03-01T08:00 UTC", "character 17"),
    ("2021-03-01T08:00Z..2021-03-01T09:00Z", "character 18"),
    # digits of other scripts
    ("٢٠٢١-03-01T08:00Z", "digits other than 0 to 9"),
    ("2021-03-01T08:00:00.\N{FULLWIDTH DIGIT FIVE}Z", "digits other than 0 to 9"),
    ("2021-03-01T08:00+\N{DEVANAGARI DIGIT ZERO}1:00", "digits other than 0 to 9"),
]


@pytest.mark.parametrize(("text", "canonical"), ACCEPTED)
def test_accepted(text: str, canonical: str) -> None:
    instant = parse_instant(text)
    assert instant.exact
    assert format_instant(instant) == canonical


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(InstantError) as caught:
        parse_instant(text)
    assert says in str(caught.value)


def test_epoch_is_zero_and_the_past_is_negative() -> None:
    assert parse_instant("1970-01-01T00:00:00Z") == Instant(0, 0)
    assert parse_instant("1970-01-01T00:00:00.000001Z") == Instant.at(1)
    assert parse_instant("1969-12-31T00:00:00Z") == Instant.at(-DAY_US)
    assert parse_instant("0001-01-01T00:00:00Z") == Instant.at(FIRST_US)
    assert parse_instant("9999-12-31T23:59:59.999999Z") == Instant.at(LAST_US)


def test_an_instant_does_not_end_before_it_begins() -> None:
    assert not Instant(1, 2).exact
    with pytest.raises(InstantError, match="cannot end"):
        Instant(2, 1)


def test_naive_is_the_same_shape_without_an_offset() -> None:
    assert parse_naive("1970-01-01 00:00:01.5") == 1_500_000
    assert parse_naive("1970-01-02T00:00") == DAY_US
    with pytest.raises(InstantError, match="has an offset"):
        parse_naive("1970-01-02T00:00Z")
    with pytest.raises(InstantError, match="white space"):
        parse_naive("1970-01-02T00:00 ")


def test_a_time_may_have_an_offset_or_none() -> None:
    assert parse_time("1970-01-02 00:00") == ParsedTime(DAY_US, None)
    assert parse_time("1970-01-02 00:00-01:00") == ParsedTime(DAY_US, -3_600_000_000)


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (1_000, "1970-01-01T00:00:00.001Z"),
        (1_001, "1970-01-01T00:00:00.001001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (FIRST_US - 1, "0000-12-31T23:59:59.999999Z"),
        (FIRST_US - 366 * DAY_US, "0000-01-01T00:00:00Z"),
        (FIRST_US - 367 * DAY_US, "-0001-12-31T00:00:00Z"),
        (LAST_US + 1, "+10000-01-01T00:00:00Z"),
    ],
)
def test_format(us: int, text: str) -> None:
    assert format_us(us) == text


def test_an_interval_is_written_with_both_ends() -> None:
    assert format_instant(Instant(0, 59_999_999)) == "1970-01-01T00:00:00Z..1970-01-01T00:00:59.999999Z"
    assert str(Instant.at(0)) == "1970-01-01T00:00:00Z"


def test_a_long_text_is_cut_in_the_message() -> None:
    with pytest.raises(InstantError) as caught:
        parse_instant("9" * 1_000_000)
    assert len(str(caught.value)) < 300


@given(st.integers(FIRST_US, LAST_US))
@example(FIRST_US)
@example(LAST_US)
def test_what_is_written_is_read_back(us: int) -> None:
    assert parse_instant(format_us(us)) == Instant.at(us)


@given(st.integers())
def test_any_integer_can_be_written(us: int) -> None:
    assert format_us(us).endswith("Z")


@st.composite
def legal_texts(draw: st.DrawFn) -> tuple[str, str]:
    """A local time of the canonical shape, and an offset."""
    at = draw(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
    seconds = draw(st.sampled_from(["", f":{at.second:02d}"]))
    digits = draw(st.text("0123456789", max_size=9)) if seconds else ""
    minutes = draw(st.integers(0, 14 * 60))
    sign, colon = draw(st.sampled_from("+-")), draw(st.sampled_from([":", ""]))
    return (
        f"{at.date().isoformat()}T{at.hour:02d}:{at.minute:02d}{seconds}{'.' if digits else ''}{digits}",
        draw(st.sampled_from(["Z", f"{sign}{minutes // 60:02d}{colon}{minutes % 60:02d}"])),
    )


def by_the_standard_library(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND


@given(legal_texts(), st.sampled_from("Tt "))
def test_agrees_with_the_standard_library(parts: tuple[str, str], separator: str) -> None:
    local, offset = parts
    ours = local.replace("T", separator)
    expected = by_the_standard_library(local + offset)
    assert parse_instant(ours + offset) == Instant.at(expected)
    assert parse_instant(ours + offset.lower()) == Instant.at(expected)
    assert parse_naive(ours) == by_the_standard_library(local + "Z")


@given(legal_texts(), st.integers(0, 40), st.sampled_from("0123456789:-+.Z \n") | st.characters())
def test_accepts_nothing_that_the_standard_library_refuses(parts: tuple[str, str], at: int, char: str) -> None:
    text = "".join(parts)
    text = text[:at] + char + text[at + 1 :]
    try:
        found = parse_instant(text)
    except InstantError:
        return
    assert found == Instant.at(by_the_standard_library(text.replace("z", "Z")))


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_reads_what_the_standard_library_writes(naive: datetime, minutes: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(at.isoformat()) == Instant.at((at - EPOCH) // MICROSECOND)


@given(st.text() | st.text("0123456789-+:.TtZz ٣\n"))
def test_raises_nothing_but_its_own_error(text: str) -> None:
    for parse in (parse_instant, parse_naive, parse_time):
        try:
            parse(text)
        except InstantError as error:
            assert str(error)  # noqa: PT017 - either outcome is right, another exception is not
