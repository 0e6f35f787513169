"""The `jsonl` report: everything, one object to a line, as it is found."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sample_audit import exit_code, finding, head, items, place, totals, written
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension
from test_reports import strict

from supportpolicy.model.finding import Excluded, Item, Rejected, Totals
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin.records import ExitCode, ReportOptions
from supportpolicy.reports import json_report, jsonl
from supportpolicy.testing.conformance import check_report, report_sample

VALID = Draft202012Validator(strict(jsonl.line_schema()))


class LinesFile(SingleFileSnapshotExtension):
    file_extension = "jsonl"


def lines(**more: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(jsonl.REPORT, **more).decode().splitlines()]


def test_whole(snapshot: SnapshotAssertion) -> None:
    assert written(jsonl.REPORT) == snapshot(extension_class=LinesFile)


def test_it_keeps_the_contract_of_reports() -> None:
    check_report(jsonl.REPORT)


def test_every_line_keeps_to_the_schema() -> None:
    Draft202012Validator.check_schema(jsonl.line_schema())
    for line in lines():
        VALID.validate(line)
    out = io.BytesIO()
    of, sums, code = report_sample.nothing()
    jsonl.REPORT.open(of, out, ReportOptions()).close(sums, code)
    first, last = (json.loads(line) for line in out.getvalue().splitlines())
    VALID.validate(first)
    VALID.validate(last)


def test_the_schema_refuses_what_no_line_says() -> None:
    first, *_, last = lines()
    wrong = [{}, {"type": "other"}, {**last, "type": "head"}, {**first, "more": 1}, {**last, "answer": None}]
    assert [VALID.is_valid(line) for line in wrong] == [False] * len(wrong)


def test_lines_stand_in_the_order_in_which_things_were_found() -> None:
    kinds = {"Finding": "finding", "Excluded": "excluded", "Rejected": "rejected"}
    found = [kinds[type(item).__name__] for item in items()]
    assert [line["type"] for line in lines()] == ["head", *found, "totals"]


def test_it_holds_what_the_json_report_holds() -> None:
    """Put together again, the lines are the json report."""
    report = json.loads(written(json_report.REPORT))
    first, *between, last = lines()
    lists: dict[str, list[Any]] = {"finding": [], "excluded": [], "rejected": []}
    for line in between:
        lists[line.pop("type")].append(line)
    together = {**first, **last, **dict(zip(("findings", "excluded", "rejected"), lists.values(), strict=True))}
    rows = [one["rows"] for one in last["inputs"]]
    together["inputs"] = [{**one, "rows": of} for one, of in zip(first["inputs"], rows, strict=True)]
    together["schema"] = report["schema"]
    del together["type"]
    assert together == report


def test_a_finding_is_written_at_once() -> None:
    out = io.BytesIO()
    writer = jsonl.REPORT.open(head(), out, ReportOptions())
    assert [json.loads(line)["type"] for line in out.getvalue().splitlines()] == ["head"]
    writer.batch([finding("1", "first-response", Verdict.FAIL, record=1)])
    assert json.loads(out.getvalue().splitlines()[-1])["ticket"] == "1"
    writer.close(totals(), exit_code())
    assert out.getvalue().endswith(b"}\n")


ANY_TEXT = st.text(st.characters(), max_size=40)
"""All of Unicode, lone surrogates too."""


@settings(deadline=None)
@given(text=ANY_TEXT, raw=st.binary(max_size=40))
def test_texts_and_bytes_come_back_as_they_were(text: str, raw: bytes) -> None:
    things: Sequence[Item] = [
        finding(text, "first-response", Verdict.FAIL, {"values": {text: text}}, record=1),
        Excluded(text, text, place(1)),
        Rejected(place(2), 270, text, raw),
    ]
    nothing = Totals((), 0, 0, {text: 1}, {}, {}, (), (text,))
    data = written(jsonl.REPORT, things=things, sums=nothing, code=ExitCode(1, ((1, text),)))
    assert not {c for c in data.decode() if not c.isprintable()} - {"\n"}
    found = [json.loads(line) for line in data.decode().split("\n")[:-1]]
    assert len(found) == 5
    assert found[1]["ticket"] == text
    assert found[1]["evidence"] == {"values": {text: text}}
    assert (found[2]["ticket"], found[2]["reason"]) == (text, text)
    assert base64.b64decode(found[3]["bytes"]) == raw
    assert found[4]["totals"]["conflicting_ids"] == [text]
