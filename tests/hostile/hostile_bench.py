"""A bench to try hostile things on: a policy, a mapping, and ways to audit something with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supportpolicy.cli import run

POLICY = """\
supportpolicy: 1
id: small-support
title: Small Support
facts: {edition: {one_of: [free, team]}}
clauses:
  paid: {section: Scope, says: Paid editions are supported.}
  fast: {section: Times, says: Answered within twelve hours.}
rules:
  paid: {kind: eligibility, clause: paid, require: {edition: team}}
  fast: {kind: deadline, clause: fast, start: submitted, stop: first_response, within: 12h in 24x7}
"""
MAPPING = """\
supportpolicy-mapping: 1
source: {name: csv}
fields:
  id: id
  edition: edition
  submitted: opened
  first_response: {column: answered, empty: never}
"""
HEADER = b"id,edition,opened,answered,note\n"
GOOD = b"%d,team,2021-03-01T08:00:00Z,2021-03-01T09:00:00Z,fine\n"
TICKET = (
    '{"id": "%s", "submitted": "2021-03-01T08:00:00Z", "first_response": "2021-03-01T09:00:00Z", "edition": "team"}\n'
)


@dataclass(frozen=True)
class Audited:
    """What an audit came to: its exit code, the JSON report if there is one, and what it said."""

    code: int
    report: Any
    err: str

    @property
    def rows(self) -> tuple[int, int]:
        """Rows used and rejected."""
        rows = self.report["totals"]["rows"]
        assert rows["read"] == rows["used"] + rows["rejected"]
        assert not self.report["totals"]["faults"]
        return rows["used"], rows["rejected"]

    @property
    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.report["rejected"]]

    @property
    def last(self) -> str:
        return self.err.rstrip("\n").rpartition("\n")[2]


class Bench:
    """The folder, and what is done in it; audits by the engine, if one is named."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], engine: str | None = None) -> None:
        self.folder = folder
        self.engine = engine
        self._capsys = capsys

    def write(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """A command in this process: its exit code and what it wrote. Never a fault of its own, nothing a terminal obeys."""
        by = ("--engine", self.engine) if self.engine is not None and arguments[0] == "audit" else ()
        code = run((*arguments, *by))
        out, err = self._capsys.readouterr()
        assert code in (0, 1, 2, 3, 4), err
        assert "Traceback" not in err
        assert all(line.isprintable() for line in err.split("\n"))
        return code, out, err

    def audit(
        self, *exports: str, mapping: str = MAPPING, policy: str = "policy.yaml", more: Sequence[str] = ()
    ) -> Audited:
        self.write("mapping.yaml", mapping)
        with_mapping = () if exports[0].endswith("jsonl") else ("--mapping", "mapping.yaml")
        place = self.folder / "report.json"
        place.unlink(missing_ok=True)
        code, _, err = self.run("audit", *exports, "--policy", policy, *with_mapping, "-o", "json=report.json", *more)
        return Audited(code, json.loads(place.read_bytes()) if place.exists() else None, err)

    def csv(self, content: bytes, source: str = "{name: csv}", more: Sequence[str] = ()) -> Audited:
        """The audit of a CSV file, read as the mapping's `source` says."""
        return self.audit(self.write("export.csv", content), mapping=MAPPING.replace("{name: csv}", source), more=more)

    def jsonl(self, content: bytes | str, more: Sequence[str] = ()) -> Audited:
        """The audit of canonical tickets."""
        return self.audit(self.write("export.jsonl", content), more=more)

    def names(self) -> set[str]:
        """All that lies in the folder, hidden or not."""
        return {path.name for path in self.folder.iterdir()}


def python(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A Python process of its own, whose streams are buffered as on any machine."""
    environment = {**os.environ, "COVERAGE_PROCESS_START": "", "PYTHONUNBUFFERED": ""}
    return subprocess.Popen([sys.executable, *arguments], env=environment, **options)
