"""The registry: built once from the installed plugins and passed to whoever needs it. Nothing registers at import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from types import MappingProxyType
from typing import Any, TypeVar

import pluggy

from supportpolicy.errors import PluginError, Problem, did_you_mean
from supportpolicy.plugin import hooks
from supportpolicy.plugin.records import Engine, Report, RuleKind, Source

T = TypeVar("T", RuleKind, Source, Engine, Report)


@dataclass(frozen=True, slots=True)
class FailedPlugin:
    """A plugin that is installed but could not be loaded."""

    name: str
    distribution: str
    error: str


@dataclass(frozen=True, slots=True)
class Registry:
    """Extensions by name, the versions of the distributions that brought them, and the plugins that failed to load."""

    rule_kinds: Mapping[str, RuleKind]
    sources: Mapping[str, Source]
    engines: Mapping[str, Engine]
    reports: Mapping[str, Report]
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Which distribution brought an extension: `source zendesk` to `supportpolicy-zendesk 0.1.0`."""
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    failed: tuple[FailedPlugin, ...] = ()

    def source(self, name: str) -> Source:
        """The source called `name`; raises PluginError naming the nearest, or the plugin that failed to load."""
        return self._get("source", self.sources, name)

    def report(self, name: str) -> Report:
        """The report format called `name`; raises PluginError as `source` does."""
        return self._get("report", self.reports, name)

    def engine(self, name: str) -> Engine:
        """The engine called `name`; raises PluginError as `source` does."""
        return self._get("engine", self.engines, name)

    def _get(self, what: str, known: Mapping[str, T], name: str) -> T:
        if name in known:
            return known[name]
        hint = did_you_mean(name, known)
        for plugin in self.failed:
            hint += f"{' ' if hint else ''}plugin {plugin.name} ({plugin.distribution}) failed to load: {plugin.error}"
        raise PluginError(
            Problem(f"there is no {what} {name!r}", expected=f"one of {', '.join(sorted(known))}", hint=hint)
        )


def installed() -> Registry:
    """The registry of everything installed: entry points of the group `supportpolicy`, the built-ins among them.

    A plugin that fails to load is kept by name, version and error. A misspelt hook is an error of its plugin.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    brought_by: dict[str, str] = {}
    failed: list[FailedPlugin] = []
    points = {
        (point.name, point.value): (dist.metadata["Name"], dist.version, point)
        for dist in metadata.distributions()
        for point in dist.entry_points
        if point.group == hooks.PROJECT
    }
    for (name, value), (distribution, version, point) in sorted(
        points.items(), key=lambda p: (p[0][0] != "builtin", p[0])
    ):
        try:
            plugin = point.load()
            manager.register(plugin, name=value)
            manager.check_pending()
        except Exception as error:  # whatever a stranger's module raises must not take the tool down
            if manager.has_plugin(value):
                manager.unregister(name=value)
            failed.append(FailedPlugin(name, f"{distribution} {version}", f"{type(error).__name__}: {error}"))
        else:
            brought_by[value] = f"{distribution} {version}"
    return collect(manager, brought_by, tuple(failed))


def collect(
    manager: pluggy.PluginManager, brought_by: Mapping[str, str], failed: tuple[FailedPlugin, ...] = ()
) -> Registry:
    """Call the hooks of every registered plugin and gather what they give; raises PluginError where two plugins bring the
    same name or a hook gives something else than its records."""
    origins: dict[str, str] = {}

    def gather(hook: str, kind: type[T], what: str) -> Mapping[str, T]:
        found: dict[str, T] = {}
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            origin = brought_by.get(implementation.plugin_name, implementation.plugin_name)
            for extension in _records(implementation.function(), kind, hook, origin):
                if extension.name in found:
                    raise PluginError(
                        Problem(
                            f"{what} {extension.name!r} is brought by {origins[f'{what} {extension.name}']} and by {origin}",
                            expected="a name that only one installed plugin brings",
                            hint="uninstall one of the two",
                        )
                    )
                found[extension.name] = extension
                origins[f"{what} {extension.name}"] = origin
        return MappingProxyType(dict(sorted(found.items())))

    rule_kinds = gather("supportpolicy_rule_kinds", RuleKind, "rule")
    sources = gather("supportpolicy_sources", Source, "source")
    engines = gather("supportpolicy_engines", Engine, "engine")
    reports = gather("supportpolicy_reports", Report, "report")
    versions = dict(sorted(v.rsplit(" ", 1) for v in set(brought_by.values()) if " " in v))
    return Registry(
        rule_kinds, sources, engines, reports, MappingProxyType(origins), MappingProxyType(versions), failed
    )


def _records(given: Any, kind: type[T], hook: str, origin: str) -> Iterable[T]:
    if isinstance(given, list | tuple) and all(isinstance(item, kind) for item in given):
        return given
    raise PluginError(
        Problem(f"{origin}: {hook} gave {type(given).__name__}", expected=f"a list of {kind.__name__} records")
    )
