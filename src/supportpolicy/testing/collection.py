"""Finds policies, mappings and tests under the paths that a user names."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supportpolicy.document import Document, Mapping, read_document
from supportpolicy.document.headings import Kind, kind_of
from supportpolicy.errors import DocumentError, Place, Problem

HEADINGS: Final = ", ".join(f"`{kind.value}: 1`" for kind in Kind)

_ENDINGS: Final = (".yaml", ".yml")
_HEADING: Final = re.compile(rb"^(supportpolicy(?:-mapping|-tests|-calendars)?)[ \t]*:", re.MULTILINE)
_SLIP: Final = 0.85
"""How alike a key must be to a heading to be taken for a misspelt one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document that could be read, and its path. Its folder is where a policy's other revisions stand."""

    path: Path
    document: Document
    kind: Kind

    @property
    def folder(self) -> Path:
        return self.path.parent


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read; `kind` as far as its text still shows it."""

    path: Path
    kind: Kind | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """What was found, in the order of the paths and of the names. `skipped` are YAML files of someone else."""

    found: tuple[Found, ...]
    unread: tuple[Unread, ...]
    skipped: tuple[str, ...]

    def of(self, kind: Kind) -> tuple[Found, ...]:
        """The documents of one kind."""
        return tuple(found for found in self.found if found.kind is kind)


def collect(paths: Sequence[str]) -> Collection:
    """The documents in files and folders.

    A file that is named must be a document of ours. A folder stands for all its YAML files and those of its sub-folders:
    hidden ones and links to folders are passed over, and a file without one of our headings is skipped.
    """
    found: dict[Path, Found] = {}
    unread: dict[Path, Unread] = {}
    skipped: dict[str, None] = {}
    for name in paths:
        folder = os.path.isdir(name)  # noqa: PTH112 - a name that no file can have is for the reader to refuse
        ours = not folder
        for path in _below(Path(name)) if folder else (Path(name),):
            known = _resolved(path)
            if known not in found and known not in unread:
                match _read(path, str(path) if folder else name, named=not folder):
                    case Found() as result:
                        found[known] = result
                    case Unread() as result:
                        unread[known] = result
                    case None:
                        skipped[str(path)] = None
            ours = ours or known in found or known in unread
        if not ours:
            unread[_resolved(Path(name))] = Unread(Path(name), None, (_nothing_in(name),))
    return Collection(tuple(found.values()), tuple(unread.values()), tuple(skipped))


def beside(path: Path) -> Collection:
    """The documents in the very folder of a file."""
    results = [_read(file, str(file), named=False) for file in _files(path.parent)]
    return Collection(
        tuple(result for result in results if isinstance(result, Found)),
        tuple(result for result in results if isinstance(result, Unread)),
        (),
    )


def _nothing_in(folder: str) -> Problem:
    return Problem(
        "there is no policy, mapping or test in this folder",
        Place(folder),
        expected=f"a .yaml file that begins with one of {HEADINGS}",
    )


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError):
        return path


def _below(folder: Path) -> Iterator[Path]:
    yield from _files(folder)
    for below in sorted(_entries(folder)):
        if below.is_dir() and not below.is_symlink():
            yield from _below(below)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in _entries(folder) if path.suffix in _ENDINGS and path.is_file())


def _entries(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise DocumentError(Problem(f"cannot list the folder: {error.strerror}", Place(str(folder)))) from error


def _read(path: Path, name: str, *, named: bool) -> Found | Unread | None:
    """The document; None for a file that nobody named and that is not one of ours."""
    try:
        document = read_document(path, name)
    except DocumentError as error:
        kind = _claimed(path)
        return Unread(path, kind, error.problems) if named or kind is not None else None
    kind = kind_of(document)
    if kind is not None:
        return Found(path, document, kind)
    slip = _slip(document)
    return Unread(path, None, (_no_heading(document, slip),)) if named or slip is not None else None


def _claimed(path: Path) -> Kind | None:
    """The kind that a file states which is no sound YAML."""
    try:
        heading = _HEADING.search(path.read_bytes()[: 1 << 20])
    except (OSError, ValueError):
        return None
    return Kind(heading[1].decode("ascii")) if heading else None


def _slip(document: Document) -> tuple[str, Kind] | None:
    """A key that was most likely meant as a heading."""
    keys = document.root.entries if isinstance(document.root, Mapping) else ()
    alike = [
        (difflib.SequenceMatcher(None, key.lower(), kind.value).ratio(), key, kind) for key in keys for kind in Kind
    ]
    ratio, key, kind = max(alike, default=(0.0, "", Kind.POLICY))
    return (key, kind) if ratio >= _SLIP else None


def _no_heading(document: Document, slip: tuple[str, Kind] | None) -> Problem:
    root, place = document.root, Place(document.name, 1, 1)
    if slip is not None and isinstance(root, Mapping):
        place = root.entries[slip[0]].key_place
    return Problem(
        "nothing says what kind of document this is",
        place,
        expected=f"one of {HEADINGS}",
        hint=f"did you mean '{slip[1].value}'?" if slip else "",
    )
