"""A section knows where its values, keys and characters stand."""

from __future__ import annotations

import pytest

from supportpolicy.document import Section, conform, parse_document
from supportpolicy.document.wording import dotted
from supportpolicy.errors import Place

TEXT = """\
id: example
rules:
  first-response:
    within: 12h in 24x7
    clause: [a, "b c"]
notes: |
  two
  lines
"""


def section(text: str = TEXT) -> Section:
    return conform(parse_document(text.encode(), "p.yaml"), {})[0]


@pytest.mark.parametrize(
    ("keys", "value", "key"),
    [
        ((), "1:1", "1:1"),
        (("id",), "1:5", "1:1"),
        (("rules",), "3:3", "2:1"),
        (("rules", "first-response", "within"), "4:13", "4:5"),
        (("rules", "first-response", "clause", 1), "5:17", "5:17"),
        (("notes",), "6:8", "6:1"),
        # What is not there: the nearest value above.
        (("rules", "second"), "3:3", "3:3"),
        (("rules", "first-response", "clause", 7), "5:13", "5:13"),
        (("rules", "first-response", "clause", -1), "5:13", "5:13"),
        (("id", "x", "y"), "1:5", "1:5"),
        ((0,), "1:1", "1:1"),
    ],
)
def test_places(keys: tuple[str | int, ...], value: str, key: str) -> None:
    assert str(section().place(*keys)) == f"p.yaml:{value}"
    assert str(section().key_place(*keys)) == f"p.yaml:{key}"


@pytest.mark.parametrize(
    ("text", "offset", "column"),
    [
        ("a: 12h in 24x7", 7, 11),
        ("a: '12h in'", 4, 9),
        ("a: 'it''s in'", 5, 11),
        (r'a: "x\ty\u00e9z\U0001f600.\x41"', 1, 6),
        (r'a: "x\ty\u00e9z\U0001f600.\x41"', 2, 8),
        (r'a: "x\ty\u00e9z\U0001f600.\x41"', 4, 15),
        (r'a: "x\ty\u00e9z\U0001f600.\x41"', 6, 26),
        (r'a: "x\ty\u00e9z\U0001f600.\x41"', 7, 27),
        (r'a: "x\ty\u00e9z\U0001f600.\x41"', 8, 31),
        ("a: &anchor 12h", 1, 13),
        ("a: 12h", 99, 7),
        ("a: 12h", -1, 4),
        ("a: 12h\n  in", 5, 4),
        ("a: >-\n  12h", 1, 4),
    ],
)
def test_characters(text: str, offset: int, column: int) -> None:
    assert section(text).character("a", offset=offset) == Place("p.yaml", 1, column)


def test_a_character_of_what_is_no_text_is_where_the_value_is() -> None:
    assert section().character("rules", offset=3) == Place("p.yaml", 3, 3)
    assert section().character("id", "x", offset=3) == Place("p.yaml", 1, 5)


def test_sections_below_keep_their_way_from_the_root() -> None:
    rule = section().at("rules").at("first-response")
    assert rule.path == ("rules", "first-response")
    assert rule.data == {"within": "12h in 24x7", "clause": ["a", "b c"]}
    assert rule.node.place == rule.place() == Place("p.yaml", 4, 5)
    assert rule.dotted("clause", 1) == "rules.first-response.clause[1]"
    assert rule.document.name == "p.yaml"
    assert rule.has("within")
    assert not rule.has("within", "x")


def test_a_section_that_is_not_there_stays_so() -> None:
    nowhere = section().at("rules", "second")
    assert (nowhere.data, nowhere.has(), nowhere.has("first-response")) == (None, False, False)
    assert nowhere.at("first-response").data is None
    assert nowhere.place("first-response") == Place("p.yaml", 3, 3)
    assert nowhere.dotted("within") == "rules.second.within"


def test_entries() -> None:
    assert [(key, part.path) for key, part in section().entries("rules", "first-response", "clause")] == [
        (0, ("rules", "first-response", "clause", 0)),
        (1, ("rules", "first-response", "clause", 1)),
    ]
    assert [(key, part.data) for key, part in section("{a: b, c: [d]}").entries()] == [("a", "b"), ("c", ["d"])]
    assert list(section().entries("id")) == list(section().entries("nowhere")) == []


def test_problems() -> None:
    rule = section().at("rules", "first-response")
    assert str(rule.problem("within", message="no such calendar", expected="24x7", hint="x", offset=7)) == (
        "p.yaml:4:20: rules.first-response.within: no such calendar; expected 24x7\n    x"
    )
    assert rule.problem("within", message="m").place == Place("p.yaml", 4, 13)
    assert rule.problem("within", message="m", on_key=True).place == Place("p.yaml", 4, 5)
    assert rule.problem(message="m").path == "rules.first-response"


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ((), ""),
        (("rules", "a-b", "within"), "rules.a-b.within"),
        (("terms", "paid edition"), "terms.paid edition"),
        (("scope", 0, "x"), "scope[0].x"),
        ((0, 1), "[0][1]"),
        (("assumed", "facts.edition"), 'assumed["facts.edition"]'),
        (("values", 'say "x"', ""), 'values["say \\"x\\""][""]'),
        (("a\x1b[31m\n",), '["a\\x1b[31m\\n"]'),
    ],
)
def test_dotted(keys: tuple[str | int, ...], shown: str) -> None:
    assert dotted(keys) == shown
