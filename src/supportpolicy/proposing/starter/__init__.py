"""A policy to begin with, and its tests."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

_FILES = ("policy.yaml", "tests.yaml")


def starter(name: str) -> Mapping[str, str]:
    """The texts of a new policy's files, by file name."""
    title = name.replace("-", " ").capitalize()
    texts = {file: files(__name__).joinpath(file).read_text(encoding="utf-8") for file in _FILES}
    policy = (
        texts["policy.yaml"]
        .replace("\nid: starter\n", f"\nid: {name}\n")
        .replace("\ntitle: Starter\n", f"\ntitle: {title}\n")
    )
    return {**texts, "policy.yaml": policy}
