"""What kind of document a file is: its heading key says so."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from supportpolicy.document.nodes import Document, Mapping
from supportpolicy.errors import DocumentError, Place, Problem


class Kind(StrEnum):
    """The kinds of documents, by the key that heads each."""

    POLICY = "supportpolicy"
    MAPPING = "supportpolicy-mapping"
    TESTS = "supportpolicy-tests"
    CALENDARS = "supportpolicy-calendars"


_NOUNS: Final = {
    Kind.POLICY: "a policy",
    Kind.MAPPING: "a mapping",
    Kind.TESTS: "a file of tests",
    Kind.CALENDARS: "a calendar file",
}


def kind_of(document: Document) -> Kind | None:
    """The kind that the document's heading key states, or None."""
    if isinstance(document.root, Mapping):
        for kind in Kind:
            if kind.value in document.root.entries:
                return kind
    return None


def meant_as(kind: Kind, document: Document) -> Document:
    """The document, unless its heading says that it is of another kind; then raises DocumentError."""
    stated = kind_of(document)
    if stated is None or stated is kind:
        return document  # what has no heading at all is told by its schema
    raise DocumentError(
        Problem(
            f"this is {_NOUNS[stated]}",
            document.root.place,
            expected=f"{_NOUNS[kind]}, a file that begins with `{kind}: 1`",
        )
    )


def yaml_files(name: str) -> list[Path]:
    """The file of that name, or the YAML files in the folder of that name, in order of their names.

    Raises DocumentError where there is no such file or folder, or no YAML file in it.
    """
    path = Path(name)
    if not path.is_dir():
        return [path]  # reading it says what is wrong, if anything
    try:
        found = sorted(p for p in path.iterdir() if p.suffix in (".yaml", ".yml") and p.is_file())
    except OSError as error:
        raise DocumentError(Problem(f"cannot list the folder: {error.strerror}", Place(name))) from error
    if not found:
        raise DocumentError(Problem("there is no YAML file in this folder", Place(name), expected="a .yaml file"))
    return found
