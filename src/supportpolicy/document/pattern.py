"""Regular expressions as JSON Schema means them."""

from __future__ import annotations

import functools
import re

_END = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


@functools.lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    r"""The pattern with `$` for the very end and `\d`, `\w`, `\s` for ASCII only.

    In Python `$` also matches before a last line end, so that `^[a-z]+$` would take an id followed by one.
    """
    return re.compile(_END.sub(lambda match: r"\Z" if match[0] == "$" else match[0], pattern), re.ASCII)
