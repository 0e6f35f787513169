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
        if _is_marked(above):
            return above
    return folder


def leads_out(path: Path) -> bool:
    """Whether the path is a link to a file outside of its root. A pipe has no place, so that nothing leads to it."""
    if not path.is_symlink() or not stat.S_ISREG(path.stat().st_mode):
        return False
    return not path.resolve().is_relative_to(root_of(path.parent))


def _is_marked(folder: Path) -> bool:
    import tomllib

    try:
        if (folder / MARK).is_file():
            return True
        tool = tomllib.loads((folder / PROJECT).read_text(encoding="utf-8")).get("tool")
    except (OSError, ValueError):  # not there, or not for us to read
        return False
    return isinstance(tool, dict) and "supportpolicy" in tool
