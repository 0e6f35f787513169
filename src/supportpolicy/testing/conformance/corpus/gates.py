"""Gates: what is covered, needs and their order, and what is undecided at a gate."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from supportpolicy.testing.conformance.corpus.trial import Trial, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: gates
title: Gates
scope: [received, paid, written, english]
facts:
  edition: {one_of: [trial, team, gold]}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  received: {kind: duty, clause: all, require: {acknowledged: {present: true}}, on_fail: out_of_scope}
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 12h in 24x7}
  paid: {kind: eligibility, clause: all, require: {edition: [team, gold]}}
  written: {kind: channel, clause: all, channels: [email, web], needs: [english], when: {edition: [trial, team]}}
  english: {kind: language, clause: all, languages: [en]}
  done: {kind: duty, clause: all, require: {closed: {present: true}}, settled_by: updated, on_fail: out_of_scope}
  updated: {kind: duty, clause: all, needs: [done], require: {updated: {present: true}}}
  soon: {kind: duty, clause: all, needs: [done], when: {edition: team}, require: {tags: [done]}, on_fail: out_of_scope}
  last: {kind: duty, clause: all, needs: [soon], require: {channel: email}}
  remark: {kind: duty, clause: all, on_fail: note, when: {edition: gold}, require: {channel: [email]}}
  customer: {kind: duty, clause: all, party: customer, needs: [english], require: {tags: [done]}}
  hanging: {kind: duty, clause: all, when: {verdict: {answered: fail}}, require: {channel: email}}
  calm: {kind: eligibility, clause: all, require: {verdict: {answered: [pass, not_applicable], remark: pass}}}
  below: {kind: duty, clause: all, needs: [calm], require: {any: [{verdict: {hanging: not_applicable}}, {tags: [done]}]}}
  above: {kind: duty, clause: all, on_fail: note, when: {not: {verdict: {below: fail}}}, require: {verdict: {soon: pass}}}
  same: {kind: unique, clause: all, field: reference, when: {edition: [team, gold]}}
"""

_ABSENT: Final = object()


def _tickets() -> Iterator[dict[str, Any]]:
    choices = product(
        ("team", "gold", "trial", None, _ABSENT, "golden"),
        ("email", "phone", None, _ABSENT),
        ("en", "de", _ABSENT),
        ("2021-03-01T08:00:01Z", None, _ABSENT),
    )
    for number, (edition, channel, language, acknowledged) in enumerate(choices):
        stated = {
            "id": f"{number:03}",
            "submitted": "2021-03-01T08:00:00Z",
            "first_response": ("2021-03-01T09:00:00Z", None, "2021-03-02T09:00:00Z", _ABSENT)[number % 4],
            "edition": edition,
            "channel": channel,
            "language": language,
            "acknowledged": acknowledged,
            "closed": ("2021-03-03T08:00:00Z", None)[number % 2],
            "updated": (None, "2021-03-03T08:00:00Z", _ABSENT)[number % 3],
            "tags": (["done"], [], _ABSENT)[number % 3],
            "reference": (f"R-{number % (50 if number < 120 else 8)}", None, _ABSENT, 5)[number % 4],
        }
        yield {key: value for key, value in stated.items() if value is not _ABSENT}


TRIALS: Final = (
    Trial(
        "gates",
        (_POLICY,),
        {"tickets.jsonl": json_lines(_tickets())},
        as_of=("", "2021-03-01T12:00:00Z"),
        asked="005",
    ),
)
