"""Lookups: no row, one, several that agree or differ, rows that hold for a time."""

from __future__ import annotations

from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: lookups
title: Lookups
scope: [paid]
facts:
  edition: {one_of: [trial, team, gold]}
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  paid: {kind: eligibility, clause: all, require: {edition: [team, gold]}}
  english: {kind: language, clause: all, languages: [en], on_fail: violation}
  gold: {kind: duty, clause: all, when: {edition: gold}, require: {region: [emea]}}
  region: {kind: duty, clause: all, on_fail: note, require: {region: {present: true}}}
"""
_REGION: Final = _POLICY.replace("facts:\n", "facts:\n  region: {one_of: [emea, apac]}\n")
_UNASKED: Final = """\
supportpolicy: 1
id: lookups
title: Lookups
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  asked: {kind: duty, clause: all, require: {requester: {present: true}}}
"""

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
fields:
  id: id
  submitted: submitted
  organization: {column: organization, empty: never}
  requester: requester
lookups:
  edition: {table: organizations, key: organization, match: name, value: plan, valid: [from, until]}
  language: {table: users, key: requester, match: email, value: locale, values: {english: en}}
  region: {table: organizations, key: organization, match: name, value: region, empty: never}
"""

_BY_MAIL: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
fields: {id: id, submitted: submitted, organization: organization, requester: requester}
lookups: {language: {table: users, key: requester, match: email, value: locale}}
"""
_AGENTS: Final = "  assignee: {table: agents, key: organization, match: name, value: region}\n"

_ORGANIZATIONS: Final = csv_lines(
    "name,plan,region,from,until",
    (
        "Acme,team,EMEA,,2021-03-01T00:00:00Z",
        "Acme,gold,emea,2021-03-01T00:00:00Z,",
        "Gap,team,,,2021-02-01T00:00:00Z",
        "Gap,team,,2021-04-01T00:00:00Z,",
        "Overlap,team,apac,,2021-04-01T00:00:00Z",
        "Overlap,trial,emea,2021-02-01T00:00:00Z,",
        "Agree,team,apac,,",
        "Agree,Team,APAC,,",
        "Odd,team,emea,soon,",
        "Misspelt,teem,atlantis,,",
        "Empty,,,,",
        ",team,emea,,",
        "acme,trial,apac,,",
        'Torn,"te"am,emea,,',
    ),
)
_USERS: Final = json_lines(
    (
        {"email": "a@x", "locale": "en-GB"},
        {"email": "b@x", "locale": "English"},
        {"email": "c@x", "locale": "de"},
        {"email": "d@x"},
        {"email": "e@x", "locale": None},
        {"email": "f@x", "locale": "klingon"},
        {"email": 7, "locale": "en"},
        {"email": "g@x", "locale": "en"},
        {"email": "g@x", "locale": "de"},
    )
)
_NAMES: Final = ("Acme", "Gap", "Overlap", "Agree", "Odd", "Misspelt", "Empty", "", "acme", "Torn", " Acme", "Nobody")
_MAILS: Final = ("a@x", "b@x", "c@x", "d@x", "e@x", "f@x", "7", "g@x", "", "A@x", "h@x")
_TIMES: Final = ("2021-02-28T23:59:59.999999Z", "2021-03-01T00:00:00Z", "2021-01-15T00:00:00Z", "", "soon")
_TICKETS: Final = csv_lines(
    "id,submitted,organization,requester",
    (
        f"{n},{_TIMES[n % len(_TIMES)]},{_NAMES[n % len(_NAMES)]},{_MAILS[n % len(_MAILS)]}"
        for n in range(len(_TIMES) * len(_NAMES) * 2)
    ),
)
_COARSE: Final = _MAPPING.replace(
    "submitted: submitted", "submitted: {column: submitted, precision: {unit: 1h, by: floor}}"
).replace("valid: [from, until]}", "valid: [from, until], precision: {unit: 10m, by: nearest}}")
_AROUND: Final = csv_lines(
    "id,submitted,organization,requester",
    (
        f"{n},{at},{_NAMES[n % 4]},{_MAILS[n % len(_MAILS)]}"
        for n, at in enumerate(
            f"2021-0{month}-{day}T{time}Z"
            for month, day in ((1, 31), (2, "01"), (2, 28), (3, "01"), (3, 31), (4, "01"))
            for time in ("00:00:00", "00:05:00", "22:54:59.999999", "22:55:00", "23:00:00", "23:54:00")
            for _ in range(3)
        )
    ),
)

TRIALS: Final = (
    Trial(
        "lookups by the hour",
        (_REGION,),
        {"tickets.csv": _AROUND},
        _COARSE,
        {"organizations": ("organizations.csv", _ORGANIZATIONS), "users": ("users.jsonl", _USERS)},
    ),
    Trial(
        "lookups",
        (_REGION,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"organizations": ("organizations.csv", _ORGANIZATIONS), "users": ("users.jsonl", _USERS)},
        asked="3",
    ),
    Trial(
        "lookups, a table that no rule asks for",
        (_REGION,),
        {"tickets.csv": _TICKETS},
        _MAPPING + _AGENTS,
        {
            "organizations": ("organizations.csv", _ORGANIZATIONS),
            "users": ("users.jsonl", _USERS),
            "agents": ("agents.csv", csv_lines("name,region", ("Ann,emea", 'Bob,"ap"ac', "Cid"))),
        },
    ),
    Trial(
        "lookups, a key that is not printed as it stands",
        (_REGION,),
        {
            "tickets.csv": csv_lines(
                "id,submitted,organization,requester",
                ('1,2021-03-01T00:00:00Z,Acme,"two\nlines"', "2,2021-03-01T00:00:00Z,Acme,a@x"),
            )
        },
        _BY_MAIL,
        {"users": ("users.jsonl", _USERS)},
    ),
    Trial(
        "lookups, a table not given",
        (_REGION,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"organizations": ("organizations.csv", _ORGANIZATIONS)},
    ),
    Trial(
        "lookups, tables of which no rule asks anything",
        (_UNASKED,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {
            "organizations": ("organizations.csv", _ORGANIZATIONS + b'torn"\n'),
            "users": ("users.jsonl", _USERS + b"torn\n"),
        },
    ),
)
