"""The DuckDB engine reads plain CSV files by itself and says of them what the reference engine says, to the last byte."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportpolicy.audit import AuditRequest, prepare, unseen
from supportpolicy.engines import duckdb, reference
from supportpolicy.model.finding import Item, Totals
from supportpolicy.model.instant import parse_instant
from supportpolicy.plugin import Engine, RunOptions
from supportpolicy.plugin.records import AuditInstant
from supportpolicy.plugin.registry import installed

POLICY: Final = """
supportpolicy: 1
id: plain
title: Plain files
scope: [paid, english, written]
facts:
  edition: {one_of: [free, trial, personal, team, ultimate]}
  reopens: {type: integer}
  vip: {type: boolean}
clauses:
  all: {section: S, says: All of it.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: [personal, team, ultimate]}}
  english: {kind: language, clause: all, languages: [en]}
  written: {kind: channel, clause: all, channels: [email, web, chat]}
  first-response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  acknowledged: {kind: duty, clause: all, require: {acknowledged: {present: true}}, settled_by: updated}
  soon: {kind: deadline, clause: all, start: submitted, stop: acknowledged, within: 1h in 24x7,
         when: {any: [{vip: true}, {reopens: {at_least: 3}}]}}
  unique: {kind: unique, clause: all, field: reference}
  remark: {kind: duty, clause: all, on_fail: note,
           require: {all: [{reopens: {at_most: 3}}, {not: {requester: {like: "u?%_*"}}}]}}
  known: {kind: eligibility, clause: all, when: {reopens: {at_least: 1}}, require: {any: [{vip: true}, {tags: vip}]},
          needs: [english]}
  updated: {kind: deadline, clause: all, start: acknowledged, stop: updated, within: 5h in 24x7, needs: [known]}
  replies: {kind: language, clause: all, of: replies, languages: [en]}
"""
MAPPING: Final = """
supportpolicy-mapping: 1
source: {name: csv}
nulls: ["NULL"]
timezone: Europe/Berlin
fields:
  id: id
  reference: ref
  submitted: {column: created}
  first_response: {elapsed: minutes, unit: m, clock: 24x7, precision: {unit: 1m, by: floor},
                   empty: {never_when: {column: status, in: [open]}}}
  acknowledged: {column: acked, empty: never}
  updated: {column: updated, precision: {unit: 1m, by: nearest}, empty: unknown}
  channel: channel
  requester: requester
  status: status
  created_by_role: role
  tags: {column: tags, separator: " ", empty: never}
  reopens: reopens
  vip: vip
  language: {column: language, values: {deutsch: de}}
lookups: {edition: {table: accounts, key: requester, match: who, value: edition}}
exclude: [{reason: deleted, when: {status: deleted}}, {reason: spam, when: {tags: spam}}]
"""
HEADER: Final = "id,ref,created,minutes,acked,updated,channel,requester,status,role,tags,reopens,vip,language"
COLUMNS: Final = tuple(HEADER.split(","))
ACCOUNTS: Final = "who,edition\nu1,team\nu2,Ultimate \nu3,ultimat\nu4,team\nu4,trial\nu5,\n"
INSTANTS: Final = (
    "2024-05-01T10:00:00Z",
    "2024-05-01T10:59:59Z",
    "2024-05-01T12:00:00.5Z",
    "2024-05-01 10:00",
    "2024-05-01t22:00:00+02:00",
    "2024-05-02T00:00:00Z",
    "2024-03-31T02:30:00",
    "2024-10-27T02:30:00",
    "2024-05-01T24:00:00Z",
    "2024-02-30T10:00:00Z",
    "2024-05-01T10:00:60Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "2024-5-1T10:00:00Z",
    "2024-05-01T10:00:00Z ",
    "\uff12024-05-01T10:00:00Z",
)
VALUES: Final = {
    "id": ("1", "2", "3", "4", "5", "01", " 1", "ü"),
    "ref": ("R1", "R2", "R3", "r1", "R1 "),
    "created": INSTANTS,
    "minutes": ("0", "719", "720", "721", "-1", "1.5", "99999999999", "x"),
    "acked": INSTANTS,
    "updated": INSTANTS,
    "channel": ("email", "Email ", "WEB", "fax", "phone", "e mail", "e\u00a0 mail"),
    "requester": ("u1", "u2", "u3", "u4", "u5", "u6", "ux%_y", "u%"),
    "status": ("open", "closed", "deleted", "OPEN"),
    "role": ("staff", "customer", "robot"),
    "tags": ("a b", "vip", "VIP spam", " "),
    "reopens": ("0", "1", "3", "4", "-0", "999999999999999999", "9999999999999999999", "1.0"),
    "vip": ("true", "FALSE", "yes"),
    "language": ("en", "en_GB", "EN-us", "de", "Deutsch", "klingon", "english"),
}
ROW: Final = st.tuples(*(st.sampled_from((*VALUES[c], "", "NULL", VALUES[c][0], VALUES[c][0])) for c in COLUMNS))


def told(engine: Engine, folder: Path, options: RunOptions) -> tuple[AuditInstant | None, list[Item], Totals]:
    request = AuditRequest(
        str(folder / "policy.yaml"),
        (str(folder / "tickets.csv"),),
        mapping=str(folder / "mapping.yaml"),
        tables={"accounts": str(folder / "accounts.csv")},
    )
    prepared = prepare(request, installed())
    run = engine.run(prepared.plan, prepared.tables, options, unseen)
    return run.instant, [item for batch in run.batches for item in batch], run.totals()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "mapping.yaml").write_text(MAPPING)
    (folder / "accounts.csv").write_text(ACCOUNTS)
    return folder


def write(folder: Path, rows: list[tuple[str, ...]], line_end: str = "\n", last: bool = True) -> None:
    text = line_end.join([",".join(COLUMNS), *(",".join(row) for row in rows)]) + (line_end if last else "")
    (folder / "tickets.csv").write_bytes(text.encode())


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(ROW, min_size=1, max_size=30),
    line_end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    include=st.sampled_from(["findings", "open", "all"]),
    as_of=st.sampled_from([None, "2024-05-01T10:30:00Z", "2024-05-01T22:00:00Z"]),
    exported_at=st.sampled_from([None, None, "2024-05-01T11:00:00Z"]),
    ticket=st.sampled_from([None, None, None, "1", "1#2", "zz"]),
)
def test_both_engines_tell_the_same(
    folder: Path,
    rows: list[tuple[str, ...]],
    line_end: str,
    last: bool,
    include: str,
    as_of: str | None,
    exported_at: str | None,
    ticket: str | None,
) -> None:
    write(folder, rows, line_end, last)
    options = RunOptions(
        include,  # type: ignore[arg-type]
        ticket,
        parse_instant(as_of) if as_of else None,
        parse_instant(exported_at) if exported_at else None,
    )
    assert told(duckdb.ENGINE, folder, options) == told(reference.ENGINE, folder, options)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine may not hand the run to the reference engine."""

    def refuse(*_: object) -> None:
        raise AssertionError("the reference engine was asked")

    monkeypatch.setattr(sys.modules["supportpolicy.engines.reference.run"], "form", refuse)


FINE: Final = tuple(VALUES[c][0] for c in COLUMNS)


@pytest.mark.usefixtures("alone")
def test_a_plain_file_is_read_by_duckdb_itself(folder: Path) -> None:
    write(folder, [FINE, ("2", *FINE[1:])])
    _, items, totals = told(duckdb.ENGINE, folder, RunOptions(include="all"))
    assert (totals.judged, len(items)) == (2, 2 * 11 + 3)


@pytest.mark.parametrize(
    "line",
    [
        'x,"a",b',
        'x,a"b',
        "x,a",
        "x\0",
        "x,\rb",
        "",
        'y," quoted"' + "," * 12,
        "z" + ",é" * 13 + ",,",
    ],
    ids=repr,
)
def test_what_only_the_strict_reader_can_be_trusted_with_comes_out_the_same(folder: Path, line: str) -> None:
    write(folder, [FINE, (line,), ("2", *FINE[1:])])
    assert told(duckdb.ENGINE, folder, RunOptions()) == told(reference.ENGINE, folder, RunOptions())
