"""A good record beside a bad one is always judged."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence

import pytest
from hostile_bench import GOOD, HEADER, TICKET, Bench

pytestmark = pytest.mark.usefixtures("engine")
MANY = 20_000

DAMAGE = {
    "a stray quote": lambda line: line[:20] + b'"' + line[20:],
    "a NUL": lambda line: line[:20] + b"\0" + line[20:],
    "a CR": lambda line: line[:20] + b"\r" + line[20:],
    "a cut": lambda line: line[:20],
    "a bad byte": lambda line: line[:20] + b"\xff" + line[20:],
    "an open quote": lambda line: line.replace(b",fine", b',"fine'),
    "more cells": lambda line: line + b",,x",
    "another line in it": lambda line: line[:20],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_one_bad_record_of_many(bench: Bench, damage: str) -> None:
    """It is kept byte for byte, with its place and reason, and all others are judged."""
    lines = _good(MANY)
    at = random.Random(damage).randrange(MANY)
    lines[at] = DAMAGE[damage](lines[at])
    _all_but_one(bench, lines, at)


@pytest.mark.long
@pytest.mark.parametrize("damage", ["a stray quote", "a bad byte", "an open quote"])
def test_one_bad_record_of_a_million(bench: Bench, engine: str, damage: str) -> None:
    if engine == "reference" and damage != "a stray quote":
        pytest.skip("the reader and the judge do not know each other here: once is enough, and takes long")
    lines = _good(1_000_000)
    at = 777_777
    lines[at] = DAMAGE[damage](lines[at])
    _all_but_one(bench, lines, at)


def _good(many: int) -> list[bytes]:
    return [(GOOD % n).removesuffix(b"\n") for n in range(many)]


def _all_but_one(bench: Bench, lines: Sequence[bytes], at: int) -> None:
    many = len(lines)
    found = bench.csv(HEADER + b"\n".join(lines) + b"\n")
    assert found.code == 3
    assert found.rows == (many - 1, 1)
    assert found.report["totals"]["tickets"] == {"formed": many - 1, "judged": many - 1, "excluded": 0}
    assert found.report["rules"]["fast"]["pass"] == many - 1
    (row,) = found.report["rejected"]
    assert base64.b64decode(row["bytes"]) == lines[at]
    offset = len(HEADER) + sum(len(line) + 1 for line in lines[:at])
    assert row["place"] == {"file": "export.csv", "record": at + 1, "line": at + 2}
    assert row["offset"] == offset
    assert row["reason"]


def test_one_bad_line_of_json_of_many(bench: Bench) -> None:
    lines = [(TICKET % n).encode() for n in range(MANY)]
    at = MANY // 3
    lines[at] = lines[at].replace(b"team", b"te\xffm")
    found = bench.jsonl(b"".join(lines))
    assert found.rows == (MANY - 1, 1)
    assert found.report["rules"]["fast"]["pass"] == MANY - 1
    (row,) = found.report["rejected"]
    assert base64.b64decode(row["bytes"]) + b"\n" == lines[at]
    assert row["offset"] == sum(map(len, lines[:at]))


def test_many_bad_records_among_good_ones(bench: Bench) -> None:
    """Of every second record damaged in any way, each good one is judged."""
    some = MANY // 10
    chosen = random.Random(3)
    kinds = [name for name in DAMAGE if name != "an open quote"]
    lines = []
    for n in range(some):
        line = (GOOD % n).removesuffix(b"\n")
        lines.append(line if n % 2 else DAMAGE[chosen.choice(kinds)](line))
    found = bench.csv(HEADER + b"\n".join(lines) + b"\n")
    assert found.rows == (some // 2, some // 2)
    assert [base64.b64decode(row["bytes"]) for row in found.report["rejected"]] == lines[::2]


def test_an_open_quote_that_the_next_one_closes(bench: Bench) -> None:
    """It costs the line that it stands on; the quotes of later lines are read as they stand there."""
    quoted = (GOOD % 3).replace(b"fine", b'"fine, too"')
    found = bench.csv(HEADER + GOOD % 1 + b'2,team,,,"open\n' + quoted + GOOD % 4)
    assert found.rows == (3, 1)
    assert found.report["rejected"][0]["place"]["line"] == 3
