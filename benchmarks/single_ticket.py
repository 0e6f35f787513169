"""One ticket through the library, beside reading its JSON and beside a function written by hand for the same rules."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from time import process_time_ns
from typing import TYPE_CHECKING, Any, Final

from benchmarks.bench import Bench
from benchmarks.by_hand import verdicts
from benchmarks.cost import ROOT, BenchmarkError
from benchmarks.table import Table, times

if TYPE_CHECKING:
    from supportpolicy import Policy

POLICY: Final = ROOT / "policies" / "memsource-technical-support"
AS_OF: Final = "2021-04-06T00:00:00Z"
_ROUNDS: Final = 1_000

_MESSAGE: Final = {"public": True, "automatic": False, "channel": "email", "language": "en"}
_SPARSE: Final = {
    "id": "MT-1",
    "submitted": "2021-03-27T19:00:00Z",
    "first_response": "2021-03-28T06:00:00Z",
    "edition": "team",
    "language": "en",
    "channel": "email",
}
_FULL: Final = {
    **_SPARSE,
    "reference": "R-1",
    "created_by_role": "customer",
    "acknowledged": "2021-03-27T19:00:04Z",
    "resolved": "2021-03-31T09:20:00Z",
    "closed": "2021-04-02T09:20:00Z",
    "topic": "service_itself",
    "first_level": "given",
    "account_access": "granted",
    "tasks_recommended": "2021-03-27T22:30:00Z",
    "tasks_done": "2021-03-28T09:15:00Z",
    "replication_attempted": "2021-03-28T10:05:00Z",
    "workaround_available": True,
    "workaround_prepared": "2021-03-28T15:40:00Z",
}
TICKETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "every field": _FULL,
    "every field, and two messages": {
        **_FULL,
        "events": {
            "complete": True,
            "items": [
                {"at": "2021-03-27T19:00:00Z", "kind": "customer_message", **_MESSAGE},
                {"at": "2021-03-28T06:00:00Z", "kind": "staff_message", **_MESSAGE},
            ],
        },
    },
    "six fields, the rest unknown": _SPARSE,
    "in an edition that is not covered": {**_FULL, "edition": "free"},
}


def single_ticket(bench: Bench) -> Iterator[Table]:
    """Each ticket by each of them, in turn. In another process, so that this one stays small."""
    bench.say(f"one ticket, of {len(TICKETS)} shapes")
    command = [sys.executable, "-m", "benchmarks.single_ticket", str(1 if bench.once else _ROUNDS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise BenchmarkError(done.stderr)
    yield Table(
        "One ticket, 16 rules",
        "Microseconds of CPU, the least of many rounds in turn: `json.loads` of the ticket; a function written by hand that "
        "gives the same verdicts; `policy.judge` and its violations; `policy.judge` and every verdict. Then the last beside "
        "the first two.",
        ("", "read", "by hand", "violations", "every verdict", "every verdict / read", "every verdict / by hand"),
        tuple(_row(name, taken) for name, taken in json.loads(done.stdout).items()),
    )


def _row(name: str, taken: Sequence[Sequence[float]]) -> tuple[str, ...]:
    read, by_hand, _, ours = taken
    ratios = (median(a / b for a, b in zip(ours, other, strict=True)) for other in (read, by_hand))
    return name, *(f"{min(runs):.1f}" for runs in taken), *(times(ratio) for ratio in ratios)


def _calls(policy: Policy, ticket: Mapping[str, Any]) -> tuple[Callable[[], object], ...]:
    text, now = json.dumps(ticket), datetime.fromisoformat(AS_OF)
    ours = {verdict.rule: verdict.verdict.value for verdict in policy.judge(ticket, AS_OF).verdicts}
    if ours != verdicts(ticket, now):
        raise BenchmarkError(f"the two do not say the same: {sorted(ours.items() ^ verdicts(ticket, now).items())}")
    return (
        lambda: json.loads(text),
        lambda: verdicts(ticket, now),
        lambda: policy.judge(ticket, AS_OF).violations,
        lambda: [verdict.verdict for verdict in policy.judge(ticket, AS_OF).verdicts],
    )


def _microseconds(calls: Sequence[Callable[[], object]], rounds: int, times: int) -> list[list[float]]:
    """What a call of each takes, round by round; a first round does not count."""
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds + 1):
        for call, runs in zip(calls, taken, strict=True):
            began = process_time_ns()
            for _ in range(times):
                call()
            if turn:
                runs.append((process_time_ns() - began) / times / 1_000)
    return taken


def main() -> None:
    """Measure in so many rounds as is asked, and print what each took as JSON."""
    from supportpolicy import load_policy

    rounds = int(sys.argv[1])
    policy = load_policy(str(POLICY))
    taken = {name: _microseconds(_calls(policy, ticket), rounds, 20) for name, ticket in TICKETS.items()}
    json.dump(taken, sys.stdout)


if __name__ == "__main__":
    main()
