"""Zendesk for supportpolicy: a source that recognises CSV views and brings their mapping."""

from __future__ import annotations

from supportpolicy.plugin import Source, hookimpl

__all__ = ["supportpolicy_sources"]


@hookimpl
def supportpolicy_sources() -> list[Source]:
    """The source `zendesk`."""
    from supportpolicy_zendesk.source import SOURCE

    return [SOURCE]
