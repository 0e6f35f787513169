"""What a CSV record is. Each case: the bytes after the header `id,note`, the rows read, and the rows rejected as
(line, the bytes kept, the reason)."""

from __future__ import annotations

import pytest

from supportpolicy.model.finding import Rejected
from supportpolicy.plugin.rows import Row
from supportpolicy.sources.delimited import open_csv

LEGAL = {
    "plain": (b"1,a\n2,b\n", [["1", "a"], ["2", "b"]]),
    "the last line needs no line end": (b"1,a", [["1", "a"]]),
    "a CR before the LF belongs to the line end": (b"1,a\r\n2,b\r\n", [["1", "a"], ["2", "b"]]),
    "line ends may be mixed": (b"1,a\r\n2,b\n3,c", [["1", "a"], ["2", "b"], ["3", "c"]]),
    "empty fields are empty texts": (b",\n,\r\n", [["", ""], ["", ""]]),
    "white space is text": (b" 1\t, a \n", [[" 1\t", " a "]]),
    "other line separators are text": (
        "1,a\u2028b\n2,\x0b\x0c\x1c\x85\n".encode(),
        [["1", "a\u2028b"], ["2", "\x0b\x0c\x1c\x85"]],
    ),
    "quotes hold delimiters": (b'1,"a,b"\n', [["1", "a,b"]]),
    "quotes are doubled within quotes": (b'1,"say ""hi"""\n', [["1", 'say "hi"']]),
    "quotes around nothing": (b'"",""\n', [["", ""]]),
    "nothing but a quote": (b'1,""""\n', [["1", '"']]),
    "quotes hold line ends of every kind": (b'1,"a\nb\r\nc\rd"\n2,b\n', [["1", "a\nb\r\nc\rd"], ["2", "b"]]),
    "quotes at the end of a file": (b'1,"a"', [["1", "a"]]),
    "blank lines are skipped": (b"\n1,a\n\r\n\n2,b\n\n", [["1", "a"], ["2", "b"]]),
    "a CR at the very end is a blank line": (b"1,a\n\r", [["1", "a"]]),
    "within quotes a blank line is text": (b'1,"\n\n"\n', [["1", "\n\n"]]),
    "empty fields beyond the header are dropped": (b'1,a,,,\n2,"b",""\n3,c,\r\n', [["1", "a"], ["2", "b"], ["3", "c"]]),
    "formulas, HTML and escapes are text": (
        b"=cmd(),<script>\n\x1b[2J,\x07\n",
        [["=cmd()", "<script>"], ["\x1b[2J", "\x07"]],
    ),
}

FAULTY = {
    "a quote inside a bare field": (
        b'1,a"b\n2,c\n',
        [["2", "c"]],
        [(2, b'1,a"b', "field 2 'note' holds a quote at byte 4 but does not begin with one")],
    ),
    "white space before the opening quote": (
        b'1, "a"\n2,c\n',
        [["2", "c"]],
        [(2, b'1, "a"', "white space stands before the opening quote of field 2 'note' at byte 4")],
    ),
    "white space after the closing quote": (
        b'1,"a" \r\n2,c\n',
        [["2", "c"]],
        [
            (
                2,
                b'1,"a" ',
                "white space follows the closing quote of field 2 'note' at byte 6, "
                "where only a delimiter or line end may",
            )
        ],
    ),
    "text after the closing quote": (
        b'"1"x,a\n2,c\n',
        [["2", "c"]],
        [
            (
                2,
                b'"1"x,a',
                "'x' follows the closing quote of field 1 'id' at byte 4, where only a delimiter or line end may",
            )
        ],
    ),
    "an unclosed quote costs its own line only": (
        b'1,"a\n2,b\n3,c\n',
        [["2", "b"], ["3", "c"]],
        [(2, b'1,"a', "the quote that opens field 2 'note' at byte 3 is not closed before the file ends")],
    ),
    "a stray quote that meets another": (
        b'1,"a\n2,b\n3,"c"\n',
        [["2", "b"], ["3", "c"]],
        [
            (
                2,
                b'1,"a',
                "'c' follows the closing quote of field 2 'note' at byte 4 of line 4, "
                "where only a delimiter or line end may",
            )
        ],
    ),
    "a record over several lines that lacks a field": (
        b'"1\n2,b\n3,c"\n4,d\n',
        [["2", "b"], ["4", "d"]],
        [
            (2, b'"1', "the row has 1 field, and the header has 2"),
            (4, b'3,c"', "field 2 'note' holds a quote at byte 4 but does not begin with one"),
        ],
    ),
    "NUL in a bare field": (b"1,\0\n2,c\n", [["2", "c"]], [(2, b"1,\0", "field 2 'note' holds a NUL at byte 3")]),
    "NUL within quotes": (b'1,"a\0"\n', [], [(2, b'1,"a\0"', "field 2 'note' holds a NUL at byte 5")]),
    "NUL on a later line of a record": (
        b'1,"a\n\0"\n',
        [],
        [
            (2, b'1,"a', "field 2 'note' holds a NUL at byte 1 of line 3"),
            (3, b'\0"', "field 1 'id' holds a NUL at byte 1"),
        ],
    ),
    "a lone CR": (
        b"1,a\rb\n2,c\r\r\n3,d\r",
        [],
        [
            (
                2,
                b"1,a\rb",
                "field 2 'note' holds a carriage return at byte 4 that is neither in quotes nor part of a line end",
            ),
            (
                3,
                b"2,c\r",
                "field 2 'note' holds a carriage return at byte 4 that is neither in quotes nor part of a line end",
            ),
            (
                4,
                b"3,d\r",
                "field 2 'note' holds a carriage return at byte 4 that is neither in quotes nor part of a line end",
            ),
        ],
    ),
    "bytes that are not UTF-8": (
        b"1,caf\xe9\n\xff,b\n3,\xed\xa0\x80\n4,\xc0\x80\n",
        [],
        [
            (2, b"1,caf\xe9", "field 2 'note' holds the byte 0xE9 at byte 6, which is not UTF-8"),
            (3, b"\xff,b", "field 1 'id' holds the byte 0xFF at byte 1, which is not UTF-8"),
            (4, b"3,\xed\xa0\x80", "field 2 'note' holds the byte 0xED at byte 3, which is not UTF-8"),
            (5, b"4,\xc0\x80", "field 2 'note' holds the byte 0xC0 at byte 3, which is not UTF-8"),
        ],
    ),
    "bytes that are not UTF-8 within quotes": (
        b'1,"a\n\xe9"\n2,b\n',
        [["2", "b"]],
        [
            (2, b'1,"a', "field 2 'note' holds the byte 0xE9 at byte 1 of line 3, which is not UTF-8"),
            (3, b'\xe9"', "field 1 'id' holds the byte 0xE9 at byte 1, which is not UTF-8"),
        ],
    ),
    "too few fields": (b"1\n2,b\n", [["2", "b"]], [(2, b"1", "the row has 1 field, and the header has 2")]),
    "white space is no blank line": (b" \n", [], [(2, b" ", "the row has 1 field, and the header has 2")]),
    "too many fields": (
        b'1,a,x\n2,b,,\n3,c,,"x"\n4,d, \n',
        [["2", "b"]],
        [
            (2, b"1,a,x", "field 3 is not empty, and the header has 2"),
            (4, b'3,c,,"x"', "field 4 is not empty, and the header has 2"),
            (5, b"4,d, ", "field 3 is not empty, and the header has 2"),
        ],
    ),
}


def read(name: str, options: dict[str, object] | None = None) -> tuple[list[Row], list[Rejected]]:
    scan = open_csv([name], options or {}).tables["tickets"]
    found = list(scan.rows())
    assert [item.place.record for item in found] == list(range(1, len(found) + 1))
    (tally,) = scan.tallies()
    assert tally.adds_up
    rows = [item for item in found if isinstance(item, Row)]
    rejected = [item for item in found if isinstance(item, Rejected)]
    assert (tally.used, tally.rejected) == (len(rows), len(rejected))
    return rows, rejected


@pytest.mark.parametrize(("content", "expected"), LEGAL.values(), ids=LEGAL)
def test_legal(write, content, expected):
    rows, rejected = read(write(b"id,note\n" + content))
    assert [list(row.values) for row in rows] == expected
    assert rejected == []


@pytest.mark.parametrize(("content", "expected", "faults"), FAULTY.values(), ids=FAULTY)
def test_faulty(write, content, expected, faults):
    rows, rejected = read(write(b"id,note\n" + content))
    assert [(item.place.line, item.raw, item.reason) for item in rejected] == faults
    assert [list(row.values) for row in rows] == expected


def test_places_and_bytes_are_kept(write):
    content = b'id,note\r\n1,a\r\n\r\n2,"b\r\nc"\r\nx\r\n3,d'
    name = write(content)
    rows, rejected = read(name)
    assert [(r.place.record, r.place.line, r.raw) for r in rows] == [
        (1, 2, b"1,a"),
        (2, 4, b'2,"b\r\nc"'),
        (4, 7, b"3,d"),
    ]
    assert [(r.place.record, r.place.line, r.offset, r.raw) for r in rejected] == [(3, 6, 26, b"x")]
    assert {item.place.file for item in [*rows, *rejected]} == {name}


def test_tallies(write):
    content = b'\n"id","no\nte"\n\n1,"a\nb\n"\nx\n\r\n2,b'
    scan = open_csv([write(content)], {}).tables["tickets"]
    with pytest.raises(RuntimeError):
        scan.tallies()
    for _ in range(2):  # a scan can be read again
        list(scan.rows())
        (tally,) = scan.tallies()
        assert (tally.line_feeds, tally.header_lines, tally.read, tally.rejected) == (10, 2, 3, 1)
        assert (tally.blank, tally.inner, tally.used, tally.adds_up) == (3, 2, 2, True)


@pytest.mark.parametrize("length", [131_071, 131_072, 131_073, 3_000_000])
def test_long_fields(write, length):
    """Python's csv refuses fields beyond 131,072 characters."""
    text = "ä" * (length - 2) + '"'
    rows, rejected = read(write(f'id,note\n1,"{text.replace(chr(34), chr(34) * 2)}"\n{text[:-1]},b\n'.encode()))
    assert [list(row.values) for row in rows] == [["1", text], [text[:-1], "b"]]
    assert rejected == []


@pytest.mark.parametrize(
    ("options", "content", "values", "reason"),
    [
        ({"delimiter": ";"}, b'a;b\n1,5;"x;y"\n1,2\n', ["1,5", "x;y"], "the row has 1 field, and the header has 2"),
        ({"delimiter": "tab"}, b'a\tb\n1\t"x\ty"\n"1"\t 2"\n', ["1", "x\ty"], None),
        ({"delimiter": "|"}, b"a|b\n.|^\nx\n", [".", "^"], None),
        ({"delimiter": "^"}, b"a^b\n.^|\nx\n", [".", "|"], None),
        ({"delimiter": "]"}, b'a]b\n"]"][\nx\n', ["]", "["], None),
        ({"delimiter": "\\"}, b'a\\b\n"\\"\\n\nx\n', ["\\", "n"], None),
        ({"delimiter": "-"}, b'a-b\n"1-2"-z\nx\n', ["1-2", "z"], None),
        ({"delimiter": " "}, b'a b\n"1 2" z\nx\n', ["1 2", "z"], None),
        ({"encoding": "latin-1"}, b"\xe4,b\n\xe9,\x80\nx\n", ["é", "\x80"], None),
        (
            {"encoding": "cp1252"},
            b'\xe4,b\n"\xe9",\x80\n\x81,b\n',
            ["é", "€"],
            "field 1 'ä' holds the byte 0x81 at byte 1, which is not cp1252",
        ),
        ({}, b'\xef\xbb\xbf"a",b\n1,\xef\xbb\xbfx\ny\n', ["1", "\ufeffx"], None),
    ],
)
def test_dialects(write, options, content, values, reason):
    rows, (rejected,) = read(write(content), options)
    assert [list(row.values) for row in rows] == [values]
    assert reason in (None, rejected.reason)


def test_a_table_of_one_column(write):
    rows, rejected = read(write(b'id\n1\n\n""\n"2"\n3,,\n4,x\n,""\n'))
    assert [row.values[0] for row in rows] == ["1", "", "2", "3", ""]
    assert [item.raw for item in rejected] == [b"4,x"]


def test_several_files_are_counted_one_by_one(write):
    names = [write(b"id,note\n1,a\n2\n"), write(b"id,note\r\n\r\n3,c\r\n", packed=True)]
    snapshot = open_csv(names, {}, "organizations")
    scan = snapshot.tables["organizations"]
    found = list(scan.rows())
    assert [(item.place.file, item.place.record) for item in found] == [(names[0], 1), (names[0], 2), (names[1], 1)]
    assert [item.table for item in found if isinstance(item, Rejected)] == ["organizations"]
    assert [(t.file, t.table, t.read, t.blank) for t in scan.tallies()] == [
        (names[0], "organizations", 2, 0),
        (names[1], "organizations", 1, 1),
    ]
    assert [(i.name, i.table) for i in snapshot.inputs] == [(name, "organizations") for name in names]


def test_reasons_are_safe_on_a_terminal(write):
    _, (rejected,) = read(write(b'id,\x1b[2J\xe2\x80\xae\n1,"a"\x1b\n'))
    assert rejected.reason.isprintable()
