"""What a coarsely written time may stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportpolicy.model.instant import Instant, parse_instant
from supportpolicy.model.precision import Precision, Rounding

MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("by", "written", "stands_for"),
    [
        ("floor", "08:00:00Z", ("08:00:00Z", "08:00:59.999999Z")),
        ("ceil", "08:00:00Z", ("07:59:00.000001Z", "08:00:00Z")),
        ("nearest", "08:00:00Z", ("07:59:30Z", "08:00:30Z")),
    ],
)
def test_a_minute(by: Rounding, written: str, stands_for: tuple[str, str]) -> None:
    def at(clock: str) -> int:
        return parse_instant(f"2021-03-01T{clock}").lo

    widened = Precision(MINUTE, by).widen(Instant.at(at(written)))
    assert widened == Instant(at(stands_for[0]), at(stands_for[1]))


@pytest.mark.parametrize(
    ("by", "expected"),
    [("floor", (90, 99)), ("ceil", (81, 90)), ("nearest", (85, 95))],
)
def test_an_amount(by: Rounding, expected: tuple[int, int]) -> None:
    assert Precision(10, by).widen_amount(90) == expected


@pytest.mark.parametrize("by", ["floor", "nearest", "ceil"])
def test_a_microsecond_widens_nothing(by: Rounding) -> None:
    assert Precision(1, by).widen(Instant.at(7)) == Instant.at(7)


def test_an_interval_is_widened_at_its_ends() -> None:
    assert Precision(10, "floor").widen(Instant(20, 40)) == Instant(20, 49)
    assert Precision(10, "ceil").widen(Instant(20, 40)) == Instant(11, 40)
    assert Precision(10, "nearest").widen(Instant(20, 40)) == Instant(15, 45)


def test_a_unit_is_positive_and_the_rounding_known() -> None:
    with pytest.raises(ValueError, match="at least one microsecond"):
        Precision(0, "floor")
    with pytest.raises(ValueError, match="'round'"):
        Precision(1, "round")  # type: ignore[arg-type]


@given(st.integers(), st.integers(1, 10**12), st.sampled_from(["floor", "nearest", "ceil"]))
def test_the_true_value_lies_within(true: int, unit: int, by: Rounding) -> None:
    below = true // unit * unit
    above = -(-true // unit) * unit
    if by == "nearest":
        written = {v for v in (below, above) if 2 * abs(true - v) <= unit}
    else:
        written = {below if by == "floor" else above}
    for value in written:
        lo, hi = Precision(unit, by).widen_amount(value)
        assert lo <= true <= hi


@given(st.integers(), st.integers(2, 10**6).filter(lambda unit: unit % 2 == 0))
def test_nothing_else_lies_within(value: int, unit: int) -> None:
    value -= value % unit
    assert Precision(unit, "floor").widen_amount(value) == (value, value + unit - 1)
    lo, hi = Precision(unit, "nearest").widen_amount(value)
    assert (value - lo, hi - value) == (unit // 2, unit // 2)
