"""Periods: what `--period` takes, and which instants certainly lie without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportpolicy.model.instant import Instant, format_month, format_us, month_of, parse_instant
from supportpolicy.model.period import Period, PeriodError, parse_period


def us(text: str) -> int:
    return parse_instant(text).lo


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2021-01-01/2021-02-01", "2021-01-01T00:00:00Z", "2021-02-01T00:00:00Z"),
        ("2021-01-01Z/2021-02-01+01:00", "2021-01-01T00:00:00Z", "2021-01-31T23:00:00Z"),
        ("2021-01-01-0330/", "2021-01-01T03:30:00Z", None),
        ("/2021-02-01", None, "2021-02-01T00:00:00Z"),
        ("2021-01-01T08:00Z/2021-01-01T08:00:00.000001Z", "2021-01-01T08:00:00Z", "2021-01-01T08:00:00.000001Z"),
    ],
)
def test_read(text: str, since: str | None, until: str | None) -> None:
    assert parse_period(text) == Period(since and us(since), until and us(until))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2021-01-01", "no / between"),
        ("", "no / between"),
        ("/", "both of its ends are open"),
        ("2021-02-01/2021-01-01", "its end, which is not part of it, must come after"),
        ("2021-02-01/2021-02-01", "must come after"),
        ("2021-01-01T08:00:00.000001Z/2021-01-01 10:00+02:00", "nothing lies in it"),
        ("2021-02-30/", "there is no date 2021-02-30"),
        ("2021-01-01T08:00/", "offset"),
        ("2021-01/2021-02", "not a time"),
        ("2021-01-01/2021-02-01/2021-03-01", "not a time"),
        ("2021-01-01+25:00/", "offset"),
        ("2021-01-01 /", "white space around it"),
        ("٢٠٢١-01-01/", "not a time|digits"),
    ],
)
def test_refused(text: str, why: str) -> None:
    with pytest.raises(PeriodError, match=why):
        parse_period(text)


def test_in_words() -> None:
    assert str(parse_period("2021-01-01/2021-02-01")) == ("from 2021-01-01T00:00:00Z until before 2021-02-01T00:00:00Z")
    assert str(parse_period("/2021-02-01")) == "until before 2021-02-01T00:00:00Z"
    assert str(parse_period("2021-02-01/")) == "from 2021-02-01T00:00:00Z"


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.integers(1, 6))
def test_certainly_without_is_without_at_every_instant(lo: int, wide: int, since: int, long: int) -> None:
    at = range(lo, lo + wide + 1)
    for period in (Period(since, since + long), Period(since, None), Period(None, since)):
        first = period.since if period.since is not None else -1
        last = period.until if period.until is not None else 99
        expected = all(not first <= instant < last for instant in at) and (at[-1] < first or at[0] >= last)
        assert period.certainly_without(Instant(at[0], at[-1])) is expected


@given(st.integers(us("0001-01-01T00:00:00Z") - 10**15, us("9999-12-31T23:59:59Z") + 10**15))
def test_a_month_is_the_beginning_of_its_instants(at: int) -> None:
    assert format_us(at).startswith(f"{format_month(month_of(at))}-")


def test_months_are_numbered_one_after_the_other() -> None:
    assert month_of(us("2021-01-01T00:00:00Z")) - month_of(us("2020-12-31T23:59:59.999999Z")) == 1
    assert [format_month(n) for n in (0, 11, 12, -1, 120_000)] == [
        "0000-01",
        "0000-12",
        "0001-01",
        "-0001-12",
        "+10000-01",
    ]
