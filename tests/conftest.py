"""In which order all tests run, what they are called, and that no example is timed: a busy machine is no fault."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LONG = ("fresh_clone", "packaging", "long")
_LONGEST_NAME = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first, so that no worker is left with it when the others have nothing more to do."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in _LONG))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long example is called by its size: what is compressed, or drawn, may differ from one worker to the next, and then
    the workers would not agree on which tests there are and none would run."""
    if isinstance(val, (bytes, str)) and len(val) > _LONGEST_NAME:
        return f"{argname} of {len(val)}"
    return None
