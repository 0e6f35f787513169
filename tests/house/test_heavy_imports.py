"""What each command loads of the packages that take long to load. A command that needs one more says so here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICY = "policies/memsource-technical-support"
EXPORT = "examples/zendesk/tickets.csv"

HEAVY = frozenset(
    {"backports.zstd", "click", "duckdb", "holidays", "jsonschema", "language_tags", "pluggy", "rich", "yaml"}
)
DOCUMENTS = {"click", "pluggy", "yaml"}
VALIDATED = {*DOCUMENTS, "jsonschema"}

COMMANDS: dict[str, set[str]] = {
    "--version": {"click"},
    "--help": {"click"},
    "list rules": DOCUMENTS,
    "schema policy": DOCUMENTS,
    f"new mapping {EXPORT}": DOCUMENTS,
    f"check {POLICY}": VALIDATED,
    f"test {POLICY}": VALIDATED,
    "check policies": {*VALIDATED, "holidays"},
    f"audit {EXPORT} --policy {POLICY} -o json": VALIDATED,
    f"audit {EXPORT} --policy {POLICY} -o csv": VALIDATED,
    f"audit {EXPORT} --policy {POLICY}": {*VALIDATED, "rich"},
    f"explain 20101 {EXPORT} --policy {POLICY}": {*VALIDATED, "rich"},
}

_RUN = """
import json, os, sys
from supportpolicy.cli import run
out, sys.stdout, sys.stderr = sys.stdout, open(os.devnull, "w"), open(os.devnull, "w")
code = run(sys.argv[1:])
json.dump([code, list(sys.modules)], out)
"""
_JUDGE = """
import json, sys
import supportpolicy
modules = [list(sys.modules)]
policy = supportpolicy.load_policy(sys.argv[1])
policy.judge({"language": "en", "submitted": "2021-03-01T08:00:00Z"}, "2021-03-02T00:00:00Z")
json.dump([*modules, list(sys.modules)], sys.stdout)
"""


def loaded(code: str, *arguments: str) -> list[object]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: list[object] = json.loads(done.stdout)
    return told


def heavy(modules: object) -> set[str]:
    assert isinstance(modules, list)
    return set(HEAVY.intersection(modules))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_what_it_needs(command: str) -> None:
    code, modules = loaded(_RUN, *command.split())
    assert code in (0, 1, 3, 4)  # it ran: neither refused nor broken
    assert heavy(modules) == COMMANDS[command]


@pytest.mark.parametrize(("holidays", "more"), [("[12-25]", set()), ("{country: US}", {"holidays"})])
def test_holidays_are_loaded_for_a_country(tmp_path: Path, holidays: str, more: set[str]) -> None:
    file = tmp_path / "calendars.yaml"
    calendar = f"{{zone: UTC, hours: {{mon: 09:00-17:00}}, holidays: {holidays}}}"
    file.write_text(f"supportpolicy-calendars: 1\ncalendars: {{office: {calendar}}}\n")
    code, modules = loaded(_RUN, "calendar", str(file))
    assert code == 0
    assert heavy(modules) == {*VALIDATED, *more}


def test_the_version_is_told_without_the_rest_of_the_package() -> None:
    _, modules = loaded(_RUN, "--version")
    assert isinstance(modules, list)
    own = {name for name in modules if name.partition(".")[0] == "supportpolicy"}
    assert own == {
        "supportpolicy",
        "supportpolicy.cli",
        "supportpolicy.cli.app",
        "supportpolicy.cli.talk",
        "supportpolicy.errors",
        "supportpolicy.model",
        "supportpolicy.model.text",
    }
    assert "importlib.metadata" not in modules


def test_the_library_loads_when_it_is_used() -> None:
    imported, judged = loaded(_JUDGE, POLICY)
    assert heavy(imported) == set()
    assert heavy(judged) == {"jsonschema", "pluggy", "yaml"}
