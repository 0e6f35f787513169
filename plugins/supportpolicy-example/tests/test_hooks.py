"""The plugin as supportpolicy finds it: these fail where it is not installed."""

from __future__ import annotations

from importlib import metadata

import pytest
from supportpolicy.plugin.registry import installed

import supportpolicy_example

pytestmark = pytest.mark.skipif(
    "example" not in {point.name for point in metadata.entry_points(group="supportpolicy")},
    reason="the plugin is not installed; `pip install -e .`",
)


def test_the_plugin_loads() -> None:
    assert not [plugin for plugin in installed().failed if plugin.name == "example"]


def test_everything_it_brings_is_found() -> None:
    registry = installed()
    assert "example-tagged" in registry.rule_kinds
    assert registry.source("example-mbox").mapping is not None
    assert registry.engine("example-twice").scopes == {"ticket", "population"}
    assert registry.report("example-tap").suffix == ".tap"


def test_every_hook_is_named_in_all() -> None:
    hooks = {name for name in vars(supportpolicy_example) if name.startswith("supportpolicy_") and name.endswith("s")}
    assert hooks == set(supportpolicy_example.__all__)
