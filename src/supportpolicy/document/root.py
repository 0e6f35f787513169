"""The root of a document: the folder that nothing it names, and no link to it, may lead out of."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

MARK: Final = "supportpolicy.toml"
PROJECT: Final = "pyproject.toml"
WHAT: Final = (
    f"the root is the nearest folder above that holds {MARK}, or {PROJECT} with [tool.supportpolicy]; without either it is "
    "the document's own folder"
)


def root_of(folder: Path) -> Path:
    """The root of the documents in a folder, which is resolved first."""
    folder = folder.resolve()
    for above in (folder, *folder.parents):
        if (above / MARK).is_file() or _is_project(above / PROJECT):
            return above
    return folder


def leads_out(path: Path) -> bool:
    """Whether the path is a link to a file outside of its root. A pipe has no place, so that nothing leads to it."""
    if not path.is_symlink():
        return False
    target = path.resolve(strict=True)
    return stat.S_ISREG(target.stat().st_mode) and not target.is_relative_to(root_of(path.parent))


def _is_project(path: Path) -> bool:
    import tomllib

    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    tool = settings.get("tool")
    return isinstance(tool, dict) and "supportpolicy" in tool
