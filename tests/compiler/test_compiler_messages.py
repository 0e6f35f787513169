"""What the compiler refuses, and how it says so: `policies.yaml` and `mappings.yaml` beside this file.

A policy's first three lines, and the sections that a case leaves out, are filled in; so for mappings, of which the first two
lines are. Lines count from the first of the whole file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import pluggy
import pytest
import yaml

from supportpolicy import builtin
from supportpolicy.compiler.mapping import compile_mapping
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import compile_policy
from supportpolicy.document import parse_document
from supportpolicy.errors import DocumentError
from supportpolicy.plugin import hooks
from supportpolicy.plugin.registry import collect

HERE: Final = Path(__file__).parent
POLICY_HEAD: Final = "supportpolicy: 1\nid: p\ntitle: P\n"
MAPPING_HEAD: Final = "supportpolicy-mapping: 1\n"
POLICY_REST: Final = {
    "facts": "facts: {edition: {one_of: [free, team]}, seats: {type: integer}, vip: {type: boolean}}\n",
    "rules": "rules: {r: {kind: eligibility, clause: c, require: {edition: team}}}\n",
    "clauses": "clauses: {c: {section: S, says: X.}}\n",
}
MAPPING_REST: Final = {"source": "source: {name: csv}\n", "fields": "fields: {id: Id, submitted: Opened}\n"}


def _cases(name: str) -> list[Any]:
    table = yaml.load((HERE / name).read_text("utf-8"), yaml.BaseLoader)
    return [pytest.param(case, id=title) for title, case in table["cases"].items()]


def _registry() -> Any:
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(builtin, name="builtin")
    return collect(manager, {"builtin": "supportpolicy 0"})


REGISTRY: Final = _registry()


def _whole(head: str, text: str, rest: dict[str, str]) -> str:
    present = {line.partition(":")[0] for line in text.splitlines()}
    return head + text + "".join(tail for key, tail in rest.items() if key not in present)


def compile_case(case: dict[str, Any]) -> str:
    """What the case is refused with, empty if it is not."""
    texts = case.get("policies") or {"p.yaml": case.get("policy", "")}
    texts = {name: _whole(POLICY_HEAD, text, POLICY_REST) for name, text in texts.items()}
    try:
        policy = compile_policy([parse_document(t.encode(), n) for n, t in texts.items()], REGISTRY.rule_kinds)
        if "mapping" not in case:
            return ""
        text = _whole(MAPPING_HEAD, case["mapping"], MAPPING_REST)
        mapping = compile_mapping(parse_document(text.encode(), "m.yaml"), REGISTRY.sources)
        columns = {"tickets": tuple(case.get("columns", ("Id", "Opened")))}
        columns.update({name: tuple(names) for name, names in case.get("tables", {}).items()})
        compile_plan(policy, mapping, columns)
    except DocumentError as error:
        return "\n".join(line.rstrip() for line in str(error).splitlines()) + "\n"
    return ""


@pytest.mark.parametrize("case", _cases("policies.yaml"))
def test_policy(case: dict[str, Any]) -> None:
    assert compile_case(case) == case.get("says", "")


@pytest.mark.parametrize("case", _cases("mappings.yaml"))
def test_mapping(case: dict[str, Any]) -> None:
    assert compile_case(case) == case.get("says", "")


if __name__ == "__main__":  # python test_compiler_messages.py TABLE: what each case is refused with, to write tables by
    for title, case in yaml.load((HERE / sys.argv[1]).read_text("utf-8"), yaml.BaseLoader)["cases"].items():
        print(f"--- {title}\n{compile_case(case)}", end="")
