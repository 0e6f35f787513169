"""The tables: what is compared with what."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bench import EVENTS_MAPPING, EVENTS_POLICY, Bench, listed, offers
from benchmarks.cost import BenchmarkError, Costs, Program
from benchmarks.peers.verdicts import GATES
from benchmarks.single_ticket import single_ticket
from benchmarks.start import start
from benchmarks.table import Table, times
from benchmarks.tickets import Form, Share, TicketSet

_FORMS: Final[tuple[Form, ...]] = ("csv", "jsonl", "parquet")
_SHARES: Final[tuple[Share, ...]] = (5, 50)
_FLOOR: Final = "floor"
_REFERENCE_AT_MOST: Final = 1_000_000
"""Tickets that the reference engine is measured on: it costs the same for each."""

_BESIDE_FLOOR: Final = ("", "CPU / floor", "clock / floor", "peak MiB")


def _beside(costs: Mapping[str, Costs], base: str) -> list[tuple[str, str, str, str]]:
    return [
        (name, times(cost.cpu_beside(costs[base])), times(cost.wall_beside(costs[base])), f"{cost.median.peak:,.0f}")
        for name, cost in costs.items()
    ]


def _amount(number: int) -> str:
    for unit, name in ((1_000_000, "million"), (1_000, "thousand")):
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return f"{number:,}"


def _writing() -> str:
    """The report with all findings that costs least: as columns, where that is installed."""
    return "parquet" if "parquet" in listed("reports") else "jsonl"


# --- the tool beside the floor ----------------------------------------------------------------------------------------
def audits(bench: Bench) -> Iterator[Table]:
    """Counts and findings, beside the floor, by size; and whether the cost grows with the rows."""
    form, one_pass = _writing(), "one pass over the bytes"
    judged = f"duckdb, findings as {form}"
    growth: dict[tuple[Share, str], list[float]] = {}
    for rows in bench.scales:
        for share in _SHARES:
            file = bench.file(TicketSet(rows, findings=share))
            with bench.outputs() as out:
                programs = {
                    _FLOOR: bench.reading("columns", file),
                    one_pass: bench.reading("bytes", file),
                    judged: bench.audit(file, f"{form}={out / 'found'}"),
                }
                if rows <= _REFERENCE_AT_MOST:
                    programs |= {
                        "the strict reader alone": bench.reading("rows", file),
                        f"reference, findings as {form}": bench.audit(
                            file, f"{form}={out / 'found'}", engine="reference"
                        ),
                    }
                costs = bench.measure(programs)
            for name, cost in costs.items():
                growth.setdefault((share, name), []).append(cost.median.cpu / rows)
            told = _beside({**costs, f"{judged}, that pass apart": costs[judged].without(costs[one_pass])}, _FLOOR)
            yield Table(
                f"{_amount(rows)} CSV tickets, 8 rules, findings in {share} %",
                "The floor: DuckDB reads the needed columns as text and counts.",
                _BESIDE_FLOOR,
                tuple(told),
            )
    if len(bench.scales) > 1:
        yield Table(
            f"CPU a ticket, {_amount(bench.scales[-1])} beside {_amount(bench.scales[0])}",
            "1 is linear.",
            ("", *(f"findings in {share} %" for share in _SHARES)),
            tuple(
                (name, *(times(growth[share, name][-1] / growth[share, name][0]) for share in _SHARES))
                for name in dict.fromkeys(name for _, name in growth)
                if all(len(growth[share, name]) == len(bench.scales) for share in _SHARES)
            ),
        )


def forms(bench: Bench) -> Iterator[Table]:
    """The same tickets in each form, each beside its own floor; all must give the same counts."""
    rows, report, readable = bench.scales[0], _writing(), listed("sources")
    counts: dict[Form, object] = {}
    for form in _FORMS:
        if form not in readable:
            bench.say(f"no source reads {form}: left out")
            continue
        file = bench.file(TicketSet(rows, form))
        with bench.outputs() as out:
            programs = {
                _FLOOR: bench.reading("columns", file),
                f"duckdb, findings as {report}": bench.audit(file, f"{report}={out / 'found'}"),
                "the strict reader alone": bench.reading("rows", file),
            }
            costs = bench.measure(programs)
            counts[form] = _counts(bench, file, out)
        if counts[form] != counts["csv"]:
            raise BenchmarkError(f"{form}: {counts[form]}; csv has {counts['csv']}")
        yield Table(
            f"{_amount(rows)} tickets as {form}",
            "The floor: DuckDB reads the needed columns of this file as text and counts.",
            _BESIDE_FLOOR,
            tuple(_beside(costs, _FLOOR)),
        )


def dirt(bench: Bench) -> Iterator[Table]:
    """What dirt costs."""
    rows, report = bench.scales[0], _writing()
    cases = {
        "no dirt": TicketSet(rows, dirty=0),
        "5 % of the tickets with a dirty cell": TicketSet(rows),
        "the same, and a record in 100,000 not whole": TicketSet(rows, faulty=max(1, rows // 100_000)),
        "5 % of all cells dirty": TicketSet(rows, dirty=0.05),
    }
    files = {name: bench.file(tickets) for name, tickets in cases.items()}
    with bench.outputs() as out:
        programs = {_FLOOR: bench.reading("columns", files["no dirt"])}
        programs |= {name: bench.audit(file, f"{report}={out / 'found'}") for name, file in files.items()}
        costs = bench.measure(programs)
    yield Table(
        f"Dirt in {_amount(rows)} CSV tickets",
        f"duckdb, 8 rules, findings as {report}, beside the floor of the file without dirt.",
        _BESIDE_FLOOR,
        tuple(_beside(costs, _FLOOR)),
    )


def written(bench: Bench) -> Iterator[Table]:
    """What each report costs."""
    rows = bench.scales[0]
    for share in _SHARES:
        file = bench.file(TicketSet(rows, findings=share))
        with bench.outputs() as out:
            programs = {_FLOOR: bench.reading("columns", file)}
            programs |= {name: bench.audit(file, f"{name}={out / name}") for name in listed("reports")}
            costs = bench.measure(programs)
        yield Table(
            f"Reports on {_amount(rows)} CSV tickets, findings in {share} %",
            "duckdb, 8 rules, one report to a file, beside the floor.",
            _BESIDE_FLOOR,
            tuple(_beside(costs, _FLOOR)),
        )


def rules(bench: Bench) -> Iterator[Table]:
    """32 rules beside 8."""
    rows, report = bench.scales[0], _writing()
    file = bench.file(TicketSet(rows))
    with bench.outputs() as out:
        output = f"{report}={out / 'found'}"
        programs = {
            "8 rules": bench.audit(file, output),
            "32 rules": bench.audit(file, output, policy=bench.policy_of_32()),
        }
        costs = bench.measure(programs)
    yield Table(
        f"Rules, on {_amount(rows)} CSV tickets",
        f"duckdb, findings as {report}.",
        ("", "CPU / 8 rules", "clock / 8 rules", "peak MiB"),
        tuple(_beside(costs, "8 rules")),
    )


def calendars(bench: Bench) -> Iterator[Table]:
    """Deadlines on a business calendar with holidays beside the same on `24x7`."""
    rows, report = bench.scales[0], _writing()
    file, policy = bench.file(TicketSet(rows)), bench.policy_on_a_calendar()
    with bench.outputs() as out:
        findings, always = f"{report}={out / 'found'}", "24x7"
        programs = {
            always: bench.audit(file, findings),
            "business hours": bench.audit(file, findings, policy=policy),
        }
        costs = bench.measure(programs)
    yield Table(
        f"Calendars, on {_amount(rows)} CSV tickets",
        f"duckdb, 8 rules, four of them deadlines, findings as {report}.",
        ("", "CPU / 24x7", "clock / 24x7", "peak MiB"),
        tuple(_beside(costs, always)),
    )


def events(bench: Bench) -> Iterator[Table]:
    """Clocks of events, eight for each ticket, out of a table of their own."""
    rows, report = bench.scales[0], _writing()
    file, log = bench.file(TicketSet(rows)), bench.log(rows)
    with bench.outputs() as out:

        def audit(**options: str) -> Program:
            return bench.audit(
                file,
                f"{report}={out / 'found'}",
                policy=EVENTS_POLICY,
                mapping=EVENTS_MAPPING,
                table=f"log={log}",
                **options,
            )

        programs = {
            _FLOOR: bench.reading("events", file, log),
            "duckdb": audit(),
            "duckdb, --memory-limit 1GB": audit(memory_limit="1GB"),
        }
        costs = bench.measure(programs)
    yield Table(
        f"Events, {_amount(8 * rows)} of {_amount(rows)} CSV tickets",
        f"First response, each later response and a resolution that pauses, in office hours, findings as {report}. "
        "The floor: DuckDB reads both files as text and counts.",
        _BESIDE_FLOOR,
        tuple(_beside(costs, _FLOOR)),
    )


def memory(bench: Bench) -> Iterator[Table]:
    """What a limit on memory costs."""
    if not offers("--memory-limit"):
        bench.say("this version has no --memory-limit: left out")
        return
    rows, report = bench.scales[-1], _writing()
    file = bench.file(TicketSet(rows, findings=50))
    with bench.outputs() as out:
        output = f"{report}={out / 'found'}"
        programs = {_FLOOR: bench.reading("columns", file), "no limit": bench.audit(file, output)}
        for limit in ("1GB", "500MB", "300MB"):
            programs[f"--memory-limit {limit}"] = bench.audit(file, output, memory_limit=limit)
        costs = bench.measure(programs)
    yield Table(
        f"Memory, on {_amount(rows)} CSV tickets, findings in 50 %",
        f"duckdb, 8 rules, findings as {report}, beside the floor.",
        _BESIDE_FLOOR,
        tuple(_beside(costs, _FLOOR)),
    )


def hundred(bench: Bench) -> Iterator[Table]:
    """100 million tickets, by hand: the file takes 4 GB."""
    file = bench.file(TicketSet(100_000_000, "parquet"))
    with bench.outputs() as out:
        programs = {
            _FLOOR: bench.reading("columns", file),
            "duckdb, findings as parquet": bench.audit(file, f"parquet={out / 'found'}"),
        }
        costs = bench.measure(programs)
    yield Table(
        "100 million tickets as parquet, 8 rules, findings in 5 %",
        "The floor: DuckDB reads the needed columns of this file as text and counts.",
        _BESIDE_FLOOR,
        tuple(_beside(costs, _FLOOR)),
    )


# --- the tool beside its peers ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Peer:
    """`package`: what it is called on the package index, empty for plain Python."""

    name: str
    module: str
    package: str = ""


PEERS: Final = (
    Peer("plain Python closures", "closures"),
    Peer("pandas", "naive_pandas", "pandas"),
    Peer("jsonschema", "with_jsonschema", "jsonschema"),
    Peer("jsonschema-rs", "with_jsonschema_rs", "jsonschema-rs"),
    Peer("zen-engine", "with_zen", "zen-engine"),
    Peer("CEL (C++)", "with_cel", "cel-expr-python"),
    Peer("Cloud Custodian's filters", "with_custodian", "c7n"),
    Peer("pandera", "with_pandera", "pandera"),
    Peer("frictionless", "with_frictionless", "frictionless"),
)
_ENGINES: Final = ("duckdb", "reference")
_PEER_ROWS: Final = 100_000

_EVERYTHING: Final = "every verdict"
_VERDICTS: Final = frozenset({"pass", "fail", "open", "not_applicable", "unknown"})
_LAST_LINE: Final = 1 << 20
"""Bytes; more than the totals take."""

Finding = tuple[str, str, str]
"""Ticket, rule, verdict."""


def peers(bench: Bench) -> Iterator[Table]:
    """What else people could use, on the same file; each one's findings are compared with ours."""
    rows = min(_PEER_ROWS, bench.scales[-1])
    file = bench.file(TicketSet(rows))
    versions = _versions(bench.peers)
    with bench.outputs() as out:
        programs = {
            f"supportpolicy, {engine}": bench.audit(file, f"csv={out / engine}", engine=engine) for engine in _ENGINES
        }
        present = {}
        for peer in PEERS:
            if peer.package and peer.package not in versions:
                bench.say(f"{peer.package} is not installed for {bench.peers}: left out")
                continue
            present[_label(peer, versions)] = peer
            programs[_label(peer, versions)] = Program(
                [bench.peers, "-m", f"benchmarks.peers.{peer.module}", str(file), str(out / peer.module)],
                printed=out / f"{peer.module}.json",
            )
        costs = bench.measure(programs)
        ours = _our_findings(out / "reference")
        counts = _counts(bench, file, out, "reference")
        if _our_findings(out / "duckdb") != ours or _counts(bench, file, out) != counts:
            raise BenchmarkError("the two engines differ")
        agreed = {
            name: _compared(ours, counts, out / peer.module, out / f"{peer.module}.json")
            for name, peer in present.items()
        }
    yield Table(
        f"Peers, on the same {_amount(rows)} CSV tickets, 8 rules, findings in 5 %",
        "Whole processes that read the file, judge and write the findings, beside the duckdb engine. What a peer tells is "
        "compared with what the tool found, finding by finding.",
        ("", "CPU / ours", "clock / ours", "peak MiB", "tells"),
        tuple((*row, agreed.get(row[0], _EVERYTHING)) for row in _beside(costs, f"supportpolicy, {_ENGINES[0]}")),
    )


def _label(peer: Peer, versions: Mapping[str, str]) -> str:
    return f"{peer.name} {versions[peer.package]}" if peer.package else peer.name


def _versions(python: str) -> dict[str, str]:
    """The versions of the peers' packages that this Python has."""
    code = (
        "import importlib.metadata as m, json, sys\n"
        "found = {}\n"
        "for name in sys.argv[1:]:\n"
        "    try: found[name] = m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    names = [peer.package for peer in PEERS if peer.package]
    asked = subprocess.run([python, "-c", code, *names], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(asked.stdout)
    return found


def _our_findings(path: Path) -> set[Finding]:
    with path.open(newline="", encoding="utf-8") as file:
        return {(line["ticket"], line["rule"], line["verdict"]) for line in csv.DictReader(file)}


def _counts(bench: Bench, file: Path, out: Path, engine: str = "duckdb") -> dict[str, dict[str, int]]:
    """How often each rule has each verdict; it stands in the last line of a jsonl report."""
    report = out / "counts.jsonl"
    bench.audit(file, f"jsonl={report}", engine=engine).run()
    with report.open("rb") as lines:
        lines.seek(-min(_LAST_LINE, report.stat().st_size), os.SEEK_END)
        totals = json.loads(lines.read().splitlines()[-1])
    return {
        rule: {verdict: count for verdict, count in of_rule.items() if verdict in _VERDICTS}
        for rule, of_rule in totals["rules"].items()
    }


def _compared(ours: set[Finding], counts: Mapping[str, Mapping[str, int]], found: Path, told: Path) -> str:
    """What a peer tells, in words; raises BenchmarkError where it is not what we tell."""
    lines = found.read_text().splitlines()
    theirs = {(ticket, rule, verdict) for ticket, rule, verdict in (line.rsplit(",", 2) for line in lines)}
    by_rule: dict[str, dict[str, int]] = json.loads(told.read_text())
    verdicts = {verdict for by_verdict in by_rule.values() for verdict in by_verdict}
    for rule, by_verdict in by_rule.items():
        for verdict, count in by_verdict.items():
            if counts[rule][verdict] != count:
                raise BenchmarkError(f"{told.stem}: {rule}: {count} {verdict}; we have {counts[rule][verdict]}")
    expected = {finding for finding in ours if finding[2] in verdicts}
    if theirs != expected:
        raise BenchmarkError(f"{told.stem}: {sorted(theirs ^ expected)[:5]} are told by one of us only")
    if any(by_rule[gate].get("fail", 0) == 0 for gate in GATES):
        raise BenchmarkError(f"{told.stem}: a gate that bars no ticket")
    if {"pass", "open", "not_applicable"} <= verdicts:
        return _EVERYTHING
    return "violations, unknowns" if "unknown" in verdicts else "violations"


TABLES: Final[Mapping[str, Callable[[Bench], Iterator[Table]]]] = {
    "audits": audits,
    "forms": forms,
    "dirt": dirt,
    "reports": written,
    "rules": rules,
    "calendars": calendars,
    "events": events,
    "memory": memory,
    "peers": peers,
    "ticket": single_ticket,
    "start": start,
    "hundred": hundred,
}
BY_HAND: Final = frozenset({"hundred"})
"""Made only when asked for."""
