"""Canonical tickets, as JSON lines hold them: mostly fit to be judged, with events in all states of doubt."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from random import Random
from typing import Any, Final

import policy_strategies
import spellings
from files import Raw
from hypothesis import strategies as st
from policy_strategies import Policy
from spellings import Pick, among, mostly, one_of

_WRONG: Final = (17, True, Raw("1.10"), [], {}, ["vip", 1], "", " ", "\u00a0", Raw("12345678901234567890"))
_KINDS: Final = (
    "staff_message",
    "customer_message",
    "staff_message",
    "status",
    "call",
    "Staff_Message ",
    "assignment",
    "x",
)
_TRUTHS: Final = (True, True, False, None)
_SENDERS: Final = (
    {"public": True, "automatic": False},
    {"public": True, "automatic": False},
    {"public": True, "automatic": True},
    {"public": False, "automatic": False},
    {"public": True, "automatic": False, "role": "bot"},
    {"public": True, "automatic": True, "role": "bot"},
    {"public": True},
    {"automatic": False},
)
"""Whether a message may be a response, and what it takes to count it as one."""


@cache
def _events(base: datetime, channels: tuple[str, ...]) -> Pick[Any]:
    at = spellings.instants("", base)
    keys = {
        "public": among(*_TRUTHS),
        "automatic": among(False, False, True, None),
        "role": among("staff", "staff", "customer", "bot", "system", "Staff", None),
        "channel": among(*channels, *channels, channels[0].upper(), "emial", None, 7),
        "language": among("en", "en", "de", "EN_gb", "english", None, ["en"]),
        "value": among("open", "pending", 3, None),
    }
    brought = {
        "status": among("open", "open", "pending", "closed", "Pending ", "pendin", None),
        "edition": among("free", "team", "team", "two words", "gold"),
        "priority": among("low", "high", "High"),
    }

    def event(random: Random) -> dict[str, Any]:
        made = {"at": at(random), "kind": random.choice(_KINDS)}
        while not _has_offset(made["at"]):  # or all events would be invalid: that is made apart, and rarely
            made["at"] = at(random)
        made.update({key: pick(random) for key, pick in keys.items() if random.random() < 0.6})
        if random.random() < 0.6:
            made.update({"kind": "staff_message", "role": None, **random.choice(_SENDERS)})
        elif random.random() < 0.6:
            made["kind"] = random.choice(("status", "status", "edition", "priority"))
            made["value"] = brought[made["kind"]](random)
            if random.random() < 0.5:
                made["from"] = brought[made["kind"]](random)
        return made

    def timeline(random: Random) -> Any:
        if random.random() < 0.1:
            return random.choice(_BROKEN)
        events = [event(random) for _ in range(random.choice((0, 1, 1, 2, 3, 4, 6)))]
        return {"complete": random.random() < 0.8, "items": events}

    return timeline


_BROKEN: Final = (
    None,
    None,
    {"items": []},
    {"complete": True},
    {"complete": "yes", "items": []},
    [],
    {"complete": True, "items": [{"kind": "call"}]},
    {"complete": True, "items": [{"at": "2024-03-31T02:00:00", "kind": "call"}]},
    {"complete": True, "items": [{"at": "2024-03-31T02:00:00Z", "kind": "call", "public": 1}]},
    {"complete": True, "items": [{"at": "2024-03-31T02:00:00Z", "kind": "call", "role": "boss"}]},
    {"complete": True, "items": ["x"]},
)


def _has_offset(text: str) -> bool:
    return text.endswith(("Z", "z", "+02:00", "-0330")) and text not in spellings.NO_INSTANTS


def _values(policy: Policy, name: str, base: datetime) -> Pick[Any]:
    words = policy.words(name)
    well: Pick[Any]
    match policy.type(name):
        case "instant":
            well = spellings.instants("", base, name == "submitted")
        case "integer":
            well = among(3, 0, 1, 4, -3, 10, 999_999_999_999_999_999, Raw("-0"), Raw("1e1"))
        case "boolean":
            well = among(True, False)
        case "language":
            well = mostly(spellings.LANGUAGES[:3], spellings.LANGUAGES, spellings.NO_LANGUAGES)
        case "tags":
            some = words or ("vip", "spam", "merged", "two words")
            tag = mostly(some, some, spellings.spelt(some), ("ultimat", "", " "))
            well = lambda random: [tag(random) for _ in range(random.choice((0, 1, 1, 2, 3)))]  # noqa: E731 - as above
        case "text":
            well = mostly(spellings.TEXTS[:4], spellings.TEXTS, spellings.ODD_TEXTS)
        case _:
            some = words or ("open", "closed", "deleted")
            usual = ("customer",) if name == "created_by_role" and "customer" in some else some
            well = mostly(usual, usual, spellings.spelt(some), spellings.NO_WORDS)
    return one_of((8, well), (1, among(None)), (1, among(*_WRONG)))


def tickets(policy: Policy, base: datetime) -> Pick[dict[str, Any]]:
    """Tickets that a policy may be asked about, most of them with an id and a submission."""
    fields = {name: _values(policy, name, base) for name in policy_strategies.TYPES}
    fields["events"] = _events(base, policy.words("channel") or ("email",))
    ids = mostly(
        spellings.IDS[:10], spellings.IDS[:10], spellings.IDS, (1, 7, Raw("1.0"), None, "", Raw("1234567890123456789"))
    )
    spoken_of = {name for name in fields if policy.names(name)} | {"submitted", "events", "created_by_role"}

    def ticket(random: Random) -> dict[str, Any]:
        made = {"id": ids(random)} if random.random() < 0.95 else {}
        for name, value in fields.items():
            if name != "id" and random.random() < (0.85 if name in spoken_of else 0.2):
                made[name] = value(random)
        return made

    return ticket


def canonical_mapping(draw: st.DrawFn, base: datetime) -> dict[str, Any] | None:
    """What a mapping may say of tickets that are canonical already; mostly none is needed."""
    if draw(st.integers(0, 2)) < 2:
        return None
    said: dict[str, Any] = {"supportpolicy-mapping": 1, "source": {"name": "jsonl"}, "records": "canonical"}
    if draw(st.booleans()):
        said["not_recorded"] = draw(st.sampled_from((["acknowledged"], ["events", "tags"], ["edition"])))
    if draw(st.booleans()):
        said["exclude"] = [
            {
                "reason": "gone",
                "when": draw(
                    st.sampled_from(({"status": "deleted"}, {"tags": ["spam"]}, {"not": {"closed": {"present": True}}}))
                ),
            }
        ]
    if draw(st.booleans()):
        said["exported_at"] = draw(st.sampled_from(spellings.moments(base)[:27])).isoformat().replace("+00:00", "Z")
    return said
