"""The source `zendesk`: detection, opening and the mapping that comes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

from supportpolicy.plugin import Detected, Probe, Snapshot, Source
from supportpolicy_zendesk.view import NEEDED, known_columns

CERTAINTY: Final = 90


def detect(probe: Probe) -> Detected | None:
    """Recognise a CSV view by its header."""
    known = known_columns(probe.head)
    if not known:
        return None
    return Detected(
        CERTAINTY, f"the header has Id, Created at and {len(known) - len(NEEDED)} more columns of a Zendesk view"
    )


def open_view(locations: Sequence[str], options: Mapping[str, Any], table: str) -> Snapshot:
    """Open CSV files by their headers, in any case: the tickets of a view, or a lookup table beside it."""
    from supportpolicy.sources.delimited import open_csv

    return open_csv(locations, {**options, "columns": "by_name_any_case"}, table)


def mapping() -> str:
    """The mapping of a view, as YAML."""
    return resources.files("supportpolicy_zendesk").joinpath("mapping.yaml").read_text(encoding="utf-8")


SOURCE: Final = Source(
    name="zendesk",
    summary="A Zendesk CSV view; `--table organizations=FILE` and `--table users=FILE` give editions and languages.",
    schema={"properties": {"columns": {"const": "by_name_any_case"}}},
    detect=detect,
    open=open_view,
    mapping=mapping,
)
