"""What holds for every file, not only for those that somebody thought of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from supportpolicy.document import Document, Mapping, Node, Scalar, Sequence, conform, parse_document, tree
from supportpolicy.errors import DocumentError, Place

# Unprintable characters too: in quotes they are written as escapes. A lone surrogate is no character.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DATA = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)

# Pieces that often make a file in which something is wrong, and now and then one in which nothing is.
PIECES = [
    *("a", "b", "k: ", "c: ", "- ", ", ", ": ", "? ", "é", "😀", "1", "null", "''", '""', "'", '"', "\\x41", "\\", "~"),
    *("\n", "\n  ", "\n    ", "\nd: ", "\ne: ", "\nf:\n  ", "\n- ", "\r\n", "\r", " ", "\t", "#", " # "),
    *("[", "]", "{", "}", "|\n", ">-\n", "&x ", "*x", "!t ", "<<", "---\n", "...", "%", "@", "\x00", "\u2028"),
]
ALMOST_YAML = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)

QUICK = settings(max_examples=150, deadline=None)


def plain_data(node: Node) -> Any:
    match node:
        case Scalar(text=text):
            return text
        case Sequence(items=items):
            return [plain_data(item) for item in items]
        case Mapping(entries=entries):
            return {key: plain_data(entry.value) for key, entry in entries.items()}


def scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Sequence(items=items):
            for item in items:
                yield from scalars(item)
        case Mapping(entries=entries):
            for entry in entries.values():
                yield from scalars(entry.value)


def read(text: str, parser: Any) -> Document | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree, "PARSER", parser)
        try:
            return parse_document(text.encode(), "p.yaml")
        except DocumentError:
            return None


class NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the dumper's signature
        return True


@QUICK
@given(DATA, st.booleans(), st.sampled_from(["'", '"']))
def test_what_is_written_is_read(data: Any, flow: bool, quote: str) -> None:
    text = yaml.dump(data, Dumper=NoAliases, default_style=quote, default_flow_style=flow, allow_unicode=False)
    document = parse_document(text.encode(), "p.yaml")
    assert plain_data(document.root) == data
    section, problems = conform(document, {})
    assert (section.data, problems) == (data, ())


@QUICK
@given(st.binary(max_size=60) | ALMOST_YAML.map(str.encode))
@example(b"\xff\xfe")
@example(b'"\\UFFFFFFFF"')
@example(b"[" * 3000)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse_document(data, "p.yaml")
        return
    except DocumentError as error:
        problems = error.problems
    assert problems
    for problem in problems:
        assert problem.place
        assert problem.place.file == "p.yaml"
        assert str(problem).replace("\n    ", "").isprintable()


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without its parser in C")
@QUICK
@given(ALMOST_YAML)
@example("a: &x 'b'\nc: [*x, é😀, \"\\t\"]\r\nd: |\n  e\nf: {g: h}\n")
def test_both_parsers_read_the_same_at_the_same_places(text: str) -> None:
    in_c, in_python = read(text, yaml.CSafeLoader), read(text, yaml.SafeLoader)
    # In corners (a tab at the head of a block text) only one of them takes a file; where both do, they must agree.
    if in_c is not None and in_python is not None:
        assert in_c == in_python


@QUICK
@given(ALMOST_YAML)
@example("a: 'it''s'\nb: \"\\u00e9x\"\nc: &y plain # comment\n")
def test_a_place_is_where_the_text_stands(text: str) -> None:
    document = read(text, tree.PARSER)
    if document is None:
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for scalar in scalars(document.root):
        if scalar.source:
            assert lines[scalar.place.line - 1][scalar.place.column - 1 :].startswith(scalar.source)
            for offset, character in enumerate(scalar.text):
                place = scalar.character(offset)
                assert lines[place.line - 1][place.column - 1] in (character, "\\")


SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "k": {"$ref": "#"}, "c": {"anyOf": [{"type": "null"}, {"const": "b"}]}},
    "patternProperties": {"^[d-f]$": {"oneOf": [{"type": "array", "items": {"enum": ["a", 1]}}, {"$ref": "#"}]}},
    "additionalProperties": False,
    "minProperties": 1,
}


@QUICK
@given(DATA | st.dictionaries(st.sampled_from("abcdefk"), DATA, max_size=4))
def test_a_schema_reads_anything_without_raising(data: Any) -> None:
    text = yaml.dump(data, Dumper=NoAliases, default_style='"', allow_unicode=False)
    section, problems = conform(parse_document(text.encode(), "p.yaml"), SCHEMA)
    assert section.data == data
    assert list(problems) == sorted(problems, key=lambda problem: problem.place or Place("p.yaml"))
    assert len(set(problems)) == len(problems)
    assert all(str(problem).replace("\n    ", "").isprintable() for problem in problems)
