"""Strict YAML: what two readers could understand differently is refused, and every value knows its place."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from supportpolicy.document.nodes import Document
from supportpolicy.document.root import WHAT, leads_out
from supportpolicy.document.text import MAX_BYTES, decode, too_long, unseen
from supportpolicy.document.tree import build
from supportpolicy.errors import DocumentError, Place, Problem


def read_document(path: Path, name: str | None = None) -> Document:
    """The document in a file; `name` is what messages call it, as the user typed it.

    Raises `DocumentError` if the file cannot be read, and for everything that `parse_document` refuses. A file over
    the bound is refused without being read, and so is a link that leads out of the root.
    """
    name = str(path) if name is None else name
    try:
        if leads_out(path):
            raise DocumentError(_elsewhere(name))
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_size > MAX_BYTES:
                raise too_long(name, status.st_size)
            data = file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError, ValueError) as error:
        raise DocumentError(_unreadable(name, error)) from None
    if len(data) > MAX_BYTES:
        raise too_long(name, None)
    return parse_document(data, name)


def parse_document(data: bytes, name: str) -> Document:
    """The document in the bytes of a file called `name`.

    Raises `DocumentError` with every problem that could be found: too long, not UTF-8, invisible characters, no YAML,
    empty, several documents, duplicate keys, tags, merge keys, keys that are not text, keys and items without a value,
    tabs between values, values nested too deeply, too many aliases.
    """
    text, problems = unseen(decode(data, name), name)
    root, further = build(text, name)
    problems += further
    if problems or root is None:
        raise DocumentError(*sorted(problems, key=lambda problem: problem.place or Place(name)))
    return Document(name, root, hashlib.sha256(data).hexdigest(), len(data))


def _elsewhere(name: str) -> Problem:
    return Problem(
        "this is a link to a file outside the root of the policies",
        Place(name),
        expected="a file, or a link to one within the root",
        hint=f"name the file itself, or copy it; {WHAT}",
    )


def _unreadable(name: str, error: OSError | RuntimeError | ValueError) -> Problem:
    place = Place(name)
    match error:
        case FileNotFoundError():
            return Problem("there is no such file", place, hint="check the spelling and the folder you are in")
        case IsADirectoryError():
            return Problem("this is a folder", place, expected="a file", hint="name a file in it")
        case PermissionError():
            return Problem("the file may not be read: no permission", place, hint="change the permissions of the file")
        case RuntimeError():
            return Problem("the link leads back to itself", place, expected="a file")
        case OSError():
            return Problem(f"the file cannot be read: {error.strerror or type(error).__name__}", place)
    # A name that no file can have: a NUL, or what the file system's encoding cannot write.
    return Problem("this is not the name of a file", place)
