"""The header: what stands in it, what its columns are called, and files that are no CSV."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.document import conform, parse_document
from supportpolicy.errors import InputError, UsageError
from supportpolicy.plugin.rows import Row
from supportpolicy.sources.delimited import SCHEMA, open_csv

NAMES = {
    "as they stand": ({}, b"Id, Note \n", ("Id", " Note ")),
    "in quotes": ({}, b'"Id","a ""b"", c"\n', ("Id", 'a "b", c')),
    "over two lines": ({}, b'Id,"No\r\nte"\r\n', ("Id", "No\r\nte")),
    "after the mark of UTF-8": ({}, b'\xef\xbb\xbf"Id",Note\n', ("Id", "Note")),
    "after blank lines": ({}, b"\n\r\nId,Note\n", ("Id", "Note")),
    "no rows, no line end": ({}, b"Id,Note", ("Id", "Note")),
    "in any case": ({"columns": "by_name_any_case"}, "Id,NOTE,Ä\n".encode(), ("Id", "NOTE", "Ä")),
    "in latin-1": ({"encoding": "latin-1"}, b"Id,\xc4\n", ("Id", "Ä")),
    "that begins as other files do": ({}, b"PAR1,BZh,PK\n", ("PAR1", "BZh", "PK")),
    "by position": ({"columns": "by_position", "headers": ["Id", "Note"]}, b"Id,Note\n", ("Id", "Note")),
    "by position, repeated": (
        {"columns": "by_position", "headers": ["Id", "Tag", "Tag", "Note", "Tag"]},
        b"Id,Tag,Tag,Note,Tag\n",
        ("Id", "Tag#1", "Tag#2", "Note", "Tag#3"),
    ),
    "by position, blank": (
        {"columns": "by_position", "headers": ["Id", "", " ", "Note", ""]},
        b"Id,, ,Note,\n",
        ("Id", "column 2", "column 3", "Note", "column 5"),
    ),
}

CSV = "CSV: text with a header on its first line"
REFUSED = {
    "an empty file": (
        {},
        b"",
        [f"the file is empty | {CSV} | an export without rows still has a header; export it again"],
    ),
    "blank lines only": (
        {},
        b"\n\r\n\n",
        [f"the file is empty | {CSV} | an export without rows still has a header; export it again"],
    ),
    "a mark and nothing else": (
        {},
        b"\xef\xbb\xbf",
        [f"the file is empty | {CSV} | an export without rows still has a header; export it again"],
    ),
    "blank and repeated names": (
        {},
        b'Id,,Tags,"T""x",Tags,\n',
        [
            "the header is blank in column 2, 6 | a name | ",
            "the header has 'Tags' in columns 3, 5 | it once | say in the mapping's `source:` columns: by_position, "
            'headers: ["Id", "", "Tags", "T\\"x", "Tags", ""]',
        ],
    ),
    "names that differ in case only": (
        {"columns": "by_name_any_case"},
        b"Id,ID\n",
        [
            "the header has 'id' in columns 1, 2 | it once | say in the mapping's `source:` columns: by_position, "
            'headers: ["Id", "ID"]'
        ],
    ),
    "another header than listed": (
        {"columns": "by_position", "headers": ["Id", "Note", "Tags"]},
        b"Id,note\n",
        [
            "column 2 of the header is 'note' | 'Note' | ",
            "column 3 of the header is not there | 'Tags' | ",
            'the header is not the one under `headers:` |  | the file\'s header is ["Id", "note"]',
        ],
    ),
    "more columns than listed": (
        {"columns": "by_position", "headers": ["Id"]},
        b"Id,Note\n",
        [
            "column 2 of the header is 'Note' | not there | ",
            'the header is not the one under `headers:` |  | the file\'s header is ["Id", "Note"]',
        ],
    ),
    "names that would be mixed up": (
        {"columns": "by_position", "headers": ["X", "X", "X#1"]},
        b"X,X,X#1\n",
        [
            "two columns would be called 'X#1' |  | rename the column in the export: repeated names are numbered X#1, "
            "X#2, blank ones called 'column 5'"
        ],
    ),
    "an unclosed quote": (
        {},
        b'Id,"Note\n1,a\n',
        [
            "the header cannot be read: the quote that opens field 2 at byte 4 is not closed | "
            f"{CSV} | open the file in a text editor to see its first lines"
        ],
    ),
    "another encoding": (
        {},
        b"Id,\xc4\n",
        [
            "the header cannot be read: field 2 holds the byte 0xC4 at byte 4, which is not UTF-8 | "
            f"{CSV} | say in the mapping's `source:` which encoding it is: `encoding: cp1252` or `encoding: latin-1`"
        ],
    ),
    "UTF-8 told to be latin-1": (
        {"encoding": "latin-1"},
        b"\xef\xbb\xbfId\n",
        [
            "the file begins with the mark of UTF-8, and the mapping says latin-1 |  | "
            "leave `encoding:` out of the mapping's `source:`"
        ],
    ),
    "line ends of old Macs": (
        {},
        b"Id,Note\r1,a\r",
        [f"the lines end in CR only, as on old Macs | {CSV} | turn them into today's: `tr '\\r' '\\n' < FILE`"],
    ),
    "UTF-16": (
        {},
        codecs.BOM_UTF16_LE + "Id,Note\n".encode("utf-16-le"),
        [f"this is text in UTF-16 | {CSV} | turn it into UTF-8: `iconv -f UTF-16 -t UTF-8 FILE`"],
    ),
    "UTF-16 without a mark": (
        {},
        "Id,Note\n1,a\n".encode("utf-16-be"),
        [f"this is text in UTF-16 | {CSV} | turn it into UTF-8: `iconv -f UTF-16BE -t UTF-8 FILE`"],
    ),
    "a spreadsheet": (
        {},
        b"PK\x03\x04\x14\0\x06\0",
        [
            f"this is a spreadsheet (XLSX) or another zip archive | {CSV} | "
            "in the spreadsheet, choose Save as and the format 'CSV UTF-8'; unpack an archive first"
        ],
    ),
    "a web page": (
        {},
        b"\n<!DOCTYPE html><html>",
        [
            f"this is a web page | {CSV} | it may be the helpdesk's login or error page: sign in, and export again as "
            "CSV or JSON"
        ],
    ),
    "a line for spreadsheets": (
        {},
        b"sep=;\nId;Note\n",
        [f"a line for spreadsheets, sep=, stands before the header | {CSV} | delete the line: `tail -n +2 FILE`"],
    ),
}


@pytest.mark.parametrize(("options", "content", "columns"), NAMES.values(), ids=NAMES)
def test_columns(write, options, content, columns):
    scan = open_csv([write(content)], options).tables["tickets"]
    assert scan.columns == columns
    assert list(scan.rows()) == []
    assert scan.tallies()[0].adds_up


@pytest.mark.parametrize(("options", "content", "problems"), REFUSED.values(), ids=REFUSED)
def test_refused(write, said, options, content, problems):
    name = write(content)
    with pytest.raises(InputError) as caught:
        open_csv([name], options)
    assert said(caught.value) == problems
    assert {problem.place.file for problem in caught.value.problems if problem.place} == {name}


def test_the_header_proposed_is_accepted(write):
    content = 'Id,,"Ta\ngs",Tags,Tags,"a ""b"": # \\ \x85"\n1,2,3,4,5,6\n'.encode()
    name = write(content)
    with pytest.raises(InputError) as caught:
        open_csv([name], {})
    proposed = caught.value.problems[-1].hint.partition("source:` ")[2]
    document = parse_document(f"{{{proposed}}}".encode(), "mapping.yaml")
    section, problems = conform(document, dict(SCHEMA))
    assert not problems
    (row,) = open_csv([name], section.data).tables["tickets"].rows()
    assert isinstance(row, Row)


def test_many_differences_are_cut(write):
    with pytest.raises(InputError) as caught:
        open_csv([write(b",".join(b"%d" % n for n in range(30)))], {"columns": "by_position", "headers": ["x"] * 30})
    assert len(caught.value.problems) == 11
    assert caught.value.problems[-1].hint == "and 20 columns more differ"


def test_a_header_beyond_the_limit(write, monkeypatch):
    monkeypatch.setattr("supportpolicy.sources.lines.BLOCK", 4)
    monkeypatch.setattr("supportpolicy.sources.lines.LIMIT", 16)
    with pytest.raises(InputError, match="its line is too long"):
        open_csv([write(b"x" * 30 + b"\n")], {})


def test_files_of_one_table_have_one_header(write, said):
    names = [write(b"Id,Note\n"), write(b"Id,Notes\n"), write(b'"Id",Note\r\n'), write(b"Id\n"), write(b"")]
    with pytest.raises(InputError) as caught:
        open_csv(names, {})
    hint = "the files of one table need the same columns in the same order; give this one another table"
    assert said(caught.value) == [
        f"the header differs from that of {names[0]}: column 2 is 'Notes' | 'Note' | {hint}",
        f"the header differs from that of {names[0]}: column 2 is not there | 'Note' | {hint}",
        *REFUSED["an empty file"][2],
    ]
    assert [problem.place.file for problem in caught.value.problems if problem.place] == [names[1], names[3], names[4]]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{}", []),
        ("{columns: by_name, delimiter: ;, encoding: cp1252}", []),
        ('{columns: by_position, headers: [a, ""], delimiter: tab}', []),
        ("{delimiter: ','}", []),
        ("{columns: by_place}", ["found 'by_place'"]),
        ("{columns: by_position}", ["the key 'headers' is missing"]),
        ("{headers: [a]}", ["this key is not allowed here"]),
        ("{delimiter: ';;'}", ['found ";;"']),
        ("{delimiter: '\"'}", ['found """']),
        ("{delimiter: §}", ["found '§'"]),
        ("{encoding: utf-7}", ["found 'utf-7'"]),
        ("{quote: x}", ["unknown key 'quote'"]),
    ],
)
def test_schema(text, problems):
    _, found = conform(parse_document(text.encode(), "mapping.yaml"), dict(SCHEMA))
    assert [problem.message for problem in found] == problems


def test_encodings_are_listed_when_another_is_asked_for():
    _, (problem,) = conform(parse_document(b"{encoding: utf-7}", "mapping.yaml"), dict(SCHEMA))
    assert problem.expected == "utf-8, latin-1, cp1252, utf-16, utf-16-le or utf-16-be"


@pytest.mark.parametrize("options", [{"columns": "by_position"}, {"headers": ["a"]}])
def test_headers_go_with_by_position(write, options):
    with pytest.raises(UsageError, match=r"source\.headers"):
        open_csv([write(b"a\n")], options)


@settings(deadline=None)
@given(content=st.binary(max_size=40) | st.text('",\r\nab \0é;', max_size=20).map(str.encode))
def test_any_bytes_are_a_table_or_an_input_error(write, content):
    name = write(content)
    try:
        scan = open_csv([name], {}).tables["tickets"]
    except InputError as error:
        problems = error.problems
    else:
        problems = ()
        assert len(list(scan.rows())) == scan.tallies()[0].read
        assert scan.tallies()[0].adds_up
    assert all(problem.place and problem.place.file == name for problem in problems)
    assert all(problem.hint for problem in problems[-1:])
