"""Events from a table of their own: whose they are, in which order, which cannot be read, and whether any is missing."""

from __future__ import annotations

from typing import Final

from supportpolicy.testing.conformance.corpus.trial import Trial, csv_lines, json_lines

_POLICY: Final = """\
supportpolicy: 1
id: event-tables
title: Events in a table of their own
clauses:
  all: {section: Preamble, says: Everything.}
rules:
  answered: {kind: deadline, clause: all, start: submitted, stop: first_response, within: 1h in 24x7}
  in-writing: {kind: channel, clause: all, of: replies, channels: [email]}
  in-english: {kind: language, clause: all, of: replies, languages: [en]}
  spam: {kind: duty, clause: all, when: {tags: spam}, require: {not: {tags: [late]}}}
"""
_OTHER_WORDS: Final = _POLICY.replace("clauses:\n", "facts: {channel: {one_of: [email, fax]}}\nclauses:\n", 1)

_MAPPING: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
timezone: Europe/Berlin
nulls: ["-"]
fields: {id: id, submitted: opened, created_by_role: {column: by, empty: unknown}}
events:
  table: log
  ticket: ticket
  complete: true
  fields:
    at: {column: time, precision: {unit: 1m, by: floor}}
    kind: {column: what, values: {comment: message, note: message}}
    role: {column: who, values: {agent: staff, requester: customer, macro: bot}}
    public: {column: seen, values: {"yes": "true", "no": "false"}}
    automatic: {constant: "false"}
    channel: {column: via, empty: never}
    language: {column: tongue, values: {english: en}}
    value: {column: new, optional: true}
"""
_PARTIAL: Final = _MAPPING.replace("  complete: true\n", "")
_BARE: Final = """\
supportpolicy-mapping: 1
source: {name: csv}
fields: {id: id, submitted: {column: opened, timezone: UTC}}
events:
  table: log
  ticket: ticket
  complete: true
  fields: {at: {column: time, timezone: UTC}, kind: what, role: {constant: staff}}
"""

_TICKETS: Final = csv_lines(
    "id,opened,by",
    (
        "1,2021-03-01T08:00:00Z,",
        "2,2021-03-01 09:00,customer",
        "3,2021-03-01T08:00:00Z,staff",
        "x4,2021-03-01T08:00:00Z,",
        "5,2021-03-01T08:00:00Z,",
        "5,2021-03-01T08:30:00Z,",
        ",2021-03-01T08:00:00Z,",
        "07,2021-03-01T08:00:00Z,",
        "7,2021-03-01T08:00:00Z,",
        "8,2021-03-01T08:00:00Z,boss",
        "9,2021-03-01T08:00:00Z,",
    ),
)
_LOG: Final = csv_lines(
    "ticket,time,what,who,seen,via,tongue",
    (
        "1,2021-03-01T08:40:00Z,comment,agent,yes,email,english",
        "1,2021-03-01T08:20:00Z,comment,agent,no,phone,de",
        "1,2021-03-01T08:00:00Z,comment,requester,yes,email,en",
        "2,2021-03-01 09:05,comment,macro,yes,,en",
        "2,2021-03-01 10:00,staff_message,,yes,-,",
        "3,2021-03-01T08:00:00Z,comment,agent,yes,email,en",
        "3,2021-03-01T09:00:00Z,comment,requester,yes,email,en",
        "3,2021-03-01T10:00:59Z,comment,agent,yes,email,en",
        "x4,2021-03-01T08:10:00Z,comment,agent,,email,en",
        "x4,2021-03-01T08:20:00Z,comment,agent,yes,email,en",
        "5,2021-03-01T08:40:00Z,comment,agent,yes,fax,zz",
        "7,2021-03-28 02:30,comment,agent,yes,email,en",
        "7,2021-03-01T08:40:00Z,comment,agnet,yes,email,en",
        "8,2021-03-01T08:40:00Z,,agent,yes,email,en",
        "9,2021-03-01T08:40:00Z,comment,,yes,email,en",
        ",2021-03-01T08:40:00Z,comment,agent,yes,phone,en",
        "nobody,2021-03-01T08:40:00Z,comment,agent,maybe,phone,en",
        "1,2022-03-01T08:40:00Z,status,system,,,",
    ),
)
_FAULTY: Final = _LOG + b'2,"2021-03-01"x,comment,agent,yes,email,en\n2,2021\n'
_ROWS: Final = json_lines(
    (
        {"ticket": 1, "time": "2021-03-01T08:40:00Z", "what": "comment", "who": "agent", "seen": "yes", "via": None},
        {
            "ticket": "2",
            "time": "2021-03-01T09:40:00Z",
            "what": "comment",
            "who": "agent",
            "seen": True,
            "via": ["email"],
        },
        {"ticket": "3", "what": "comment", "who": "agent"},
        {"time": "2021-03-01T09:40:00Z", "what": "comment", "who": "agent"},
        {"ticket": "x4", "time": "2021-03-01T08:40:00Z", "what": "staff_message", "seen": "yes", "via": "email"},
    )
)
_TYPED: Final = b"""\
SELECT * FROM (VALUES
  (1::BIGINT, TIMESTAMPTZ '2021-03-01 08:40:00+00', 'comment', 'agent', 'yes', 'email', 'en', NULL),
  (1, TIMESTAMPTZ '2021-03-01 08:50:00+00', 'status', NULL, NULL, NULL, NULL, 'Solved'),
  (3, NULL, 'comment', 'agent', 'yes', 'phone', 'en', NULL),
  (NULL, TIMESTAMPTZ '2021-03-01 08:40:00+00', 'comment', 'agent', 'yes', 'phone', 'en', NULL)
) AS t(ticket, time, what, who, seen, via, tongue, new)
"""

_AS_OF: Final = ("2021-03-10T00:00:00Z",)
_EARLY: Final = _POLICY.replace("clauses:\n", "in_force: {until: 2021-03-01T08:15:00Z}\nclauses:\n", 1)
_LATE: Final = _OTHER_WORDS.replace("clauses:\n", "in_force: {from: 2021-03-01T08:15:00Z}\nclauses:\n", 1)

TRIALS: Final[tuple[Trial, ...]] = (
    Trial(
        "events from a table of their own",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.csv", _LOG)},
        _AS_OF,
        asked="3",
    ),
    Trial(
        "events from a table that is not complete, judged at the newest of them",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _PARTIAL,
        {"log": ("log.csv", _LOG)},
    ),
    Trial(
        "rejected rows of events, under two vocabularies of channels",
        (_EARLY, _LATE),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.csv", _FAULTY)},
        _AS_OF,
    ),
    Trial(
        "an empty table of events",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.csv", b"ticket,time,what,who,seen,via,tongue\n")},
        _AS_OF,
    ),
    Trial(
        "events of JSON lines",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.jsonl", _ROWS)},
        _AS_OF,
    ),
    Trial(
        "events in columns with types",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _MAPPING,
        {"log": ("log.parquet", _TYPED)},
        _AS_OF,
    ),
    Trial(
        "events with the least that they need",
        (_POLICY,),
        {"tickets.csv": _TICKETS},
        _BARE,
        {"log": ("log.csv", _LOG)},
        _AS_OF,
    ),
    Trial("a table of events that is not given", (_POLICY,), {"tickets.csv": _TICKETS}, _MAPPING, as_of=_AS_OF),
)
