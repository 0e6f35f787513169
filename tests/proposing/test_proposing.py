"""What is proposed from the names and values of columns, and that it runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from supportpolicy.audit import AuditRequest, audit
from supportpolicy.compiler.mapping import Mapping, compile_mapping
from supportpolicy.document import parse_document
from supportpolicy.errors import InputError
from supportpolicy.expr.reading import Column
from supportpolicy.plugin.registry import installed
from supportpolicy.proposing import Proposal, propose

REGISTRY = installed()
POLICY = """\
supportpolicy: 1
id: small
title: Small Support
facts:
  edition: {one_of: [free, team]}
  priority: {one_of: [high, moderate, low]}
  vip: {type: boolean}
  escalations: {type: integer}
  approved: {type: instant}
clauses:
  all: {section: All, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  english: {kind: language, clause: all, languages: [en]}
  written: {kind: channel, clause: all, channels: [email, web]}
  response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  resolution: {kind: deadline, clause: all, start: submitted, stop: resolved, within: 48h in 24x7}
  approval: {kind: duty, clause: all, when: {vip: true}, require: {approved: {present: true}}}
  calm: {kind: duty, clause: all, require: {escalations: {at_most: 2}}}
  urgent: {kind: duty, clause: all, require: {priority: high}}
  named: {kind: unique, clause: all, field: reference}
"""

Rows = Sequence[Sequence[str]]
Write = Callable[..., str]


class TextFile(SingleFileSnapshotExtension):
    file_extension = "yaml"


def table(header: Sequence[str], rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)

    def written(content: str | bytes, name: str = "export.csv") -> str:
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return written


def proposed(export: str, **more: Any) -> tuple[Proposal, Mapping]:
    """The proposal, after an audit with it has run to its end."""
    proposal = propose([export], REGISTRY, policy="policy.yaml", **more)
    mapping = compile_mapping(parse_document(proposal.text.encode(), "mapping.yaml"), REGISTRY.sources)
    Path("mapping.yaml").write_text(proposal.text, encoding="utf-8")
    audit(AuditRequest("policy.yaml", (export,), mapping="mapping.yaml"), REGISTRY)
    return proposal, mapping


def column(mapping: Mapping, field: str) -> str:
    origin = mapping.fields[field].origin
    assert isinstance(origin, Column)
    return origin.name


def format_of(mapping: Mapping, field: str) -> str:
    found = mapping.fields[field].format
    return found.text if found is not None else ""


DAYS = [f"{day:02}" for day in range(1, 29)]

FRESHDESK = table(
    ["Ticket ID", "Subject", "Status", "Priority", "Source", "Agent", "Created time", "Due by Time", "Resolved time",
     "Closed time", "Initial response time", "First response time (in hrs)", "Agent interactions", "Tags", "Company Name",
     "Level"],
    [
        [str(100 + n), f"Help, {n}", "Open" if n % 7 == 0 else "Closed", "1 - High" if n % 2 else "2 - Moderate",
         ["Portal", "Email", "Phone", "Feedback Widget", "Carrier pigeon"][n % 5], "N/A", f"03/{day}/2024 10:{day} AM", "",
         "" if n % 7 == 0 else f"04/{day}/2024 11:05 PM", "", "" if n % 10 == 3 else f"03/{day}/2024 11:{day} AM",
         "01:00:00", "0" if n % 10 == 3 else "2", "billing; urgent", "Acme", "team" if n % 3 else "free"]
        for n, day in enumerate(DAYS)
    ],
)  # fmt: skip
SERVICENOW = table(
    ["number", "incident_state", "sys_mod_count", "opened_at", "resolved_at", "contact_type", "priority", "vip"],
    [
        [f"INC{n:04}", state, str(count), f"{n % 28 + 1}/2/2016 01:16", "?" if count < 2 else f"{n % 28 + 1}/3/2016 02:00",
         "Self service", "3 - Moderate", "yes"]
        for n in range(30)
        for count, state in enumerate(["New", "Active", "Closed"])
    ],
)  # fmt: skip
JIRA = table(
    ["Summary", "Issue key", "Issue id", "Status", "Priority", "Created", "Resolved", "Labels", "Labels",
     "Custom field (Request language)", "Custom field (Time to first response)"],
    [
        [f"Bug {n}", f"SUP-{n}", str(10_000 + n), "Done", "Low", f"{day}/Feb/2024 10:15 AM", f"{day}/Mar/24 10:15 AM",
         "a", "b", "English" if n else "Klingon", "-04:00"]
        for n, day in enumerate(DAYS)
    ],
    ";",
)  # fmt: skip
HOSTILE = table(
    ["Id", "a: b # c", "=cmd()", "x\ny", '"quoted"', "- dash", "\u202eleft", "{brace}", "Priority", "Status", "Created at"],
    [
        [str(n), "- a", "=1+1", "line\nbreak", '"', "no", "\x1b[2J", "*x", "high\x07" if n == 1 else "high: #x",
         "null" if n == 2 else "~", f"2024-01-{day} 10:00:0{n % 10}+02:00"]
        for n, day in enumerate(DAYS)
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "export"),
    [("freshdesk", FRESHDESK), ("servicenow", SERVICENOW), ("jira", JIRA), ("hostile", HOSTILE)],
    ids=["freshdesk", "servicenow", "jira", "hostile"],
)
def test_the_whole_proposal(write: Write, name: str, export: str, snapshot: SnapshotAssertion) -> None:
    proposal, _ = proposed(write(export, f"{name}.csv"))
    assert "\n".join((proposal.text, *(f"# {line}" for line in proposal.talk))).encode() == snapshot(
        extension_class=TextFile
    )


def test_a_comment_or_value_does_nothing_but_show_what_it_is(write: Write) -> None:
    text = proposed(write(HOSTILE))[0].text
    assert all(line.isprintable() for line in text.splitlines())


# --- ids and logs -----------------------------------------------------------------------------------------------------
def test_rows_of_a_log_are_reduced_by_the_counter_that_rises(write: Write) -> None:
    mapping = proposed(write(SERVICENOW))[1]
    assert mapping.reduce is not None
    assert (mapping.reduce.key, mapping.reduce.order_by, mapping.reduce.keep) == ("number", "sys_mod_count", "last")


def test_a_few_repeated_ids_are_no_log(write: Write) -> None:
    rows = [[str(n), str(n)] for n in range(30)]
    mapping = proposed(write(table(["Ticket ID", "sys_mod_count"], [*rows, ["3", "4"]])))[1]
    assert mapping.reduce is None
    assert column(mapping, "id") == "Ticket ID"


def test_a_log_without_an_order_says_so(write: Write) -> None:
    rows = [["A", "5"], ["A", "3"], ["B", "1"], ["B", "1"], ["A", "4"]]
    proposal, mapping = proposed(write(table(["number", "n"], rows)))
    assert mapping.reduce is None
    assert "# The ids repeat, 5 rows of 2 tickets, and no column was found" in proposal.text


def test_an_id_is_told_by_its_values(write: Write) -> None:
    proposal, mapping = proposed(write(table(["Vorgang", "Text"], [[f"V-{n}", "immer gleich"] for n in range(9)])))
    assert column(mapping, "id") == "Vorgang"
    assert "guessed: id from 'Vorgang' (no value stands twice in it)" in proposal.talk


def test_without_any_id_the_fullest_column_stands_in(write: Write) -> None:
    proposal, mapping = proposed(write(table(["a", "b"], [["x", "1"], ["x", "2"], ["x", "2"]])))
    assert column(mapping, "id") == "b"
    assert "fields.id: >-" in proposal.text


# --- times ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "format_"),
    [
        ("2024-03-{}T10:00:01Z", ""),
        ("2024-03-{} 10:00:01+0100", ""),
        ("{}/03/2024 10:00", "D/M/YYYY hh:mm"),
        ("3/{}/2024 9:00", "M/D/YYYY h:mm"),
        ("{}.03.2024 10:00:30", "D.M.YYYY hh:mm:ss"),
        ("{} Mar 2024 10:00", "D MMM YYYY hh:mm"),
        ("Mar {}, 2024 10:00 PM", "MMM D, YYYY h:mm A"),
        ("2024-03-{}", "YYYY-MM-DD"),
        ("17093000{}", "epoch-seconds"),
        ("17093000{}123", "epoch-milliseconds"),
    ],
)
def test_formats_are_found_by_trying_all_values(write: Write, written: str, format_: str) -> None:
    rows = [[str(n), written.format(day)] for n, day in enumerate(DAYS)]
    mapping = proposed(write(table(["id", "Created at"], rows)))[1]
    assert format_of(mapping, "submitted") == format_


def test_a_few_bad_values_do_not_hide_a_format(write: Write) -> None:
    rows = [[str(n), f"{n % 28 + 1}.3.2024 10:00" if n != 50 else "yesterday"] for n in range(100)]
    proposal, mapping = proposed(write(table(["id", "Created"], rows)))
    assert format_of(mapping, "submitted") == "D.M.YYYY hh:mm"
    assert "# 1 value cannot be read so and will be unknown: invalid ('yesterday')" in proposal.text


def test_what_most_values_of_a_known_column_say_is_its_format(write: Write) -> None:
    """In a small export one value in another shape is a large share; it alone is what cannot be read."""
    rows = [
        ["1", "2025-03-01 09:15", "x"],
        ["2", "2025-03-02 09:15", "x"],
        ["3", "03/04/2025 11:00", "2025-03-02 10:00"],
    ]
    proposal, mapping = proposed(write(table(["id", "Created", "Visited"], rows)))
    assert format_of(mapping, "submitted") == ""
    assert "# 1 value cannot be read so and will be unknown: invalid ('03/04/2025 11:00')" in proposal.text


def test_the_first_instant_of_all_stands_for_none(write: Write) -> None:
    """As Request Tracker writes it of a ticket that was not resolved."""
    rows = [
        ["1", "2025-03-01T09:15:00Z", "1970-01-01T00:00:00Z"],
        ["2", "2025-03-01T09:15:00Z", "2025-03-02T09:15:00Z"],
    ]
    proposal, mapping = proposed(write(table(["id", "Created", "Resolved"], rows)))
    assert column(mapping, "resolved") == "Resolved"
    assert 'nulls: ["1970-01-01T00:00:00Z", ""]' in proposal.text
    assert "A cell that holds '1970-01-01T00:00:00Z' is taken to be empty." in proposal.text


def test_half_the_values_make_no_format(write: Write) -> None:
    rows = [["1", "2025-03-01 09:15"], ["2", "03/14/2025 11:00"]]
    proposal, mapping = proposed(write(table(["id", "Created"], rows)))
    assert "submitted" not in mapping.fields
    assert "submitted is left out: its values are no times that are known here" in proposal.text


def test_day_and_month_are_not_guessed(write: Write) -> None:
    rows = [[str(n), f"0{n % 9 + 1}/0{n % 5 + 1}/2024 10:00"] for n in range(40)]
    proposal, mapping = proposed(write(table(["id", "Created"], rows)))
    assert "submitted" not in mapping.fields
    for format_ in ("D/M/YYYY hh:mm", "M/D/YYYY hh:mm"):
        assert f"  # submitted: {{column: Created, format: {format_}," in proposal.text


def test_day_and_month_are_told_by_another_column(write: Write) -> None:
    rows = [[str(n), f"0{n % 9 + 1}/0{n % 5 + 1}/2024 10:00", f"12/{n % 28 + 1}/2024 10:00"] for n in range(40)]
    proposal, mapping = proposed(write(table(["id", "Created", "Resolved"], rows)))
    assert format_of(mapping, "submitted") == "M/D/YYYY hh:mm"
    assert any(line.startswith("guessed: submitted") for line in proposal.talk)


def test_years_of_two_digits_are_left_to_the_reader(write: Write) -> None:
    rows = [[str(n), f"01/Feb/24 10:{n:02} AM"] for n in range(30)]
    proposal, mapping = proposed(write(table(["id", "Created"], rows)))
    assert "submitted" not in mapping.fields
    assert "its years have two digits" in proposal.text


@pytest.mark.parametrize(
    ("written", "unit"),
    [("2024-03-{} 10:00:00Z", 60_000_000), ("2024-03-{} 10:00:07Z", None), ("2024-03-{}", 86_400_000_000)],
)
def test_precision_is_what_is_seen(write: Write, written: str, unit: int | None) -> None:
    rows = [[str(n), written.format(day)] for n, day in enumerate(DAYS)]
    precision = proposed(write(table(["id", "Created at"], rows)))[1].fields["submitted"].precision
    assert (precision.unit_us if precision else None) == unit


def test_a_zone_is_assumed_only_where_one_is_wanting(write: Write) -> None:
    rows = [[str(n), f"2024-03-{day}T10:00:00"] for n, day in enumerate(DAYS)]
    assert "timezone" in proposed(write(table(["id", "Created at"], rows)))[1].assumed
    rows = [[str(n), f"2024-03-{day}T10:00:00Z"] for n, day in enumerate(DAYS)]
    assert "timezone" not in proposed(write(table(["id", "Created at"], rows)))[1].assumed


# --- durations, nulls, words ------------------------------------------------------------------------------------------
def test_measured_durations(write: Write) -> None:
    header = ["id", "First reply time in minutes", "First reply time in minutes within business hours", "Replies"]
    rows = [[str(n), "" if n % 9 == 0 else "61", "30", "0" if n % 9 == 0 else "1"] for n in range(30)]
    place = proposed(write(table(header, rows)))[1].fields["first_response"]
    assert place.measured is not None
    assert (place.measured.unit, place.measured.clock) == (60_000_000, "24x7")
    assert place.never_when == ("Replies", frozenset({"0"}))


def test_a_duration_on_another_clock_says_so(write: Write) -> None:
    rows = [[str(n), "1.25"] for n in range(9)]
    place = proposed(write(table(["id", "First response time (in hrs) business hours"], rows)))[1].fields[
        "first_response"
    ]
    assert place.measured is not None
    assert place.measured.clock == "business hours"
    assert place.precision is not None
    assert (place.precision.unit_us, place.precision.by) == (36_000_000, "nearest")


def test_nulls_are_those_that_stand_there(write: Write) -> None:
    rows = [[str(n), ["?", "N/A", "-", "none"][n % 4]] for n in range(20)]
    mapping = proposed(write(table(["id", "Status"], rows)))[1]
    assert mapping.fields["status"].nulls == {"", "?", "N/A", "-"}


def test_words_of_the_policy_find_their_column(write: Write) -> None:
    rows = [[str(n), "Team" if n % 2 else "free"] for n in range(20)]
    proposal, mapping = proposed(write(table(["id", "Abo"], rows)))
    assert column(mapping, "edition") == "Abo"
    assert "guessed: edition from 'Abo' (its values are words of the policy)" in proposal.talk


def test_a_slip_is_never_taken_for_a_word(write: Write) -> None:
    rows = [[str(n), "team" if n else "taem"] for n in range(20)]
    proposal, mapping = proposed(write(table(["id", "Edition"], rows)))
    assert not mapping.fields["edition"].values
    assert "'taem' (1); known are free, team" in proposal.text


def test_facts_of_the_policy_are_read_by_their_type(write: Write) -> None:
    header = ["id", "VIP", "Escalations", "Approved"]
    rows = [[str(n), "Yes" if n % 2 else "No", str(n % 3), f"2024-03-{day} 10:00:01Z"] for n, day in enumerate(DAYS)]
    mapping = proposed(write(table(header, rows)))[1]
    assert dict(mapping.fields["vip"].values) == {"yes": "true", "no": "false"}
    assert {"escalations", "approved"} <= set(mapping.fields)


def test_what_no_column_gives_is_not_recorded(write: Write) -> None:
    mapping = proposed(write(table(["id", "Via"], [[str(n), "mail"] for n in range(9)])))[1]
    assert set(mapping.not_recorded) == {
        "submitted", "first_response", "resolved", "closed", "language", "edition", "vip", "approved", "escalations",
        "priority", "reference", "created_by_role", "events",
    }  # fmt: skip


def test_without_a_policy_every_field_is_looked_for(write: Write) -> None:
    proposal = propose([write(FRESHDESK)], REGISTRY)
    assert "  channel:\n    column: Source\n" in proposal.text
    assert "  - severity\n" in proposal.text


# --- how the text is written ------------------------------------------------------------------------------------------
def test_delimiter_and_encoding(write: Write) -> None:
    rows = [[str(n), "Grüße, Müller"] for n in range(9)]
    mapping = proposed(write(table(["id", "Subject"], rows, "\t").encode("cp1252"), "export.tsv"))[1]
    assert dict(mapping.options) == {"encoding": "cp1252", "delimiter": "tab"}


def test_doubled_headers_are_told_apart_by_position(write: Write) -> None:
    mapping = proposed(write(table(["id", "category", "category", ""], [["1", "a", "b", ""]])))[1]
    assert mapping.options["headers"] == ["id", "category", "category", ""]


def test_rejected_rows_are_counted(write: Write) -> None:
    text = table(["id", "Subject"], [[str(n), "x"] for n in range(9)]) + "10\n"
    proposal = propose([write(text)], REGISTRY)
    assert "# Read: 9 rows, 2 columns; 1 row could not be read." in proposal.text


def test_json_lines_are_read_by_paths(write: Write) -> None:
    rows = [
        {
            "key": f"A-{n}",
            "fields": {"created": f"2024-03-{day}T10:15:30.000+0100", "status": {"name": "Done"}},
            "x": [1],
        }
        for n, day in enumerate(DAYS)
    ]
    mapping = proposed(write("".join(json.dumps(row) + "\n" for row in rows), "export.jsonl"))[1]
    assert column(mapping, "id") == "key"
    assert column(mapping, "submitted") == "fields.created"


def test_canonical_tickets_need_none(write: Write) -> None:
    row = {"id": "1", "submitted": "2024-03-01T10:00:00Z", "events": {"complete": True, "items": []}}
    proposal, mapping = proposed(write(json.dumps(row) + "\n", "tickets.jsonl"))
    assert mapping.canonical
    assert "no mapping is needed" in proposal.talk[0]


@pytest.mark.parametrize("export", ["id,subject\n", "id,subject\n1\n"])
def test_nothing_to_look_at(write: Write, export: str) -> None:
    with pytest.raises(InputError):
        propose([write(export)], REGISTRY)


# --- anything ---------------------------------------------------------------------------------------------------------
HEADERS = st.one_of(
    st.sampled_from(
        ["Id", "number", "Status", "Via", "Created at", "Resolved", "Tags", "Replies", "edition", "language"]
    ),
    st.text(min_size=1, max_size=12),
)
VALUES = st.one_of(
    st.sampled_from(
        ["", "?", "-", "0", "1", "12", "en", "Team", "mail", "New", "2024-03-01 10:00", "01/02/2024 10:00"]
    ),
    st.sampled_from(
        ["3/13/2024 9:00 AM", "1 - High", "no", "null", "~", ": x", "# y", "{", "- ", "'", '"', "1.5", "%"]
    ),
    st.text(max_size=10),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_there_the_proposal_runs(write: Write, data: st.DataObject) -> None:
    header = data.draw(st.lists(HEADERS, min_size=1, max_size=6))
    row = st.lists(VALUES, min_size=len(header), max_size=len(header))
    rows = data.draw(st.lists(row, min_size=1, max_size=12))
    with suppress(InputError):  # an export that cannot be opened at all, or holds nothing
        proposed(write(table(header, rows)), source="csv")


# --- lists and objects ------------------------------------------------------------------------------------------------
def test_lists_of_texts_are_tags_and_lists_of_objects_are_told(write: Write) -> None:
    records = [
        {"id": "1", "created_at": "2025-03-01T09:15:00Z", "labels": ["a", "b"], "followups": [{"at": "2025-03-01"}]},
        {"id": "2", "created_at": "2025-03-01T09:15:00Z", "labels": [], "followups": []},
    ]
    proposal, mapping = proposed(write("".join(json.dumps(record) + "\n" for record in records), "export.jsonl"))
    assert column(mapping, "tags") == "labels"
    assert "Columns of objects: 'followups'. No field is read from them" in " ".join(proposal.text.split("\n# "))
    assert "left, for it holds objects: 'followups'" in proposal.talk


def test_a_list_is_no_id_and_no_word(write: Write) -> None:
    records = [{"number": ["a", "b"], "status": ["open"], "code": n} for n in range(3)]
    proposal, mapping = proposed(write("".join(json.dumps(record) + "\n" for record in records), "export.jsonl"))
    assert column(mapping, "id") == "code"
    assert "status" not in mapping.fields
    assert "left: 'number', 'status'" in proposal.talk
