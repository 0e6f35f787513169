"""Every condition over every state of a field: in the vocabulary or not, `never`, missing, unreadable."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: conditions
title: Conditions
facts:
  edition: {one_of: [personal, team, In House]}
  seats: {type: integer}
  vip: {type: boolean}
terms:
  paid: {edition: [team, in  house]}
  large: {seats: {at_least: 10, at_most: 100}}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  member: {kind: duty, clause: all, require: {edition: team}}
  several: {kind: duty, clause: all, require: paid}
  like-token: {kind: duty, clause: all, require: {edition: {like: "t*m"}}}
  like-text: {kind: duty, clause: all, require: {subject: {like: "*[a]?"}}}
  like-tags: {kind: duty, clause: all, require: {tags: {like: "b?g"}}}
  text: {kind: duty, clause: all, require: {subject: [Log in, " log in"]}}
  tags: {kind: duty, clause: all, require: {tags: [bug, question]}}
  language: {kind: duty, clause: all, require: {language: [en, pt-BR]}}
  at-least: {kind: duty, clause: all, require: {seats: {at_least: 10}}}
  at-most: {kind: duty, clause: all, require: {seats: {at_most: -1}}}
  between: {kind: duty, clause: all, require: large}
  exactly: {kind: duty, clause: all, require: {seats: ["10", "11"]}}
  is-true: {kind: duty, clause: all, require: {vip: "true"}}
  is-false: {kind: duty, clause: all, require: {vip: "false"}}
  present: {kind: duty, clause: all, require: {edition: {present: true}}}
  absent: {kind: duty, clause: all, require: {tags: {present: false}}}
  came: {kind: eligibility, clause: all, on_fail: note, require: {resolved: {present: true}}}
  awaited: {kind: duty, clause: all, require: {resolved: {present: true}}}
  awaited-long: {kind: duty, clause: all, settled_by: updated, require: {not: {resolved: {present: true}}}}
  wait-or: {kind: duty, clause: all, require: {any: [{resolved: {present: true}}, {vip: "true"}, paid]}}
  or-wait: {kind: duty, clause: all, require: {any: [paid, {vip: "true"}, {resolved: {present: true}}]}}
  wait-and: {kind: duty, clause: all, require: {all: [{resolved: {present: true}}, {vip: "true"}, paid]}}
  and-wait: {kind: duty, clause: all, require: {all: [paid, {vip: "true"}, {resolved: {present: true}}]}}
  two-waits: {kind: duty, clause: all, require: {all: [{resolved: {present: true}}, {updated: {present: true}}]}}
  both: {kind: duty, clause: all, require: {edition: team, vip: "true"}}
  either: {kind: duty, clause: all, require: {any: [paid, {vip: "true"}, {seats: {at_least: 10}}]}}
  neither: {kind: duty, clause: all, require: {not: {any: [paid, {vip: "true"}]}}}
  deep: {kind: duty, clause: all, require: {all: [{not: {all: [paid, {not: large}]}}, {any: [{vip: "false"}, paid]}]}}
  when-paid: {kind: duty, clause: all, when: paid, require: {vip: "true"}}
  when-large: {kind: duty, clause: all, when: {not: large}, require: {resolved: {present: true}}}
"""

_ABSENT: Final = object()
_EDITIONS: Final = ("team", " TEAM\t", "in house", "personal", "teem", "", None, _ABSENT, 7)
_VIPS: Final = (True, False, "true", None, _ABSENT)
_SEATS: Final = (10, 11, 100, 101, 0, -1, -2, "10", None, _ABSENT, True)
_SUBJECTS: Final = (
    "Log in",
    "log in",
    " log in",
    "x[a]b",
    "x[a]",
    "line\nends [a]\n",
    "",
    None,
    _ABSENT,
    5,
    ["Log in"],
)
_TAGS: Final[tuple[Any, ...]] = (["bug"], ["BUG ", "x"], ["bag", "x"], ["x"], [], [""], None, _ABSENT, "bug", [1])
_LANGUAGES: Final = ("en", "en-GB", "en_us", "pt", "pt-BR", "pt-br-x-a", "eng", "xq", "", None, _ABSENT, 3)
_RESOLVED: Final = ("2021-03-02T08:00:00Z", "2021-03-09T08:00:00Z", None, _ABSENT, "soon", 1, " 2021-03-02T08:00:00Z")
_CLOSED: Final = (None, "2021-03-03T08:00:00+01:00", "2021-03-09T08:00:00Z", _ABSENT)


def _tickets() -> Iterator[dict[str, Any]]:
    for number, (edition, vip, _) in enumerate(product(_EDITIONS, _VIPS, range(3))):
        stated = {
            "id": f"C-{number}",
            "submitted": "2021-03-01T08:00:00Z",
            "edition": edition,
            "vip": vip,
            "seats": _SEATS[number % len(_SEATS)],
            "subject": _SUBJECTS[number % len(_SUBJECTS)],
            "tags": _TAGS[number % len(_TAGS)],
            "language": _LANGUAGES[number % len(_LANGUAGES)],
            "resolved": _RESOLVED[number % len(_RESOLVED)],
            "closed": _CLOSED[number // 2 % len(_CLOSED)],
            "updated": _CLOSED[number // 3 % len(_CLOSED)],
        }
        yield {key: value for key, value in stated.items() if value is not _ABSENT}


TRIALS: Final = (
    Trial(
        "conditions",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_tickets())},
        as_of=("", "2021-03-05T00:00:00Z"),
        asked="C-17",
    ),
)
