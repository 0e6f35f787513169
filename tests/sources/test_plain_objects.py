"""Plain lines: what the pattern takes every reader reads alike. The cases stand in `plain_objects.yaml`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.expr.decode import scalar_text
from supportpolicy.expr.keys import NOTHING, value_at
from supportpolicy.sources.jsonl import parse
from supportpolicy.sources.plain_objects import DEEPEST, LESSONS, MOST, PlainObjects

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAMES: Final = ("id", "n", "tags", "via.channel")
KNOWN: Final = {
    "id": "1",
    "n": 5,
    "tags": ["a"],
    "via": {"channel": "web", "at": {"x": 1}},
    "parts": [{"k": 1, "v": [None]}],
    "rest": 1,
}
TABLE: Final = yaml.safe_load((Path(__file__).parent / "plain_objects.yaml").read_text("utf-8"))


def taught(*rows: dict, names: tuple[str, ...] = NAMES) -> PlainObjects:
    plain = PlainObjects(names)
    plain.learn(rows)
    return plain


@pytest.mark.parametrize("line", TABLE["plain"].values(), ids=TABLE["plain"])
def test_plain(line: str) -> None:
    assert taught(KNOWN).takes(line.encode())
    assert_read_alike(line)


@pytest.mark.parametrize("line", TABLE["not plain"].values(), ids=TABLE["not plain"])
def test_not_plain(line: str) -> None:
    assert not taught(KNOWN).takes(line.encode())


WORDS: Final = ('"a"', '"id":', '"n":', '"via":', '"k":', "null", "1.5", "1e9", "-0", "\\u0041", "\\ud83d", "\\ude00")
PIECES: Final = st.sampled_from((*'{}[]:,"\\ \t\r\n0159-+.eE/x', *WORDS))


@settings(max_examples=400, deadline=None)
@given(
    line=st.sampled_from(tuple(TABLE["plain"].values())),
    changes=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 3), PIECES), min_size=1, max_size=3),
)
def test_what_is_taken_is_read_alike(line: str, changes: list[tuple[int, int, str]]) -> None:
    for at, length, piece in changes:
        at %= len(line) + 1
        line = line[:at] + piece + line[at + length :]
    if taught(KNOWN).takes(line.encode()):
        assert_read_alike(line)


def assert_read_alike(line: str) -> None:
    """The strict reader takes the line, and DuckDB reads in it what that one reads."""
    values = parse(line.encode())
    assert isinstance(values, dict)
    paths = ["$." + ".".join(f'"{key}"' for key in name.split(".")) for name in NAMES]
    query = "SELECT json_extract_string($1::JSON, $2), json_exists($1::JSON, $2), json_type($1::JSON, $2)"
    told = database().execute(query, [line, paths]).fetchone()
    assert told is not None
    for name, text, there, kind in zip(NAMES, *told, strict=True):
        value = value_at(name)(values)
        assert there == (value is not NOTHING)
        assert (kind == "ARRAY") == isinstance(value, list)
        if isinstance(value, list):
            assert json.loads(text) == value
        elif value is NOTHING or value is None:
            assert text is None
        else:
            assert text == scalar_text(value)  # type: ignore[arg-type]


@cache
def database() -> DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config={"threads": 1})


def test_keys_are_learned_at_their_places() -> None:
    plain = taught({"id": "1", "z": 1})
    assert not plain.takes(b'{"id":"1","m":2,"z":3}')
    assert plain.learn([{"id": "1", "m": 2, "z": 3}, {"a": 0, "id": "1"}])
    assert plain.takes(b'{"a":0,"id":"1","m":2,"z":3}')
    assert not plain.learn([{"a": 0, "z": 1}])


def test_names_that_need_care_in_a_path_make_no_line_plain() -> None:
    for name in ('a"b', "a\\b", "a*", "a.", ".", "", "a\tb"):
        assert not taught({"id": "1"}, names=(name,)).takes(b'{"id":"1"}')
    for name in ("größe", "a b", "a-b", "$", "#", "a[0]", "'", "a/b~1"):
        assert taught({name: "1"}, names=(name,)).takes(json.dumps({name: "1"}, ensure_ascii=False).encode())


@pytest.mark.parametrize("character", [*map(chr, range(32, 127)), "é", "\u2028", "😀"])
def test_duckdb_finds_what_stands_under_a_name(character: str) -> None:
    name = f"x{character}y"
    if taught({name: "1"}, names=(name,)).any:
        inner = {name: {name: "found"}, "x": {"y": "other"}}
        path = "$" + "".join(f'."{key}"' for part in (name, name) for key in part.split("."))
        query = "SELECT json_extract_string($1::JSON, [$2])"
        inner = inner if character != "." else {"x": {"yx": {"y": "found"}}}
        path = path if character != "." else '$."x"."yx"."y"'
        assert database().execute(query, [json.dumps(inner), path]).fetchone() == (["found"],)


def test_so_much_is_learned_and_no_more() -> None:
    plain = taught({f"k{n}": n for n in range(2 * MOST)})
    assert plain.takes(b'{"k0":1,"k%d":1}' % (MOST - 1))
    assert not plain.takes(b'{"k%d":1}' % MOST)
    inner: dict = {}
    for _ in range(DEEPEST + 2):
        inner = {"in": inner, "list": [[inner]]}
    plain = taught(inner)
    assert plain.takes(b'{"in":{"in":{}}}')
    assert not plain.takes(json.dumps(inner).encode())
    plain = PlainObjects(NAMES)
    assert sum(plain.learn([{f"k{n}": n}]) for n in range(2 * LESSONS)) == LESSONS
