"""JSON lines. Each case: one line, and what is read from it or why it is rejected."""

from __future__ import annotations

import codecs
import json
import re
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.errors import InputError
from supportpolicy.model.finding import Rejected
from supportpolicy.plugin.rows import Number, Row
from supportpolicy.sources import lines
from supportpolicy.sources.jsonl import DEPTH, open_jsonl, parse

UNHURRIED = settings(deadline=None, max_examples=200)

READ = {
    "nothing": (b"{}", {}),
    "every kind": (
        b'{"a": "x", "b": 1, "c": true, "d": null, "e": [1, {"f": []}]}',
        {"a": "x", "b": 1, "c": True, "d": None, "e": [1, {"f": []}]},
    ),
    "null is not absent": (b'{"a": null}', {"a": None}),
    "the largest integer": (b'{"a": 999999999999999999, "b": -999999999999999999}', {"a": 10**18 - 1, "b": 1 - 10**18}),
    "a longer integer": (b'{"a": 1000000000000000000}', {"a": Number("1000000000000000000")}),
    "a very long integer": (b'{"a": -' + b"1" * 5000 + b"}", {"a": Number("-" + "1" * 5000)}),
    "numbers stay as written": (
        b'{"a": 1.10, "b": 1e400, "c": -0.0, "d": 1E2}',
        {"a": Number("1.10"), "b": Number("1e400"), "c": Number("-0.0"), "d": Number("1E2")},
    ),
    "escapes": (b'{"\\u0061": "\\n\\u0000\\ud83d\\ude00\\\\ud800"}', {"a": "\n\0😀\\ud800"}),
    "UTF-8": ('{"é": "\u2028\x7f😀"}'.encode(), {"é": "\u2028\x7f😀"}),
    "white space around": (b' \t{ "a" :1 }\r', {"a": 1}),
    "equal keys in different objects": (b'{"a": {"a": {"b": 1}}, "b": [{"a": 1}, {"a": 2}]}', None),
    "keys that differ in case": (b'{"a": 1, "A": 2}', {"a": 1, "A": 2}),
    "values like keys": (b'{"a": "a", "b": ["a", "a"]}', {"a": "a", "b": ["a", "a"]}),
    "as deep as may be": (b'{"a":' * DEPTH + b"1" + b"}" * DEPTH, None),
    "many, but not deep": (b'{"a": [' + b"{}," * 500 + b"[]]}", None),
    "brackets in texts": (b'{"a": "' + b"[{" * 500 + b'"}', {"a": "[{" * 500}),
}

REFUSED = {
    "a list": (b" [1]", "the line holds a list, at character 2, where an object belongs"),
    "a text": (b'"a"', "the line holds a text, at character 1, where an object belongs"),
    "an integer": (b"1", "the line holds a number, at character 1, where an object belongs"),
    "a number": (b"1.0", "the line holds a number, at character 1, where an object belongs"),
    "a boolean": (b"true", "the line holds true or false, at character 1, where an object belongs"),
    "null": (b"null", "the line holds null, at character 1, where an object belongs"),
    "an equal key": (b'{"a": 1, "a": 2}', "the key 'a' stands twice in one object, again at character 10"),
    "an equal key, written otherwise": (
        b'{"a": 1, "\\u0061": 2}',
        "the key 'a' stands twice in one object, again at character 10",
    ),
    "an equal key deep below": (
        b'{"a": [{"a": 1, "b": {"c": 1, "c": 1}}]}',
        "the key 'c' stands twice in one object, again at character 31",
    ),
    "an equal key before something else is wrong": (
        b'{"a": {"b": 1, "b": 2}, "c"',
        "the key 'b' stands twice in one object, again at character 16",
    ),
    "a lone surrogate": (b'{"a": "x\\ud800"}', "half a character (a lone surrogate) stands in the text at character 7"),
    "a lone surrogate in a key": (
        b'{"\\udfff": 1}',
        "half a character (a lone surrogate) stands in the text at character 2",
    ),
    "surrogates in the wrong order": (
        b'{"a": ["\\ud83d\\ude00", "\\ude00\\ud83d"]}',
        "half a character (a lone surrogate) stands in the text at character 24",
    ),
    "NaN": (b'{"a": "NaN", "b": NaN}', "NaN is not a JSON number, at character 19"),
    "Infinity": (b'{"a": [Infinity]}', "Infinity is not a JSON number, at character 8"),
    "-Infinity": (b'{"a": -Infinity}', "-Infinity is not a JSON number, at character 7"),
    "bytes that are not UTF-8": ('{"é": "'.encode() + b'\xe9"}', "the byte 0xE9 at character 8 is not UTF-8"),
    "a surrogate as bytes": (b'{"a": "\xed\xa0\x80"}', "the byte 0xED at character 8 is not UTF-8"),
    "a control character in a text": (
        b'{"a": "\t"}',
        "the line is not JSON: invalid control character, at character 8",
    ),
    "NUL": (b'{"a": 1}\0', "the line is not JSON: extra data, at character 9"),
    "two objects": (b"{}{}", "the line is not JSON: extra data, at character 3"),
    "a line cut short": (b'{"a": 1', "the line is not JSON: expecting ',' delimiter, at character 8"),
    "single quotes": (
        b"{'a': 1}",
        "the line is not JSON: expecting property name enclosed in double quotes, at character 2",
    ),
    "a mark inside the file": (
        b"\xef\xbb\xbf{}",
        "the line is not JSON: expecting value, at character 1",
    ),
    "too deep": (
        b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1),
        "objects and lists stand more than 64 deep in one another, at character 321",
    ),
    "lists too deep": (
        b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}",
        "objects and lists stand more than 64 deep in one another, at character 70",
    ),
    "so deep that the stack would overflow": (
        b'{"a": ' + b"[" * 1_000_000,
        "objects and lists stand more than 64 deep in one another, at character 70",
    ),
}


def read(name: str):
    scan = open_jsonl([name], {}).tables["tickets"]
    assert scan.columns is None
    found = list(scan.rows())
    (tally,) = scan.tallies()
    assert tally.adds_up
    assert (tally.read, tally.rejected) == (len(found), sum(isinstance(item, Rejected) for item in found))
    return found, tally


@pytest.mark.parametrize(("line", "values"), READ.values(), ids=READ)
def test_read(line, values):
    assert parse(line) == (json.loads(line) if values is None else values)


@pytest.mark.parametrize(("line", "reason"), REFUSED.values(), ids=REFUSED)
def test_rejected(line, reason):
    assert parse(line) == reason


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_places_and_bytes_are_kept(write, block):
    name = write(b'\xef\xbb\xbf{"id":"1"}\r\n\n \t\r\n{bad\n{"id":"2"} \r\n  {"id":"3"}')
    with patch.object(lines, "BLOCK", block):
        found, tally = read(name)
    assert [(item.place.record, item.place.line, item.raw) for item in found] == [
        (1, 1, b'{"id":"1"}'),
        (2, 4, b"{bad"),
        (3, 5, b'{"id":"2"} '),
        (4, 6, b'  {"id":"3"}'),
    ]
    assert [item.offset for item in found if isinstance(item, Rejected)] == [20]
    assert [item.values for item in found if isinstance(item, Row)] == [{"id": "1"}, {"id": "2"}, {"id": "3"}]
    assert (tally.file, tally.blank, tally.header_lines, tally.rejected) == (name, 2, 0, 1)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n", b"\xef\xbb\xbf\r\n \r"])
def test_nothing_to_read(write, content):
    assert read(write(content))[0] == []


def test_several_files(write):
    names = [write(b'{"id":"1"}\n'), write(b'{"id":"2"}\n[]\n', packed=True)]
    snapshot = open_jsonl(names, {}, "users")
    scan = snapshot.tables["users"]
    with pytest.raises(RuntimeError):
        scan.tallies()
    for _ in range(2):
        found = list(scan.rows())
        assert [(item.place.file, item.place.record) for item in found] == [(names[0], 1), (names[1], 1), (names[1], 2)]
        assert [(tally.file, tally.table, tally.read) for tally in scan.tallies()] == [
            (names[0], "users", 1),
            (names[1], "users", 2),
        ]
    assert [item.table for item in found if isinstance(item, Rejected)] == ["users"]
    assert [input_.table for input_ in snapshot.inputs] == ["users", "users"]


def test_an_overlong_line(write):
    content = b'{"a":1}\n{"a":"' + b"x" * 30 + b'"}\n{"b":2}\n' + b" " * 17
    for block in (1, 4, 16):
        with patch.object(lines, "BLOCK", block), patch.object(lines, "LIMIT", 16), patch.object(lines, "KEPT", 3):
            found, _ = read(write(content))
        assert [(item.place.line, item.raw) for item in found] == [
            (1, b'{"a":1}'),
            (2, b'{"a'),
            (3, b'{"b":2}'),
            (4, b"   "),
        ]


LINES = "JSON lines: one object a line"
NO_LINES = {
    "a list": (b'[{"id": "1"}, {"id": "2"}]', "the file is one JSON list", "jq -c '.[]'"),
    "a list over lines": (b'\n[\n {"id": "1"},\n {"id": "2"}\n]\n', "the file is one JSON list", "jq -c '.[]'"),
    "a document": (
        b'{\n  "count": 1,\n  "tickets": [\n    {}]}',
        "the file is a JSON document over several lines",
        "jq -c '.tickets[]'",
    ),
    "one object over lines": (
        b'{"id": "1",\r\n "tags": 2}',
        "the file is a JSON document over several lines",
        "jq -c . FILE",
    ),
    "line ends of old Macs": (b'{"id": "1"}\r{"id": "2"}\r', "the lines end in CR only, as on old Macs", "tr '"),
    "UTF-16": (codecs.BOM_UTF16_BE + "{}".encode("utf-16-be"), "this is text in UTF-16", "iconv"),
    "a spreadsheet": (b"PK\x03\x04", "this is a spreadsheet (XLSX) or another zip archive", "Save as"),
}


@pytest.mark.parametrize(("content", "message", "hint"), NO_LINES.values(), ids=NO_LINES)
def test_no_json_lines(write, content, message, hint):
    names = [write(content), write(b"{}\n"), write(content)]
    with pytest.raises(InputError) as caught:
        open_jsonl(names, {})
    assert [(p.message, p.expected) for p in caught.value.problems] == [(message, LINES)] * 2
    assert [p.place.file for p in caught.value.problems if p.place] == [names[0], names[2]]
    assert hint in caught.value.problems[0].hint


@pytest.mark.parametrize(
    "content",
    [b'[1]\n{"id": "1"}\n', b'{"id": "1"\n{"id": "2"}\n', b"{bad}\nworse\n", b'{"id": "1"', b"1\n"],
)
def test_a_bad_line_is_not_a_bad_file(write, content):
    """It is rejected as any other, be it the first."""
    found, _ = read(write(content))
    assert isinstance(found[0], Rejected)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18) + 1, 10**18 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)


@UNHURRIED
@given(rows=st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=4), max_size=5), ascii_only=st.booleans())
def test_what_python_writes_is_read_back(write, rows, ascii_only):
    content = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
    assert [item.values for item in read(write(content.encode()))[0]] == rows


PIECES = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b'"a"',
        b'"a":',
        b":",
        b",",
        b"1",
        b"NaN",
        b"\\ud800",
        b"\\",
        b"\n",
        b"\r",
        b" ",
        b"\xe9",
    ]
)


@UNHURRIED
@given(
    body=st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=40), block=st.sampled_from([1, 3, 1 << 20])
)
def test_nothing_is_lost(write, body, block):
    """The bytes of the records, and white space between them, are the file; the totals add up."""
    content = b"{}\n" + body
    with patch.object(lines, "BLOCK", block):
        found, _ = read(write(content))
    at = 0
    starts = [0, *(feed.end() for feed in re.finditer(b"\n", content))]
    for item in found:
        start = starts[item.place.line - 1]
        if isinstance(item, Rejected):
            assert item.offset == start
        assert content[at:start].strip(b" \t\r\n") == b""
        at = start + len(item.raw)
        assert content[start:at] == item.raw
    assert content[at:].strip(b" \t\r\n") == b""


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@UNHURRIED
@given(line=st.lists(PIECES, max_size=12).map(b"".join).filter(lambda line: b"\n" not in line))
def test_what_is_read_is_json_without_doubt(line):
    parsed = parse(line)
    if isinstance(parsed, dict):
        assert json.loads(line.decode(), object_pairs_hook=unique, parse_constant=pytest.fail) == parsed
        json.dumps(parsed, ensure_ascii=False).encode()
    else:
        assert parsed.isprintable()
