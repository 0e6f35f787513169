"""What was worked out once and is asked for again and again."""

from __future__ import annotations

from supportpolicy.model.remembered import Remembered


def test_what_is_known_is_not_worked_out_again() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    known = Remembered(length)
    assert [known["a"], known["bc"], known["a"]] == [1, 2, 1]
    assert asked == ["a", "bc"]


def test_what_hardly_comes_again_does_not_fill_the_memory() -> None:
    known = Remembered(str, most=3)
    for number in range(10):
        assert known[number] == str(number)
        assert len(known) <= 3


def test_what_cannot_be_worked_out_is_not_kept() -> None:
    known = Remembered(int)
    for _ in range(2):
        try:
            known["x"]
        except ValueError:
            continue
        raise AssertionError
    assert not known
