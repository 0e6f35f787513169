from __future__ import annotations

import pytest

from supportpolicy.model.finding import Counts
from supportpolicy.reports.rates import Attainment, Rate


@pytest.mark.parametrize(
    ("passed", "whole", "text"),
    [
        (1, 1, "100.00%"),
        (0, 1, "0.00%"),
        (2, 3, "66.66%"),
        (99_999, 100_000, "99.99%"),
        (10**18 - 1, 10**18, "99.99%"),
        (1, 10**9, "0.00%"),
        (1, 1_000, "0.10%"),
        (0, 0, "no decided ticket"),
    ],
)
def test_a_percentage_is_cut_and_never_rounded_up(passed: int, whole: int, text: str) -> None:
    assert str(Rate(passed, whole)) == text


def test_bounds_take_the_undecided_as_fail_and_as_pass() -> None:
    attainment = Attainment.of(Counts(passed=9, rated_pass=8, rated_fail=2, could_pass=3, could_fail=6))
    assert (str(attainment.at_least), str(attainment.rate), str(attainment.at_most)) == ("50.00%", "80.00%", "84.61%")


def test_conflicting_ids_are_left_out_of_the_rate() -> None:
    assert str(Attainment.of(Counts(passed=100, failed=1, rated_pass=1, rated_fail=1)).rate) == "50.00%"
