"""What the registry makes of installed plugins, sound and broken."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from supportpolicy.cli import run
from supportpolicy.errors import PluginError
from supportpolicy.plugin.registry import installed

REPORT = """
from supportpolicy.plugin import Report, hookimpl

@hookimpl
def supportpolicy_reports():
    return [Report(name="{name}", summary="a report", suffix=".txt", open=lambda head, out, options: None)]
"""

Install: TypeAlias = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Lays out a distribution with one plugin as an installer does: `install("acme-tools", "1.2", code)`."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = set(sys.modules)

    def lay_out(distribution: str, version: str, code: str, point: str = "", folder: str = "") -> None:
        site = tmp_path / folder
        site.mkdir(exist_ok=True)
        if folder:
            monkeypatch.syspath_prepend(site)
        module = distribution.replace("-", "_")
        (site / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[supportpolicy]\n{point or module} = {module}\n", "utf-8")

    yield lay_out
    for name in set(sys.modules) - modules:
        if name.startswith("acme"):
            del sys.modules[name]


def failures() -> dict[str, str]:
    """Of each plugin here that failed: its distribution and version, and why."""
    return {
        plugin.distribution: plugin.error for plugin in installed().failed if plugin.distribution.startswith("acme")
    }


def test_a_plugin_is_found_and_named_with_its_version(install: Install) -> None:
    install("acme-tools", "1.2", REPORT.format(name="acme"))
    registry = installed()
    assert registry.report("acme").suffix == ".txt"
    assert registry.origins["report acme"] == "acme-tools 1.2"
    assert registry.versions["acme-tools"] == "1.2"
    assert failures() == {}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise RuntimeError('no licence\\nfound')", "RuntimeError: no licence found"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def broken(:\n", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("", "it has no hook; expected a function marked hookimpl"),
        (
            REPORT.replace("_reports", "_report"),
            "supportpolicy_report is not a hook; expected one of supportpolicy_rule_kinds, supportpolicy_sources, "
            "supportpolicy_engines, supportpolicy_reports; did you mean 'supportpolicy_reports'?",
        ),
        (REPORT.replace("_reports", "_exporters"), "supportpolicy_exporters is not a hook; expected one of "),
        (
            REPORT.replace("_reports()", "_reports(manager)"),
            "PluginValidationError: Plugin 'acme-tools:acme_tools' for hook 'supportpolicy_reports' hookimpl definition",
        ),
        (REPORT.replace("return [", "from no_such_module import x; ["), "ModuleNotFoundError: No module named"),
        (REPORT.replace("return [", "["), "supportpolicy_reports gave nothing; expected a list of Report records"),
        (
            REPORT.replace("return [", "return {}, ["),
            "supportpolicy_reports gave a dict among its records; expected a ",
        ),
        (
            REPORT.replace("_reports", "_engines"),
            "supportpolicy_engines gave a Report among its records; expected a list of Engine records",
        ),
        (REPORT.replace("return [", "yield ["), "supportpolicy_reports gave a generator; expected a list of Report "),
        (REPORT.replace("{name}", "Acme Report"), "the report 'Acme Report' has no proper name; expected kebab-case"),
        (REPORT.replace("{name}", "a=b"), "the report 'a=b' has no proper name; expected kebab-case"),
        (REPORT.replace('"{name}"', "None"), "the report None has no proper name; expected kebab-case"),
        (REPORT.replace("return [", "return 2 * ["), "it brings the report 'acme' twice"),
        (REPORT.replace("{name}", "json"), "it brings the report 'json', as does supportpolicy "),
    ],
)
def test_a_plugin_that_cannot_be_used_says_why(install: Install, code: str, why: str) -> None:
    before = installed()
    install("acme-tools", "1.2", code.replace("{name}", "acme"))
    found = failures()
    assert list(found) == ["acme-tools 1.2"]
    assert found["acme-tools 1.2"].startswith(why)
    assert "\n" not in found["acme-tools 1.2"]
    registry = installed()
    for extensions in ("rule_kinds", "sources", "engines", "reports"):
        assert list(getattr(registry, extensions)) == list(getattr(before, extensions)), extensions
    assert "acme-tools" not in registry.versions


def test_a_failed_plugin_takes_all_that_it_brings_with_it(install: Install) -> None:
    install("acme-tools", "1.2", REPORT.format(name="acme") + "@hookimpl\ndef supportpolicy_engines():\n    1 / 0\n")
    registry = installed()
    assert failures() == {"acme-tools 1.2": "ZeroDivisionError: division by zero"}
    assert "acme" not in registry.reports
    assert "report acme" not in registry.origins


def test_of_two_strangers_that_bring_one_name_neither_stands(install: Install) -> None:
    install("acme-one", "1", REPORT.format(name="acme"))
    install("acme-two", "2", REPORT.format(name="acme"))
    install("acme-three", "3", REPORT.format(name="other"))
    assert failures() == {
        "acme-one 1": "it brings the report 'acme', as does acme-two 2; uninstall all but one",
        "acme-two 2": "it brings the report 'acme', as does acme-one 1; uninstall all but one",
    }
    registry = installed()
    assert "acme" not in registry.reports
    assert "other" in registry.reports


def test_two_distributions_may_call_their_plugins_alike(install: Install) -> None:
    install("acme-one", "1", REPORT.format(name="one"), point="acme")
    install("acme-two", "2", REPORT.format(name="two"), point="acme")
    registry = installed()
    assert failures() == {}
    assert registry.origins["report one"] == "acme-one 1"
    assert registry.origins["report two"] == "acme-two 2"


def test_of_two_copies_of_a_distribution_the_first_on_the_path_counts(install: Install) -> None:
    install("acme-tools", "1", REPORT.format(name="old"), folder="old")
    install("acme-tools", "2", REPORT.format(name="new"), folder="new")
    registry = installed()
    assert failures() == {}
    assert registry.origins["report new"] == "acme-tools 2"
    assert "old" not in registry.reports


def test_asking_for_what_a_failed_plugin_may_have_brought_says_that_it_failed(install: Install) -> None:
    install("acme-tools", "1.2", "raise RuntimeError('no licence')")
    registry = installed()
    for ask in (registry.source, registry.report, registry.engine):
        with pytest.raises(PluginError) as caught:
            ask("acme")
        hint = caught.value.problems[0].hint
        assert "plugin acme_tools (acme-tools 1.2) failed to load: RuntimeError: no licence" in hint


def test_list_shows_what_failed_and_exits_0(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("acme-tools", "1.2", "raise RuntimeError('no licence')")
    assert run(["list", "sources"]) == 0
    out, err = capsys.readouterr()
    assert "csv" in out
    assert "plugin acme_tools (acme-tools 1.2) failed to load: RuntimeError: no licence" in err


def test_the_built_ins_come_by_the_same_way() -> None:
    registry = installed()
    assert not [plugin for plugin in registry.failed if plugin.distribution.startswith("supportpolicy ")]
    assert registry.origins["source csv"].startswith("supportpolicy ")
    assert {"deadline", "eligibility", "language"} <= set(registry.rule_kinds)
    assert "reference" in registry.engines
    assert {"csv", "json", "text"} <= set(registry.reports)
