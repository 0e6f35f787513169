"""Formats of times: what each directive reads, and which formats are refused and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportpolicy.model.instant import HOUR_US, InstantError, ParsedTime, format_us, parse_naive
from supportpolicy.model.time_format import FormatError, TimeFormat

EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("form", "text", "local"),
    [
        ("D/M/YYYY hh:mm", "1/3/2016 08:30", "2016-03-01 08:30"),
        ("D/M/YYYY hh:mm", "29/02/2016 23:59", "2016-02-29 23:59"),
        ("D/M/YYYY h:mm", "1/3/2016 8:30", "2016-03-01 08:30"),
        ("M/D/YYYY", "3/1/2016", "2016-03-01 00:00"),
        ("YYYY-MM-DD", "2016-03-01", "2016-03-01 00:00"),
        ("YYYYMMDDhhmmss", "20160301083015", "2016-03-01 08:30:15"),
        ("YYYYMMDDThhmmss", "20160301T083015", "2016-03-01 08:30:15"),
        ("DD.MM.YYYY, hh", "01.03.2016, 08", "2016-03-01 08:00"),
        ("YYYY-MM-DD hh:mm:ss.f", "2016-03-01 08:30:15.1234567", "2016-03-01 08:30:15.123456"),
        ("YYYY-MM-DD hh:mm:ss,f", "2016-03-01 08:30:15,5", "2016-03-01 08:30:15.5"),
        ("hh:mm:ssf YYYY-MM-DD", "08:30:155 2016-03-01", "2016-03-01 08:30:15.5"),
        # names of months, in any case
        ("DD-MMM-YYYY", "01-mar-2016", "2016-03-01 00:00"),
        ("DD MMM YYYY", "01 MAR 2016", "2016-03-01 00:00"),
        ("MMMM D, YYYY", "March 1, 2016", "2016-03-01 00:00"),
        ("MMMM D, YYYY", "may 31, 2016", "2016-05-31 00:00"),
        ("DMMMYYYY", "1Mar2016", "2016-03-01 00:00"),
        # twelve hours
        ("YYYY-MM-DD h:mm A", "2016-03-01 12:00 AM", "2016-03-01 00:00"),
        ("YYYY-MM-DD h:mm A", "2016-03-01 12:59 am", "2016-03-01 00:59"),
        ("YYYY-MM-DD h:mm A", "2016-03-01 1:00 AM", "2016-03-01 01:00"),
        ("YYYY-MM-DD h:mm A", "2016-03-01 12:00 PM", "2016-03-01 12:00"),
        ("YYYY-MM-DD hh:mmA", "2016-03-01 11:59pm", "2016-03-01 23:59"),
        # the ends
        ("YYYY-MM-DD", "0001-01-01", "0001-01-01 00:00"),
        ("YYYY-MM-DD hh:mm:ss.f", "9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
        # literals mean themselves, also where a regular expression means more
        ("[YYYY] (MM) DD.*+?$^|\\", "[2016] (03) 01.*+?$^|\\", "2016-03-01 00:00"),
        ("YYYY-MM-DD @ 100%", "2016-03-01 @ 100%", "2016-03-01 00:00"),
    ],
)
def test_read(form: str, text: str, local: str) -> None:
    assert TimeFormat.compile(form).parse(text) == ParsedTime(parse_naive(local), None)


@pytest.mark.parametrize(
    ("offset", "hours"), [("Z", 0.0), ("z", 0.0), ("+01:00", 1.0), ("-0330", -3.5), ("+14:00", 14.0), ("-00:00", 0.0)]
)
def test_read_with_an_offset(offset: str, hours: float) -> None:
    parsed = TimeFormat.compile("D/M/YYYY hh:mm Z").parse(f"1/3/2016 08:30 {offset}")
    assert parsed == ParsedTime(parse_naive("2016-03-01 08:30"), int(hours * HOUR_US))


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ("D/M/YYYY hh:mm", "1/3/2016 8:30", "shape"),
        ("D/M/YYYY hh:mm", "1/3/2016 08:30 ", "shape"),
        ("D/M/YYYY hh:mm", " 1/3/2016 08:30", "shape"),
        ("D/M/YYYY hh:mm", "1/3/2016  08:30", "shape"),
        ("D/M/YYYY hh:mm", "1/3/2016 08:30\n", "shape"),
        ("D/M/YYYY hh:mm", "1/3/16 08:30", "shape"),
        ("D/M/YYYY hh:mm", "1/13/2016 08:30", "no date 2016-13-01"),
        ("D/M/YYYY hh:mm", "29/2/2015 08:30", "no date 2015-02-29"),
        ("D/M/YYYY hh:mm", "0/1/2015 08:30", "no date"),
        ("D/M/YYYY hh:mm", "1/1/0000 08:30", "no date"),
        ("D/M/YYYY hh:mm", "1/3/2016 24:00", "no hour 24"),
        ("D/M/YYYY hh:mm", "1/3/2016 08:60", "no minute 60"),
        ("D/M/YYYY hh:mm", "٣/3/2016 08:30", "shape"),
        ("D/M/YYYY hh:mm:ss", "1/3/2016 08:30:60", "no second 60"),
        ("YYYY-MM-DD h:mm A", "2016-03-01 0:00 AM", "1 to 12"),
        ("YYYY-MM-DD h:mm A", "2016-03-01 13:00 PM", "1 to 12"),
        ("YYYY-MM-DD hh:mm:ss.f", "2016-03-01 08:30:15.1234567890", "shape"),
        ("YYYY-MM-DD hh:mm:ss.f", "2016-03-01 08:30:15.", "shape"),
        ("YYYY-MM-DD Z", "2016-03-01 +14:01", "no offset"),
        ("YYYY-MM-DD Z", "2016-03-01 +01", "shape"),
        ("YYYY-MM-DD Z", "2016-03-01 UTC", "shape"),
        ("DD MMM YYYY", "01 Mär 2016", "shape"),
        ("DD MMM YYYY", "01 March 2016", "shape"),
        # case is folded in ASCII only: a long s is no s
        ("DD MMM YYYY", "01 \N{LATIN SMALL LETTER LONG S}ep 2016", "shape"),
    ],
)
def test_not_read(form: str, text: str, says: str) -> None:
    with pytest.raises(InstantError) as caught:
        TimeFormat.compile(form).parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("form", "position", "says"),
    [
        ("", 0, "no year and no month and no day"),
        ("DD/MM", 5, "no year"),
        ("YYYY-MM", 7, "no day"),
        ("hh:mm", 5, "no year and no month and no day"),
        ("YY-MM-DD", 0, "century"),
        ("D/M/yy", 4, "century"),
        # directives of other libraries
        ("dd/MM/YYYY", 0, "did you mean 'DD'?"),
        ("yyyy-MM-DD", 0, "did you mean 'YYYY'?"),
        ("YYYY-MM-DD HH:mm", 11, "did you mean 'hh'?"),
        ("YYYY-MM-DD hh:MM", 14, "month stands twice"),
        ("YYYY-MM-DD hh:mm:SS", 17, "did you mean 'ss'?"),
        ("YYYY-MM-DD hh:mm:ss.SSS", 20, "did you mean 'f'?"),
        ("YYYY-MM-DD hh:mm a", 17, "did you mean 'A'?"),
        ("YYYY-MM-DD hh:mm XXX", 17, "did you mean 'Z'?"),
        ("D/m/YYYY", 2, "the month is written M"),
        ("ddd D MMM YYYY", 0, "week days"),
        ("%d/%m/%Y", 0, "strptime's %d is written DD here"),
        ("YYYY-MM-DD %H:%M", 11, "strptime's %H is written hh here"),
        ("%d/%m/%y", 0, "strptime's %d"),
        ("DD/MM/%y", 6, "century"),
        ("YYYY-MM-DD %Q", 11, "%Q is no directive"),
        # letters
        ("YYYY-MM-DD at hh", 11, "expected one of YYYY, MM, M, MMM, MMMM, DD, D, hh, h, A, mm, ss, f, Z"),
        ("YYYY-MM-DDTThh", 10, "'TT' is no directive"),
        ("x" * 1_000, 0, "(1000 characters) is no directive"),
        ("YYYYY-MM-DD", 0, "did you mean 'YYYY'?"),
        ("YYYY年MM月DD日", 4, "no directive"),
        ("YYYY-\N{CYRILLIC CAPITAL LETTER EM}-DD", 5, "no directive"),
        # each part once, and none without the larger one
        ("D/M/YYYY DD", 9, "day stands twice"),
        ("YYYY-MM-DD MMM", 11, "month stands twice"),
        ("YYYY-MM-DD mm", 11, "minutes but no hour"),
        ("YYYY-MM-DD hh:ss", 14, "seconds but no minute"),
        ("YYYY-MM-DD hh:mm.f", 17, "a fraction but no second"),
        ("YYYY-MM-DD A", 11, "AM or PM but no hour"),
        # two readings
        ("DM YYYY", 1, "two ways"),
        ("YYYYMD", 5, "two ways"),
        ("YYYY-D1M", 7, "two ways"),
        ("YYYY-DMMh", 8, "two ways"),
        ("YYYY-MM-DD hh:mm:ssfh", 20, "hour stands twice"),
        # seconds since the epoch
        ("epoch", 0, "epoch-seconds or epoch-milliseconds"),
        ("epoch-second", 0, "did you mean 'epoch-seconds'?"),
        ("unixtime", 0, "epoch-seconds or epoch-milliseconds"),
    ],
)
def test_refused(form: str, position: int, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        TimeFormat.compile(form)
    assert caught.value.position == position
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("form", "text", "instant"),
    [
        ("epoch-seconds", "0", "1970-01-01T00:00:00Z"),
        ("epoch-seconds", "-0", "1970-01-01T00:00:00Z"),
        ("epoch-seconds", "-1", "1969-12-31T23:59:59Z"),
        ("epoch-seconds", "1456821000", "2016-03-01T08:30:00Z"),
        ("epoch-seconds", "-62135596800", "0001-01-01T00:00:00Z"),
        ("epoch-seconds", "253402300799", "9999-12-31T23:59:59Z"),
        ("epoch-milliseconds", "1456821000123", "2016-03-01T08:30:00.123Z"),
        ("epoch-milliseconds", "253402300799999", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_epoch(form: str, text: str, instant: str) -> None:
    parsed = TimeFormat.compile(form).parse(text)
    assert parsed.offset_us == 0
    assert format_us(parsed.naive_us) == instant


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ("epoch-seconds", "", "not an integer"),
        ("epoch-seconds", "1.5", "not an integer"),
        ("epoch-seconds", "1e9", "not an integer"),
        ("epoch-seconds", "+1", "not an integer"),
        ("epoch-seconds", " 1", "not an integer"),
        ("epoch-seconds", "1\n", "not an integer"),
        ("epoch-seconds", "1_000", "not an integer"),
        ("epoch-seconds", "٣", "not an integer"),
        ("epoch-seconds", "1234567890123456789", "at most 18 digits"),
        ("epoch-seconds", "253402300800", "outside the years"),
        ("epoch-seconds", "-62135596801", "outside the years"),
        ("epoch-seconds", "1456821000123", "read as epoch-milliseconds it would be 2016-03-01T08:30:00.123Z"),
        ("epoch-milliseconds", "253402300800000", "outside the years"),
    ],
)
def test_not_epoch(form: str, text: str, says: str) -> None:
    with pytest.raises(InstantError) as caught:
        TimeFormat.compile(form).parse(text)
    assert says in str(caught.value)


def test_formats_are_equal_by_their_text() -> None:
    assert TimeFormat.compile("YYYY-MM-DD") == TimeFormat.compile("YYYY-MM-DD")
    assert repr(TimeFormat.compile("YYYY-MM-DD")) == "TimeFormat(text='YYYY-MM-DD')"


MONTHS = [datetime(2000, month, 1).strftime("%B") for month in range(1, 13)]
CASES = (str.upper, str.lower, str.title)
DATES = list(permutations(("year", "month", "day")))
CLOCKS: list[tuple[str, ...]] = [
    (),
    ("hour",),
    ("hour", "minute"),
    ("hour", "minute", "second"),
    ("hour", "minute", "second", "fraction"),
]


@st.composite
def formats_and_texts(draw: st.DrawFn) -> tuple[str, str, ParsedTime]:
    """A legal format, a text in it, and what it must read."""
    at = draw(st.datetimes())
    case = draw(st.sampled_from(CASES))
    half = draw(st.booleans())
    hour = (at.hour + 11) % 12 + 1 if half else at.hour
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{draw(st.sampled_from([':', '']))}"
    offset += f"{abs(minutes) % 60:02d}"
    ways = {
        "year": [("YYYY", f"{at.year:04d}")],
        "month": [
            ("MM", f"{at.month:02d}"),
            ("M", str(at.month)),
            ("M", f"{at.month:02d}"),
            ("MMM", case(MONTHS[at.month - 1][:3])),
            ("MMMM", case(MONTHS[at.month - 1])),
        ],
        "day": [("DD", f"{at.day:02d}"), ("D", str(at.day)), ("D", f"{at.day:02d}")],
        "hour": [("hh", f"{hour:02d}"), ("h", str(hour))],
        "half": [("A", case("PM" if at.hour >= 12 else "AM"))],
        "minute": [("mm", f"{at.minute:02d}")],
        "second": [("ss", f"{at.second:02d}")],
        "fraction": [("f", f"{at.microsecond:06d}"), ("f", f"{at.microsecond:06d}789")],
        "offset": [("Z", offset)],
    }
    date = draw(st.sampled_from(DATES))
    clock = draw(st.sampled_from(CLOCKS))
    zoned = draw(st.booleans())
    extra = [*(["half"] if half and clock else []), *(["offset"] if zoned else [])]
    parts = draw(st.permutations([*date, *clock, *extra]))
    form = text = ""
    for part in parts:
        separator = draw(st.sampled_from([" ", "/", "-", ".", ", ", ":", "T", " 0 "])) if form else ""
        directive, written = draw(st.sampled_from(ways[part]))
        form += separator + directive
        text += separator + written
    shown = {
        name: getattr(at, "microsecond" if name == "fraction" else name)
        for name in ("hour", "minute", "second", "fraction")
        if name in clock
    }
    micro = shown.pop("fraction", 0)
    naive = datetime(at.year, at.month, at.day, **shown, microsecond=micro)
    return form, text, ParsedTime((naive - EPOCH) // MICROSECOND, minutes * 60_000_000 if zoned else None)


@given(formats_and_texts())
def test_what_a_format_writes_it_reads(case: tuple[str, str, ParsedTime]) -> None:
    form, text, expected = case
    assert TimeFormat.compile(form).parse(text) == expected


@given(st.text() | st.text("YMDhmsfAZT%d0123456789/-:. ") | st.sampled_from(["epoch", "unix"]), st.text())
def test_raises_nothing_but_its_own_errors(form: str, text: str) -> None:
    try:
        compiled = TimeFormat.compile(form)
    except FormatError as error:
        assert 0 <= error.position <= len(form)  # noqa: PT017 - either outcome is right, another exception is not
        return
    with pytest.raises(InstantError):
        compiled.parse(text + "!")


@given(
    st.sampled_from(["D/M/YYYY h:mm:ss.f Z", "YYYYMMDDhhA", "MMMM D YYYY", "epoch-seconds", "epoch-milliseconds"]),
    st.text() | st.text("0123456789/:.- +ZAPM") | st.from_regex(r"[0-9]{10}[AP]M|-?[0-9]{1,20}", fullmatch=True),
)
def test_reading_raises_nothing_but_instant_errors(form: str, text: str) -> None:
    try:
        TimeFormat.compile(form).parse(text)
    except InstantError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, another exception is not
