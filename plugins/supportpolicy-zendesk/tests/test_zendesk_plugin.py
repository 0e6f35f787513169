"""The plugin as the registry sees it."""

from __future__ import annotations

import pluggy
import supportpolicy_zendesk

from supportpolicy.plugin import hooks
from supportpolicy.plugin.registry import collect


def test_it_brings_one_source() -> None:
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(supportpolicy_zendesk, name="supportpolicy_zendesk")
    manager.check_pending()
    registry = collect(manager, {"supportpolicy_zendesk": "supportpolicy-zendesk 0.1.0"})
    assert list(registry.sources) == ["zendesk"]
    assert registry.origins == {"source zendesk": "supportpolicy-zendesk 0.1.0"}
