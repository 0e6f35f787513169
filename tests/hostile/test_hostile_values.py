"""Values at the ends of what can be: numbers, times, lines of JSON, and texts that a program might obey."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hostile_bench import MAPPING, POLICY, TICKET, Bench

from supportpolicy.model.text import like, token

pytestmark = pytest.mark.usefixtures("engine")


def _with(value: str, field: str = "submitted") -> str:
    """A ticket whose field holds a value, written as JSON."""
    others = {"id": "2", "first_response": None, "edition": "team"}
    others.pop(field, None)
    return json.dumps(others)[:-1] + f", {json.dumps(field)}: {value}}}\n"


# --- JSON lines -------------------------------------------------------------------------------------------------------
LINES = {
    "no JSON": ("{", "the line is not JSON: expecting property name enclosed in double quotes, at character 2"),
    "a list": ("[1]", "the line holds a list, at character 1, where an object belongs"),
    "two objects": ("{} {}", "the line is not JSON: extra data, at character 4"),
    "a key twice": ('{"id": 1, "id": 2}', "the key 'id' stands twice in one object, again at character 11"),
    "half a character": (r'{"id": "\ud800"}', "half a character (a lone surrogate) stands in the text at character 8"),
    "NaN": ('{"id": NaN}', "NaN is not a JSON number, at character 8"),
    "bad UTF-8": (b'{"id": "\xff"}', "the byte 0xFF at character 9 is not UTF-8"),
    "NUL": ('{"id": "\0"}', "the line is not JSON: invalid control character, at character 9"),
    "a leading zero": ('{"n": 01}', "the line is not JSON"),
    "deep": (
        '{"a":' + "[" * 64 + "]" * 64 + "}",
        "objects and lists stand more than 64 deep in one another, at character 69",
    ),
    "very deep": ('{"a":' * 1_000_000, "objects and lists stand more than 64 deep in one another"),
    "very deep and wrong": ("[" * 1_000_000, "objects and lists stand more than 64 deep in one another"),
}


@pytest.mark.parametrize(("line", "reason"), LINES.values(), ids=LINES)
def test_a_bad_line_costs_itself_and_no_other(bench: Bench, line: str | bytes, reason: str) -> None:
    bad = line.encode() if isinstance(line, str) else line
    found = bench.jsonl((TICKET % 1).encode() + bad + b"\n" + (TICKET % 3).encode())
    assert found.rows == (2, 1)
    assert found.reasons[0].startswith(reason)
    assert found.report["rejected"][0]["size"] == len(bad)
    assert found.report["rejected"][0]["place"]["line"] == 2


NUMBERS = [
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1" + "0" * 5_000,
    "1e400",
    "-0",
    "1.10",
    "1E+999999999",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("field", ["id", "submitted", "edition", "tags", "events", "size", "subject"])
def test_numbers_beyond_64_bits(bench: Bench, number: str, field: str) -> None:
    """Nothing is rounded: what is no integer of 18 digits is unknown, not another number."""
    policy = POLICY.replace("facts: {", "facts: {size: {type: integer}, ") + (
        "  size: {kind: duty, clause: paid, require: {size: {at_least: 1}}}\n"
    )
    bench.write("policy.yaml", policy)
    found = bench.jsonl(_with(number, field) + TICKET % 1, more=["--as-of", "2021-03-02T00:00:00Z", "--include", "all"])
    assert found.rows == (2, 0)
    if field == "size":
        (verdict,) = [f for f in found.report["findings"] if f["rule"] == "size" and f["ticket"] == "2"]
        assert verdict["verdict"] == ("fail" if number == "-0" else "unknown")


@pytest.mark.parametrize("number", [*NUMBERS, "0x10", "1_000", "\u0661\u0662", "1e3", " 7", "+7", "--7"])
def test_numbers_in_cells(bench: Bench, number: str) -> None:
    policy = POLICY.replace("facts: {", "facts: {size: {type: integer}, ") + (
        "  size: {kind: duty, clause: paid, require: {size: {at_least: 1}}}\n"
    )
    bench.write("policy.yaml", policy)
    bench.write("export.csv", f"id,size\n1,{number}\n")
    mapping = "supportpolicy-mapping: 1\nsource: {name: csv}\nfields: {id: id, size: size}\n"
    more = ["--as-of", "2021-03-02T00:00:00Z", "--include", "all"]
    found = bench.audit("export.csv", mapping=mapping, more=more)
    (verdict,) = [f["verdict"] for f in found.report["findings"] if f["rule"] == "size"]
    assert verdict == {" 7": "pass", "-0": "fail"}.get(number, "unknown")


ANYTHING: list[Any] = [
    *(None, True, "", "\0", [], {}, [[]], ["a", 1], "x" * 100_000),
    *({"complete": True}, {"complete": 1, "items": []}, {"items": [1]}, {"items": [{}]}),
    {"complete": True, "items": [{"at": "x", "kind": "status"}]},
]


@pytest.mark.parametrize(
    "field", ["id", "submitted", "first_response", "edition", "tags", "events", "channel", "language"]
)
def test_values_of_every_kind_in_every_field(bench: Bench, field: str) -> None:
    found = bench.jsonl(
        "".join(_with(json.dumps(value), field) for value in ANYTHING), more=["--as-of", "2021-03-02T00:00:00Z"]
    )
    assert found.rows == (len(ANYTHING), 0)


# --- times ------------------------------------------------------------------------------------------------------------
REAL = {
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00": "0000-12-31T10:00:00Z",
    "9999-12-31T23:59:59.999999999-14:00": "+10000-01-01T13:59:59.999999Z",
    "1970-01-01t00:00z": "1970-01-01T00:00:00Z",
    "1969-12-31 23:59:59.9999999Z": "1969-12-31T23:59:59.999999Z",
    "2021-03-01T08:00:00.000000001Z": "2021-03-01T08:00:00Z",
    "2020-02-29T00:00-0000": "2020-02-29T00:00:00Z",
    "2021-03-01T08:00+1400": "2021-02-28T18:00:00Z",
}
ODD = [
    text.strip()
    for text in """
    now; 2021-03-01; 2021-03-01T08; 2021-03-01T8:00Z; 2021-3-1T08:00Z; 2021-03-01T08:00; 20210301T080000Z; 2021-03-01T24:00Z
    2021-03-01T23:59:60Z; 2021-02-29T00:00Z; 1900-02-29T00:00Z; 2021-04-31T00:00Z; 2021-13-01T00:00Z; 2021-00-10T00:00Z
    2021-03-00T00:00Z; 0000-01-01T00:00Z; 10000-01-01T00:00Z; -0001-01-01T00:00Z; +2021-03-01T00:00Z
    2021-03-01T08:00:00+14:01; 2021-03-01T08:00:00+25:00; 2021-03-01T08:00:00+05:60; 2021-03-01T08:00:00+5
    2021-03-01T08:00:00+05; 2021-03-01T08:00:00.Z; 2021-03-01T08:00:00.1234567890Z; 2021-03-01T08:00:00,5Z
    2021-03-01  08:00Z; 2021-03-01T08:00 Z; 2021-03-01T08:00:00 UTC; 2021-03-01T08:00:00Z[UTC]; 2021-W09-1T08:00Z
    2021-060T08:00Z; 1614585600; infinity; NaT; epoch; 12/31/2021; 2021-03-01T08:00:00ZZ; 2021-03-01T08:00:00+00:00:00
    """.strip()
    .replace("\n", ";")
    .split(";")
] + [
    "",
    " ",
    "2021-03-01T08:00:00Z\0",
    "2021-03-01T08:00Z\n",
    "\ufeff2021-03-01T08:00Z",
    "2021-03-01T08:00:00\N{MINUS SIGN}05:00",
    "2021\u201003\u201001T08:00Z",
    "\u0662\u0660\u0662\u0661-\u0660\u0663-\u0660\u0661T08:00Z",
    "9" * 1_000_000,
]


@pytest.mark.parametrize(("text", "is_"), REAL.items())
def test_times_to_the_ends_of_the_range(bench: Bench, text: str, is_: str) -> None:
    more = ["--as-of", "9999-12-31T23:59:59.999999-14:00", "--include", "all"]
    found = bench.jsonl(_with(json.dumps(text)), more=more)
    (clock,) = [f for f in found.report["findings"] if f["rule"] == "fast"]
    assert clock["verdict"] == ("open" if is_.startswith("+") else "fail")
    assert clock["evidence"]["start"] == is_


@pytest.mark.parametrize("field", ["submitted", "first_response"])
def test_times_that_are_none(bench: Bench, field: str) -> None:
    """Each is unknown: never a pass, never a fail, never another time."""
    lines = [_with(json.dumps(text), field) for text in ODD]
    if field == "first_response":
        lines = [line.replace('"edition"', '"submitted": "2021-03-01T08:00:00Z", "edition"') for line in lines]
    found = bench.jsonl("".join(lines), more=["--as-of", "2021-03-02T00:00:00Z"])
    assert found.report["rules"]["fast"]["unknown"] == len(ODD)
    assert found.report["rules"]["fast"]["unknown_by"] == [{"field": field, "reason": "invalid", "tickets": len(ODD)}]


ZONED = [
    "0001-01-01T00:00",
    "0001-01-01T00:00:01",
    "9999-12-31T23:59:59.999999",
    "9999-12-31T00:00",
    "1893-04-01T00:00",
    "2021-03-28T02:30",
    "2021-10-31T02:30",
]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Africa/Monrovia", "UTC"]
)
@pytest.mark.parametrize("format_", ["", ", format: YYYY-MM-DDThh:mm:ss"])
def test_local_times_to_the_ends_of_the_range(bench: Bench, zone: str, format_: str) -> None:
    mapping = MAPPING.replace("fields:", f"timezone: {zone}\nfields:").replace(
        "submitted: opened", f"submitted: {{column: opened{format_}}}"
    )
    rows = "".join(f"{n},team,{text},,\n" for n, text in enumerate(ZONED))
    bench.write("export.csv", "id,edition,opened,answered,note\n" + rows)
    found = bench.audit("export.csv", mapping=mapping, more=["--as-of", "9999-12-31T23:59:59-14:00"])
    assert found.rows == (len(ZONED), 0)


def test_epochs_beyond_every_calendar(bench: Bench) -> None:
    rows = "".join(
        f"{n},team,{text},,\n"
        for n, text in enumerate(["9" * 18, "-" + "9" * 18, "9" * 19, "1e9", "0", "-1", "253402300799"])
    )
    bench.write("export.csv", "id,edition,opened,answered,note\n" + rows)
    mapping = MAPPING.replace("submitted: opened", "submitted: {column: opened, format: epoch-seconds}")
    found = bench.audit("export.csv", mapping=mapping, more=["--as-of", "2021-03-02T00:00:00Z"])
    assert found.report["rules"]["fast"]["unknown"] == 4
    assert found.report["totals"]["tickets"]["excluded"] == 1


@pytest.mark.parametrize("option", ["--as-of", "--exported-at"])
@pytest.mark.parametrize("text", [*ODD[:40], "\x1b[31m"])
def test_instants_on_the_command_line(bench: Bench, option: str, text: str) -> None:
    bench.write("export.jsonl", TICKET % 1)
    code, out, err = bench.run("audit", "export.jsonl", "--policy", "policy.yaml", option, text)
    assert (code, out) == (2, "")
    assert "expected an instant such as 2021-03-01T08:00:00Z" in err


# --- what takes longer than it should ---------------------------------------------------------------------------------
def _seconds(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def test_a_glob_takes_time_in_proportion_to_the_text() -> None:
    assert _seconds(lambda: like("*a*a*b").fullmatch("a" * 2_000)) < 0.1


def test_a_token_takes_time_in_proportion_to_the_text() -> None:
    assert _seconds(lambda: token("a" + "\u0301\u0316" * 15_000)) < 0.1
