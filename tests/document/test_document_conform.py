"""How a schema reads a document. The messages stand in `conform.yaml`, with the schema they are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from supportpolicy.document import JsonSchema, conform, parse_document

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("conform.yaml").read_text("utf-8"))


def read(text: str, schema: JsonSchema) -> tuple[Any, list[str]]:
    section, problems = conform(parse_document(text.encode(), "p.yaml"), schema)
    return section.data, [str(problem) for problem in problems]


@pytest.mark.parametrize("case", TABLE["cases"].values(), ids=TABLE["cases"].keys())
def test_messages(case: dict[str, str]) -> None:
    _, says = read(case["file"], TABLE["schema"])
    assert "\n".join(says) == case["says"].rstrip("\n")


def test_the_schema_of_the_table_is_one() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(TABLE["schema"])


STRING = {"type": "string"}
OPTIONAL = {"type": ["string", "integer", "number", "boolean", "null"]}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("3", {"type": "integer"}, 3),
        ("-3", {"type": "integer"}, -3),
        ("3", {"type": "number"}, 3),
        ("1.10", {"type": "number"}, 1.1),
        ("true", {"type": "boolean"}, True),
        ("null", {"type": "null"}, None),
        ("3", STRING, "3"),
        ("1.10", STRING, "1.10"),
        ("true", STRING, "true"),
        ("null", STRING, "null"),
        ("3", OPTIONAL, 3),
        ("1.5", OPTIONAL, 1.5),
        ("false", OPTIONAL, False),
        ("null", OPTIONAL, None),
        ("no", OPTIONAL, "no"),
        ("~", OPTIONAL, "~"),
        ("12h", OPTIONAL, "12h"),
        ("+3", OPTIONAL, "+3"),
        ("1e3", OPTIONAL, "1e3"),
        ("٣", OPTIONAL, "٣"),
        ("1" * 19, OPTIONAL, "1" * 19),
        ("'3'", OPTIONAL, "3"),
        ('"null"', OPTIONAL, "null"),
        ("|\n  true", OPTIONAL, "true"),
        ("3", {}, "3"),
        ("1", {"const": 1}, 1),
        ("1", {"const": "1"}, "1"),
        ("null", {"enum": [None, "a"]}, None),
        ("3", {"anyOf": [{"type": "integer"}, STRING]}, 3),
        ("3", {"oneOf": [{"type": "null"}, STRING]}, "3"),
        ("3", {"allOf": [{"type": ["integer", "string"]}, STRING]}, "3"),
        ("3", {"$ref": "#/$defs/n~1a~0b", "$defs": {"n/a~b": {"type": "integer"}}}, 3),
        ("[1, 2]", {"items": {"type": "integer"}}, [1, 2]),
        ("[1, 2]", {"prefixItems": [STRING], "items": {"type": "integer"}}, ["1", 2]),
        ("{a: 1, b: 1}", {"properties": {"a": {"type": "integer"}}}, {"a": 1, "b": "1"}),
        ("{a: 1, n_b: 1}", {"patternProperties": {"^n_": {"type": "integer"}}}, {"a": "1", "n_b": 1}),
        (
            "{a: 1, b: 1}",
            {"properties": {"a": STRING}, "additionalProperties": {"type": "integer"}},
            {"a": "1", "b": 1},
        ),
        ("{a: 1}", {"anyOf": [STRING, {"type": "object", "additionalProperties": {"type": "integer"}}]}, {"a": 1}),
    ],
)
def test_the_schema_decides_what_is_a_number_a_boolean_or_null(text: str, schema: JsonSchema, value: object) -> None:
    data, problems = read(text, schema)
    assert problems == []
    assert data == value
    assert type(data) is type(value)


def test_the_alternative_is_chosen_by_what_its_keys_must_hold() -> None:
    """Each kind reads the same key in its own way, and only the errors of the kind that was meant are told."""
    kinds = [
        {"properties": {"kind": {"const": "count"}, "limit": {"type": "integer"}}, "type": "object"},
        {"properties": {"kind": {"const": "name"}, "limit": {"type": "string"}}, "type": "object"},
    ]
    assert read("{kind: count, limit: 3}", {"oneOf": kinds}) == ({"kind": "count", "limit": 3}, [])
    assert read("{kind: name, limit: 3}", {"oneOf": kinds}) == ({"kind": "name", "limit": "3"}, [])
    _, says = read("{kind: count, limit: many}", {"oneOf": kinds})
    assert says == ["p.yaml:1:22: limit: found 'many'; expected a whole number"]


def test_the_words_of_a_reference_go_before_those_of_what_it_refers_to() -> None:
    schema = {
        "properties": {"within": {"$ref": "#/$defs/text", "x-expected": "a limit such as 12h"}},
        "$defs": {"text": {"type": "string"}},
    }
    assert read("within: [a]", schema)[1] == ["p.yaml:1:9: within: found [a]; expected a limit such as 12h"]


@pytest.mark.parametrize(
    ("text", "schema", "says"),
    [
        ("a: b", {"properties": {"a": False}}, "a: this key is not allowed here"),
        (
            "{a: b, c: d}",
            {"properties": {"a": STRING}, "allOf": [{"properties": {"x": STRING}}], "unevaluatedProperties": False},
            "c: unknown key 'c'; expected a or x",
        ),
        (
            "a",
            {"oneOf": [STRING, {"enum": ["a"]}]},
            "found 'a'; expected text or a\n    it fits several of these at once",
        ),
        ("a", {"not": STRING, "x-expected": "no text"}, "found 'a'; expected no text"),
        ("a", {"not": STRING}, "found 'a'"),
        (
            "{ab: c}",
            {"patternProperties": {"^x_": STRING}, "additionalProperties": False},
            "ab: unknown key 'ab'; expected a key that matches ^x_",
        ),
        ("{a: b}", {"additionalProperties": False}, "a: unknown key 'a'; expected no keys"),
        (
            "{abc: d}",
            {"propertyNames": {"maxLength": 2}},
            "abc: the key 'abc' is not allowed; expected text of at most 2",
        ),
        ("5", {"type": "integer", "multipleOf": 2}, "found 5; expected a multiple of 2"),
        ("a: b", {"patternProperties": {"a": False}}, "a: this key is not allowed here"),
        ("[a, b]", {"prefixItems": [STRING], "items": False}, "found [a, b]; expected at most 1 items"),
        ("[1]", {"type": "array", "minItems": 2}, "found [1]; expected at least 2 items"),
    ],
)
def test_rarer_keywords(text: str, schema: JsonSchema, says: str) -> None:
    (problem,) = read(text, schema)[1]
    assert problem.split(": ", 1)[1].startswith(says)


def test_nothing_is_said_in_the_words_of_the_validator() -> None:
    for case in TABLE["cases"].values():
        for words in ("is not valid under", "does not match", "is not of type", "required property", "was unexpected"):
            assert words not in case["says"]


class TestTwoSteps:
    """An envelope first, then each rule by the schema of its kind, with paths and places of the whole file."""

    envelope: ClassVar[JsonSchema] = {
        "type": "object",
        "properties": {
            "rules": {"type": "object", "additionalProperties": {"type": "object", "required": ["kind"]}},
        },
    }
    deadline: ClassVar[JsonSchema] = {
        "type": "object",
        "properties": {"kind": {"const": "deadline"}, "minimum": {"$ref": "#/$defs/count"}},
        "additionalProperties": False,
        "$defs": {"count": {"type": "integer"}},
    }
    text = "id: x\nrules:\n  first-response:\n    kind: deadline\n    minimum: 3\n    witin: 12h\n  b: {}\n"

    def test_both_steps_together(self) -> None:
        policy, problems = conform(parse_document(self.text.encode(), "p.yaml"), self.envelope)
        assert policy.at("rules", "first-response", "minimum").data == "3", "the envelope does not say what it is"
        rule, further = conform(policy.at("rules", "first-response"), self.deadline)
        assert rule.data["minimum"] == 3
        assert rule.path == ("rules", "first-response")
        assert [str(problem) for problem in (*problems, *further)] == [
            "p.yaml:7:6: rules.b: the key 'kind' is missing",
            "p.yaml:6:5: rules.first-response.witin: unknown key 'witin'; expected kind or minimum",
        ]

    def test_a_section_that_is_not_there(self) -> None:
        policy, _ = conform(parse_document(self.text.encode(), "p.yaml"), self.envelope)
        _, problems = conform(policy.at("rules", "c"), self.deadline)
        assert [str(problem) for problem in problems] == [
            "p.yaml:3:3: rules.c: the value is missing; expected keys and values"
        ]
