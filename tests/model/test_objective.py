"""How an objective stands, against a walk over all that may come of what is undecided."""

from __future__ import annotations

from itertools import product
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.model.objective import WHOLE, Score, Standing, Target, share_text, standing

_FEW: Final = st.integers(0, 3)
_SCORES: Final = st.builds(
    lambda passed, failed, waiting, unknown: Score(
        passed, failed, waiting[0] + waiting[1], unknown[0] + unknown[1], 0,
        waiting[0], waiting[1], unknown[0], unknown[1],
    ),
    _FEW, _FEW, st.tuples(_FEW, _FEW), st.tuples(_FEW, _FEW),
)  # fmt: skip
"""Scores in which each undecided ticket may pass or not count, or may fail or not count."""
_TARGETS: Final = st.one_of(
    st.builds(Target, st.just("share"), st.sampled_from((1, 333_333, 500_000, 666_667, 900_000, WHOLE)), st.just(1)),
    st.builds(Target, st.sampled_from(("passes", "fails", "counted")), st.integers(0, 5)),
)


def _kept(target: Target, passed: int, failed: int) -> bool:
    match target.of:
        case "share":
            return passed * WHOLE >= target.amount * (passed + failed)
        case "passes":
            return passed >= target.amount
        case "fails":
            return failed <= target.amount
        case "counted":
            return passed <= target.amount


def _all(score: Score, could_pass: int, could_fail: int, more: int) -> set[tuple[int, int]]:
    """Every number of passes and fails that may come of it, where so many more tickets may come besides."""
    some = product(range(could_pass + more + 1), range(could_fail + more + 1))
    return {(score.passed + passes, score.failed + fails) for passes, fails in some}


@given(_TARGETS, _SCORES, st.booleans(), st.booleans())
@settings(max_examples=500)
def test_met_and_missed_are_what_is_so_whatever_comes(target: Target, score: Score, ended: bool, whole: bool) -> None:
    stands = standing(target, score, ended=ended, whole=whole)
    if score.decided < target.minimum:
        assert stands is Standing.TOO_FEW
        return
    many = 200  # more than tip any share, one in a million but for
    every = _all(score, score.could_pass, score.could_fail, 0 if ended and whole else many)
    kept = {_kept(target, *one) for one in every}
    if stands in (Standing.MET, Standing.MISSED):
        assert kept == {stands is Standing.MET}
    elif target.of != "share" or (ended and whole):
        assert kept == {True, False}
        now = {_kept(target, *one) for one in _all(score, score.unknown_pass, score.unknown_fail, 0 if whole else many)}
        assert stands is (Standing.OPEN if len(now) == 1 else Standing.UNKNOWN)


def test_what_may_lie_elsewhere_is_in_doubt_there() -> None:
    score = Score(4, 3, 2, 1, 5, 2, 1, 1, 0)
    assert score.elsewhere() == Score(perhaps=15, unknown_pass=7, unknown_fail=4)


def test_shares_are_written_as_they_are() -> None:
    assert [share_text(part) for part in (900_000, 995_000, 333_333, 1, WHOLE)] == [
        *("90%", "99.5%", "33.3333%", "0.0001%", "100%")
    ]
