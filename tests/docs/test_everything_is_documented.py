"""Whatever a user can write, type or read has its place in a page: a test fails when something is left out.

The lists come from the code itself: schemas, commands, hooks, records and the registry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import click
import pytest
from pages import ROOT, section

import supportpolicy
from supportpolicy.cli.app import app
from supportpolicy.compiler import calendar_schema, mapping_schema, objective_schema, policy_schema
from supportpolicy.errors import SupportPolicyError
from supportpolicy.model.cell import Reason
from supportpolicy.model.recurrence import UNITS
from supportpolicy.model.ticket import CHANNELS
from supportpolicy.plugin import Engine, LoweringContext, Report, RuleKind, Source, hooks
from supportpolicy.plugin.registry import installed
from supportpolicy.reports import csv_report, json_report
from supportpolicy.testing import cases_schema, conformance

DOCS = ROOT / "docs"
REGISTRY = installed()


def page(name: str) -> str:
    return (DOCS / name).read_text()


def undocumented(names: Iterable[str], text: str) -> list[str]:
    """The names that `text` does not show as code: alone, or as the beginning or a part of what is shown."""
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    return [name for name in dict.fromkeys(names) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code)]


def built_in(what: str, names: Iterable[str]) -> list[str]:
    """The extensions of this package; those of plugins are documented with them."""
    return [name for name in names if REGISTRY.origins[f"{what} {name}"].startswith("supportpolicy ")]


def keys_and_words(schema: Any) -> Iterator[str]:
    """Every key and every word of a closed list that a JSON Schema knows."""
    if isinstance(schema, Mapping):
        yield from schema.get("properties", ())
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        for part in schema.values():
            yield from keys_and_words(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from keys_and_words(part)


def test_all_that_is_installed_could_be_loaded() -> None:
    assert REGISTRY.failed == (), "the lists below would be short"


# --- documents --------------------------------------------------------------------------------------------------------
def test_every_key_of_a_policy() -> None:
    everything = page("policies.md") + page("rules/deadline.md")
    assert undocumented(keys_and_words(policy_schema.ENVELOPE), everything) == []


def test_every_key_of_an_objective() -> None:
    known = [*keys_and_words(objective_schema.OF_A_RULE), *keys_and_words(objective_schema.QUOTA)]
    assert undocumented([*known, *UNITS], section(page("policies.md"), "## Objectives")) == []


def test_every_key_that_all_rules_have() -> None:
    bare = RuleKind("bare", "", {}, lambda context: context.fact("id"), "")  # type: ignore[arg-type,return-value]
    assert undocumented(keys_and_words(policy_schema.rule_schema(bare)), section(page("policies.md"), "## Rules")) == []


def test_every_form_of_a_condition() -> None:
    from supportpolicy.compiler import conditions

    forms = (*conditions.CONNECTIVES, *conditions._OPERATORS)
    assert undocumented(forms, section(page("policies.md"), "## Conditions")) == []


def test_every_key_of_a_mapping() -> None:
    assert undocumented(keys_and_words(mapping_schema.ENVELOPE), page("mappings.md")) == []


def test_every_key_of_a_calendar() -> None:
    known = [*keys_and_words(calendar_schema.calendar_schema()), *keys_and_words(calendar_schema.REFERENCE)]
    assert undocumented(known, page("calendars.md")) == []


def test_every_form_of_a_limit_on_a_calendar() -> None:
    from supportpolicy.compiler import limit_cells

    on_a_calendar = [form.replace("CALENDAR", "office") for form in limit_cells.FORMS if "CALENDAR" in form]
    assert undocumented(on_a_calendar, section(page("calendars.md"), "## Limits")) == []


def test_every_directive_of_a_time_format() -> None:
    from supportpolicy.model import time_format

    known = (*time_format._DIRECTIVES, *time_format._EPOCH_UNITS_US)
    assert undocumented(known, section(page("mappings.md"), "## Times")) == []


def test_every_key_of_policy_tests() -> None:
    known = [*keys_and_words(cases_schema.ENVELOPE), *keys_and_words(cases_schema.CASE)]
    assert undocumented(known, page("policy-tests.md")) == []


# --- extensions -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", built_in("rule", REGISTRY.rule_kinds))
def test_every_rule_kind(name: str) -> None:
    file = DOCS / "rules" / f"{name}.md"
    assert file.exists(), f"docs/rules/{name}.md is missing: what the kind asks, its keys, an example, its verdicts"
    text = file.read_text()
    assert text.startswith(f"# `{name}`")
    assert undocumented(keys_and_words(REGISTRY.rule_kinds[name].schema), text) == []
    assert undocumented(("pass", "fail", "open", "unknown", "not_applicable"), section(text, "## The verdicts")) == []
    assert section(text, "## Evidence").strip()
    assert f"](rules/{name}.md)" in page("policies.md"), "docs/policies.md lists the rule kinds"
    assert f"](docs/rules/{name}.md)" in (ROOT / "README.md").read_text(), "README.md lists the rule kinds"


def test_every_channel() -> None:
    assert undocumented(CHANNELS, page("rules/channel.md")) == []


@pytest.mark.parametrize("name", built_in("source", REGISTRY.sources))
def test_every_source(name: str) -> None:
    known = keys_and_words(REGISTRY.sources[name].schema)
    assert undocumented(known, section(page("sources.md"), f"## `{name}`")) == []


@pytest.mark.parametrize("name", built_in("engine", REGISTRY.engines))
def test_every_engine(name: str) -> None:
    assert undocumented([name], section(page("architecture.md"), "## Which engine")) == []


@pytest.mark.parametrize("name", built_in("report", REGISTRY.reports))
def test_every_report(name: str) -> None:
    assert section(page("reports.md"), f"## `{name}`").strip()


def test_every_part_of_the_json_report() -> None:
    known = json_report.report_schema()["properties"]
    assert undocumented(known, section(page("reports.md"), "## `json`")) == []


def test_every_column_of_the_csv_report() -> None:
    assert undocumented(csv_report.COLUMNS, section(page("reports.md"), "## `csv`")) == []


def test_every_reason_for_unknown() -> None:
    assert (
        undocumented([reason.value for reason in Reason], section(page("reports.md"), "## Reasons for `unknown`")) == []
    )


# --- plugins ----------------------------------------------------------------------------------------------------------
def test_every_hook() -> None:
    known = [name for name in vars(hooks) if name.startswith("supportpolicy_")]
    assert len(known) == 4
    assert undocumented(known, section(page("plugins.md"), "## The hooks")) == []


@pytest.mark.parametrize("record", [RuleKind, Source, Engine, Report])
def test_every_field_of_a_record(record: type[RuleKind | Source | Engine | Report]) -> None:
    known = [field.name for field in fields(record)]
    assert undocumented(known, section(page("plugins.md"), f"### {record.__name__}")) == []


def test_every_method_of_the_lowering_context() -> None:
    known = [name for name in vars(LoweringContext) if not name.startswith("_")]
    assert undocumented(known, section(page("plugins.md"), "### RuleKind")) == []


def test_every_conformance_suite() -> None:
    known = [name for name in conformance.__all__ if name.startswith("check_")]
    assert undocumented(known, section(page("plugins.md"), "## Its tests")) == []


@pytest.mark.parametrize(
    ("folder", "record"), [("rules", "KIND"), ("sources", "SOURCE"), ("engines", "ENGINE"), ("reports", "REPORT")]
)
def test_every_built_in_is_given_to_its_suite(folder: str, record: str) -> None:
    kinds = {"rules": REGISTRY.rule_kinds, "sources": REGISTRY.sources}
    registered = {**kinds, "engines": REGISTRY.engines, "reports": REGISTRY.reports}[folder]
    text = "".join(file.read_text() for file in (ROOT / "tests" / "conformance").glob("test_*.py"))
    brought = [module for module in modules(folder) if getattr(module, record, None) in registered.values()]
    names = [module.__name__.rpartition(".")[2] for module in brought]
    assert names
    given = [name for name in names if f"{name}.{record}" in text or f"{folder}.{name} import {record}" in text]
    assert given == names, "tests/conformance gives each to the suite of its kind"


def modules(folder: str) -> Iterator[ModuleType]:
    package = import_module(f"supportpolicy.{folder}")
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        yield import_module(module.name)


# --- the command line and the library ---------------------------------------------------------------------------------
def commands() -> dict[str, click.Command]:
    """Every command by its words, those of groups among them."""
    context = click.Context(app)
    found: dict[str, click.Command] = {}
    for name in app.list_commands(context):
        command = app.get_command(context, name)
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                inner = command.get_command(context, below)
                assert inner is not None
                found[f"{name} {below}"] = inner
    return found


COMMANDS = commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_its_options(name: str) -> None:
    text = section(page("commands.md"), f"## `{name.split()[0]}`")
    options = [spelling for option in COMMANDS[name].params for spelling in option.opts if spelling.startswith("-")]
    words = [
        word
        for parameter in COMMANDS[name].params
        if isinstance(parameter.type, click.Choice)
        for word in parameter.type.choices
    ]
    assert undocumented([f"supportpolicy {name}", *options, *words], text) == []


def test_every_exit_code() -> None:
    def below(error: type[SupportPolicyError]) -> Iterator[type[SupportPolicyError]]:
        yield error
        for kind in error.__subclasses__():
            yield from below(kind)

    codes = {0, 1, 2, 3, 4, 5, 130, 141, *(error.exit_code for error in below(SupportPolicyError))}
    assert undocumented(map(str, sorted(codes)), page("exit-codes.md")) == []


def test_every_name_of_the_library() -> None:
    assert undocumented(supportpolicy.__all__, page("library.md")) == []


def test_the_layers_are_those_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    block = section(page("architecture.md"), "## The layers").split("```")[1].strip("\n")
    assert [re.split(" {2,}", line)[0] for line in block.split("\n")] == layers


def test_every_page_is_reached_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    lost = [str(file.relative_to(ROOT)) for file in DOCS.rglob("*.md")]
    assert [name for name in lost if f"]({name})" not in text] == []
