"""A small audit made by hand: 24 tickets of a helpdesk, two parties, every sort of thing a report can hold."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from supportpolicy.model.cell import Reason
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import (
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
from supportpolicy.model.instant import month_of, parse_instant
from supportpolicy.model.objective import Score, Standing
from supportpolicy.model.period import Period
from supportpolicy.model.verdict import OnFail, Party, Verdict
from supportpolicy.plugin.records import (
    AuditInstant,
    ClauseHead,
    ExitCode,
    Head,
    ObjectiveHead,
    Report,
    ReportOptions,
    RevisionHead,
    RuleHead,
)

REVISION = "2021-02"
FILE = "export/tickets.csv"
AS_OF = "2021-03-15T00:00:00Z"


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def us(text: str) -> int:
    return parse_instant(text).lo


def clauses() -> tuple[ClauseHead, ...]:
    return (
        ClauseHead("definitions", "Preamble", "Words are used as the Terms of Service define them.", "",
                   "The document it points to is not part of this policy."),
        ClauseHead("paid-versions", "Support Policy", "Support is there for each version that is paid for.", "", ""),
        ClauseHead("language", "Support Policy", "The service is given in English.",
                   "Read of the request (english) and of the replies (english-replies).", ""),
        ClauseHead("in-writing", "Support Policy", "The service is given in writing and in no other way.", "", ""),
        ClauseHead("first-response", "Table 1", "A first response is guaranteed within twelve hours of submission.",
                   "Twelve hours to the microsecond are still in time. A public message by a person counts; an automatic "
                   "reply, a bot and an internal note do not.", ""),
        ClauseHead("best-effort", "Table 1", "A fix is attempted with commercially reasonable effort.", "",
                   "No limit is promised that a record could break."),
        ClauseHead("customer-tasks", "Preamble", "The customer does the troubleshooting steps that are suggested.",
                   "A duty of the customer, though the text only expects it.", ""),
        ClauseHead("reference", "Handling Requests", "Each request gets a reference number.",
                   "That no other ticket bears the number is our reading.", ""),
        ClauseHead("workaround", "Handling Requests", "A workaround is prepared if there is one.", "", ""),
    )  # fmt: skip


def rules() -> tuple[RuleHead, ...]:
    provider, customer = Party.PROVIDER, Party.CUSTOMER
    gate, duty, note = OnFail.OUT_OF_SCOPE, OnFail.VIOLATION, OnFail.NOTE
    return (
        RuleHead("paid-edition", "eligibility", "", ("paid-versions",), gate, provider,
                 "edition is personal, team or ultimate", REVISION),
        RuleHead("written-only", "channel", "", ("in-writing",), gate, provider, "channel is email, web or chat", REVISION),
        RuleHead("english-replies", "language", "", ("language",), duty, provider, "every reply is in en", REVISION),
        RuleHead("first-response", "deadline", "", ("first-response",), duty, provider,
                 "from submission to the first response at most 12h in 24x7", REVISION),
        RuleHead("reference-unique", "unique", "", ("reference",), duty, provider,
                 "no other ticket bears the same reference", REVISION),
        RuleHead("troubleshooting", "duty", "", ("customer-tasks",), duty, customer,
                 "tasks_done has come once the ticket is closed", REVISION),
        RuleHead("workaround-prepared", "duty", "", ("workaround",), note, provider, "workaround_prepared has come",
                 REVISION),
    )  # fmt: skip


def objectives() -> tuple[ObjectiveHead, ...]:
    return (
        ObjectiveHead("monthly", "", ("first-response",), Party.PROVIDER,
                      "at least 90% of the tickets that first-response decides pass, for each edition, in each month in "
                      "Europe/Prague, where at least 5 are decided", "at least 90%", "share", "first-response", "",
                      "month in Europe/Prague", ("edition",), REVISION),
        ObjectiveHead("contacts", "Named contacts", ("customer-tasks",), Party.CUSTOMER,
                      "at most 2 different values of requester, in the whole audit", "at most 2", "counted", "",
                      "requester", "", (), REVISION),
    )  # fmt: skip


def head() -> Head:
    revision = RevisionHead(
        label=REVISION,
        file="policies/memsource-technical-support/policy.yaml",
        sha256=digest("policy"),
        since="2021-02-01T00:00:00Z",
        until="",
        assumed={"facts.edition": 'The text says "paid versions" and names none; these are ours to correct.'},
        clauses=clauses(),
        rules=rules(),
        calendars={"office": digest("office")},
        objectives=objectives(),
    )
    return Head(
        policy_id="memsource-technical-support",
        policy_title="Memsource Technical Support Policy",
        revisions=(revision,),
        source="zendesk",
        mapping=Input("zendesk.yaml", "mapping", 1834, digest("mapping")),
        mapping_assumed={"timezone": "The export bears no zone; the account is set to Prague."},
        inputs=(
            Input(FILE, "tickets", 5321, digest("tickets")),
            Input("export/organizations.csv", "organizations", 411, digest("organizations")),
        ),
        instant=AuditInstant(us(AS_OF), us("2021-03-31T00:00:00Z"), us(AS_OF), "exported_at of the mapping"),
        not_recorded=("reply_language",),
        absent=("reply_language",),
        missing_tables={"contracts": ("plan",)},
        versions={"supportpolicy": "0.1.0", "supportpolicy-zendesk": "0.1.0", "tzdata": "2025b"},
        include="findings",
        period=Period(us("2020-12-01T00:00:00Z"), us("2021-04-01T00:00:00Z")),
        by=("edition",),
        expected_tickets=24,
    )


def place(record: int) -> RowPlace:
    return RowPlace(FILE, record, record + 1)


def finding(
    ticket: str | None,
    rule: str,
    verdict: Verdict,
    evidence: Evidence | None = None,
    *,
    record: int = 0,
    **more: object,
) -> Finding:
    of = next(r for r in rules() if r.id == rule)
    made = Finding(
        ticket=ticket,
        rule=rule,
        verdict=verdict,
        reason=None,
        field="",
        barred_by="",
        on_fail=of.on_fail,
        party=of.party,
        clauses=of.clauses,
        revision=REVISION,
        evidence=evidence or {},
        place=place(record) if record else None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def clock(submitted: str, answered: str | None, accrued: str, due: str) -> Evidence:
    return {
        "start": submitted,
        "stop": answered,
        "due": due,
        "last_in_time": due,
        "accrued": accrued,
        "limit": "12h",
        "calendar": "24x7",
        "basis": "vendor field",
        "as_of": AS_OF,
        "values": {"submitted": submitted, "first_response": answered},
    }


def items() -> Iterator[Item]:
    fail, unknown = Verdict.FAIL, Verdict.UNKNOWN
    yield finding(None, "english-replies", unknown, reason=Reason.MISSING, field="reply_language", tickets=18)
    yield finding(
        "4002", "first-response", fail,
        clock("2021-03-01T08:00:00Z", "2021-03-01T21:04:00Z", "13h 4m", "2021-03-01T20:00:00Z"), record=2,
    )  # fmt: skip
    yield finding(
        "4002", "troubleshooting", fail, {"values": {"tasks_done": None, "closed": "2021-03-09T10:00:00Z"}}, record=2
    )
    yield finding(
        "4005", "first-response", fail,
        clock("2021-03-03T09:30:00Z", None, "11d 14h 30m", "2021-03-03T21:30:00Z"), record=5,
    )  # fmt: skip
    yield finding(
        "4007", "first-response", unknown,
        clock("2021-03-04T10:00:00Z..2021-03-04T10:00:59.999999Z", "2021-03-04T22:00:00Z..2021-03-04T22:00:59.999999Z",
              "11h 59m 0.000001s..12h 59.999999s", "2021-03-04T22:00:00Z..2021-03-04T22:00:59.999999Z"),
        record=7, reason=Reason.TOO_COARSE, field="first_response",
    )  # fmt: skip
    misspelt = {"values": {"edition": "unknown: unrecognised 'enterprize'"}}
    for rule in ("paid-edition", "first-response", "reference-unique", "troubleshooting", "workaround-prepared"):
        yield finding("4009", rule, unknown, misspelt, record=9, reason=Reason.UNRECOGNISED, field="edition")
    for rule in ("paid-edition", "first-response", "reference-unique", "troubleshooting", "workaround-prepared"):
        yield finding(
            f"{FILE}#11", rule, unknown, {"values": {"edition": "unknown: no such key 'org-77'"}},
            record=11, reason=Reason.NO_SUCH_KEY, field="edition",
        )  # fmt: skip
    yield Rejected(
        place(13),
        2_360,
        "a quote inside a cell that is not quoted",
        b'4013,2021-03-05 10:00,"Cannot "log" in",team,e\xff',
    )
    yield finding("4014#1", "troubleshooting", unknown, {"values": {"tasks_done": "unknown: missing"}}, record=14,
                  reason=Reason.MISSING, field="tasks_done")  # fmt: skip
    yield finding("4014#2", "troubleshooting", unknown, {"values": {"tasks_done": "unknown: missing"}}, record=15,
                  reason=Reason.MISSING, field="tasks_done")  # fmt: skip
    yield finding("4017", "workaround-prepared", fail, {"values": {"workaround_prepared": None}}, record=17)
    yield Excluded("4018", "merged", place(18))
    yield Excluded("4019", "spam", place(19))
    yield Excluded("4020", "merged", place(20))
    yield Rejected(place(25), 4_640, "3 cells where the header has 12", b"4025,2021-03-09 10:00,torn")
    yield Rejected(
        RowPlace("export/organizations.csv", 4, 5), 97, "not UTF-8 at byte 6", b"org-9,\xc3(,team", "organizations"
    )
    for n, other in ((3, "4016"), (16, "4003")):
        yield finding(
            f"40{n:02d}", "reference-unique", fail,
            {"value": "R-118", "bearers": other, "values": {"reference": "R-118"}}, record=n,
        )  # fmt: skip


def totals() -> Totals:
    unrecognised, no_key = ("edition", Reason.UNRECOGNISED), ("edition", Reason.NO_SUCH_KEY)
    edition = {unrecognised: 1, no_key: 1}
    counts = {
        "paid-edition": Counts(17, 2, 0, 0, 2, unknown_by=edition),
        "written-only": Counts(20, 1, 0, 0, 0),
        "english-replies": Counts(
            0, 0, 0, 3, 18, could_pass=18, could_fail=18, unknown_by={("reply_language", Reason.MISSING): 18}
        ),
        "first-response": Counts(
            12, 2, 1, 3, 3, rated_pass=10, rated_fail=2, could_pass=4, could_fail=4,
            unknown_by={("first_response", Reason.TOO_COARSE): 1, **edition},
        ),
        "reference-unique": Counts(
            14, 2, 0, 3, 2, rated_pass=12, rated_fail=2, could_pass=2, could_fail=2, unknown_by=edition
        ),
        "troubleshooting": Counts(
            0, 1, 0, 16, 4, rated_fail=1, could_pass=2, could_fail=2,
            unknown_by={("tasks_done", Reason.MISSING): 2, **edition},
        ),
        "workaround-prepared": Counts(5, 1, 0, 13, 2, unknown_by=edition),
    }  # fmt: skip
    return Totals(
        tallies=(
            Tally(FILE, "tickets", line_feeds=33, header_lines=1, read=26, rejected=2, blank=2, inner=4),
            Tally("export/organizations.csv", "organizations", line_feeds=9, header_lines=1, read=8, rejected=1),
        ),
        formed=24,
        judged=21,
        excluded={"merged": 2, "spam": 1},
        rules={(REVISION, rule): count for rule, count in counts.items()},
        judged_under={REVISION: 21},
        unmapped=(Unmapped("edition", "enterprize", 1, "enterprise"), Unmapped("channel", "Twitter DM", 2, None)),
        conflicting_ids=("4014",),
        events=EventTotals(20, 1_234, 2, 1, 3, 4, 1, 5),
        breached={Party.PROVIDER: 4, Party.CUSTOMER: 1},
        lateness={(REVISION, "first-response"): lateness()},
        months=Months({month("2020-12"): 1, month("2021-03"): 19}, 1),
        ids=NumericIds(23, 22, 4_001, 4_026, ((4_023, 4_025), (4_013, 4_013))),
        clocks={(REVISION, "first-response"): Score(1_012, 2, 1, 3, 0, 1, 1, 3, 3, 4)},
        metrics={
            (REVISION, "first-response"): MetricTotals(
                14, 2, 1, 1, (Differing("4002", place(2), 3_840_000_000), Differing("4012", place(12), 1))
            )
        },
        groups=groups(counts),
        objectives={(REVISION, "monthly"): monthly(), (REVISION, "contacts"): contacts()},
    )


def monthly() -> ObjectiveTotals:
    """Of two tickets the edition is not known, so that they count as possible beside the others."""
    december, march = (
        ObjectivePeriod(name, us(f"{since}T23:00:00Z"), us(until))
        for name, since, until in (
            ("2020-12", "2020-11-30", "2020-12-31T23:00:00Z"),
            ("2021-03", "2021-02-28", "2021-03-31T22:00:00Z"),
        )
    )
    score = Score(9, 2, 1, 1, 2, 1, 1, 3, 3)
    unknown = Score(unknown=1, unknown_pass=1, unknown_fail=1)
    return ObjectiveTotals(
        standings(too_few=1, open=1),
        (
            ObjectiveRow(december, (Said("value", "team"),), Score(1), Standing.TOO_FEW),
            ObjectiveRow(march, (Said("value", "team"),), score, Standing.OPEN),
            ObjectiveRow(march, (Said("unknown", Reason.NO_SUCH_KEY.value),), unknown, None),
            ObjectiveRow(march, (Said("unknown", Reason.UNRECOGNISED.value),), unknown, None),
        ),
    )


def contacts() -> ObjectiveTotals:
    return ObjectiveTotals(standings(missed=1), (ObjectiveRow(None, (), Score(12), Standing.MISSED),))


def standings(**known: int) -> dict[Standing, int]:
    return {stands: known.get(stands.name.lower(), 0) for stands in Standing}


def month(text: str) -> int:
    return month_of(us(f"{text}-01T00:00:00Z"))


def lateness() -> Lateness:
    """Of the two tickets that were answered late, or not at all."""
    hour = 3_600_000_000
    waiting, answered = 266 * hour + hour // 2, hour + hour // 15
    return Lateness(
        2,
        {50: answered, 90: waiting, 95: waiting, 99: waiting, 100: waiting},
        (Late("4005", place(5), waiting), Late("4002", place(2), answered)),
    )


def groups(counts: Mapping[str, Counts]) -> tuple[GroupTotals, ...]:
    """By edition: of two tickets it is not known, all others have the one edition."""
    told = []
    left = {(REVISION, rule): of for rule, of in counts.items()}
    for reason in (Reason.NO_SUCH_KEY, Reason.UNRECOGNISED):
        edition = {("edition", reason): 1}
        unknown = Counts(unknown=1, unknown_by=edition)
        whole = Counts(unknown=1, could_pass=1, could_fail=1, unknown_by={("reply_language", Reason.MISSING): 1})
        rated = replace(unknown, could_pass=1, could_fail=1)
        of = {
            "paid-edition": unknown,
            "written-only": Counts(1),
            "english-replies": whole,
            "first-response": rated,
            "reference-unique": rated,
            "troubleshooting": unknown,
            "workaround-prepared": unknown,
        }
        told.append(GroupTotals((Said("unknown", reason.value),), 1, {(REVISION, rule): of[rule] for rule in of}))
        left = {key: less(counted, of[key[1]]) for key, counted in left.items()}
    return (GroupTotals((Said("value", "team"),), 19, left), *told)


def less(counts: Counts, other: Counts) -> Counts:
    numbers = {name: getattr(counts, name) - getattr(other, name) for name in Counts.__slots__ if name != "unknown_by"}
    by = {key: count - other.unknown_by.get(key, 0) for key, count in counts.unknown_by.items()}
    return Counts(**numbers, unknown_by={key: count for key, count in by.items() if count})


def exit_code() -> ExitCode:
    return ExitCode(
        3,
        (
            (3, "3 rows were rejected, more than --max-rejected 0"),
            (1, "4 violations by the provider (--fail-on provider)"),
            (4, "13 verdicts are unknown, more than --max-unknown 0"),
        ),
    )


def written(
    report: Report,
    of: Head | None = None,
    things: Iterable[Item] | None = None,
    sums: Totals | None = None,
    code: ExitCode | None = None,
    options: ReportOptions | None = None,
) -> bytes:
    """The bytes of a report, given its items in batches of three."""
    out = io.BytesIO()
    writer = report.open(of or head(), out, options or ReportOptions())
    pending = list(items() if things is None else things)
    for start in range(0, len(pending), 3):
        writer.batch(pending[start : start + 3])
    writer.close(sums or totals(), code or exit_code())
    return out.getvalue()
