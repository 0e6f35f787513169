"""Hypothesis at the readers, in bounded time. `fuzz/fuzz.py` goes on for as long as one likes; so does
`SUPPORTPOLICY_EXAMPLES=100000`, with these."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import fuzz_targets
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

EXAMPLES: Final = int(os.environ.get("SUPPORTPOLICY_EXAMPLES", "0"))
ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = tuple(
    path.read_text(encoding="utf-8")
    for folder in ("policies", "examples", "plugins")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
    if b"file: calendars.yaml" not in path.read_bytes()  # a fuzzed text has no other files beside it
)
POLICIES: Final = tuple(text for text in DOCUMENTS if "\nsupportpolicy: 1" in f"\n{text}")
MAPPINGS: Final = tuple(text for text in DOCUMENTS if "\nsupportpolicy-mapping: 1" in f"\n{text}")
DENSE: Final = """\
supportpolicy: 1
id: dense
title: Dense
revision: "1"
in_force: {from: 2021-01-01T00:00:00Z, until: 2022-01-01T00:00:00Z}
in_force_by: submitted
scope: [paid]
facts: {edition: {one_of: [free, team]}, seats: {type: integer}, vip: {type: boolean}, called: {type: instant}}
assumed: {facts.edition: ours}
terms: {paid edition: {edition: [team]}, large: {all: [paid edition, {seats: {at_least: 3}}]}}
clauses:
  a: {section: A, says: B}
  b: {section: A, says: B, unchecked: C}
rules:
  paid: {kind: eligibility, clause: a, require: paid edition}
  lang: {kind: language, clause: a, languages: [en, de-AT], needs: [paid]}
  chan: {kind: channel, clause: [a], channels: [email], of: replies}
  fast: {kind: deadline, clause: a, start: submitted, stop: first_response, within: 12h in 24x7, when: {not: {vip: true}}}
  duty: {kind: duty, clause: a, require: {called: {present: true}}, settled_by: closed, party: customer}
  one: {kind: unique, clause: a, field: subject, on_fail: note}
exclude: [{reason: spam, when: {tags: [spam], subject: {like: "*spam?"}}}]
"""
MAPPED: Final = """\
supportpolicy-mapping: 1
source: {name: csv, columns: by_position, headers: [a, b, c], delimiter: ";", encoding: cp1252}
rows: {one_ticket_per: a, keep: last, order_by: {column: b, as: integer}, ties: last_in_file}
nulls: ["?", ""]
timezone: America/Sao_Paulo
exported_at: 2017-02-18T15:00
not_recorded: [language]
assumed: {fields.id: ours}
fields:
  id: a
  submitted: {column: b, format: D/M/YYYY hh:mm, precision: {unit: 1m, by: floor}}
  resolved: {column: c, empty: {never_when: {column: b, in: [open]}}}
  first_response: {elapsed: c, unit: m, clock: 24x7, empty: unknown}
  priority: {column: c, values: {3 - Moderate: moderate}, nulls: [x]}
  tags: {column: c, separator: "|"}
  channel: {constant: web}
lookups: {edition: {table: t, key: organization, match: o, value: plan, valid: [x, y]}}
exclude: [{reason: merged, when: {tags: closed}}]
"""

WORDS: Final = st.sampled_from(
    """
    null; true; ~; {}; []; ""; ''; 0; -1; 111111111111111111; 1111111111111111111; 1.5; *a; &a x; !x y; <<; |; >; - a; ? a
    {all: []}; {any: [{}]}; {not: {}}; {not: {not: x}}; paid edition; {edition: {like: 3}}; {seats: {at_least: x}}
    {submitted: {present: maybe}}; 12h in 24x7; 0s in 24x7; 101 years in 24x7; 1 business day in office; -1h in 24x7; 12h
    in 24x7; 999999999999999999h in 24x7; first_response; last staff_message; events; id; tags; submitted; 2021-13-01
    9999-12-31T23:59:59Z; 0001-01-01T00:00:00+14:00; UTC; Mars/Olympus; en; x-private; YYYY; D/M/YYYY hh:mm; epoch-seconds
    "\\0"; "\\ud800"; a.b.c; ..; csv; jsonl; canonical; [[a]]; {a: {b: {c: d}}}; \u0301\u0301; \U0001f600
    """.strip()
    .replace("\n", ";")
    .split(";")
).map(str.strip)


@st.composite
def damaged(draw: st.DrawFn, texts: tuple[str, ...]) -> bytes:
    """A sound document in which some values, lines and keys stand elsewhere or are something else."""
    lines = draw(st.sampled_from(texts)).splitlines()
    seed = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(1, 4))):
        at = seed.randrange(len(lines))
        match seed.randrange(7):
            case 0:  # a value
                head, colon, _ = lines[at].partition(": ")
                lines[at] = f"{head}{colon}{draw(WORDS)}"
            case 1:  # a word within a line
                words = lines[at].split(" ")
                words[seed.randrange(len(words))] = draw(WORDS)
                lines[at] = " ".join(words)
            case 2:  # an item or value in brackets
                inside = [n for n, c in enumerate(lines[at]) if c in ",]}:"]
                if inside:
                    end = seed.choice(inside)
                    start = max(lines[at].rfind(c, 0, end) for c in ",[{: ") + 1
                    lines[at] = lines[at][:start] + draw(WORDS) + lines[at][end:]
            case 3:  # a line away
                del lines[at]
            case 4:  # a line twice
                lines.insert(seed.randrange(len(lines)), lines[at])
            case 5:  # deeper or shallower
                lines[at] = "  " + lines[at] if seed.random() < 0.5 else lines[at].removeprefix("  ")
            case _:  # a key
                indent = len(lines[at]) - len(lines[at].lstrip())
                lines.insert(at, " " * indent + draw(WORDS) + ": " + draw(WORDS))
        if not lines:
            break
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def bounded(many: int) -> settings:
    return settings(max_examples=EXAMPLES or many, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@bounded(150)
@given(data=damaged((DENSE, *POLICIES)))
def test_policies(data: bytes) -> None:
    fuzz_targets.policy(data)


@bounded(150)
@given(data=damaged((MAPPED, *MAPPINGS)))
def test_mappings(data: bytes) -> None:
    fuzz_targets.mapping(data)


@bounded(150)
@given(
    data=damaged((DENSE, MAPPED))
    | st.binary(max_size=200)
    | st.text("{}[]:,&*!|>'\"%@`-?# \n\ta\u00e9", max_size=60).map(str.encode)
)
@example(data=b"")
def test_yaml(data: bytes) -> None:
    fuzz_targets.yaml(data)


TIMES: Final = st.builds(
    lambda day, between, clock, fraction, offset: f"{day}{between}{clock}{fraction}{offset}",
    st.dates().map(str) | st.from_regex("[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
    st.sampled_from(["T", "t", " ", "  ", ""]),
    st.times().map(lambda time: f"{time:%H:%M:%S}") | st.from_regex("[0-9]{2}:[0-9]{2}(:[0-9]{2})?", fullmatch=True),
    st.from_regex(r"(\.[0-9]{0,10})?", fullmatch=True),
    st.from_regex("Z|z|[+-][0-9]{2}:?[0-9]{2}|", fullmatch=True),
)


@bounded(300)
@given(text=TIMES | st.text(max_size=30) | st.text("YMDhmsAfZT:/-. |0123456789", max_size=30))
@example(text="0001-01-01T00:00:00+14:00")
@example(text="9999-12-31T23:59:59.999999999-14:00")
def test_instants(text: str) -> None:
    fuzz_targets.instant(text.encode("utf-8", "surrogatepass"))


PIECES: Final = st.sampled_from(
    [
        b'"',
        b'""',
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"a",
        b" ",
        b"\0",
        b"\xe9",
        b"\xef\xbb\xbf",
        b'",',
        b',"',
        b'"\n',
        b"1,b\n",
    ]
)
HOSTILE: Final = st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=60)


@bounded(200)
@given(data=HOSTILE)
def test_the_resume_of_csv(data: bytes) -> None:
    fuzz_targets.csv_resume(data)


WIDE: Final = st.lists(st.sampled_from([*'",\r\na\0\ufeff\u0a0a\u010a', "\U0001f600", "\ud800", "\udc00"]), max_size=40)


@bounded(200)
@given(data=WIDE.map(lambda parts: "".join(parts).encode("utf-16-le", "surrogatepass")) | st.binary(max_size=60))
@example(data=b"\x0a")
@example(data=b"\x00\xd8\x0a")
def test_the_resume_of_csv_in_utf_16(data: bytes) -> None:
    fuzz_targets.utf16(data)


@bounded(200)
@given(
    data=st.lists(
        st.sampled_from([*"{}[]:,\"\\u0d8-.eE+ '", "null", "true", '"id"', "1", "\u00e9", "\0"]), max_size=40
    ).map(lambda parts: "".join(parts).encode())
    | st.binary(max_size=60)
)
def test_lines_of_json(data: bytes) -> None:
    fuzz_targets.json_line(data)


@pytest.mark.parametrize("texts", [POLICIES, MAPPINGS])
def test_there_is_something_to_damage(texts: tuple[str, ...]) -> None:
    assert texts
