"""The benchmark does what it says: its tickets are what it takes them for, and its one command runs. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bench import EVENTS_MAPPING, EVENTS_POLICY, MAPPING, POLICY, Bench
from benchmarks.cost import BenchmarkError, Program
from benchmarks.peers.verdicts import RULES
from benchmarks.tables import PEERS, TABLES
from benchmarks.tickets import TicketSet, write

ROOT = Path(__file__).parents[2]
ROWS = 4000

together = pytest.mark.xdist_group("benchmark audits")  # of the same tickets, which are made and audited once


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("benchmark"), sys.executable, (ROWS,), 1, print)


@cache
def audited(bench: Bench, tickets: TicketSet, engine: str = "reference", **options: Any) -> dict[str, Any]:
    """The JSON report on these tickets."""
    report = bench.data / "report.json"
    bench.audit(bench.file(tickets), f"json={report}", engine=engine, **options).run()
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def counts(report: dict[str, Any]) -> list[list[int]]:
    return [
        [rule[verdict] for verdict in ("pass", "fail", "open", "not_applicable", "unknown")]
        for rule in report["rules"].values()
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_same_tickets_are_made_each_time(form: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(TicketSet(500, form), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    write(TicketSet(500, form, findings=50), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_both_engines_find_the_same_of_the_events(bench: Bench) -> None:
    told = {"policy": EVENTS_POLICY, "mapping": EVENTS_MAPPING, "table": f"log={bench.log(ROWS)}"}
    found = [audited(bench, TicketSet(ROWS), engine, **told) for engine in ("reference", "duckdb")]
    assert found[0] == found[1]
    assert all(of_rule["fail"] and of_rule["pass"] and of_rule["open"] for of_rule in found[0]["rules"].values())


@together
@pytest.mark.parametrize("share", [5, 50])
def test_as_many_tickets_have_findings_as_it_says(share: Any, bench: Bench) -> None:
    report = audited(bench, TicketSet(ROWS, findings=share))
    assert report["totals"]["rows"] == {"read": ROWS, "used": ROWS, "rejected": 0}
    assert report["totals"]["tickets"] == {"formed": ROWS, "judged": ROWS, "excluded": 0}
    found = Counter(finding["ticket"] for finding in report["findings"])
    assert abs(len(found) / ROWS - share / 100) < 0.01
    assert tuple(report["rules"]) == RULES
    assert all(of_rule["fail"] and of_rule["pass"] and of_rule["unknown"] for of_rule in report["rules"].values())


@together
def test_csv_and_json_lines_hold_the_same_tickets_for_both_engines(bench: Bench) -> None:
    expected = counts(audited(bench, TicketSet(ROWS)))
    assert counts(audited(bench, TicketSet(ROWS), "duckdb")) == expected
    assert counts(audited(bench, TicketSet(ROWS, "jsonl"))) == expected
    assert counts(audited(bench, TicketSet(ROWS, "jsonl"), "duckdb")) == expected


@pytest.mark.parametrize("engine", ["reference", "duckdb"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_faulty_records_are_rejected_and_no_others(form: Any, engine: str, bench: Bench) -> None:
    report = audited(bench, TicketSet(ROWS, form, faulty=7), engine)
    assert report["totals"]["rows"] == {"read": ROWS, "used": ROWS - 7, "rejected": 7}


@together
def test_the_policy_of_32_rules_is_the_eight_and_more(bench: Bench) -> None:
    eight = audited(bench, TicketSet(ROWS))
    more = audited(bench, TicketSet(ROWS), policy=bench.policy_of_32())
    assert len(more["rules"]) == 32
    assert counts(more)[:8] == counts(eight)


def test_policy_and_mapping_are_sound() -> None:
    command = [sys.executable, "-m", "supportpolicy", "check", str(POLICY), str(MAPPING)]
    assert subprocess.run(command, capture_output=True).returncode == 0


PRINTED = {
    "audits": [
        "300 CSV tickets, 8 rules, findings in 5 %",
        "300 CSV tickets, 8 rules, findings in 50 %",
        "600 CSV tickets, 8 rules, findings in 5 %",
        "600 CSV tickets, 8 rules, findings in 50 %",
        "CPU a ticket, 600 beside 300",
    ],
    "forms": ["300 tickets as csv", "300 tickets as jsonl", "300 tickets as parquet"],
    "dirt": ["Dirt in 300 CSV tickets"],
    "rules": ["Rules, on 300 CSV tickets"],
    "calendars": ["Calendars, on 300 CSV tickets"],
    "events": ["Events, 2,400 of 300 CSV tickets"],
    "memory": ["Memory, on 600 CSV tickets, findings in 50 %"],
    "peers": ["Peers, on the same 600 CSV tickets, 8 rules, findings in 5 %"],
    "ticket": ["One ticket, 16 rules"],
    "start": ["Start"],
}
"""The titles of each table's parts."""


def test_every_table_is_printed() -> None:
    assert PRINTED.keys() == TABLES.keys() - {"hundred", "reports"}


@pytest.mark.long
@pytest.mark.parametrize("table", PRINTED)
def test_the_command_prints_the_table_that_it_is_asked_for(tmp_path: Path, table: str) -> None:
    command = [sys.executable, "-m", "benchmarks", "--scale", "300", "--scale", "600", "--once", "--markdown"]
    command += ["--data", str(tmp_path), "--only", table]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert [line.removeprefix("## ") for line in done.stdout.splitlines() if line.startswith("## ")] == PRINTED[table]
    if table == "peers":
        assert "| plain Python closures |" in done.stdout  # compared, finding by finding, with what the tool found
    assert not list(tmp_path.glob("out-*"))
    assert not list(tmp_path.glob("*.part"))


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(BenchmarkError, match=r"exit 3\nno"):
        Program([sys.executable, "-c", "import sys; print('no', file=sys.stderr); sys.exit(3)"]).run()


def test_the_cost_is_that_of_the_program() -> None:
    code = "import time; held = bytearray(200 << 20); time.sleep(0.2); until = time.process_time() + 0.2\n"
    cost = Program([sys.executable, "-c", code + "while time.process_time() < until: pass"]).run()
    assert cost.peak > 200
    assert cost.cpu >= 0.2
    assert cost.wall >= 0.4


def test_every_peer_and_table_is_told_on_the_page() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text()
    assert [name for name in TABLES if f"`{name}`" not in page] == []
    assert [peer.name for peer in PEERS if peer.name not in page] == []
    listed = (ROOT / "benchmarks" / "requirements.txt").read_text()
    assert [peer.package for peer in PEERS if peer.package and f"{peer.package}==" not in listed] == []
