"""What a run counts beside the verdicts, in the words in which the case tables state it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from supportpolicy.model.duration import format_duration
from supportpolicy.model.event_totals import EventTotals
from supportpolicy.model.finding import (
    GroupTotals,
    Lateness,
    MetricTotals,
    Months,
    NumericIds,
    ObjectiveRow,
    ObjectiveTotals,
)
from supportpolicy.model.instant import format_month
from supportpolicy.model.objective import Score


def _lateness(lateness: Mapping[tuple[str, str], Lateness]) -> dict[str, Any]:
    """By rule, or `REVISION RULE`: `N tickets`, `p50 12h` and so on, and the latest as `TICKET 12h`."""
    return {
        " ".join(part for part in key if part): {
            "tickets": late.tickets,
            **{f"p{percent}": format_duration(us) for percent, us in late.quantiles.items()},
            "worst": [f"{ticket.ticket} {format_duration(ticket.us)}" for ticket in late.worst],
        }
        for key, late in lateness.items()
    }


def _months(months: Months) -> dict[str, int]:
    undated = {"undated": months.undated} if months.undated else {}
    return {**{format_month(month): tickets for month, tickets in months.tickets.items()}, **undated}


def _ids(ids: NumericIds | None) -> dict[str, Any] | None:
    return ids and {
        "tickets": ids.tickets,
        "different": ids.different,
        "span": f"{ids.least}..{ids.greatest}",
        "missing": ids.missing,
        "gaps": [f"{first}..{last}" for first, last in ids.gaps],
    }


def _groups(groups: Sequence[GroupTotals]) -> dict[str, str]:
    """`never, unknown: missing, p1` with the judged tickets and, by rule, `passed/failed/open/not applicable/unknown`."""
    told = {}
    for group in groups:
        said = (
            f"{group.groups} others"
            if group.said is None
            else ", ".join(
                ": ".join(part for part in (s.state, s.text) if part not in ("value", "")) for s in group.said
            )
        )
        rules = [
            f"{' '.join(part for part in key if part)} {c.passed}/{c.failed}/{c.open}/{c.not_applicable}/{c.unknown}"
            for key, c in group.rules.items()
        ]
        told[said] = "; ".join([str(group.judged), *rules])
    return told


def _objectives(objectives: Mapping[tuple[str, str], ObjectiveTotals]) -> dict[str, Any]:
    """By objective, or `REVISION OBJECTIVE`: by period and group how it stands (`-`: told apart), `pass/fail/open/unknown`,
    `+N` more that may belong there, and after `could` how many may still come to pass and to fail; last `others`. Many are
    only counted, by how they stand."""
    return {
        " ".join(part for part in key if part): {
            **({_where(row): _stands(row) for row in of.rows} if len(of.rows) <= _MANY else {"told": _in_sum(of.rows)}),
            **({"others": of.others, **{str(s): n for s, n in of.standings.items() if n}} if of.others else {}),
        }
        for key, of in objectives.items()
    }


_MANY: Final = 20


def _in_sum(rows: Sequence[ObjectiveRow]) -> str:
    counted = Counter(row.standing or "-" for row in rows)
    return ", ".join(f"{count} {stands}" for stands, count in sorted(counted.items()))


def _where(row: ObjectiveRow) -> str:
    said = [": ".join(part for part in (s.state, s.text) if part not in ("value", "")) for s in row.said]
    return ", ".join([*([row.period.words] if row.period else []), *said]) or "all"


def _stands(row: ObjectiveRow) -> str:
    return f"{row.standing or '-'} {_score(row.score)}"


def _score(score: Score) -> str:
    told = f"{score.passed}/{score.failed}/{score.open}/{score.unknown}"
    told += f" +{score.perhaps}" if score.perhaps else ""
    told += f" could {score.could_pass}/{score.could_fail}" if score.could_pass or score.could_fail else ""
    return told + (f" untold {score.untold}" if score.untold else "")


def _events(events: EventTotals) -> dict[str, int]:
    """What there is any of."""
    return {name: count for name in EventTotals.__slots__ if (count := getattr(events, name))}


def _metrics(metrics: Mapping[tuple[str, str], MetricTotals]) -> dict[str, str]:
    """By rule, or `REVISION RULE`: `BOTH/DIFFER/ONLY EVENTS/ONLY FIELD`, and the greatest differences as `TICKET 12h`."""
    return {
        " ".join(part for part in key if part): "; ".join([
            f"{of.both}/{of.differ}/{of.only_events}/{of.only_field}",
            *(f"{one.ticket} {format_duration(one.us)}" for one in of.greatest),
        ])
        for key, of in metrics.items()
    }  # fmt: skip


def _clocks(clocks: Mapping[tuple[str, str], Score]) -> dict[str, str]:
    """By rule, or `REVISION RULE`: the clocks as `pass/fail/open/unknown`, after `could` how many may still come to pass and
    to fail, after `untold` the tickets whose clocks are not known."""
    return {" ".join(part for part in key if part): _score(score) for key, score in clocks.items()}


COUNTED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "lateness": _lateness,
    "months": _months,
    "ids": _ids,
    "groups": _groups,
    "objectives": _objectives,
    "events": _events,
    "metrics": _metrics,
    "clocks": _clocks,
}
"""By the name of the total."""
