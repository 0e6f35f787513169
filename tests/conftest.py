"""In which order all tests run, and that no example is timed: a busy machine is no fault."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LONG = ("fresh_clone", "packaging", "long")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first, so that no worker is left with it when the others have nothing more to do."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in _LONG))
