"""What objectives count, as statements of the script: by period and group, before it is reckoned how they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from supportpolicy.engines.duckdb.clock_scores import SLOTS
from supportpolicy.engines.duckdb.literals import named, quoted
from supportpolicy.engines.duckdb.scoring import ScoredObjective, Scoring
from supportpolicy.engines.duckdb.tickets import Tickets
from supportpolicy.model.recurrence import Recurrence

_LEGEND = (
    "-- 4. What objectives count, by period and group. `certain` is false where another revision may be in force. What\n"
    "-- lies in several periods, or leaves a field unknown, may belong to each of them. How an objective stands follows by\n"
    "-- the statements [O-8] to [O-12] of the semantics; that is reckoned from these numbers and is no SQL."
)


def objective_statements(
    tickets: Tickets, scoring: Scoring, columns: Mapping[str, str], below: str, words: Callable[[str], str]
) -> Iterator[str]:
    """The statements, where there are objectives. `columns` are those of `scoring`, over the relation `below`; `words` gives
    a verdict's number in words."""
    if not scoring.objectives:
        return
    yield _LEGEND
    for number, per in enumerate(scoring.pers):
        yield _periods(tickets, number, per)
    told = ",\n  ".join(f"{text} AS {name}" for name, text in columns.items())
    apart = "AND NOT claimed" if tickets.named else ""
    yield (
        f"CREATE VIEW scored AS SELECT\n  {told}\nFROM (SELECT * FROM {below} WHERE {tickets.judged} {apart}) AS cells"
        f"{scoring.joins()};"
    )
    for one in scoring.objectives:
        yield _counts(tickets, one, words)


def _periods(tickets: Tickets, number: int, per: Recurrence) -> str:
    """A table of the names of the periods in which tickets lie."""
    rows = tickets.staged.connection.execute(
        f"SELECT DISTINCT unnest(range(number, number + len(starts) + 1)) AS number FROM dates{number} ORDER BY number"
    ).fetchall()
    names = ", ".join(quoted(per.name(period)) for (period,) in rows)
    numbers = ", ".join(str(period) for (period,) in rows)
    return (
        f"CREATE TABLE periods{number} AS SELECT unnest([{numbers}]) AS number, unnest([{names}]::VARCHAR[]) AS name;"
    )


def _counts(tickets: Tickets, one: ScoredObjective, words: Callable[[str], str]) -> str:
    n, plan = one.number, one.plan
    told = {
        "revision": quoted(tickets.staged.plan.revisions[one.revision].label),
        "objective": quoted(plan.id),
        "period": _period(one.per),
        **{named(f"by {name}"): _said(f"state{n}_{place}", f"text{n}_{place}") for place, name in enumerate(plan.by)},
        "certain": f"own{n}",
    }
    if plan.of == "clocks":
        sums = {slot: f"sum({slot}{n})" for slot in SLOTS}
        speaks = f"{' + '.join(f'{slot}{n}' for slot in ('passed', 'failed', 'open', 'unknown', 'untold'))} > 0"
    else:
        told["verdict"] = words(f"code{n}")
        sums = {"tickets": "count(*)"}
        if plan.field:
            place = len(plan.by)
            sums[named("values")] = f"count(DISTINCT text{n}_{place}) FILTER (state{n}_{place} = 0)"
        speaks = f"code{n} IS NOT NULL AND {words(f'code{n}')} <> 'not_applicable'"
    listed = ",\n  ".join(f"{text} AS {name}" for name, text in {**told, **sums}.items())
    return f"SELECT\n  {listed}\nFROM scored WHERE {speaks}\nGROUP BY ALL ORDER BY ALL;"


def _period(per: int | None) -> str:
    """The name of the period in which a ticket lies, or of those between which it does."""
    if per is None:
        return "'the whole audit'"
    first, last = (f"(SELECT name FROM periods{per} WHERE number = {end}{per})" for end in ("first", "last"))
    return (
        f"CASE WHEN first{per} IS NULL OR last{per} IS NULL THEN 'not known' WHEN first{per} = last{per} THEN {first} "
        f"WHEN last{per} = first{per} + 1 THEN concat({first}, ' or ', {last}) ELSE concat({first}, ' ... ', {last}) END"
    )


def _said(state: str, text: str) -> str:
    """What a ticket says of a field, in words."""
    return f"CASE {state} WHEN 0 THEN {text} WHEN 1 THEN '(never)' ELSE concat('(unknown: ', {text}, ')') END"
