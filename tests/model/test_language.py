"""The languages that count are those of the registry."""

from __future__ import annotations

from language_tags import data

from supportpolicy.model.language import covered_by, covers, language

NAMING_NONE = {"und", "mis", "mul", "zxx"}


def test_every_registered_language_and_no_other() -> None:
    registered = {tag for tag in data.get("language") if ".." not in tag}  # one entry is a range, for private use
    assert len(registered) > 8_000
    assert {tag for tag in registered if language(tag) != tag} == NAMING_NONE
    assert language("xx") is None
    assert language("en_GB") == "en-gb"


def test_covered_by_one_of_several_ranges() -> None:
    for ranges in ((), ("en",), ("en-gb", "de")):
        test = covered_by(ranges)
        for tag in ("en", "en-gb", "en-gb-oed", "enm", "de-at", "d"):
            assert test(tag) is any(covers(one, tag) for one in ranges), (ranges, tag)
