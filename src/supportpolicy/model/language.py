"""BCP 47 language tags: normal form, registration of the primary subtag, basic filtering (RFC 4647, section 3.3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from supportpolicy.model.text import token

_NO_LANGUAGE: Final = frozenset({"und", "mis", "mul", "zxx"})
"""Registered, and naming no language: undetermined, uncoded, several, none."""
_SHAPE: Final = re.compile("[a-z]{2,8}(-[a-z0-9]{1,8})*")


@lru_cache(maxsize=1)
def _registered() -> frozenset[str]:
    """The primary subtags of the IANA registry, out of the data of `language_tags`; read once, and only where a language is
    looked at. The package itself is not imported: it reads a megabyte of JSON when it is."""
    import json
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("language_tags")
    assert spec is not None
    assert spec.origin is not None
    return frozenset(json.loads((Path(spec.origin).parent / "data/json/language.json").read_text("utf-8")))


@lru_cache(maxsize=4096)
def language(text: str) -> str | None:
    """The normal form of a tag (`en_GB` is `en-gb`), or None where it is malformed or its primary subtag names no
    language that is registered with IANA."""
    tag = token(text).replace("_", "-")
    primary = tag.partition("-")[0]
    if not _SHAPE.fullmatch(tag) or primary in _NO_LANGUAGE or primary not in _registered():
        return None
    return tag


def covers(language_range: str, tag: str) -> bool:
    """Whether `en` covers `en` and `en-gb`. Both in normal form."""
    return tag == language_range or tag.startswith(language_range + "-")


def covered_by(ranges: Iterable[str]) -> Callable[[str], bool]:
    """Whether one of the ranges covers a tag."""
    whole = frozenset(ranges)
    parts = tuple(f"{language_range}-" for language_range in whole)
    return lambda tag: tag in whole or tag.startswith(parts)
