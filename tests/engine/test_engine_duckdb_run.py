"""What a run of the DuckDB engine leaves behind, what it may use, and the script that it prints."""

from __future__ import annotations

import fcntl
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import duckdb as database
import pytest

from supportpolicy.audit import AuditRequest, prepare, script, unseen
from supportpolicy.engines import duckdb, reference
from supportpolicy.engines.duckdb.workspace import Workspace
from supportpolicy.errors import ResourceError, UsageError
from supportpolicy.model.finding import Finding, Said
from supportpolicy.model.instant import parse_instant
from supportpolicy.plugin import RunOptions
from supportpolicy.plugin.columns import values_of
from supportpolicy.plugin.registry import installed

POLICY: Final = """
supportpolicy: 1
id: few
title: A few rules
scope: [paid]
facts: {edition: {one_of: [free, team]}}
clauses: {all: {section: S, says: All of it.}}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}, span: {from: 2024-01-01, until: 2025-01-01}}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: team}}
  first-response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  by-edition: {kind: deadline, clause: all, start: submitted, stop: first_response, on_fail: note,
    within: {by: edition, table: {free: 1 business day in office, team: 4h in office}}}
  named: {kind: duty, clause: all, on_fail: note, require: {subject: {like: "*a*b*"}}}
  channel: {kind: channel, clause: all, channels: [email]}
"""
MAPPING: Final = """
supportpolicy-mapping: 1
source: {name: csv}
fields:
  id: id
  submitted: submitted
  first_response: {column: answered, empty: never}
  edition: edition
  subject: subject
exclude: [{reason: spam, when: {subject: {like: "*spam*"}}}]
"""
ROWS: Final = (
    "1,2024-05-01T10:00:00Z,2024-05-01T11:00:00Z,team,a then b",
    '2,2024-05-01T10:00:00Z,,team,"quoted ""a""\nover two lines, b"',
    "3,2024-05-01T10:00:00Z,2024-05-03T11:00:00Z,Team,\u00e4\u200b\u0007",
    "4,2024-05-01T10:00:00Z,soon\u200b,team,",
    "5,2024-05-01T10:00:00Z,2024-05-01T11:00:00Z,premium,spam",
    "6,2024-05-01T10:00:00Z,2024-05-01T11:00:00Z,premium,x",
    "6,2024-05-01T10:00:00Z,2024-05-01T11:00:00Z,free,y",
    ",2024-05-01T10:00:00Z,2024-05-09T11:00:00Z,team,z",
)
REQUEST: Final = AuditRequest("", (), as_of=parse_instant("2024-06-01T00:00:00Z"))
OPTIONS: Final = RunOptions(include="all", as_of=REQUEST.as_of)


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuditRequest:
    """An audit of a few tickets, with a folder of its own for what runs leave behind."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "tickets.csv").write_text("\n".join(("id,submitted,answered,edition,subject", *ROWS)) + "\n")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return replace(
        REQUEST,
        policy=str(tmp_path / "policy.yaml"),
        exports=(str(tmp_path / "tickets.csv"),),
        mapping=str(tmp_path / "mapping.yaml"),
    )


def left() -> list[str]:
    return [entry.name for entry in Path(tempfile.gettempdir()).iterdir()]


# --- what is left ---
def test_nothing_is_left_of_a_run_that_came_to_its_end(request_: AuditRequest) -> None:
    prepared = prepare(request_, installed())
    run = duckdb.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    [folder] = left()
    assert (Path(tempfile.gettempdir()) / folder).stat().st_mode & 0o777 == 0o700
    assert sum(len(batch) for batch in run.batches) > 0
    assert left() == []


def test_nothing_is_left_of_a_run_that_is_given_up(request_: AuditRequest) -> None:
    prepared = prepare(request_, installed())
    run = duckdb.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    next(iter(run.batches))
    run.close()
    assert left() == []


def test_nothing_is_left_of_a_run_that_is_forgotten(request_: AuditRequest) -> None:
    prepared = prepare(request_, installed())
    duckdb.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    assert left() == []


def test_nothing_is_left_of_a_run_whose_input_is_gone(request_: AuditRequest) -> None:
    prepared = prepare(request_, installed())
    Path(request_.exports[0]).unlink()
    with pytest.raises(Exception, match=r"tickets\.csv"):
        duckdb.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    assert left() == []


@pytest.mark.usefixtures("request_")
def test_a_run_sweeps_what_a_killed_one_left_and_nothing_else() -> None:
    root = Path(tempfile.gettempdir())
    for name in ("supportpolicy-run-killed", "supportpolicy-run-alive", "supportpolicy-run-new", "other"):
        (root / name).mkdir()
    (root / "supportpolicy-run-killed" / "owner").touch()
    with (root / "supportpolicy-run-alive" / "owner").open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        workspace = Workspace()
        assert sorted(set(left()) - {workspace.folder.name}) == [
            "other",
            "supportpolicy-run-alive",
            "supportpolicy-run-new",
        ]
        workspace.close()


# --- what it may use ---
def test_a_folder_that_is_swept_before_it_is_locked_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs that begin at one time: the other sweeps between the making of the folder and its lock."""
    lock, others = fcntl.flock, [Workspace]

    def flock(handle: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX and others:
            others.pop()().close()
        lock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    workspace = Workspace()
    try:
        assert not others
        (workspace.folder / "rejected").write_bytes(b"kept")
    finally:
        workspace.close()
    assert not workspace.folder.exists()


def test_it_uses_no_more_memory_and_threads_than_it_may() -> None:
    workspace = Workspace(100_000_000, 1)
    told = workspace.connection.execute(
        "SELECT name, value FROM duckdb_settings() WHERE name IN ('memory_limit', 'threads', 'temp_directory')"
    ).fetchall()
    assert dict(told) == {
        "memory_limit": "95.3 MiB",
        "threads": "1",
        "temp_directory": str(workspace.folder / "spill"),
    }
    workspace.close()


def test_a_limit_that_is_not_enough_is_told_in_plain_words(request_: AuditRequest) -> None:
    Path(request_.exports[0]).write_text(
        "id,submitted,answered,edition,subject\n" + "".join(f"{n},,,,{'x' * 50}{n}\n" for n in range(50_000))
    )
    prepared = prepare(request_, installed())
    with pytest.raises(ResourceError, match="memory limit of 1,000,000 bytes is not enough"):
        list(
            duckdb.ENGINE.run(prepared.plan, prepared.tables, replace(OPTIONS, memory_limit=1_000_000), unseen).batches
        )
    assert left() == []


# --- findings as columns ---
@pytest.mark.parametrize("options", [OPTIONS, replace(OPTIONS, include="findings"), replace(OPTIONS, ticket="6#2")])
def test_findings_as_columns_are_those_that_come_one_by_one(
    request_: AuditRequest, tmp_path: Path, options: RunOptions
) -> None:
    prepared = prepare(request_, installed())
    run = duckdb.ENGINE.run(prepared.plan, prepared.tables, replace(options, items=False, columns=True), unseen)
    assert not any(isinstance(item, Finding) for batch in run.batches for item in batch)
    assert run.findings is not None
    run.findings.copy_to(str(tmp_path / "it's.parquet"), {"k'ey": "v'alue"})
    run.close()
    told = database.sql(f"FROM '{tmp_path}/it''s.parquet'").fetchall()
    one_by_one = reference.ENGINE.run(prepared.plan, prepared.tables, options, unseen)
    expected = [values_of(item) for batch in one_by_one.batches for item in batch if isinstance(item, Finding)]
    assert told == expected
    assert len(told) > 3
    assert left() == []


@pytest.mark.parametrize("room", [0, 1 << 40])
def test_findings_as_columns_take_what_memory_they_need(
    request_: AuditRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr("supportpolicy.engines.duckdb.columnar._ROOM", room)
    prepared = prepare(request_, installed())
    run = duckdb.ENGINE.run(prepared.plan, prepared.tables, replace(OPTIONS, items=False, columns=True), unseen)
    list(run.batches)
    assert run.findings is not None
    run.findings.copy_to(str(tmp_path / "all.parquet"), {})
    run.close()
    [(found,)] = database.sql(f"SELECT count(*) FROM '{tmp_path}/all.parquet'").fetchall()
    one_by_one = reference.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    assert found == sum(isinstance(item, Finding) for batch in one_by_one.batches for item in batch) > 3


def test_a_run_that_judges_nothing_has_no_findings_as_columns(request_: AuditRequest, tmp_path: Path) -> None:
    Path(request_.exports[0]).write_text("id,submitted,answered,edition,subject\n1,,,team,x\n")
    prepared = prepare(request_, installed())
    run = duckdb.ENGINE.run(prepared.plan, prepared.tables, RunOptions(items=False, columns=True), unseen)
    list(run.batches)
    assert run.findings is not None
    run.findings.copy_to(str(tmp_path / "none.parquet"), {})
    run.close()
    assert database.sql(f"SELECT count(*) FROM '{tmp_path}/none.parquet'").fetchall() == [(0,)]


# --- the script ---
def test_a_bare_duckdb_runs_the_script_and_counts_the_same(request_: AuditRequest) -> None:
    Path(request_.exports[0]).write_text(
        "\n".join(("id,submitted,answered,edition,subject", *ROWS[:1], *ROWS[3:])) + "\n"
    )
    _, verdicts = _same_counts(request_)
    assert len(verdicts) > 10


def _answers(request_: AuditRequest) -> list[Any]:
    """What a bare DuckDB answers to the queries of the script."""
    answers = []
    with database.connect() as connection:
        for statement in database.extract_statements(script(request_, installed())):
            connection.execute(statement)
            if statement.type == database.StatementType.SELECT:
                answers.append(connection.fetchall())
    return answers


def _same_counts(request_: AuditRequest) -> tuple[list[Any], list[Any]]:
    """What the script's own queries answer in a bare DuckDB, which must be what the reference engine counts."""
    excluded, verdicts = _answers(request_)
    prepared = prepare(request_, installed())
    run = reference.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    list(run.batches)
    totals = run.totals()
    assert dict(excluded) == totals.excluded
    counted = {(label, rule, verdict): tickets for label, rule, verdict, tickets in verdicts}
    expected = {
        (label, rule, verdict): number
        for (label, rule), counts in totals.rules.items()
        for verdict, number in {
            "pass": counts.passed,
            "fail": counts.failed,
            "open": counts.open,
            "not_applicable": counts.not_applicable,
            "unknown": counts.unknown,
        }.items()
        if number
    }
    assert counted == expected
    return excluded, verdicts


EVENTS: Final = """
events:
  table: log
  ticket: ticket
  complete: true
  fields: {at: at, kind: what, role: who, public: {constant: "true"}, automatic: {constant: "false"}}
"""
OF_EVENTS: Final = """
  later: {kind: deadline, clause: all, each: customer_message, after: first_response, stop: staff_message,
    within: 1h in office}
"""


def test_the_script_reads_a_table_of_events(request_: AuditRequest, tmp_path: Path) -> None:
    Path(request_.policy).write_text(POLICY + OF_EVENTS)
    assert request_.mapping is not None
    Path(request_.mapping).write_text(MAPPING + EVENTS)
    Path(request_.exports[0]).write_text(
        "\n".join(("id,submitted,answered,edition,subject", *ROWS[:1], *ROWS[3:])) + "\n"
    )
    log = tmp_path / "log.csv"
    said = [
        f"1,2024-05-02T{hour:02}:30:00Z,message,{who}" for hour, who in ((8, "staff"), (9, "customer"), (11, "staff"))
    ]
    log.write_text("\n".join(("ticket,at,what,who", *said)) + "\n")
    asking = replace(request_, tables={"log": str(log)})
    _, verdicts = _same_counts(asking)
    assert [row[1:] for row in verdicts if row[1:3] == ("later", "fail")] == [("later", "fail", 1)]
    log.write_text(log.read_text() + '1,2024-05-02T12:30:00Z,"mess"age,staff\n')
    with pytest.raises(UsageError, match=r"log\.csv is not read in place"):
        script(asking, installed())


OBJECTIVES: Final = """
objectives:
  monthly: {clause: all, rule: first-response, at_least: 90%, per: month in Asia/Kathmandu, by: [subject]}
  ever: {clause: all, rule: by-edition, at_most: 3 fails, when: {edition: team}}
  contacts: {clause: all, count: subject, at_most: 2, by: [edition]}
"""


def test_the_script_counts_what_objectives_count(request_: AuditRequest) -> None:
    Path(request_.policy).write_text(POLICY + OBJECTIVES)
    Path(request_.exports[0]).write_text(
        "\n".join(("id,submitted,answered,edition,subject", *ROWS[:1], *ROWS[3:])) + "\n"
    )
    _, _, monthly, ever, contacts = _answers(request_)
    prepared = prepare(request_, installed())
    run = reference.ENGINE.run(prepared.plan, prepared.tables, OPTIONS, unseen)
    list(run.batches)
    objectives = {name: of.rows for (_, name), of in run.totals().objectives.items()}
    verdicts = {"passed": "pass", "failed": "fail", "open": "open", "unknown": "unknown"}
    for name, rows in (("monthly", monthly), ("ever", ever)):
        counted = {(*row[2:-3], row[-2]): row[-1] for row in rows}
        expected = {
            (row.period.words if row.period else "the whole audit", *map(_said, row.said), verdict): number
            for row in objectives[name]
            for slot, verdict in verdicts.items()
            if (number := getattr(row.score, slot))
        }
        assert counted == expected
        assert all(row[1] == name and row[-3] is True for row in rows)
    assert {row[3]: row[-1] for row in contacts if row[5] == "pass"} == {
        _said(row.said[0]): row.score.passed for row in objectives["contacts"] if row.score.passed
    }


def _said(said: Said) -> str:
    return {"value": said.text, "never": "(never)"}.get(said.state, f"(unknown: {said.text})")


def test_json_lines_that_are_all_plain_have_a_script(request_: AuditRequest, tmp_path: Path) -> None:
    names = ("id", "submitted", "answered", "edition", "subject")
    lines = [json.dumps(dict(zip(names, row.split(","), strict=True))) for row in ROWS if row.count(",") == 4]
    lines += ['{"id": 77, "submitted": "2024-05-01T10:00:00Z", "answered": null, "edition": ["team"]}', "{}"]
    (tmp_path / "tickets.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "mapping.yaml").write_text(MAPPING.replace("name: csv", "name: jsonl"))
    asking = replace(request_, exports=(str(tmp_path / "tickets.jsonl"),))
    _, verdicts = _same_counts(asking)
    assert verdicts
    (tmp_path / "tickets.jsonl").write_text("\n".join([*lines, '{"edition": 1.5}']))
    with pytest.raises(
        UsageError, match=r"tickets\.jsonl is not read in place: line 10 is none that every reader reads"
    ):
        script(asking, installed())
    assert left() == []


def test_a_script_of_rows_that_python_reads_is_refused(request_: AuditRequest, tmp_path: Path) -> None:
    (tmp_path / "tickets.jsonl").write_text('{"id": "1", "submitted": "2024-05-01T10:00:00Z"}\n')
    with pytest.raises(UsageError, match="the input is not read in place: DuckDB has no reader for it"):
        script(replace(request_, exports=(str(tmp_path / "tickets.jsonl"),), mapping=None), installed())
    assert left() == []


def test_an_engine_without_statements_has_no_script(request_: AuditRequest) -> None:
    with pytest.raises(UsageError, match="'reference' runs no statements; expected --engine with one of duckdb"):
        script(replace(request_, engine="reference"), installed())


# --- groups ---
def test_the_largest_groups_are_told_apart_and_all_others_as_one(request_: AuditRequest) -> None:
    subjects = [f"{chr(0x1F600 + n % 3)}{n % 230}" for n in range(700)] + ["", "\u00e4", "Z"] * 4
    rows = (
        f"{n},2024-05-01T10:00:00Z,{'' if n % 3 else '2024-05-01T11:00:00Z'},{'team' if n % 5 else 'teem'},{subject}"
        for n, subject in enumerate(subjects)
    )
    Path(request_.exports[0]).write_text("\n".join(("id,submitted,answered,edition,subject", *rows)) + "\n")
    by = ("subject", "edition")
    prepared = prepare(replace(request_, by=by), installed())
    told = []
    for engine in (duckdb.ENGINE, reference.ENGINE):
        run = engine.run(prepared.plan, prepared.tables, replace(OPTIONS, by=by), unseen)
        list(run.batches)
        told.append(run.totals())
    assert told[0] == told[1]
    assert (len(told[0].groups), told[0].groups[-1].said) == (201, None)
