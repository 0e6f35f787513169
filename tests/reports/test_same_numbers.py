"""Every format says the same numbers of the same audit."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
import sample_audit
from rendered import paragraphs, tables

from supportpolicy.model.duration import format_duration
from supportpolicy.model.finding import Finding, Item, Totals
from supportpolicy.plugin import Head, Report
from supportpolicy.plugin.records import ExitCode, ReportOptions
from supportpolicy.reports import csv_report, json_report, jsonl, junit, markdown, parquet, text
from supportpolicy.testing.conformance import report_sample

VERDICTS = ("pass", "fail", "open", "not_applicable", "unknown")
RATES = ("rate", "at_least", "at_most")
NO_RATE = {"-": None, "no decided ticket": None}
SUM = re.compile(r"(\d+) = (\d+) pass \+ (\d+) fail \+ (\d+) open \+ (\d+) n\.a\. \+ (\d+) unknown")


@dataclass
class Numbers:
    """What a report says in numbers, as far as it says it."""

    answer: str
    exit_code: int
    rows: tuple[int, ...]
    tickets: tuple[int, ...]
    verdicts: dict[str, dict[str, int]]
    rates: dict[str, dict[str, str | None]]
    late: dict[str, tuple[str, ...]]
    """By rule: the number of late tickets and the lateness at each percentage, in words."""
    latest: dict[str, list[str]]
    """By rule: how late the latest were, in words."""
    months: dict[str, int]
    ids: tuple[str, ...]
    """How many, on how many tickets, from, to, missing; then each gap as `FROM to TO` with the numbers that it misses."""
    expected: tuple[int, int]
    """Tickets expected and formed."""
    groups: dict[str, list[tuple[int, ...]]]
    """By rule: the five verdicts of each group in order."""
    group_rates: dict[str, list[list[str | None]]]
    sizes: list[int]
    objectives: dict[str, list[tuple[str, ...]]]
    """By objective: in how many periods and groups it stands how, as `2 met`; then the numbers of each and how it stands."""
    period: str
    events: tuple[int, ...]
    """Read, in so many tickets, repeated, later; lists out of order, not complete, unreadable."""
    clocks: dict[str, tuple[str, ...]]
    """By rule: how many clocks, by verdict, and tickets whose clocks are not known."""
    metrics: dict[str, tuple[str, ...]]
    """By rule: the first response of the export beside that of the events, and the greatest differences in words."""
    listed: Counter[str] = field(default_factory=Counter)
    """Tickets by rule, where a finding is listed for each."""


@dataclass(frozen=True)
class Sample:
    head: Head
    items: tuple[Item, ...]
    totals: Totals
    code: ExitCode

    def written(self, report: Report) -> bytes:
        out = io.BytesIO()
        writer = report.open(self.head, out, ReportOptions())
        writer.batch(self.items)
        writer.close(self.totals, self.code)
        return out.getvalue()

    @property
    def objective_keys(self) -> list[str]:
        from supportpolicy.reports.summary import judged_objectives

        return [objective.key for objective in judged_objectives(self.head).values()]

    @property
    def keys(self) -> dict[tuple[str, str], str]:
        from supportpolicy.reports.summary import judged_rules

        return {key: rule.key for key, rule in judged_rules(self.head).items()}


SAMPLES = {
    "small": Sample(
        sample_audit.head(), tuple(sample_audit.items()), sample_audit.totals(), sample_audit.exit_code()
    ),
    "hostile": Sample(
        report_sample.head(), tuple(report_sample.items()), report_sample.totals(), report_sample.exit_code()
    ),
}  # fmt: skip


# --- readers ----------------------------------------------------------------------------------------------------------
def from_object(report: dict[str, Any], head: dict[str, Any]) -> Numbers:
    rules = report["rules"]
    totals = report["totals"]
    return Numbers(
        answer=report["answer"],
        exit_code=report["exit"]["code"],
        rows=tuple(totals["rows"].values()),
        tickets=tuple(totals["tickets"].values()),
        verdicts={key: {verdict: of[verdict] for verdict in VERDICTS} for key, of in rules.items()},
        rates={key: {rate: of["attainment"][rate] for rate in RATES} for key, of in rules.items() if of["attainment"]},
        late={
            key: (f"{of['tickets']:,}", *(quantile["words"] for quantile in of["quantiles"].values()))
            for key, of in report["lateness"].items()
        },
        latest={key: [ticket["late"]["words"] for ticket in of["latest"]] for key, of in report["lateness"].items()},
        months=months(report["months"]),
        ids=ids(report["numeric_ids"]),
        expected=(head["expected_tickets"], totals["tickets"]["formed"]),
        groups={
            key: [tuple(g["rules"][key][v] for v in VERDICTS) for g in report["groups"] if key in g["rules"]]
            for key in rules
        },
        group_rates={
            key: [
                [g["rules"][key]["attainment"][rate] for rate in RATES] for g in report["groups"] if key in g["rules"]
            ]
            for key, of in rules.items()
            if of["attainment"]
        },
        sizes=[group["judged"] for group in report["groups"]],
        objectives={key: objective_numbers(of) for key, of in report["objectives"].items()},
        period=head["period"]["words"],
        events=tuple(totals["events"][name] for name in EVENTS),
        clocks={key: tuple(f"{count:,}" for count in of.values()) for key, of in report["clocks"].items()},
        metrics={
            key: (
                *(f"{of[name]:,}" for name in ("both", "differ", "only_events", "only_field")),
                *(ticket["difference"]["words"] for ticket in of["greatest"]),
            )
            for key, of in report["metrics"].items()
        },
    )


def objective_numbers(of: dict[str, Any]) -> list[tuple[str, ...]]:
    """As the reports for people write them."""
    share = any(row["rate"] is not None for row in of["rows"])
    clocks = any(row["untold"] for row in of["rows"])

    def cells(row: dict[str, Any]) -> tuple[str, ...]:
        counts = [row[key] for key in ("counted", "pass", "fail", "open", "unknown", "perhaps") if key in row]
        counts += [row["untold"]] if clocks else []
        bounds = [row["at_most"]] if "counted" in row else [row["at_least"], row["at_most"]]
        told = [*counts, *([row["rate"]] if share else []), *bounds]
        return *(str(one) if one is not None else "-" for one in told), row["standing"] or "-"

    standings = tuple(f"{count} {stands}" for stands, count in of["standings"].items() if count)
    return [standings, *([(str(of["others"]),)] if of["others"] else []), *map(cells, of["rows"])]


def months(of: dict[str, Any]) -> dict[str, int]:
    """In order, with the empty spans in between."""
    empty = {
        span["first"] if span["first"] == span["last"] else f"{span['first']} to {span['last']}": 0
        for span in of["empty"]
    }
    return dict(sorted({**of["judged"], **empty}.items())) | {"not known": of["not_known"]}


def ids(of: dict[str, Any]) -> tuple[str, ...]:
    gaps = [
        text
        for gap in of["gaps"]
        for text in (
            gap["first"] if gap["first"] == gap["last"] else f"{gap['first']} to {gap['last']}",
            str(gap["missing"]),
        )
    ]
    return str(of["different"]), str(of["tickets"]), of["least"], of["greatest"], str(of["missing"]), *gaps


def listed(findings: list[dict[str, Any]], sample: Sample) -> Counter[str]:
    found: Counter[str] = Counter()
    for finding in findings:
        found[sample.keys[finding["revision"], finding["rule"]]] += finding["tickets"]
    return found


def from_json(data: bytes, sample: Sample) -> Numbers:
    report = json.loads(data)
    numbers = from_object(report, report)
    numbers.listed = listed(report["findings"], sample)
    return numbers


def from_jsonl(data: bytes, sample: Sample) -> Numbers:
    parsed = [json.loads(line) for line in data.decode().splitlines()]
    numbers = from_object(parsed[-1], parsed[0])
    numbers.listed = listed([line for line in parsed if line["type"] == "finding"], sample)
    return numbers


def from_parquet(data: bytes, sample: Sample) -> Numbers:
    with tempfile.NamedTemporaryFile() as file, duckdb.connect() as connection:
        file.write(data)
        file.flush()
        known = dict(
            connection.execute("SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [file.name]).fetchall()
        )
        rows = connection.execute("SELECT revision, rule, tickets FROM read_parquet(?)", [file.name]).fetchall()
    numbers = from_object(json.loads(known["totals"]), json.loads(known["head"]))
    numbers.listed = listed([dict(zip(("revision", "rule", "tickets"), row, strict=True)) for row in rows], sample)
    return numbers


DURATION = re.compile(r"((?:\d+[dhm] )*[\d.]+[dhms]) \(\S")


def metrics_shown(shown: str, sample: Sample) -> dict[str, tuple[str, ...]]:
    """From the text report: the table, and the lists below it."""
    part = under(shown, "The data: what to mend and what was left out").partition(", which decides:\n")[2]
    table, *lists = re.split(r"^(?:The greatest|All) differences, ", part, flags=re.MULTILINE)
    differing = {of.partition(":\n")[0]: DURATION.findall(of) for of in lists}
    rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()]
    return {row[0]: (*row[1:], *differing.get(row[0], [])) for row in rows if row[0] in sample.keys.values()}


CLOCKS = "Clocks: of rules whose clocks start again and again, each for itself"
EVENTS = ("read", "tickets", "repeated", "later", "out_of_order", "incomplete", "unreadable", "strays")


def events_said(said: str) -> tuple[int, ...]:
    """The numbers in the order in which reports for people tell them."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", said.replace(",", "")))


IDS = re.compile(r"([\d,]+) ids on ([\d,]+) tickets, from (\d+) to (\d+), ([\d,]+) missing between them")


def ids_said(said: str, gaps: list[tuple[str, str]]) -> tuple[str, ...]:
    found = IDS.search(said)
    assert found is not None
    return tuple(text.replace(",", "") for text in (*found.groups(), *(text for gap in gaps for text in gap)))


def under(shown: str, heading: str) -> str:
    """What stands under a heading of the text report, up to the next."""
    return re.split(r"\n\n[^\n]+\n─", shown.partition(f"\n{heading}\n")[2])[0]


FIVE = r"(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)"
RATE = r"(-|\d+\.\d\d%)"
GROUP = re.compile(rf"^.*?\s{FIVE}(?:\s+{RATE}\s+{RATE}\s+{RATE})?$", re.MULTILINE)


def groups_said(blocks: dict[str, str]) -> tuple[dict[str, list[tuple[int, ...]]], dict[str, list[list[str | None]]]]:
    """The verdicts and rates of each group, from the lines on which they stand."""
    found = {key: [match.groups() for match in GROUP.finditer(block.replace(",", ""))] for key, block in blocks.items()}
    verdicts = {key: [tuple(int(cell) for cell in cells[:5]) for cells in of] for key, of in found.items()}
    rated = {
        key: [[NO_RATE.get(cell, cell) for cell in cells[5:]] for cells in of if cells[5]] for key, of in found.items()
    }
    return verdicts, {key: of for key, of in rated.items() if of}


LINE = re.compile(r"\s((?:(?:\d+(?:\.\d+%)?|-)\s+){5,9})(met|missed|open|unknown|too few|-)$", re.MULTILINE)


def objectives_said(part: str, sample: Sample) -> dict[str, list[tuple[str, ...]]]:
    """The numbers of each objective, from the lines on which they stand; each begins with its key."""
    part, found = part.replace(",", ""), {}
    begins = [part.index(f"\n{key}: ") for key in sample.objective_keys]
    for key, begin, end in zip(sample.objective_keys, begins, [*begins[1:], len(part)], strict=True):
        said = part[begin:end]
        standings = said.partition(": ")[2].partition("\n")[0]
        others = re.findall(r"(\d+) more lines? not told apart", said)
        lines = [(*cells.split(), stands) for cells, stands in LINE.findall(said)]
        found[key] = [tuple(re.findall(r"\d+ [a-z]+(?: few)?", standings)), *((n,) for n in others), *lines]
    return found


def from_text(data: bytes, sample: Sample) -> Numbers:
    shown = data.decode()
    whole = " ".join(shown.split())
    sums = " ".join(shown.partition("\nControl totals\n")[2].replace(",", "").split())
    rated = shown.partition("\nRules\n")[2].partition("\nkept: ")[0].splitlines()
    late = under(shown, "Lateness: by how much limits were exceeded")
    late_rows = late.partition("─\n")[2].partition("─\n")[2].partition("\n\n")[0].splitlines()
    late_cells = [cells for cells in (re.split(r"\s{2,}", line.strip()) for line in late_rows) if len(cells) == 7]
    late_keys = re.findall(r"^(?:The latest|All of them), (.*):$", late, re.MULTILINE)
    span = under(shown, "What the tickets span: months and numeric ids")
    span_rows = [
        (row[0], row[-1].replace(",", "")) for row in (re.split(r"\s{2,}", line.strip()) for line in span.splitlines())
    ]
    span_rows = [
        row for row in span_rows if row[1].isdigit() and re.fullmatch(r"[\d-]+(?: to [\d-]+)?|not known", row[0])
    ]
    by = shown.partition("\nBy ")[2].partition("\nViolations\n")[0]
    blocks = {key: by.partition(f"\n{key}:\n")[2].partition("\n\n")[0] for key in sample.keys.values()}
    groups, group_rates = groups_said(blocks)
    cells = {line.split()[0]: line.split() for line in rated if line.split()}
    return Numbers(
        answer=whole if from_json(sample.written(json_report.REPORT), sample).answer in whole else "",
        exit_code=int(re.findall(r"Exit code (\d)", whole)[0]),
        rows=three(r"rows read (\d+) = (\d+) used \+ (\d+) rejected", sums),
        tickets=three(r"tickets formed (\d+) = (\d+) judged \+ (\d+) excluded", sums),
        verdicts={
            key: five(re.findall(rf"(?:^| ){re.escape(key)} ({SUM.pattern})", sums)[0][0])
            for key in sample.keys.values()
        },
        rates={key: rates(cells[key][-3:]) for key in sample.keys.values() if key in cells},
        late={key: tuple(of[1:]) for key, of in zip(late_keys, late_cells, strict=True)},
        latest={
            key: re.findall(
                r"^    .*?((?:\d+[dhm] )*[\d.]+[dhms]) \(\S",
                late.partition(f", {key}:\n")[2].partition("\n\n")[0],
                re.MULTILINE,
            )
            for key in late_keys
        },
        months={name: int(number) for name, number in span_rows if re.match(r"\d{4}-\d\d( to \d{4}-\d\d)?$|not", name)},
        ids=ids_said(" ".join(span.split()), [row for row in span_rows if not re.match(r"\d{4}-\d\d|not", row[0])]),
        expected=expected(r"tickets expected (\d+) (?:=|is not) (\d+) formed", sums),
        groups=groups,
        group_rates=group_rates,
        sizes=[
            int(number)
            for number in re.findall(r"\s{2,}(\d+)$", by.partition("\n\n")[0].replace(",", ""), re.MULTILINE)
        ],
        objectives=objectives_said(under(shown, "Objectives: what is demanded of many tickets together"), sample),
        period=re.findall(r"Judged only what was submitted (.*?) Read by", whole)[0],
        clocks={
            row[0]: tuple(row[1:])
            for row in (re.split(r"\s{2,}", line) for line in under(shown, CLOCKS).splitlines())
            if row[0] in sample.keys.values()
        },
        metrics=metrics_shown(shown, sample),
        events=events_said(shown.partition("\nEvents of the judged tickets:\n")[2].partition("\nThe field ")[0]),
    )


def from_markdown(data: bytes, sample: Sample) -> Numbers:
    shown = data.decode()
    said = paragraphs(shown)
    rows = [row for table in tables(shown) for row in table]
    sums = {row[0]: row[1].replace(",", "") for row in rows if len(row) == 2 and " = " in row[1]}
    grouped_part = shown.partition("\n### By ")[2].partition("\n### ")[0]
    grouped = tables(f"### By {grouped_part}")
    keys = [line for line in paragraphs(f"### By {grouped_part}")[1:] if line in sample.keys.values()]
    blocks = {
        key: "\n".join(" ".join(["", *row]) for row in table[1:]) for key, table in zip(keys, grouped[1:], strict=True)
    }
    groups, group_rates = groups_said(blocks)
    over = [line for line in said if line.startswith(("The greatest differences, ", "All differences, "))]
    under_them = [table[1:] for table in tables(shown) if table[0] == ["ticket", "difference", "record"]]
    differing = {line.partition(", ")[2].rstrip(":"): of for line, of in zip(over, under_them, strict=True)}
    return Numbers(
        answer=said[1],
        exit_code=int(next(line for line in said if line.startswith("Exit code ")).split()[2].rstrip(":.")),
        rows=three(r"(\d+) = (\d+) used \+ (\d+) rejected", sums["rows read"]),
        tickets=three(r"(\d+) = (\d+) judged \+ (\d+) excluded", sums["tickets formed"]),
        verdicts={key: five(sums[key]) for key in sample.keys.values()},
        rates={
            row[0]: rates(row[-3:])
            for table in tables(shown)
            if table[0][0] == "rule" and len(table[0]) == 10
            for row in table[1:]
        },
        late={
            row[0]: tuple(row[1:]) for table in tables(shown) if table[0][:2] == ["rule", "late"] for row in table[1:]
        },
        latest={
            key: [row[1] for row in table[1:]]
            for key, table in zip(
                [line.partition(": ")[0] for line in said if line.endswith((": the latest", ": all of them"))],
                [table for table in tables(shown) if table[0][:2] == ["ticket", "late"]],
                strict=True,
            )
        },
        months={
            row[0]: int(row[1].replace(",", ""))
            for table in tables(shown)
            if table[0] == ["month", "judged"]
            for row in table[1:]
        },
        ids=ids_said(
            " ".join(said),
            [(row[0], row[1]) for table in tables(shown) if table[0] == ["ids", "missing"] for row in table[1:]],
        ),
        expected=expected(r"(\d+) (?:=|is not) (\d+) formed", rows_said(rows)["tickets expected"]),
        groups=groups,
        group_rates=group_rates,
        sizes=[int(row[-1].replace(",", "")) for table in grouped if table[0][-1] == "judged" for row in table[1:]],
        objectives=objectives_said(objectives_shown(shown), sample),
        period=next(
            line.removeprefix("Judged only what was submitted ") for line in said if line.startswith("Judged only")
        ),
        clocks={
            row[0]: tuple(row[1:])
            for table in tables(shown)
            if table[0] == ["rule", "clocks", "pass", "fail", "open", "unknown", "untold"]
            for row in table[1:]
        },
        metrics={
            row[0]: (*row[1:], *(cells[1] for cells in differing.get(row[0], [])))
            for table in tables(shown)
            if table[0] == ["rule", "both", "differ", "only events", "only field"]
            for row in table[1:]
        },
        events=events_said(
            " ".join(row[1] for table in tables(shown) if table[0] == ["counted", "number"] for row in table[1:])
        ),
    )


def objectives_shown(shown: str) -> str:
    """The part on objectives as lines of text: each objective's heading, and the rows of its table."""
    part = shown.partition("\n### Objectives")[2].partition("\n### ")[0]
    lines = []
    for piece in re.split(r"^(?=#### )", f"\n{part}", flags=re.MULTILINE)[1:]:
        lines += [*paragraphs(piece), *(f" {' '.join(row)}" for table in tables(piece) for row in table)]
    return "\n".join(["", *lines])


def rows_said(rows: list[list[str]]) -> dict[str, str]:
    return {row[0]: row[1].replace(",", "") for row in rows if len(row) == 2}


def expected(pattern: str, said: str) -> tuple[int, int]:
    told, formed = re.findall(pattern, said)[0]
    return int(told), int(formed)


def from_junit(data: bytes, sample: Sample) -> Numbers:
    root = ElementTree.fromstring(data)
    suites = {suite.get("name", ""): suite for suite in root}
    known = {name: properties(suite) for name, suite in suites.items()}
    verdicts = {}
    for key in sample.keys.values():
        of = known[key]
        verdicts[key] = {"pass": int(of["passed"]), "fail": int(of["failed"])}
        verdicts[key] |= {verdict: int(of[verdict]) for verdict in ("open", "not_applicable", "unknown")}
        tests, failures, errors, skipped = counted(suites[key])
        assert tests == sum(verdicts[key].values())
        assert errors == verdicts[key]["unknown"]
        assert failures == (verdicts[key]["fail"] if of["on_fail"] == "violation" else 0)
        assert skipped == tests - failures - errors - verdicts[key]["pass"]
    assert counted(root) == tuple(sum(column) for column in zip(*map(counted, root), strict=True))
    sums = (root.findtext("testsuite/testcase/system-out") or "").replace(",", "")
    formed, _, _, excluded = counted(suites["tickets formed"])
    audit = [(one.get("name", ""), one.get("value", "")) for one in suites["the audit"].iterfind("properties/property")]
    of_rules = {
        key: [(one.get("name", ""), one.get("value", "")) for one in suites[key].iterfind("properties/property")]
        for key in sample.keys.values()
    }
    groups, group_rates = {}, {}
    for key, of in of_rules.items():
        by = [value for name, value in of if name.startswith("by ")]
        groups[key] = [tuple(five(value.replace(",", "")).values()) for value in by]
        if "kept" in known[key]:
            group_rates[key] = [
                [NO_RATE.get(cell, cell) for cell in re.findall(r", (?:kept|at least|at most) (\S+?)(?=,|$)", value)]
                for value in by
            ]
    return Numbers(
        answer=known["the audit"]["answer"],
        exit_code=int(known["the audit"]["exit code"]),
        rows=three(r"rows read: (\d+) = (\d+) used \+ (\d+) rejected", sums),
        tickets=(formed, int(known["tickets formed"]["passed"]), excluded),
        verdicts=verdicts,
        rates={
            key: rates([of["kept"], of["kept, at least"], of["kept, at most"]])
            for key, of in known.items()
            if "kept" in of
        },
        late={
            key: tuple(value for name, value in of if name.startswith("late") and name != "latest")
            for key, of in of_rules.items()
            if "late" in known[key]
        },
        latest={
            key: [re.findall(r": ((?:\d+[dhm] )*[\d.]+[dhms]) \(", value)[0] for name, value in of if name == "latest"]
            for key, of in of_rules.items()
            if "late" in known[key]
        },
        months={
            name.removeprefix("judged, submitted "): int(value.replace(",", ""))
            for name, value in audit
            if name.startswith("judged, submitted ")
        },
        ids=ids_said(
            known["the audit"]["numeric ids"],
            [(name.removeprefix("gap, ids "), value) for name, value in audit if name.startswith("gap, ids ")],
        ),
        expected=expected(r"tickets expected: (\d+) (?:=|is not) (\d+) formed", sums),
        groups=groups,
        group_rates=group_rates,
        sizes=[int(value.replace(",", "")) for name, value in audit if name.startswith("judged, by ")],
        objectives={key: objective_suite(suites[f"objective {key}"]) for key in sample.objective_keys},
        period=known["the audit"]["only"].removeprefix("what was submitted "),
        clocks={
            key: tuple(value for name, value in of if name == "clocks" or name.startswith("clocks, "))
            for key, of in of_rules.items()
            if any(name == "clocks" for name, _ in of)
        },
        metrics={
            key: (
                *(value for name, value in of if name.startswith("first_response beside events")),
                *(DURATION.findall(value)[-1] for name, value in of if name == "difference"),
            )
            for key, of in of_rules.items()
            if any(name.startswith("first_response beside events") for name, _ in of)
        },
        events=events_said(" ".join(value for name, value in audit if name.startswith("events, "))),
    )


def objective_suite(suite: ElementTree.Element) -> list[tuple[str, ...]]:
    """What its properties say; its test cases are those that are not met."""
    said = [
        (one.get("name", ""), one.get("value", "").replace(",", "")) for one in suite.iterfind("properties/property")
    ]
    lines = [value.partition(": ") for name, value in said if name.startswith("in ")]
    told = [(*re.findall(r" (\d+(?:\.\d+%)?|-)(?= |$)", numbers), stands) for stands, _, numbers in lines]
    cases = list(suite.iterfind("testcase"))[1:]
    assert len(cases) == sum(stands not in ("met", "-") for *_, stands in told)
    tests, failures, errors, skipped = counted(suite)
    few = sum(stands == "too few" for *_, stands in told)
    others = [re.findall(r"\d+", value)[0] for name, value in said if name == "not told apart"]
    if others:
        few = skipped
    known = {
        "met": int(dict(said)["passed"]),
        "missed": failures,
        "open": skipped - few,
        "unknown": errors,
        "too few": few,
    }
    assert tests == sum(known.values())
    standings = tuple(f"{count} {stands}" for stands, count in known.items() if count)
    return [standings, *((n,) for n in others), *told]


def counted(suite: ElementTree.Element) -> tuple[int, ...]:
    return tuple(int(suite.get(name, "")) for name in ("tests", "failures", "errors", "skipped"))


def properties(suite: ElementTree.Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in suite.iterfind("properties/property")}


def three(pattern: str, said: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(pattern, said)[0])


def five(said: str) -> dict[str, int]:
    found = SUM.search(said)
    assert found is not None
    whole, *verdicts = (int(number) for number in found.groups())
    assert whole == sum(verdicts)
    return dict(zip(VERDICTS, verdicts, strict=True))


def rates(cells: list[str]) -> dict[str, str | None]:
    return {name: NO_RATE.get(cell, cell) for name, cell in zip(RATES, cells, strict=True)}


READERS: dict[str, tuple[Report, Callable[[bytes, Sample], Numbers]]] = {
    "jsonl": (jsonl.REPORT, from_jsonl),
    "text": (text.REPORT, from_text),
    "markdown": (markdown.REPORT, from_markdown),
    "junit": (junit.REPORT, from_junit),
    "parquet": (parquet.REPORT, from_parquet),
}


# --- tests ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SAMPLES)
def test_the_json_report_says_what_the_totals_hold(name: str) -> None:
    sample = SAMPLES[name]
    numbers = from_json(sample.written(json_report.REPORT), sample)
    for (revision, rule), counts in sample.totals.rules.items():
        said = numbers.verdicts[sample.keys[revision, rule]]
        assert tuple(said.values()) == (
            counts.passed, counts.failed, counts.open, counts.not_applicable, counts.unknown,
        )  # fmt: skip
    assert numbers.tickets == (sample.totals.formed, sample.totals.judged, sum(sample.totals.excluded.values()))
    assert numbers.exit_code == sample.code.code
    for key, score in sample.totals.clocks.items():
        verdicts = (score.passed, score.failed, score.open, score.unknown)
        assert numbers.clocks[sample.keys[key]] == tuple(f"{n:,}" for n in (sum(verdicts), *verdicts, score.untold))
    for key, metric in sample.totals.metrics.items():
        told = numbers.metrics[sample.keys[key]]
        counted_tickets = (metric.both, metric.differ, metric.only_events, metric.only_field)
        assert told[:4] == tuple(f"{count:,}" for count in counted_tickets)
        assert told[4:] == tuple(format_duration(one.us) for one in metric.greatest)
    assert numbers.events == tuple(getattr(sample.totals.events, name) for name in EVENTS)
    for key, lateness in sample.totals.lateness.items():
        said_late = numbers.late[sample.keys[key]]
        assert said_late == (f"{lateness.tickets:,}", *map(format_duration, lateness.quantiles.values()))
        assert numbers.latest[sample.keys[key]] == [format_duration(late.us) for late in lateness.worst]
    assert set(numbers.late) == {sample.keys[key] for key in sample.totals.lateness}
    assert sum(numbers.months.values()) == sum(numbers.sizes) == sample.totals.judged
    for key, counts in sample.totals.rules.items():
        of_groups = [sum(column) for column in zip(*numbers.groups[sample.keys[key]], strict=True)]
        assert of_groups == [counts.passed, counts.failed, counts.open, counts.not_applicable, counts.unknown]
    for key, objective in zip(sample.objective_keys, sample.totals.objectives.values(), strict=True):
        standings, *lines = numbers.objectives[key]
        assert standings == tuple(f"{count} {stands}" for stands, count in objective.standings.items() if count)
        scores = [line for line in lines if len(line) > 1]
        assert [int(line[0]) for line in scores] == [row.score.passed for row in objective.rows]
        assert [line[-1] for line in scores] == [row.standing or "-" for row in objective.rows]
    assert numbers.ids[:2] == (str(sample.totals.ids.different), str(sample.totals.ids.tickets))


@pytest.mark.parametrize("format_", READERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_format_carries_the_numbers_of_the_json_report(name: str, format_: str) -> None:
    sample = SAMPLES[name]
    expected = from_json(sample.written(json_report.REPORT), sample)
    report, reader = READERS[format_]
    found = reader(sample.written(report), sample)
    assert found.verdicts == expected.verdicts
    assert found.rates == expected.rates
    assert found.rows == expected.rows
    assert found.tickets == expected.tickets
    assert found.exit_code == expected.exit_code
    assert found.late == expected.late
    assert found.latest == expected.latest
    assert found.months == expected.months
    assert found.ids == expected.ids
    assert found.expected == expected.expected
    assert {key: of for key, of in found.groups.items() if of} == {key: of for key, of in expected.groups.items() if of}
    assert found.group_rates == {key: of for key, of in expected.group_rates.items() if of}
    assert found.sizes == expected.sizes
    assert found.objectives == expected.objectives
    assert found.period == expected.period
    assert found.events == expected.events
    assert found.metrics == expected.metrics
    assert found.clocks == expected.clocks
    assert expected.answer in found.answer
    if found.listed:
        assert found.listed == expected.listed


@pytest.mark.parametrize("name", SAMPLES)
def test_csv_lists_what_the_numbers_count(name: str) -> None:
    sample = SAMPLES[name]
    expected = from_json(sample.written(json_report.REPORT), sample)
    found: Counter[tuple[str, str]] = Counter()
    table = list(csv.DictReader(io.StringIO(sample.written(csv_report.REPORT).decode(), newline="")))
    for line in table:
        found[sample.keys[line["revision"], line["rule"]], line["verdict"]] += int(line["tickets"])
    for key, verdicts in expected.verdicts.items():
        assert found[key, "unknown"] == verdicts["unknown"]
        if key in expected.rates:
            assert found[key, "fail"] == verdicts["fail"]
    assert len(table) == sum(isinstance(item, Finding) for item in sample.items)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_violation_is_listed_in_every_format(name: str) -> None:
    sample = SAMPLES[name]
    expected = Counter(
        (sample.keys[item.revision, item.rule])
        for item in sample.items
        if isinstance(item, Finding) and item.verdict == "fail" and item.on_fail == "violation"
    )
    root = ElementTree.fromstring(sample.written(junit.REPORT))
    failures = {suite.get("name"): len(suite.findall("testcase/failure")) for suite in root}
    missed = {
        f"objective {key}": sum(stands == "missed" for *_, stands in of[1:])
        for key, of in from_json(sample.written(json_report.REPORT), sample).objectives.items()
    }
    assert {key: count for key, count in failures.items() if count} == expected | {k: n for k, n in missed.items() if n}
    shown = sample.written(markdown.REPORT).decode().partition("\n### Violations\n")[2].partition("\n### ")[0]
    headings = [line.partition(": ") for line in paragraphs(shown) if " by the " in line]
    assert {key: int(words.split()[0]) for key, _, words in headings} == expected
    assert [len(table) - 1 for table in tables(shown)] == [expected[key] for key, _, _ in headings]
