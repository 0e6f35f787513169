"""An audit made by hand, whose numbers add up and whose texts would do harm where they are not shown with care."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Final

from supportpolicy.model.cell import Reason
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import (
    QUANTILES,
    WORST,
    Counts,
    Differing,
    Evidence,
    Excluded,
    Finding,
    GroupTotals,
    Input,
    Item,
    Late,
    Lateness,
    MetricTotals,
    Months,
    NumericIds,
    ObjectivePeriod,
    ObjectiveRow,
    ObjectiveTotals,
    Rejected,
    RowPlace,
    Said,
    Tally,
    Totals,
    Unmapped,
)
from supportpolicy.model.objective import Score, Standing
from supportpolicy.model.period import Period
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin.records import (
    AuditInstant,
    ClauseHead,
    ExitCode,
    Head,
    ObjectiveHead,
    RevisionHead,
    RuleHead,
)

FILE: Final = "export/caf\udce9 =1+2 <b>.csv"
"""A file name as the command line gives it: one byte of it is not UTF-8."""

HOSTILE: Final = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example/","x")',
    "+1 -1 @SUM(A1)",
    "\x1b[2J\x1b[31mred\x07",
    "two\nlines\r\nand\x85more\u2028",
    "\u202efdp.exe",
    "zero\u200bwidth\ufeff",
    "nul\x00nul",
    "]]> --> */ ${x} `x` | # %s {0} [bold]x[/]",
    "quote\" apostrophe' backslash\\ comma, semicolon; tab\t",
    "日本語 عربى 💥 e\u0301",
    "long " * 200,
    "",
)

PLAIN_VIOLATIONS: Final = ("T-4002", "T-4005", "T-4009")
"""Tickets of violations whose names every report can show as they are."""

READ, FORMED, JUDGED, EXCLUDED = 1_712, 1_709, 1_613, 96
EARLY, LATE = "2020-06", "2021-02"
_AS_OF: Final = 1_615_766_400_000_000  # 2021-03-15T00:00:00Z


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def head() -> Head:
    """Two revisions with the same rules."""
    return Head(
        policy_id="conformance-policy",
        policy_title=f"Conformance {HOSTILE[0]}",
        revisions=(_revision(EARLY, "", "2021-02-01T00:00:00Z"), _revision(LATE, "2021-02-01T00:00:00Z", "")),
        source="csv",
        mapping=Input("mapping.yaml", "mapping", 1_834, _digest("mapping")),
        mapping_assumed={"timezone": HOSTILE[3]},
        inputs=(Input(FILE, "tickets", 53_210, _digest("tickets")), Input("orgs.csv", "orgs", 411, _digest("orgs"))),
        instant=AuditInstant(
            _AS_OF, _AS_OF, None, f"the newest instant in the export, of ticket {HOSTILE[4]}", HOSTILE[5]
        ),
        not_recorded=("language",),
        absent=("acknowledged",),
        missing_tables={HOSTILE[8]: ("acknowledged",)},
        versions={"supportpolicy": "0.1.0", "tzdata": "2021a"},
        include="findings",
        period=Period(1_590_969_600_000_000, None),
        by=("edition", HOSTILE[8]),
        expected_tickets=FORMED + 1,
    )


def _revision(label: str, since: str, until: str) -> RevisionHead:
    clauses = (
        ClauseHead("paid", "Preamble", f"Paid editions only. {HOSTILE[0]}", HOSTILE[8], ""),
        ClauseHead("response", "Table 1", "An answer within twelve hours.", "", ""),
        ClauseHead("tasks", "Table 1", "The customer does as asked.", "", ""),
        ClauseHead("tone", "Table 2", "Friendly.", "", f"Nobody can measure it. {HOSTILE[3]}"),
    )
    provider, customer = Party.PROVIDER, Party.CUSTOMER
    rules = (
        RuleHead("paid-edition", "eligibility", "", ("paid",), OnFail.OUT_OF_SCOPE, provider, HOSTILE[9], label),
        RuleHead("first-response", "deadline", HOSTILE[10], ("response",), OnFail.VIOLATION, provider, "soon", label),
        RuleHead("customer-tasks", "duty", "", ("tasks", "paid"), OnFail.VIOLATION, customer, "done", label),
        RuleHead("remark", "duty", "", ("tasks",), OnFail.NOTE, provider, "", label),
    )
    file, assumed = f"policy-{label}.yaml", {"facts.edition": HOSTILE[7]}
    calendars, objectives = {"office": _digest("office"), HOSTILE[8]: _digest("other")}, _objectives(label)
    return RevisionHead(label, file, _digest(file), since, until, assumed, clauses, rules, calendars, objectives)


def _objectives(label: str) -> tuple[ObjectiveHead, ...]:
    """One that both revisions have, of two sorts; and a quota of the later one."""
    by, zone = ("edition", HOSTILE[8]), "quarter from Feb in Asia/Kathmandu"
    share = ObjectiveHead(
        "kept", HOSTILE[9], ("response",), Party.PROVIDER, HOSTILE[8], "at least 99.5%", "share", "first-response", "",
        zone, by, label,
    )  # fmt: skip
    if label == EARLY:
        return (share,)
    fails = replace(share, target="at most 1,000 fails", aim="fails", by=(), of="clocks")
    quota = ObjectiveHead(
        "contacts", "", ("tasks", "paid"), Party.CUSTOMER, "few", "at most 2", "counted", "", HOSTILE[1], "", by, label
    )
    return fails, quota


def items() -> Iterator[Item]:
    """Rejected rows, exclusions, violations, notes and unknowns, as many as the totals say."""
    hostile = cycle(HOSTILE)
    yield Rejected(_place(9), 1_710, "3 fields where the header has 12", b"torn,\x1b[31m\xff\x00")
    yield Rejected(_place(10), 1_900, f"no such thing as {HOSTILE[3]}", b"")
    yield Rejected(RowPlace("orgs.csv", 4, 5), 97, "not UTF-8", b"org-9,\xc3(" * 40, "orgs")
    for record in range(100, 100 + EXCLUDED):
        yield Excluded(next(hostile), "merged" if record % 2 else HOSTILE[0], _place(record))
    clock: Evidence = {
        "start": "2021-03-01T08:00:00Z", "stop": None, "due": "2021-03-01T20:00:00Z", "accrued": "13d 16h",
        "last_in_time": "2021-03-01T20:00:00Z", "limit": "12h in 24x7", "calendar": "24x7", "basis": "events",
        "as_of": "2021-03-15T00:00:00Z",
    }  # fmt: skip
    for number, ticket in enumerate(PLAIN_VIOLATIONS):
        yield _finding(ticket, "first-response", EARLY, Verdict.FAIL, clock, number)
    for number, text in enumerate(HOSTILE):
        yield _finding(
            text, "customer-tasks", LATE, Verdict.FAIL, {"values": {"subject": text, "done": None}}, 20 + number
        )
    yield _finding("N-1", "remark", LATE, Verdict.FAIL, {"value": HOSTILE[1], "bearers": HOSTILE[2]}, 50)
    yield _unknown(None, "first-response", EARLY, "acknowledged", Reason.MISSING, 0, tickets=40)
    for number in range(7):
        yield _unknown(next(hostile), "first-response", EARLY, "edition", Reason.UNRECOGNISED, 60 + number)
    for number in range(10):
        yield _unknown(f"{FILE}#{number}", "first-response", LATE, "first_response", Reason.TOO_COARSE, 70 + number)


def _place(record: int) -> RowPlace:
    return RowPlace(FILE, record, record + 1)


def _finding(ticket: str | None, rule: str, label: str, verdict: Verdict, evidence: Evidence, record: int) -> Finding:
    of = next(r for r in _revision(label, "", "").rules if r.id == rule)
    return Finding(
        ticket, rule, verdict, None, "", "", of.on_fail, of.party, of.clauses, label, evidence, _place(record)
    )


def _unknown(
    ticket: str | None, rule: str, label: str, field: str, reason: Reason, record: int, tickets: int = 1
) -> Finding:
    of = next(r for r in _revision(label, "", "").rules if r.id == rule)
    place = None if ticket is None else _place(record)
    evidence: Evidence = {} if ticket is None else {"values": {field: f"unknown: {reason} {HOSTILE[8]}"}}
    return Finding(
        ticket,
        rule,
        Verdict.UNKNOWN,
        reason,
        field,
        "",
        of.on_fail,
        of.party,
        of.clauses,
        label,
        evidence,
        place,
        tickets,
    )


def totals() -> Totals:
    """What the items come to, and the verdicts that are no findings."""
    early, late = 811, 802
    unknown = {("acknowledged", Reason.MISSING): 40, ("edition", Reason.UNRECOGNISED): 7}
    hostile = len(HOSTILE)
    rules = {
        (EARLY, "paid-edition"): Counts(760, 51),
        (EARLY, "first-response"): Counts(701, 3, 41, 19, 47, 700, 3, 88, 88, unknown),
        (EARLY, "customer-tasks"): Counts(not_applicable=early),
        (EARLY, "remark"): Counts(early),
        (LATE, "paid-edition"): Counts(late),
        (LATE, "first-response"): Counts(
            792, 0, 0, 0, 10, 792, 0, 10, 10, {("first_response", Reason.TOO_COARSE): 10}
        ),
        (LATE, "customer-tasks"): Counts(late - hostile, hostile, rated_pass=late - hostile, rated_fail=hostile),
        (LATE, "remark"): Counts(late - 1, 1),
    }  # fmt: skip
    return Totals(
        tallies=(
            Tally(FILE, "tickets", line_feeds=1_717, header_lines=1, read=READ - 1, rejected=2, blank=2, inner=3),
            Tally("orgs.csv", "orgs", line_feeds=9, header_lines=1, read=8, rejected=1),
        ),
        formed=FORMED,
        judged=JUDGED,
        excluded={"merged": EXCLUDED // 2, HOSTILE[0]: EXCLUDED // 2},
        rules=rules,
        judged_under={EARLY: early, LATE: late},
        unmapped=tuple(Unmapped("edition", text, 3, None if n % 2 else "enterprise") for n, text in enumerate(HOSTILE)),
        conflicting_ids=HOSTILE,
        events=EventTotals(1_204, 23_456, 7, 31, 5, 409, len(HOSTILE), 6),
        breached={Party.PROVIDER: len(PLAIN_VIOLATIONS), Party.CUSTOMER: hostile},
        lateness={
            (EARLY, "first-response"): _lateness(PLAIN_VIOLATIONS),
            (LATE, "customer-tasks"): _lateness(HOSTILE),
        },
        months=Months({24_240: 809, 24_242: 800, 24_245: 2}, 2),
        ids=NumericIds(1_700, 1_698, 3, 10**18 - 1, ((1_701, 10**18 - 2), (17, 17))),
        groups=tuple(_groups(rules, early, late)),
        clocks={
            (EARLY, "first-response"): Score(1_698, 3, 41, 40, 0, 41, 41, 40, 40, 17),
            (LATE, "first-response"): Score(792),
        },
        metrics={
            (EARLY, "first-response"): MetricTotals(1_007, len(HOSTILE), 8, 9, _differing(HOSTILE)),
            (LATE, "first-response"): MetricTotals(both=3),
        },
        objectives={
            (EARLY, "kept"): _kept(),
            (LATE, "kept"): _failed(),
            (LATE, "contacts"): _contacts(),
        },
    )


def _standings(**known: int) -> dict[Standing, int]:
    return {stands: known.get(stands.name.lower(), 0) for stands in Standing}


def _kept() -> ObjectiveTotals:
    quarter = ObjectivePeriod("2020-05 to 2020-07", 1_588_270_500_000_000, 1_596_219_300_000_000)
    either, unknown = ObjectivePeriod("2020-05 to 2020-07 or 2020-08 to 2020-10"), ObjectivePeriod("not known")
    said = (Said("value", "(never)"), Said("never"))
    doubt = (Said("value", "(never)"), Said("unknown", "too coarse"))
    rows = (
        ObjectiveRow(quarter, said, Score(698, 3, 41, 40, 9, 41, 41, 49, 49), Standing.UNKNOWN),
        ObjectiveRow(either, said, Score(2), None),
        ObjectiveRow(unknown, doubt, Score(unknown=7, unknown_pass=7, unknown_fail=7), None),
    )
    return ObjectiveTotals(_standings(unknown=1, met=1_200, too_few=34), rows, 1_234)


def _failed() -> ObjectiveTotals:
    quarter = ObjectivePeriod("2021-02 to 2021-04", 1_612_116_900_000_000, 1_619_806_500_000_000)
    score = Score(792, 0, 0, 10, 2, 0, 0, 10, 12, 17)
    return ObjectiveTotals(_standings(open=1), (ObjectiveRow(quarter, (), score, Standing.OPEN),))


def _contacts() -> ObjectiveTotals:
    """One for each hostile text; every second is missed."""
    stands = (Standing.MISSED, Standing.MET)
    rows = tuple(
        ObjectiveRow(None, (Said("value", text), Said("never")), Score(1_003 - n), stands[n % 2])
        for n, text in enumerate(HOSTILE)
    )
    return ObjectiveTotals(_standings(missed=len(HOSTILE) - len(HOSTILE) // 2, met=len(HOSTILE) // 2), rows)


def _lateness(tickets: Sequence[str]) -> Lateness:
    us = [number * 3_600_000_001 for number in range(len(tickets))]
    worst = [Late(tickets[n], _place(n), us[n]) for n in reversed(range(len(us)))]
    return Lateness(
        len(us), {percent: us[-(-len(us) * percent // 100) - 1] for percent in QUANTILES}, tuple(worst[:WORST])
    )


def _differing(tickets: Sequence[str]) -> tuple[Differing, ...]:
    return tuple(Differing(text, _place(n), 3_600_000_000 - n) for n, text in enumerate(tickets[:WORST]))


def _groups(rules: Mapping[tuple[str, str], Counts], early: int, late: int) -> Iterator[GroupTotals]:
    """All of the early ones say one thing; of the late ones each that fails says something else."""
    yield GroupTotals(
        (Said("value", "(never)"), Said("never")),
        early,
        {key: counts for key, counts in rules.items() if key[0] == EARLY},
    )
    rated, one = Counts(1, rated_pass=1), Counts(1)
    for text in HOSTILE:
        failed = Counts(0, 1, rated_fail=1)
        of = {"paid-edition": one, "first-response": rated, "customer-tasks": failed, "remark": one}
        yield GroupTotals(
            (Said("value", text), Said("unknown", "too coarse")),
            1,
            {(LATE, rule): counts for rule, counts in of.items()},
        )
    left = {(LATE, "customer-tasks"): Counts(late - len(HOSTILE), rated_pass=late - len(HOSTILE))}
    for rule in ("paid-edition", "first-response", "remark"):
        counts = rules[LATE, rule]
        left[LATE, rule] = replace(
            counts, passed=counts.passed - len(HOSTILE), rated_pass=max(0, counts.rated_pass - len(HOSTILE))
        )
    yield GroupTotals(None, late - len(HOSTILE), left, groups=3)


def exit_code() -> ExitCode:
    """Three reasons."""
    return ExitCode(3, ((3, "3 rows could not be read"), (1, HOSTILE[0]), (4, "57 verdicts unknown")))


def nothing() -> tuple[Head, Totals, ExitCode]:
    """An audit of an input without a ticket."""
    bare = replace(
        head(), policy_title="", revisions=(), mapping=None, mapping_assumed={}, inputs=(), instant=None,
        not_recorded=(), absent=(), missing_tables={}, versions={}, period=None, by=(), expected_tickets=None,
    )  # fmt: skip
    return bare, Totals((), 0, 0, {}, {}, {}, (), ()), ExitCode(3, ((3, "no ticket was judged"),))
