"""Case tables: a policy, some tickets and what must come of them, in YAML. `README.md` beside this file says how to read
and write one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pluggy
import yaml

from supportpolicy import builtin
from supportpolicy.audit import AuditRequest, Gate, exit_code, prepare, start, unseen
from supportpolicy.library import RuleVerdict, load_policy
from supportpolicy.model.finding import Excluded, Finding, Rejected
from supportpolicy.model.instant import format_us, parse_instant
from supportpolicy.model.period import parse_period
from supportpolicy.model.verdict import Verdict
from supportpolicy.plugin import Registry, hooks
from supportpolicy.plugin.registry import collect

HERE: Final = Path(__file__).parent


class _Loader(yaml.SafeLoader):
    """YAML whose only plain values beside texts are null, true, false and numbers: times stay as written."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"null|~", "n~"),
    ("bool", r"true|false", "tf"),
    ("int", r"-?[0-9]+", "-0123456789"),
    ("float", r"-?[0-9]+\.[0-9]+", "-0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))


def load_yaml(path: Path) -> Any:
    """The file's content by the loader above."""
    return yaml.load(path.read_text("utf-8"), _Loader)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `states` are the statements of docs/semantics.md that it shows."""

    table: str
    name: str
    states: tuple[str, ...]
    told: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.table}: {self.name}"


def all_cases(folder: Path = HERE) -> Iterator[Case]:
    """Every case of every table in the folder; what a table says outside `cases` holds for all its cases."""
    for path in sorted(folder.glob("*.yaml")):
        table = load_yaml(path)
        shared = {key: value for key, value in table.items() if key != "cases"}
        for name, told in table["cases"].items():
            yield Case(path.stem, name, tuple(told.get("states", ())), {**shared, **told})


def registry() -> Registry:
    """The built-in extensions and no others."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(builtin, name="builtin")
    return collect(manager, {"builtin": "supportpolicy 0"})


# --- from a case to files ---------------------------------------------------------------------------------------------
def policy_text(stated: Mapping[str, Any]) -> str:
    """A whole policy from what the case states of one: each rule and objective cites the one clause unless it names
    another."""
    rules = {name: {"clause": "c", **rule} for name, rule in stated["rules"].items()}
    if "objectives" in stated:
        stated = {**stated, "objectives": {name: {"clause": "c", **one} for name, one in stated["objectives"].items()}}
    clauses = {"c": {"section": "Preamble", "says": "A statement."}}
    whole = {"supportpolicy": 1, "id": "p", "title": "A policy", "clauses": clauses, **stated, "rules": rules}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def mapping_text(stated: Mapping[str, Any]) -> str:
    """A whole mapping from what the case states of one."""
    whole = {"supportpolicy-mapping": 1, "source": {"name": "csv"}, **stated}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _lines(tickets: Any) -> str:
    return "".join(json.dumps(ticket, ensure_ascii=False) + "\n" for ticket in tickets)


def _request(told: Mapping[str, Any], folder: Path) -> AuditRequest:
    revisions = told.get("revisions")
    if revisions is None:
        policy = "policy.yaml"
        (folder / policy).write_text(policy_text(told["policy"]), "utf-8")
    else:
        policy = "policy"
        (folder / policy).mkdir()
        for number, revision in enumerate(revisions, 1):
            (folder / policy / f"{number}.yaml").write_text(policy_text({**told["policy"], **revision}), "utf-8")
    form = next((form for form in ("csv", "parquet") if form in told), "jsonl")
    export = f"tickets.{form}"
    if form == "parquet":
        duckdb.execute(f"COPY ({told['parquet']}) TO '{folder / export}' (FORMAT parquet)")
    else:
        content = told.get("csv") or told.get("jsonl") or _lines(told["tickets"])
        (folder / export).write_text(content, "utf-8", newline="")
    mapping = None
    if "mapping" in told:
        mapping = "mapping.yaml"
        source = {"name": form}
        (folder / mapping).write_text(mapping_text({"source": source, **told["mapping"]}), "utf-8")
    for name, text in told.get("tables", {}).items():
        (folder / f"{name}.csv").write_text(text, "utf-8", newline="")
    return AuditRequest(
        policy=policy,
        exports=(export,),
        mapping=mapping,
        tables={name: f"{name}.csv" for name in told.get("tables", {})},
        as_of=parse_instant(told["as_of"]) if told.get("as_of") else None,
        exported_at=parse_instant(told["exported_at"]) if told.get("exported_at") else None,
        include=told.get("include", "all"),
        ticket=told.get("ticket"),
        period=parse_period(told["period"]) if told.get("period") else None,
        by=tuple(told.get("by", ())),
        engine=told.get("engine", "auto"),
    )


# --- from a run to what a case states ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a case, in the words of the tables."""

    findings: tuple[Finding, ...]
    excluded: Mapping[str, str]
    rejected: tuple[str, ...]
    instant: Mapping[str, str]
    exit: Mapping[str, Any]
    totals: Any

    def verdicts(self) -> dict[str, dict[str, str]]:
        """By ticket and rule."""
        told: dict[str, dict[str, str]] = {}
        for finding in self.findings:
            if finding.ticket is not None:
                told.setdefault(finding.ticket, {})[finding.rule] = verdict_text(finding)
        return told


def verdict_text(finding: Finding | RuleVerdict) -> str:
    """`pass`, `not_applicable: GATE`, `unknown: REASON: FIELD`."""
    if finding.verdict is Verdict.UNKNOWN:
        assert finding.reason is not None
        return f"unknown: {finding.reason.value}: {finding.field}"
    return finding.verdict.value + (f": {finding.barred_by}" if finding.barred_by else "")


def run_alone(told: Mapping[str, Any], folder: Path) -> dict[str, dict[str, str]]:
    """The verdicts on each ticket of the case, judged alone, as the library does."""
    (folder / "policy.yaml").write_text(policy_text(told["policy"]), "utf-8")
    policy = load_policy("policy.yaml")
    return {
        ticket["id"]: {v.rule: verdict_text(v) for v in policy.judge(ticket, told["as_of"]).verdicts}
        for ticket in told["tickets"]
    }


def run_case(told: Mapping[str, Any], folder: Path) -> Ran:
    """Run the case in `folder`, which is the working directory."""
    request = _request(told, folder)
    known = registry()
    prepared = prepare(request, known)
    head, run = start(prepared, request, known, unseen)
    items = [item for batch in run.batches for item in batch]
    totals = run.totals()
    code = exit_code(prepared, totals, Gate(**told.get("gate", {})))
    at = head.instant
    return Ran(
        findings=tuple(item for item in items if isinstance(item, Finding)),
        excluded={item.ticket: item.reason for item in items if isinstance(item, Excluded)},
        rejected=tuple(item.reason for item in items if isinstance(item, Rejected)),
        instant={}
        if at is None
        else {"at": format_us(at.at), "as_of": format_us(at.as_of), "basis": at.basis, "warning": at.warning},
        exit={"code": code.code, "all": [number for number, _ in code.why]},
        totals=totals,
    )
