"""The columns of the benchmark's files."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "id", "submitted", "first_response", "resolved", "closed", "edition", "language", "channel", "priority", "status",
    "region", "organization", "requester", "subject", "updated",
)  # fmt: skip
NEEDED: Final = COLUMNS[:10]
"""Those that the rules read: the same ones the floor reads."""
EVENT_COLUMNS: Final = ("ticket", "at", "what", "who", "public", "value", "before")
"""Those of a log of events, all of which are read."""
