"""CSV records as bad as they come: the good ones beside them are judged, and each bad one is kept with its reason."""

from __future__ import annotations

import base64
import codecs

import pytest
from hostile_bench import GOOD, HEADER, Bench

pytestmark = pytest.mark.usefixtures("engine")
FINE = GOOD % 1

RECORDS = {
    "short": (b"7,team\n", "the row has 2 fields, and the header has 5"),
    "long": (b"7,team,,,x,y\n", "field 6 is not empty, and the header has 5"),
    "a stray quote": (b'7,team,,,a "b\n', "field 5 'note' holds a quote at byte 12 but does not begin with one"),
    "an unclosed quote": (b'7,team,,,"a\n', "the quote that opens field 5 'note' at byte 10 is not closed before the"),
    "text behind a quote": (b'7,team,,,"a"b\n', "'b' follows the closing quote of field 5 'note' at byte 13, where only"),
    "white space before a quote": (b'7,team,,, "a"\n', "white space stands before the opening quote of field 5 'note'"),
    "NUL": (b"7,team,,,a\0b\n", "field 5 'note' holds a NUL at byte 11"),
    "NUL in quotes": (b'7,team,,,"a\0b"\n', "field 5 'note' holds a NUL at byte 12"),
    "a CR within": (b"7,team,,,a\rb\n", "field 5 'note' holds a carriage return at byte 11"),
    "bad UTF-8 in a column that is read": (b"7,te\xe9m,,,a\n", "field 2 'edition' holds the byte 0xE9 at byte 5"),
    "bad UTF-8 in a column that is not": (b"7,team,,,caf\xe9\n", "field 5 'note' holds the byte 0xE9 at byte 13"),
    "an overlong slash": (b"7,team,,,\xc0\xaf\n", "field 5 'note' holds the byte 0xC0 at byte 10"),
    "half a character": (b"7,team,,,\xed\xa0\x80\n", "field 5 'note' holds the byte 0xED at byte 10"),
    "beyond Unicode": (b"7,team,,,\xf4\x90\x80\x80\n", "field 5 'note' holds the byte 0xF4 at byte 10"),
    "a BOM in the middle, quoted": (b'7,team,,,\xef\xbb\xbf"a"\n', "field 5 'note' holds a quote at byte 13"),
}  # fmt: skip


@pytest.mark.parametrize(("record", "reason"), RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CR LF"])
def test_a_bad_record_costs_itself_and_no_other(bench: Bench, record: bytes, reason: str, end: bytes) -> None:
    before = (HEADER + FINE).replace(b"\n", end)
    record = record.replace(b"\n", end)
    found = bench.csv(before + record + (GOOD % 2).replace(b"\n", end))
    assert found.rows == (2, 1)
    assert found.code == 3
    (row,) = found.report["rejected"]
    assert row["reason"].startswith(reason)
    assert row["place"] == {"file": "export.csv", "record": 2, "line": 3}
    assert row["offset"] == len(before)
    assert base64.b64decode(row["bytes"]) == record.removesuffix(end)
    assert found.report["rules"]["fast"]["pass"] == 2
    assert "exit 3: 1 row could not be read" in found.last


LEGAL = {
    "lines that end in LF and in CR LF": FINE + (GOOD % 2).replace(b"\n", b"\r\n"),
    "no line end at the end": FINE + (GOOD % 2).rstrip(),
    "blank lines": b"\n" + FINE + b"\r\n\n" + GOOD % 2 + b"\n\n",
    "line ends in quotes": FINE + (GOOD % 2).replace(b"fine", b'"a\r\nb\nc\rd"'),
    "a BOM in a cell": FINE + (GOOD % 2).replace(b"fine", b"\xef\xbb\xbffine"),
    "empty cells beyond the header": FINE + (GOOD % 2).replace(b"fine", b'fine,,""'),
    "control characters": FINE + (GOOD % 2).replace(b"fine", b"\x1b[2J\x07\x7f"),
}


@pytest.mark.parametrize("body", LEGAL.values(), ids=LEGAL)
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["", "BOM"])
def test_a_legal_record_is_judged_however_odd(bench: Bench, body: bytes, mark: bytes) -> None:
    found = bench.csv(mark + HEADER + body)
    assert found.rows == (2, 0)
    assert found.code == 0


def test_a_spelling_that_comes_after_every_sample(bench: Bench) -> None:
    """Nothing is guessed from the first rows."""
    rows = b"".join(GOOD % n for n in range(1, 20_001))
    found = bench.csv(HEADER + rows + (GOOD % 20_001).replace(b"team", b"teem"))
    assert found.report["unmapped"] == [{"field": "edition", "text": "teem", "tickets": 1, "nearest": "team"}]
    assert found.report["rules"]["paid"]["pass"] == 20_000


# --- encodings --------------------------------------------------------------------------------------------------------
def test_declared_latin_1(bench: Bench) -> None:
    found = bench.csv(
        HEADER + FINE + (GOOD % 2).replace(b"fine", b"caf\xe9 \x81\xff"), "{name: csv, encoding: latin-1}"
    )
    assert (found.code, found.rows) == (0, (2, 0))


def test_declared_windows(bench: Bench) -> None:
    """It has holes, and a byte that falls into one is a fault."""
    found = bench.csv(HEADER + FINE + (GOOD % 2).replace(b"fine", b"caf\xe9 \x81"), "{name: csv, encoding: cp1252}")
    assert found.rows == (1, 1)
    assert found.reasons[0].endswith("holds the byte 0x81 at byte 55, which is not cp1252")


def test_latin_1_that_is_not_declared_says_so(bench: Bench) -> None:
    found = bench.csv((HEADER + FINE).replace(b"note", b"r\xe9sum\xe9"))
    assert found.code == 3
    assert found.report is None
    assert "`encoding: cp1252` or `encoding: latin-1`" in found.err


BODY = 'id,edition,opened,answered,note\n1,team,2021-03-01T08:00:00Z,2021-03-01T09:00:00Z,"ਊ ĊĀ 🙂\r\n""x"""\n2,team\n'
ORDERS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("declared", ["utf-16", "itself"])
@pytest.mark.parametrize("packed", [False, True], ids=["", "gzip"])
def test_declared_utf_16(bench: Bench, order: str, declared: str, packed: bool) -> None:
    """Line feeds are characters here: bytes of 0x0A are parts of many others. What is rejected is kept as it lay there."""
    import gzip

    content = ORDERS[order] + BODY.encode(order)
    declared = order if declared == "itself" else declared
    found = bench.csv(gzip.compress(content) if packed else content, f"{{name: csv, encoding: {declared}}}")
    assert found.rows == (1, 1)
    assert found.report["rules"]["fast"]["pass"] == 1
    (row,) = found.report["rejected"]
    assert row["reason"] == "the row has 2 fields, and the header has 5"
    assert base64.b64decode(row["bytes"]) == "2,team".encode(order)
    assert row["offset"] == content.index("2,team".encode(order))
    assert (row["place"]["record"], row["place"]["line"]) == (2, 4)


@pytest.mark.parametrize("order", ORDERS)
def test_damage_in_utf_16_costs_the_record_it_stands_in(bench: Bench, order: str) -> None:
    good = [(HEADER + FINE).decode().encode(order), (GOOD % 2).decode().encode(order)]
    half = "3,team,,,a\ud800b".encode(order, "surrogatepass")
    odd = "4,team,,,c".encode(order) + b"\x41"
    found = bench.csv(good[0] + half + "\n".encode(order) + good[1] + odd, f"{{name: csv, encoding: {order}}}")
    assert found.rows == (2, 2)
    assert [base64.b64decode(row["bytes"]) for row in found.report["rejected"]] == [half, odd]
    assert found.reasons == [
        "field 5 'note' holds half a character (a lone surrogate) at byte 21",
        "field 5 'note' holds a single byte at byte 21, where the file ends; in UTF-16 a character has two",
    ]


def test_utf_16_over_many_blocks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters of four bytes are cut at every place."""
    monkeypatch.setattr("supportpolicy.sources.utf16.BLOCK", 7)
    rows = "".join(f"{n},team,2021-03-01T08:00:00Z,2021-03-01T09:00:00Z,{'🙂' * n}\n" for n in range(1, 40))
    content = (HEADER.decode() + rows + "bad🙂\n").encode("utf-16")
    found = bench.csv(content, "{name: csv, encoding: utf-16}")
    assert found.rows == (39, 1)
    assert found.report["rejected"][0]["offset"] == content.index("bad🙂".encode("utf-16-le"))


@pytest.mark.parametrize(
    ("content", "declared", "says"),
    [
        (HEADER, "utf-16", "the mapping says utf-16, and the file does not begin with its mark"),
        (codecs.BOM_UTF16_BE + b"\0a", "utf-16-le", "utf-16-le, and the file begins with the mark of utf-16-be"),
        (HEADER.decode().encode("utf-16"), "utf-8", "this is text in UTF-16"),
        (codecs.BOM_UTF16_LE, "utf-16", "the file is empty"),
        (b"", "utf-16-le", "the file is empty"),
        (codecs.BOM_UTF8 + HEADER, "latin-1", "begins with the mark of UTF-8, and the mapping says latin-1"),
    ],
)
def test_an_encoding_that_is_not_the_file_s(bench: Bench, content: bytes, declared: str, says: str) -> None:
    found = bench.csv(content, f"{{name: csv, encoding: {declared}}}")
    assert found.code == 3
    assert found.report is None
    assert says in found.err


# --- headers ----------------------------------------------------------------------------------------------------------
def test_duplicate_and_blank_headers(bench: Bench) -> None:
    header = b"id,note,,note, ,edition,opened,answered\n"
    row = b"1,a,b,c,d,team,2021-03-01T08:00:00Z,2021-03-01T09:00:00Z\n"
    found = bench.csv(header + row)
    assert found.code == 3
    assert "the header has 'note' in columns 2, 4" in found.err
    assert "the header is blank in column 3, 5" in found.err
    listed = found.err.partition("headers: [")[2].partition("]")[0]
    by_position = f"{{name: csv, columns: by_position, headers: [{listed}]}}"
    assert bench.csv(header + row, by_position).rows == (1, 0)


def test_5_000_columns(bench: Bench) -> None:
    names = b",".join(b"c%d" % n for n in range(4_995))
    cells = b",".join([b'"x"', b"y"] * 2_497 + [b"z"])
    lines = [HEADER.strip() + b"," + names, *((GOOD % n).strip() + b"," + cells for n in range(1, 31)), b"short"]
    found = bench.csv(b"\n".join(lines))
    assert found.rows == (30, 1)
    assert found.reasons == ["the row has 1 field, and the header has 5000"]


def test_a_cell_of_10_megabytes(bench: Bench) -> None:
    quoted = b'"' + b'""\n' * 3_333_333 + b'"'
    found = bench.csv(
        HEADER + FINE + (GOOD % 2).replace(b"fine", b"x" * 10_000_000) + (GOOD % 3).replace(b"fine", quoted)
    )
    assert (found.code, found.rows) == (0, (3, 0))
    assert (
        bench.csv(HEADER + FINE + (GOOD % 2).replace(b"team", b"x" * 10_000_000)).report["rules"]["paid"]["unknown"]
        == 1
    )


@pytest.mark.long
def test_a_million_distinct_tokens(bench: Bench) -> None:
    many = 1_000_000
    found = bench.csv(HEADER + b"".join(b"%d,t%d,2021-03-01T08:00:00Z,,\n" % (n, n) for n in range(many)))
    assert found.rows == (many, 0)
    assert len(found.report["unmapped"]) == many
    assert found.report["rules"]["paid"]["unknown"] == many
