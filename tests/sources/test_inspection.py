"""The pass over the bytes of a CSV file: it must never let pass what the strict reader would not read the same way."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.sources.dialect import Dialect
from supportpolicy.sources.inspection import Breaks, Inspection

PIECES: Final = st.sampled_from(
    [
        '"',
        '""',
        ",",
        "\n",
        "\r\n",
        "\r",
        "a",
        "b c",
        '"x"',
        '"x\ny"',
        '"\n"',
        ',"',
        '",',
        "\0",
        "é",
        "a,b\n",
        '"a\r\nb"',
        "\ufeff",
    ]
)
FIELD: Final = st.one_of(
    st.sampled_from(["", "a", "é", "b c"]),
    st.lists(st.sampled_from(["x", "\n", '""', ",", "\r\n", "é"]), max_size=4).map(lambda p: '"' + "".join(p) + '"'),
)
LEGAL: Final = st.lists(st.lists(FIELD, min_size=1, max_size=4).map(",".join), min_size=1, max_size=12)


def inspected(content: bytes, size: int) -> Inspection:
    inspection = Inspection(Dialect())
    for at in range(0, len(content), size):
        inspection.look(content[at : at + size])
    inspection.close()
    return inspection


def fields_of_lines(content: bytes) -> list[tuple[int, int, int, int]]:
    """The quoted fields with line feeds, found by walking through the whole."""
    found = []
    for match in re.finditer(rb'"(?:[^"]|"")*+"', content):
        within = match[0].count(b"\n")
        if within:
            found.append((match.start(), match.end(), content.count(b"\n", 0, match.start()), within))
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=20), st.integers(1, 9))
def test_what_passes_is_made_of_legal_fields(pieces: list[str], size: int) -> None:
    content = "".join(pieces).encode()
    inspection = inspected(content, size)
    assert inspection.feeds == content.count(b"\n")
    whole = inspected(content, 1 << 20)
    assert (inspection.fault == "") == (whole.fault == "")
    assert whole.fault or inspection.strays == whole.strays
    assert whole.fault or inspection.crowded == whole.crowded
    if not whole.fault and whole.strays:
        for offset, line in whole.strays:  # each is cut out with its line end, and is a record of its own
            assert content.startswith(line, offset)
            assert not Dialect().record().fullmatch(line)
        for offset, line in reversed(whole.strays):
            content = content[:offset] + content[offset + len(line) + len(whole.line_end) :]
        assert not inspected(content, 1 << 20).strays
    elif not whole.fault:
        record = Dialect().record().pattern
        end = re.escape(whole.line_end or b"\n")
        legal = re.compile(rb"(?:\xef\xbb\xbf)?(?:%b%b)*+(?:%b)?+" % (record, end, record))
        assert legal.fullmatch(content)
        assert list(inspection.breaks) == list(whole.breaks) == fields_of_lines(content)


@settings(max_examples=300, deadline=None)
@given(LEGAL, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 9))
def test_what_is_legal_passes(rows: list[str], line_end: str, last: bool, size: int) -> None:
    content = ("h,h" + line_end + line_end.join(rows) + (line_end if last else "")).encode()
    inspection = inspected(content, size)
    assert inspection.fault == ""
    assert list(inspection.breaks) == fields_of_lines(content)
    assert inspection.quotes == (b'"' in content)
    assert inspection.crowded == inspected(content, 1 << 20).crowded
    for start, end, _, _ in inspection.breaks:
        rest = re.compile(rb'[^"\n]*+(?:"[^"]*+"[^"\n]*+)*+').match(content, end)
        assert rest is not None
        lines = content[start : rest.end()].split(b"\n")[1:]
        assert max(line.count(b",") for line in lines) <= max(inspection.crowded, 0) + b"".join(lines).count(b'"') * 9


def test_a_long_field_is_not_gone_through_with_each_block() -> None:
    content = b'h,h\na,"' + b"x\n" * (1 << 20) + b'"\nb,"c\nd"\n'
    inspection = inspected(content, 1 << 16)
    assert inspection.fault == ""
    assert list(inspection.breaks) == fields_of_lines(content)
    for at, feeds in inspection.known:
        assert content.count(b"\n", 0, at) == feeds


def test_breaks_are_kept_on_disk_where_they_are_many() -> None:
    breaks, expected = Breaks(), [(n, n + 3, n, 1) for n in range(200_000)]
    for told in expected:
        breaks.add(*told)
    assert list(breaks) == expected
    assert list(breaks) == expected
    assert breaks.feeds == 200_000
