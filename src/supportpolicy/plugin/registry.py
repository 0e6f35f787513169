"""The registry: built once from the installed plugins and passed to whoever needs it. Nothing registers at import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

import pluggy

from supportpolicy.errors import PluginError, Problem, did_you_mean
from supportpolicy.plugin import hooks
from supportpolicy.plugin.records import Engine, Report, RuleKind, Source

T = TypeVar("T", RuleKind, Source, Engine, Report)
Extension: TypeAlias = RuleKind | Source | Engine | Report

BUILT_IN: Final = "supportpolicy"
"""The distribution whose extensions stand whatever else is installed: everybody's policies rely on their names."""

_NAME: Final = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_HOOKS: Final[Mapping[str, tuple[str, type[Extension]]]] = MappingProxyType(
    {
        "supportpolicy_rule_kinds": ("rule", RuleKind),
        "supportpolicy_sources": ("source", Source),
        "supportpolicy_engines": ("engine", Engine),
        "supportpolicy_reports": ("report", Report),
    }
)


@dataclass(frozen=True, slots=True)
class FailedPlugin:
    """A plugin that is installed but could not be loaded. `distribution` is its name and version."""

    name: str
    distribution: str
    error: str

    def __str__(self) -> str:
        return f"plugin {self.name} ({self.distribution}) failed to load: {self.error}"


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
        """The source called `name`; raises PluginError naming the nearest, or the plugins that failed to load."""
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
        hint = "; ".join(filter(None, (did_you_mean(name, known), *map(str, self.failed))))
        raise PluginError(
            Problem(f"there is no {what} {name!r}", expected=f"one of {', '.join(sorted(known))}", hint=hint)
        )


def installed() -> Registry:
    """The registry of everything installed: entry points of the group `supportpolicy`, the built-ins among them.

    A plugin that fails to load is kept by name, version and error; it stops nothing that does not ask for it.
    """
    manager = _manager()
    brought_by: dict[str, str] = {}
    failed: list[FailedPlugin] = []
    for distribution, version, point in _entry_points():
        name = f"{distribution}:{point.name}"
        origin = f"{distribution} {version}"
        try:
            manager.register(point.load(), name=name)
        except (Exception, SystemExit) as error:  # whatever a stranger's module raises must not take the tool down
            failed.append(FailedPlugin(point.name, origin, _told(error)))
        else:
            brought_by[name] = origin
    return collect(manager, brought_by, tuple(failed))


def collect(
    manager: pluggy.PluginManager, brought_by: Mapping[str, str], failed: Iterable[FailedPlugin] = ()
) -> Registry:
    """Call the hooks of every registered plugin and gather what they give. `brought_by` gives for the name of a plugin
    the name and version of its distribution.

    A plugin fails as a whole where a hook is misspelt, raises, or gives something else than its records. Where two bring
    the same name, the built-in stands; of two others neither does, for nobody has said which is meant.
    """
    brought: dict[str, Sequence[tuple[str, Extension]]] = {}
    wrong: dict[str, str] = {}
    for name, plugin in manager.list_name_plugin():
        try:
            _check_hooks(manager, plugin)
            brought[name] = tuple(_given(manager, plugin))
        except (Exception, SystemExit) as error:  # a hook is a stranger's code too
            wrong[name] = _told(error)
    origins = {name: brought_by.get(name, name) for name, _ in manager.list_name_plugin()}
    wrong.update(_conflicts(brought, origins))
    found = [
        (what, extension, origins[name])
        for name, extensions in brought.items()
        if name not in wrong
        for what, extension in extensions
    ]
    return Registry(
        rule_kinds=_named(found, RuleKind),
        sources=_named(found, Source),
        engines=_named(found, Engine),
        reports=_named(found, Report),
        origins=MappingProxyType({f"{what} {extension.name}": origin for what, extension, origin in found}),
        versions=_versions(origin for name, origin in origins.items() if name not in wrong),
        failed=(*failed, *(FailedPlugin(name.rpartition(":")[2], origins[name], why) for name, why in wrong.items())),
    )


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    return manager


def _entry_points() -> Iterator[tuple[str, str, metadata.EntryPoint]]:
    """Each plugin once, with its distribution's name and version, in order of distributions, the built-ins first. Of two
    copies of a distribution on the path the first counts, as for imports."""
    first: dict[str, tuple[str, str, list[metadata.EntryPoint]]] = {}
    for distribution in metadata.distributions():
        points = [point for point in distribution.entry_points if point.group == hooks.PROJECT]
        if points:
            told = distribution.metadata  # a text that is read anew each time
            name = told["Name"]
            first.setdefault(re.sub("[-_.]+", "-", name).lower(), (name, told["Version"], points))
    for key in sorted(first, key=lambda key: (key != BUILT_IN, key)):
        name, version, points = first[key]
        for point in sorted(points):
            yield name, version, point


def _check_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    callers = manager.get_hookcallers(plugin) or []
    for caller in callers:
        own = [hook for hook in caller.get_hookimpls() if hook.plugin is plugin]
        if not caller.has_spec() and not all(hook.optionalhook for hook in own):
            raise PluginError(
                Problem(
                    f"{caller.name} is not a hook",
                    expected=f"one of {', '.join(_HOOKS)}",
                    hint=did_you_mean(caller.name, _HOOKS),
                )
            )
    if not callers:
        raise PluginError(Problem("it has no hook", expected=f"a function marked hookimpl: one of {', '.join(_HOOKS)}"))


def _given(manager: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, Extension]]:
    """What the plugin's hooks give, each with what it is; raises PluginError where it is not as it should be."""
    for hook, (what, kind) in _HOOKS.items():
        names: set[str] = set()
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            if implementation.plugin is not plugin:
                continue
            for extension in _records(implementation.function(), kind, hook):
                if not isinstance(extension.name, str) or not _NAME.fullmatch(extension.name):
                    raise PluginError(
                        Problem(f"the {what} {extension.name!r} has no proper name", expected="kebab-case")
                    )
                if extension.name in names:
                    raise PluginError(Problem(f"it brings the {what} {extension.name!r} twice"))
                names.add(extension.name)
                yield what, extension


def _records(given: Any, kind: type[Extension], hook: str) -> Iterable[Extension]:
    expected = f"a list of {kind.__name__} records"
    if not isinstance(given, list | tuple):
        raise PluginError(Problem(f"{hook} gave {_a(given)}", expected=expected))
    for item in given:
        if not isinstance(item, kind):
            raise PluginError(Problem(f"{hook} gave {_a(item)} among its records", expected=expected))
    return given


def _conflicts(brought: Mapping[str, Sequence[tuple[str, Extension]]], origins: Mapping[str, str]) -> dict[str, str]:
    """For each plugin that brings a name that is not its own, why it is left out."""
    bearers: dict[tuple[str, str], list[str]] = {}
    for name, extensions in brought.items():
        for what, extension in extensions:
            bearers.setdefault((what, extension.name), []).append(name)
    found: dict[str, str] = {}
    for (what, shared), names in bearers.items():
        for name in names:
            others = [origins[other] for other in names if other != name]
            if others and _distribution(origins[name]) != BUILT_IN:
                found[name] = f"it brings the {what} {shared!r}, as does {' and '.join(others)}; uninstall all but one"
    return found


def _named(found: Iterable[tuple[str, Extension, str]], kind: type[T]) -> Mapping[str, T]:
    extensions = {extension.name: extension for _, extension, _ in found if isinstance(extension, kind)}
    return MappingProxyType(dict(sorted(extensions.items())))


def _versions(origins: Iterable[str]) -> Mapping[str, str]:
    pairs = (origin.rpartition(" ") for origin in sorted(set(origins)))
    return MappingProxyType({name: version for name, _, version in pairs if name})


def _distribution(origin: str) -> str:
    return origin.rpartition(" ")[0] or origin


def _told(error: BaseException) -> str:
    """The error on one line: our own by its problems, another by its type too."""
    if isinstance(error, PluginError):
        told = "; ".join(
            f"{problem.message}; expected {problem.expected}" if problem.expected else problem.message
            for problem in error.problems
        )
        hints = "; ".join(problem.hint for problem in error.problems if problem.hint)
        return f"{told}; {hints}" if hints else told
    return " ".join(f"{type(error).__name__}: {error}".split())


def _a(value: object) -> str:
    return (
        "nothing" if value is None else f"{'an' if type(value).__name__[:1] in 'aeiou' else 'a'} {type(value).__name__}"
    )
