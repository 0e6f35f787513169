"""Built once for all tests here: the packages of this checkout, and an environment that has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from workshop import Environment, build_distributions, build_wheel, copy_of_checkout, copy_of_plugin


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of supportpolicy, made from its sdist."""
    folder = tmp_path_factory.mktemp("core")
    wheel, sdist = build_distributions(copy_of_checkout(tmp_path_factory.mktemp("checkout")), folder)
    assert (sdist.suffix, wheel.suffix) == (".gz", ".whl")
    return wheel


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The wheels of the plugins."""
    built, sources = tmp_path_factory.mktemp("plugins"), tmp_path_factory.mktemp("sources")
    names = ("supportpolicy-example", "supportpolicy-zendesk")
    return tuple(build_wheel(copy_of_plugin(name, sources), built) for name in names)


@pytest.fixture(scope="session")
def environment(core: Path, plugins: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheels were installed from scratch, with all that they say they depend on, and pytest."""
    made = Environment.new(tmp_path_factory.mktemp("environment"))
    made.install(core)
    made.run("supportpolicy", "--version")  # before anything else could bring what it lacks
    made.install(*plugins, "pytest")
    return made
