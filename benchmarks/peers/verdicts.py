"""What a peer found, written down in the same way by all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

RULES: Final = (
    "paid-edition", "english", "written-only", "first-response", "urgent-response", "resolution", "closing",
    "resolution-recorded",
)  # fmt: skip
GATES: Final = RULES[:3]
"""That a ticket is not covered is no finding, but it is counted."""


def report(verdicts: Iterable[tuple[str, str, str]], path: str) -> None:
    """Write the findings among (ticket, rule, verdict) and print the counts of all of them."""
    counts: Counter[tuple[str, str]] = Counter()
    with Path(path).open("w", encoding="utf-8") as out:
        for ticket, rule, verdict in verdicts:
            counts[rule, verdict] += 1
            if verdict == "unknown" or (verdict == "fail" and rule not in GATES):
                out.write(f"{ticket},{rule},{verdict}\n")
    rules: dict[str, dict[str, int]] = {rule: {} for rule in RULES}
    for (rule, verdict), count in counts.items():
        rules[rule][verdict] = count
    print(json.dumps(rules))
