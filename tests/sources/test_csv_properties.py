"""What holds of every CSV file, however hostile."""

from __future__ import annotations

import csv
import io
import time
from unittest.mock import patch

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from supportpolicy.model.finding import Rejected
from supportpolicy.plugin.rows import Row
from supportpolicy.sources import lines
from supportpolicy.sources.delimited import open_csv

UNHURRIED = settings(deadline=None, max_examples=200)
KEPT = 3
PIECES = st.sampled_from(
    [b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"a", b" ", b"\0", b"\xe9", "é€".encode(), b'",', b',"', b'"\n', b"\t"]
)
HOSTILE = st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=60)
HEADERS = st.sampled_from([b"id\n", b"id,note\n", b'\xef\xbb\xbf"id","no\nte",c\r\n', b"\n\r\nid,note\r\n"])
WIDTHS = {b"id\n": 1, b"id,note\n": 2, b'\xef\xbb\xbf"id","no\nte",c\r\n': 3, b"\n\r\nid,note\r\n": 2}


def read(name: str):
    scan = open_csv([name], {}).tables["tickets"]
    found = list(scan.rows())
    (tally,) = scan.tallies()
    return found, tally


def first_byte(item: Row | Rejected, content: bytes) -> int:
    """Where the line on which the record begins starts in the file; of a rejected one, where it says itself."""
    if isinstance(item, Rejected):
        assert item.place.line == content[: item.offset].count(b"\n") + 1
        return item.offset
    return sum(len(line) + 1 for line in content.split(b"\n")[: item.place.line - 1])


def told(item: Row | Rejected, content: bytes) -> tuple[str, int, bytes, list[str]]:
    row = isinstance(item, Row)
    return "row" if row else "rejected", first_byte(item, content), item.raw, item.values if row else []


def by_the_book(
    content: bytes, at: int, width: int, limit: int = 1000
) -> tuple[list[tuple[str, int, bytes, list[str]]], int]:
    """The records from `at` on and the number of blank lines, a byte at a time, with no care for speed."""
    records, blank = [], 0
    while at < len(content):
        feed = content.find(b"\n", at)
        line = content[at:] if feed < 0 else content[at:feed]
        overlong = len(line) > limit
        if feed >= 0 and line.endswith(b"\r"):
            line = line[:-1]
        after = len(content) if feed < 0 else feed + 1
        if overlong:
            records.append(("rejected", at, line[:KEPT], []))
        elif line in (b"", b"\r"):
            blank += 1
        else:
            values, end = legal_record(content, at, width)
            if values is None or end - at > limit:
                records.append(("rejected", at, line, []))
            else:
                records.append(("row", at, content[at:end], values))
                after = end + (2 if content[end : end + 2] == b"\r\n" else 1)
        at = after
    return records, blank


def legal_record(content: bytes, at: int, width: int) -> tuple[list[str] | None, int]:
    state, value, values = "start", bytearray(), []
    while True:
        byte = content[at : at + 1]
        ends = byte in (b"", b"\n") or content[at : at + 2] == b"\r\n"
        if byte == b"\0":
            return None, at
        if state == "quoted":
            if byte == b"":
                return None, at
            if byte == b'"':
                state = "closed"
            else:
                value += byte
        elif byte == b"," or ends:
            values.append(bytes(value))
            state, value = "start", bytearray()
            if ends:
                break
        elif byte == b'"' and state == "closed":
            value += byte
            state = "quoted"
        elif byte == b'"' and state == "start":
            state = "quoted"
        elif byte in (b'"', b"\r") or state == "closed":
            return None, at
        else:
            value += byte
            state = "bare"
        at += 1
    try:
        texts = [value.decode() for value in values]
    except UnicodeDecodeError:
        return None, at
    if len(texts) < width or any(texts[width:]):
        return None, at
    return texts[:width], at


@UNHURRIED
@given(header=HEADERS, body=HOSTILE, block=st.sampled_from([1, 2, 7, 1 << 20]))
@example(header=b"id,note\n", body=b'1,"\n2,"a\n"', block=1)
@example(header=b"id\n", body=b',""', block=1)
def test_the_reader_does_what_the_book_says(write, header, body, block):
    """The same records, byte for byte, as an obvious reading of the definition, and totals that add up."""
    content = header + body
    with patch.object(lines, "BLOCK", block):
        found, tally = read(write(content))
    expected, blank = by_the_book(content, len(header), WIDTHS[header])
    assert [told(item, content) for item in found] == expected
    assert tally.adds_up
    assert (tally.read, tally.rejected) == (len(found), sum(isinstance(item, Rejected) for item in found))
    assert tally.blank == blank + (2 if header.startswith(b"\n") else 0)


@UNHURRIED
@given(header=HEADERS, body=HOSTILE)
def test_nothing_is_lost(write, header, body):
    """The bytes of the records, and line ends between them, are the file."""
    content = header + body
    at = len(header)
    for item in read(write(content))[0]:
        start = first_byte(item, content)
        assert content[at:start].strip(b"\r\n") == b""
        at = start + len(item.raw)
        assert content[start:at] == item.raw
    assert content[at:].strip(b"\r\n") == b""


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.text('",\r\n \ta', max_size=6)


@UNHURRIED
@given(
    rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=6),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    ends=st.booleans(),
    packed=st.booleans(),
)
def test_what_python_writes_is_read_back(write, rows, line_end, quoting, delimiter, ends, packed):
    if line_end == "\n" and quoting == csv.QUOTE_MINIMAL:  # then csv leaves a CR bare, and cannot read it back itself
        assume(not any("\r" in text for row in rows for text in row))
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=line_end, quoting=quoting, delimiter=delimiter).writerows(
        [["a", "b", "c"], *rows]
    )
    content = written.getvalue() if ends else written.getvalue().removesuffix(line_end)
    options = {"delimiter": "tab" if delimiter == "\t" else delimiter}
    scan = open_csv([write(content.encode(), packed=packed)], options).tables["tickets"]
    assert [list(row.values) for row in scan.rows()] == rows
    assert scan.tallies()[0].adds_up


@UNHURRIED
@given(body=HOSTILE)
@example(body=b'1,"a\r\n"",""b"\r\n')
def test_python_reads_each_row_the_same(write, body):
    """Given the bytes of a row, Python's csv gives its values."""
    for item in read(write(b"id,note\n" + body))[0]:
        if isinstance(item, Row):
            (python,) = csv.reader([item.raw.decode()], strict=True)
            assert item.values == python[:2]


PLAIN = st.lists(st.sampled_from([b"a", b",", b"\r", b"\0", b"\xe9", b" ", b"1,b"]), max_size=5).map(b"".join)


@UNHURRIED
@given(before=st.lists(PLAIN, max_size=5), line=PLAIN, other=st.binary(max_size=20), after=st.lists(PLAIN, max_size=5))
def test_a_damaged_line_damages_no_other(write, before, line, other, after):
    """Unless quotes are involved."""
    other = other.replace(b"\n", b"").replace(b'"', b"")

    def others(damaged: bytes) -> list[tuple[int, bytes, object]]:
        content = b"\n".join([b"id,note", *before, damaged, *after, b""])
        return [
            (item.place.line, item.raw, getattr(item, "values", None))
            for item in read(write(content))[0]
            if item.place.line != len(before) + 2
        ]

    assert others(line) == others(other)


@UNHURRIED
@given(
    body=st.lists(st.sampled_from([b'"', b"a", b",", b"\n", b"ab"]), max_size=40).map(b"".join),
    limit=st.integers(8, 20),
)
@example(body=b'1,"aaa\nbb\nc"', limit=8)
def test_beyond_the_limit_lines_are_rejected_and_still_counted(write, body, limit):
    """Whatever is longer than the limit, be it by one byte, is rejected, and reading goes on."""
    header = b"id,note\n"
    content = header + body + b"\n1,b\n"
    with patch.object(lines, "BLOCK", 4), patch.object(lines, "LIMIT", limit), patch.object(lines, "KEPT", KEPT):
        found, tally = read(write(content))
    expected, blank = by_the_book(content, len(header), 2, limit)
    assert [told(item, content) for item in found] == expected
    assert tally.adds_up
    assert tally.blank == blank


def test_an_overlong_line(write):
    with patch.object(lines, "BLOCK", 4), patch.object(lines, "LIMIT", 16), patch.object(lines, "KEPT", 3):
        content = b"id,note\n1,a\n" + b"x" * 30 + b"\n2,b\n" + b"y" * 40
        found, _ = read(write(content))
    assert [(item.place.record, item.place.line, first_byte(item, content), item.raw) for item in found] == [
        (1, 2, 8, b"1,a"),
        (2, 3, 12, b"xxx"),
        (3, 4, 43, b"2,b"),
        (4, 5, 47, b"yyy"),
    ]
    assert found[1].reason == "the line is 30 bytes long, and at most 16 are read; only its first 3 bytes are kept here"


@pytest.mark.parametrize(
    "body",
    [
        b'"a\n' * 60_000,
        b'"\n' * 60_000,
        b'"""\n' * 60_000,
        b'a,"\n' + b'"",""\n' * 60_000,
        (b'a,"b\n' + b"c,d\n" * 50) * 1_500,
        b'a,"b\n' + b"\n" * 100_000,
        (b'a,"' + b'""' * 20 + b"\n") * 10_000,
        b'a,"' + b'""' * 1_000_000,
        b"," * 2_000_000,
        b'"",' * 500_000,
        b"\r" * 1_000_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_hostile_quotes_cost_no_more_than_they_weigh(write, body):
    """A reader that went back to the end of the file for each stray quote would need hours."""
    name = write(b"id,note\n" + body)
    start = time.process_time()
    _, tally = read(name)
    assert tally.adds_up
    assert time.process_time() - start < 10
