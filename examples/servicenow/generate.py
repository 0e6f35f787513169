"""Write the example log: `incidents.csv` beside this file, or in a given directory.

    python examples/servicenow/generate.py [DIRECTORY]

Everything is invented; the columns and the oddities are those of the published log that the README names. The same bytes
come out every time and on every machine: the only source of chance is `random.Random(SEED).random()`, whose sequence Python
promises to keep.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

SEED: Final = 24918
INCIDENTS: Final = 320
START: Final = datetime(2016, 2, 29, 1, 16)
END: Final = datetime(2017, 1, 31, 18, 0)
LAST: Final = datetime(2017, 2, 18, 15, 0)
"""The newest time that the published log has; nothing here is later."""

COLUMNS: Final = (
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla", "caller_id",
    "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at", "contact_type",
    "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency", "priority", "assignment_group",
    "assigned_to", "knowledge", "u_priority_confirmation", "notify", "problem_id", "rfc", "vendor", "caused_by",
    "closed_code", "resolved_by", "resolved_at", "closed_at",
)  # fmt: skip
HIGH, MEDIUM, LOW = "1 - High", "2 - Medium", "3 - Low"
MATRIX: Final[Mapping[tuple[str, str], str]] = {
    (HIGH, HIGH): "1 - Critical",
    (HIGH, MEDIUM): "2 - High",
    (MEDIUM, HIGH): "2 - High",
    (MEDIUM, MEDIUM): "3 - Moderate",
    (LOW, HIGH): "3 - Moderate",
    (MEDIUM, LOW): "4 - Low",
    (LOW, MEDIUM): "4 - Low",
    (LOW, LOW): "4 - Low",
}
"""Impact and urgency to priority. High impact with low urgency does not occur."""
WEIGHTS: Final = (
    ((MEDIUM, MEDIUM), 82), ((LOW, LOW), 6), ((HIGH, HIGH), 4), ((MEDIUM, HIGH), 3), ((HIGH, MEDIUM), 2),
    ((LOW, MEDIUM), 1), ((MEDIUM, LOW), 1), ((LOW, HIGH), 1),
)  # fmt: skip
HOURS: Final = {"1 - Critical": 60.0, "2 - High": 70.0, "3 - Moderate": 200.0, "4 - Low": 260.0}
"""How long the slower incidents take, by priority."""
CONTACTS: Final = ("Phone",) * 36 + ("Self service",) * 2 + ("Email", "IVR")
WAITING: Final = ("Awaiting User Info",) * 8 + ("Awaiting Vendor", "Awaiting Problem", "Awaiting Evidence")

# Which incidents, counted from 0, show what the published log has a few of.
BACKWARDS: Final = {3: 2, 7: 3, 50: 2}
"""An early update bears a later number: its time lies before that of the update counted before it, and the number twice."""
ODD_STATE: Final = frozenset({40, 171, 172})
"""`incident_state` is -100 for a while."""
CALLER_CHANGES: Final = frozenset({25, 190})
CONTACT_CHANGES: Final = {60: "Direct opening", 205: "Phone", 260: "Direct opening"}
PRIORITY_CHANGES: Final[Mapping[int, tuple[tuple[str, str], tuple[str, str]]]] = {
    12: ((MEDIUM, MEDIUM), (HIGH, HIGH)),
    33: ((HIGH, HIGH), (MEDIUM, MEDIUM)),
    77: ((MEDIUM, MEDIUM), (LOW, LOW)),
    118: ((LOW, LOW), (MEDIUM, HIGH)),
    223: ((MEDIUM, MEDIUM), (MEDIUM, HIGH)),
    301: ((MEDIUM, HIGH), (LOW, HIGH)),
}
CELLS: Final = {5: (MEDIUM, LOW), 20: (HIGH, HIGH), 64: (LOW, HIGH), 150: (LOW, MEDIUM), 240: (HIGH, MEDIUM)}
"""Impact and urgency of some incidents, so that every cell of the matrix occurs."""
EXACT: Final = {20: 8 * 60, 240: 24 * 60}
"""Minutes to the resolution that the limits of policy.yaml allow to the minute: too coarse to tell."""
RESOLUTION_LOST: Final = frozenset({15, 99, 140, 188, 233, 234, 290, 311})
"""Closed, but no time of resolution was kept."""
NO_CALLER: Final = frozenset({81, 82})

T = TypeVar("T")


def main(directory: Path) -> None:
    """Write the log into `directory`."""
    directory.joinpath("incidents.csv").write_bytes(incidents_csv())


def incidents_csv() -> bytes:
    """The log: updates by incident, and within one by the time of update."""
    rng = random.Random(SEED)
    lines = [",".join(COLUMNS)]
    step = (END - START) / INCIDENTS
    for index in range(INCIDENTS):
        opened = START if index == 0 else minute(START + step * (index + rng.random()))
        for row in incident(rng, index, opened):
            lines.append(",".join(row[name] for name in COLUMNS))
    return ("\n".join(lines) + "\n").encode("ascii")


def incident(rng: random.Random, index: int, opened: datetime) -> list[dict[str, str]]:
    """The updates of one incident: each repeats the whole record as it then stood."""
    before, after = PRIORITY_CHANGES.get(index, (None, None))
    impact, urgency = after or CELLS.get(index) or weighted(rng)
    minutes = 1 + int(rng.random() ** 4 * HOURS[MATRIX[impact, urgency]] * 60)
    duration = timedelta(minutes=EXACT.get(index, minutes))
    resolved = opened + duration
    closed = hour(min(resolved + timedelta(days=5, minutes=40), LAST))
    states = ["New", "New"][: 1 + int(rng.random() * 2)] + ["Active"] * int(rng.random() * 4)
    if rng.random() < 0.25:
        states += [pick(rng, WAITING), "Active"]
    if index in ODD_STATE:
        states += ["-100"]
    states += ["Resolved", "Closed"]
    if index in BACKWARDS:
        states = ["New", "New", "Active", "Active", "Resolved", "Closed"]
    times = update_times(opened, resolved, closed, len(states))
    counts = update_counts(rng, index, len(states))

    group = f"Group {pick(rng, (20, 23, 24, 25, 28, 31, 54, 55, 66, 70, 70, 70))}"
    resolver = f"Resolver {1 + int(rng.random() * 60)}"
    created_known = rng.random() > 0.37
    category = str(1 + int(rng.random() * 62))
    caller = f"Caller {1 + int(rng.random() * 5600)}"
    contact = pick(rng, CONTACTS) if index not in CONTACT_CHANGES else "Email" if index == 260 else "Self service"
    reassigned = int(rng.random() ** 3 * 5)
    reopened = "1" if rng.random() < 0.02 else "0"
    late = duration > timedelta(hours=90)
    common = {
        "number": f"INC{1001 + index * 3:07}",
        "made_sla": "true",
        "caller_id": "?" if index in NO_CALLER else caller,
        "opened_by": "?" if rng.random() < 0.03 else f"Opened by  {1 + int(rng.random() * 200)}",
        "opened_at": written(opened),
        "sys_created_by": f"Created by {1 + int(rng.random() * 180)}" if created_known else "?",
        "sys_created_at": written(opened + timedelta(minutes=int(rng.random() * 15))) if created_known else "?",
        "contact_type": contact,
        "location": f"Location {100 + int(rng.random() * 140)}",
        "category": f"Category {category}",
        "subcategory": f"Subcategory {1 + int(rng.random() * 254)}",
        "u_symptom": "?" if rng.random() < 0.23 else f"Symptom {1 + int(rng.random() * 600)}",
        "cmdb_ci": f"cmdb_ci {1 + int(rng.random() * 50)}" if rng.random() < 0.01 else "?",
        "impact": impact,
        "urgency": urgency,
        "priority": MATRIX[impact, urgency],
        "knowledge": pick(rng, ("true", "false", "false", "false", "false")),
        "u_priority_confirmation": "false",
        "notify": "Send Email" if rng.random() < 0.005 else "Do Not Notify",
        "problem_id": f"Problem ID  {1 + int(rng.random() * 250)}" if rng.random() < 0.02 else "?",
        "rfc": f"CHG{int(rng.random() * 2000):07}" if rng.random() < 0.01 else "?",
        "vendor": "code 8s" if "Awaiting Vendor" in states else "?",
        "caused_by": "CHG0000097" if index == 130 else "?",
        "closed_code": "?" if rng.random() < 0.005 else f"code {pick(rng, (6, 6, 6, 6, 7, 9, 8, 5, 1, 10, 11))}",
        "resolved_by": "?" if rng.random() < 0.004 else f"Resolved by {1 + int(rng.random() * 210)}",
        "resolved_at": "?" if index in RESOLUTION_LOST else written(resolved),
        "closed_at": written(closed),
    }
    rows = []
    for n, (state, time, count) in enumerate(zip(states, times, counts, strict=True)):
        last = state in ("Resolved", "Closed")
        changes = {
            "incident_state": state,
            "active": "false" if state == "Closed" else "true",
            "reassignment_count": str(min(reassigned, n)),
            "reopen_count": reopened if last else "0",
            "sys_mod_count": str(count),
            "sys_updated_by": "Updated by 908" if state == "Closed" else f"Updated by {1 + int(rng.random() * 900)}",
            "sys_updated_at": written(time),
            "assignment_group": "?" if n == 0 and rng.random() < 0.3 else group,
            "assigned_to": resolver if n > 0 and rng.random() > 0.1 else "?",
        }
        if last and late:
            changes["made_sla"] = "false"
        if last:
            changes["u_priority_confirmation"] = "true"
        if before and n == 0:
            changes["impact"], changes["urgency"] = before
            changes["priority"] = MATRIX[before]
        if index in CALLER_CHANGES and n == 0:
            changes["caller_id"] = "Caller 1"
        if index in CONTACT_CHANGES and n >= 1:
            changes["contact_type"] = CONTACT_CHANGES[index]
        if rng.random() < 0.01:
            changes["category"] = "?"
        rows.append({**common, **changes})
    return rows


def update_times(opened: datetime, resolved: datetime, closed: datetime, count: int) -> list[datetime]:
    """When each of `count` updates was made: spread up to the resolution, the last at the closing."""
    share = (resolved - opened) / max(count - 2, 1)
    return [*(minute(opened + share * n) for n in range(count - 1)), closed]


def update_counts(rng: random.Random, index: int, count: int) -> list[int]:
    """The update counter: from 0, sometimes leaving numbers out."""
    if index in BACKWARDS:
        late = BACKWARDS[index]
        return [late, *range(1, late + 1), *range(late + 1, count)]
    counts = [0]
    while len(counts) < count:
        counts.append(counts[-1] + (2 if rng.random() < 0.1 else 1))
    return counts


def weighted(rng: random.Random) -> tuple[str, str]:
    """An impact and an urgency, mostly both medium."""
    at = rng.random() * sum(weight for _, weight in WEIGHTS)
    for cell, weight in WEIGHTS:
        at -= weight
        if at < 0:
            return cell
    return WEIGHTS[0][0]


def minute(time: datetime) -> datetime:
    """Without seconds, and never in the hour that Sao Paulo left out in 2016."""
    time = time.replace(second=0, microsecond=0)
    return time + timedelta(hours=1) if (time.date().isoformat(), time.hour) == ("2016-10-16", 0) else time


def hour(time: datetime) -> datetime:
    """The full hour; the closing job runs then."""
    return minute(time.replace(minute=0))


def written(time: datetime) -> str:
    """Day first; neither day nor month is padded."""
    return f"{time.day}/{time.month}/{time.year} {time:%H:%M}"


def pick(rng: random.Random, choices: Sequence[T]) -> T:
    return choices[int(rng.random() * len(choices))]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
