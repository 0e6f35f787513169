"""Canonical tickets, as JSON lines hold them: mostly fit to be judged, with events in all states of doubt."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import policies
import spellings
from files import Raw
from hypothesis import strategies as st
from policies import Policy

_WRONG: Final = (17, True, Raw("1.10"), [], {}, ["vip", 1], "", " ", "\u00a0", Raw("12345678901234567890"))
_KINDS: Final = ("staff_message", "customer_message", "staff_message", "status", "call", "Staff_Message ", "assignment", "x")
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


def _events(base: datetime, channels: tuple[str, ...]) -> st.SearchStrategy[Any]:
    event = st.fixed_dictionaries(
        {"at": spellings.instants("", base).filter(_has_offset), "kind": st.sampled_from(_KINDS)},
        optional={
            "public": st.sampled_from(_TRUTHS),
            "automatic": st.sampled_from((False, False, True, None)),
            "role": st.sampled_from(("staff", "staff", "customer", "bot", "system", "Staff", None)),
            "channel": st.sampled_from((*channels, channels[0].upper(), "emial", None, 7)),
            "language": st.sampled_from(("en", "en", "de", "EN_gb", "english", None, ["en"])),
            "value": st.sampled_from(("open", "pending", 3, None)),
        },
    )
    staff = st.builds(
        lambda event, sender: {**event, **sender},
        st.fixed_dictionaries(
            {"at": spellings.instants("", base).filter(_has_offset), "kind": st.just("staff_message")},
            optional={"language": st.sampled_from(("en", "de", "english")), "channel": st.sampled_from((*channels, "emial"))},
        ),
        st.sampled_from(_SENDERS),
    )
    items = st.lists(st.one_of(staff, event), max_size=5)
    whole = st.fixed_dictionaries({"complete": st.sampled_from((True, True, True, False)), "items": items})
    broken = st.sampled_from(
        (
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
    )
    return st.one_of(whole, whole, whole, whole, whole, broken)


def _has_offset(text: str) -> bool:
    """An event at an instant that cannot be read makes all events invalid: those are made apart, and rarely."""
    return text.endswith(("Z", "z", "+02:00", "-0330")) and text not in spellings.NO_INSTANTS


def _values(policy: Policy, name: str, base: datetime) -> st.SearchStrategy[Any]:
    words = policy.words(name)
    well: st.SearchStrategy[Any]
    match policy.type(name):
        case "instant":
            well = spellings.instants("", base)
        case "integer":
            well = st.sampled_from((3, 0, 1, 4, -3, 999_999_999_999_999_999, Raw("-0"), Raw("1e1")))
        case "boolean":
            well = st.booleans()
        case "language":
            well = spellings.mostly(spellings.LANGUAGES[:3], spellings.LANGUAGES, spellings.NO_LANGUAGES)
        case "tags":
            some = words or ("vip", "spam", "merged", "two words")
            tags = spellings.mostly(some, some, spellings.spelt(some), ("ultimat", "", " "))
            well = st.lists(tags, max_size=3)
        case "text":
            well = spellings.mostly(spellings.TEXTS[:4], spellings.TEXTS, spellings.ODD_TEXTS)
        case _:
            some = words or ("open", "closed", "deleted")
            well = spellings.mostly(some, some, spellings.spelt(some), spellings.NO_WORDS)
    return st.one_of(*[well] * 8, st.none(), st.sampled_from(_WRONG))


def tickets(policy: Policy, base: datetime) -> st.SearchStrategy[dict[str, Any]]:
    """Tickets that a policy may be asked about, most of them with an id and a submission."""
    fields = {name: _values(policy, name, base) for name in policies.TYPES if name != "id"}
    fields["events"] = _events(base, policy.words("channel") or ("email",))
    ids = st.one_of(st.sampled_from(spellings.IDS), st.sampled_from((1, 7, Raw("1.0"), None, "", Raw("1234567890123456789"))))
    usual = {"id": st.one_of(st.sampled_from(spellings.IDS[:10]), ids), "submitted": fields.pop("submitted")}
    often = {name: fields.pop(name) for name in ("edition", "channel", "language", "first_response", "events", "resolved")}
    return st.one_of(
        st.fixed_dictionaries({**usual, **often}, optional=fields),
        st.fixed_dictionaries(usual, optional={**often, **fields}),
        st.fixed_dictionaries({}, optional={**usual, **often, **fields}),
    )


def canonical_mapping(draw: st.DrawFn, base: datetime) -> dict[str, Any] | None:
    """What a mapping may say of tickets that are canonical already; mostly none is needed."""
    if draw(st.integers(0, 2)) < 2:
        return None
    said: dict[str, Any] = {"supportpolicy-mapping": 1, "source": {"name": "jsonl"}, "records": "canonical"}
    if draw(st.booleans()):
        said["not_recorded"] = draw(st.sampled_from((["acknowledged"], ["events", "tags"], ["edition"])))
    if draw(st.booleans()):
        said["exclude"] = [{"reason": "gone", "when": draw(st.sampled_from(({"status": "deleted"}, {"tags": ["spam"]}, {"not": {"closed": {"present": True}}})))}]
    if draw(st.booleans()):
        said["exported_at"] = draw(st.sampled_from(spellings.moments(base)[:27])).isoformat().replace("+00:00", "Z")
    return said
