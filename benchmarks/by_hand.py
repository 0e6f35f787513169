"""The rules of policies/memsource-technical-support as one Python function, as somebody would write it by hand who needs
nothing but the verdicts: no evidence, no reasons, times exact, every message flagged, the list of events complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

PAID: Final = frozenset({"personal", "team", "ultimate"})
EDITIONS: Final = PAID | {"free", "trial"}
WRITTEN: Final = frozenset({"email", "web", "chat", "messaging", "sms", "social", "api"})
CHANNELS: Final = WRITTEN | {"phone", "in_person"}
IN_SCOPE: Final = frozenset({"use_of_service", "service_itself"})
TOPICS: Final = IN_SCOPE | {"neither"}
GIVEN: Final = frozenset({"given"})
FIRST_LEVEL: Final = GIVEN | {"not_given"}
LIMIT: Final = timedelta(hours=12)
_ABSENT: Final = object()


def verdicts(ticket: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """The verdict of each rule on a canonical ticket, in the order of the policy."""
    scope = {
        "paid-edition": _member(ticket, "edition", PAID, EDITIONS),
        "english": _english(ticket.get("language", _ABSENT)),
        "written-only": _member(ticket, "channel", WRITTEN, CHANNELS),
    }
    closed = _come(ticket, "closed", now)
    covered = {
        "issue-in-scope": _member(ticket, "topic", IN_SCOPE, TOPICS),
        "after-first-level": _member(ticket, "first_level", GIVEN, FIRST_LEVEL),
        "access-granted": _access(ticket.get("account_access", _ABSENT)),
    }
    work = _worst(covered.values())
    replies = _replies(ticket, now)
    prepared, tried = ticket.get("workaround_available", _ABSENT), _come(ticket, "tasks_recommended", now)
    duties = {
        **covered,
        "first-response": _first_response(ticket, replies, now),
        "english-replies": _each(replies, "language", lambda tag: tag.lower().split("-")[0] == "en"),
        "written-replies": _each(replies, "channel", WRITTEN.__contains__),
        "receipt-acknowledged": _duty(_come(ticket, "acknowledged", now), closed),
        "reference-assigned": _present(ticket.get("reference", _ABSENT)),
        "reference-unique": "unknown",
        "replication-attempted": work or _duty(_come(ticket, "replication_attempted", now), closed),
        "workaround-prepared": _when(prepared, work or _duty(_come(ticket, "workaround_prepared", now), closed)),
        "first-level-support": covered["after-first-level"],
        "troubleshooting-tasks": _when(tried, _duty(_come(ticket, "tasks_done", now), closed)),
    }
    barred = _worst(scope.values())
    if barred == "not_applicable":
        return {**scope, **dict.fromkeys(duties, barred)}
    if barred == "unknown":
        return {**scope, **{rule: v if v == "not_applicable" else barred for rule, v in duties.items()}}
    return {**scope, **duties}


def _member(ticket: Mapping[str, Any], key: str, good: frozenset[str], known: frozenset[str]) -> str:
    value = ticket.get(key, _ABSENT)
    if value is None:
        return "fail"
    word = value.strip().lower() if isinstance(value, str) else ""
    return "unknown" if word not in known else "pass" if word in good else "fail"


def _english(tag: Any) -> str:
    if tag is None:
        return "fail"
    return ("pass" if tag.lower().split("-")[0] == "en" else "fail") if isinstance(tag, str) else "unknown"


def _access(value: Any) -> str:
    if value in ("not_needed", None):
        return "not_applicable"
    return {"granted": "pass", "requested": "fail", "refused": "fail"}.get(value, "unknown")


def _worst(gates: Any) -> str:
    """What becomes of a rule that needs these gates; empty where they all admit."""
    told = set(gates)
    return "not_applicable" if "fail" in told else "unknown" if "unknown" in told else ""


def _come(ticket: Mapping[str, Any], key: str, now: datetime) -> bool | object:
    """Whether the instant has come; _ABSENT where that is not known."""
    value = ticket.get(key, False)
    if value is False:
        return _ABSENT
    return value is not None and datetime.fromisoformat(value) <= now


def _duty(done: bool | object, closed: bool | object) -> str:
    if done is True:
        return "pass"
    if done is _ABSENT or closed is _ABSENT:
        return "unknown"
    return "fail" if closed else "open"


def _present(value: Any) -> str:
    return "unknown" if value is _ABSENT else "fail" if value is None else "pass"


def _when(condition: Any, verdict: str) -> str:
    if condition is True:
        return verdict
    return "unknown" if condition is _ABSENT else "not_applicable"


def _replies(ticket: Mapping[str, Any], now: datetime) -> Sequence[Mapping[str, Any]] | None:
    """The public answers of people up to now; None where the ticket does not hold its events."""
    events = ticket.get("events", _ABSENT)
    if events is _ABSENT:
        return None
    return [
        event
        for event in (events["items"] if events else ())
        if event["kind"] == "staff_message"
        and event["public"]
        and not event["automatic"]
        and datetime.fromisoformat(event["at"]) <= now
    ]


def _first_response(ticket: Mapping[str, Any], replies: Sequence[Mapping[str, Any]] | None, now: datetime) -> str:
    submitted = ticket.get("submitted", _ABSENT)
    if submitted is None:
        return "not_applicable"
    came = ticket.get("first_response", _ABSENT) if replies is None else next((r["at"] for r in replies), None)
    if submitted is _ABSENT or came is _ABSENT:
        return "unknown"
    due = datetime.fromisoformat(submitted) + LIMIT
    if came is not None:
        return "pass" if datetime.fromisoformat(came) <= due else "fail"
    return "fail" if now >= due else "open"


def _each(replies: Sequence[Mapping[str, Any]] | None, key: str, good: Any) -> str:
    if replies is None:
        return "unknown"
    if not replies:
        return "not_applicable"
    return "pass" if all(good(reply[key]) for reply in replies) else "fail"
