"""The engine against `seed_oracle`, and the laws that hold for whatever is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from case_tables import registry, verdict_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seed_oracle import EPOCH, judge
from seed_oracle import us as microseconds

from supportpolicy.audit import load_policy
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.engines.reference import ENGINE
from supportpolicy.engines.reference.cells import Frame
from supportpolicy.engines.reference.clocks import compile_clock
from supportpolicy.engines.reference.kleene import Undecided
from supportpolicy.engines.reference.truths import compile_truth
from supportpolicy.expr.nodes import All, AnyOf, At, Is, Not, Promise, Truth, Within
from supportpolicy.model.cell import NEVER, Cell, Reason, Unknown
from supportpolicy.model.finding import Finding, Rejected, RowPlace, Tally, Totals
from supportpolicy.model.instant import Instant, format_us
from supportpolicy.model.limit import ALWAYS, OpenTime
from supportpolicy.plugin import Row, RunOptions

ROOT: Final = Path(__file__).parents[2]
PLAN: Final = compile_plan(
    load_policy(str(ROOT / "policies" / "memsource-technical-support" / "policy.yaml"), registry()),
    None,
    {"tickets": None},
)
ORACLES_RULES: Final = (
    "paid-edition english written-only first-response english-replies written-replies receipt-acknowledged "
    "reference-assigned reference-unique"
)


class _Scan:
    """Canonical tickets in memory."""

    columns = None

    def __init__(self, tickets: Sequence[dict[str, Any]]) -> None:
        self._tickets = tickets

    def rows(self) -> Iterator[Row | Rejected]:
        for number, ticket in enumerate(self._tickets, 1):
            yield Row(RowPlace("t", number, number), ticket, json.dumps(ticket).encode())

    def tallies(self) -> tuple[Tally, ...]:
        return ()


def run(
    tickets: Sequence[dict[str, Any]], at: int, horizon: int | None = None
) -> tuple[dict[str, dict[str, str]], list[Finding], Totals]:
    """Verdicts by ticket and rule as the tables write them, without the reasons; the findings; the totals."""
    options = RunOptions("all", None, Instant.at(at), None if horizon is None else Instant.at(horizon))
    ran = ENGINE.run(PLAN, {"tickets": _Scan(tickets)}, options, lambda _: None)
    items = [item for batch in ran.batches for item in batch]
    findings = [item for item in items if isinstance(item, Finding) and item.ticket is not None]
    told: dict[str, dict[str, str]] = {}
    for finding in findings:
        text = verdict_text(finding)
        told.setdefault(str(finding.ticket), {})[finding.rule] = "unknown" if text.startswith("unknown") else text
    return told, findings, ran.totals()


# --- tickets ----------------------------------------------------------------------------------------------------------
HOUR: Final = 3_600_000_000
START: Final = microseconds("2021-03-01T00:00:00Z") or 0
MOMENTS: Final = sorted(START + h * HOUR + d for h in (0, 1, 6, 12, 13, 18, 24, 36) for d in (-1, 0, 1))
INSTANTS: Final = st.sampled_from([format_us(us) for us in MOMENTS])
LANGUAGES: Final = st.sampled_from(["en", "EN_gb", "de", "fr", "xx", "english", None])
CHANNELS: Final = st.sampled_from(["email", " Web ", "phone", "in_person", "other", "emial", None])
FLAG: Final = st.sampled_from([True, True, True, False, None])

EVENTS: Final = st.fixed_dictionaries(
    {
        "at": INSTANTS,
        "kind": st.sampled_from(
            ["customer_message", "staff_message", "staff_message", "staff_message", "status", "call"]
        ),
    },
    optional={
        "role": st.sampled_from(["staff", "staff", "bot", "customer", "system", None]),
        "public": FLAG,
        "automatic": FLAG.map(lambda flag: None if flag is None else not flag),
        "language": LANGUAGES,
        "channel": CHANNELS,
    },
)
TIMELINES: Final = st.one_of(
    st.none(),
    st.fixed_dictionaries({"complete": st.sampled_from([True, True, False]), "items": st.lists(EVENTS, max_size=5)}),
)
WHEN: Final = st.one_of(INSTANTS, INSTANTS, st.sampled_from([None, "soon", 5]))
FIELDS: Final = {
    "submitted": st.one_of(INSTANTS, INSTANTS, INSTANTS, st.sampled_from([None, "2021-03-01"])),
    "edition": st.sampled_from(["team", "team", "team", "Personal ", "free", "tean", None, 3]),
    "language": st.one_of(st.just("en"), LANGUAGES),
    "channel": st.one_of(st.just("web"), CHANNELS),
    "first_response": WHEN,
    "acknowledged": WHEN,
    "closed": WHEN,
    "reference": st.sampled_from(["R1", "R2", "R3", None]),
    "created_by_role": st.sampled_from(["customer", "customer", "staff", "bot", "boss", None]),
    "events": TIMELINES,
}
COVERED: Final = {"edition": "team", "language": "en", "channel": "web"}
TICKET: Final = st.tuples(st.fixed_dictionaries({}, optional=FIELDS), st.sampled_from([COVERED, COVERED, {}])).map(
    lambda pair: pair[0] | pair[1]  # most tickets are covered, or the gates would hide the rest
)
TICKETS: Final = st.lists(TICKET, min_size=1, max_size=5).map(
    lambda tickets: [{"id": f"t{number}", **ticket} for number, ticket in enumerate(tickets)]
)
TIMES: Final = st.sampled_from(MOMENTS)
SETTINGS: Final = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(TICKETS, TIMES, st.one_of(st.none(), TIMES))
def test_the_seed_policy_against_the_oracle(tickets: list[dict[str, Any]], as_of: int, horizon: int | None) -> None:
    at = as_of if horizon is None else min(as_of, horizon)
    told, _, _ = run(tickets, as_of, horizon)
    expected = judge(tickets, at, as_of)
    assert {t: {rule: rules[rule] for rule in ORACLES_RULES.split()} for t, rules in told.items()} == expected


def test_the_oracle_counts_like_the_engine() -> None:
    assert EPOCH.isoformat() == "1970-01-01T00:00:00+00:00"
    assert [microseconds(format_us(us)) for us in MOMENTS] == MOMENTS


# --- laws of verdicts -------------------------------------------------------------------------------------------------
@SETTINGS
@given(TICKETS, TIMES, TIMES)
def test_a_decided_clock_stays_decided_and_an_open_one_was_never_decided(
    tickets: list[dict[str, Any]], one: int, other: int
) -> None:
    earlier, later = (run(tickets, at)[0] for at in sorted((one, other)))
    for name, rules in earlier.items():
        before, after = rules["first-response"], later[name]["first-response"]
        if before in ("pass", "fail"):
            assert after == before
        if after == "open":
            assert before in ("open", "not_applicable")


@SETTINGS
@given(TICKETS, TIMES, st.data())
def test_what_no_rule_asks_for_changes_nothing(tickets: list[dict[str, Any]], at: int, data: st.DataObject) -> None:
    odd = st.sampled_from([None, 7, "x", [], {"a": "b"}])
    changed = [
        {**t, data.draw(st.sampled_from(["subject", "assignee", "x", "priority"])): data.draw(odd)} for t in tickets
    ]
    assert run(changed, at)[0] == run(tickets, at)[0]


@SETTINGS
@given(TICKETS, TIMES, st.randoms(use_true_random=False))
def test_the_order_of_events_and_of_keys_changes_nothing(tickets: list[dict[str, Any]], at: int, random: Any) -> None:
    changed = []
    for ticket in tickets:
        keys = list(ticket)
        random.shuffle(keys)
        shuffled = {key: ticket[key] for key in keys}
        timeline = shuffled.get("events")
        if timeline and len({event["at"] for event in timeline["items"]}) == len(timeline["items"]):
            shuffled["events"] = {**timeline, "items": random.sample(timeline["items"], len(timeline["items"]))}
        changed.append(shuffled)
    assert run(changed, at)[0] == run(tickets, at)[0]


@SETTINGS
@given(TICKETS, TIMES, st.randoms(use_true_random=False))
def test_the_order_of_tickets_changes_nothing(tickets: list[dict[str, Any]], at: int, random: Any) -> None:
    assert run(random.sample(tickets, len(tickets)), at)[0] == run(tickets, at)[0]


JSON: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.text(max_size=8), INSTANTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=5,
)
ANYTHING: Final = st.lists(
    st.dictionaries(
        st.sampled_from([*FIELDS, "id", "status", "topic", "tags", "resolved", "updated"]), JSON, max_size=8
    ),
    max_size=6,
)


@SETTINGS
@given(st.one_of(TICKETS, ANYTHING), TIMES, st.one_of(st.none(), TIMES), st.booleans())
def test_the_totals_add_up(tickets: list[dict[str, Any]], as_of: int, horizon: int | None, repeat: bool) -> None:
    records = tickets * 2 if repeat else tickets
    told, findings, totals = run(records, as_of, horizon)
    assert totals.formed == len(records) == totals.judged + sum(totals.excluded.values())
    assert len(told) == totals.judged == sum(totals.judged_under.values())
    for (label, rule), counts in totals.rules.items():
        assert counts.judged == totals.judged_under[label]
        assert counts.unknown == sum(counts.unknown_by.values())
        verdicts = [f.verdict.value for f in findings if f.rule == rule]
        assert [verdicts.count(v) for v in ("pass", "fail", "open", "not_applicable", "unknown")] == [
            counts.passed,
            counts.failed,
            counts.open,
            counts.not_applicable,
            counts.unknown,
        ]
        assert counts.rated_pass <= counts.passed
        assert counts.rated_fail <= counts.failed
        assert max(counts.could_pass, counts.could_fail) <= counts.open + counts.unknown


# --- laws of truths ---------------------------------------------------------------------------------------------------
NAMES: Final = ("a", "b", "c")
TRUTHS: Final = st.recursive(
    st.sampled_from(NAMES).map(lambda name: Is(name, True)),
    lambda part: st.one_of(
        st.lists(part, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(part, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        part.map(Not),
    ),
    max_leaves=8,
)
VALUES: Final = st.sampled_from([True, False, Unknown(Reason.MISSING, "a"), Unknown(Reason.INVALID, "b"), NEVER])


def by_the_table(truth: Truth, cells: dict[str, Cell]) -> int:
    """Kleene's truth tables: 0 false, 1 undecided, 2 true."""
    match truth:
        case All(parts):
            return min((by_the_table(part, cells) for part in parts), default=2)
        case AnyOf(parts):
            return max((by_the_table(part, cells) for part in parts), default=0)
        case Not(part):
            return 2 - by_the_table(part, cells)
        case Is(field, value):
            return 1 if isinstance(cells[field], Unknown) else 2 if cells[field] is value else 0
    raise AssertionError(truth)


def kleene(truth: Truth, cells: dict[str, Cell]) -> int:
    slots = {name: index for index, name in enumerate(NAMES, 2)}
    found = compile_truth(truth, Frame(slots))([0, 0, *(cells[name] for name in NAMES)])
    assert not isinstance(found, Undecided) or found.reason is not None
    return 1 if isinstance(found, Undecided) else 2 if found else 0


@SETTINGS
@given(TRUTHS, TRUTHS, st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)))
def test_conditions_follow_the_truth_tables(one: Truth, other: Truth, cells: dict[str, Cell]) -> None:
    assert kleene(one, cells) == by_the_table(one, cells)
    pair, swapped = (one, other), (other, one)
    assert kleene(All(pair), cells) == kleene(All(swapped), cells)
    assert kleene(Not(All(pair)), cells) == kleene(AnyOf((Not(one), Not(other))), cells)
    assert kleene(Not(Not(one)), cells) == kleene(one, cells)


# --- laws of clocks ---------------------------------------------------------------------------------------------------
SPANS: Final = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(lambda span: Instant(span[0], span[0] + span[1]))


def clock(start: Cell, stop: Cell, at: int, limit: int) -> str:
    node = Within(At("start"), At("stop"), Promise(OpenTime(limit, ALWAYS), ""))
    return compile_clock(node, Frame({"start": 2, "stop": 3}))([at, at, start, stop]).outcome.verdict.value


@settings(max_examples=500, deadline=None)
@given(SPANS, st.one_of(SPANS, SPANS, st.just(NEVER)), st.integers(6, 16), st.integers(1, 4))
def test_an_interval_has_the_verdict_on_which_all_its_instants_agree(
    start: Instant, stop: Any, at: int, limit: int
) -> None:
    """So widening an interval never turns a pass into a fail, only into unknown. Instants that contradict each other are
    none that the record may stand for, unless there are no others."""
    if start.hi > at:
        return  # whether the clock has started at all is asked elsewhere
    starts = range(start.lo, start.hi + 1)
    stops = [NEVER] if stop is NEVER else [Instant.at(us) for us in range(stop.lo, stop.hi + 1)]
    exact = {
        clock(Instant.at(s), e, at, limit) for s in starts for e in stops if not isinstance(e, Instant) or s <= e.lo
    }
    found = clock(start, stop, at, limit)
    assert found == (exact.pop() if len(exact) == 1 else "unknown")
