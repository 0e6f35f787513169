"""Texts that a terminal, a browser or a spreadsheet would obey, in every place that a text can come from."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hostile_bench import MAPPING, Bench

from supportpolicy.document import parse_document
from supportpolicy.plugin.registry import installed

EVIL = {
    "a colour": "\x1b[31mred\x1b[0m",
    "a title": "\x1b]0;owned\x07",
    "a C1 control": "\x9b31mred",
    "a clear": "\x1bc\x0c",
    "backspaces": "fail\b\b\b\bpass",
    "a carriage return": "fail\rpass",
    "another line": "x\nexit 0: clean",
    "other line ends": "x\x85y\u2028z\u2029",
    "another order": "\u202egnp.exe\u2066",
    "no width": "a\u200b\ufeffb",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;",
    "a link": "[x](javascript:alert(1)) `a` |b| *c*",
    "a formula": "=cmd|'/C calc'!A0",
    "other formulas": "@SUM(1+1)*cmd",
    "a formula behind a tab": "\t=1+1",
    "a wide formula": "\N{FULLWIDTH EQUALS SIGN}1+1",
    "a format": "%s%n{0}{x.__class__}$(id)`id`",
    "rich markup": "[bold red]x[/] [link=file:///etc/passwd]y[/link] :smile:",
    "XML": "]]>&amp;\ufffe\uffff",
    "beyond": "\U000e0041\U0001f600",
}
TEXTS = pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
FORMULA = re.compile("['\"` \u00a0]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def _yaml(text: str) -> str:
    """The text in double quotes, as YAML has it."""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def _policy(evil: str) -> str:
    """A policy that holds the text wherever a text can stand."""
    text = _yaml(evil)
    return f"""\
supportpolicy: 1
id: small-support
title: {text}
revision: {text}
facts: {{edition: {{one_of: [free, {text}]}}, size: {{type: integer, description: {text}}}}}
assumed: {{facts.edition: {text}}}
terms: {{{text}: {{edition: free}}}}
clauses:
  paid: {{section: {text}, says: {text}, reading: {text}}}
  fast: {{section: {text}, says: {text}}}
  rest: {{section: {text}, says: {text}, unchecked: {text}}}
rules:
  paid: {{kind: eligibility, clause: paid, title: {text}, require: {{any: [{text}, {{subject: {{like: {text}}}}}]}}}}
  fast: {{kind: deadline, clause: fast, start: submitted, stop: first_response, within: 12h in 24x7}}
  one: {{kind: unique, clause: fast, field: subject}}
  asked: {{kind: duty, clause: fast, require: {{subject: {{like: "no*"}}}}, when: {{group: {text}}}}}
"""


def _tickets(evil: str) -> str:
    """Tickets that hold the text wherever a text can stand; most are unknown, some broken, one is no ticket at all."""
    at = "2021-03-01T08:00:00Z"
    late = {"submitted": at, "first_response": "2021-03-09T08:00:00Z", "edition": evil, "subject": evil, "group": evil}
    fields = (
        "reference",
        "submitted",
        "first_response",
        "status",
        "priority",
        "channel",
        "language",
        "plan",
        "tags",
        "organization",
        "size",
    )
    tickets: list[dict[str, Any]] = [
        {"id": evil, **late},
        {"id": evil, **late, "subject": "2" + evil},
        {**late, "edition": "free"},
    ]
    tickets += [{"id": f"{n}{evil}", **late, name: evil} for n, name in enumerate(fields)]
    tickets += [
        {
            "id": evil + "e",
            **late,
            "events": {"complete": True, "items": [{"at": at, "kind": evil, "channel": evil, "role": evil}]},
        }
    ]
    return (
        "".join(json.dumps(ticket) + "\n" for ticket in tickets)
        + json.dumps({evil: evil})
        + json.dumps([evil])
        + "\n"
        + evil
    )


def _safe(text: str) -> None:
    """Nothing that a terminal obeys: every line is printable."""
    unsafe = [line for line in text.split("\n") if not line.isprintable()]
    assert not unsafe, unsafe[:3]


@TEXTS
@pytest.mark.parametrize("source", ["jsonl", "csv"])
def test_every_report(bench: Bench, evil: str, source: str) -> None:
    name = evil.replace("/", "_").replace("\0", "")[:40] + "." + source
    bench.write("policy.yaml", _policy(evil))
    more = ["--as-of", "2021-03-20T00:00:00Z", "--include", "all"]
    if source == "jsonl":
        bench.write(name, _tickets(evil))
    else:
        lines = io.StringIO(newline="")
        csv.writer(lines, quoting=csv.QUOTE_ALL).writerows(
            [["id", "edition", "opened", "answered", evil], *([evil] * 5 for _ in range(3)), [evil]]
        )
        bench.write(name, lines.getvalue() + evil)
        bench.write("mapping.yaml", MAPPING + f"  subject: {_yaml(evil)}\nassumed: {{fields.id: {_yaml(evil)}}}\n")
        more += ["--mapping", "mapping.yaml"]
    formats = [n for n in installed().reports if n not in ("parquet",)]
    wanted = [word for f in formats for word in ("-o", f"{f}=report.{f}")]
    code, out, _ = bench.run("audit", name, "--policy", "policy.yaml", *more, *wanted, "-o", "text")
    assert code in (1, 3), out
    _safe(out)
    for form in formats:
        _safe((bench.folder / f"report.{form}").read_text(encoding="utf-8"))
    report = json.loads((bench.folder / "report.json").read_bytes())
    assert report["policy"]["title"] == evil
    assert report["inputs"][0]["name"] == name
    assert evil in {finding["ticket"].removesuffix("#1") for finding in report["findings"] if finding["ticket"]}
    for row in csv.reader(io.StringIO((bench.folder / "report.csv").read_text(encoding="utf-8"))):
        assert not [cell for cell in row if FORMULA.match(cell) and not cell.startswith("'")]
    for form in ("markdown", "junit"):
        if (place := bench.folder / f"report.{form}").exists():
            active = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", place.read_text(encoding="utf-8"))
            assert "<script" not in active
            assert "<img" not in active


@TEXTS
def test_explain(bench: Bench, evil: str) -> None:
    bench.write("policy.yaml", _policy(evil))
    bench.write("export.jsonl", _tickets(evil))
    for ticket in (evil, evil + "#2", evil + "e", f"5{evil}"):
        code, out, _ = bench.run(
            "explain", ticket, "export.jsonl", "--policy", "policy.yaml", "--as-of", "2021-03-20T00:00:00Z"
        )
        assert code == 0
        _safe(out)
    code, out, err = bench.run(
        "explain", evil + "?", "export.jsonl", "--policy", "policy.yaml", "--as-of", "2021-03-20T00:00:00Z"
    )
    assert code == 3
    _safe(out + err)


@TEXTS
def test_check_and_test(bench: Bench, evil: str) -> None:
    """Right documents, wrong ones, and names of files."""
    name = evil.replace("/", "_")[:40]
    text = _yaml(evil)
    bench.write(f"{name}/policy.yaml", _policy(evil))
    expect = "{paid: pass, fast: pass, one: pass, asked: pass}"
    ticket = f"{{id: {text}, edition: {text}, subject: {text}, submitted: {text}}}"
    bench.write(
        f"{name}/tests.yaml",
        f"supportpolicy-tests: 1\ncases:\n  {text}:\n    as_of: 2021-03-20T00:00:00Z\n    note: {text}\n"
        f"    ticket: {ticket}\n    expect: {expect}\n",
    )
    bench.write(f"{name}/mapping.yaml", MAPPING + f"  {text}: {text}\nassumed: {{{text}: {text}}}\n")
    bench.write(
        f"{name}/wrong.yaml", f"supportpolicy: 1\n{text}: {text}\nrules: {{{text}: {{kind: {text}, {text}: {text}}}}}\n"
    )
    for command in (
        ["check", name],
        ["test", name],
        ["test", "-v", name],
        ["new", "test", f"{name}/policy.yaml"],
        ["check", evil + "?"],
    ):
        _, out, _ = bench.run(*command)
        _safe(out)


@TEXTS
def test_a_proposed_mapping_is_yaml(bench: Bench, evil: str) -> None:
    """Whatever the headers and values are, what is proposed can be read, and is safe to show."""
    lines = io.StringIO(newline="")
    rows = [
        ["Ticket ID", "Created", evil, "Status", "First" + evil],
        *([str(n), "2021-03-01 08:00", evil, evil, evil] for n in range(3)),
    ]
    csv.writer(lines, quoting=csv.QUOTE_ALL).writerows(rows)
    bench.write("export.csv", lines.getvalue())
    code, out, _ = bench.run("new", "mapping", "export.csv", "--policy", "policy.yaml")
    assert code == 0
    _safe(out)
    parse_document(out.encode(), "mapping.yaml")
    bench.write("proposed.yaml", out)
    assert bench.run("check", "proposed.yaml")[0] == 0


@TEXTS
def test_words_of_the_command_line(bench: Bench, evil: str) -> None:
    bench.write("export.csv", "id\n1\n")
    export, policy = "export.csv", ("--policy", "policy.yaml")
    for words in (
        (evil,),
        ("audit", evil, *policy),
        ("audit", export, "--policy", evil),
        ("audit", export, *policy, "--mapping", evil),
        ("audit", export, *policy, "--source", evil),
        ("audit", export, *policy, "--engine", evil, "--mapping", "mapping.yaml"),
        ("audit", export, *policy, "--table", evil),
        ("audit", export, *policy, "--table", f"{evil}={evil}"),
        ("audit", export, *policy, "--include", evil),
        ("audit", export, *policy, "-o", evil),
        ("audit", export, *policy, "-o", f"json={evil}/{evil}"),
        ("audit", export, *policy, f"--{evil}"),
        ("audit", export, *policy, "--max-rejected", evil),
        ("schema", evil),
        ("list", evil),
        ("new", "policy", evil),
        ("new", "plugin", evil),
        ("test", evil, "-k", evil),
    ):
        code, out, _ = bench.run(*words)
        assert code in (2, 3), words
        _safe(out)


def test_names_of_files_that_are_no_text(bench: Bench) -> None:
    """A name is bytes; what is not UTF-8 in it is shown as an escape, and JSON has it exactly."""
    name = b"bad\xff\x1b[31m.jsonl".decode("utf-8", "surrogateescape")
    Path(name).write_text('{"id": "1"}\n{')
    wanted = [word for f in installed().reports for word in ("-o", f"{f}=report.{f}")]
    code, out, err = bench.run(
        "audit", name, "--policy", "policy.yaml", "--as-of", "2021-03-20T00:00:00Z", *wanted, "-o", "text"
    )
    assert code == 3, err
    assert "bad\\udcff\\x1b[31m.jsonl" in out
    assert json.loads((bench.folder / "report.json").read_bytes())["inputs"][0]["name"] == name
