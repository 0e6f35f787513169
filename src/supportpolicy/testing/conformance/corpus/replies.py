"""Events: what is a first response, and what each reply is measured by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: replies
title: Replies
scope: [english]
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  english: {kind: language, clause: all, languages: [en]}
  response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  any-response: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7,
    first_response: {counts: [bot, internal_note, automatic]}}
  from-submission: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7,
    staff_opened: submission}
  customers-only: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7,
    staff_opened: not_applicable, first_response: {counts: [bot]}}
  then-resolved: {kind: deadline, clause: all, start: first_response, stop: resolved, within: 24h in 24x7}
  english-replies: {kind: language, clause: all, languages: [en, de-AT], of: replies}
  written-replies: {kind: channel, clause: all, channels: [email, web], of: replies}
"""

_MISSING: Final = object()
_AT: Final = "2021-03-01T08:00:00Z"
_DUE: Final = "2021-03-01T20:00:00Z"


def _message(at: str, **stated: object) -> dict[str, object]:
    usual = {"kind": "staff_message", "public": True, "automatic": False, "channel": "email", "language": "en"}
    return {key: value for key, value in {"at": at, **usual, **stated}.items() if value is not _MISSING}


_OPENINGS: Final[tuple[dict[str, object] | None, ...]] = (
    None,
    _message(_AT, kind="customer_message"),
    _message(_AT, language="de"),
    _message(_AT, role="bot"),
)
_REPLIES: Final[tuple[tuple[dict[str, object], ...], ...]] = (
    (),
    (_message(_DUE),),
    (_message("2021-03-01T20:00:00.000001Z"),),
    (_message("2021-03-01T07:59:59Z"), _message("2021-03-02T08:00:00Z")),
    (_message("2021-03-01T09:00:00Z", role="bot"), _message("2021-03-01T21:00:00Z", language="de")),
    (_message("2021-03-01T09:00:00Z", public=False), _message("2021-03-01T19:00:00Z", language="de-at")),
    (_message("2021-03-01T09:00:00Z", automatic=True), _message("2021-03-01T19:00:00Z", channel="phone")),
    (_message("2021-03-01T09:00:00Z", automatic=_MISSING), _message("2021-03-01T21:00:00Z", language=_MISSING)),
    (_message("2021-03-01T09:00:00Z", public=_MISSING), _message("2021-03-01T10:00:00Z", channel=None)),
    (_message("2021-03-01T09:00:00Z", role=None), _message("2021-03-01T10:00:00Z", language="xq", channel="fax")),
    (_message("2021-03-01T09:00:00Z", kind="customer_message"), _message("2021-03-01T21:00:00Z")),
    (_message("2021-03-01T09:00:00Z", role="customer"), _message("2021-03-04T09:00:00Z")),
    (_message("2021-03-01T10:00:00Z"), _message("2021-03-01T09:00:00Z", kind="call", value=3)),
    (_message("2021-03-01T09:00:00"),),
    (_message("2021-03-01T09:00:00Z", public="yes"),),
)
_ODD_EVENTS: Final[tuple[Any, ...]] = (None, [], {"items": []}, {"complete": 1, "items": []}, {"items": [3]}, "none")


def _tickets() -> Iterator[dict[str, Any]]:
    for number, (opening, replies, complete) in enumerate(product(_OPENINGS, _REPLIES, (True, False))):
        items = [*([opening] if opening else []), *replies]
        yield {
            "id": f"R-{number}",
            "submitted": _AT,
            "language": "de" if number % 11 == 0 else "en",
            "first_response": "2021-03-01T19:00:00Z",
            "resolved": (None, "2021-03-02T20:00:00Z", "2021-03-02T19:00:00Z")[number % 3],
            **({"created_by_role": ("staff", "customer", "wizard")[number // 5 % 3]} if number % 5 == 0 else {}),
            "events": {"complete": complete, "items": items},
        }
    for number, events in enumerate(_ODD_EVENTS):
        yield {"id": f"E-{number}", "submitted": _AT, "language": "en", "events": events, "first_response": _DUE}
    for number, response in enumerate((_DUE, "2021-03-01T20:00:00.000001Z", None, "2021-03-01T07:00:00Z")):
        yield {"id": f"F-{number}", "submitted": _AT, "language": "en", "first_response": response}
        yield {"id": f"G-{number}", "submitted": _AT, "language": "en", "first_response": response,
               "created_by_role": "staff"}  # fmt: skip
    asked = {"complete": True, "items": [_message("2021-03-01T09:00:00Z", kind="customer_message")]}
    yield {"id": "J", "submitted": _AT, "language": "en", "created_by_role": "staff", "events": asked}
    yield {"id": "H", "submitted": None, "language": "en", "events": {"complete": True, "items": [_message(_DUE)]}}
    yield {"id": "I", "language": "en", "events": {"complete": True, "items": [_message(_DUE)]}}


TRIALS: Final = (
    Trial(
        "replies",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_tickets())},
        as_of=("", "2021-03-01T09:00:00Z", "2021-03-01T09:30:00Z", "2021-03-01T20:00:00Z"),
        asked="R-7",
    ),
    Trial(
        "replies, exported before",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_tickets())},
        as_of=("2021-03-03T00:00:00Z",),
        exported_at="2021-03-01T10:00:00Z",
    ),
)
